package orderdb

import (
	"context"
	"fmt"
	"math"

	"orderhub"
	"orderhub/internal/store/query"
	"orderhub/money"
)

// Sales are what customers of a shop have bought: the totals of their orders
// of the stage completed, in one currency, less what came back of them. A
// customer without such orders is left out. A sum beyond the range of money
// stops at its end.
func (tx ShopOrders) Sales(ctx context.Context, c money.Currency, ids []orderhub.CustomerID) (map[orderhub.CustomerID]money.Amount, error) {
	sales := make(map[orderhub.CustomerID]money.Amount)
	add := func(rows query.Rows) error {
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
	}
	// The orders are read one after the other: what came back stands in their
	// bodies.
	before := []any{int64(tx.ShopID), string(c), int64(orderhub.StageCompleted)}
	err := query.EachChunk(tx, query.IDs(ids), before, func(in string, args []any) error {
		return query.EachRow(ctx, tx, add, "/* Sales */ "+orderSelect+`
			where customer_id `+in+` and shop_id = $1 and currency = $2 and stage = $3 and deleted_at = 0`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: sales: %w", err)
	}
	return sales, nil
}
