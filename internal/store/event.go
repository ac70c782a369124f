package store

import (
	"cmp"
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
		records, _, err := readRecords(ctx, tx, `where order_id `+in+` and +shop_id = $1 order by event_id`, args...)
		for _, r := range records {
			if r.Order != 0 {
				all[r.Order] = append(all[r.Order], r.Event)
			}
		}
		return err
	})
	return all, err
}

// A Position is how far a consumer of the events has come. The zero Position is
// before all events.
type Position struct {
	TxID  int64
	Event orderhub.EventID
}

// Compare is below 0 when p comes before q, and above 0 when it comes behind.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.TxID, q.TxID), cmp.Compare(p.Event, q.Event))
}

// A Record is an event as consumers read it.
type Record struct {
	orderhub.Event
	After Position // behind it; two events of one row share a place
}

// Position is how far a consumer has come.
func (tx *Tx) Position(ctx context.Context, consumer string) (p Position, err error) {
	_, err = query.Row(ctx, tx, `/* Position */
		select txid, event_id from readers where name = $1`, []any{consumer}, &p.TxID, (*int64)(&p.Event))
	if err != nil {
		return p, fmt.Errorf("store: consumer %s: %w", consumer, err)
	}
	return p, nil
}

// EventsAfter returns what happened after a position, in an order in which
// nothing can come in between later, at most limit rows of events. Where
// transactions have numbers it reads first to the end of the position's
// transaction: one condition on both columns would say the same, but databases
// use only the first column of such a condition.
func (tx *Tx) EventsAfter(ctx context.Context, p Position, limit int) ([]Record, error) {
	if tx.Words.Settled == "" {
		records, _, err := readRecords(ctx, tx, `where event_id > $1 order by event_id limit $2`, p.Event, limit)
		return records, err
	}
	records, rows, err := readRecords(ctx, tx, `where txid = $1 and event_id > $2`+tx.Words.Settled+`
		order by event_id limit $3`, p.TxID, p.Event, limit)
	if err != nil || rows == limit {
		return records, err
	}
	more, _, err := readRecords(ctx, tx, `where txid > $1`+tx.Words.Settled+`
		order by txid, event_id limit $2`, p.TxID, limit-rows)
	return append(records, more...), err
}

// Advance moves a consumer from one position to another and holds it until the
// transaction ends. It reports false when the consumer is not there any more, or
// when another program holds it.
func (tx *Tx) Advance(ctx context.Context, consumer string, from, to Position) (bool, error) {
	if from == (Position{}) {
		_, err := tx.Exec(ctx, `/* Advance */
			insert into readers (name, txid, event_id) values ($1, 0, 0)
			on conflict (name) do nothing`, consumer)
		if err != nil {
			return false, fmt.Errorf("store: consumer %s: %w", consumer, err)
		}
	}
	var at Position
	found, err := query.Row(ctx, tx, `/* Advance */
		select txid, event_id from readers where name = $1`+tx.Words.Skip, []any{consumer}, &at.TxID, (*int64)(&at.Event))
	if err != nil {
		return false, fmt.Errorf("store: consumer %s: %w", consumer, err)
	}
	if !found || at != from {
		return false, nil
	}
	_, err = tx.Exec(ctx, `/* Advance */
		update readers set txid = $2, event_id = $3 where name = $1`, consumer, to.TxID, to.Event)
	if err != nil {
		return false, fmt.Errorf("store: consumer %s: %w", consumer, err)
	}
	return true, nil
}

// readRecords reads rows of events and says how many they are; a row may hold
// two.
func readRecords(ctx context.Context, tx query.Runner, where string, args ...any) (records []Record, read int, err error) {
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
		after := Position{txid, e.ID}
		records = append(records, Record{e, after})
		if e.CustomerMade {
			records = append(records, Record{orderhub.Event{
				ID: e.ID, Sub: 1, Shop: e.Shop, At: e.At, Kind: orderhub.CustomerRegistered, Customer: e.Customer, Version: 1, Actor: e.Actor,
			}, after})
		}
		return nil
	}, `/* events */
		select event_id, txid, shop_id, at, kind, order_id, customer_id, door, key_name, history, version, changes
		from events `+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("store: events: %w", err)
	}
	return records, read, nil
}
