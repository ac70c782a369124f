package store

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
)

// OrdersNamed finds orders of a shop that are not deleted, each by its number
// or, when the reference has none, by its code, holds them until the
// transaction ends, and returns them in the sequence of the references: nil
// where there is none, the same order where two references mean it. They are
// held in the sequence of their IDs. It is ErrOvertaken when one of them
// became another's or was deleted meanwhile.
func (tx *Tx) OrdersNamed(ctx context.Context, shop orderhub.ShopID, refs []orderhub.OrderRef) ([]*orderhub.Order, error) {
	var numbers, codes []string
	for _, r := range refs {
		if named(r.Number) {
			numbers = append(numbers, r.Number)
		} else if r.Number == "" && named(r.Code) {
			codes = append(codes, r.Code)
		}
	}
	byNumber, err := tx.idsBy(ctx, shop, "number", numbers)
	if err != nil {
		return nil, err
	}
	byCode, err := tx.idsBy(ctx, shop, "code", codes)
	if err != nil {
		return nil, err
	}
	ids := make([]orderhub.OrderID, len(refs))
	for i, r := range refs {
		if ids[i] = orderhub.OrderID(byNumber[r.Number]); r.Number == "" {
			ids[i] = orderhub.OrderID(byCode[r.Code])
		}
	}
	held, err := tx.OrdersByIDs(ctx, shop, ids)
	if err != nil {
		return nil, err
	}
	found := make([]*orderhub.Order, len(refs))
	for i, id := range ids {
		if id == 0 {
			continue
		}
		o := held[id]
		if o == nil || !o.DeletedAt.IsZero() || refs[i].Number == "" && o.Code != refs[i].Code {
			return nil, ErrOvertaken
		}
		found[i] = o
	}
	return found, nil
}

// OrdersByIDs returns orders of a shop, deleted ones too, by ID, and holds them
// until the transaction ends, in the sequence of their IDs. An ID of 0 is
// nobody's.
func (tx *Tx) OrdersByIDs(ctx context.Context, shop orderhub.ShopID, ids []orderhub.OrderID) (map[orderhub.OrderID]*orderhub.Order, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) > 0 && ids[0] == 0 {
		ids = ids[1:]
	}
	found := make(map[orderhub.OrderID]*orderhub.Order, len(ids))
	for chunk := range slices.Chunk(ids, inChunk) {
		held, err := tx.orders(ctx, "OrdersByIDs", `where +shop_id = $1 and order_id in (`+list(2, len(chunk))+`) order by order_id`+tx.hold,
			append([]any{int64(shop)}, anys(numeric(chunk))...)...)
		if err != nil {
			return nil, err
		}
		for _, o := range held {
			found[o.ID] = o
		}
	}
	return found, nil
}

func numeric(ids []orderhub.OrderID) []int64 {
	all := make([]int64, len(ids))
	for i, id := range ids {
		all[i] = int64(id)
	}
	return all
}

// EventsOfOrders lists what happened to orders, of each the oldest first.
func (tx *Tx) EventsOfOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID][]orderhub.Event, error) {
	all := make(map[orderhub.OrderID][]orderhub.Event, len(ids))
	err := inChunks(numeric(ids), func(chunk []any) error {
		events, _, err := tx.events(ctx, `where order_id in (`+list(1, len(chunk))+`) order by event_id`, chunk...)
		for _, e := range events {
			all[e.Order] = append(all[e.Order], e)
		}
		return err
	})
	return all, err
}

// OrdersWithBonuses says which orders have rows in a ledger of points.
func (tx *Tx) OrdersWithBonuses(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID]bool, error) {
	found := make(map[orderhub.OrderID]bool)
	err := inChunks(numeric(ids), func(chunk []any) error {
		some, err := tx.orderIDs(ctx, `/* OrdersWithBonuses */
			select distinct order_id from bonus_entries where order_id in (`+list(1, len(chunk))+`)`, chunk...)
		for _, id := range some {
			found[id] = true
		}
		return err
	})
	return found, err
}

// PurgeOrders is PurgeOrder for many orders, in few statements.
func (tx *Tx) PurgeOrders(ctx context.Context, ids []orderhub.OrderID) error {
	return inChunks(numeric(ids), func(chunk []any) error {
		among := ` in (` + list(1, len(chunk)) + `)`
		if _, err := tx.Exec(ctx, tx.words.Unindex+among, chunk...); err != nil {
			return fmt.Errorf("store: purge orders from the index: %w", err)
		}
		for _, table := range orderTables {
			if _, err := tx.Exec(ctx, `/* PurgeOrders */ delete from `+table+` where order_id`+among, chunk...); err != nil {
				return fmt.Errorf("store: purge orders from %s: %w", table, err)
			}
		}
		return nil
	})
}

// orderTables hold an order; the last is the one that the others refer to.
var orderTables = func() []string {
	tables := []string{"exports"}
	for _, p := range partTables {
		tables = append(tables, p.table)
	}
	return append(tables, "orders")
}()
