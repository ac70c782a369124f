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

	"orderhub/internal/store"
)

// Tidy asks the database to look after itself: statistics for its query
// planner and, on SQLite, a short log.
type Tidy struct{}

// Kind names the job in the queue.
func (Tidy) Kind() string { return "store.tidy" }

const tidyEvery = 6 * time.Hour

// A Runner works on jobs.
type Runner struct {
	DB  *store.DB
	Log *slog.Logger
	// Workers is how many jobs run at the same time; 0 is 50.
	Workers int
	// Grace is how long running jobs may take to end when the runner stops;
	// 0 is 10 s.
	Grace time.Duration
	// Register adds kinds of jobs beside our own; nil for none.
	Register func(*river.Workers)
}

// Run works on jobs until ctx ends, then waits for those that run.
func (r *Runner) Run(ctx context.Context) error {
	kinds := river.NewWorkers()
	river.AddWorker(kinds, river.WorkFunc(func(ctx context.Context, _ *river.Job[Tidy]) error {
		return r.DB.Tidy(ctx)
	}))
	if r.Register != nil {
		r.Register(kinds)
	}
	workers, err := r.DB.Workers(&river.Config{
		Workers:      kinds,
		Queues:       map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: orElse(r.Workers, 50)}},
		PeriodicJobs: []*river.PeriodicJob{every(tidyEvery, Tidy{})},
		Logger:       slog.New(quiet{r.Log.Handler()}),
	})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	// Not with ctx: when it ends, running jobs may finish.
	if err := workers.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("jobs: start: %w", err)
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), orElse(r.Grace, 10*time.Second))
	defer cancel()
	if err := workers.Stop(stop); err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	return nil
}

func every(d time.Duration, job river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(d), func() (river.JobArgs, *river.InsertOpts) { return job, nil }, nil)
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
