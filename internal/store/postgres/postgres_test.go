package postgres_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
	"orderhub/internal/store/storetest"
)

// database makes an empty database on the server that make test starts.
func database(t testing.TB) string {
	t.Helper()
	if os.Getenv(storetest.Env) == "" {
		t.Skipf("%s is not set; run scripts/with-postgres go test", storetest.Env)
	}
	return storetest.Database(t)
}

// open opens a database as one more program does, without migrating it.
func open(t testing.TB, address string) *store.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), address, postgres.Options{Connections: 10})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// two opens a fresh database by two programs.
func two(t testing.TB) (a, b *store.DB) {
	t.Helper()
	address := database(t)
	a, b = open(t, address), open(t, address)
	if _, err := a.Migrate(t.Context()); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return a, b
}

func update(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// newShop opens a shop and returns its id.
func newShop(t testing.TB, db *store.DB) orderhub.ShopID {
	t.Helper()
	s := &orderhub.Shop{Name: "main", Zone: "UTC", Currency: "RUB", Identify: orderhub.ByEmail}
	update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.CreateShop(ctx, s) })
	return s.ID
}

// tell records an event of a made-up order, and waits until it is recorded.
func tell(ctx context.Context, tx *store.Tx, shop orderhub.ShopID, order orderhub.OrderID) error {
	if err := storetest.Record(ctx, tx, orderhub.Event{Shop: shop, Kind: orderhub.OrderChanged, Order: order}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `select 1`)
	return err
}

// read takes what a reader may read now, and saves the position.
func read(t testing.TB, db *store.DB) (orders []orderhub.OrderID) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		orders = nil
		at, err := tx.Position(ctx, "search")
		if err != nil {
			return err
		}
		records, err := tx.EventsAfter(ctx, at, 100)
		if err != nil || len(records) == 0 {
			return err
		}
		ours, err := tx.Advance(ctx, "search", at, records[len(records)-1].After)
		if err != nil || !ours {
			return err
		}
		for _, r := range records {
			orders = append(orders, r.Order)
		}
		return nil
	})
	return orders
}

// readUntil reads until it has n events. Other tests on the server may hold
// transactions open for a while.
func readUntil(t testing.TB, db *store.DB, n int) (all []orderhub.OrderID) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(all) < n && time.Now().Before(deadline); {
		all = append(all, read(t, db)...)
		time.Sleep(5 * time.Millisecond)
	}
	return all
}

// The server hands out event numbers, and the numbers of transactions, before
// it commits. A reader that went by the numbers alone would pass an event by
// whose transaction began first and commits last.
func TestReaderNeverSkipsAnEventThatCommitsLate(t *testing.T) {
	writer, reader := two(t)
	shop := newShop(t, writer)
	for round := range 3 {
		recorded, release, done := make(chan bool), make(chan bool), make(chan error)
		first := orderhub.OrderID(100 * (round + 1))
		go func() {
			done <- writer.Update(t.Context(), func(tx *store.Tx) error {
				err := tell(t.Context(), tx, shop, first)
				recorded <- true
				<-release
				return errors.Join(err, tell(t.Context(), tx, shop, first+1))
			})
		}()
		<-recorded
		for i := range orderhub.OrderID(5) { // these begin later and commit earlier
			update(t, writer, func(ctx context.Context, tx *store.Tx) error { return tell(ctx, tx, shop, first+2+i) })
			if got := read(t, reader); len(got) > 0 {
				t.Errorf("round %d: read %v while an earlier transaction is open", round, got)
			}
		}
		close(release)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		got := readUntil(t, reader, 7)
		slices.Sort(got)
		want := []orderhub.OrderID{first, first + 1, first + 2, first + 3, first + 4, first + 5, first + 6}
		if !slices.Equal(got, want) {
			t.Errorf("round %d: read %v, want each of %v once", round, got, want)
		}
	}
	if got := read(t, reader); got != nil {
		t.Errorf("read again %v", got)
	}
}

func TestSecondReaderGetsNothingWhileTheFirstReads(t *testing.T) {
	first, second := two(t)
	shop := newShop(t, first)
	update(t, first, func(ctx context.Context, tx *store.Tx) error { return tell(ctx, tx, shop, 7) })
	readUntil(t, first, 1) // the reader is known, the event read
	update(t, first, func(ctx context.Context, tx *store.Tx) error { return tell(ctx, tx, shop, 8) })

	for deadline := time.Now().Add(20 * time.Second); ; {
		n := 0
		crash := errors.New("a crash")
		err := first.Update(t.Context(), func(tx *store.Tx) error {
			ctx := t.Context()
			at, err := tx.Position(ctx, "search")
			if err != nil {
				return err
			}
			records, err := tx.EventsAfter(ctx, at, 10)
			if n = len(records); err != nil || n == 0 {
				return err
			}
			ours, err := tx.Advance(ctx, "search", at, records[n-1].After)
			if got := read(t, second); got != nil || !ours {
				t.Errorf("the second reader got %v as well", got)
			}
			return errors.Join(err, crash)
		})
		if err != nil && !errors.Is(err, crash) {
			t.Fatal(err)
		}
		if n > 0 || time.Now().After(deadline) {
			break
		}
	}
	if got := readUntil(t, second, 1); !slices.Equal(got, []orderhub.OrderID{8}) {
		t.Errorf("after the first gave up the second read %v, want 8", got)
	}
}

func TestProgramsMigrateOneDatabaseAtTheSameTime(t *testing.T) {
	address := database(t)
	var wg sync.WaitGroup
	var steps atomic.Int32
	for range 4 {
		db := open(t, address)
		wg.Go(func() {
			taken, err := db.Migrate(t.Context())
			if err != nil {
				t.Errorf("migrate: %v", err)
			}
			steps.Add(int32(len(taken)))
		})
	}
	wg.Wait()
	db := open(t, address)
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v", err)
	}
	if got := count(t, db, `select count(*) from schema_steps`); got != int(steps.Load()) || got == 0 {
		t.Errorf("%d steps were taken, the store knows %d", steps.Load(), got)
	}
}

func count(t testing.TB, db *store.DB, query string) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&n); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// The server undoes one of two transactions that wait for each other; it is
// run again, and both callers are content.
func TestTransactionThatTheServerUndidIsRunAgain(t *testing.T) {
	a, b := two(t)
	for _, name := range []string{"one", "two"} {
		update(t, a, func(ctx context.Context, tx *store.Tx) error {
			return tx.CreateShop(ctx, &orderhub.Shop{Name: name, Identify: orderhub.ByEmail})
		})
	}
	both := make(chan bool, 2)
	var runs atomic.Int32
	change := func(db *store.DB, names ...string) error {
		return db.Update(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.Exec(t.Context(), `update shops set zone = zone || 'x' where name = $1`, names[0]); err != nil {
				return err
			}
			if runs.Add(1) <= 2 { // the first two wait until both hold a row
				both <- true
				for len(both) < 2 {
					time.Sleep(time.Millisecond)
				}
			}
			_, err := tx.Exec(t.Context(), `update shops set zone = zone || 'y' where name = $1`, names[1])
			return err
		})
	}
	results := make(chan error)
	go func() { results <- change(a, "one", "two") }()
	go func() { results <- change(b, "two", "one") }()
	for range 2 {
		if err := <-results; err != nil {
			t.Errorf("update: %v", err)
		}
	}
	if got := count(t, a, `select count(*) from shops where zone in ('xy', 'yx')`); got != 2 || runs.Load() != 3 {
		t.Errorf("%d rows hold both changes once, after %d runs; want 2 after 3", got, runs.Load())
	}
}

func TestLostConnectionIsUnavailableAndStoresNothing(t *testing.T) {
	db, other := two(t)
	shop := newShop(t, db)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tell(t.Context(), tx, shop, 7); err != nil {
			return err
		}
		update(t, other, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `select pg_terminate_backend(pid) from pg_stat_activity
				where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()`)
			return err
		})
		return tell(t.Context(), tx, shop, 8)
	})
	if orderhub.KindOf(err) != orderhub.Unavailable {
		t.Errorf("Update = %v, want unavailable", err)
	}
	if got := count(t, db, `select count(*) from events`); got != 0 {
		t.Errorf("%d events are stored, want none", got)
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) error { return tell(ctx, tx, shop, 9) }) // the pool has others
}

func TestViewMayNotWrite(t *testing.T) {
	db, _ := two(t)
	err := db.View(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `delete from shops`)
		return err
	})
	if err == nil {
		t.Error("a view may write")
	}
}

func TestServerThatIsNotThereIsAnErrorSoon(t *testing.T) {
	for _, address := range []string{"postgres://nobody@127.0.0.1:1/none", "nonsense::", "postgres://nobody@[::1/none"} {
		if db, err := postgres.Open(t.Context(), address, postgres.Options{}); err == nil {
			t.Errorf("%s was opened: %v", address, db)
		}
	}
}
