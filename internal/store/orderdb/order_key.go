package orderdb

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/store/query"
)

// An OrderKey is a name by which a shop's orders are known.
type OrderKey uint8

const (
	ByNumber  OrderKey = iota // of orders that are not deleted: at most one
	ByCode                    // the accounting system's: several may have one
	ByPayment                 // the number of one of its payment documents
)

var orderKeyQueries = map[OrderKey]string{
	ByNumber:  `select number, order_id from orders where shop_id = $1 and deleted_at = 0 and number %s`,
	ByCode:    `select code, order_id from orders where shop_id = $1 and code <> '' and code %s order by order_id desc`,
	ByPayment: `select number, order_id from order_payments where shop_id = $1 and number %s order by order_id desc`,
}

// OrderIDsBy finds all orders of a shop that have one of the values as a key:
// their IDs by the value, the youngest first. Deleted orders are among them,
// except by number.
func (tx ShopOrders) OrderIDsBy(ctx context.Context, key OrderKey, values []string) (map[string][]orderhub.OrderID, error) {
	// Each value once: two statements would find its orders twice.
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	found := make(map[string][]orderhub.OrderID, len(values))
	err := query.EachChunk(tx, values, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(r query.Rows) error {
			var value string
			var id int64
			err := r.Scan(&value, &id)
			found[value] = append(found[value], orderhub.OrderID(id))
			return err
		}, "/* OrderIDsBy */ "+fmt.Sprintf(orderKeyQueries[key], in), args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: orders by key: %w", err)
	}
	return found, nil
}

// OrderIDsOf lists orders of a customer, deleted ones too, the first placed
// first, at most limit.
func (tx ShopOrders) OrderIDsOf(ctx context.Context, customer orderhub.CustomerID, limit int) ([]orderhub.OrderID, error) {
	return foundIDs(ctx, tx, `/* OrderIDsOf */
		select order_id from orders where customer_id = $1 and +shop_id = $3
		order by placed_at, order_id limit $2`, int64(customer), limit, int64(tx.ShopID))
}

// OrderContent is all that is stored of an order, as text that tells two
// contents apart.
func OrderContent(o *orderhub.Order) []byte {
	return fmt.Append(nil, orderValues(o, Keys{}, 0)...)
}
