package search

import (
	"context"
	"log/slog"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// reader is the name under which the events' position is saved.
const reader = "search"

// An Indexer keeps the search index up with the orders. Several programs may
// run one each: they take turns.
type Indexer struct {
	DB    *store.DB
	Log   *slog.Logger
	Batch int           // events a transaction; 0 is 25, few enough not to be felt by other writers
	Pause time.Duration // rest between batches while orders pour in; 0 is 12 ms
	Poll  time.Duration // how often to look for what other programs wrote; 0 is 1 s
}

// Run indexes until ctx ends. A failure is logged and tried again.
func (x *Indexer) Run(ctx context.Context) {
	pause, poll := orElse(x.Pause, 12*time.Millisecond), orElse(x.Poll, time.Second)
	more := false // surely, so that we need not look first
	for ctx.Err() == nil {
		n, err := x.step(ctx, more)
		more = err == nil && n == x.batch()
		if err != nil && ctx.Err() == nil {
			x.Log.Error("search index", "error", err)
		}
		if err == nil && n > 0 {
			wait(ctx, pause, nil)
			continue
		}
		wait(ctx, poll, x.DB.Committed())
	}
}

// CatchUp indexes all that is there now; where transactions overlap, what was
// committed beside one that still runs has to wait for that one.
func (x *Indexer) CatchUp(ctx context.Context) error {
	for {
		n, err := x.Step(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

// Step takes one batch of events and returns how many it took: 0 when the
// index is complete, or when another program is at work. The index and the
// position change in one transaction.
func (x *Indexer) Step(ctx context.Context) (int, error) { return x.step(ctx, false) }

func (x *Indexer) batch() int { return orElse(x.Batch, 25) }

func (x *Indexer) step(ctx context.Context, unread bool) (int, error) {
	if !unread {
		err := x.DB.View(ctx, func(tx *store.Tx) (err error) {
			unread, err = tx.Unread(ctx, reader)
			return err
		})
		if err != nil || !unread {
			return 0, err
		}
	}
	taken := 0
	err := x.DB.Update(ctx, func(tx *store.Tx) error {
		events, after, err := tx.ReadEvents(ctx, reader, x.batch())
		if taken = len(events); err != nil || taken == 0 {
			return err
		}
		if err := index(ctx, tx, events); err != nil {
			return err
		}
		return tx.SavePosition(ctx, reader, after)
	})
	return taken, err
}

func index(ctx context.Context, tx *store.Tx, events []orderhub.Event) error {
	seen := make(map[orderhub.OrderID]bool)
	var touched []orderhub.OrderID
	for _, e := range events {
		if e.Order != 0 && !seen[e.Order] {
			seen[e.Order] = true
			touched = append(touched, e.Order)
		}
	}
	orders, err := tx.OrdersToIndex(ctx, touched)
	if err != nil {
		return err
	}
	for _, o := range orders {
		delete(seen, o.ID)
		if err := tx.IndexOrder(ctx, o.ID, Text(o)); err != nil {
			return err
		}
	}
	for id := range seen { // deleted
		if err := tx.UnindexOrder(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// wait sleeps until the time is over, something is heard or ctx ends.
func wait(ctx context.Context, d time.Duration, heard <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-heard:
	}
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
