package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestOrdersNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		create(t, db, plainOrder(other.ID, "1"))
		all := many(t, db, shop.ID, 600, func(i int, o *orderhub.Order) { o.Code = fmt.Sprint("c", i%599) }) // the last has the code of the first
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			o := all[4]
			o.DeletedAt = storetest.Noon
			return tx.SaveOrder(ctx, o, store.Keys{}, 0)
		})
		refs := []orderhub.OrderRef{{Number: "600"}, {Number: "5"}, {Number: "nobody"}, {}, {Code: "c1"}, {Number: "nobody", Code: "c1"}, {Number: "2", Code: "c7"},
			{Code: "c0"}, {Code: "c4"}, {Number: "1\x00"}, {Code: "\xff"}, {Number: "2"}}
		want := []string{"600", "", "", "", "2", "", "2", "600", "", "", "", "2"}
		for i := range 600 {
			refs = append(refs, orderhub.OrderRef{Number: fmt.Sprint(i + 1)})
			want = append(want, fmt.Sprint(i+1))
		}
		want[12+4] = ""
		check := func(ctx context.Context, tx *store.Tx) error {
			found, err := tx.OrdersNamed(ctx, shop.ID, refs)
			if err != nil {
				return err
			}
			for i, o := range found {
				got := ""
				if o != nil {
					got = o.Number
				}
				if got != want[i] || o != nil && (o.Shop != shop.ID || len(o.Lines) != 1) {
					t.Errorf("%+v finds %q, want %q", refs[i], got, want[i])
				}
			}
			if found[4] != found[11] {
				t.Error("two references that mean one order find two")
			}
			return nil
		}
		update(t, db, check)
		view(t, db, check)
	})
}

// Orders that are purged together are gone with all their parts, and no others.
func TestPurgeOrders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		all := many(t, db, shop.ID, 301, func(_ int, o *orderhub.Order) {
			o.Payments, o.Shipments, o.Taxes = []orderhub.Payment{{Status: orderhub.PaymentOpen}}, []orderhub.Shipment{{}}, []orderhub.Tax{{}}
		})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := markTaken(ctx, tx, shop.ID, all[:5]...); err != nil {
				return err
			}
			for _, o := range all {
				if err := indexOrder(ctx, tx, o, "boots"); err != nil {
					return err
				}
			}
			var ids []orderhub.OrderID
			for _, o := range all[:300] {
				ids = append(ids, o.ID)
			}
			return tx.PurgeOrders(ctx, ids)
		})
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			left, err := tx.OrdersNamed(ctx, shop.ID, []orderhub.OrderRef{{Number: "1"}, {Number: "300"}, {Number: "301"}})
			if err != nil {
				return err
			}
			if left[0] != nil || left[1] != nil || left[2] == nil || len(left[2].Payments)+len(left[2].Shipments)+len(left[2].Taxes) != 3 {
				t.Errorf("left are %v", left)
			}
			found, err := tx.SearchIndex(ctx, []string{"boots"}, all[300].ID+1, 10)
			if err == nil && (len(found) != 1 || found[0] != all[300].ID) {
				t.Errorf("the index finds %v, want %d", found, all[300].ID)
			}
			return err
		})
	})
}

// What is asked about many orders goes through their indexes.
func TestManyOrdersAreFoundByIndex(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	ids := []orderhub.OrderID{1, 2, 3}
	for name, method := range map[string]func(context.Context, *store.Tx) error{
		"OrdersNamed": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.OrdersNamed(ctx, shop.ID, []orderhub.OrderRef{{Number: "1"}, {Code: "c"}})
			return err
		},
		"OrdersByIDs":       func(ctx context.Context, tx *store.Tx) error { _, err := tx.OrdersByIDs(ctx, shop.ID, ids); return err },
		"EventsOfOrders":    func(ctx context.Context, tx *store.Tx) error { _, err := tx.EventsOfOrders(ctx, ids); return err },
		"OrdersWithBonuses": func(ctx context.Context, tx *store.Tx) error { _, err := tx.OrdersWithBonuses(ctx, ids); return err },
	} {
		for _, plan := range plans(t, db, method) {
			if strings.Contains(plan, "SCAN") || !strings.Contains(plan, "SEARCH") {
				t.Errorf("%s:\n%s", name, plan)
			}
		}
	}
}
