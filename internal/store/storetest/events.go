package storetest

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
)

// Record stores events, as a batch does: they happen at the time of the
// transaction, and their actor is the one who acts in ctx.
func Record(ctx context.Context, tx *store.Tx, events ...orderhub.Event) error {
	all := make([]orderhub.Event, len(events))
	for i, e := range events {
		e.At, e.Actor = tx.Now(), orderhub.ActorOf(ctx)
		all[i] = e
	}
	return tx.SaveEvents(ctx, all)
}
