package store

import (
	"context"
	"fmt"

	"orderhub"
)

// MarkExported notes that a reader has taken orders in the status that they
// have, or that it is to take them again, as each one's Exported says. The
// transaction must hold the orders.
func (tx *Tx) MarkExported(ctx context.Context, reader string, orders []*orderhub.Order) error {
	var taken, open []any
	var rows [][]any
	for _, o := range orders {
		if !o.Exported {
			open = append(open, int64(o.ID))
			continue
		}
		taken = append(taken, int64(o.ID))
		rows = append(rows, []any{int64(o.ID), reader, int64(o.Moves), micros(tx.now)})
	}
	if err := newExports.insert(ctx, tx, rows, nil); err != nil {
		return err
	}
	if err := tx.setExported(ctx, taken, true); err != nil {
		return err
	}
	if err := tx.setExported(ctx, open, false); err != nil {
		return err
	}
	return inChunks(open, func(chunk []any) error {
		_, err := tx.Exec(ctx, `/* MarkExported */
			delete from exports where reader = $1 and order_id in (`+list(2, len(chunk))+`)`,
			append([]any{reader}, chunk...)...)
		if err != nil {
			return fmt.Errorf("store: mark exported: %w", err)
		}
		return nil
	})
}

var newExports = newInserter("MarkExported", "exports", []string{"order_id", "reader", "status_moves", "taken_at"},
	"on conflict (order_id, reader) do update set status_moves = excluded.status_moves, taken_at = excluded.taken_at")

func (tx *Tx) setExported(ctx context.Context, ids []any, exported bool) error {
	return inChunks(ids, func(chunk []any) error {
		_, err := tx.Exec(ctx, `/* MarkExported */
			update orders set exported = $1 where order_id in (`+list(2, len(chunk))+`)`,
			append([]any{exported}, chunk...)...)
		if err != nil {
			return fmt.Errorf("store: mark exported: %w", err)
		}
		return nil
	})
}

// NextNumber is the next number of a kind that we make for a shop, from 1 on.
// Transactions that ask for the same kind take turns, and a number whose
// transaction is undone is handed out again.
func (tx *Tx) NextNumber(ctx context.Context, shop orderhub.ShopID, kind string) (int64, error) {
	var n int64
	_, err := queryRow(ctx, tx, `/* NextNumber */
		insert into counters (shop_id, name, value) values ($1, $2, 1)
		on conflict (shop_id, name) do update set value = counters.value + 1
		returning value`, []any{int64(shop), kind}, &n)
	if err != nil {
		return 0, fmt.Errorf("store: next %s number: %w", kind, err)
	}
	return n, nil
}
