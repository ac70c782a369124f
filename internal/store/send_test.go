package store_test

import (
	"context"
	"errors"
	"testing"

	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

const (
	insertReader = `insert into readers (name, txid, event_id) values ($1, $2, 0)`
	changeReader = `update readers set txid = txid * 10 + $2 where name = $1`
	keepReader   = `insert into readers (name, txid, event_id) values ($1, 0, 0) on conflict (name) do nothing returning name`
)

var errNoRow = errors.New("the name is taken")

// oneRow is what a sent statement must return.
func oneRow(r store.Rows) error {
	if !r.Next() {
		return errors.Join(r.Err(), errNoRow)
	}
	return nil
}

func TestSentStatementsRunInTheirTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			send(t, tx, nil, insertReader, "a", 1)
			send(t, tx, nil, changeReader, "a", 2)
			if _, err := tx.Exec(ctx, changeReader, "a", 3); err != nil {
				return err
			}
			send(t, tx, nil, changeReader, "a", 4)
			if got := countIn(t, tx, `select txid from readers where name = 'a'`); got != 1234 {
				t.Errorf("the transaction reads %d, want 1234", got)
			}
			send(t, tx, nil, changeReader, "a", 5)
			send(t, tx, nil, changeReader, "a", 6)
			return nil
		})
		if got := count(t, db, `select txid from readers where name = 'a'`); got != 123456 {
			t.Errorf("the store holds %d, want 123456", got)
		}
	})
}

// A statement that fails after it was sent takes the transaction with it,
// wherever its error comes to light and whether or not anybody heeds it.
func TestSentStatementThatFailsIsToldAndStoresNothing(t *testing.T) {
	ways := map[string]func(ctx context.Context, tx *store.Tx) error{
		"at the commit": func(context.Context, *store.Tx) error { return nil },
		"at a query": func(ctx context.Context, tx *store.Tx) error {
			return settle(ctx, tx)
		},
		"at a statement that nobody heeds": func(ctx context.Context, tx *store.Tx) error {
			tx.Exec(ctx, changeReader, "fresh", 1)
			return nil
		},
		"before more are sent": func(ctx context.Context, tx *store.Tx) error {
			tx.Send(ctx, nil, changeReader, "fresh", 1)
			tx.Send(ctx, oneRow, keepReader, "fresh too")
			return nil
		},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Send(ctx, nil, insertReader, "taken", 1) })
		for name, way := range ways {
			for _, statement := range []struct {
				query string
				args  []any
				read  func(store.Rows) error
				want  error
			}{
				{insertReader, []any{"taken", 2}, nil, nil},
				{keepReader, []any{"taken"}, oneRow, errNoRow},
			} {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					if err := tx.Send(t.Context(), nil, insertReader, "fresh", 1); err != nil {
						return err
					}
					if err := tx.Send(t.Context(), statement.read, statement.query, statement.args...); err != nil {
						t.Log("told at once")
					}
					return way(t.Context(), tx)
				})
				if err == nil || !errors.Is(err, statement.want) && statement.want != nil {
					t.Errorf("%s, %s: Update = %v, want its error %v", name, statement.query, err, statement.want)
				}
				if n := count(t, db, `select count(*) from readers`); n != 1 {
					t.Errorf("%s, %s: %d rows are stored, want one", name, statement.query, n)
				}
			}
		}
	})
}

func TestSentStatementsAreUndoneWithTheirTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		enough := errors.New("enough")
		for _, settled := range []bool{false, true} {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				send(t, tx, nil, insertReader, "a", 1)
				if settled {
					if err := settle(t.Context(), tx); err != nil {
						return err
					}
				}
				send(t, tx, oneRow, keepReader, "b")
				return enough
			})
			if !errors.Is(err, enough) {
				t.Errorf("Update = %v, want the function's error", err)
			}
		}
		if n := count(t, db, `select count(*) from readers`); n != 0 {
			t.Errorf("%d rows are stored, want none", n)
		}
	})
}

// A caller who leaves when all has been asked for learns nothing else than
// what happened.
func TestCallerWhoLeavesBeforeTheCommitGetsTheTruth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Update(ctx, func(tx *store.Tx) error {
			err := errors.Join(
				tx.Send(ctx, nil, insertReader, "a", 1),
				tx.Send(ctx, oneRow, keepReader, "b"))
			cancel()
			return err
		})
		stored := count(t, db, `select count(*) from readers`)
		if err == nil && stored != 2 || err != nil && stored != 0 {
			t.Errorf("Update = %v, and %d of 2 rows are stored", err, stored)
		}
	})
}

func send(t testing.TB, tx *store.Tx, read func(store.Rows) error, query string, args ...any) {
	t.Helper()
	if err := tx.Send(t.Context(), read, query, args...); err != nil {
		t.Errorf("send %s: %v", query, err)
	}
}

func countIn(t testing.TB, tx *store.Tx, query string) (n int) {
	t.Helper()
	rows, err := tx.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	return n
}
