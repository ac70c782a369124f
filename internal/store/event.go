package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"orderhub"
)

// Record writes what happened. It sets the events' time to that of the
// transaction and their actor to the one who acts in ctx.
func (tx *Tx) Record(ctx context.Context, events ...orderhub.Event) error {
	all := slices.Clone(events)
	for i := range all {
		all[i].At, all[i].Actor = tx.now, orderhub.ActorOf(ctx)
	}
	return tx.SaveEvents(ctx, all)
}

// SaveEvents writes events as they are, with their own times and actors, in
// their sequence.
func (tx *Tx) SaveEvents(ctx context.Context, events []orderhub.Event) error {
	rows := make([][]any, len(events))
	for i, e := range events {
		rows[i] = []any{int64(e.Shop), micros(e.At), string(e.Kind), orNull(e.Order), orNull(e.Customer),
			e.Actor.Door, e.Actor.Key, e.Actor.History, e.Version, changesJSON(e.Changes)}
	}
	return newEvents.insert(ctx, tx, rows, nil)
}

var newEvents = newInserter("Record", "events",
	[]string{"shop_id", "at", "kind", "order_id", "customer_id", "door", "key_name", "history", "version", "changes"}, "")

// OrderEvents lists what happened to an order, the oldest first.
func (tx *Tx) OrderEvents(ctx context.Context, id orderhub.OrderID) ([]orderhub.Event, error) {
	events, _, err := tx.events(ctx, `where order_id = $1 order by event_id`, id)
	return events, err
}

// EventsOfOrders lists what happened to orders, of each the oldest first.
func (tx *Tx) EventsOfOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID][]orderhub.Event, error) {
	all := make(map[orderhub.OrderID][]orderhub.Event, len(ids))
	err := eachChunk(tx, int64s(ids), nil, func(in string, args []any) error {
		events, _, err := tx.events(ctx, `where order_id `+in+` order by event_id`, args...)
		for _, e := range events {
			all[e.Order] = append(all[e.Order], e)
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
	found, err := queryRow(ctx, tx, `/* ReadEvents */
		select txid, event_id from readers where name = $1`+tx.words.Skip,
		[]any{reader}, &p.TxID, (*int64)(&p.Event))
	if err != nil {
		return nil, p, fmt.Errorf("store: reader %s: %w", reader, err)
	}
	if !found {
		return nil, p, nil // another program reads
	}
	return tx.eventsAfter(ctx, p, limit)
}

// eventsAfter reads on behind a position, first to the end of its transaction.
// One condition on both columns would say the same, but SQLite uses only the
// first column of such a condition, which is the same for all its events.
func (tx *Tx) eventsAfter(ctx context.Context, p Position, limit int) ([]orderhub.Event, Position, error) {
	events, after, err := tx.events(ctx, `where txid = $1 and event_id > $2`+tx.words.Settled+`
		order by event_id limit $3`, p.TxID, p.Event, limit)
	if err != nil {
		return nil, p, err
	}
	if len(events) > 0 {
		p = after
	}
	if len(events) == limit {
		return events, p, nil
	}
	more, after, err := tx.events(ctx, `where txid > $1`+tx.words.Settled+`
		order by txid, event_id limit $2`, p.TxID, limit-len(events))
	if err != nil {
		return nil, p, err
	}
	if len(more) > 0 {
		p = after
	}
	return append(events, more...), p, nil
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

// Unread says whether events wait for a reader, without holding anything.
func (tx *Tx) Unread(ctx context.Context, reader string) (bool, error) {
	var p Position
	_, err := queryRow(ctx, tx, `/* Unread */
		select txid, event_id from readers where name = $1`, []any{reader}, &p.TxID, (*int64)(&p.Event))
	if err != nil {
		return false, fmt.Errorf("store: reader %s: %w", reader, err)
	}
	next, _, err := tx.eventsAfter(ctx, p, 1)
	return len(next) > 0, err
}

func (tx *Tx) events(ctx context.Context, where string, args ...any) ([]orderhub.Event, Position, error) {
	var p Position
	rows, err := tx.Query(ctx, `/* events */
		select event_id, txid, shop_id, at, kind, order_id, customer_id, door, key_name, history, version, changes
		from events `+where, args...)
	if err != nil {
		return nil, p, fmt.Errorf("store: events: %w", err)
	}
	defer rows.Close()
	var events []orderhub.Event
	for rows.Next() {
		var e orderhub.Event
		var at int64
		var order, customer *int64
		var changes []byte
		err := rows.Scan((*int64)(&e.ID), &p.TxID, (*int64)(&e.Shop), &at, (*string)(&e.Kind), &order, &customer,
			&e.Actor.Door, &e.Actor.Key, &e.Actor.History, &e.Version, &changes)
		if err != nil {
			return nil, p, fmt.Errorf("store: events: %w", err)
		}
		e.At, p.Event = instant(at), e.ID
		if order != nil {
			e.Order = orderhub.OrderID(*order)
		}
		if customer != nil {
			e.Customer = orderhub.CustomerID(*customer)
		}
		if e.Changes, err = parseChanges(changes); err != nil {
			return nil, p, fmt.Errorf("store: event %d: %w", e.ID, err)
		}
		events = append(events, e)
	}
	return events, p, rows.Err()
}

// changesJSON prints changes as an array of [field, from, to].
func changesJSON(changes []orderhub.Change) string {
	all := make([][3]string, len(changes))
	for i, c := range changes {
		all[i] = [3]string{c.Field, c.From, c.To}
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic(err) // strings always print
	}
	return string(b)
}

func parseChanges(text []byte) ([]orderhub.Change, error) {
	var all [][3]string
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	var changes []orderhub.Change
	for _, c := range all {
		changes = append(changes, orderhub.Change{Field: c[0], From: c[1], To: c[2]})
	}
	return changes, nil
}
