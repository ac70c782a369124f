package orderdb

import (
	"context"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/query"
)

// ListOrders returns one page of a shop's orders with all their parts. A
// cursor with more than one sort field or with a skip, and a skip or a limit
// beyond the published ones are Invalid errors.
func (tx ShopOrders) ListOrders(ctx context.Context, f orderhub.OrderFilter) (*orderhub.OrderPage, error) {
	l := query.Listing{Table: "orders o", ID: "o.order_id", Columns: orderSorts, Sort: f.Sort, After: f.After, Skip: f.Skip, Limit: f.Limit, Exact: f.Exact}
	reader, err := tx.readerOf(ctx, f)
	if err != nil {
		return nil, err
	}
	w := orderWhere(tx.ShopID, f, reader)
	total, err := l.Begin(ctx, tx, w, f.Total)
	if err != nil {
		return nil, err
	}
	if l.Few, err = tx.rareStatus(ctx, f); err != nil {
		return nil, err
	}
	orders, err := query.ReadPage(&l, w, func(clause string, args []any) ([]*orderhub.Order, error) {
		return readOrders(ctx, tx, "ListOrders", clause, args...)
	})
	if err != nil {
		return nil, err
	}
	if reader != nil && !f.ToExport { // what is still to be taken has no mark
		if err := tx.fillExported(ctx, reader, orders); err != nil {
			return nil, err
		}
	}
	page := &orderhub.OrderPage{Total: total}
	page.Orders, page.More, page.Next = query.Cut(&l, orders, func(x *orderhub.Order) (created, updated time.Time, id int64) {
		return x.PlacedAt, x.UpdatedAt, int64(x.ID)
	})
	return page, nil
}

// rare is how many orders of a status are picked and sorted at most: picking
// so many takes a few milliseconds.
const rare = 5_000

// rareStatus says whether a list by ID is of one status that few orders have.
// They are picked by their status. Orders of a status that many have are met
// soon on the way through all orders.
func (tx ShopOrders) rareStatus(ctx context.Context, f orderhub.OrderFilter) (bool, error) {
	if len(f.Statuses) != 1 || len(f.Sort) != 1 || f.Sort[0].Field != orderhub.SortID || f.ToExport || f.Deleted {
		return false, nil
	}
	var n int
	_, err := query.Row(ctx, tx, `/* rareStatus */ select count(*) from (
		select 1 from orders o where shop_id = $1 and status = $2 and deleted_at = 0 limit $3) counted`,
		[]any{int64(tx.ShopID), f.Statuses[0], rare + 1}, &n)
	if err != nil {
		return false, fmt.Errorf("store: orders of status %s: %w", f.Statuses[0], err)
	}
	return n <= rare, nil
}

var orderSorts = map[orderhub.SortField]string{
	orderhub.SortCreated: "o.placed_at", orderhub.SortUpdated: "o.updated_at",
	orderhub.SortID: "o.order_id", orderhub.SortNumber: "o.number", orderhub.SortCode: "o.code",
	orderhub.SortStatus: "o.status", orderhub.SortStatusAt: "o.status_at", orderhub.SortTotal: "o.total",
	orderhub.SortPayment: "o.payment", orderhub.SortPaidAt: "o.paid_at", orderhub.SortAccount: "o.account",
	orderhub.SortSource: "o.source", orderhub.SortCustomer: "coalesce(o.customer_id, 0)", // databases differ on where null belongs
}

// OrdersAmong returns those of the given orders that belong to the shop and
// for which the filter holds, the highest ID first.
func (tx ShopOrders) OrdersAmong(ctx context.Context, ids []orderhub.OrderID, f orderhub.OrderFilter) ([]*orderhub.Order, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	f.Among = ids
	reader, err := tx.readerOf(ctx, f)
	if err != nil {
		return nil, err
	}
	w := orderWhere(tx.ShopID, f, reader)
	return readOrders(ctx, tx, "OrdersAmong", "where "+w.String()+" order by order_id desc", w.Args...)
}

// orderWhere spells a filter, whose reader was found before.
func orderWhere(shop orderhub.ShopID, f orderhub.OrderFilter, reader *ExchangeReader) *query.Where {
	w := new(query.Where)
	if f.ToExport {
		w.And("+o.shop_id = " + w.Arg(int64(shop))) // the orders that wait are looked up one by one
		toExport(w, reader)
	} else {
		w.And("o.shop_id = " + w.Arg(int64(shop)))
	}
	switch {
	case f.Deleted:
		w.And("o.deleted_at <> 0")
	case f.ToExport && len(f.Statuses) == 0: // a reader learns of deleted orders, too
	default:
		w.And("o.deleted_at = 0")
	}
	if f.Among != nil && len(f.Among) == 0 {
		w.And("false")
	}
	query.In(w, "o.order_id", f.Among, func(id orderhub.OrderID) any { return int64(id) })
	query.In(w, "o.status", f.Statuses, func(s string) any { return s })
	for _, s := range f.Except {
		w.And("o.status <> " + w.Arg(s))
	}
	query.In(w, "o.payment", f.Payments, func(p orderhub.PaymentState) any { return int64(p) })
	if query.In(w, "o.account", f.Accounts, func(a string) any { return a }); len(f.Accounts) > 0 {
		w.And("o.account <> ''") // the index is of these only
	}
	if f.Customer != 0 {
		w.And("o.customer_id = " + w.Arg(int64(f.Customer)))
	}
	w.Times("o.placed_at", f.Placed)
	w.Times("o.updated_at", f.Updated)
	return w
}
