package storetest

import (
	"context"

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
