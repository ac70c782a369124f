package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestFiftyParallelUpdatesOfOneOrderLoseNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		create(t, db, plainOrder(shop.ID, "A-1"))
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					o, err := tx.Shop(shop.ID).OrderByRef(t.Context(), orderhub.OrderRef{Number: "A-1"})
					if err != nil {
						return err
					}
					o.Attributes.Set(fmt.Sprint("key ", i), jsontext.Value(fmt.Sprint(i)))
					o.Lines = append(o.Lines, orderhub.Line{Quantity: orderhub.Quantity(i + 1)})
					return storetest.SaveOrders(t.Context(), tx, nil, o)
				})
				if err != nil {
					t.Errorf("update %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		o := find(t, db, shop.ID, "A-1")
		for i := range 50 {
			if v, _ := o.Attributes.Get(fmt.Sprint("key ", i)); string(v) != fmt.Sprint(i) {
				t.Errorf("key %d is %q", i, v)
			}
		}
		if len(o.Lines) != 51 || o.Lines[50].No != 51 {
			t.Errorf("%d lines, the last one numbered %d, want 51 and 51", len(o.Lines), o.Lines[len(o.Lines)-1].No)
		}
	})
}

// On SQLite many functions share one commit. What one of them does must not
// show in another's fate.
func TestFailureUndoesOnlyItsOwnWrites(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		create(t, db, plainOrder(shop.ID, "common"))
		refused := orderhub.Wrong("number", "is unlucky")
		acts := map[string]func(tx *store.Tx) error{
			"commits":        func(*store.Tx) error { return nil },
			"fails":          func(*store.Tx) error { return refused },
			"panics":         func(*store.Tx) error { panic("a bug") },
			"breaks the SQL": func(tx *store.Tx) error { _, err := tx.Exec(t.Context(), `select nonsense`); return err },
			"breaks a rule": func(tx *store.Tx) error {
				_, err := tx.Exec(t.Context(), `insert into counters select shop_id, shop_id, null from shops`)
				return err
			},
		}
		var wg sync.WaitGroup
		for i := range 40 {
			for name, act := range acts {
				wg.Go(func() {
					err := calm(db, t.Context(), func(tx *store.Tx) error {
						number := fmt.Sprint(name, " ", i)
						if err := storetest.CreateOrders(t.Context(), tx, nil, plainOrder(shop.ID, number)); err != nil {
							return err
						}
						return act(tx)
					})
					switch {
					case (err == nil) != (name == "commits"):
						t.Errorf("%s %d: %v", name, i, err)
					case name == "fails" && !errors.Is(err, refused):
						t.Errorf("%s %d: %v, want its own error", name, i, err)
					}
				})
			}
		}
		wg.Wait()
		if got := count(t, db, `select count(*) from orders where number like 'commits %'`); got != 40 {
			t.Errorf("%d orders of those that commit, want 40", got)
		}
		if orders := count(t, db, `select count(*) from orders`); orders != 41 {
			t.Errorf("%d orders, want 41", orders)
		}
	})
}

// calm is Update with a panic as an error, as a server makes it.
func calm(db *store.DB, ctx context.Context, fn func(*store.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return db.Update(ctx, fn)
}

func TestCallerWhoGaveUpHasNothingStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		create(t, db, plainOrder(shop.ID, "A-1"))
		holds, release, done := make(chan bool), make(chan bool), make(chan error)
		go func() {
			done <- db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Shop(shop.ID).OrderByRef(t.Context(), orderhub.OrderRef{Number: "A-1"})
				holds <- true
				<-release
				return err
			})
		}()
		receive(t, holds, "the first writer")

		// The second one waits: on SQLite for its turn, on PostgreSQL for the row.
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			gaveUp <- db.Update(ctx, func(tx *store.Tx) error {
				o, err := tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{Number: "A-1"})
				if err != nil {
					return err
				}
				o.Note = "stored all the same"
				return storetest.SaveOrders(ctx, tx, nil, o)
			})
		}()
		time.Sleep(50 * time.Millisecond) // let it come to wait
		cancel()
		if err := receive(t, gaveUp, "the caller who gave up"); !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up got %v, want %v", err, context.Canceled)
		}
		close(release)
		if err := receive(t, done, "the first writer's end"); err != nil {
			t.Errorf("the first writer: %v", err)
		}
		create(t, db, plainOrder(shop.ID, "A-2")) // the writer has passed it by
		if note := find(t, db, shop.ID, "A-1").Note; note != "" {
			t.Errorf("the order says %q", note)
		}
	})
}

// A caller whose function has begun must be told what became of it, whatever
// happens to the context in the meantime.
func TestCallerWhoseWriteBeganGetsTheTruth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		for i, before := range []bool{true, false} {
			number := fmt.Sprint("A-", i)
			ctx, cancel := context.WithCancel(t.Context())
			err := db.Update(ctx, func(tx *store.Tx) error {
				if before {
					cancel()
				}
				err := storetest.CreateOrders(ctx, tx, nil, plainOrder(shop.ID, number))
				cancel()
				return err
			})
			if stored := find(t, db, shop.ID, number) != nil; stored != (err == nil) {
				t.Errorf("cancelled before its statement: %v; Update = %v, stored: %v", before, err, stored)
			}
		}
		if err := db.Update(t.Context(), func(*store.Tx) error { return nil }); err != nil {
			t.Errorf("the next writer: %v", err)
		}
	})
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		for range 2 { // the second time it has nothing to do
			if err := db.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
		}
		ran := false
		for range 10 { // a queue with room must not swallow one
			err := db.Update(t.Context(), func(*store.Tx) error { ran = true; return nil })
			if orderhub.KindOf(err) != orderhub.Unavailable {
				t.Errorf("Update after Close = %v, want unavailable", err)
			}
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			ran = true
			_, err := numberTaken(t.Context(), tx, shop.ID, "A-1")
			return err
		})
		if orderhub.KindOf(err) != orderhub.Unavailable {
			t.Errorf("View after Close = %v, want unavailable", err)
		}
		if ran {
			t.Error("a function ran on a closed store")
		}
	})
}

func TestCloseWaitsForTheWritesThatWereTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		began, results := make(chan bool, 20), make(chan error, 20)
		for range 20 {
			go func() {
				results <- db.Update(t.Context(), func(*store.Tx) error {
					began <- true
					time.Sleep(5 * time.Millisecond)
					return nil
				})
			}()
		}
		receive(t, began, "the first write")
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		for range 20 { // each gets an answer: it is stored, or nothing was
			if err := receive(t, results, "an answer"); err != nil && orderhub.KindOf(err) != orderhub.Unavailable {
				t.Errorf("a write during Close: %v", err)
			}
		}
	})
}

func TestViewSeesOnePicture(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		create(t, db, plainOrder(shop.ID, "A-1"))
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			before, err := numberTaken(ctx, tx, shop.ID, "A-2")
			if err != nil {
				return err
			}
			written := make(chan error)
			go func() {
				written <- db.Update(ctx, func(tx *store.Tx) error {
					return storetest.CreateOrders(ctx, tx, nil, plainOrder(shop.ID, "A-2"))
				})
			}()
			if err := receive(t, written, "the writer: a reader must not stop it"); err != nil {
				return err
			}
			after, err := numberTaken(ctx, tx, shop.ID, "A-2")
			if before || after {
				t.Errorf("the number is taken: %v before the write, %v after it, want false both times", before, after)
			}
			return err
		})
		if find(t, db, shop.ID, "A-2") == nil {
			t.Error("the next view does not see the write")
		}
	})
}

func TestTransactionHasOneTimeInUTCMicroseconds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(_ context.Context, tx *store.Tx) error {
			if now := tx.Now(); !now.Equal(storetest.Noon) || now.Location() != time.UTC || now != now.Truncate(time.Microsecond) {
				t.Errorf("Now = %v", now)
			}
			return nil
		})
	})
}

func TestCommittedIsClosedAfterACommitOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		closed := func(c <-chan struct{}) bool {
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		for _, err := range []error{errors.New("no"), nil} {
			one, other, commits := db.Committed(), db.Committed(), db.Commits()
			if got := db.Update(t.Context(), func(*store.Tx) error { return err }); !errors.Is(got, err) {
				t.Errorf("Update = %v, want %v", got, err)
			}
			if committed := err == nil; closed(one) != committed || closed(other) != committed || (db.Commits() > commits) != committed {
				t.Errorf("after %v: closed %v and %v, %d commits more", err, closed(one), closed(other), db.Commits()-commits)
			}
			if closed(db.Committed()) {
				t.Error("the channel of the next commit is closed")
			}
		}
	})
}
