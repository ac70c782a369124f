package store

import (
	"context"
	"fmt"

	"orderhub"
)

// Upcoming returns the events that ReadEvents would, and the positions before
// and behind them, without holding anything. It is for a View: what follows
// from the events is made outside the transactions that write, and stored
// only where Advance says that nobody else has done it meanwhile.
func (tx *Tx) Upcoming(ctx context.Context, reader string, limit int) (events []orderhub.Event, before, after Position, err error) {
	_, err = queryRow(ctx, tx, `/* Upcoming */
		select txid, event_id from readers where name = $1`, []any{reader}, &before.TxID, (*int64)(&before.Event))
	if err != nil {
		return nil, before, before, fmt.Errorf("store: reader %s: %w", reader, err)
	}
	events, after, err = tx.eventsAfter(ctx, before, limit)
	return events, before, after, err
}

// Advance moves a reader from one position to another and holds it until the
// transaction ends. It reports false when the reader is not there any more, or
// when another program holds it.
func (tx *Tx) Advance(ctx context.Context, reader string, from, to Position) (bool, error) {
	if from == (Position{}) {
		_, err := tx.Exec(ctx, `/* Advance */
			insert into readers (name, txid, event_id) values ($1, 0, 0)
			on conflict (name) do nothing`, reader)
		if err != nil {
			return false, fmt.Errorf("store: reader %s: %w", reader, err)
		}
	}
	var at Position
	found, err := queryRow(ctx, tx, `/* Advance */
		select txid, event_id from readers where name = $1`+tx.words.Skip, []any{reader}, &at.TxID, (*int64)(&at.Event))
	if err != nil {
		return false, fmt.Errorf("store: reader %s: %w", reader, err)
	}
	if !found || at != from {
		return false, nil
	}
	return true, tx.SavePosition(ctx, reader, to)
}

// LiveOrders says which of the given orders, of any shop, are there and not
// deleted.
func (tx *Tx) LiveOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID]bool, error) {
	live := make(map[orderhub.OrderID]bool, len(ids))
	err := inChunks(ids, func(chunk []any) error {
		found, err := tx.orderIDs(ctx, `/* LiveOrders */
			select order_id from orders where deleted_at = 0 and order_id in (`+list(1, len(chunk))+`)`, chunk...)
		for _, id := range found {
			live[id] = true
		}
		return err
	})
	return live, err
}
