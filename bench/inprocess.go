package main

import (
	"cmp"
	"context"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
	"orderhub/internal/store/sqlite"
)

// An opener opens a fresh store.
type opener func(ctx context.Context, dir string) (db *store.DB, end func(), err error)

// inProcess places the same orders as ingest without HTTP, keys and JSON and
// gives orders a second. 0 writers are as many as there are connections.
func inProcess(open opener, writers int) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		s, shop, end, err := p.fresh(ctx, open)
		if err != nil {
			return 0, err
		}
		defer end()
		orders := asSentAll(p.orders)
		begin := time.Now()
		p.took["inprocess"], err = place(ctx, s, shop, slices.Values(orders), cmp.Or(writers, p.connections))
		return float64(len(orders)) / time.Since(begin).Seconds(), err
	}
}

// inBatches places the same orders in batches of the greatest size, one batch
// after the other, and gives orders a second.
func inBatches(open opener) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		s, shop, end, err := p.fresh(ctx, open)
		if err != nil {
			return 0, err
		}
		defer end()
		begin := time.Now()
		for batch := range slices.Chunk(asSentAll(p.orders), ordering.MaxBatch) {
			if err := s.PlaceAll(ctx, shop, batch); err != nil {
				return 0, err
			}
		}
		return float64(p.orders) / time.Since(begin).Seconds(), nil
	}
}

// fresh opens a fresh store with a shop.
func (p *plan) fresh(ctx context.Context, open opener) (*ordering.Service, *orderhub.Shop, func(), error) {
	dir, err := os.MkdirTemp(p.dir, "store")
	if err != nil {
		return nil, nil, nil, err
	}
	db, closeStore, err := open(ctx, dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, nil, err
	}
	end := func() { closeStore(); os.RemoveAll(dir) }
	if _, err := db.Migrate(ctx); err != nil {
		end()
		return nil, nil, nil, err
	}
	shop, err := shopOf(ctx, db)
	if err != nil {
		end()
		return nil, nil, nil, err
	}
	return &ordering.Service{DB: db}, shop, end, nil
}

func asSentAll(n int) []*orderhub.Order {
	orders := make([]*orderhub.Order, 0, n)
	for o := range sample.Orders(1, n, time.Now()) {
		orders = append(orders, asSent(o))
	}
	return orders
}

// place gives orders to the service from a number of writers at once and
// returns how long each took.
func place(ctx context.Context, s *ordering.Service, shop *orderhub.Shop, orders iter.Seq[*orderhub.Order], writers int) ([]time.Duration, error) {
	waiting := make(chan *orderhub.Order, writers)
	took := make([][]time.Duration, writers)
	g, ctx := errgroup.WithContext(ctx)
	for w := range writers {
		g.Go(func() error {
			for o := range waiting {
				begin := time.Now()
				if err := s.Place(ctx, shop, o); err != nil {
					return err
				}
				took[w] = append(took[w], time.Since(begin))
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(waiting)
		for o := range orders {
			select {
			case waiting <- o:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	err := g.Wait()
	return slices.Concat(took...), err
}

// flushAndBatch measures, in milliseconds, one bare flush and one group commit
// of so many orders: what an order must wait for at least when the group that
// it joins is as large as that.
func flushAndBatch(batch int) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		const times = 60
		bare, err := flush(ctx, p) // microseconds
		if err != nil {
			return 0, err
		}
		s, shop, end, err := p.fresh(ctx, sqliteStore)
		if err != nil {
			return 0, err
		}
		defer end()
		orders := asSentAll(batch * times)
		took := make([]time.Duration, 0, times)
		for group := range slices.Chunk(orders, batch) {
			d, err := commitTogether(ctx, s, shop, group)
			if err != nil {
				return 0, err
			}
			took = append(took, d)
		}
		slices.Sort(took)
		return bare/1000 + milliseconds(took[len(took)/2]), nil
	}
}

// commitTogether places orders in one commit: the writer is held until they
// all stand in its queue.
func commitTogether(ctx context.Context, s *ordering.Service, shop *orderhub.Shop, orders []*orderhub.Order) (time.Duration, error) {
	held, release := make(chan bool), make(chan bool)
	var g errgroup.Group
	g.Go(func() error {
		return s.DB.Update(ctx, func(*store.Tx) error { close(held); <-release; return nil })
	})
	<-held
	var begun sync.WaitGroup
	for _, o := range orders {
		begun.Add(1)
		g.Go(func() error { begun.Done(); return s.Place(ctx, shop, o) })
	}
	begun.Wait()
	time.Sleep(3 * time.Millisecond) // from here to the queue
	begin := time.Now()
	close(release)
	err := g.Wait()
	return time.Since(begin), err
}

func sqliteStore(ctx context.Context, dir string) (*store.DB, func(), error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, "orderhub.db"), sqlite.Options{})
	return db, func() { db.Close() }, err
}

func postgresStore(ctx context.Context, _ string) (*store.DB, func(), error) {
	address, drop, err := freshDatabase(ctx)
	if err != nil {
		return nil, nil, err
	}
	db, err := postgres.Open(ctx, address, postgres.Options{})
	return db, func() { db.Close(); drop() }, err
}
