package storetest

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// CreateOrders stores new orders, those of a shop that stand side by side as a
// batch does: they get their IDs first. Keys are those of the orders in turn;
// nil when the test does not look for the orders by their contacts.
func CreateOrders(ctx context.Context, tx *store.Tx, keys []orderdb.Keys, all ...*orderhub.Order) error {
	if keys == nil {
		keys = make([]orderdb.Keys, len(all))
	}
	for n := 0; len(all) > 0; all, keys = all[n:], keys[n:] {
		shop := all[0].Shop
		for n = 1; n < len(all) && all[n].Shop == shop; n++ {
		}
		ids, err := tx.Shop(shop).NextIDs(ctx, orderdb.OrderTable, n)
		if err != nil {
			return err
		}
		for i, o := range all[:n] {
			o.ID, o.CreatedAt = orderhub.OrderID(ids[i]), tx.Now()
		}
		if err := tx.Shop(shop).InsertOrders(ctx, all[:n], keys[:n]); err != nil {
			return err
		}
	}
	return nil
}

// SaveOrders stores changed orders of a shop over what is stored of them. Keys
// are as for CreateOrders.
func SaveOrders(ctx context.Context, tx *store.Tx, keys []orderdb.Keys, all ...*orderhub.Order) error {
	if len(all) == 0 {
		return nil
	}
	shop := tx.Shop(all[0].Shop)
	saves := make([]orderdb.OrderSave, len(all))
	for i, o := range all {
		stored, err := shop.OrdersByIDs(ctx, []orderhub.OrderID{o.ID})
		if err != nil {
			return err
		}
		if stored[o.ID] == nil {
			return fmt.Errorf("order %d is not stored", o.ID)
		}
		saves[i] = orderdb.OrderSave{Old: stored[o.ID], New: o}
		if keys != nil {
			saves[i].Keys = keys[i]
		}
	}
	return shop.ChangeOrders(ctx, saves)
}
