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
