package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/sqlite"
	"orderhub/internal/store/storetest"
)

// open opens a file as one more program does, without migrating it.
func open(t testing.TB, file string, o sqlite.Options) *store.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), file, o)
	if err != nil {
		t.Fatalf("open %s: %v", file, err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// ask returns the first column of the first row of an answer as text.
func ask(ctx context.Context, tx *store.Tx, query string) (answer string, err error) {
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&answer); err != nil {
			return "", err
		}
	}
	return answer, rows.Err()
}

// newShop opens a shop and returns its id.
func newShop(t testing.TB, db *store.DB, name string) orderhub.ShopID {
	t.Helper()
	s := &orderhub.Shop{Name: name, Zone: "UTC", Currency: "RUB", Identify: orderhub.ByEmail}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), s) }); err != nil {
		t.Fatalf("shop %s: %v", name, err)
	}
	return s.ID
}

// place stores an order of one line.
func place(ctx context.Context, tx *store.Tx, shop orderhub.ShopID, number string) error {
	return storetest.CreateOrders(ctx, tx, nil, &orderhub.Order{
		Shop: shop, Number: number, Currency: "RUB", Lines: []orderhub.Line{{Name: strings.Repeat("x", 500), Quantity: orderhub.Piece}},
	})
}

// taken says whether an order of the shop has a number.
func taken(ctx context.Context, tx *store.Tx, shop orderhub.ShopID, number string) (bool, error) {
	found, err := tx.Shop(shop).OrderIDsBy(ctx, orderdb.ByNumber, []string{number})
	return len(found) > 0, err
}

// orders counts all orders, and their lines.
func orders(t testing.TB, db *store.DB) (counts [2]string) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		if counts[0], err = ask(t.Context(), tx, `select count(*) from orders`); err != nil {
			return err
		}
		counts[1], err = ask(t.Context(), tx, `select count(*) from orders where parts = 1`)
		return err
	})
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	return counts
}

// What survives a power cut is a setting of each connection, so each is asked.
func TestEveryConnectionIsSafe(t *testing.T) {
	db := storetest.Open(t)
	want := map[string]string{
		"pragma journal_mode": "wal", "pragma synchronous": "2", "pragma busy_timeout": "10000",
	}
	check := func(tx *store.Tx) error {
		for query, answer := range want {
			if got, err := ask(t.Context(), tx, query); err != nil || got != answer {
				t.Errorf("%s is %q, %v, want %s", query, got, err, answer)
			}
		}
		return nil
	}
	if err := db.Update(t.Context(), check); err != nil {
		t.Error(err)
	}
	views := func(int) error { return nil }
	views = func(n int) error { // inside each other, so that no two use one connection
		if n == 0 {
			return nil
		}
		return db.View(t.Context(), func(tx *store.Tx) error {
			check(tx)
			if _, err := tx.Exec(t.Context(), `delete from shops`); err == nil {
				t.Error("a view may write")
			}
			return views(n - 1)
		})
	}
	if err := views(4); err != nil {
		t.Error(err)
	}
}

// Up to 3.51.2 two connections that write at the same moment could damage the
// file.
func TestVersionIsFreeOfTheLogResetFault(t *testing.T) {
	db := storetest.Open(t)
	err := db.View(t.Context(), func(tx *store.Tx) error {
		version, err := ask(t.Context(), tx, `select sqlite_version()`)
		var major, minor, patch int
		if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
			t.Errorf("version %q: %v", version, err)
		}
		if major*1_000_000+minor*1_000+patch < 3_051_003 {
			t.Errorf("SQLite is %s, want 3.51.3 or newer", version)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestReferencesAreKept(t *testing.T) {
	db := storetest.Open(t)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into customer_groups (shop_id, name) values (999, 'of no shop')`)
		return err
	})
	if err == nil {
		t.Error("a row may refer to a shop that is not there")
	}
}

func TestFileMayHaveAnyName(t *testing.T) {
	for _, name := range []string{"hub.db", "the shop's 100% hub?.db", "Лавка #1&x=y.db"} {
		file := filepath.Join(t.TempDir(), name)
		db := storetest.OpenFile(t, file, new(storetest.Clock).Now)
		shop := newShop(t, db, "main")
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return place(t.Context(), tx, shop, "A-1") }); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); err != nil || len(files) != 1 || files[0] != file {
			t.Errorf("the folder of %q holds %q, %v, want the one file", name, files, err)
		}
		again := open(t, file, sqlite.Options{})
		if got := orders(t, again); got != [2]string{"1", "1"} {
			t.Errorf("%q opened again has %v orders and lines, want 1 and 1", name, got)
		}
	}
	if db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder.db"), sqlite.Options{}); err == nil {
		t.Errorf("a file in no folder was opened: %v", db)
	}
}

func TestProgramsMigrateOneFileAtTheSameTime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hub.db")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var taken []string
	for range 4 {
		db := open(t, file, sqlite.Options{})
		wg.Go(func() {
			names, err := db.Migrate(t.Context())
			if err != nil {
				t.Errorf("migrate: %v", err)
			}
			mu.Lock()
			taken = append(taken, names...)
			mu.Unlock()
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, name := range taken {
		if seen[name] {
			t.Errorf("step %s was taken twice: %v", name, taken)
		}
		seen[name] = true
	}
	if err := open(t, file, sqlite.Options{}).Ready(t.Context()); err != nil || len(taken) == 0 {
		t.Errorf("after steps %v: %v", taken, err)
	}
}

// Sub-commands write while the server runs.
func TestProgramsWriteToOneFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hub.db")
	first := storetest.OpenFile(t, file, new(storetest.Clock).Now)
	second := open(t, file, sqlite.Options{MaxGroup: 1})
	shop := newShop(t, first, "main")
	var wg sync.WaitGroup
	for p, db := range []*store.DB{first, second} {
		for w := range 5 {
			wg.Go(func() {
				for i := range 10 {
					err := db.Update(t.Context(), func(tx *store.Tx) error {
						number := fmt.Sprint(p, w, i)
						if known, err := taken(t.Context(), tx, shop, number); err != nil || known { // it reads first
							return fmt.Errorf("number %s: %v, %w", number, known, err)
						}
						return place(t.Context(), tx, shop, number)
					})
					if err != nil {
						t.Errorf("write: %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	if a, b := orders(t, first), orders(t, second); a != [2]string{"100", "100"} || a != b {
		t.Errorf("the programs see %v and %v orders and lines, want 100", a, b)
	}
}

// A disk that is full stops writes cleanly, loses nothing that was answered,
// and is enough to have room again: no restart.
func TestFullDisk(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	limit := func(more string) {
		t.Helper()
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := ask(t.Context(), tx, `pragma max_page_count = `+more)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // SQLite makes that as many as there are
	stored, full := 0, 0
	for i := 0; full < 20; i++ {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for w := range 4 {
			wg.Go(func() {
				err := db.Update(t.Context(), func(tx *store.Tx) error { return place(t.Context(), tx, shop, fmt.Sprint(i, " ", w)) })
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					stored++
				case orderhub.KindOf(err) == orderhub.Unavailable:
					full++
				default:
					t.Errorf("on a full disk: %v, want unavailable", err)
				}
			})
		}
		wg.Wait()
		if t.Failed() || i > 10_000 {
			t.Fatalf("%d stored, %d refused", stored, full)
		}
	}
	if n := fmt.Sprint(stored); orders(t, db) != [2]string{n, n} {
		t.Errorf("%v orders and lines, want the %d that were answered", orders(t, db), stored)
	}
	limit("1000000")
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return place(t.Context(), tx, shop, "after") }); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if findings, err := db.Check(t.Context()); err != nil || len(findings) != 1 { // the orders have no events
		t.Errorf("Check = %v, %v", findings, err)
	}
}

// There is no end of different lists; the cache of statements has one.
func TestManyDifferentStatements(t *testing.T) {
	db := storetest.Open(t)
	for round := range 2 {
		for i := range 500 {
			want := fmt.Sprint(i)
			for _, run := range []func(context.Context, func(*store.Tx) error) error{db.Update, db.View} {
				err := run(t.Context(), func(tx *store.Tx) error {
					got, err := ask(t.Context(), tx, `select `+want)
					if err == nil && got != want {
						return errors.New("got " + got)
					}
					return err
				})
				if err != nil {
					t.Fatalf("round %d, statement %d: %v", round, i, err)
				}
			}
		}
	}
}

// A reader whose context ends learns that, whatever the library says of the
// transaction that it closed meanwhile.
func TestReaderWhoLeavesLearnsWhy(t *testing.T) {
	db := storetest.Open(t)
	ctx, leave := context.WithCancel(t.Context())
	err := db.View(ctx, func(tx *store.Tx) error {
		for range 1_000 {
			rows, err := tx.Query(ctx, `select 1`)
			if err != nil {
				return err
			}
			rows.Close()
			leave()
			time.Sleep(time.Millisecond) // until the library has closed its statements
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("View = %v, want that the context was canceled", err)
	}
	err = db.View(ctx, func(*store.Tx) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("View after it = %v, want that the context was canceled", err)
	}
}
