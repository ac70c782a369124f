package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func bowl(shop *orderhub.Shop, id string) *orderhub.Product {
	return &orderhub.Product{Shop: shop.ID, ExternalID: id, Name: "Миска", Currency: "RUB", Available: true}
}

func TestProductsByIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		mine, theirs := bowl(shop, "1"), bowl(other, "2")
		addProducts(t, db, mine)
		addProducts(t, db, theirs)
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			found, err := tx.Shop(shop.ID).ProductsByIDs(ctx, []orderhub.ProductID{mine.ID, theirs.ID, 999})
			if d := cmp.Diff(map[orderhub.ProductID]*orderhub.Product{mine.ID: mine}, found); d != "" {
				t.Errorf("found (-want +got):\n%s", d)
			}
			return err
		})
	})
}

// A batch asks for many products, each of which must be found by itself.
func TestProductsAreFoundByID(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	for _, plan := range plans(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Shop(shop.ID).ProductsByIDs(ctx, []orderhub.ProductID{1, 2, 3})
		return err
	}) {
		if !strings.HasPrefix(plan, "SEARCH p USING INTEGER PRIMARY KEY") {
			t.Errorf("the plan is %s", plan)
		}
	}
}

func TestRemoveProducts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		first, second := bowl(shop, "1"), bowl(shop, "2")
		addProducts(t, db, first, second)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(shop.ID).RemoveProducts(ctx, []orderhub.ProductID{first.ID, 999})
		})
		if got := productsOf(t, db, shop.ID, "1", "2"); len(got) != 1 || got[0].ID != second.ID {
			t.Errorf("there are %v, want the second alone", got)
		}
	})
}
