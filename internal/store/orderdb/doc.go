// Package orderdb keeps orders and customers in SQL, with what belongs to them:
// identities, groups, suppressed addresses, readers of the exchange, the search
// index and the names of custom fields. Package store embeds its types in
// transactions.
package orderdb

import "orderhub/internal/store/query"

// ShopOrders is a transaction on the orders and customers of one shop.
type ShopOrders struct{ *query.ShopTx }

// AllOrders is a transaction on the indexes of the orders of all shops. It
// changes no order.
type AllOrders struct{ *query.Tx }

// The tables whose ids are known before their rows are stored.
var (
	OrderTable    = query.Table{Name: "orders", Key: "order_id"}
	CustomerTable = query.Table{Name: "customers", Key: "customer_id"}
	GroupTable    = query.Table{Name: "customer_groups", Key: "group_id"}
)
