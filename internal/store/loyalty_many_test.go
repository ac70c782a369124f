package store_test

import (
	"context"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// Files bring many cards and points at once; none of the look-ups for them may
// read a whole table.
func TestLookUpsOfManyCardsAndPointsHaveAnIndex(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	cards, entries, customers := []orderhub.CardID{1, 2}, []orderhub.BonusID{1, 2}, []orderhub.CustomerID{1, 2}
	for name, method := range map[string]ask{
		"CardsBy": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).CardsBy(ctx, "number", []string{"1", "2"})
		},
		"CardsByIDs": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Shop(shop.ID).CardsByIDs(ctx, cards) },
		"CardsWithPoints": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).CardsWithPoints(ctx, cards)
		},
		"BonusesByKeys": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).BonusesByKeys(ctx, []string{"a", "b"})
		},
		"BonusesByIDs": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).BonusesByIDs(ctx, entries)
		},
		"Lots":  func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Shop(shop.ID).Lots(ctx, customers) },
		"Debts": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Shop(shop.ID).Debts(ctx, customers) },
		"Allocations": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).Allocations(ctx, entries)
		},
		"BonusesOfOrders": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).BonusesOfOrders(ctx, []orderhub.OrderID{1, 2})
		},
		"CardsByBarcodes": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).CardsByBarcodes(ctx, []string{"1", "2"})
		},
	} {
		all := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := method(ctx, tx)
			return err
		})
		if steps := strings.Join(all, "\n"); len(all) == 0 || strings.Contains(steps, "SCAN") || !strings.Contains(steps, "SEARCH") {
			t.Errorf("%s:\n%s", name, steps)
		}
	}
}
