package events

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"orderhub/internal/store"
)

// An Outbox runs the consumers of a program.
type Outbox struct {
	DB        *store.DB
	Log       *slog.Logger
	Consumers []*Consumer
	// Poll is how often to look for what other programs wrote; 0 is 1 s. What
	// this program writes is noticed at once.
	Poll time.Duration

	tail       tail
	others     others
	state      sync.Map      // of a consumer's name, *state
	firstRetry time.Duration // for tests; 0 is firstRetry
}

const (
	defaultPoll  = time.Second
	defaultPause = 50 * time.Millisecond
	firstRetry   = time.Second
	lastRetry    = time.Minute
	// quietTime is how long no other must have written before a consumer takes
	// large batches.
	quietTime = 300 * time.Millisecond
)

// Run lets each consumer handle events until ctx ends.
func (o *Outbox) Run(ctx context.Context) {
	var g sync.WaitGroup
	for _, c := range o.Consumers {
		g.Go(func() { o.run(ctx, newRunner(o.DB, &o.tail, &o.others, c), o.stateOf(c.Name)) })
	}
	g.Wait()
}

func (o *Outbox) run(ctx context.Context, r *runner, s *state) {
	most, failed := r.batch(), 0
	for ctx.Err() == nil {
		committed := o.DB.Committed() // asked for before the step, so that no commit goes unnoticed
		n, oldest, err := r.step(ctx, most, most > r.batch())
		s.note(n, oldest, err)
		switch {
		case err != nil && ctx.Err() == nil:
			failed++
			o.Log.Error("events", "consumer", r.Name, "failed", failed, "error", err)
			most = max(1, most/2) // what comes before the event that fails is handled
			wait(ctx, retryAfter(failed, cmp.Or(o.firstRetry, firstRetry)), nil)
		case n == 0:
			failed = 0
			wait(ctx, cmp.Or(o.Poll, defaultPoll), committed)
		case o.others.quiet(o.DB.Commits()):
			failed, most = 0, min(2*most, manyTimes*r.batch())
		default:
			failed, most = 0, r.batch()
			wait(ctx, cmp.Or(r.Pause, defaultPause), nil)
		}
	}
}

// others are the writers of this program that are no consumers.
type others struct {
	mu      sync.Mutex
	own     int64 // commits of consumers
	commits int64 // of the others, when they were last counted
	since   time.Time
}

// quiet reports whether the others have not written for a while, given how many
// commits there were in all.
func (o *others) quiet(commits int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if foreign := commits - o.own; foreign != o.commits {
		o.commits, o.since = foreign, time.Now()
	}
	return time.Since(o.since) > quietTime
}

// wrote counts a commit of a consumer.
func (o *others) wrote() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.own++
}

// retryAfter is how long a consumer waits that has failed so many times one
// after the other: twice as long each time.
func retryAfter(failed int, first time.Duration) time.Duration {
	d := min(first<<min(failed-1, 10), lastRetry)
	return d - time.Duration(rand.Int64N(int64(d/4)+1))
}

// wait sleeps until the time is over, something was committed or ctx ends.
func wait(ctx context.Context, d time.Duration, committed <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-committed:
	}
}
