package store

import (
	"context"
	"slices"

	"orderhub"
)

// CustomersByIDs returns customers of a shop, by ID; those that are deleted or
// another shop's are left out. Nothing is held.
func (tx *Tx) CustomersByIDs(ctx context.Context, shop orderhub.ShopID, ids []orderhub.CustomerID) (map[orderhub.CustomerID]*orderhub.Customer, error) {
	found := make(map[orderhub.CustomerID]*orderhub.Customer, len(ids))
	for chunk := range slices.Chunk(ids, inChunk) {
		args := []any{int64(shop)}
		for _, id := range chunk {
			args = append(args, int64(id))
		}
		some, err := tx.customers(ctx, `where +shop_id = $1 and deleted_at = 0 and customer_id in (`+list(2, len(chunk))+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, c := range some {
			found[c.ID] = c
		}
	}
	return found, nil
}
