// Package jobs works on what was put off: jobs are rows that were stored in
// the transaction that caused them (store.Tx, Enqueue), so a job exists
// exactly when its cause does. A job that fails is tried again, later each
// time; one that was running when the program died is taken up by another.
// A job may therefore run twice, and every kind must bear that.
//
// The queue is River's, on either database. The package knows the kinds and
// their time-table, and leaves their meaning to the packages they belong to.
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

// A Chore is a job that comes back by itself.
type Chore struct {
	Kind  string // its name in the queue
	Every time.Duration
	Do    func(context.Context) error
}

// Tidy asks the database to look after itself: statistics for its query
// planner and, on SQLite, a short log.
func Tidy(db *store.DB) Chore { return Chore{"store.tidy", 6 * time.Hour, db.Tidy} }

// A Runner works on jobs.
type Runner struct {
	DB  *store.DB
	Log *slog.Logger
	// Workers is how many jobs run at the same time; 0 is 50.
	Workers int
	// Grace is how long running jobs may take to end when the runner stops;
	// 0 is 10 s.
	Grace time.Duration
	// Chores come back by themselves.
	Chores []Chore
	// Register adds kinds of jobs that others enqueue; nil for none.
	Register func(*river.Workers)
}

// Run works on jobs until ctx ends, then waits for those that run.
func (r *Runner) Run(ctx context.Context) error {
	kinds := river.NewWorkers()
	var periodic []*river.PeriodicJob
	for _, c := range r.Chores {
		periodic = append(periodic, c.add(kinds))
	}
	if r.Register != nil {
		r.Register(kinds)
	}
	workers, err := r.start(ctx, &river.Config{
		Workers:      kinds,
		Queues:       map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: orElse(r.Workers, 50)}},
		PeriodicJobs: periodic,
		Logger:       slog.New(quiet{r.Log.Handler()}),
		ErrorHandler: failures{r.Log},
	})
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

// add makes a chore known to the queue.
func (c Chore) add(kinds *river.Workers) *river.PeriodicJob {
	job := chore{c.Kind}
	river.AddWorkerArgs(kinds, job, river.WorkFunc(func(ctx context.Context, _ *river.Job[chore]) error {
		return c.Do(ctx)
	}))
	return river.NewPeriodicJob(river.PeriodicInterval(c.Every),
		func() (river.JobArgs, *river.InsertOpts) { return job, nil }, nil)
}

// A chore is what of a Chore stands in the queue: its name.
type chore struct{ kind string }

func (c chore) Kind() string { return c.kind }

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
