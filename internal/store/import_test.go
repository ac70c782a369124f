package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/importdb"
	"orderhub/internal/store/storetest"
)

// fullImport has something in every field.
func fullImport(shop orderhub.ShopID) *orderhub.Import {
	return &orderhub.Import{
		Shop: shop, Kind: orderhub.ImportOrders, State: orderhub.ImportRunning,
		File: orderhub.ImportFile{Name: "заказы.xlsx", Size: 12_345, Print: "ab12", Format: "XLSX", Header: []string{"number", "цена"}, Place: "folder/file"},
		Plan: orderhub.ImportPlan{
			Sheet: "Лист1", Encoding: "KOI8-R", Separator: "\t", Header: 3, Decimal: ",", Dates: "dmy", Zone: "Europe/Warsaw",
			Columns: []orderhub.ImportColumn{{Column: "цена", Field: "line.price", Words: map[string]string{"даром": "0"}}},
			Clear:   true, OnlyNew: true, OnlyOld: true, Live: true,
		},
		Actor: orderhub.Actor{Door: "command", Key: "k"}, Rows: 7, Part: 0.125,
		Rehearsal: orderhub.ImportTally{Created: 1, Updated: 2, Unchanged: 3, Conflicts: 4, Invalid: 5},
		Result:    orderhub.ImportTally{Created: 6, Updated: 7, Unchanged: 8, Conflicts: 9, Invalid: 10},
		Undone:    orderhub.UndoTally{Removed: 11, Restored: 12, Kept: 13}, Failure: "the file ends in a quote",
		StartedAt: storetest.Noon.Add(time.Second), EndedAt: storetest.Noon.Add(time.Minute), UndoUntil: storetest.Noon.Add(time.Hour),
	}
}

// furnishImports gives a shop an import with a step, and a plan.
func furnishImports(ctx context.Context, tx *store.Tx, shop orderhub.ShopID) error {
	i := fullImport(shop)
	if err := tx.Shop(i.Shop).CreateImport(ctx, i); err != nil {
		return err
	}
	if err := tx.AddImportStep(ctx, &importdb.ImportStep{Import: i.ID, Phase: 1, Step: 1, Records: 2, Rows: 3}); err != nil {
		return err
	}
	return tx.Shop(shop).SaveImportPlan(ctx, orderhub.ImportOrders, "1C", i.Plan)
}

func TestImportComesBackAsItWasStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		i := fullImport(shop.ID)
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(i.Shop).CreateImport(ctx, i) })
		check := func(when string) {
			t.Helper()
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				got, err := tx.Shop(shop.ID).Import(ctx, i.ID)
				if diff := cmp.Diff(i, got); diff != "" {
					t.Errorf("%s (-stored +read):\n%s", when, diff)
				}
				return err
			})
		}
		check("created")
		i.State, i.Rows, i.Part, i.File.Place, i.Failure = orderhub.ImportDone, 8, 1, "", ""
		i.Plan.Decimal, i.Result.Created, i.Undone.Kept, i.EndedAt, i.UndoUntil = ".", 99, 0, time.Time{}, time.Time{}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(shop.ID).SaveImport(ctx, i) })
		check("saved")
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Shop(other.ID).Import(ctx, i.ID); orderhub.KindOf(err) != orderhub.NotFound {
				t.Errorf("an import of another shop: %v", err)
			}
			return nil
		})
	})
}

func TestOneHolderWorksOnAnImport(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		i := fullImport(newShop(t, db, "main").ID)
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(i.Shop).CreateImport(ctx, i) })
		claim := func(holder string, want bool) {
			t.Helper()
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				got, err := tx.ClaimImport(ctx, i.ID, holder, tx.Now().Add(time.Minute))
				if got != want {
					t.Errorf("claim by %s = %v, want %v", holder, got, want)
				}
				return err
			})
		}
		keep := func(holder string, until time.Duration, want bool) {
			t.Helper()
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				got, err := tx.KeepImport(ctx, i.ID, holder, tx.Now().Add(until))
				if got != want {
					t.Errorf("kept by %s = %v, want %v", holder, got, want)
				}
				return err
			})
		}
		todo := func(want int) {
			t.Helper()
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				all, err := tx.ImportsToDo(ctx, 10)
				if len(all) != want {
					t.Errorf("%d imports are to be done, want %d", len(all), want)
				}
				return err
			})
		}
		todo(1)
		claim("a", true)
		claim("a", true)
		claim("b", false)
		keep("b", time.Hour, false)
		todo(0)
		clock.Offset = 2 * time.Minute
		todo(1)
		claim("b", true)
		keep("a", time.Hour, false)
		keep("b", 0, true)
		claim("c", true)
	})
}

func TestStepsOfAnImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		i := fullImport(newShop(t, db, "main").ID)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Shop(i.Shop).CreateImport(ctx, i); err != nil {
				return err
			}
			for n := 1; n <= 5; n++ {
				s := &importdb.ImportStep{Import: i.ID, Phase: 1, Step: n, Records: int64(10 * n), Rows: int64(11 * n), Findings: []byte("[1]")}
				if n != 4 {
					s.Changes = []byte("{}")
				}
				if err := tx.AddImportStep(ctx, s); err != nil {
					return err
				}
			}
			return tx.AddImportStep(ctx, &importdb.ImportStep{Import: i.ID, Phase: 0, Step: 1})
		})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			last, err := tx.LastImportStep(ctx, i.ID, 1)
			if err != nil || last.Step != 5 || last.Records != 50 || last.Rows != 55 {
				t.Errorf("the last step is %+v, %v", last, err)
			}
			after, err := tx.ImportStepsAfter(ctx, i.ID, 1, 3, 10)
			if err != nil || len(after) != 2 || after[0].Step != 4 || string(after[1].Changes) != "{}" || string(after[0].Findings) != "[1]" {
				t.Errorf("steps after the third: %+v, %v", after, err)
			}
			var undone []int
			for below := 6; ; {
				s, err := tx.LastImportChanges(ctx, i.ID, below)
				if err != nil || s == nil {
					if want := []int{5, 3, 2, 1}; !cmp.Equal(undone, want) || err != nil {
						t.Errorf("steps to take back: %v, %v; want %v", undone, err, want)
					}
					break
				}
				undone, below = append(undone, s.Step), s.Step
				if err := tx.ForgetImportChanges(ctx, s); err != nil {
					return err
				}
			}
			if s, err := tx.LastImportChanges(ctx, i.ID, 6); s != nil || err != nil {
				t.Errorf("what is forgotten can be taken back: %+v, %v", s, err)
			}
			n, err := tx.DropImportSteps(ctx, i.ID, 1, 3)
			if n != 3 || err != nil {
				t.Errorf("%d steps were dropped, %v; want 3", n, err)
			}
			last, err = tx.LastImportStep(ctx, i.ID, 0)
			if last.Step != 1 {
				t.Errorf("the other phase has lost its step: %+v", last)
			}
			return err
		})
	})
}
