package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// On some errors SQLite rolls the whole transaction back and goes on without
// one. Then all members fail, and what a member writes after such an error is
// not stored either.
func TestTransactionThatSQLiteRollsBackIsLostForAll(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	const insert = `insert into readers (name, txid, event_id) values ($1, 0, 0)`
	for _, members := range []int{1, 4} {
		heeded := false
		g := runGroup(t, db, members, func(tx *store.Tx, i int) error {
			if i != members-1 {
				return place(t.Context(), tx, shop, fmt.Sprint(i))
			}
			if _, err := ask(t.Context(), tx, `pragma max_page_count = 1`); err != nil { // SQLite makes that as many as there are
				return err
			}
			var full error
			for n := 0; full == nil && n < 100_000; n++ {
				_, full = tx.Exec(t.Context(), insert, fmt.Sprintf("%0500d", n))
			}
			_, after := tx.Exec(t.Context(), insert, "after")
			heeded = full != nil && after != nil
			return nil
		})
		if !heeded {
			t.Error("the disk was not full, or the transaction went on after that")
		}
		for i, err := range g.errs {
			if orderhub.KindOf(err) != orderhub.Unavailable || errors.Is(err, store.ErrUnknown) {
				t.Errorf("write %d of %d: %v, want unavailable", i+1, members, err)
			}
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if _, err := ask(t.Context(), tx, `pragma max_page_count = 1000000`); err != nil {
				return err
			}
			n, err := ask(t.Context(), tx, `select (select count(*) from readers) + (select count(*) from orders)`)
			if n != "0" {
				t.Errorf("%s rows are stored, want none", n)
			}
			return err
		})
		if err != nil {
			t.Errorf("the next write: %v", err)
		}
	}
}

// A View whose context ends is interrupted within a statement, and the next
// one on its connection is not.
func TestViewIsInterrupted(t *testing.T) {
	db := storetest.Open(t)
	const long = `with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000000000) select count(*) from n`
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		begin := time.Now()
		err := db.View(ctx, func(tx *store.Tx) error {
			_, err := ask(ctx, tx, long)
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 10*time.Second {
			t.Fatalf("View = %v after %v, want that its time was over", err, time.Since(begin))
		}
		cancel()
		err = db.View(t.Context(), func(tx *store.Tx) error {
			got, err := ask(t.Context(), tx, `select 1`)
			if got != "1" {
				t.Errorf("got %q", got)
			}
			return err
		})
		if err != nil {
			t.Fatalf("the next View: %v", err)
		}
	}
}

// Rows that a function leaves open end with it, in a View and in a group.
func TestRowsLeftOpenEndWithTheirTransaction(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	leave := func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select name from shops union all select name from shops`)
		if err != nil || !rows.Next() {
			t.Errorf("no row: %v", err)
		}
		return nil
	}
	for range 10 {
		if err := db.View(t.Context(), leave); err != nil {
			t.Fatal(err)
		}
	}
	g := runGroup(t, db, 10, func(tx *store.Tx, i int) error {
		if err := leave(tx); err != nil {
			return err
		}
		switch i % 3 {
		case 1:
			return errors.New("no")
		case 2:
			panic("a bug")
		}
		return place(t.Context(), tx, shop, fmt.Sprint(i))
	})
	if got := orders(t, db); got != [2]string{"4", "4"} {
		t.Errorf("%v orders and lines, want 4; %v", got, g.errs)
	}
}

// A panic in a View reaches its caller and costs no more than its connection.
func TestViewMayPanic(t *testing.T) {
	db := storetest.Open(t)
	for range 10 {
		func() {
			defer func() {
				if recover() != "a bug" {
					t.Error("the panic was lost")
				}
			}()
			db.View(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.Query(t.Context(), `select name from shops union all select 'one more'`); err != nil {
					t.Error(err)
				}
				panic("a bug")
			})
		}()
		if got := orders(t, db); got != [2]string{"0", "0"} {
			t.Errorf("%v orders and lines, want none", got)
		}
	}
}
