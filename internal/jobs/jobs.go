// Package jobs works on what was put off: jobs are rows that were stored in
// the transaction that caused them (store.Tx, Enqueue), so a job exists
// exactly when its cause does. A job that fails is tried again, later each
// time; one that was running when the program died is taken up by another.
// A job may therefore run twice, and every kind must bear that.
//
// The queue is River's, on either database. The package knows the kinds, their
// queues and their time-table, and leaves their meaning to the packages they
// belong to. A new kind is one more value in the list of the program.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"orderhub/internal/store"
)

// A Runner works on jobs.
type Runner struct {
	DB  *store.DB
	Log *slog.Logger
	// Kinds are all kinds of jobs that may be in the queue.
	Kinds []Kind
	// Workers is how many jobs of the default queue run at the same time; 0
	// is 50.
	Workers int
	// Grace is how long running jobs may take to end when the runner stops;
	// 0 is 10 s.
	Grace time.Duration
}

// Run works on jobs until ctx ends, then waits for those that run.
func (r *Runner) Run(ctx context.Context) error {
	c, err := r.config()
	if err != nil {
		return err
	}
	workers, err := r.start(ctx, c)
	if workers == nil {
		return err
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), orElse(r.Grace, 10*time.Second))
	defer cancel()
	if err := workers.Stop(stop); err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	return nil
}

// config is what the queue has to know of the kinds.
//
// The queue has a clock of its own, the machine's or the database's, and not
// the store's: River takes another one for tests only (river.Config.Test), and
// even then rescues and cleans up by the machine's. With a clock a day behind
// it would take every running job for a stuck one and run it again. So what is
// due at a time of the shop is a row with that time, for which a chore looks.
func (r *Runner) config() (*river.Config, error) {
	c := &river.Config{
		Workers:      river.NewWorkers(),
		Queues:       map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: orElse(r.Workers, 50)}},
		Logger:       slog.New(quiet{r.Log.Handler()}),
		ErrorHandler: failures{r.Log},
	}
	names := make(map[string]bool)
	for _, k := range r.Kinds {
		if names[k.name] {
			return nil, fmt.Errorf("jobs: two kinds are called %s", k.name)
		}
		names[k.name] = true
		k.add(c.Workers)
		if k.periodic != nil {
			c.PeriodicJobs = append(c.PeriodicJobs, k.periodic)
		}
		switch q, known := c.Queues[k.queue]; {
		case k.queue == river.QueueDefault && k.workers == 0:
		case known && q.MaxWorkers != k.workers:
			return nil, fmt.Errorf("jobs: %s gives the queue %s %d workers, which has %d", k.name, k.queue, k.workers, q.MaxWorkers)
		default:
			c.Queues[k.queue] = river.QueueConfig{MaxWorkers: k.workers}
		}
	}
	return c, nil
}

// start starts the workers. It tries again while the database is away, which
// is no reason for the server to end; when ctx ends before, there are none.
func (r *Runner) start(ctx context.Context, c *river.Config) (store.Workers, error) {
	for ctx.Err() == nil {
		workers, err := r.DB.Workers(c)
		if err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
		// Not with ctx: when it ends, running jobs may finish.
		if err = workers.Start(context.WithoutCancel(ctx)); err == nil {
			return workers, nil
		}
		r.Log.Error("job queue cannot start yet", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil, nil
}

// failures tells of every attempt that failed: to the queue itself that is
// its daily round.
type failures struct{ log *slog.Logger }

// HandleError logs what a job returned.
func (f failures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.Error("job failed", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", err)
	return nil
}

// HandlePanic has nothing to add: the queue logs panics as errors.
func (failures) HandlePanic(context.Context, *rivertype.JobRow, any, string) *river.ErrorHandlerResult {
	return nil
}

// quiet lets warnings and errors of the queue through: its daily round is of
// no interest.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
