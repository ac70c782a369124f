package store

import (
	"context"
	"slices"

	"orderhub"
)

// CardsAfter lists a shop's cards that are not deleted in the sequence of
// their barcodes, those of one barcode by ID, behind a card (the zero one for
// the first page), at most limit.
func (tx *Tx) CardsAfter(ctx context.Context, shop orderhub.ShopID, after orderhub.Card, limit int) ([]*orderhub.Card, error) {
	return tx.cards(ctx, "CardsAfter", `where shop_id = $1 and deleted_at = 0 and (barcode, card_id) > ($2, $3)
		order by barcode, card_id limit $4`, int64(shop), after.Barcode, int64(after.ID), limit)
}

// BonusesOfCustomers lists all rows of the ledgers of customers of a shop,
// each customer's oldest first.
func (tx *Tx) BonusesOfCustomers(ctx context.Context, shop orderhub.ShopID, ids []orderhub.CustomerID) ([]*orderhub.BonusEntry, error) {
	var all []*orderhub.BonusEntry
	for chunk := range slices.Chunk(ids, inChunk) {
		args := []any{int64(shop)}
		for _, id := range chunk {
			args = append(args, int64(id))
		}
		some, err := tx.bonuses(ctx, "BonusesOfCustomers", `where customer_id in (`+list(2, len(chunk))+`)
			and shop_id = $1 order by customer_id, entry_id`, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}
