package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"orderhub"
)

// ListOrders returns one page of a shop's orders with all their parts. A
// cursor with more than one sort field, a skip or a limit beyond the published
// ones are Invalid errors.
func (tx *Tx) ListOrders(ctx context.Context, shop orderhub.ShopID, f orderhub.OrderFilter) (*orderhub.OrderPage, error) {
	sort := f.Sort
	if len(sort) == 0 {
		sort = []orderhub.OrderSort{{Field: orderhub.SortPlaced, Descending: true}}
	}
	var faults orderhub.Faults
	if f.After != nil && len(sort) > 1 {
		faults.Wrong("after", "goes with one sort field only")
	}
	if f.Skip < 0 || f.Skip > orderhub.MaxSkip {
		faults.Wrong("skip", fmt.Sprintf("must be 0 to %d", orderhub.MaxSkip))
	}
	if f.Limit < 1 || f.Limit > orderhub.MaxLimit {
		faults.Wrong("limit", fmt.Sprintf("must be 1 to %d", orderhub.MaxLimit))
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	page := new(orderhub.OrderPage)
	w := orderWhere(shop, f)
	if f.Total {
		_, err := queryRow(ctx, tx, `/* ListOrders */ select count(*) from orders o where `+w.String(), w.args, &page.Total)
		if err != nil {
			return nil, fmt.Errorf("store: count orders: %w", err)
		}
	}
	if f.After != nil {
		w.after(sort[0], *f.After)
	}
	orders, err := tx.orders(ctx, "ListOrders", fmt.Sprintf(`where %s order by %s limit %s offset %s`,
		w.String(), orderBy(sort), w.arg(f.Limit+1), w.arg(f.Skip)), w.args...)
	if err != nil {
		return nil, err
	}
	if len(orders) > f.Limit {
		orders = orders[:f.Limit]
		page.More = true
		if len(sort) == 1 {
			page.Next = cursor(sort[0].Field, orders[f.Limit-1])
		}
	}
	page.Orders = orders
	return page, nil
}

// OrdersAmong returns those of the given orders that belong to the shop and
// for which the filter holds, the highest ID first.
func (tx *Tx) OrdersAmong(ctx context.Context, shop orderhub.ShopID, ids []orderhub.OrderID, f orderhub.OrderFilter) ([]*orderhub.Order, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w := orderWhere(shop, f)
	places := make([]string, len(ids))
	for i, id := range ids {
		places[i] = w.arg(int64(id))
	}
	w.and("o.order_id in (" + strings.Join(places, ", ") + ")")
	return tx.orders(ctx, "OrdersAmong", "where "+w.String()+" order by order_id desc", w.args...)
}

// A where gathers conditions and their arguments.
type where struct {
	conditions []string
	args       []any
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

var sortColumns = map[orderhub.OrderSortField]string{
	orderhub.SortPlaced: "placed_at", orderhub.SortUpdated: "updated_at",
}

func orderWhere(shop orderhub.ShopID, f orderhub.OrderFilter) *where {
	w := new(where)
	w.and("o.shop_id = " + w.arg(int64(shop)))
	w.and("o.deleted_at = 0")
	if len(f.Statuses) > 0 {
		places := make([]string, len(f.Statuses))
		for i, s := range f.Statuses {
			places[i] = w.arg(s)
		}
		w.and("o.status in (" + strings.Join(places, ", ") + ")")
	}
	if f.Customer != 0 {
		w.and("o.customer_id = " + w.arg(int64(f.Customer)))
	}
	for _, b := range f.Placed {
		w.and("o.placed_at " + operators[b.Op] + " " + w.arg(micros(b.At)))
	}
	for _, b := range f.Updated {
		w.and("o.updated_at " + operators[b.Op] + " " + w.arg(micros(b.At)))
	}
	return w
}

// after begins behind a cursor, in the sort's direction.
func (w *where) after(s orderhub.OrderSort, c orderhub.OrderCursor) {
	than := " > "
	if s.Descending {
		than = " < "
	}
	column := sortColumns[s.Field]
	w.and("(o." + column + ", o.order_id)" + than + "(" + w.arg(micros(c.At)) + ", " + w.arg(int64(c.ID)) + ")")
}

// orderBy spells the sort; IDs follow in the direction of the last field.
func orderBy(sort []orderhub.OrderSort) string {
	var all []string
	direction := ""
	for _, s := range sort {
		direction = " asc"
		if s.Descending {
			direction = " desc"
		}
		all = append(all, "o."+sortColumns[s.Field]+direction)
	}
	return strings.Join(slices.Concat(all, []string{"o.order_id" + direction}), ", ")
}

func cursor(field orderhub.OrderSortField, o *orderhub.Order) *orderhub.OrderCursor {
	c := &orderhub.OrderCursor{At: o.PlacedAt, ID: o.ID}
	if field == orderhub.SortUpdated {
		c.At = o.UpdatedAt
	}
	return c
}
