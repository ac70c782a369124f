// Package productdb keeps catalogues and the feeds that fill them in SQL.
// Package store embeds its types in transactions.
package productdb

import "orderhub/internal/store/query"

// ShopProducts is a transaction on the catalogue of one shop.
type ShopProducts struct{ *query.ShopTx }

// AllProducts is a transaction that finds the feeds of all shops that are due.
type AllProducts struct{ *query.Tx }

// ProductTable is the one whose ids are known before its rows are stored.
var ProductTable = query.Table{Name: "products", Key: "product_id"}
