package orderdb

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// An ExchangeReader is a reader of the exchange and how far it has come: what
// is not above low is taken, what is above is not, and marks are the
// exceptions. So a reader needs no row for each order, and one that is idle
// needs none at all.
type ExchangeReader struct {
	orderhub.ExchangeReader
	low int64
}

// An ExchangeMark is a reader's exception for one order. A taken one counts
// while its time is that of the order.
type ExchangeMark struct {
	Shop       orderhub.ShopID // of the reader and the order
	Reader     orderhub.ReaderID
	Order      orderhub.OrderID
	ExchangeAt time.Time // of the order when it was marked
	Taken      bool
}

// Passed reports whether a time of the exchange is not above the reader's low:
// without a mark such an order is taken.
func (r *ExchangeReader) Passed(exchangeAt time.Time) bool { return form.Micros(exchangeAt) <= r.low }

// Taken reports whether the reader has taken an order, given its mark of it,
// nil for none. An order of a status that it is not offered counts as taken.
func (r *ExchangeReader) Taken(m *ExchangeMark, o *orderhub.Order) bool {
	switch {
	case len(r.Statuses) > 0 && !slices.Contains(r.Statuses, o.Status):
		return true
	case m != nil && (!m.Taken || m.ExchangeAt.Equal(o.ExchangeAt)):
		return m.Taken
	}
	return r.Passed(o.ExchangeAt)
}

// Limits of what a reader of the exchange has low.
const (
	lowFromBeginning = math.MinInt64 / 2
	lowFromStart     = 0 // nothing but history
)

// CreateExchangeReader stores a reader of a shop, which is offered what changes
// after the last time that the shop's clock has given, or all orders from the
// beginning. A name that the shop has already is a Duplicate error. The
// transaction must hold the shop's lock.
func (tx ShopOrders) CreateExchangeReader(ctx context.Context, r *orderhub.ExchangeReader, last time.Time, fromBeginning bool) error {
	if err := tx.Owns(r.Shop); err != nil {
		return err
	}
	r.CreatedAt = tx.Now()
	low := max(lowFromStart, form.Micros(last))
	if fromBeginning {
		low = lowFromBeginning
	}
	found, err := query.Row(ctx, tx, `/* CreateExchangeReader */
		insert into exchange_readers (shop_id, name, statuses, low, created_at) values ($1, $2, $3, $4, $5)
		on conflict (shop_id, name) do nothing returning reader_id`,
		[]any{int64(tx.ShopID), r.Name, strings.Join(r.Statuses, ","), low, form.Micros(r.CreatedAt)}, (*int64)(&r.ID))
	if err != nil {
		return fmt.Errorf("store: create reader %s: %w", r.Name, err)
	}
	if !found {
		return orderhub.Taken("name")
	}
	return nil
}

// ExchangeReaders lists a shop's readers of the exchange by name.
func (tx ShopOrders) ExchangeReaders(ctx context.Context) ([]*ExchangeReader, error) {
	return readExchangeReaders(ctx, tx, `where shop_id = $1 order by name`, int64(tx.ShopID))
}

// ExchangeReader finds a shop's reader by its name, or is a NotFound error.
func (tx ShopOrders) ExchangeReader(ctx context.Context, name string) (*ExchangeReader, error) {
	all, err := readExchangeReaders(ctx, tx, `where shop_id = $1 and name = $2`, int64(tx.ShopID), name)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, orderhub.Errorf(orderhub.NotFound, "no reader %s of the exchange; orderhub reader list shows those there are", name)
	}
	return all[0], nil
}

func readExchangeReaders(ctx context.Context, tx query.Runner, where string, args ...any) ([]*ExchangeReader, error) {
	var all []*ExchangeReader
	err := query.EachRow(ctx, tx, func(rows query.Rows) error {
		r := new(ExchangeReader)
		var statuses string
		var created int64
		err := rows.Scan((*int64)(&r.ID), (*int64)(&r.Shop), &r.Name, &statuses, &r.low, &created)
		if r.CreatedAt = form.Instant(created); statuses != "" {
			r.Statuses = strings.Split(statuses, ",")
		}
		all = append(all, r)
		return err
	}, `/* exchangeReaders */ select reader_id, shop_id, name, statuses, low, created_at from exchange_readers `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: readers of the exchange: %w", err)
	}
	return all, nil
}

// DeleteExchangeReader removes a shop's reader and its marks. The default reader,
// and one that keys in force are bound to, is a Conflict error. The transaction
// must hold the shop's lock.
func (tx ShopOrders) DeleteExchangeReader(ctx context.Context, name string) error {
	r, err := tx.ExchangeReader(ctx, name)
	if err != nil {
		return err
	}
	if name == orderhub.DefaultReader {
		return orderhub.Errorf(orderhub.Conflict, "the reader %s is the one that keys have unless another is chosen; it cannot be deleted", name)
	}
	var key string
	bound, err := query.Row(ctx, tx, `/* DeleteExchangeReader */
		select name from keys where shop_id = $1 and reader = $2 and revoked_at = 0 order by key_id limit 1`, []any{int64(tx.ShopID), name}, &key)
	if err != nil {
		return fmt.Errorf("store: delete reader %s: %w", name, err)
	}
	if bound {
		return orderhub.Errorf(orderhub.Conflict, "the key %s is bound to the reader %s; revoke it first", key, name)
	}
	for _, table := range []string{"exchange_marks", "exchange_readers"} {
		if _, err := tx.Exec(ctx, `/* DeleteExchangeReader */ delete from `+table+` where reader_id = $1`, int64(r.ID)); err != nil {
			return fmt.Errorf("store: delete reader %s: %w", name, err)
		}
	}
	return nil
}

// ExchangeMarks returns the marks that readers have of orders.
func (tx ShopOrders) ExchangeMarks(ctx context.Context, readers []orderhub.ReaderID, orders []orderhub.OrderID) ([]ExchangeMark, error) {
	if len(readers) == 0 {
		return nil, nil
	}
	var all []ExchangeMark
	of, args := query.OneOf(tx, []any{int64(tx.ShopID)}, query.IDs(readers))
	err := query.EachChunk(tx, query.IDs(orders), args, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(rows query.Rows) error {
			m := ExchangeMark{Shop: tx.ShopID}
			var at int64
			err := rows.Scan((*int64)(&m.Reader), (*int64)(&m.Order), &at, &m.Taken)
			m.ExchangeAt = form.Instant(at)
			all = append(all, m)
			return err
		}, `/* ExchangeMarks */ select reader_id, order_id, exchange_at, taken from exchange_marks
			where reader_id `+of+` and order_id `+in+` and `+readerInShop, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: marks of the exchange: %w", err)
	}
	return all, nil
}

// readerInShop is the condition that a mark is of a reader of the shop $1.
const readerInShop = `exists (select 1 from exchange_readers r where r.reader_id = exchange_marks.reader_id and r.shop_id = $1)`

// fillExported sets Exported of orders for a reader.
func (tx ShopOrders) fillExported(ctx context.Context, r *ExchangeReader, orders []*orderhub.Order) error {
	ids := make([]orderhub.OrderID, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	all, err := tx.ExchangeMarks(ctx, []orderhub.ReaderID{r.ID}, ids)
	if err != nil {
		return err
	}
	marks := make(map[orderhub.OrderID]*ExchangeMark, len(all))
	for i := range all {
		marks[all[i].Order] = &all[i]
	}
	for _, o := range orders {
		o.Exported = r.Taken(marks[o.ID], o)
	}
	return nil
}

// toExport lets a list hold what a reader has still to take: orders that it
// has marked as open, then those above its low that it has not taken, the
// oldest first, at most orderhub.MaxPull.
func toExport(w *query.Where, r *ExchangeReader) {
	reader := w.Arg(int64(r.ID))
	statuses := new(query.Where)
	statuses.Args = w.Args
	query.In(statuses, "x.status", r.Statuses, func(s string) any { return s })
	w.Args = statuses.Args
	offered := ""
	if len(r.Statuses) > 0 {
		offered = " and " + statuses.String()
	}
	w.And(fmt.Sprintf(`o.order_id in (select order_id from (
		select * from (select 0 as above, m.order_id, m.order_id as place from exchange_marks m join orders x on x.order_id = m.order_id
			where m.reader_id = %[1]s and not m.taken%[2]s order by m.order_id limit %[3]d) marked
		union all
		select * from (select 1, x.order_id, x.exchange_at from orders x
			where x.shop_id = $1 and x.exchange_at > %[4]s%[2]s and not exists (select 1 from exchange_marks m
				where m.reader_id = %[1]s and m.order_id = x.order_id and (not m.taken or m.exchange_at = x.exchange_at))
			order by x.exchange_at, x.order_id limit %[3]d) later
		order by 1, 3 limit %[3]d) offered)`, reader, offered, orderhub.MaxPull, w.Arg(r.low)))
}

// readerOf is the reader that a filter names, nil for none.
func (tx ShopOrders) readerOf(ctx context.Context, f orderhub.OrderFilter) (*ExchangeReader, error) {
	if f.Reader == "" && !f.ToExport {
		return nil, nil
	}
	return tx.ExchangeReader(ctx, cmp.Or(f.Reader, orderhub.DefaultReader))
}
