package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func bowl(shop *orderhub.Shop, id string) *orderhub.Product {
	return &orderhub.Product{Shop: shop.ID, ExternalID: id, Name: "Миска", Currency: "RUB", Available: true}
}

func TestExternalIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		mine, theirs := bowl(shop, "1"), bowl(other, "2")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Shop(shop.ID).CreateProducts(ctx, []*orderhub.Product{mine}); err != nil {
				return err
			}
			return tx.Shop(other.ID).CreateProducts(ctx, []*orderhub.Product{theirs})
		})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			found, err := tx.Shop(shop.ID).ExternalIDs(ctx, []orderhub.ProductID{mine.ID, theirs.ID, 999})
			if len(found) != 1 || found[mine.ID] != "1" {
				t.Errorf("found %v, want 1 alone", found)
			}
			return err
		})
	})
}

// An undo asks for many products, each of which must be found by itself.
func TestExternalIDsAreFoundByID(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	for _, plan := range plans(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Shop(shop.ID).ExternalIDs(ctx, []orderhub.ProductID{1, 2, 3})
		return err
	}) {
		if !strings.HasPrefix(plan, "SEARCH products USING INTEGER PRIMARY KEY") {
			t.Errorf("the plan is %s", plan)
		}
	}
}

// One that is taken is left as it is, and the transaction knows.
func TestCreateProductsThatAreTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		first, second := bowl(shop, "1"), bowl(shop, "1")
		second.Name = "Кружка"
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Shop(shop.ID).CreateProducts(ctx, []*orderhub.Product{first}); err != nil {
				return err
			}
			if err := tx.Shop(shop.ID).CreateProducts(ctx, []*orderhub.Product{bowl(shop, "0"), second, bowl(shop, "2")}); !errors.Is(err, store.ErrOvertaken) {
				t.Errorf("a product that is taken: %v, want %v", err, store.ErrOvertaken)
			}
			stored, err := tx.Shop(shop.ID).ProductsByExternalID(ctx, []string{"1"})
			if err == nil && (len(stored) != 1 || stored[0].Name != "Миска" || stored[0].ID != first.ID) {
				t.Errorf("stored %+v", stored)
			}
			return err
		})
	})
}
