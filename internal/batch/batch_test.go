package batch_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/batch/batchtest"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A tally is a set for tests: numbers by name, kept as counters of the shop.
type tally struct {
	read, now map[string]int64
	wanted    []string
	reads     int
}

func tallyOf(b *batch.Batch) *tally {
	return batch.Join(b, "tally", func(*batch.Batch) *tally {
		return &tally{read: make(map[string]int64), now: make(map[string]int64)}
	})
}

func (t *tally) ask(name string) { t.wanted = append(t.wanted, name) }

func (t *tally) get(name string) (int64, error) {
	n, known := t.now[name]
	if !known {
		t.ask(name)
		return 0, batch.ErrMore
	}
	return n, nil
}

func (t *tally) Read(ctx context.Context, tx *store.ShopTx) (bool, error) {
	wanted := t.wanted
	t.wanted = nil
	for _, name := range wanted {
		if _, known := t.now[name]; known {
			continue
		}
		n, err := tx.Counter(ctx, name)
		if err != nil {
			return false, err
		}
		t.read[name], t.now[name] = n, n
		t.reads++
	}
	return len(wanted) > 0, nil
}

func (t *tally) Number(context.Context, *store.ShopTx) error { return nil }

func (t *tally) Save(ctx context.Context, tx *store.ShopTx) error {
	for _, name := range slices.Sorted(maps.Keys(t.now)) {
		if t.now[name] == t.read[name] {
			continue
		}
		if strings.Contains(name, "unstorable") {
			_, err := tx.Exec(ctx, `insert into counters (shop_id, name, value) values (null, null, null)`)
			return err
		}
		if err := tx.SaveCounter(ctx, name, t.now[name]); err != nil {
			return err
		}
	}
	return nil
}

// add is a unit that adds to some names, and then does what then does.
func add(shop *orderhub.Shop, n int64, names []string, then func(*batch.Batch) error) *batch.Unit {
	return &batch.Unit{Shop: shop, Decide: func(b *batch.Batch) error {
		t := tallyOf(b)
		for _, name := range names {
			old, err := t.get(name)
			if err != nil {
				return err
			}
			batch.Put(b, t.now, name, old+n)
			b.Record(&batch.Event{Event: orderhub.Event{Kind: "test." + orderhub.EventKind(name)}})
		}
		if then != nil {
			return then(b)
		}
		return nil
	}}
}

func each(t *testing.T, test func(t *testing.T, db *store.DB, shop *orderhub.Shop)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := &orderhub.Shop{Name: "main", Zone: "UTC", Currency: "RUB", Identify: orderhub.ByEmail}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), shop) }); err != nil {
			t.Fatal(err)
		}
		test(t, db, shop)
	})
}

func wantCounters(t *testing.T, db *store.DB, want map[string]int64) {
	t.Helper()
	for name, n := range want {
		err := db.View(t.Context(), func(tx *store.Tx) error {
			got, err := tx.Shop(1).Counter(t.Context(), name)
			if got != n {
				t.Errorf("%s is %d, want %d", name, got, n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestUnitThatFailsLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, shop *orderhub.Shop) {
		no := orderhub.Wrong("number", "is unlucky")
		runs := 0
		errs := batchtest.Merged(t, db,
			add(shop, 1, []string{"a", "b"}, nil),
			add(shop, 10, []string{"b", "c"}, func(*batch.Batch) error { return no }),
			add(shop, 100, []string{"b"}, func(*batch.Batch) error { panic("a bug") }),
			add(shop, 1_000, []string{"b", "d"}, func(*batch.Batch) error { runs++; return nil }),
		)
		if errs[0] != nil || !errors.Is(errs[1], no) || errs[2] == nil || orderhub.KindOf(errs[2]) != orderhub.Internal || errs[3] != nil {
			t.Errorf("the units came to %v", errs)
		}
		wantCounters(t, db, map[string]int64{"a": 1, "b": 1_001, "c": 0, "d": 1_000})
		if runs != 1 {
			t.Errorf("a unit was decided to the end %d times, want once", runs)
		}
	})
}

// What is stored has a time of its own each, also when the clock stands or goes
// back.
func TestTimesRise(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, shop *orderhub.Shop) {
		for range 3 {
			batchtest.Merged(t, db, add(shop, 1, []string{"a", "b", "c"}, nil), add(shop, 1, []string{"a"}, func(*batch.Batch) error { return errors.New("no") }),
				add(shop, 1, []string{"d"}, nil))
		}
		events := storetest.Events(t, db)
		var last orderhub.Event
		for _, e := range events {
			if !e.At.After(last.At) || e.Kind == last.Kind {
				t.Errorf("event %v comes after %v", e, last)
			}
			last = e
		}
		if len(events) != 12 {
			t.Errorf("%d events, want 12", len(events))
		}
	})
}

// A statement that fails for one member must not fail the others.
func TestMemberThatCannotBeStoredIsAlone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, shop *orderhub.Shop) {
		units := make([]*batch.Unit, 60)
		for i := range units {
			name := fmt.Sprint("n", i)
			if i == 37 {
				name = "unstorable"
			}
			units[i] = add(shop, 1, []string{name}, nil)
		}
		want := make(map[string]int64)
		for i, err := range batchtest.Merged(t, db, units...) {
			if (err != nil) != (i == 37) {
				t.Errorf("unit %d: %v", i, err)
			}
			if i != 37 {
				want[fmt.Sprint("n", i)] = 1
			}
		}
		wantCounters(t, db, want)
	})
}

func TestAskedRecordsAreReadTogether(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, shop *orderhub.Shop) {
		decided, reads := 0, 0
		u := add(shop, 1, []string{"a", "b"}, func(b *batch.Batch) error { decided++; reads = tallyOf(b).reads; return nil })
		u.Ask = func(b *batch.Batch) { tallyOf(b).ask("a"); tallyOf(b).ask("b") }
		if err := batch.Do(t.Context(), db, u); err != nil || decided != 1 || reads != 2 {
			t.Errorf("Do = %v, decided %d times after %d reads", err, decided, reads)
		}
	})
}

func TestIdempotentUnitIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, shop *orderhub.Shop) {
		once := func(key, print, body string) *batch.Unit {
			u := add(shop, 1, []string{"a"}, nil)
			u.Once = &batch.Once{Key: key, Fingerprint: []byte(print), Answer: func() (store.Answer, error) {
				if body == "" {
					return store.Answer{}, errors.New("no answer")
				}
				return store.Answer{Status: 201, Body: []byte(body)}, nil
			}}
			return u
		}
		u := once("k", "p", "first")
		if err := batch.Do(t.Context(), db, u); err != nil || u.Once.First != nil {
			t.Fatalf("Do = %v, first answer %v", err, u.Once.First)
		}
		again := once("k", "p", "second")
		if err := batch.Do(t.Context(), db, again); err != nil || again.Once.First == nil || string(again.Once.First.Body) != "first" {
			t.Errorf("again: %v, %+v, want the first answer", err, again.Once.First)
		}
		if err := batch.Do(t.Context(), db, once("k", "other", "x")); !errors.Is(err, batch.ErrOther) {
			t.Errorf("another request under the key: %v", err)
		}
		// An answer that cannot be made refuses its unit, and only that.
		errs := batchtest.Merged(t, db, once("k2", "p", "x"), once("k3", "p", ""), once("k4", "p", "x"))
		if errs[0] != nil || errs[1] == nil || errs[2] != nil {
			t.Errorf("units came to %v", errs)
		}
		wantCounters(t, db, map[string]int64{"a": 3})
	})
}

func TestRehearsalStoresNothing(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, shop *orderhub.Shop) {
		one, two := add(shop, 1, []string{"a"}, nil), add(shop, 1, []string{"a"}, func(b *batch.Batch) error {
			if n, err := tallyOf(b).get("a"); n != 2 {
				t.Errorf("the second unit sees %d, %v, want 2", n, err)
			}
			return errors.New("no")
		})
		err := db.View(t.Context(), func(tx *store.Tx) error { return batch.Rehearse(t.Context(), tx, one, two) })
		if err != nil || one.Err() != nil || two.Err() == nil {
			t.Errorf("Rehearse = %v, units %v, %v", err, one.Err(), two.Err())
		}
		wantCounters(t, db, map[string]int64{"a": 0})
	})
}

// Callers who leave while they wait leave nothing; the others do not notice.
func TestCallerWhoLeaves(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, shop *orderhub.Shop) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		stored := int64(0)
		for i := range 200 {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%2 == 1 {
					go cancel()
				}
				err := batch.Do(ctx, db, add(shop, 1, []string{"a"}, nil))
				switch {
				case err == nil:
					mu.Lock()
					stored++
					mu.Unlock()
				case i%2 == 0 || !errors.Is(err, context.Canceled):
					t.Errorf("unit %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		wantCounters(t, db, map[string]int64{"a": stored})
	})
}
