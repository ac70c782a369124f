package store_test

import (
	"context"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

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
			return tx.Shop(shop.ID).PurgeOrders(ctx, ids)
		})
		for _, number := range []string{"1", "300"} {
			if left := find(t, db, shop.ID, number); left != nil {
				t.Errorf("left is %v", left)
			}
		}
		wantStored(t, db, all[300])
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			found, err := tx.Shop(shop.ID).SearchIndex(ctx, []string{"boots"}, all[300].ID+1, 10)
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
		"OrderIDsBy": func(ctx context.Context, tx *store.Tx) error {
			for _, key := range []orderdb.OrderKey{orderdb.ByNumber, orderdb.ByCode, orderdb.ByPayment} {
				if _, err := tx.Shop(shop.ID).OrderIDsBy(ctx, key, []string{"1", "c"}); err != nil {
					return err
				}
			}
			return nil
		},
		"OrdersByIDs": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).OrdersByIDs(ctx, ids)
			return err
		},
		"EventsOfOrders": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).EventsOfOrders(ctx, ids)
			return err
		},
	} {
		for _, plan := range plans(t, db, method) {
			if strings.Contains(plan, "SCAN") || !strings.Contains(plan, "SEARCH") {
				t.Errorf("%s:\n%s", name, plan)
			}
		}
	}
}
