package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"orderhub"
	"orderhub/internal/definitions"
	"orderhub/internal/events"
	"orderhub/internal/ordering"
	"orderhub/internal/search"
	"orderhub/internal/store"
)

// consumerMeasurements are those of the consumers of events.
func consumerMeasurements() []measurement {
	return []measurement{
		{name: "sqlite_without_consumers", unit: "orders/s", measure: besideConsumers(0)},
		{name: "sqlite_beside_ten_idle_consumers", unit: "orders/s", measure: besideConsumers(10)},
		{name: "events_read", unit: "events/s", measure: eventsRead, goal: goal{least: 50_000}},
		{name: "search_catch_up", unit: "orders/s", measure: searchCatchUp, goal: goal{least: 10_000}},
		{name: "lag_after_burst", unit: "s", measure: lagAfterBurst, goal: goal{most: 2}},
	}
}

// besideConsumers places orders in process beside consumers that want none of
// their events, and gives orders a second.
func besideConsumers(n int) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		s, shop, end, err := p.fresh(ctx, sqliteStore)
		if err != nil {
			return 0, err
		}
		defer end()
		idle := make([]*events.Consumer, n)
		for i := range idle {
			idle[i] = &events.Consumer{
				Name:  fmt.Sprint("idle ", i),
				Wants: func(k orderhub.EventKind) bool { return k == orderhub.CustomerActed },
			}
		}
		stop := runOutbox(ctx, s.DB, idle...)
		defer stop()
		orders := asSentAll(p.orders)
		begin := time.Now()
		_, err = place(ctx, s, shop, slices.Values(orders), p.connections)
		return float64(len(orders)) / time.Since(begin).Seconds(), err
	}
}

// runOutbox lets consumers run until the function that it returns is called.
func runOutbox(ctx context.Context, db *store.DB, all ...*events.Consumer) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&events.Outbox{DB: db, Log: slog.New(slog.DiscardHandler), Consumers: all}).Run(ctx)
	}()
	return func() { cancel(); <-ended }
}

// withOrders opens a fresh store that holds orders which no consumer has seen.
func (p *plan) withOrders(ctx context.Context, n int) (*store.DB, func(), error) {
	s, shop, end, err := p.fresh(ctx, sqliteStore)
	if err != nil {
		return nil, nil, err
	}
	for batch := range slices.Chunk(asSentAll(n), ordering.MaxBatch) {
		if err := s.PlaceAll(ctx, shop, batch); err != nil {
			end()
			return nil, nil, err
		}
	}
	return s.DB, end, nil
}

// eventsRead lets a consumer that wants all events read them in batches of 500,
// and gives events a second.
func eventsRead(ctx context.Context, p *plan) (float64, error) {
	db, end, err := p.withOrders(ctx, 5*p.orders)
	if err != nil {
		return 0, err
	}
	defer end()
	n := 0
	c := &events.Consumer{Name: "all", Batch: 50, Prepare: func(_ context.Context, _ *store.Tx, all []orderhub.Event) (events.Handle, error) {
		n += len(all)
		return nil, nil
	}}
	begin := time.Now()
	err = events.CatchUp(ctx, db, c, 0)
	return float64(n) / time.Since(begin).Seconds(), err
}

// searchCatchUp indexes orders that nothing else waits for, and gives orders a
// second.
func searchCatchUp(ctx context.Context, p *plan) (float64, error) {
	db, end, err := p.withOrders(ctx, p.orders)
	if err != nil {
		return 0, err
	}
	defer end()
	begin := time.Now()
	err = search.CatchUp(ctx, db)
	return float64(p.orders) / time.Since(begin).Seconds(), err
}

// lagAfterBurst gives the seconds from the end of a burst of 10,000 orders in
// bulks until the consumers of the program have handled all of them.
func lagAfterBurst(ctx context.Context, p *plan) (float64, error) {
	s, shop, end, err := p.fresh(ctx, sqliteStore)
	if err != nil {
		return 0, err
	}
	defer end()
	var handled atomic.Int64
	all := []*events.Consumer{counting(search.Consumer(), &handled), counting(definitions.Consumer(), &handled)}
	stop := runOutbox(ctx, s.DB, all...)
	defer stop()
	n := p.scaled(10_000)
	for batch := range slices.Chunk(asSentAll(n), ordering.MaxBatch) {
		if err := s.PlaceAll(ctx, shop, batch); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	for handled.Load() < int64(len(all)*n) {
		if time.Since(begin) > time.Minute {
			return 0, fmt.Errorf("after a minute the consumers have handled %d orders of %d", handled.Load(), len(all)*n)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(begin).Seconds(), ctx.Err()
}

// counting counts the placed orders that a consumer has handled.
func counting(c *events.Consumer, handled *atomic.Int64) *events.Consumer {
	prepare := c.Prepare
	c.Prepare = func(ctx context.Context, tx *store.Tx, all []orderhub.Event) (events.Handle, error) {
		handle, err := prepare(ctx, tx, all)
		return func(ctx context.Context, tx *store.Tx) error {
			if handle != nil {
				if err := handle(ctx, tx); err != nil {
					return err
				}
			}
			for _, e := range all {
				if e.Kind == orderhub.OrderPlaced {
					handled.Add(1)
				}
			}
			return nil
		}, err
	}
	return c
}
