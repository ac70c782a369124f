package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// byRefs holds orders, whole or their heads, and returns their numbers, "-"
// for none.
func byRefs(t testing.TB, db *store.DB, shop orderhub.ShopID, heads bool, refs ...orderhub.OrderRef) string {
	t.Helper()
	var found []string
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		orders, err := tx.OrdersByRefs(ctx, shop, refs, heads)
		found = nil
		for _, o := range orders {
			if o == nil {
				found = append(found, "-")
			} else {
				found = append(found, o.Number)
				if (len(o.Lines) == 0) != heads {
					t.Errorf("order %s has %d lines", o.Number, len(o.Lines))
				}
			}
		}
		return err
	})
	return strings.Join(found, " ")
}

func TestOrdersByRefs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		codes := []string{"", "a", "b", "a", "gone", "a"}
		all := many(t, db, shop.ID, 6, func(i int, o *orderhub.Order) {
			if o.Code = codes[i]; i >= 4 {
				o.DeletedAt = storetest.Noon
			}
		})
		foreign := many(t, db, other.ID, 2, func(i int, o *orderhub.Order) { o.Code = []string{"foreign", "a"}[i] })[0]
		id := func(i int) orderhub.OrderRef { return orderhub.OrderRef{ID: all[i-1].ID} }
		code := func(c string) orderhub.OrderRef { return orderhub.OrderRef{Code: c} }
		for _, tt := range []struct {
			name string
			refs []orderhub.OrderRef
			want string
		}{
			{"none", nil, ""},
			{"in the sequence of the references", []orderhub.OrderRef{id(3), id(1), id(2)}, "3 1 2"},
			{"one twice", []orderhub.OrderRef{id(3), code("b"), id(3)}, "3 3 3"},
			{"the youngest by code", []orderhub.OrderRef{code("a")}, "4"},
			{"the id before the code", []orderhub.OrderRef{{ID: all[0].ID, Code: "b"}}, "1"},
			{"deleted", []orderhub.OrderRef{id(5), code("gone"), id(6)}, "- - -"},
			{"deleted, though such are asked for", []orderhub.OrderRef{{ID: all[4].ID, Deleted: true}}, "-"},
			{"foreign", []orderhub.OrderRef{{ID: foreign.ID}, code("foreign")}, "- -"},
			{"unknown", []orderhub.OrderRef{{ID: 1 << 60}, {ID: -1}, code("A"), code("a "), code("%")}, "- - - - -"},
			{"no key", []orderhub.OrderRef{{}, {Number: "1"}, code("\x00"), code("\xff")}, "- - - -"},
		} {
			for _, heads := range []bool{false, true} {
				if got := byRefs(t, db, shop.ID, heads, tt.refs...); got != tt.want {
					t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
				}
			}
		}
		var lots []orderhub.OrderRef
		for i := range 700 { // more than one statement asks for
			lots = append(lots, code(fmt.Sprint("none-", i)), id(1+i%4))
		}
		got := strings.Fields(byRefs(t, db, shop.ID, false, lots...))
		if len(got) != 1400 || got[1] != "1" || got[1399] != "4" || slices.Index(got, "3") != 5 {
			t.Errorf("many references find %d orders, such as %v", len(got), got[:8])
		}
	})
}

func TestOrderByRefs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		// 4, 5 and 7 are deleted; 5 and 7 have the code and payment of 6, and 5
		// had the number 1.
		codes := []string{"", "a", "a", "gone", "b", "b", "b"}
		all := make([]*orderhub.Order, 7)
		for i := range all {
			o := plainOrder(shop.ID, []string{"1", "2", "3", "4", "1", "6", "7"}[i])
			o.Code = codes[i]
			o.Payments = []orderhub.Payment{{Number: []string{"", "P2", "P2", "P4", "P6", "P6", "P6"}[i], Status: orderhub.PaymentOpen}}
			if i == 3 || i == 4 || i == 6 {
				o.DeletedAt = storetest.Noon
			}
			create(t, db, o)
			all[i] = o
		}
		many(t, db, other.ID, 1, func(_ int, o *orderhub.Order) {
			o.Number, o.Code, o.Payments = "foreign", "foreign", []orderhub.Payment{{Number: "foreign", Status: orderhub.PaymentOpen}}
		})
		for _, tt := range []struct {
			name string
			ref  orderhub.OrderRef
			want int // place in all, from 1; 0 for none
		}{
			{"code", orderhub.OrderRef{Code: "a"}, 3},
			{"payment", orderhub.OrderRef{Payment: "P2"}, 3},
			{"what is given first", orderhub.OrderRef{Number: "2", Code: "b"}, 2},
			{"the next when the first finds none", orderhub.OrderRef{Number: "none", ID: 1 << 60, Code: "none", Payment: "P6"}, 6},
			{"deleted by id", orderhub.OrderRef{ID: all[3].ID, Deleted: true}, 4},
			{"deleted by code", orderhub.OrderRef{Code: "gone", Deleted: true}, 4},
			{"deleted by payment", orderhub.OrderRef{Payment: "P4", Deleted: true}, 4},
			{"deleted by number, which is free", orderhub.OrderRef{Number: "4", Deleted: true}, 0},
			{"the one that is not deleted, by number", orderhub.OrderRef{Number: "1", Deleted: true}, 1},
			{"the one that is not deleted, by code", orderhub.OrderRef{Code: "b", Deleted: true}, 6},
			{"the one that is not deleted, by payment", orderhub.OrderRef{Payment: "P6", Deleted: true}, 6},
			{"a deleted one, not asked for", orderhub.OrderRef{ID: all[3].ID, Code: "gone", Payment: "P4"}, 0},
			{"a foreign one", orderhub.OrderRef{Number: "foreign", Code: "foreign", Payment: "foreign", Deleted: true}, 0},
			{"nothing", orderhub.OrderRef{}, 0},
			{"no text", orderhub.OrderRef{Number: "\x00", Code: "\xff", Payment: "\x00"}, 0},
		} {
			var got *orderhub.Order
			err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				got, err = tx.OrderByRef(t.Context(), shop.ID, tt.ref)
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
				if err := tx.AddBonuses(ctx, []*orderhub.BonusEntry{e}); err != nil {
					return err
				}
				if err := tx.Record(ctx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: o.ID}); err != nil {
					return err
				}
			}
			return nil
		})
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.PurgeOrder(ctx, gone.ID) })
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
			ids, err := tx.SearchIndex(ctx, []string{"boots"}, 1<<62, 9)
			if diff := cmp.Diff([]orderhub.OrderID{stays.ID}, ids); diff != "" {
				t.Errorf("the index finds (-want +got):\n%s", diff)
			}
			return err
		})
		wantStored(t, db, stays)
		create(t, db, plainOrder(shop.ID, "A-1")) // the number is free
	})
}

func TestReclaimNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		deleted := func(number string) *orderhub.Order {
			o := plainOrder(shop.ID, number)
			o.DeletedAt = storetest.Noon
			create(t, db, o)
			return o
		}
		free, taken, twin, live := deleted("free"), deleted("taken"), deleted("free"), plainOrder(shop.ID, "live")
		create(t, db, plainOrder(shop.ID, "taken"), plainOrder(other.ID, "free"), live)
		before := count(t, db, `select count(*) from orders`)
		reclaim := func(o *orderhub.Order) (ok bool) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				if ok, err = tx.ReclaimNumber(ctx, o); err != nil || !ok {
					return err
				}
				o.DeletedAt = time.Time{}
				return tx.SaveOrder(ctx, o, store.Keys{}, 0)
			})
			return ok
		}
		for _, tt := range []struct {
			name  string
			order *orderhub.Order
			want  bool
		}{{"a free number", free, true}, {"a number that is taken", taken, false}, {"a number that was reclaimed", twin, false}, {"its own", live, true}} {
			if got := reclaim(tt.order); got != tt.want {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
		}
		wantStored(t, db, free)
		if after := count(t, db, `select count(*) from orders`); after != before {
			t.Errorf("%d orders, want %d as before", after, before)
		}
	})
}
