package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// echo asks the database for a number that it is given.
func echo(ctx context.Context, tx *store.Tx, n int) (got int, err error) {
	rows, err := tx.Query(ctx, `select cast($1 as integer)`, n)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&got); err != nil {
			return 0, err
		}
	}
	return got, rows.Err()
}

// Functions that read together each get their own answers, also when they ask
// several times, read together themselves or ask nothing.
func TestWhatIsReadTogetherIsNotMixedUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var got []string
		ask := func(name string, numbers ...int) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				for _, n := range numbers {
					answer, err := echo(t.Context(), tx, n)
					if err != nil {
						return err
					}
					got = append(got, fmt.Sprint(name, answer))
				}
				return nil
			}
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			err := tx.ReadTogether(t.Context(),
				ask("a", 1, 2, 3), ask("b"), ask("c", 4),
				func(tx *store.Tx) error {
					if err := tx.ReadTogether(t.Context(), ask("d", 5, 6), ask("e", 7), ask("f")); err != nil {
						return err
					}
					return ask("g", 8, 9)(tx)
				},
				func(tx *store.Tx) error { return tx.ReadTogether(t.Context()) })
			if err != nil {
				return err
			}
			return ask("h", 10)(tx) // and the transaction goes on
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if want := "a1 a2 a3 c4 d5 d6 e7 g8 g9 h10"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

// What one of them sends is done before the next answer.
func TestWhatIsSentWhileReadingTogetherIsDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.ReadTogether(ctx,
				func(tx *store.Tx) error { return tx.Send(ctx, nil, insertReader, "a", 1) },
				func(tx *store.Tx) error {
					if _, err := echo(ctx, tx, 1); err != nil {
						return err
					}
					n, err := tx.Exec(ctx, changeReader, "a", 2)
					if n != 1 {
						t.Errorf("the statement changes %d rows, want 1", n)
					}
					return err
				})
		})
		if got := count(t, db, `select txid from readers where name = 'a'`); got != 12 {
			t.Errorf("the store holds %d, want 12", got)
		}
	})
}

// One that fails ends the others, and nothing of the transaction is stored. A
// panic does not get lost.
func TestReadingTogetherFails(t *testing.T) {
	failed := errors.New("it failed")
	ways := map[string]func(ctx context.Context, tx *store.Tx) error{
		"at once": func(context.Context, *store.Tx) error { return failed },
		"later": func(ctx context.Context, tx *store.Tx) error {
			if _, err := echo(ctx, tx, 1); err != nil {
				return err
			}
			return failed
		},
		"inside": func(ctx context.Context, tx *store.Tx) error {
			return tx.ReadTogether(ctx,
				func(tx *store.Tx) error { _, err := echo(ctx, tx, 1); return err },
				func(tx *store.Tx) error { echo(ctx, tx, 1); return failed })
		},
		"a statement": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `select no_such_column from readers`)
			return errors.Join(err, failed)
		},
		"a panic": func(ctx context.Context, tx *store.Tx) error {
			echo(ctx, tx, 1)
			panic(failed)
		},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, way := range ways {
			ended := false
			var err error
			func() {
				defer func() {
					if p := recover(); p != nil {
						err = p.(error)
					}
				}()
				err = db.Update(t.Context(), func(tx *store.Tx) error {
					if err := tx.Send(t.Context(), nil, insertReader, name, 1); err != nil {
						return err
					}
					return tx.ReadTogether(t.Context(),
						func(tx *store.Tx) error {
							defer func() { ended = true }()
							for n := range 5 {
								if _, err := echo(t.Context(), tx, n); err != nil {
									return err
								}
							}
							return nil
						},
						func(tx *store.Tx) error { return way(t.Context(), tx) })
				})
			}()
			want := failed.Error()
			if name == "a statement" {
				want = "no_such_column"
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v, want one with %s", name, err, want)
			}
			if !ended {
				t.Errorf("%s: the other function still waits", name)
			}
			if n := count(t, db, `select count(*) from readers`); n != 0 {
				t.Errorf("%s: %d rows are stored, want 0", name, n)
			}
		}
	})
}
