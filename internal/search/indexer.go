package search

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
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
	for ctx.Err() == nil {
		n, err := x.Step(ctx)
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
// position change in one transaction. What goes into the index is read before
// it, so that other writers need not wait for the reading: an order that
// changes in between has another event, by which it comes again.
func (x *Indexer) Step(ctx context.Context) (int, error) {
	b, err := x.read(ctx)
	if err != nil || b.events == 0 {
		return 0, err
	}
	return x.store(ctx, b)
}

// A batch is what some events mean for the index.
type batch struct {
	events        int
	before, after store.Position
	touched       []orderdb.IndexEntry // each order once, without a text
	entries       []orderdb.IndexEntry // of those that are not deleted
}

// orders are the ids of those that are touched.
func (b *batch) orders() []orderhub.OrderID {
	ids := make([]orderhub.OrderID, len(b.touched))
	for i, e := range b.touched {
		ids[i] = e.Order
	}
	return ids
}

// passed is how many events a batch passes over that are of no order. A feed
// makes one for each product: by batches of the usual size the orders behind them
// would be found minutes later.
const passed = 1_000

// readEvents reads the next events, at most a number of them, and finds out
// which orders they touch.
func (b *batch) readEvents(ctx context.Context, tx *store.Tx, most int) error {
	events, before, after, err := tx.Upcoming(ctx, reader, most)
	if err != nil {
		return err
	}
	b.events, b.before, b.after = len(events), before, after
	seen := make(map[orderhub.OrderID]bool)
	for _, e := range events {
		if e.Order != 0 && !seen[e.Order] {
			seen[e.Order] = true
			b.touched = append(b.touched, orderdb.IndexEntry{Shop: e.Shop, Order: e.Order})
		}
	}
	return nil
}

// read takes the next batch of events.
func (x *Indexer) read(ctx context.Context) (batch, error) {
	var b batch
	err := x.DB.View(ctx, func(tx *store.Tx) error {
		b = batch{}
		most := orElse(x.Batch, 25)
		if err := b.readEvents(ctx, tx, most); err != nil {
			return err
		}
		if b.events >= most && len(b.touched) == 0 {
			var more batch
			if err := more.readEvents(ctx, tx, passed); err != nil {
				return err
			}
			if len(more.touched) <= most {
				b = more
			}
		}
		orders, err := tx.OrdersToIndex(ctx, b.orders())
		for _, o := range orders {
			b.entries = append(b.entries, orderdb.IndexEntry{Shop: o.Shop, Order: o.ID, Text: Text(o), Keys: orderdb.ProductKeys(o)})
		}
		return err
	})
	return b, err
}

// store puts the texts of orders that are still there into the index, and
// takes the others out: of an order that is gone for good no event may be left
// to do so. It stores nothing when another program has taken the batch.
func (x *Indexer) store(ctx context.Context, b batch) (taken int, err error) {
	err = x.DB.Update(ctx, func(tx *store.Tx) error {
		taken = 0
		ours, err := tx.Advance(ctx, reader, b.before, b.after)
		if err != nil || !ours {
			return err
		}
		live, err := tx.LiveOrders(ctx, b.orders())
		if err != nil {
			return err
		}
		here := make(map[orderhub.OrderID]bool, len(b.entries))
		entries := make([]orderdb.IndexEntry, 0, len(b.entries))
		for _, e := range b.entries {
			if live[e.Order] {
				here[e.Order] = true
				entries = append(entries, e)
			}
		}
		gone := slices.DeleteFunc(slices.Clone(b.touched), func(e orderdb.IndexEntry) bool { return here[e.Order] })
		if err := tx.UnindexOrders(ctx, gone); err != nil {
			return err
		}
		if err := tx.IndexOrders(ctx, entries); err != nil {
			return err
		}
		taken = b.events
		return nil
	})
	return taken, err
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
