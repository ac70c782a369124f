package events_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orderhub"
	"orderhub/internal/events"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A journal is a store with a shop and what consumers have made of its events.
type journal struct {
	*testing.T
	db   *store.DB
	shop *orderhub.Shop

	mu      sync.Mutex
	handled map[string][]orderhub.EventID // by consumer
	batches map[string][]int              // how many wanted events each took
}

func each(t *testing.T, test func(j *journal)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		j := &journal{T: t, db: db, handled: make(map[string][]orderhub.EventID), batches: make(map[string][]int)}
		j.shop = &orderhub.Shop{Name: "main", Zone: "UTC", Currency: "PLN", Identify: orderhub.ByEmail}
		j.update(func(ctx context.Context, tx *store.Tx) error { return tx.CreateShop(ctx, j.shop) })
		test(j)
	})
}

func (j *journal) update(fn func(ctx context.Context, tx *store.Tx) error) {
	j.Helper()
	if err := j.db.Update(j.Context(), func(tx *store.Tx) error { return fn(j.Context(), tx) }); err != nil {
		j.Fatal(err)
	}
}

// record stores events of a kind in a transaction.
func (j *journal) record(kind orderhub.EventKind, n int) {
	j.Helper()
	all := make([]orderhub.Event, n)
	for i := range all {
		all[i] = orderhub.Event{Shop: j.shop.ID, Kind: kind, Order: 1, Customer: 1, At: storetest.Noon.Add(-time.Minute)}
	}
	j.update(func(ctx context.Context, tx *store.Tx) error { return tx.Shop(j.shop.ID).SaveEvents(ctx, all) })
}

// consumer is one that keeps what it handles, in the store too.
func (j *journal) consumer(name string, change func(*events.Consumer)) *events.Consumer {
	c := &events.Consumer{Name: name, Batch: 7, Pause: time.Millisecond}
	c.Prepare = func(_ context.Context, _ *store.Tx, all []orderhub.Event) (events.Handle, error) {
		return func(ctx context.Context, tx *store.Tx) error {
			n, err := tx.Shop(j.shop.ID).Counter(ctx, name)
			if err == nil {
				err = tx.Shop(j.shop.ID).SaveCounter(ctx, name, n+int64(len(all)))
			}
			if err == nil {
				j.note(name, all)
			}
			return err
		}, nil
	}
	if change != nil {
		change(c)
	}
	return c
}

func (j *journal) note(name string, all []orderhub.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range all {
		j.handled[name] = append(j.handled[name], e.ID)
	}
	j.batches[name] = append(j.batches[name], len(all))
}

func (j *journal) catchUp(c *events.Consumer, steps int) {
	j.Helper()
	storetest.Events(j, j.db) // all of which can be read then
	if err := events.CatchUp(j.Context(), j.db, c, steps); err != nil {
		j.Fatalf("CatchUp: %v", err)
	}
}

// want checks what the consumer has handled, and that the store has as much.
func (j *journal) want(name string, n int) {
	j.Helper()
	j.mu.Lock()
	got := slices.Clone(j.handled[name])
	j.mu.Unlock()
	if len(got) != n || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != n {
		j.Errorf("%s has handled %d events, want %d in their sequence: %v", name, len(got), n, got)
	}
	err := j.db.View(j.Context(), func(tx *store.Tx) error {
		stored, err := tx.Shop(j.shop.ID).Counter(j.Context(), name)
		if stored != int64(n) {
			j.Errorf("%s has stored %d events, want %d", name, stored, n)
		}
		return err
	})
	if err != nil {
		j.Error(err)
	}
}

// run lets an outbox run until the function that it returns is called.
func (j *journal) run(o *events.Outbox) (stop func()) {
	ctx, cancel := context.WithCancel(j.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.Run(ctx)
	}()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	j.Cleanup(stop)
	return stop
}

func (j *journal) wait(what string, until func() bool) {
	j.Helper()
	for end := time.Now().Add(30 * time.Second); !until(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			j.Fatalf("waited in vain for %s", what)
		}
	}
}

func (j *journal) count(name string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.handled[name])
}

func TestConsumerGoesOnWhereItWas(t *testing.T) {
	each(t, func(j *journal) {
		j.record(orderhub.OrderPlaced, 30)
		c := j.consumer("c", func(c *events.Consumer) { c.Batch = 1 })
		j.catchUp(c, 2) // of ten
		j.want("c", 20)
		j.catchUp(c, 0)
		j.catchUp(c, 0)
		j.want("c", 30)
		j.record(orderhub.OrderPlaced, 3)
		j.catchUp(c, 0)
		j.want("c", 33)
	})
}

func TestUnwantedEventsArePassedOver(t *testing.T) {
	each(t, func(j *journal) {
		c := j.consumer("c", func(c *events.Consumer) {
			c.Wants = func(k orderhub.EventKind) bool { return k == orderhub.OrderPlaced }
		})
		j.record(orderhub.OrderPlaced, 1)
		j.record(orderhub.ProductCreated, 2_500)
		j.record(orderhub.OrderPlaced, 1)
		j.record(orderhub.ProductCreated, 40)
		j.catchUp(c, 8)
		j.mu.Lock()
		if n := len(j.handled["c"]); n != 2 {
			t.Errorf("after 2,500 events that it does not want the consumer has handled %d, want 2", n)
		}
		j.mu.Unlock()
		position := func() (at store.Position) {
			if err := j.db.View(t.Context(), func(tx *store.Tx) (err error) { at, err = tx.Position(t.Context(), "c"); return err }); err != nil {
				t.Error(err)
			}
			return at
		}
		// Who catches up in steps does not pass over the same events each time.
		before := position()
		j.record(orderhub.ProductCreated, 2_500)
		j.catchUp(c, 2)
		if at := position(); at.Event < before.Event+800 {
			t.Errorf("the position is %v, want about 1,000 behind %v", at, before)
		}
		// Who keeps up stores it behind every 10,000 of them.
		before = position()
		for range 12 {
			j.record(orderhub.ProductCreated, 1_000)
		}
		j.run(&events.Outbox{DB: j.db, Log: slog.New(slog.DiscardHandler), Consumers: []*events.Consumer{c}})
		j.wait("the position to be stored", func() bool { return position().Event >= before.Event+10_000 })
	})
}

// The two events of one row are one step.
func TestEventsOfOneRowAreNotParted(t *testing.T) {
	each(t, func(j *journal) {
		j.update(func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(j.shop.ID).SaveEvents(ctx, []orderhub.Event{
				{Shop: j.shop.ID, Kind: orderhub.OrderPlaced, Order: 1, Customer: 1, CustomerMade: true, At: storetest.Noon},
				{Shop: j.shop.ID, Kind: orderhub.OrderPlaced, Order: 2, Customer: 2, CustomerMade: true, At: storetest.Noon},
			})
		})
		o := &events.Outbox{DB: j.db, Log: slog.New(slog.DiscardHandler), Consumers: []*events.Consumer{
			j.consumer("c", func(c *events.Consumer) { c.Batch = 1 }),
		}}
		j.run(o)
		j.wait("four events", func() bool { return j.count("c") == 4 })
		j.mu.Lock()
		defer j.mu.Unlock()
		for _, n := range j.batches["c"] {
			if n%2 != 0 {
				t.Errorf("batches of %v events: a row was parted", j.batches["c"])
			}
		}
	})
}

func TestEveryConsumerHandlesEveryEventOnce(t *testing.T) {
	each(t, func(j *journal) {
		names := []string{"a", "b", "c"}
		var stops []func()
		for range 2 { // programs
			var all []*events.Consumer
			for _, name := range names {
				all = append(all, j.consumer(name, nil))
			}
			stops = append(stops, j.run(&events.Outbox{DB: j.db, Log: slog.New(slog.DiscardHandler), Consumers: all, Poll: 5 * time.Millisecond}))
		}
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for range 25 {
					j.record(orderhub.OrderPlaced, 3)
				}
			})
		}
		writers.Wait()
		stored := func(name string) (n int64) {
			err := j.db.View(t.Context(), func(tx *store.Tx) (err error) {
				n, err = tx.Shop(j.shop.ID).Counter(t.Context(), name)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return n
		}
		for _, name := range names {
			j.wait(name, func() bool { return stored(name) >= 300 })
		}
		for _, stop := range stops {
			stop()
		}
		for _, name := range names {
			if n := stored(name); n != 300 {
				t.Errorf("%s has stored %d events, want 300", name, n)
			}
		}
	})
}

// On SQLite nothing holds events up, so the wake-up alone must do.
func TestCommitWakesAllConsumers(t *testing.T) {
	db := storetest.Open(t)
	j := &journal{T: t, db: db, handled: make(map[string][]orderhub.EventID), batches: make(map[string][]int)}
	j.shop = &orderhub.Shop{Name: "main", Zone: "UTC", Currency: "PLN", Identify: orderhub.ByEmail}
	j.update(func(ctx context.Context, tx *store.Tx) error { return tx.CreateShop(ctx, j.shop) })
	var all []*events.Consumer
	for i := range 5 {
		all = append(all, j.consumer(fmt.Sprint("c", i), nil))
	}
	j.run(&events.Outbox{DB: db, Log: slog.New(slog.DiscardHandler), Consumers: all, Poll: 1000 * time.Hour})
	for i := range 20 {
		j.record(orderhub.OrderPlaced, 1)
		for _, c := range all {
			j.wait(c.Name, func() bool { return j.count(c.Name) == i+1 })
		}
	}
}

// A consumer that fails at one event handles those before it, shows the failure
// and goes on when it is over; others do not notice.
func TestFailureHoldsNoOtherConsumer(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("a broken event") },
		"panic": func() error { panic("a bug") },
	} {
		t.Run(name, func(t *testing.T) { testFailure(t, fail) })
	}
}

func testFailure(t *testing.T, fail func() error) {
	each(t, func(j *journal) {
		j.record(orderhub.OrderPlaced, 20)
		bad := storetest.Events(t, j.db)[12].ID
		var broken sync.Map
		broken.Store("is", true)
		failing := j.consumer("failing", nil)
		prepare := failing.Prepare
		failing.Prepare = func(ctx context.Context, tx *store.Tx, all []orderhub.Event) (events.Handle, error) {
			_, is := broken.Load("is")
			if is && slices.ContainsFunc(all, func(e orderhub.Event) bool { return e.ID == bad }) {
				return nil, fail()
			}
			return prepare(ctx, tx, all)
		}
		o := &events.Outbox{DB: j.db, Log: slog.New(slog.DiscardHandler), Consumers: []*events.Consumer{failing, j.consumer("good", nil)}, Poll: time.Millisecond}
		o.FirstRetry(time.Millisecond)
		j.run(o)
		j.wait("the good consumer", func() bool { return j.count("good") == 20 })
		j.wait("what is before the event", func() bool { return j.count("failing") == 12 })
		j.wait("the failure to be seen", func() bool {
			s := o.Statuses()[0]
			return s.Consumer == "failing" && s.Failure != "" && s.Failed > 0 && s.Lag > 0
		})
		j.wait("the good one to be done", func() bool { return o.Statuses()[1].Lag == 0 && o.Statuses()[1].Failure == "" })
		broken.Delete("is")
		j.wait("the rest", func() bool { return j.count("failing") == 20 && o.Statuses()[0].Lag == 0 })
		j.want("failing", 20)
		registry := prometheus.NewRegistry()
		registry.MustRegister(o)
		metrics, err := registry.Gather()
		if err != nil || len(metrics) != 3 || len(metrics[0].Metric) != 2 {
			t.Errorf("the metrics are %v, %v, want three of two consumers", metrics, err)
		}
	})
}

// What was prepared behind a step that then could not be stored is not taken:
// the events of that step would be lost.
func TestFailedStepIsNotSkipped(t *testing.T) {
	each(t, func(j *journal) {
		j.record(orderhub.OrderPlaced, 300)
		bad := storetest.Events(t, j.db)[200].ID
		failures := 0
		c := j.consumer("c", func(c *events.Consumer) { c.Batch, c.Pause = 2, 10*time.Millisecond })
		prepare := c.Prepare
		c.Prepare = func(ctx context.Context, tx *store.Tx, all []orderhub.Event) (events.Handle, error) {
			handle, err := prepare(ctx, tx, all)
			return func(ctx context.Context, tx *store.Tx) error {
				if failures < 3 && slices.ContainsFunc(all, func(e orderhub.Event) bool { return e.ID == bad }) {
					failures++
					time.Sleep(5 * time.Millisecond) // let what follows be prepared
					return errors.New("cannot be stored now")
				}
				return handle(ctx, tx)
			}, err
		}
		o := &events.Outbox{DB: j.db, Log: slog.New(slog.DiscardHandler), Consumers: []*events.Consumer{c}}
		o.FirstRetry(time.Millisecond)
		j.run(o)
		j.wait("the last event", func() bool { return j.count("c") >= 299 })
		j.wait("all to be handled", func() bool { return o.Statuses()[0].Lag == 0 })
		j.want("c", 300)
	})
}

// While others write, batches are small; alone, a consumer takes larger ones.
func TestBatchesGrowWhenNobodyElseWrites(t *testing.T) {
	each(t, func(j *journal) {
		for range 4 {
			j.record(orderhub.OrderPlaced, 800)
		}
		storetest.Events(t, j.db)
		j.run(&events.Outbox{DB: j.db, Log: slog.New(slog.DiscardHandler), Consumers: []*events.Consumer{j.consumer("c", nil)}})
		j.wait("all", func() bool { return j.count("c") == 3_200 })
		j.mu.Lock()
		defer j.mu.Unlock()
		if b := j.batches["c"]; b[0] != 7 || slices.Max(b) <= 7 || slices.Max(b) > 70 {
			t.Errorf("the batches are %v, want 7 first and at most 70", b)
		}
	})
}
