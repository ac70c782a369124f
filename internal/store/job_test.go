package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A note is a job that is only remembered.
type note struct {
	Text string `json:"text"`
}

func (note) Kind() string { return "note" }

// work runs jobs until the test ends and sends what they say.
func work(t *testing.T, db *store.DB) <-chan string {
	t.Helper()
	said := make(chan string, 1000)
	kinds := river.NewWorkers()
	river.AddWorker(kinds, river.WorkFunc(func(_ context.Context, job *river.Job[note]) error {
		said <- job.Args.Text
		return nil
	}))
	workers, err := db.Workers(&river.Config{
		Workers:           kinds,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}},
		FetchCooldown:     5 * time.Millisecond,
		FetchPollInterval: 10 * time.Millisecond,
		Logger:            slog.New(slog.DiscardHandler),
		TestOnly:          true,
	})
	if err != nil {
		t.Fatalf("workers: %v", err)
	}
	if err := workers.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := workers.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return said
}

// Jobs put off by many transactions, of which some fail: those that committed
// are worked once, the others never were.
func TestJobIsWorkedOnceExactlyWhenItsTransactionCommits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		refused := errors.New("no")
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					if err := tx.Enqueue(t.Context(), note{fmt.Sprint(i)}); err != nil {
						return fmt.Errorf("enqueue: %w", err)
					}
					if i%4 == 3 {
						return refused
					}
					return nil
				})
				if i%4 == 3 && !errors.Is(err, refused) || i%4 != 3 && err != nil {
					t.Errorf("update %d: %v", i, err)
				}
			})
		}
		wg.Wait()

		said := work(t, db)
		heard := map[string]int{}
		for range 30 {
			heard[receive(t, said, "a job")]++
		}
		// One more job, put off while the others are done, must come next:
		// what is left over would come before it.
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Enqueue(ctx, note{"last"}) })
		if last := receive(t, said, "the last job"); last != "last" {
			t.Errorf("heard %q once more, or of a transaction that failed", last)
		}
		for i := range 40 {
			want := 1
			if i%4 == 3 {
				want = 0
			}
			if heard[fmt.Sprint(i)] != want {
				t.Errorf("job %d was worked %d times, want %d", i, heard[fmt.Sprint(i)], want)
			}
		}
	})
}

// Workers share the one writing connection of SQLite with everybody else.
func TestWorkersAndWritersGoOnTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		said := work(t, db)
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := range 10 {
					err := db.Update(t.Context(), func(tx *store.Tx) error {
						number := fmt.Sprint(w, "-", i)
						if err := storetest.CreateOrders(t.Context(), tx, nil, plainOrder(shop.ID, number)); err != nil {
							return err
						}
						return tx.Enqueue(t.Context(), note{number})
					})
					if err != nil {
						t.Errorf("update: %v", err)
					}
				}
			})
		}
		wg.Wait()
		heard := map[string]bool{}
		for range 40 {
			number := receive(t, said, "a job")
			if heard[number] || find(t, db, shop.ID, number) == nil {
				t.Errorf("job %s came twice, or before its order", number)
			}
			heard[number] = true
		}
	})
}
