package storetest

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/store"
)

// CreateOrders stores new orders of a shop, as a batch does: they get their IDs
// first. Keys are those of the orders in turn; nil when nobody looks for the
// orders by their contacts.
func CreateOrders(ctx context.Context, tx *store.Tx, keys []store.Keys, all ...*orderhub.Order) error {
	ids, err := tx.NextIDs(ctx, store.OrderTable, len(all))
	if err != nil {
		return err
	}
	for i, o := range all {
		o.ID, o.CreatedAt = orderhub.OrderID(ids[i]), tx.Now()
	}
	if keys == nil {
		keys = make([]store.Keys, len(all))
	}
	return tx.InsertOrders(ctx, all, keys)
}

// SaveOrders stores changed orders of a shop over what is stored of them. Keys
// are as for CreateOrders.
func SaveOrders(ctx context.Context, tx *store.Tx, keys []store.Keys, all ...*orderhub.Order) error {
	saves := make([]store.OrderSave, len(all))
	for i, o := range all {
		stored, err := tx.OrdersByIDs(ctx, o.Shop, []orderhub.OrderID{o.ID})
		if err != nil {
			return err
		}
		if stored[o.ID] == nil {
			return fmt.Errorf("order %d is not stored", o.ID)
		}
		saves[i] = store.OrderSave{Old: stored[o.ID], New: o}
		if keys != nil {
			saves[i].Keys = keys[i]
		}
	}
	return tx.ChangeOrders(ctx, saves)
}
