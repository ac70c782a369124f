package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// Columns that have not changed are not written; all that has changed is,
// however orders that changed in different ways are saved together.
func TestChangedOrdersComeBackEqual(t *testing.T) {
	changes := map[string]func(o *orderhub.Order){
		"nothing":  func(*orderhub.Order) {},
		"number":   func(o *orderhub.Order) { o.Number += " other" },
		"code":     func(o *orderhub.Order) { o.Code = "other" },
		"placed":   func(o *orderhub.Order) { o.PlacedAt = o.PlacedAt.Add(time.Hour) },
		"deleted":  func(o *orderhub.Order) { o.DeletedAt = storetest.Noon },
		"status":   func(o *orderhub.Order) { o.Status, o.Stage, o.Moves = "canceled", orderhub.StageCanceled, 3 },
		"customer": func(o *orderhub.Order) { o.Customer = 0 },
		"e-mail":   func(o *orderhub.Order) { o.Contact.Email = "other@shop.example" },
		"phone":    func(o *orderhub.Order) { o.Contact.Phone = "+7 912 000-11-22" },
		"account":  func(o *orderhub.Order) { o.Account = "other" },
		"exchange": func(o *orderhub.Order) { o.ExchangeAt = storetest.Noon.Add(time.Hour) },
		"payment":  func(o *orderhub.Order) { o.Payment, o.PaidAt = orderhub.Refunded, time.Time{} },
		"total":    func(o *orderhub.Order) { o.Total, o.TotalGiven = 7, false },
		"version":  func(o *orderhub.Order) { o.Version, o.UpdatedAt = 9, storetest.Noon.Add(time.Minute) },
		"note":     func(o *orderhub.Order) { o.Note, o.Attributes = "other", nil },
		"lines":    func(o *orderhub.Order) { o.Lines = slices.Insert(slices.Clone(o.Lines), 0, orderhub.Line{Quantity: 7}) },
		"document": func(o *orderhub.Order) {
			o.Payments = slices.Clone(o.Payments)
			o.Payments[0].Number = "other " + o.Number
		},
		"documents": func(o *orderhub.Order) { o.Payments, o.Shipments, o.Taxes = nil, nil, nil },
		"most": func(o *orderhub.Order) {
			o.Number, o.Code, o.Status, o.Customer, o.Contact, o.Account = "most", "", "received", 0, orderhub.Contact{}, ""
		},
	}
	keys := func(o *orderhub.Order) store.Keys {
		return store.Keys{Email: o.Contact.Email, Phone: o.Contact.Phone}
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		var saves []store.OrderSave
		for name, change := range changes {
			old := fullOrder(t, shop.ID, c.ID)
			old.Number = name
			old.Payments[0].Number = "of " + name
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				return storetest.CreateOrders(ctx, tx, []store.Keys{keys(old)}, old)
			})
			now := *old
			change(&now)
			saves = append(saves, store.OrderSave{Old: old, New: &now, Keys: keys(&now)})
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.ChangeOrders(ctx, saves) })
		for _, s := range saves {
			refs := []orderhub.OrderRef{{ID: s.New.ID, Deleted: true}, {Payment: "of " + s.Old.Number, Deleted: true}, {Payment: "other " + s.Old.Number, Deleted: true}}
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				found, err := tx.Orders(ctx, shop.ID, refs, store.OrderOptions{Deleted: true})
				if err != nil {
					return err
				}
				if d := cmp.Diff(s.New, found.Order(refs[0])); d != "" {
					t.Errorf("%s came back changed (-stored +read):\n%s", s.Old.Number, d)
				}
				for _, r := range refs[1:] {
					want := slices.ContainsFunc(s.New.Payments, func(p orderhub.Payment) bool { return p.Number == r.Payment })
					if got := found.Order(r) != nil; got != want {
						t.Errorf("%s is found by the document %q: %v, want %v", s.Old.Number, r.Payment, got, want)
					}
				}
				for kind, e := range map[string]store.Exact{"e-mail": {Email: s.New.Contact.Email}, "phone": {Phone: s.New.Contact.Phone}} {
					ids, err := tx.SearchExact(ctx, shop.ID, e, 1<<62, 99)
					if want := e != (store.Exact{}) && s.New.DeletedAt.IsZero(); err != nil || slices.Contains(ids, s.New.ID) != want {
						t.Errorf("%s is among those of its %s: %v, %v, want %v", s.Old.Number, kind, ids, err, want)
					}
				}
				return nil
			})
		}
	})
}

// InsertOrders stores orders under the IDs that they have.
func TestOrdersWithTheirIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		all := []*orderhub.Order{fullOrderNumbered(t, shop.ID, "1"), plainOrder(shop.ID, "2"), fullOrderNumbered(t, shop.ID, "3")}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			ids, err := tx.NextIDs(ctx, store.OrderTable, len(all))
			if err != nil {
				return err
			}
			for i, o := range all {
				o.ID = orderhub.OrderID(ids[i])
			}
			return tx.InsertOrders(ctx, all, make([]store.Keys, len(all)))
		})
		for _, o := range all {
			wantStored(t, db, o)
		}
		next := plainOrder(shop.ID, "4")
		create(t, db, next)
		if next.ID <= all[2].ID {
			t.Errorf("the next order got the id %d, want more than %d", next.ID, all[2].ID)
		}
	})
}

// One look-up finds orders by all that they can be named by, and says which
// others have the same code.
func TestOrdersByAnyReference(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		all := many(t, db, shop.ID, 6, func(i int, o *orderhub.Order) {
			o.Code = []string{"a", "a", "a", "b", "", "c"}[i]
			o.Payments = []orderhub.Payment{{Number: []string{"p", "p", "q", "", "r", "s"}[i], Status: orderhub.PaymentPaid}}
			if i == 2 || i == 3 || i == 5 {
				o.DeletedAt = storetest.Noon
			}
		})
		foreign := plainOrder(other.ID, "1")
		foreign.Code = "a"
		create(t, db, foreign)
		id := func(i int) orderhub.OrderID { return all[i-1].ID }
		for _, tt := range []struct {
			ref     orderhub.OrderRef
			deleted bool
			want    orderhub.OrderID
			code    []orderhub.OrderID
		}{
			{ref: orderhub.OrderRef{Number: "2"}, want: id(2)},
			{ref: orderhub.OrderRef{Number: "3"}, want: 0},
			{ref: orderhub.OrderRef{Number: "3", Deleted: true}, deleted: true, want: 0},
			{ref: orderhub.OrderRef{ID: id(1)}, want: id(1)},
			{ref: orderhub.OrderRef{ID: id(3)}, want: 0},
			{ref: orderhub.OrderRef{ID: id(3)}, deleted: true, want: 0},
			{ref: orderhub.OrderRef{ID: id(3), Deleted: true}, deleted: true, want: id(3)},
			{ref: orderhub.OrderRef{ID: foreign.ID}, want: 0},
			{ref: orderhub.OrderRef{Code: "a"}, want: id(2), code: []orderhub.OrderID{id(2), id(1)}},
			{ref: orderhub.OrderRef{Code: "a", Deleted: true}, deleted: true, want: id(2), code: []orderhub.OrderID{id(2), id(1), id(3)}},
			{ref: orderhub.OrderRef{Code: "b"}, want: 0},
			{ref: orderhub.OrderRef{Code: "b", Deleted: true}, deleted: true, want: id(4), code: []orderhub.OrderID{id(4)}},
			{ref: orderhub.OrderRef{Payment: "p"}, want: id(2)},
			{ref: orderhub.OrderRef{Payment: "q"}, want: 0},
			{ref: orderhub.OrderRef{Payment: "q", Deleted: true}, deleted: true, want: id(3)},
			{ref: orderhub.OrderRef{Number: "9", ID: 999, Code: "z", Payment: "r"}, want: id(5)},
			{ref: orderhub.OrderRef{Number: "1", ID: id(2), Code: "c"}, want: id(1)},
			{ref: orderhub.OrderRef{}, want: 0},
			{ref: orderhub.OrderRef{Number: "\x00", Code: "\xff"}, want: 0},
		} {
			for _, heads := range []bool{false, true} {
				view(t, db, func(ctx context.Context, tx *store.Tx) error {
					found, err := tx.Orders(ctx, shop.ID, []orderhub.OrderRef{tt.ref, {Number: "1"}}, store.OrderOptions{Heads: heads, Deleted: tt.deleted})
					if err != nil {
						return err
					}
					var got orderhub.OrderID
					if o := found.Order(tt.ref); o != nil {
						got = o.ID
						if (len(o.Lines) > 0) == heads {
							t.Errorf("%+v, heads %v: it has %d lines", tt.ref, heads, len(o.Lines))
						}
					}
					if got != tt.want || !slices.Equal(found.Codes[tt.ref.Code], tt.code) {
						t.Errorf("%+v, heads %v: order %d, those of the code %v; want %d and %v", tt.ref, heads, got, found.Codes[tt.ref.Code], tt.want, tt.code)
					}
					return nil
				})
			}
		}
	})
}
