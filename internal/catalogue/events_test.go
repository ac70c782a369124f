package catalogue

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// eventsOf are all events of products of a shop, the oldest first.
func eventsOf(t testing.TB, db *store.DB, shop *orderhub.Shop) (all []orderhub.Event) {
	t.Helper()
	for _, e := range storetest.Events(t, db) {
		if e.Shop == shop.ID && e.Product != 0 {
			all = append(all, e)
		}
	}
	return all
}

// wantEvents checks that the events of each product have the versions 1, 2, 3
// and so on, and end at the version and the time that are stored; and that each
// event has a time of its own.
func wantEvents(t testing.TB, db *store.DB, shop *orderhub.Shop) {
	t.Helper()
	last := make(map[orderhub.ProductID]orderhub.Event)
	var before orderhub.Event
	for _, e := range eventsOf(t, db, shop) {
		former := last[e.Product]
		if e.Version != former.Version+1 || (e.Kind == orderhub.ProductCreated) != (e.Version == 1) || former.Kind == orderhub.ProductRemoved || len(e.Changes) == 0 {
			t.Errorf("%s of product %d has version %d after %d of %s, and the changes %v", e.Kind, e.Product, e.Version, former.Version, former.Kind, e.Changes)
		}
		if !e.At.After(before.At) {
			t.Errorf("an event at %v comes after one at %v", e.At, before.At)
		}
		last[e.Product], before = e, e
	}
	for _, p := range productsOf(t, db, shop) {
		e := last[p.ID]
		if e.Version != p.Version || !e.At.Equal(p.UpdatedAt) || e.Kind == orderhub.ProductRemoved {
			t.Errorf("product %s has version %d of %v, its last event %s version %d of %v", p.ExternalID, p.Version, p.UpdatedAt, e.Kind, e.Version, e.At)
		}
		delete(last, p.ID)
	}
	for id, e := range last {
		if e.Kind != orderhub.ProductRemoved {
			t.Errorf("product %d is gone, and its last event is %s", id, e.Kind)
		}
	}
}

// story prints events as their kinds, products by external id, versions, doors
// and changes.
func story(events []orderhub.Event) []string {
	names := make(map[orderhub.ProductID]string)
	var all []string
	for _, e := range events {
		if e.Kind == orderhub.ProductCreated {
			names[e.Product] = e.Changes[0].To
		}
		var changes []string
		for _, c := range e.Changes {
			changes = append(changes, fmt.Sprintf("%s %q→%q", c.Field, c.From, c.To))
		}
		all = append(all, fmt.Sprintf("%s %s %d %s: %s", e.Kind, names[e.Product], e.Version, e.Actor.Door, strings.Join(changes, ", ")))
	}
	return all
}

// Each change has one event and one version; what changes nothing has neither.
func TestEventsOfProducts(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s, shop := &Service{DB: db}, newShop(t, db, "main")
		ctx := orderhub.WithActor(t.Context(), orderhub.Actor{Door: "test", Key: "k"})
		put := func(name string) {
			t.Helper()
			if err := s.Put(ctx, shop, []*orderhub.Product{{ExternalID: "2", Name: name, Available: true}}); err != nil {
				t.Fatal(err)
			}
		}
		refreshed(t, s, shop, bowls(1, 2, "5"))
		refreshed(t, s, shop, bowls(1, 2, "5")) // nothing
		clock.Offset = time.Hour
		put("Кружка")
		put("Кружка") // nothing
		refreshed(t, s, shop, bowls(1, 1, "6"))
		refreshed(t, s, shop, bowls(1, 1, "6")) // nothing: what is gone is gone
		verdicts := imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "3", Name: new("Ковш")}, orderhub.ProductChange{ExternalID: "1", Brand: new("Медник")})
		reverted(t, db, shop, reversals(verdicts)...)
		want := []string{
			`product.created 1 1 feed: external_id ""→"1", name ""→"Миска 1"`,
			`product.created 2 1 feed: external_id ""→"2", name ""→"Миска 2"`,
			`product.changed 2 2 test: name "Миска 2"→"Кружка", price "5"→"0", categories "Посуда"→""`,
			`product.changed 1 2 feed: price "5"→"6"`,
			`product.changed 2 3 feed: available "true"→"false"`,
			`product.created 3 1 : external_id ""→"3", name ""→"Ковш"`,
			`product.changed 1 3 : brand ""→"Медник"`,
			`product.changed 1 4 : brand "Медник"→""`,
			`product.removed 3 2 : external_id "3"→"", name "Ковш"→""`,
		}
		if d := cmp.Diff(want, story(eventsOf(t, db, shop))); d != "" {
			t.Errorf("the events (-want +got):\n%s", d)
		}
		wantEvents(t, db, shop)
	})
}

// A product that was put becomes one of the feed that has it, which is a change,
// and may then be left out.
func TestProductBecomesOneOfAFeed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, shop := &Service{DB: db}, newShop(t, db, "main")
		p := &orderhub.Product{ExternalID: "1", Name: "Миска 1", Price: 50_000, Categories: []string{"Посуда"}, Available: true}
		if err := s.Put(t.Context(), shop, []*orderhub.Product{p}); err != nil {
			t.Fatal(err)
		}
		if r := refreshed(t, s, shop, bowls(1, 1, "5")); r.Changed != 1 {
			t.Errorf("the report is %+v, want one change", r)
		}
		refreshed(t, s, shop, bowls(2, 2, "5"))
		got := story(eventsOf(t, db, shop))
		want := []string{`product.changed 1 2 feed: fed "false"→"true"`, `product.created 2 1 feed: external_id ""→"2", name ""→"Миска 2"`, `product.changed 1 3 feed: available "true"→"false"`}
		if d := cmp.Diff(want, got[1:]); d != "" {
			t.Errorf("the events (-want +got):\n%s", d)
		}
	})
}

// A unit that fails leaves no product, no event and no time, whatever it has
// done before; the others of its batch do not notice.
func TestUnitThatFailsLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		p := orderhub.ProductChange{ExternalID: "1", Name: new("Ковш")}
		old := imported(t, db, shop, both, p)[0].Now
		unit := func(fail bool, changes ...orderhub.ProductChange) *batch.Unit {
			u := batch.New(t.Context(), shop)
			u.Decide = func(b *batch.Batch) error {
				for _, c := range changes {
					if _, err := In(b).do(command{ProductChange: c}, both); err != nil {
						return err
					}
				}
				if fail {
					p, err := In(b).by("1")
					if err != nil {
						return err
					}
					In(b).remove(p)
					return orderhub.Wrong("price", "is unlucky")
				}
				return nil
			}
			return u
		}
		first := unit(false, orderhub.ProductChange{ExternalID: "2", Name: new("Кружка")})
		bad := unit(true, orderhub.ProductChange{ExternalID: "3", Name: new("Миска")}, orderhub.ProductChange{ExternalID: "1", Name: new("Ложка")})
		last := unit(false, orderhub.ProductChange{ExternalID: "2", Brand: new("Медник")}, orderhub.ProductChange{ExternalID: "4", Name: new("Чайник")})
		err := db.Update(t.Context(), func(tx *store.Tx) error { return batch.In(t.Context(), tx, first, bad, last) })
		if err != nil || first.Err() != nil || bad.Err() == nil || last.Err() != nil {
			t.Fatalf("In = %v, units %v, %v, %v", err, first.Err(), bad.Err(), last.Err())
		}
		got := state(t, db, shop)
		if d := cmp.Diff(*old, got["1"]); d != "" {
			t.Errorf("the product of the unit that failed (-before +after):\n%s", d)
		}
		if len(got) != 3 || got["2"].Brand != "Медник" || got["2"].Version != 2 || got["4"].ID != got["2"].ID+1 {
			t.Errorf("there are %+v, want 1, 2 and 4", got)
		}
		wantEvents(t, db, shop)
	})
}

// A command is decided on what those before it in the batch have left, also one
// with a product as it is stored.
func TestCommandSeesTheOneBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		whole := orderhub.ProductChange{ExternalID: "1", Whole: &orderhub.Product{Name: "Ковш", Available: true}}
		imported(t, db, shop, both, whole)
		var got []verdict
		u := batch.New(t.Context(), shop)
		u.Decide = func(b *batch.Batch) error {
			got = nil
			for _, c := range []orderhub.ProductChange{whole, {ExternalID: "1", Name: new("Миска")}, whole, whole} {
				v, err := In(b).do(command{ProductChange: c}, both)
				if err != nil {
					return err
				}
				got = append(got, v)
			}
			return nil
		}
		if err := batch.Do(t.Context(), db, u); err != nil {
			t.Fatal(err)
		}
		if want := "unchanged\nupdated\nupdated\nunchanged\n"; outcomes(got) != want {
			t.Errorf("the commands came to\n%s, want\n%s", outcomes(got), want)
		}
		if p := state(t, db, shop)["1"]; p.Name != "Ковш" || p.Version != 3 {
			t.Errorf("the product is %+v, want version 3 with the old name", p)
		}
		wantEvents(t, db, shop)
	})
}

// What a feed has left out is withdrawn if it is still there and still the
// feed's.
func TestWithdrawLooksAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, shop := &Service{DB: db}, newShop(t, db, "main")
		refreshed(t, s, shop, bowls(1, 2, "5"))
		refreshed(t, s, shop, bowls(1, 1, "5"))
		if err := s.Put(t.Context(), shop, []*orderhub.Product{{ExternalID: "own", Name: "Ложка", Available: true}}); err != nil {
			t.Fatal(err)
		}
		for external, p := range state(t, db, shop) {
			for _, id := range []orderhub.ProductID{p.ID, p.ID + 100} {
				gone := false
				u := batch.New(t.Context(), shop)
				u.Decide = func(b *batch.Batch) (err error) { gone, err = In(b).withdraw(id); return err }
				if err := batch.Do(t.Context(), db, u); err != nil || gone != (external == "1" && id == p.ID) {
					t.Errorf("product %s, %d of %d: withdrawn %v, %v", external, id, p.ID, gone, err)
				}
			}
		}
		wantContents(t, s, shop, map[string]string{"1": "gone", "2": "gone", "own": "0"})
		wantEvents(t, db, shop)
	})
}
