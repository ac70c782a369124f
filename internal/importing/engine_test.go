package importing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/importing"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A bench is a shop with an importer.
type bench struct {
	*testing.T
	db      *store.DB
	shop    *orderhub.Shop
	imports *importing.Service
}

// each runs a test on every database.
func each(t *testing.T, test func(b *bench)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newBench(t, db)) })
}

func newBench(t *testing.T, db *store.DB) *bench {
	t.Helper()
	shop := &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail, Statuses: orderhub.DefaultStatuses()}
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		shop.ID = 0
		return tx.CreateShop(t.Context(), shop)
	})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t, db, shop, &importing.Service{DB: db, Dir: t.TempDir(), Batch: 10, Lease: time.Minute}}
}

// create takes a file of customers in.
func (b *bench) create(file string) *orderhub.Import {
	b.Helper()
	i, _, err := b.imports.Create(b.Context(), b.shop, orderhub.ImportCustomers, "customers.csv", strings.NewReader(file), orderhub.ImportPlan{})
	if err != nil {
		b.Fatal(err)
	}
	return i
}

// do brings an import to a state and waits until it is there.
func (b *bench) do(i *orderhub.Import, to orderhub.ImportState) *orderhub.Import {
	b.Helper()
	if _, err := b.imports.Ask(b.Context(), b.shop, i.ID, to); err != nil {
		b.Fatal(err)
	}
	return b.work(i)
}

func (b *bench) work(i *orderhub.Import) *orderhub.Import {
	b.Helper()
	i, err := b.imports.Work(b.Context(), b.shop, i.ID, nil)
	if err != nil {
		b.Fatal(err)
	}
	if i.Failure != "" {
		b.Fatalf("import %d failed: %s", i.ID, i.Failure)
	}
	return i
}

// faults are all faults of an import as text.
func (b *bench) faults(i *orderhub.Import) []string {
	b.Helper()
	all, err := b.imports.Faults(b.Context(), i, 1000)
	if err != nil {
		b.Fatal(err)
	}
	var texts []string
	for _, f := range all {
		texts = append(texts, f.String())
	}
	return texts
}

// content is what the store knows of the shop's customers, without their IDs
// when these are no matter.
func (b *bench) content(ids bool) string {
	b.Helper()
	s := &customers.Service{DB: b.db}
	var all []string
	var after *orderhub.Cursor
	for {
		page, err := s.List(b.Context(), b.shop, orderhub.CustomerFilter{Sort: []orderhub.Sort{{Field: orderhub.SortID}}, After: after, Limit: 1000}, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range page.Customers {
			c.UpdatedAt, c.Version = time.Time{}, 0 // an undo is a change of its own
			if !ids {
				c.ID, c.CreatedAt = 0, time.Time{} // each has a time of its own, by its place in the file
			}
			line, err := json.Marshal(c)
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, string(line))
		}
		if after = page.Next; after == nil {
			break
		}
	}
	if !ids {
		slices.Sort(all)
	}
	return strings.Join(all, "\n")
}

const header = "external_id,email,name,phone,created_at,city\n"

// people are n customers as a file, from the first number on.
func people(first, n int) string {
	var rows strings.Builder
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&rows, "k-%d,person%d@shop.example,Мария %d,+7495%07d,2018-01-01 00:11:22,Тверь\n", i, i, i, i)
	}
	return rows.String()
}

func TestBadRowsComeBackAndTheOthersAreStored(t *testing.T) {
	each(t, func(b *bench) {
		rows := strings.SplitAfter(strings.TrimSuffix(people(1, 1000), "\n"), "\n")
		rows[6] = "k-7,no address,Мария 7,+74950000007,2018-01-01 00:11:22,Тверь\n"
		rows[499] = "k-500,person500@shop.example,Мария 500,phone,2018-99-01 00:11:22,Тверь\n"
		rows[998] = "k-3,person999@shop.example,Мария 999,+74950000999,2018-01-01 00:11:22,Тверь\n"
		i := b.create(header + strings.Join(rows, ""))
		want := []string{
			`row 8, column "email" is not an e-mail address`,
			`row 501, column "created_at" ` + dateFault,
			`row 501, column "phone" is not a phone number`,
			`row 1000, column "external_id" is the same as in row 4`,
		}
		before := b.content(true)
		i = b.do(i, orderhub.ImportRehearsing)
		if got := (orderhub.ImportTally{Created: 997, Conflicts: 1, Invalid: 2}); i.Rehearsal != got || i.State != orderhub.ImportRehearsed {
			b.Errorf("rehearsed as %s: %+v, want %+v", i.State, i.Rehearsal, got)
		}
		if diff := cmp.Diff(want, b.faults(i)); diff != "" {
			b.Errorf("faults of the rehearsal (-want +got):\n%s", diff)
		}
		if b.content(true) != before {
			b.Error("the rehearsal has changed the store")
		}
		i = b.do(i, orderhub.ImportRunning)
		if i.Result != i.Rehearsal || i.State != orderhub.ImportDone || i.Rows != 1000 {
			b.Errorf("run of %d rows is %s: %+v, rehearsed: %+v", i.Rows, i.State, i.Result, i.Rehearsal)
		}
		if diff := cmp.Diff(want, b.faults(i)); diff != "" {
			b.Errorf("faults of the run (-want +got):\n%s", diff)
		}
		if n := strings.Count(b.content(true), "\n") + 1; n != 997 {
			b.Errorf("%d customers are stored, want 997", n)
		}
		b.mend(i)
		b.undone(i, before)
	})
}

const dateFault = `is not a date of our calendar`

// mend takes the rejects, mends them and imports them.
func (b *bench) mend(i *orderhub.Import) {
	b.Helper()
	var out bytes.Buffer
	n, err := b.imports.Rejects(b.Context(), i, &out)
	if err != nil || n != 3 {
		b.Fatalf("%d rows came back, %v; want 3", n, err)
	}
	file := out.String()
	for _, want := range []string{"city,orderhub.reason\r\n", "email: is not an e-mail address", "row 1000: external_id: is the same as in row 4"} {
		if !strings.Contains(file, want) {
			b.Errorf("the rejects lack %q:\n%s", want, file)
		}
	}
	file = strings.NewReplacer("no address", "person7@shop.example", ",phone,2018-99-01", ",+74950000500,2018-01-01", "k-3,", "k-999,").Replace(file)
	again := b.do(b.create(file), orderhub.ImportRunning)
	if want := (orderhub.ImportTally{Created: 3}); again.Result != want {
		b.Errorf("the mended rows: %+v %q, want %+v", again.Result, b.faults(again), want)
	}
	if _, found := strings.CutPrefix(b.content(true), ""); found && strings.Contains(b.content(true), "orderhub.reason") {
		b.Error("the reason became an attribute")
	}
	b.do(again, orderhub.ImportUndoing)
}

// undone takes an import back and compares the store with what it was before.
func (b *bench) undone(i *orderhub.Import, before string) {
	b.Helper()
	i = b.do(i, orderhub.ImportUndoing)
	if after := b.content(true); after != before {
		b.Errorf("after the undo (-before +after):\n%s", cmp.Diff(before, after))
	}
	if i.State != orderhub.ImportUndone || i.Undone.Kept != 0 || i.Undone.Removed != i.Result.Created || i.Undone.Restored != i.Result.Updated {
		b.Errorf("undone: %s %+v of %+v", i.State, i.Undone, i.Result)
	}
}

func TestSecondImportUpdatesAndUndoRestores(t *testing.T) {
	each(t, func(b *bench) {
		b.do(b.create(header+people(1, 50)), orderhub.ImportRunning)
		before := b.content(true)
		second := strings.Replace(header+people(41, 30), "Тверь", "Псков", 5) // of the first five
		i := b.do(b.do(b.create(second), orderhub.ImportRehearsing), orderhub.ImportRunning)
		if want := (orderhub.ImportTally{Created: 20, Updated: 5, Unchanged: 5}); i.Result != want || i.Rehearsal != want {
			b.Errorf("rehearsed %+v, run %+v, want %+v", i.Rehearsal, i.Result, want)
		}
		b.undone(i, before)
	})
}

func TestUndoKeepsWhatSomebodyHasTouched(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		b := newBench(t, db)
		i := b.do(b.create(header+people(1, 25)), orderhub.ImportRunning)
		clock.Offset += time.Second
		name := "Анна Гость"
		s := &customers.Service{DB: db}
		if _, _, err := s.Amend(t.Context(), b.shop, orderhub.CustomerRef{ExternalID: "k-12"}, orderhub.CustomerChange{Name: &name}, orderhub.Mode{Existing: true}); err != nil {
			t.Fatal(err)
		}
		i = b.do(i, orderhub.ImportUndoing)
		if want := (orderhub.UndoTally{Removed: 24, Kept: 1}); i.Undone != want {
			t.Errorf("undone %+v, want %+v", i.Undone, want)
		}
		if got := b.content(true); strings.Count(got, "\n") != 0 || !strings.Contains(got, name) {
			t.Errorf("what is left:\n%s", got)
		}
	})
}

func TestFilesThatAreRefused(t *testing.T) {
	for name, x := range map[string]struct{ file, want string }{
		"nothing":           {"", "the file is empty"},
		"no header":         {"\n\n", "no header"},
		"missing columns":   {"external_id,email\nk-1,a@shop.example\n", `the file has no column "name"`},
		"columns twice":     {"external_id,email,email,name,phone,created_at\n", "email"},
		"an old workbook":   {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600), ".xls"},
		"a picture":         {"\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 600), "picture"},
		"an unclosed quote": {header + `k-1,"` + strings.Repeat("x", 1<<20), "quote"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, storetest.Open(t))
			i, _, err := b.imports.Create(t.Context(), b.shop, orderhub.ImportCustomers, "file.csv", strings.NewReader(x.file), orderhub.ImportPlan{})
			if err == nil {
				i, err = b.imports.Ask(t.Context(), b.shop, i.ID, orderhub.ImportRunning)
				if err == nil {
					i, err = b.imports.Work(t.Context(), b.shop, i.ID, nil)
				}
				if err == nil {
					err = orderhub.Errorf(orderhub.Invalid, "%s %q", i.Failure, b.faults(i))
				}
			}
			if err == nil || orderhub.KindOf(err) == orderhub.Internal || !strings.Contains(err.Error(), x.want) {
				t.Errorf("error is %v, want one of the file that says %q", err, x.want)
			}
			if got := b.content(true); got != "" {
				t.Errorf("something was stored: %s", got)
			}
		})
	}
}

// TestCutOffImportGoesOn ends an import again and again, in the middle of
// whatever it does, and compares the outcome with an undisturbed one.
func TestCutOffImportGoesOn(t *testing.T) {
	file := header + people(1, 300) + "k-301,bad,,,\nk-5,again@shop.example,,,\n" + people(400, 200)
	each(t, func(whole *bench) {
		want := whole.do(whole.create(file), orderhub.ImportRunning)
		b := newBench(whole.T, freshLike(whole.T, whole.db))
		i := b.create(file)
		if _, err := b.imports.Ask(b.Context(), b.shop, i.ID, orderhub.ImportRunning); err != nil {
			b.Fatal(err)
		}
		cuts := 0
		for random := rand.New(rand.NewPCG(7, 7)); cuts < 20; cuts++ {
			ctx, cancel := context.WithCancel(b.Context())
			steps := random.IntN(4)
			_, err := b.imports.Work(ctx, b.shop, i.ID, func(*orderhub.Import) {
				if steps--; steps < 0 {
					cancel()
				}
			})
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				b.Fatal(err)
			}
		}
		if cuts < 5 {
			b.Errorf("the import was cut off %d times only", cuts)
		}
		got := b.work(i)
		if got.Result != want.Result || got.Rows != want.Rows {
			b.Errorf("cut off: %d rows %+v, undisturbed: %d rows %+v", got.Rows, got.Result, want.Rows, want.Result)
		}
		if diff := cmp.Diff(whole.faults(want), b.faults(got)); diff != "" {
			b.Errorf("faults (-undisturbed +cut off):\n%s", diff)
		}
		if diff := cmp.Diff(whole.content(false), b.content(false)); diff != "" {
			b.Errorf("content (-undisturbed +cut off):\n%s", diff)
		}
		b.undone(got, "")
	})
}

func freshLike(t *testing.T, db *store.DB) *store.DB {
	if strings.Contains(t.Name(), "postgres") {
		return storetest.OpenPostgres(t)
	}
	return storetest.Open(t)
}
