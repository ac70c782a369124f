package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"orderhub/internal/store"
)

// A Kind is one sort of job: its name, the queue in which its jobs wait, and
// who works on them. Of and Chore make one.
type Kind struct {
	name     string
	queue    string
	workers  int // of a queue of its own
	add      func(*river.Workers)
	periodic *river.PeriodicJob // nil: the jobs are enqueued by others
}

// Of is the kind of the jobs that a worker works on and that others enqueue.
// The jobs themselves tell their name (river.JobArgs) and their queue
// (river.JobArgsWithInsertOpts). What depends on servers outside belongs into a
// queue of its own: when they do not answer, nothing else has to wait. Workers
// is how many jobs of that queue run at the same time, the same for all kinds
// in it; it is 0 for kinds in the default queue, which has Runner.Workers.
func Of[T river.JobArgs](worker river.Worker[T], workers int) Kind {
	var job T
	return Kind{
		name: job.Kind(), queue: queueOf(job), workers: workers,
		add: func(kinds *river.Workers) { river.AddWorkerArgs(kinds, job, worker) },
	}
}

func queueOf(job river.JobArgs) string {
	if j, ok := job.(river.JobArgsWithInsertOpts); ok {
		return orElse(j.InsertOpts().Queue, river.QueueDefault)
	}
	return river.QueueDefault
}

// Chore is the kind of a job that comes back by itself, in the default queue.
func Chore(name string, every time.Duration, do func(context.Context) error) Kind {
	job := chore{name}
	return Kind{
		name: name, queue: river.QueueDefault,
		add: func(kinds *river.Workers) {
			river.AddWorkerArgs(kinds, job, river.WorkFunc(func(ctx context.Context, _ *river.Job[chore]) error {
				return do(ctx)
			}))
		},
		periodic: river.NewPeriodicJob(river.PeriodicInterval(every),
			func() (river.JobArgs, *river.InsertOpts) { return job, nil }, nil),
	}
}

// A chore is what of a Chore stands in the queue: its name.
type chore struct{ kind string }

// Kind is its name in the queue.
func (c chore) Kind() string { return c.kind }

// Tidy asks the database to look after itself: statistics for its query
// planner and, on SQLite, a short log.
func Tidy(db *store.DB) Kind { return Chore("store.tidy", 6*time.Hour, db.Tidy) }
