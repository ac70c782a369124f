package store

import (
	"context"
	"fmt"
	"strings"

	"orderhub"
)

// NumberTaken says whether an order of the shop has a number already.
func (tx *Tx) NumberTaken(ctx context.Context, shop orderhub.ShopID, number string) (bool, error) {
	var id int64
	found, err := queryRow(ctx, tx, numberTaken, []any{int64(shop), number}, &id)
	if err != nil {
		return false, fmt.Errorf("store: number %s: %w", number, err)
	}
	return found, nil
}

// ReclaimNumber says whether a deleted order that the transaction holds can
// have its number again, and keeps it from all others until the transaction
// ends, which stores the order.
func (tx *Tx) ReclaimNumber(ctx context.Context, o *orderhub.Order) (bool, error) {
	// An order beside it takes the number as every order does: an update that
	// meets a taken number would spoil the transaction.
	var id int64
	free, err := queryRow(ctx, tx, reclaim, []any{int64(o.ID)}, &id)
	if err == nil && free {
		_, err = tx.Exec(ctx, `/* ReclaimNumber */ delete from orders where order_id = $1`, id)
	}
	if err == nil && !free {
		_, err = queryRow(ctx, tx, numberTaken, []any{int64(o.Shop), o.Number}, &id)
		free = id == int64(o.ID) // it was not deleted before this transaction
	}
	if err != nil {
		return false, fmt.Errorf("store: number %s: %w", o.Number, err)
	}
	return free, nil
}

var reclaim = func() string {
	columns := strings.Join(orderColumns, ", ")
	return "/* ReclaimNumber */ insert into orders (" + columns + ") select " + strings.Replace(columns, "deleted_at", "0", 1) +
		" from orders where order_id = $1 and deleted_at <> 0 on conflict (shop_id, number) where deleted_at = 0 do nothing returning order_id"
}()

// WantNumber is NumberTaken for one who goes on only when it is not: else the
// transaction fails with the error taken. The answer is waited for together
// with that of the next statement; nothing must be sent before.
func (tx *Tx) WantNumber(ctx context.Context, shop orderhub.ShopID, number string, taken error) error {
	return tx.Send(ctx, func(r Rows) error {
		if r.Next() {
			return taken
		}
		return nil
	}, numberTaken, int64(shop), number)
}

const numberTaken = `/* NumberTaken */
	select order_id from orders where shop_id = $1 and number = $2 and deleted_at = 0`
