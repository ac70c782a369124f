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
// of the stage completed, in one currency. Who has bought nothing is left out.
// A sum beyond the range of money stops at its end.
func (tx *Tx) Sales(ctx context.Context, shop orderhub.ShopID, c money.Currency, ids []orderhub.CustomerID) (map[orderhub.CustomerID]money.Amount, error) {
	sales := make(map[orderhub.CustomerID]money.Amount)
	for chunk := range slices.Chunk(ids, inChunk) {
		if err := tx.addSales(ctx, shop, c, chunk, sales); err != nil {
			return nil, fmt.Errorf("store: sales: %w", err)
		}
	}
	return sales, nil
}

// unit is how many of an Amount's steps are summed at once: sums of whole
// totals could leave the range of the database's numbers.
const unit = 10_000

func (tx *Tx) addSales(ctx context.Context, shop orderhub.ShopID, c money.Currency, ids []orderhub.CustomerID, sales map[orderhub.CustomerID]money.Amount) error {
	args := []any{int64(shop), string(c), int64(orderhub.StageCompleted)}
	for _, id := range ids {
		args = append(args, int64(id))
	}
	return eachRow(ctx, tx, func(rows Rows) error {
		var id, units, rest int64
		if err := rows.Scan(&id, &units, &rest); err != nil {
			return err
		}
		const most = math.MaxInt64 / unit
		whole := money.Amount(max(-most, min(units, most)) * unit)
		sum, err := money.Add(whole, money.Amount(rest))
		if err != nil {
			sum = whole
		}
		sales[orderhub.CustomerID(id)] = sum
		return nil
	}, fmt.Sprintf(`/* Sales */
		select customer_id, cast(sum(total / %d) as bigint), cast(sum(total %% %d) as bigint) from orders
		where customer_id in (%s) and shop_id = $1 and currency = $2 and stage = $3 and deleted_at = 0
		group by customer_id`, unit, unit, list(4, len(ids))), args...)
}
