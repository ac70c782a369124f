package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// All columns and parts of many changed orders are stored as those of one are,
// and no order gets what is another's.
func TestManyChangedOrdersComeBackEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		orders := make([]*orderhub.Order, 90)
		for i := range orders {
			orders[i] = fullOrderNumbered(t, shop.ID, fmt.Sprint("order ", i))
		}
		create(t, db, orders...)
		for i, o := range orders {
			o.Note, o.Total, o.TotalGiven, o.Customer = fmt.Sprint("other note ", i), o.Total+1, !o.TotalGiven, 0
			o.Status, o.Stage, o.UpdatedAt, o.Extras = "closed", orderhub.StageCompleted, storetest.Noon, nil
			if i%2 == 0 {
				o.Lines = []orderhub.Line{{Product: fmt.Sprint("product ", i), Quantity: orderhub.Piece}}
				o.Payments = nil
			}
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return storetest.SaveOrders(ctx, tx, nil, orders...) })
		for i, o := range orders {
			wantStored(t, db, o)
			if i%2 == 0 && o.Lines[0].No < 3 {
				t.Errorf("the line of order %d has the number %d, which was used before", i, o.Lines[0].No)
			}
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(shop.ID).ChangeOrders(ctx, nil) }) // none is fine
	})
}

func TestDefinitionsKeepTheirPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		seen := func(shop *orderhub.Shop, name string) orderhub.Definition {
			return orderhub.Definition{Shop: shop.ID, Kind: orderhub.OrderDefinition, Name: name}
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(
				tx.AddDefinitions(ctx, []orderhub.Definition{seen(shop, "b"), seen(shop, "a"), seen(other, "a")}),
				tx.AddDefinitions(ctx, []orderhub.Definition{seen(shop, "a"), {Shop: shop.ID, Kind: orderhub.ProductDefinition, Name: "a"}}),
				tx.Shop(shop.ID).Define(ctx, orderhub.Definition{Shop: shop.ID, Kind: orderhub.OrderDefinition, Name: "b", Label: "Letter"}),
				tx.Shop(shop.ID).Define(ctx, orderhub.Definition{Shop: shop.ID, Kind: orderhub.OrderDefinition, Name: "c"}),
			)
		})
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.Shop(shop.ID).Definitions(ctx, orderhub.OrderDefinition)
			var got []string
			for _, d := range all {
				got = append(got, fmt.Sprint(d.Name, d.Label, d.Given))
			}
			if want := []string{"bLettertrue", "afalse", "ctrue"}; !slices.Equal(got, want) {
				t.Errorf("definitions = %v, want %v", got, want)
			}
			return err
		})
	})
}
