package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"orderhub"
)

// ListOrders returns one page of a shop's orders with all their parts. A
// cursor with more than one sort field or with a skip, and a skip or a limit
// beyond the published ones are Invalid errors.
func (tx *ShopTx) ListOrders(ctx context.Context, f orderhub.OrderFilter) (*orderhub.OrderPage, error) {
	l := listing{table: "orders o", id: "o.order_id", columns: orderSorts, sort: f.Sort, after: f.After, skip: f.Skip, limit: f.Limit, exact: f.Exact}
	reader, err := tx.readerOf(ctx, f)
	if err != nil {
		return nil, err
	}
	w := orderWhere(tx.shop, f, reader)
	total, err := l.begin(ctx, tx, w, f.Total)
	if err != nil {
		return nil, err
	}
	if l.few, err = tx.rareStatus(ctx, f); err != nil {
		return nil, err
	}
	orders, err := readPage(&l, w, func(clause string, args []any) ([]*orderhub.Order, error) {
		return tx.orders(ctx, "ListOrders", clause, args...)
	})
	if err != nil {
		return nil, err
	}
	if reader != nil && !f.ToExport { // what is still to be taken has no mark
		if err := tx.fillExported(ctx, reader, orders); err != nil {
			return nil, err
		}
	}
	page := &orderhub.OrderPage{Orders: orders, Total: total}
	if page.More = len(orders) > f.Limit; page.More {
		page.Orders = orders[:f.Limit]
		last := page.Orders[f.Limit-1]
		page.Next = l.next(last.PlacedAt, last.UpdatedAt, int64(last.ID))
	}
	return page, nil
}

// rare is how many orders of a status are picked and sorted at most: picking
// so many takes a few milliseconds.
const rare = 5_000

// rareStatus says whether a list by ID is of one status that few orders have.
// They are picked by their status. Orders of a status that many have are met
// soon on the way through all orders.
func (tx *ShopTx) rareStatus(ctx context.Context, f orderhub.OrderFilter) (bool, error) {
	if len(f.Statuses) != 1 || len(f.Sort) != 1 || f.Sort[0].Field != orderhub.SortID || f.ToExport || f.Deleted {
		return false, nil
	}
	var n int
	_, err := queryRow(ctx, tx, `/* rareStatus */ select count(*) from (
		select 1 from orders o where shop_id = $1 and status = $2 and deleted_at = 0 limit $3) counted`,
		[]any{int64(tx.shop), f.Statuses[0], rare + 1}, &n)
	if err != nil {
		return false, fmt.Errorf("store: orders of status %s: %w", f.Statuses[0], err)
	}
	return n <= rare, nil
}

// ListCustomers returns one page of a shop's customers; its errors are those
// of ListOrders.
func (tx *ShopTx) ListCustomers(ctx context.Context, f orderhub.CustomerFilter) (*orderhub.CustomerPage, error) {
	l := listing{table: "customers c", id: "c.customer_id", columns: customerSorts, sort: f.Sort, after: f.After, skip: f.Skip, limit: f.Limit, exact: f.Exact}
	w := customerWhere(tx.shop, f)
	total, err := l.begin(ctx, tx, w, f.Total)
	if err != nil {
		return nil, err
	}
	customers, err := readPage(&l, w, func(clause string, args []any) ([]*orderhub.Customer, error) {
		return tx.customers(ctx, clause, args...)
	})
	if err != nil {
		return nil, err
	}
	page := &orderhub.CustomerPage{Customers: customers, Total: total}
	if page.More = len(customers) > f.Limit; page.More {
		page.Customers = customers[:f.Limit]
		last := page.Customers[f.Limit-1]
		page.Next = l.next(last.RegisteredAt, last.UpdatedAt, int64(last.ID))
	}
	return page, nil
}

// A listing is what all lists have in common: a sort with an index, a page.
type listing struct {
	table, id   string
	columns     map[orderhub.SortField]string
	sort        []orderhub.Sort
	after       *orderhub.Cursor
	skip, limit int
	exact       bool // the total counts beyond MaxTotal
	few         bool // few rows fit the filter: they are picked by an index, and sorted
}

var orderSorts = map[orderhub.SortField]string{
	orderhub.SortCreated: "o.placed_at", orderhub.SortUpdated: "o.updated_at",
	orderhub.SortID: "o.order_id", orderhub.SortNumber: "o.number", orderhub.SortCode: "o.code",
	orderhub.SortStatus: "o.status", orderhub.SortStatusAt: "o.status_at", orderhub.SortTotal: "o.total",
	orderhub.SortPayment: "o.payment", orderhub.SortPaidAt: "o.paid_at", orderhub.SortAccount: "o.account",
	orderhub.SortSource: "o.source", orderhub.SortCustomer: "coalesce(o.customer_id, 0)", // databases differ on where null belongs
}

var customerSorts = map[orderhub.SortField]string{
	orderhub.SortCreated: "c.registered_at", orderhub.SortUpdated: "c.updated_at", orderhub.SortID: "c.customer_id",
}

// placed says whether a list sorted by a field can go on behind a cursor.
func placed(f orderhub.SortField) bool {
	return f == orderhub.SortCreated || f == orderhub.SortUpdated || f == orderhub.SortID
}

// begin checks the listing and counts if it is asked to.
func (l *listing) begin(ctx context.Context, tx *ShopTx, w *where, count bool) (total int, err error) {
	if len(l.sort) == 0 {
		l.sort = []orderhub.Sort{{Field: orderhub.SortCreated, Descending: true}}
	}
	var faults orderhub.Faults
	if l.after != nil && len(l.sort) > 1 {
		faults.Wrong("after", "goes with one sort field only")
	}
	if l.after != nil && !placed(l.sort[0].Field) {
		faults.Wrong("after", "goes with a sort by time or by id only")
	}
	for _, by := range l.sort {
		if l.columns[by.Field] == "" {
			faults.Wrong("sort", "is not a field of this list")
		}
	}
	if l.after != nil && l.skip > 0 {
		faults.Wrong("skip", "does not go with after")
	}
	if l.skip < 0 || l.skip > orderhub.MaxSkip {
		faults.Wrong("skip", fmt.Sprintf("must be 0 to %d", orderhub.MaxSkip))
	}
	if l.limit < 1 || l.limit > orderhub.MaxLimit {
		faults.Wrong("limit", fmt.Sprintf("must be 1 to %d", orderhub.MaxLimit))
	}
	if err := faults.Err(); err != nil {
		return 0, err
	}
	if count {
		limit := fmt.Sprintf(" limit %d", orderhub.MaxTotal+1)
		if l.exact {
			limit = ""
		}
		_, err := queryRow(ctx, tx, fmt.Sprintf("/* count */ select count(*) from (select 1 from %s where %s%s) counted",
			l.table, w.String(), limit), w.args, &total)
		if err != nil {
			return 0, fmt.Errorf("store: count %s: %w", l.table, err)
		}
	}
	return total, nil
}

// arms are the parts of a list that are read one after the other until the
// page is full: behind a cursor first the rows of its own time, then those
// beyond. One condition on both columns would say the same, but SQLite uses
// only the first column of such a condition, and many rows may share a time.
func (l *listing) arms(w *where) []*where {
	if l.after == nil {
		return []*where{w}
	}
	column, than := l.columns[l.sort[0].Field], " > "
	if l.sort[0].Descending {
		than = " < "
	}
	same, beyond := w.clone(), w.clone()
	if column == l.id {
		beyond.and(l.id + than + beyond.arg(l.after.ID))
		return []*where{beyond}
	}
	same.and(column + " = " + same.arg(micros(l.after.At)))
	same.and(l.id + than + same.arg(l.after.ID))
	beyond.and(column + than + beyond.arg(micros(l.after.At)))
	return []*where{same, beyond}
}

// clause spells conditions, sort and page. IDs follow in the direction of the
// last sort field.
func (l *listing) clause(w *where, limit int) string {
	var by []string
	direction := ""
	for _, s := range l.sort {
		direction = " asc"
		if s.Descending {
			direction = " desc"
		}
		column := l.columns[s.Field]
		if l.few && column == l.id {
			column += " + 0" // which has no index that the database could follow instead
		}
		by = append(by, column+direction)
	}
	if l.columns[l.sort[len(l.sort)-1].Field] != l.id {
		by = append(by, l.id+direction)
	}
	return fmt.Sprintf("where %s order by %s limit %s offset %s",
		w.String(), strings.Join(by, ", "), w.arg(limit), w.arg(l.skip))
}

// readPage reads the rows of a page and one more, which tells whether there is
// a next page.
func readPage[Row any](l *listing, w *where, read func(clause string, args []any) ([]Row, error)) ([]Row, error) {
	var page []Row
	for _, arm := range l.arms(w) {
		clause := l.clause(arm, l.limit+1-len(page))
		rows, err := read(clause, arm.args)
		if err != nil {
			return nil, err
		}
		if page = append(page, rows...); len(page) > l.limit {
			break
		}
	}
	return page, nil
}

// next is where the next page begins after a row.
func (l *listing) next(created, updated time.Time, id int64) *orderhub.Cursor {
	if len(l.sort) > 1 || !placed(l.sort[0].Field) {
		return nil
	}
	if l.sort[0].Field == orderhub.SortUpdated {
		created = updated
	}
	return &orderhub.Cursor{At: created, ID: id}
}

// OrdersAmong returns those of the given orders that belong to the shop and
// for which the filter holds, the highest ID first.
func (tx *ShopTx) OrdersAmong(ctx context.Context, ids []orderhub.OrderID, f orderhub.OrderFilter) ([]*orderhub.Order, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	f.Among = ids
	reader, err := tx.readerOf(ctx, f)
	if err != nil {
		return nil, err
	}
	w := orderWhere(tx.shop, f, reader)
	return tx.orders(ctx, "OrdersAmong", "where "+w.String()+" order by order_id desc", w.args...)
}

// A where gathers conditions and their arguments.
type where struct {
	conditions []string
	args       []any
}

func (w *where) clone() *where {
	return &where{slices.Clone(w.conditions), slices.Clone(w.args)}
}

// arg keeps an argument and returns its place.
func (w *where) arg(value any) string {
	w.args = append(w.args, value)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) and(condition string) { w.conditions = append(w.conditions, condition) }

func (w *where) String() string { return strings.Join(w.conditions, " and ") }

var operators = map[orderhub.TimeOp]string{
	orderhub.Equal: "=", orderhub.NotEqual: "<>", orderhub.Before: "<", orderhub.BeforeOrAt: "<=",
	orderhub.After: ">", orderhub.AfterOrAt: ">=",
}

// orderWhere spells a filter, whose reader was found before.
func orderWhere(shop orderhub.ShopID, f orderhub.OrderFilter, reader *ExchangeReader) *where {
	w := new(where)
	if f.ToExport {
		w.and("+o.shop_id = " + w.arg(int64(shop))) // the orders that wait are looked up one by one
		w.toExport(reader)
	} else {
		w.and("o.shop_id = " + w.arg(int64(shop)))
	}
	switch {
	case f.Deleted:
		w.and("o.deleted_at <> 0")
	case f.ToExport && len(f.Statuses) == 0: // a reader learns of deleted orders, too
	default:
		w.and("o.deleted_at = 0")
	}
	if f.Among != nil && len(f.Among) == 0 {
		w.and("false")
	}
	in(w, "o.order_id", f.Among, func(id orderhub.OrderID) any { return int64(id) })
	in(w, "o.status", f.Statuses, func(s string) any { return s })
	for _, s := range f.Except {
		w.and("o.status <> " + w.arg(s))
	}
	in(w, "o.payment", f.Payments, func(p orderhub.PaymentState) any { return int64(p) })
	if in(w, "o.account", f.Accounts, func(a string) any { return a }); len(f.Accounts) > 0 {
		w.and("o.account <> ''") // the index is of these only
	}
	if f.Customer != 0 {
		w.and("o.customer_id = " + w.arg(int64(f.Customer)))
	}
	w.times("o.placed_at", f.Placed)
	w.times("o.updated_at", f.Updated)
	return w
}

// in lets a column hold one of the values, any when there are none.
func in[V any](w *where, column string, values []V, arg func(V) any) {
	if len(values) == 0 {
		return
	}
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = w.arg(arg(v))
	}
	w.and(column + " in (" + strings.Join(places, ", ") + ")")
}

func customerWhere(shop orderhub.ShopID, f orderhub.CustomerFilter) *where {
	w := new(where)
	w.and("c.shop_id = " + w.arg(int64(shop)))
	w.and("c.deleted_at = 0")
	if f.Unsubscribed != nil && *f.Unsubscribed {
		w.and("c.unsubscribed") // not as an argument: the index is of these only
	} else if f.Unsubscribed != nil {
		w.and("not c.unsubscribed")
	}
	if f.WithPhone {
		w.and("c.phone <> ''")
	}
	w.times("c.registered_at", f.Registered)
	w.times("c.updated_at", f.Updated)
	return w
}

func (w *where) times(column string, bounds []orderhub.TimeBound) {
	for _, b := range bounds {
		w.and(column + " " + operators[b.Op] + " " + w.arg(micros(b.At)))
	}
}
