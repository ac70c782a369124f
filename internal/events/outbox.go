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
	state      sync.Map      // of a consumer's name, *state
	firstRetry time.Duration // for tests; 0 is firstRetry
}

const (
	defaultPoll  = time.Second
	defaultPause = 50 * time.Millisecond
	firstRetry   = time.Second
	lastRetry    = time.Minute
)

// Run lets each consumer handle events until ctx ends.
func (o *Outbox) Run(ctx context.Context) {
	var g sync.WaitGroup
	for _, c := range o.Consumers {
		g.Go(func() { o.run(ctx, newRunner(o.DB, &o.tail, c), o.stateOf(c.Name)) })
	}
	g.Wait()
}

func (o *Outbox) run(ctx context.Context, r *runner, s *state) {
	most, failed := r.batch(), 0
	for ctx.Err() == nil {
		committed, commits := o.DB.Committed(), o.DB.Commits()
		n, err := r.step(ctx, most)
		s.note(n, r.oldest, err)
		switch {
		case err != nil && ctx.Err() == nil:
			failed++
			o.Log.Error("events", "consumer", r.Name, "failed", failed, "error", err)
			most = max(1, most/2) // what comes before the event that fails is handled
			wait(ctx, retryAfter(failed, cmp.Or(o.firstRetry, firstRetry)), nil)
		case n == 0:
			failed = 0
			wait(ctx, cmp.Or(o.Poll, defaultPoll), committed)
		case o.DB.Commits() <= commits+1: // no other writer was at work
			failed, most = 0, min(2*most, manyTimes*r.batch())
		default:
			failed, most = 0, r.batch()
			wait(ctx, cmp.Or(r.Pause, defaultPause), nil)
		}
	}
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
