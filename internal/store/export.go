package store

import (
	"context"
	"fmt"
	"slices"

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

// OrdersByRefs finds orders of a shop that are not deleted, each by its ID or
// its code, holds them until the transaction ends, and returns them in the
// sequence of the references: nil where there is none, the same order where
// two references mean it. They are held in the sequence of their IDs. Heads
// reads of each only its number, whose it is, when and how often its status
// moved, and its mark:
// such an order may be marked, and must not be saved.
func (tx *Tx) OrdersByRefs(ctx context.Context, shop orderhub.ShopID, refs []orderhub.OrderRef, heads bool) ([]*orderhub.Order, error) {
	read := tx.orders
	if heads {
		read = tx.heads
	}
	var codes []string
	wanted := make([]int64, 0, len(refs))
	for _, r := range refs {
		if r.ID != 0 {
			wanted = append(wanted, int64(r.ID))
		} else if named(r.Code) {
			codes = append(codes, r.Code)
		}
	}
	byCode, err := tx.idsBy(ctx, shop, "code", codes)
	if err != nil {
		return nil, err
	}
	for _, id := range byCode {
		wanted = append(wanted, id)
	}
	slices.Sort(wanted)
	byID := make(map[int64]*orderhub.Order, len(wanted))
	for chunk := range slices.Chunk(slices.Compact(wanted), inChunk) {
		held, err := read(ctx, "OrdersByRefs", `where +shop_id = $1 and deleted_at = 0 and order_id in (`+
			list(2, len(chunk))+`) order by order_id`+tx.hold, append([]any{int64(shop)}, anys(chunk)...)...)
		if err != nil {
			return nil, err
		}
		for _, o := range held {
			byID[int64(o.ID)] = o
		}
	}
	found := make([]*orderhub.Order, len(refs))
	for i, r := range refs {
		if found[i] = byID[int64(r.ID)]; r.ID == 0 {
			found[i] = byID[byCode[r.Code]]
		}
	}
	return found, nil
}

// heads reads of orders what their marks need.
func (tx *Tx) heads(ctx context.Context, name, where string, args ...any) ([]*orderhub.Order, error) {
	rows, err := tx.Query(ctx, "/* "+name+", heads */ select order_id, shop_id, number, customer_id, status_at, status_moves, exported from orders o "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: orders: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Order
	for rows.Next() {
		o := new(orderhub.Order)
		var customer *int64
		var status int64
		if err := rows.Scan((*int64)(&o.ID), (*int64)(&o.Shop), &o.Number, &customer, &status, &o.Moves, &o.Exported); err != nil {
			return nil, fmt.Errorf("store: orders: %w", err)
		}
		if o.StatusAt = instant(status); customer != nil {
			o.Customer = orderhub.CustomerID(*customer)
		}
		all = append(all, o)
	}
	return all, rows.Err()
}
