// Package loyalty manages discount cards and bonus points.
//
// Both are sets of a batch. Cards holds the cards that its requests concern;
// changeCard alone decides what a card becomes, for services, files and undo.
// Ledger holds rows of the ledger, and wallets made of them: what a customer can
// spend, and owes.
//
//	order changes ─┐
//	by hand ───────┤            ┌─▶ rows, allocations
//	files ─────────┼─▶ wallets ─┤
//	expiry ────────┤            └─▶ events, versions of customers
//	undo ──────────┘
//
// Each act is a row; the balance is the sum of the rows that count and is never
// stored. Points that go out are allocated to those that came in, to that first
// which expires first, so that points which come back have the term that they
// had.
//
// The balance never falls below zero. What a returned order had earned, and its
// customer has spent, is owed: a pending row below zero, taken from the next
// points that come in. docs/adr/0012-bonus-ledger.md has the reasons.
//
// Records of the past add no points. What the ledger holds of an order agrees
// with it after them, too.
package loyalty

import "orderhub/internal/store"

// A Service looks after the cards and the points of all shops in a store.
type Service struct {
	DB *store.DB
}
