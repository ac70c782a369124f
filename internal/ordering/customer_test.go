package ordering_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
)

// ordersOf places orders of a new customer, the last of which is deleted.
func (t *desk) ordersOf(email string, n int) (customer orderhub.CustomerID, ids []orderhub.OrderID) {
	t.Helper()
	for i := range n {
		o := t.place(boots(fmt.Sprint(email, i), func(o *orderhub.Order) { o.Contact = orderhub.Contact{Email: email, Name: "Anna"} }))
		customer, ids = o.Customer, append(ids, o.ID)
	}
	t.delete(fmt.Sprint(email, n-1))
	return customer, ids
}

// byIDs are orders as they are stored, deleted ones too.
func (t *desk) byIDs(ids []orderhub.OrderID) (found map[orderhub.OrderID]*orderhub.Order) {
	t.Helper()
	err := t.db.View(t.Context(), func(tx *store.Tx) (err error) {
		found, err = tx.Shop(t.shop.ID).OrdersByIDs(t.Context(), ids)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wantRelinked looks at orders of a customer that is gone: each is linked to
// another one now, 0 for none, by a change of its own, and is as before in all
// else.
func (t *desk) wantRelinked(before map[orderhub.OrderID]*orderhub.Order, from, to orderhub.CustomerID) {
	t.Helper()
	for id, now := range t.byIDs(slices.Collect(maps.Keys(before))) {
		want := *before[id]
		want.Customer, want.Version = to, want.Version+1
		if now.Version != want.Version || !now.UpdatedAt.After(want.UpdatedAt) {
			t.Errorf("order %s has version %d of %s, want %d, after %s", now.Number, now.Version, now.UpdatedAt, want.Version, want.UpdatedAt)
		}
		want.UpdatedAt = now.UpdatedAt
		t.wantSame(now, &want)
		all := t.events(id)
		e := all[len(all)-1]
		change := orderhub.Change{Field: "customer", From: fmt.Sprint(from), To: fmt.Sprint(to)}
		if e.Kind != orderhub.OrderRelinked || e.Version != now.Version || len(e.Changes) != 1 || e.Changes[0] != change {
			t.Errorf("the last event of order %s is %+v, want the change %+v", now.Number, e, change)
		}
	}
}

// The orders of a customer that goes are linked otherwise with a version and an
// event each, however many there are.
func TestOrdersOfACustomerThatIsGone(t *testing.T) {
	defer ordering.SetMaxRelinked(5)()
	for _, n := range []int{1, 5, 6, 11} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			each(t, func(t *desk) {
				gone, ids := t.ordersOf("gone@shop.example", n)
				before := t.byIDs(ids)
				if err := t.s.DeleteCustomer(t.Context(), t.shop, orderhub.CustomerRef{ID: gone}); err != nil {
					t.Fatal(err)
				}
				t.wantRelinked(before, gone, 0)
				if err := t.s.DeleteCustomer(t.Context(), t.shop, orderhub.CustomerRef{ID: gone}); orderhub.KindOf(err) != orderhub.NotFound {
					t.Errorf("deleted again: %v, want not found", err)
				}

				keep, kept := t.ordersOf("keep@shop.example", 1)
				other, ids := t.ordersOf("other@shop.example", n)
				same, before := t.byIDs(kept), t.byIDs(ids)
				for range 2 { // the second time nothing is left to do
					if c, err := t.s.MergeCustomers(t.Context(), t.shop, keep, other); err != nil || c.ID != keep {
						t.Fatalf("MergeCustomers = %+v, %v", c, err)
					}
					t.wantRelinked(before, other, keep)
				}
				t.wantSame(t.byIDs(kept)[kept[0]], same[kept[0]])
			})
		})
	}
}
