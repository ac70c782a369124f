package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
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
	keys := func(o *orderhub.Order) orderdb.Keys {
		return orderdb.Keys{Email: o.Contact.Email, Phone: o.Contact.Phone}
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		var saves []orderdb.OrderSave
		for name, change := range changes {
			old := fullOrder(t, shop.ID, c.ID)
			old.Number = name
			old.Payments[0].Number = "of " + name
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				return storetest.CreateOrders(ctx, tx, []orderdb.Keys{keys(old)}, old)
			})
			now := *old
			change(&now)
			saves = append(saves, orderdb.OrderSave{Old: old, New: &now, Keys: keys(&now)})
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(shop.ID).ChangeOrders(ctx, saves) })
		for _, s := range saves {
			documents := []string{"of " + s.Old.Number, "other " + s.Old.Number}
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				found, err := tx.Shop(shop.ID).OrdersByIDs(ctx, []orderhub.OrderID{s.New.ID})
				if err != nil {
					return err
				}
				if d := cmp.Diff(s.New, found[s.New.ID]); d != "" {
					t.Errorf("%s came back changed (-stored +read):\n%s", s.Old.Number, d)
				}
				byDocument, err := tx.Shop(shop.ID).OrderIDsBy(ctx, orderdb.ByPayment, documents)
				if err != nil {
					return err
				}
				for _, d := range documents {
					want := slices.ContainsFunc(s.New.Payments, func(p orderhub.Payment) bool { return p.Number == d })
					if got := slices.Contains(byDocument[d], s.New.ID); got != want {
						t.Errorf("%s is found by the document %q: %v, want %v", s.Old.Number, d, got, want)
					}
				}
				for kind, e := range map[string]orderdb.Exact{"e-mail": {Email: s.New.Contact.Email}, "phone": {Phone: s.New.Contact.Phone}} {
					ids, err := tx.Shop(shop.ID).SearchExact(ctx, e, 1<<62, 99)
					if want := e != (orderdb.Exact{}) && s.New.DeletedAt.IsZero(); err != nil || slices.Contains(ids, s.New.ID) != want {
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
			ids, err := tx.Shop(shop.ID).NextIDs(ctx, orderdb.OrderTable, len(all))
			if err != nil {
				return err
			}
			for i, o := range all {
				o.ID = orderhub.OrderID(ids[i])
			}
			return tx.Shop(shop.ID).InsertOrders(ctx, all, make([]orderdb.Keys, len(all)))
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
