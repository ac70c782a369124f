// Package carddb keeps discount cards and the ledger of bonus points in SQL.
// Package store embeds its types in transactions.
package carddb

import "orderhub/internal/store/query"

// ShopCards is a transaction on the cards and points of one shop.
type ShopCards struct{ *query.ShopTx }

// AllCards is a transaction that finds what is due in the ledgers of all shops.
type AllCards struct{ *query.Tx }

// The tables whose ids are known before their rows are stored.
var (
	CardTable  = query.Table{Name: "cards", Key: "card_id"}
	BonusTable = query.Table{Name: "bonus_entries", Key: "entry_id"}
)
