package importing_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestCancelledImportGoesOn(t *testing.T) {
	each(t, func(b *bench) {
		i := b.create(header + people(1, 100))
		if _, err := b.imports.Ask(b.Context(), b.shop, i.ID, orderhub.ImportRunning); err != nil {
			b.Fatal(err)
		}
		var once sync.Once
		i, err := b.imports.Work(b.Context(), b.shop, i.ID, func(now *orderhub.Import) {
			if now.Rows >= 30 {
				once.Do(func() {
					if _, err := b.imports.Cancel(b.Context(), b.shop, now.ID); err != nil {
						b.Error(err)
					}
				})
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		if i.State != orderhub.ImportCancelled || i.Result.Created < 30 || i.Result.Created == 100 || i.UndoUntil.IsZero() {
			b.Fatalf("cancelled: %s %+v, to be undone until %v", i.State, i.Result, i.UndoUntil)
		}
		i = b.do(i, orderhub.ImportRunning)
		if want := (orderhub.ImportTally{Created: 100}); i.Result != want || i.State != orderhub.ImportDone {
			b.Errorf("gone on: %s %+v, want %+v", i.State, i.Result, want)
		}
		b.undone(i, "")
	})
}

func TestImportOfADeadProgramIsTakenUp(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		b := newBench(t, db)
		i := b.create(header + people(1, 20))
		if _, err := b.imports.Ask(t.Context(), b.shop, i.ID, orderhub.ImportRunning); err != nil {
			t.Fatal(err)
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ClaimImport(t.Context(), i.ID, "dead", tx.Now().Add(time.Minute))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if i, err := b.imports.Work(short, b.shop, i.ID, nil); err == nil {
			t.Fatalf("the import was worked on while another held it: %+v", i)
		}
		clock.Offset += 2 * time.Minute
		if i = b.work(i); i.Result.Created != 20 {
			t.Errorf("taken up: %+v", i.Result)
		}
	})
}

func TestProgramsOfOneFolderShareTheWork(t *testing.T) {
	each(t, func(b *bench) {
		ctx, stop := context.WithCancel(b.Context())
		var programs sync.WaitGroup
		for range 2 {
			s := *b.imports
			programs.Go(func() { s.Run(ctx) })
		}
		elsewhere := *b.imports
		elsewhere.Dir = b.TempDir()
		programs.Go(func() { elsewhere.Run(ctx) })
		var all []*orderhub.Import
		for n := range 5 {
			i := b.create(header + people(1+100*n, 100))
			if _, err := b.imports.Ask(b.Context(), b.shop, i.ID, orderhub.ImportRunning); err != nil {
				b.Fatal(err)
			}
			all = append(all, i)
		}
		for _, i := range all {
			if i = b.work(i); i.Result.Created != 100 || i.State != orderhub.ImportDone {
				b.Errorf("import %d is %s: %+v", i.ID, i.State, i.Result)
			}
		}
		stop()
		programs.Wait()
		if n := strings.Count(b.content(true), "\n") + 1; n != 500 {
			b.Errorf("%d customers are stored, want 500", n)
		}
		if left, err := os.ReadDir(b.imports.Dir); err != nil || len(left) != 1 {
			b.Errorf("the folder holds %v, %v; want its name only", left, err)
		}
	})
}

func TestSweepForgetsWhatIsOver(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		b := newBench(t, db)
		done := b.do(b.create(header+people(1, 5)+"k-9,bad,,,\n"), orderhub.ImportRunning)
		idle := b.do(b.create(header+people(10, 5)+"k-9,bad,,,\n"), orderhub.ImportRehearsing)
		if n := len(b.faults(done)) + len(b.faults(idle)); n != 2 {
			t.Fatalf("%d faults are known, want 2", n)
		}
		for _, x := range []struct{ days, faults, files int }{{6, 2, 1}, {8, 1, 0}, {31, 0, 0}} {
			clock.Offset = time.Duration(x.days) * 24 * time.Hour
			if err := b.imports.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(b.faults(done)) + len(b.faults(idle)); n != x.faults {
				t.Errorf("after %d days %d faults are known, want %d", x.days, n, x.faults)
			}
			files, err := filepath.Glob(filepath.Join(b.imports.Dir, "??????????????????????????"))
			if err != nil || len(files) != x.files {
				t.Errorf("after %d days there are the files %v, want %d", x.days, files, x.files)
			}
		}
		if _, err := b.imports.Ask(t.Context(), b.shop, done.ID, orderhub.ImportUndoing); orderhub.KindOf(err) != orderhub.Conflict {
			t.Errorf("undo when its time is over: %v", err)
		}
		if i, err := b.imports.Find(t.Context(), b.shop, idle.ID); err != nil || i.State != orderhub.ImportCancelled {
			t.Errorf("the idle import: %+v, %v", i, err)
		}
	})
}

func TestPlansAreKeptByName(t *testing.T) {
	each(t, func(b *bench) {
		plan := orderhub.ImportPlan{Separator: ";", Dates: "dmy", Columns: []orderhub.ImportColumn{{Column: "Почта", Field: "email"}, {Column: "Пол", Field: "gender", Words: map[string]string{"дама": "female"}}}}
		if err := b.imports.SavePlan(b.Context(), b.shop, orderhub.ImportCustomers, "CRM", plan); err != nil {
			b.Fatal(err)
		}
		file := "external_id;Почта;name;phone;created_at;Пол\nk-1;a@shop.example;Анна;;31.12.2020;Дама\n"
		found, err := b.imports.Plan(b.Context(), b.shop, orderhub.ImportCustomers, "CRM")
		if err != nil {
			b.Fatal(err)
		}
		i, _, err := b.imports.Create(b.Context(), b.shop, orderhub.ImportCustomers, "f.csv", strings.NewReader(file), found)
		if err != nil {
			b.Fatal(err)
		}
		if i = b.do(i, orderhub.ImportRunning); i.Result.Created != 1 || !strings.Contains(b.content(true), `"Gender":1`) && !strings.Contains(b.content(true), `"Gender":2`) {
			b.Errorf("%+v %q: %s", i.Result, b.faults(i), b.content(true))
		}
		bad := orderhub.ImportPlan{Decimal: "x", Dates: "ydm", Zone: "Mars", Encoding: "EBCDIC", Columns: []orderhub.ImportColumn{{Column: "a", Field: "e-male"}}}
		err = b.imports.SavePlan(b.Context(), b.shop, orderhub.ImportCustomers, "bad", bad)
		for _, word := range []string{"decimal", "dates", "zone", "encoding", "e-male", "email"} {
			if err == nil || !strings.Contains(fmt.Sprint(orderhub.All(err)), word) {
				b.Errorf("the faults of a plan lack %q: %v", word, err)
			}
		}
		if err := b.imports.RemovePlan(b.Context(), b.shop, orderhub.ImportCustomers, "CRM"); err != nil {
			b.Error(err)
		}
		if _, err := b.imports.Plan(b.Context(), b.shop, orderhub.ImportCustomers, "CRM"); orderhub.KindOf(err) != orderhub.NotFound {
			b.Errorf("a plan that was forgotten: %v", err)
		}
	})
}

func TestImportsOfAnotherShopAreUnknown(t *testing.T) {
	each(t, func(b *bench) {
		i := b.create(header + people(1, 1))
		other := &orderhub.Shop{Name: "other", Zone: "UTC", Currency: "RUB", Identify: orderhub.ByEmail, Statuses: orderhub.DefaultStatuses()}
		if err := b.db.Update(b.Context(), func(tx *store.Tx) error { return tx.CreateShop(b.Context(), other) }); err != nil {
			b.Fatal(err)
		}
		for name, do := range map[string]func(orderhub.ImportID) error{
			"find": func(id orderhub.ImportID) error { _, err := b.imports.Find(b.Context(), other, id); return err },
			"ask": func(id orderhub.ImportID) error {
				_, err := b.imports.Ask(b.Context(), other, id, orderhub.ImportRunning)
				return err
			},
			"cancel": func(id orderhub.ImportID) error { _, err := b.imports.Cancel(b.Context(), other, id); return err },
			"work":   func(id orderhub.ImportID) error { _, err := b.imports.Work(b.Context(), other, id, nil); return err },
		} {
			foreign, unknown := do(i.ID), do(i.ID+1000)
			if orderhub.KindOf(foreign) != orderhub.NotFound || orderhub.KindOf(unknown) != orderhub.NotFound {
				b.Errorf("%s of a foreign import: %v, of an unknown one: %v", name, foreign, unknown)
			}
		}
	})
}
