package ordering_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/search"
	"orderhub/internal/store/storetest"
)

// list are the numbers of the orders on a page.
func list(orders []*orderhub.Order) []string {
	all := []string{}
	for _, o := range orders {
		all = append(all, o.Number)
	}
	return all
}

func (t *desk) wantList(want ...string) {
	t.Helper()
	page, err := t.s.List(t.Context(), t.shop, orderhub.OrderFilter{Limit: 100, Total: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]string{}, want...), list(page.Orders), alike...); diff != "" || page.Total != len(want) {
		t.Errorf("the list holds %d orders (-want +got):\n%s", page.Total, diff)
	}
}

func (t *desk) wantHits(text string, want ...string) {
	t.Helper()
	t.catchUp()
	page, err := t.s.Search(t.Context(), t.shop, text, orderhub.OrderFilter{}, 0, 100)
	if err != nil {
		t.Fatalf("Search %q: %v", text, err)
	}
	if diff := cmp.Diff(append([]string{}, want...), list(page.Orders), alike...); diff != "" {
		t.Errorf("Search %q (-want +got):\n%s", text, diff)
	}
}

// catchUp brings the search index up to date.
func (t *desk) catchUp() {
	t.Helper()
	storetest.Events(t, t.db) // all of which can be read then
	if err := search.CatchUp(t.Context(), t.db); err != nil {
		t.Fatal(err)
	}
}

func TestDeletedOrderIsGoneForAll(t *testing.T) {
	each(t, func(t *desk) {
		t.place(boots("A-1"))
		o := t.place(boots("A-2"))
		t.place(boots("A-3"))
		deleted := t.delete("A-2")
		if at := deleted.DeletedAt; at.Sub(storetest.Noon).Abs() > time.Millisecond || !deleted.UpdatedAt.Equal(at) {
			t.Errorf("deleted at %v, updated at %v, want %v", at, deleted.UpdatedAt, storetest.Noon)
		}
		o.DeletedAt = storetest.Noon
		t.wantSame(deleted, o) // as it was
		for _, ref := range []orderhub.OrderRef{{Number: "A-2"}, {ID: o.ID}} {
			_, err := t.s.Find(t.Context(), t.shop, ref)
			t.wantKind(err, orderhub.NotFound, "")
			_, _, err = t.s.FindWithCustomer(t.Context(), t.shop, ref)
			t.wantKind(err, orderhub.NotFound, "")
			_, _, err = t.s.Amend(t.Context(), t.shop, ref, orderhub.OrderChange{Note: new("new")}, onlyKnown)
			t.wantKind(err, orderhub.NotFound, "")
			_, err = t.s.Delete(t.Context(), t.shop, ref)
			t.wantKind(err, orderhub.NotFound, "")
		}
		t.wantList("A-3", "A-1")
		t.wantHits("A-2")
		t.wantHits("anna@example.com", "A-3", "A-1")
		t.wantEvents(o.ID, orderhub.OrderPlaced, orderhub.OrderDeleted)
		t.wantSound()
	})
}

func TestDeletingIsAnEvent(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("A-1"))
		actor := orderhub.Actor{Door: "ecdp", Key: "crm"}
		if _, err := t.s.Delete(orderhub.WithActor(t.Context(), actor), t.shop, number("A-1")); err != nil {
			t.Fatal(err)
		}
		all := t.events(o.ID)
		want := orderhub.Event{ID: all[len(all)-1].ID, Shop: t.shop.ID, At: storetest.Noon, Kind: orderhub.OrderDeleted,
			Order: o.ID, Customer: o.Customer, Actor: actor}
		if diff := cmp.Diff(want, all[len(all)-1], alike...); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
}

// Whoever asks for an order of another shop learns what one learns who asks
// for an order that never was.
func TestForeignOrderIsAsUnknownAsNone(t *testing.T) {
	each(t, func(t *desk) {
		there := t.other()
		foreign := there.place(boots("A-1"))
		acts := map[string]func(ref orderhub.OrderRef) error{
			"find": func(ref orderhub.OrderRef) error { _, err := t.s.Find(t.Context(), t.shop, ref); return err },
			"find with customer": func(ref orderhub.OrderRef) error {
				_, _, err := t.s.FindWithCustomer(t.Context(), t.shop, ref)
				return err
			},
			"amend": func(ref orderhub.OrderRef) error {
				_, _, err := t.s.Amend(t.Context(), t.shop, ref, orderhub.OrderChange{Note: new("mine")}, onlyKnown)
				return err
			},
			"delete": func(ref orderhub.OrderRef) error { _, err := t.s.Delete(t.Context(), t.shop, ref); return err },
		}
		before := map[string]map[orderhub.OrderRef]string{}
		refs := []orderhub.OrderRef{{Number: "A-1"}, {ID: foreign.ID}, {Number: "A-1", ID: foreign.ID}}
		for name, act := range acts {
			before[name] = map[orderhub.OrderRef]string{}
			for _, ref := range refs {
				err := act(ref)
				t.wantKind(err, orderhub.NotFound, "")
				before[name][ref] = fmt.Sprint(err)
			}
		}
		t.wantSame(there.find("A-1"), foreign)
		there.delete("A-1") // now nobody has it
		for name, act := range acts {
			for _, ref := range refs {
				if got := fmt.Sprint(act(ref)); got != before[name][ref] {
					t.Errorf("%s %+v: %q for an unknown order, %q for a foreign one", name, ref, got, before[name][ref])
				}
			}
		}
		t.wantList()
		t.wantHits("A-1")
		t.wantHits("anna")
	})
}

func TestListKeepsToItsShop(t *testing.T) {
	each(t, func(t *desk) {
		there := t.other()
		t.place(boots("A-1"))
		there.place(boots("B-1"))
		t.place(boots("A-2"))
		t.wantList("A-2", "A-1")
		there.wantList("B-1")
	})
}

func TestFindWithCustomer(t *testing.T) {
	each(t, func(t *desk) {
		want := t.place(boots("A-1"))
		t.place(boots("A-2", func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }))
		o, c, err := t.s.FindWithCustomer(t.Context(), t.shop, number("A-1"))
		if err != nil {
			t.Fatal(err)
		}
		t.wantSame(o, want)
		if diff := cmp.Diff(t.customer(want.Customer), c, alike...); diff != "" {
			t.Errorf("customer (-want +got):\n%s", diff)
		}
		if _, c, err := t.s.FindWithCustomer(t.Context(), t.shop, number("A-2")); err != nil || c != nil {
			t.Errorf("an order without a customer has %v, %v, want none", c, err)
		}
	})
}

func TestListWithCustomersNamesEachOnce(t *testing.T) {
	each(t, func(t *desk) {
		anna := t.place(boots("A-1")).Customer
		t.place(boots("A-2"))
		boris := t.place(boots("A-3", func(o *orderhub.Order) { o.Contact = orderhub.Contact{Email: "boris@example.com"} })).Customer
		t.place(boots("A-4", func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }))
		page, linked, err := t.s.ListWithCustomers(t.Context(), t.shop, orderhub.OrderFilter{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		got := []orderhub.CustomerID{}
		for _, c := range linked {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff([]orderhub.CustomerID{anna, boris}, got); len(page.Orders) != 4 || diff != "" {
			t.Errorf("%d orders and the customers (-want +got):\n%s", len(page.Orders), diff)
		}
	})
}

func TestLimitsOfAPageAreChecked(t *testing.T) {
	each(t, func(t *desk) {
		for _, limit := range []int{-1, 0, orderhub.MaxLimit + 1} {
			_, err := t.s.List(t.Context(), t.shop, orderhub.OrderFilter{Limit: limit})
			t.wantKind(err, orderhub.Invalid, "limit")
			_, err = t.s.Search(t.Context(), t.shop, "boots", orderhub.OrderFilter{}, 0, limit)
			t.wantKind(err, orderhub.Invalid, "limit")
		}
	})
}

// An ID that no order can have is unknown, and never that of an order which is
// made in the same batch.
func TestImpossibleIDIsUnknown(t *testing.T) {
	each(t, func(t *desk) {
		for _, id := range []orderhub.OrderID{-1, 1 << 62} {
			_, _, err := t.s.Amend(t.Context(), t.shop, orderhub.OrderRef{ID: id}, setTo("closed"), onlyKnown)
			t.wantKind(err, orderhub.NotFound, "")
		}
	})
}
