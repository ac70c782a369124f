package orderdb

import (
	"context"
	"time"

	"orderhub"
	"orderhub/internal/store/query"
)

var customerSorts = map[orderhub.SortField]string{
	orderhub.SortCreated: "c.registered_at", orderhub.SortUpdated: "c.updated_at", orderhub.SortID: "c.customer_id",
}

// ListCustomers returns one page of a shop's customers; its errors are those
// of ListOrders.
func (tx ShopOrders) ListCustomers(ctx context.Context, f orderhub.CustomerFilter) (*orderhub.CustomerPage, error) {
	l := query.Listing{Table: "customers c", ID: "c.customer_id", Columns: customerSorts, Sort: f.Sort, After: f.After, Skip: f.Skip, Limit: f.Limit, Exact: f.Exact}
	w := customerWhere(tx.ShopID, f)
	total, err := l.Begin(ctx, tx, w, f.Total)
	if err != nil {
		return nil, err
	}
	customers, err := query.ReadPage(&l, w, func(clause string, args []any) ([]*orderhub.Customer, error) {
		return readCustomers(ctx, tx, clause, args...)
	})
	if err != nil {
		return nil, err
	}
	page := &orderhub.CustomerPage{Total: total}
	page.Customers, page.More, page.Next = query.Cut(&l, customers, func(x *orderhub.Customer) (created, updated time.Time, id int64) {
		return x.RegisteredAt, x.UpdatedAt, int64(x.ID)
	})
	return page, nil
}

func customerWhere(shop orderhub.ShopID, f orderhub.CustomerFilter) *query.Where {
	w := new(query.Where)
	w.And("c.shop_id = " + w.Arg(int64(shop)))
	w.And("c.deleted_at = 0")
	if f.Unsubscribed != nil && *f.Unsubscribed {
		w.And("c.unsubscribed") // not as an argument: the index is of these only
	} else if f.Unsubscribed != nil {
		w.And("not c.unsubscribed")
	}
	if f.WithPhone {
		w.And("c.phone <> ''")
	}
	w.Times("c.registered_at", f.Registered)
	w.Times("c.updated_at", f.Updated)
	return w
}
