package search

import (
	"context"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/events"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// Consumer keeps the search index up with the orders. While others write, its
// batches are small and its pauses long, so that they do not feel it: an order
// should be found within two seconds, but when more than 250 a second come for
// long, storing them goes first.
func Consumer() *events.Consumer {
	return &events.Consumer{Name: "search", Wants: changesText, Batch: 25, Pause: 95 * time.Millisecond, Prepare: prepare}
}

// CatchUp indexes all that can be read now.
func CatchUp(ctx context.Context, db *store.DB) error { return events.CatchUp(ctx, db, Consumer(), 0) }

// changesText reports whether an event of the kind may change what an order is
// found by.
func changesText(k orderhub.EventKind) bool {
	switch k {
	case orderhub.OrderPlaced, orderhub.OrderChanged, orderhub.OrderDeleted, orderhub.OrderRestored, orderhub.OrderPurged:
		return true
	}
	return false
}

// prepare makes the entries of the orders that events are about. An order that
// changes in between has another event, by which it comes again.
func prepare(ctx context.Context, tx *store.Tx, all []orderhub.Event) (events.Handle, error) {
	var touched []orderdb.IndexEntry // each order once, without a text
	var ids []orderhub.OrderID
	seen := make(map[orderhub.OrderID]bool, len(all))
	for _, e := range all {
		if !seen[e.Order] {
			seen[e.Order] = true
			touched = append(touched, orderdb.IndexEntry{Shop: e.Shop, Order: e.Order})
			ids = append(ids, e.Order)
		}
	}
	orders, err := tx.OrdersToIndex(ctx, ids)
	if err != nil {
		return nil, err
	}
	entries := make([]orderdb.IndexEntry, len(orders))
	for i, o := range orders {
		entries[i] = orderdb.IndexEntry{Shop: o.Shop, Order: o.ID, Text: Text(o), Keys: orderdb.ProductKeys(o)}
	}
	return func(ctx context.Context, tx *store.Tx) error { return index(ctx, tx, ids, touched, entries) }, nil
}

// index puts the entries of orders that are still there into the index, and
// takes the other orders out: of an order that is gone for good no event may be
// left to do so.
func index(ctx context.Context, tx *store.Tx, ids []orderhub.OrderID, touched, entries []orderdb.IndexEntry) error {
	live, err := tx.LiveOrders(ctx, ids)
	if err != nil {
		return err
	}
	here := make(map[orderhub.OrderID]bool, len(entries))
	var kept []orderdb.IndexEntry
	for _, e := range entries {
		if live[e.Order] {
			here[e.Order] = true
			kept = append(kept, e)
		}
	}
	gone := slices.DeleteFunc(slices.Clone(touched), func(e orderdb.IndexEntry) bool { return here[e.Order] })
	if err := tx.UnindexOrders(ctx, gone); err != nil {
		return err
	}
	return tx.IndexOrders(ctx, kept)
}
