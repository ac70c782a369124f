// Package importdb keeps imports, their steps and saved plans in SQL. Package
// store embeds its types in transactions.
package importdb

import "orderhub/internal/store/query"

// ShopImports is a transaction on the imports of one shop.
type ShopImports struct{ *query.ShopTx }

// AllImports is a transaction on the imports that wait for work, of any shop.
type AllImports struct{ *query.Tx }
