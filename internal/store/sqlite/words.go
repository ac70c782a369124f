package sqlite

import (
	"strings"

	"orderhub/internal/store"
)

var words = store.Words{
	Schema: map[string]string{
		"identity":  "integer primary key autoincrement", // an id is never used again
		"bytes":     "blob",
		"clustered": " without rowid",
		"cascade":   "",
		// References of old tables stay in their text and mean nothing.
		"drop_references": "",
		"events_by_id":    `drop index events_settled;`, // the key of the table is their sequence
		"ids_of_orders": `delete from sqlite_sequence where name = 'orders_moved';
			insert into sqlite_sequence (name, seq) select 'orders_moved', seq from sqlite_sequence where name = 'orders';`,
		"txid":           "0",
		"keys_by_bytes":  "",
		"own_ids":        "",
		"own_group_ids":  "",
		"search":         searchTable,
		"search_by_shop": searchTable,
		"shorter_indexes": endingWithRow(
			"orders_code on orders (shop_id, code) where code <> ''",
			"orders_placed on orders (shop_id, placed_at) where deleted_at = 0",
			"orders_updated on orders (shop_id, updated_at) where deleted_at = 0",
			"orders_id on orders (shop_id) where deleted_at = 0",
			"orders_deleted on orders (shop_id) where deleted_at <> 0",
			"orders_status on orders (shop_id, status, placed_at) where deleted_at = 0",
			"orders_customer on orders (customer_id, placed_at) where customer_id is not null",
			"orders_account on orders (shop_id, account) where account <> '' and deleted_at = 0",
			"orders_exchange on orders (shop_id, exchange_at)",
			"orders_email on orders (shop_id, email_key) where email_key <> ''",
			"orders_phone on orders (shop_id, phone_key) where phone_key <> ''",
			"customers_registered on customers (shop_id, registered_at) where deleted_at = 0",
			"customers_updated on customers (shop_id, updated_at) where deleted_at = 0",
			"customers_unsubscribed on customers (shop_id, registered_at) where unsubscribed and deleted_at = 0",
			"events_order on events (order_id) where order_id is not null",
		),
	},
	// The highest id that the table ever had, counted on: rows are inserted
	// with their ids, and autoincrement keeps the highest.
	NextIDs: func(table, _ string) string {
		return `/* NextIDs */
			with recursive n (i) as (select 1 union all select i + 1 from n where i < $1)
			select i + coalesce((select seq from sqlite_sequence where name = '` + table + `'), 0) from n where i <= $1`
	},
	Shrinks:       true,
	SearchColumns: []string{"rowid", "text"},
	SearchKey:     searchKey,
	SearchRow:     func(shop, order int64, text string) []any { return []any{searchKey(shop, order), text} },
	SearchShop:    `rowid >= $1 << 40 and rowid < ($1 + 1) << 40`,
	Match: `/* SearchIndex */
		select rowid & ((1 << 40) - 1) from order_search
		where order_search match $2 and rowid >= $1 << 40 and rowid < ($1 << 40) + min($3, 1 << 40)
		order by rowid desc limit $4`,
	Pattern: trigrams,
}

// endingWithRow makes indexes anew without the key of their table.
func endingWithRow(indexes ...string) string {
	var b strings.Builder
	for _, x := range indexes {
		name, _, _ := strings.Cut(x, " ")
		b.WriteString("drop index if exists " + name + ";\ncreate index if not exists " + x + ";\n")
	}
	return b.String()
}

// searchTable is contentless and without positions: a third of the size.
// Candidates are looked at again by the caller. The text arrives folded.
const searchTable = `create virtual table order_search using fts5 (
			text, content = '', contentless_delete = 1, detail = none,
			tokenize = 'trigram case_sensitive 1');`

// searchKey is the number of an order's row in the index. It begins with the
// shop: the only order of rows that such a table has is that of their numbers.
func searchKey(shop, order int64) int64 { return shop<<40 | order }

// trigrams asks for orders that hold all three-letter pieces of all parts;
// the index knows pieces only. A few dozen pieces narrow it down enough.
func trigrams(parts []string) string {
	const most = 40
	var pieces []string
	for _, part := range parts {
		letters := []rune(part)
		for i := 0; i+3 <= len(letters) && len(pieces) < most; i++ {
			pieces = append(pieces, `"`+strings.ReplaceAll(string(letters[i:i+3]), `"`, `""`)+`"`)
		}
	}
	return strings.Join(pieces, " AND ")
}
