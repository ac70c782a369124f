package orderdb

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// SaveExchangeMarks stores marks over those that there are.
func (tx ShopOrders) SaveExchangeMarks(ctx context.Context, marks []ExchangeMark) error {
	rows := make([][]any, len(marks))
	for i, m := range marks {
		if err := tx.Owns(m.Shop); err != nil {
			return err
		}
		rows[i] = []any{int64(m.Reader), int64(m.Order), form.Micros(m.ExchangeAt), m.Taken}
	}
	return newMarks.Insert(ctx, tx, rows, nil)
}

var newMarks = query.NewInserter("SaveExchangeMarks", "exchange_marks", []string{"reader_id", "order_id", "exchange_at", "taken"},
	"on conflict (reader_id, order_id) do update set exchange_at = excluded.exchange_at, taken = excluded.taken")

// RemoveExchangeMarks removes the marks that a reader has of orders.
func (tx ShopOrders) RemoveExchangeMarks(ctx context.Context, reader orderhub.ReaderID, orders []orderhub.OrderID) error {
	err := query.EachChunk(tx, query.IDs(orders), []any{int64(tx.ShopID), int64(reader)}, func(in string, args []any) error {
		return tx.Send(ctx, nil, `/* RemoveExchangeMarks */
			delete from exchange_marks where reader_id = $2 and order_id `+in+` and `+readerInShop, args...)
	})
	if err != nil {
		return fmt.Errorf("store: marks of the exchange: %w", err)
	}
	return nil
}

// Limits of compaction.
const (
	maxTaken    = 1_000  // taken rows that a reader has before its low moves up
	maxOpen     = 1_000  // open orders that low passes at once: each becomes a row
	compactStep = 2_000  // orders that are read at once
	maxWalk     = 20_000 // orders that low passes at once
)

// CompactExchange moves the low of a reader up when it has more than maxTaken
// taken rows: these go, and each open order that low passes gets a row. What is
// taken stays taken. The transaction must hold the shop's lock.
func (tx ShopOrders) CompactExchange(ctx context.Context, r *ExchangeReader) error {
	if err := tx.Owns(r.Shop); err != nil {
		return err
	}
	var n int
	_, err := query.Row(ctx, tx, `/* CompactExchange */ select count(*) from (
		select 1 from exchange_marks where reader_id = $1 and taken limit $2) taken`, []any{int64(r.ID), maxTaken + 1}, &n)
	if err != nil {
		return fmt.Errorf("store: compact marks of %s: %w", r.Name, err)
	}
	if n <= maxTaken {
		return nil
	}
	low, open, err := tx.walkExchange(ctx, r)
	if err != nil {
		return fmt.Errorf("store: compact marks of %s: %w", r.Name, err)
	}
	if err := tx.SaveExchangeMarks(ctx, open); err != nil {
		return err
	}
	for _, s := range []struct {
		statement string
		args      []any
	}{
		{`delete from exchange_marks where reader_id = $1 and taken and (exchange_at <= $2
			or exchange_at <> (select o.exchange_at from orders o where o.order_id = exchange_marks.order_id))`, []any{int64(r.ID), low}},
		{`update exchange_readers set low = $2 where reader_id = $1`, []any{int64(r.ID), low}},
	} {
		if err := tx.Send(ctx, nil, "/* CompactExchange */ "+s.statement, s.args...); err != nil {
			return fmt.Errorf("store: compact marks of %s: %w", r.Name, err)
		}
	}
	return nil
}

// walkExchange goes up from a reader's low until it has met maxOpen open orders
// or maxWalk orders at all, and returns how far it has come and rows for the
// open ones.
func (tx ShopOrders) walkExchange(ctx context.Context, r *ExchangeReader) (low int64, open []ExchangeMark, err error) {
	wanted := make(map[string]bool, len(r.Statuses))
	for _, s := range r.Statuses {
		wanted[s] = true
	}
	low = r.low
	for walked := 0; walked < maxWalk; walked += compactStep {
		n := 0
		err := query.EachRow(ctx, tx, func(rows query.Rows) error {
			var id, at int64
			var status string
			var taken *bool
			var marked *int64
			if err := rows.Scan(&id, &at, &status, &taken, &marked); err != nil || len(open) == maxOpen {
				return err
			}
			n, low = n+1, at
			isOpen := taken == nil || !*taken || *marked != at
			if isOpen && (taken != nil && !*taken || len(wanted) == 0 || wanted[status]) {
				open = append(open, ExchangeMark{Shop: r.Shop, Reader: r.ID, Order: orderhub.OrderID(id), ExchangeAt: form.Instant(at)})
			}
			return nil
		}, `/* walkExchange */
			select o.order_id, o.exchange_at, o.status, m.taken, m.exchange_at
			from orders o left join exchange_marks m on m.reader_id = $1 and m.order_id = o.order_id
			where o.shop_id = $2 and o.exchange_at > $3 order by o.exchange_at, o.order_id limit $4`,
			int64(r.ID), int64(r.Shop), low, compactStep)
		if err != nil || n < compactStep || len(open) == maxOpen {
			return low, open, err
		}
	}
	return low, open, nil
}
