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
			return tx.CardsBy(ctx, shop.ID, "number", []string{"1", "2"})
		},
		"CardsByIDs":      func(ctx context.Context, tx *store.Tx) (any, error) { return tx.CardsByIDs(ctx, shop.ID, cards) },
		"CardsWithPoints": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.CardsWithPoints(ctx, cards) },
		"BonusesByKeys": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.BonusesByKeys(ctx, shop.ID, []string{"a", "b"})
		},
		"BonusesByIDs": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.BonusesByIDs(ctx, shop.ID, entries) },
		"Lots":         func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Lots(ctx, shop.ID, customers) },
		"Debts":        func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Debts(ctx, shop.ID, customers) },
		"Allocations":  func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Allocations(ctx, entries) },
		"BonusesOfOrders": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.BonusesOfOrders(ctx, shop.ID, []orderhub.OrderID{1, 2})
		},
		"CardsByBarcodes": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.CardsByBarcodes(ctx, shop.ID, []string{"1", "2"})
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
