package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// keyed stores 600 orders, more than one statement asks for, each with its
// number, the code "c" and the document "p" before the number. The fifth is
// deleted, and the last has the code and the document of the first.
func keyed(t testing.TB, db *store.DB, shop orderhub.ShopID) []*orderhub.Order {
	t.Helper()
	return many(t, db, shop, 600, func(i int, o *orderhub.Order) {
		of := fmt.Sprint(i%599 + 1)
		o.Code, o.Payments = "c"+of, []orderhub.Payment{{Number: "p" + of, Status: orderhub.PaymentOpen}}
		if i == 4 {
			o.DeletedAt = storetest.Noon
		}
	})
}

func TestOrderIDsBy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		foreign := plainOrder(other.ID, "foreign")
		foreign.Code, foreign.Payments = "c1", []orderhub.Payment{{Number: "p1", Status: orderhub.PaymentOpen}}
		create(t, db, foreign)
		all := keyed(t, db, shop.ID)
		create(t, db, plainOrder(shop.ID, "without a code"))
		for key, before := range map[orderdb.OrderKey]string{orderdb.ByNumber: "", orderdb.ByCode: "c", orderdb.ByPayment: "p"} {
			asked := []string{"foreign", "none", "", "%", before + "1 ", "C1", "P1"}
			want := make(map[string][]orderhub.OrderID)
			for i, o := range all {
				value := before + fmt.Sprint(i+1)
				asked, want[value] = append(asked, value), []orderhub.OrderID{o.ID}
			}
			if key == orderdb.ByNumber {
				delete(want, "5") // a deleted order's is free
			} else {
				want[before+"1"] = []orderhub.OrderID{all[599].ID, all[0].ID} // the youngest first
				delete(want, before+"600")
			}
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				found, err := tx.Shop(shop.ID).OrderIDsBy(ctx, key, slices.Concat(asked, asked, asked)) // each three times
				if d := cmp.Diff(want, found); d != "" {
					t.Errorf("by key %d (-want +got):\n%s", key, d)
				}
				return err
			})
		}
	})
}

func TestOrdersByIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		foreign := plainOrder(other.ID, "foreign")
		create(t, db, foreign)
		ids := []orderhub.OrderID{foreign.ID, 0, -1, 1 << 60}
		want := make(map[orderhub.OrderID]*orderhub.Order)
		for _, o := range keyed(t, db, shop.ID) { // a deleted one is found, too
			ids, want[o.ID] = append(ids, o.ID), o
		}
		for _, do := range []func(testing.TB, *store.DB, func(context.Context, *store.Tx) error){view, update} {
			do(t, db, func(ctx context.Context, tx *store.Tx) error {
				found, err := tx.Shop(shop.ID).OrdersByIDs(ctx, slices.Concat(ids, ids, ids)) // each three times
				if d := cmp.Diff(want, found); d != "" {
					t.Errorf("found (-want +got):\n%s", d)
				}
				return err
			})
			do(t, db, func(ctx context.Context, tx *store.Tx) error {
				found, err := tx.Shop(shop.ID).OrdersByIDs(ctx, nil)
				if len(found) != 0 {
					t.Errorf("none find %d orders", len(found))
				}
				return err
			})
		}
	})
}

func TestOrderByRefs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		// 4, 5 and those from 7 on are deleted; 5 and 7 have the code and payment
		// of 6, and 5 had the number 1.
		codes := []string{"", "a", "a", "gone", "b", "b", "b", "past", "past"}
		all := make([]*orderhub.Order, len(codes))
		for i := range all {
			o := plainOrder(shop.ID, []string{"1", "2", "3", "4", "1", "6", "7", "8", "9"}[i])
			o.Code = codes[i]
			o.Payments = []orderhub.Payment{{Number: []string{"", "P2", "P2", "P4", "P6", "P6", "P6", "P8", "P8"}[i], Status: orderhub.PaymentOpen}}
			if i == 3 || i == 4 || i >= 6 {
				o.DeletedAt = storetest.Noon
			}
			create(t, db, o)
			all[i] = o
		}
		foreign := many(t, db, other.ID, 1, func(_ int, o *orderhub.Order) {
			o.Number, o.Code, o.Payments = "foreign", "foreign", []orderhub.Payment{{Number: "foreign", Status: orderhub.PaymentOpen}}
		})[0]
		for _, tt := range []struct {
			name string
			ref  orderhub.OrderRef
			want int // place in all, from 1; 0 for none
		}{
			{"number", orderhub.OrderRef{Number: "2"}, 2},
			{"id", orderhub.OrderRef{ID: all[1].ID}, 2},
			{"code", orderhub.OrderRef{Code: "a"}, 3},
			{"payment", orderhub.OrderRef{Payment: "P2"}, 3},
			{"what is given first", orderhub.OrderRef{Number: "2", Code: "b"}, 2},
			{"the id before the code", orderhub.OrderRef{ID: all[0].ID, Code: "b"}, 1},
			{"the next when the first finds none", orderhub.OrderRef{Number: "none", ID: 1 << 60, Code: "none", Payment: "P6"}, 6},
			{"deleted by id", orderhub.OrderRef{ID: all[3].ID, Deleted: true}, 4},
			{"deleted by code", orderhub.OrderRef{Code: "gone", Deleted: true}, 4},
			{"deleted by payment", orderhub.OrderRef{Payment: "P4", Deleted: true}, 4},
			{"the youngest of deleted ones by code", orderhub.OrderRef{Code: "past", Deleted: true}, 9},
			{"the youngest of deleted ones by payment", orderhub.OrderRef{Payment: "P8", Deleted: true}, 9},
			{"deleted by number, which is free", orderhub.OrderRef{Number: "4", Deleted: true}, 0},
			{"the one between deleted ones by code", orderhub.OrderRef{Code: "b"}, 6},
			{"the one between deleted ones by payment", orderhub.OrderRef{Payment: "P6"}, 6},
			{"the one that is not deleted, by number", orderhub.OrderRef{Number: "1", Deleted: true}, 1},
			{"the one that is not deleted, by code", orderhub.OrderRef{Code: "b", Deleted: true}, 6},
			{"the one that is not deleted, by payment", orderhub.OrderRef{Payment: "P6", Deleted: true}, 6},
			{"a deleted one, not asked for", orderhub.OrderRef{Number: "4", ID: all[3].ID, Code: "gone", Payment: "P4"}, 0},
			{"two deleted ones, not asked for", orderhub.OrderRef{Code: "past", Payment: "P8"}, 0},
			{"a deleted one by id, then by code", orderhub.OrderRef{ID: all[3].ID, Code: "a"}, 3},
			{"no such id", orderhub.OrderRef{ID: -1}, 0},
			{"another case", orderhub.OrderRef{Code: "A"}, 0},
			{"a blank more", orderhub.OrderRef{Code: "a "}, 0},
			{"a wildcard", orderhub.OrderRef{Code: "%"}, 0},
			{"a foreign id", orderhub.OrderRef{ID: foreign.ID, Deleted: true}, 0},
			{"a foreign one", orderhub.OrderRef{Number: "foreign", Code: "foreign", Payment: "foreign", Deleted: true}, 0},
			{"nothing", orderhub.OrderRef{}, 0},
			{"no text", orderhub.OrderRef{Number: "\x00", Code: "\xff", Payment: "\x00"}, 0},
		} {
			var got *orderhub.Order
			err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				got, err = tx.Shop(shop.ID).OrderByRef(t.Context(), tt.ref)
				return err
			})
			switch {
			case tt.want == 0 && orderhub.KindOf(err) != orderhub.NotFound:
				t.Errorf("%s: %v, %v, want none", tt.name, got, err)
			case tt.want > 0 && (err != nil || cmp.Diff(all[tt.want-1], got) != ""):
				t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, cmp.Diff(all[tt.want-1], got))
			}
		}
	})
}

func TestPurgeLeavesNothingOfAnOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		gone, stays := fullOrderNumbered(t, shop.ID, "A-1"), fullOrderNumbered(t, shop.ID, "A-2")
		create(t, db, gone, stays)
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return markTaken(ctx, tx, shop.ID, gone, stays) })
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			for i, o := range []*orderhub.Order{gone, stays} {
				if err := indexOrder(ctx, tx, o, "brown boots"); err != nil {
					return err
				}
				e := &orderhub.BonusEntry{ID: orderhub.BonusID(i + 1), Shop: shop.ID, Customer: c.ID, Order: o.ID, Points: 5, State: orderhub.BonusReversed}
				if err := tx.Shop(shop.ID).AddBonuses(ctx, []*orderhub.BonusEntry{e}); err != nil {
					return err
				}
				if err := storetest.Record(ctx, tx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: o.ID}); err != nil {
					return err
				}
			}
			return nil
		})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(shop.ID).PurgeOrders(ctx, []orderhub.OrderID{gone.ID})
		})
		for _, table := range []string{"orders", "order_payments", "order_products", "exchange_marks"} {
			of := func(o *orderhub.Order) int {
				return count(t, db, `select count(*) from `+table+` where order_id = $1`, int64(o.ID))
			}
			if of(gone) != 0 || of(stays) == 0 {
				t.Errorf("%s: %d rows of what was purged and %d of another order, want none and some", table, of(gone), of(stays))
			}
		}
		for _, table := range []string{"events", "bonus_entries"} {
			if n := count(t, db, `select count(*) from `+table+` where order_id = $1`, int64(gone.ID)); n != 1 {
				t.Errorf("%s: %d rows of what was purged, want 1", table, n)
			}
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			ids, err := tx.Shop(shop.ID).SearchIndex(ctx, []string{"boots"}, 1<<62, 9)
			if diff := cmp.Diff([]orderhub.OrderID{stays.ID}, ids); diff != "" {
				t.Errorf("the index finds (-want +got):\n%s", diff)
			}
			return err
		})
		wantStored(t, db, stays)
		create(t, db, plainOrder(shop.ID, "A-1")) // the number is free
	})
}

func TestRestoredOrderHasItsNumberAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		deleted := func(number string) *orderhub.Order {
			o := plainOrder(shop.ID, number)
			o.DeletedAt = storetest.Noon
			create(t, db, o)
			return o
		}
		free, refused, twin := deleted("free"), deleted("taken"), deleted("free")
		create(t, db, plainOrder(shop.ID, "taken"), plainOrder(other.ID, "free"))
		before := count(t, db, `select count(*) from orders`)
		for _, tt := range []struct {
			name  string
			order *orderhub.Order
			want  bool
		}{{"a free number", free, true}, {"a number that is taken", refused, false}, {"a number that a restored order has", twin, false}} {
			now := *tt.order
			now.DeletedAt = time.Time{}
			err := db.Update(t.Context(), func(tx *store.Tx) error { return storetest.SaveOrders(t.Context(), tx, nil, &now) })
			if restored := err == nil; restored != tt.want {
				t.Errorf("%s: %v, want it restored: %v", tt.name, err, tt.want)
			} else if restored {
				wantStored(t, db, &now)
			}
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			found, err := tx.Shop(shop.ID).OrdersByIDs(ctx, []orderhub.OrderID{refused.ID, twin.ID})
			if d := cmp.Diff(map[orderhub.OrderID]*orderhub.Order{refused.ID: refused, twin.ID: twin}, found); d != "" {
				t.Errorf("those that stay deleted (-want +got):\n%s", d)
			}
			return err
		})
		if after := count(t, db, `select count(*) from orders`); after != before {
			t.Errorf("%d orders, want %d as before", after, before)
		}
	})
}
