package store

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// SaveEvents writes events as they are, with their own times and actors, in
// their sequence.
func (tx *ShopTx) SaveEvents(ctx context.Context, events []orderhub.Event) error {
	rows := make([][]any, len(events))
	for i, e := range events {
		if err := tx.Owns(e.Shop); err != nil {
			return err
		}
		rows[i] = []any{int64(tx.ShopID), form.Micros(e.At), string(e.Kind), query.OrNull(e.Order), query.OrNull(e.Customer),
			e.Actor.Door, e.Actor.Key, e.Actor.History, e.Version, string(form.AppendEvent(nil, &e))}
	}
	return newEvents.Insert(ctx, tx, rows, nil)
}

var newEvents = query.NewInserter("SaveEvents", "events",
	[]string{"shop_id", "at", "kind", "order_id", "customer_id", "door", "key_name", "history", "version", "changes"}, "")

// OrderEvents lists what happened to an order, the oldest first, and not what
// happened to a customer with it.
func (tx *ShopTx) OrderEvents(ctx context.Context, id orderhub.OrderID) ([]orderhub.Event, error) {
	all, err := tx.EventsOfOrders(ctx, []orderhub.OrderID{id})
	return all[id], err
}

// EventsOfOrders lists what happened to orders, of each the oldest first, and
// not what happened to customers with them.
func (tx *ShopTx) EventsOfOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID][]orderhub.Event, error) {
	all := make(map[orderhub.OrderID][]orderhub.Event, len(ids))
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		events, _, err := readEvents(ctx, tx, nil, `where order_id `+in+` and +shop_id = $1 order by event_id`, args...)
		for _, e := range events {
			if e.Order != 0 {
				all[e.Order] = append(all[e.Order], e)
			}
		}
		return err
	})
	return all, err
}

// A Position is how far a reader of the events has come.
type Position struct {
	TxID  int64
	Event orderhub.EventID
}

// ReadEvents returns what happened after the reader's saved position, in an
// order in which nothing can come in between later, at most limit events, and
// the position behind them. Several programs may ask for one reader: all but
// one get nothing until its transaction ends.
func (tx *Tx) ReadEvents(ctx context.Context, reader string, limit int) ([]orderhub.Event, Position, error) {
	_, err := tx.Exec(ctx, `/* ReadEvents */
		insert into readers (name, txid, event_id) values ($1, 0, 0)
		on conflict (name) do nothing`, reader)
	if err != nil {
		return nil, Position{}, fmt.Errorf("store: reader %s: %w", reader, err)
	}
	var p Position
	found, err := query.Row(ctx, tx, `/* ReadEvents */
		select txid, event_id from readers where name = $1`+tx.Words.Skip,
		[]any{reader}, &p.TxID, (*int64)(&p.Event))
	if err != nil {
		return nil, p, fmt.Errorf("store: reader %s: %w", reader, err)
	}
	if !found {
		return nil, p, nil // another program reads
	}
	return tx.eventsAfter(ctx, p, limit)
}

// eventsAfter reads on behind a position, at most limit rows. Where
// transactions have numbers it reads first to the end of the position's
// transaction: one condition on both columns would say the same, but databases
// use only the first column of such a condition.
func (tx *Tx) eventsAfter(ctx context.Context, p Position, limit int) ([]orderhub.Event, Position, error) {
	if tx.Words.Settled == "" {
		events, _, err := readEvents(ctx, tx, &p, `where event_id > $1 order by event_id limit $2`, p.Event, limit)
		return events, p, err
	}
	events, rows, err := readEvents(ctx, tx, &p, `where txid = $1 and event_id > $2`+tx.Words.Settled+`
		order by event_id limit $3`, p.TxID, p.Event, limit)
	if err != nil || rows == limit {
		return events, p, err
	}
	more, _, err := readEvents(ctx, tx, &p, `where txid > $1`+tx.Words.Settled+`
		order by txid, event_id limit $2`, p.TxID, limit-rows)
	return append(events, more...), p, err
}

// SavePosition remembers how far a reader has come.
func (tx *Tx) SavePosition(ctx context.Context, reader string, p Position) error {
	_, err := tx.Exec(ctx, `/* SavePosition */
		update readers set txid = $2, event_id = $3 where name = $1`,
		reader, p.TxID, p.Event)
	if err != nil {
		return fmt.Errorf("store: reader %s: %w", reader, err)
	}
	return nil
}

// Upcoming returns the events that ReadEvents would, and the positions before
// and behind them, without holding anything. It is for a View: what follows
// from the events is made outside the transactions that write, and stored
// only where Advance says that no one else has done it meanwhile.
func (tx *Tx) Upcoming(ctx context.Context, reader string, limit int) (events []orderhub.Event, before, after Position, err error) {
	_, err = query.Row(ctx, tx, `/* Upcoming */
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
	found, err := query.Row(ctx, tx, `/* Advance */
		select txid, event_id from readers where name = $1`+tx.Words.Skip, []any{reader}, &at.TxID, (*int64)(&at.Event))
	if err != nil {
		return false, fmt.Errorf("store: reader %s: %w", reader, err)
	}
	if !found || at != from {
		return false, nil
	}
	return true, tx.SavePosition(ctx, reader, to)
}

// Unread says whether events wait for a reader, without holding anything.
func (tx *Tx) Unread(ctx context.Context, reader string) (bool, error) {
	var p Position
	_, err := query.Row(ctx, tx, `/* Unread */
		select txid, event_id from readers where name = $1`, []any{reader}, &p.TxID, (*int64)(&p.Event))
	if err != nil {
		return false, fmt.Errorf("store: reader %s: %w", reader, err)
	}
	next, _, err := tx.eventsAfter(ctx, p, 1)
	return len(next) > 0, err
}

// readEvents reads rows of events and says how many they are; a row may hold two.
// P, when it is given, is moved behind the last of them.
func readEvents(ctx context.Context, tx query.Runner, p *Position, where string, args ...any) (events []orderhub.Event, read int, err error) {
	err = query.EachRow(ctx, tx, func(rows Rows) error {
		var e orderhub.Event
		var at, txid int64
		var order, customer *int64
		var payload []byte
		err := rows.Scan((*int64)(&e.ID), &txid, (*int64)(&e.Shop), &at, (*string)(&e.Kind), &order, &customer,
			&e.Actor.Door, &e.Actor.Key, &e.Actor.History, &e.Version, &payload)
		if err != nil {
			return err
		}
		if e.At = form.Instant(at); order != nil {
			e.Order = orderhub.OrderID(*order)
		}
		if customer != nil {
			e.Customer = orderhub.CustomerID(*customer)
		}
		if err := form.ReadEvent(payload, &e); err != nil {
			return fmt.Errorf("event %d: %w", e.ID, err)
		}
		read++
		events = append(events, e)
		if e.CustomerMade {
			events = append(events, orderhub.Event{
				ID: e.ID, Sub: 1, Shop: e.Shop, At: e.At, Kind: orderhub.CustomerRegistered, Customer: e.Customer, Version: 1, Actor: e.Actor,
			})
		}
		if p != nil {
			*p = Position{txid, e.ID}
		}
		return nil
	}, `/* events */
		select event_id, txid, shop_id, at, kind, order_id, customer_id, door, key_name, history, version, changes
		from events `+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("store: events: %w", err)
	}
	return events, read, nil
}
