// Package loyalty looks after discount cards and bonus points.
//
// Cards are issued, changed, found and deleted by the rules of the tills that
// know them. Points are a ledger: each act is a row, the balance is the sum of
// the rows that count and is never stored. What goes out is drawn on what came
// in, on that first which expires first, so that a spending that is undone
// gives the points back with the expiry that they had.
//
// The balance never falls below zero. Who writes points off holds the customer
// until the end of the transaction. What a returned order had earned, and its
// customer has spent, is owed: a pending row below zero, taken from the next
// points that come in. docs/adr/0012-bonus-ledger.md says why.
//
// What a file brings in is judged in memory, row by row and by the same rules,
// and stored in few statements. Nothing follows from history: its orders move
// no points, until something happens to them later.
package loyalty

import "orderhub/internal/store"

// A Service looks after the cards and the points of all shops in a store.
type Service struct {
	DB *store.DB
}
