package storetest

import (
	"context"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// Record stores events, as a batch does: they happen at the time of the
// transaction, and their actor is the one who acts in ctx.
func Record(ctx context.Context, tx *store.Tx, events ...orderhub.Event) error {
	for _, e := range events {
		e.At, e.Actor = tx.Now(), orderhub.ActorOf(ctx)
		if err := tx.Shop(e.Shop).SaveEvents(ctx, []orderhub.Event{e}); err != nil {
			return err
		}
	}
	return nil
}

// Events are all events of a store, the oldest first, as soon as they can be
// read: transactions of other tests on the same server hold them up for a
// moment.
func Events(t testing.TB, db *store.DB) []orderhub.Event {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var all []orderhub.Event
		rows := 0
		err := db.View(t.Context(), func(tx *store.Tx) error {
			records, err := tx.EventsAfter(t.Context(), store.Position{}, 1_000_000)
			for _, r := range records {
				if all = append(all, r.Event); r.Sub == 0 {
					rows++
				}
			}
			return err
		})
		if err != nil {
			t.Fatalf("events: %v", err)
		}
		n, err := db.Count(t.Context())
		switch {
		case err != nil:
			t.Fatalf("events: %v", err)
		case rows == n.Events:
			return all
		case time.Now().After(end):
			t.Fatalf("%d of %d events can be read", rows, n.Events)
		}
	}
}
