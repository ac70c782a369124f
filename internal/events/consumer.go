package events

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A Consumer says which events it wants and what it makes of them.
type Consumer struct {
	// Name is the one under which the consumer's position is stored.
	Name string
	// Wants reports whether a kind of event concerns the consumer; nil is all.
	Wants func(orderhub.EventKind) bool
	// Batch is how many wanted events a transaction takes at most while other
	// writers are at work; 0 is 100. Alone, the consumer takes up to ten times as
	// many.
	Batch int
	// Pause is the rest between two batches while other writers are at work; 0 is
	// 50 ms.
	Pause time.Duration
	// Prepare reads what the events need, in a View that shows their changes. So
	// other writers need not wait for the reading. What it returns is nil when
	// nothing has to be stored.
	Prepare func(ctx context.Context, tx *store.Tx, events []orderhub.Event) (Handle, error)
}

// A Handle stores what a consumer made of events, in the transaction that moves
// its position. It may run more than once.
type Handle func(ctx context.Context, tx *store.Tx) error

const (
	defaultBatch = 100
	// manyTimes is by how much a batch grows while no other writer is at work.
	manyTimes = 10
	// passedUnsaved is how many events that it does not want a consumer passes
	// over before it stores its position.
	passedUnsaved = 10_000
	// readAtOnce is how many events a step reads at most.
	readAtOnce = 500
)

func (c *Consumer) batch() int { return cmp.Or(c.Batch, defaultBatch) }

func (c *Consumer) wants(k orderhub.EventKind) bool { return c.Wants == nil || c.Wants(k) }

// A runner takes a consumer on, step by step.
type runner struct {
	*Consumer
	db     *store.DB
	tail   *tail
	others *others

	saved  store.Position // as the store had it
	passed store.Position // from there on, without a wanted event
	skips  int            // events between the two
	ahead  chan prepared  // the next step, which is prepared already; nil for none
}

func newRunner(db *store.DB, t *tail, o *others, c *Consumer) *runner {
	return &runner{Consumer: c, db: db, tail: t, others: o}
}

// A prepared step is what a consumer takes next.
type prepared struct {
	read   int            // events
	wanted int            // of them
	after  store.Position // behind the last that was read
	oldest time.Time      // of the wanted ones
	handle Handle         // nil when nothing has to be stored
	err    error
}

// step handles the next events, at most a number of wanted ones, and returns how
// many events it has passed: 0 when none are left, or when another program was
// quicker. While it stores, it may prepare the step that follows.
func (r *runner) step(ctx context.Context, most int, ahead bool) (n int, oldest time.Time, err error) {
	p := r.next(ctx, most)
	switch {
	case p.err != nil || p.read == 0:
		return 0, p.oldest, p.err
	case p.wanted == 0 && r.skips+p.read < passedUnsaved:
		r.passed, r.skips = p.after, r.skips+p.read
		return p.read, p.oldest, nil
	}
	if ahead {
		next := make(chan prepared, 1)
		r.ahead = next
		go func() { next <- r.prepare(ctx, p.after, most) }()
	}
	err = r.db.Update(ctx, func(tx *store.Tx) error {
		n = 0
		ours, err := tx.Advance(ctx, r.Name, r.saved, p.after)
		if err != nil || !ours {
			return err
		}
		n = p.read
		if p.handle == nil {
			return nil
		}
		return p.handle(ctx, tx)
	})
	if err != nil || n == 0 {
		r.ahead = nil // it came behind a step that was not taken
		return 0, p.oldest, err
	}
	r.others.wrote()
	r.saved, r.passed, r.skips = p.after, p.after, 0
	return n, p.oldest, nil
}

// next is the step that was prepared ahead, or the one behind the consumer's
// position.
func (r *runner) next(ctx context.Context, most int) prepared {
	if ahead := r.ahead; ahead != nil {
		r.ahead = nil
		return <-ahead
	}
	err := r.db.View(ctx, func(tx *store.Tx) error {
		at, err := tx.Position(ctx, r.Name)
		if err == nil && at != r.saved { // the first step, or another program has moved it
			r.saved, r.passed, r.skips = at, at, 0
		}
		return err
	})
	if err != nil {
		return prepared{err: err}
	}
	return r.prepare(ctx, r.passed, most)
}

// prepare reads the events behind a position and what they need. A panic is a
// failure of the consumer like any other.
func (r *runner) prepare(ctx context.Context, from store.Position, most int) (p prepared) {
	defer func() {
		if bug := recover(); bug != nil {
			p.err = fmt.Errorf("consumer %s: panic: %v\n%s", r.Name, bug, debug.Stack())
		}
	}()
	var records []store.Record
	p.err = r.db.View(ctx, func(tx *store.Tx) (err error) {
		records, err = r.tail.read(ctx, tx, from, readAtOnce)
		return err
	})
	var wanted []orderhub.Event
	for i, e := range records {
		is := r.wants(e.Kind)
		if is && len(wanted) >= most && e.After != p.after { // two events may share a place
			break
		}
		if is {
			wanted = append(wanted, e.Event)
		}
		p.read, p.after = i+1, e.After
	}
	if p.wanted = len(wanted); p.err != nil || p.wanted == 0 {
		return p
	}
	p.oldest = wanted[0].At
	// A View that begins now shows at least what the events are about.
	p.err = r.db.View(ctx, func(tx *store.Tx) (err error) {
		p.handle, err = r.Prepare(ctx, tx, wanted)
		return err
	})
	return p
}

// CatchUp lets a consumer handle all events that can be read now, in at most so
// many steps; 0 is any number. What was committed beside a transaction that
// still runs has to wait for that one.
func CatchUp(ctx context.Context, db *store.DB, c *Consumer, steps int) error {
	r := newRunner(db, new(tail), new(others), c)
	for i := 0; steps == 0 || i < steps; i++ {
		n, _, err := r.step(ctx, manyTimes*c.batch(), true)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	return r.savePassed(ctx)
}

// savePassed stores how far a consumer has come when it would be long to pass
// over the same events again.
func (r *runner) savePassed(ctx context.Context) error {
	if r.skips < readAtOnce/2 {
		return nil
	}
	return r.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Advance(ctx, r.Name, r.saved, r.passed)
		return err
	})
}
