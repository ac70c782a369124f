package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"orderhub"
	"orderhub/money"
)

// Sales are what customers of a shop have bought: the totals of their orders
// of the stage completed, in one currency, less what came back of them. A
// customer without such orders is left out. A sum beyond the range of money
// stops at its end.
func (tx *Tx) Sales(ctx context.Context, shop orderhub.ShopID, c money.Currency, ids []orderhub.CustomerID) (map[orderhub.CustomerID]money.Amount, error) {
	sales := make(map[orderhub.CustomerID]money.Amount)
	for chunk := range slices.Chunk(ids, inChunk) {
		if err := tx.addSales(ctx, shop, c, chunk, sales); err != nil {
			return nil, fmt.Errorf("store: sales: %w", err)
		}
	}
	return sales, nil
}

// addSales reads the orders one after the other: what came back stands in their
// bodies.
func (tx *Tx) addSales(ctx context.Context, shop orderhub.ShopID, c money.Currency, ids []orderhub.CustomerID, sales map[orderhub.CustomerID]money.Amount) error {
	args := []any{int64(shop), string(c), int64(orderhub.StageCompleted)}
	for _, id := range ids {
		args = append(args, int64(id))
	}
	return eachRow(ctx, tx, func(rows Rows) error {
		o, err := scanOrder(rows)
		if err != nil {
			return err
		}
		sum, err := money.Add(sales[o.Customer], o.NetValue())
		if err != nil {
			sum = math.MaxInt64 // no order is worth less than nothing by so much
		}
		sales[o.Customer] = sum
		return nil
	}, "/* Sales */ "+orderSelect+`
		where customer_id in (`+list(4, len(ids))+`) and shop_id = $1 and currency = $2 and stage = $3 and deleted_at = 0`, args...)
}
