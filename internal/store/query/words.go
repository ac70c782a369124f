package query

import "maps"

// Words are what the databases spell differently.
type Words struct {
	Schema  map[string]string // the words that schema files leave open in {{braces}}
	Hold    string            // clause that holds a row until the transaction ends
	Skip    string            // clause that holds a row, passing over rows that others hold
	Settled string            // condition on events that no open transaction can still come before; "" where events have one sequence, that of their ids
	Lock    string            // statement that keeps other programs from changing the schema
	Arrays  bool              // many values travel as one array, which has a type of its own
	Shrinks bool              // deleted rows leave room that rows of the same transaction take

	// LockShop is the statement that takes the write lock of the shop $1 until
	// the transaction ends; "" where one program writes at a time.
	LockShop string
	// NextIDs makes the query for the next $1 ids of the rows of a table.
	NextIDs func(table, column string) string

	// The index of search texts, order_search, whose rows begin with the shop.
	SearchColumns []string                                   // the key of an order, and what SearchRow adds
	SearchKey     func(shop, order int64) int64              // of an order
	SearchRow     func(shop, order int64, text string) []any // what is stored of an order
	SearchShop    string                                     // condition for the rows of the shop $1
	Match         string                                     // query for the shop $1's orders whose text may fit $2, below $3, at most $4
	Pattern       func(parts []string) string                // makes the $2 of Match: all parts, folded, three letters or more each

	SearchTexts Inserter // of order_search; made by the store
}

// Checking is the words for a store whose database checks what refers to what,
// or not.
func (w Words) Checking(references bool) Words {
	if references {
		w.Schema = maps.Clone(w.Schema)
		w.Schema["references"] = "references $1"
		w.Schema["drop_references"] = ""
	}
	return w
}
