package events

import (
	"cmp"
	"context"
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
	// Pause is the rest between two batches while other writers are at work.
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
	// manyTimes is by how much a batch grows while nobody else writes.
	manyTimes = 10
	// passedUnsaved is how many events that it does not want a consumer passes
	// over before it stores its position.
	passedUnsaved = 10_000
	// readAtOnce is how many events a step reads at most.
	readAtOnce = 1_000
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
	oldest time.Time      // of the wanted events of the last step
}

func newRunner(db *store.DB, t *tail, o *others, c *Consumer) *runner {
	return &runner{Consumer: c, db: db, tail: t, others: o}
}

// A window is what a step takes.
type window struct {
	read   int              // events
	wanted []orderhub.Event // of them
	after  store.Position   // behind the last that was read
}

// step handles the next events, at most a number of wanted ones, and returns how
// many events it has passed: 0 when none are left, or when another program was
// quicker.
func (r *runner) step(ctx context.Context, most int) (n int, err error) {
	w, err := r.next(ctx, most)
	if err != nil || w.read == 0 {
		return 0, err
	}
	if len(w.wanted) == 0 && r.skips+w.read < passedUnsaved {
		r.passed, r.skips = w.after, r.skips+w.read
		return w.read, nil
	}
	var handle Handle
	if len(w.wanted) > 0 {
		// A View that begins now shows at least what the events are about.
		err := r.db.View(ctx, func(tx *store.Tx) (err error) {
			handle, err = r.Prepare(ctx, tx, w.wanted)
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	err = r.db.Update(ctx, func(tx *store.Tx) error {
		n = 0
		ours, err := tx.Advance(ctx, r.Name, r.saved, w.after)
		if err != nil || !ours {
			return err
		}
		n = w.read
		if handle == nil {
			return nil
		}
		return handle(ctx, tx)
	})
	if err != nil {
		return n, err
	}
	if r.others.wrote(); n > 0 {
		r.saved, r.passed, r.skips = w.after, w.after, 0
	}
	return n, nil
}

// next reads the next events behind the consumer's position.
func (r *runner) next(ctx context.Context, most int) (w window, err error) {
	var records []store.Record
	err = r.db.View(ctx, func(tx *store.Tx) error {
		at, err := tx.Position(ctx, r.Name)
		if err != nil {
			return err
		}
		if at != r.saved { // the first step, or another program has moved it
			r.saved, r.passed, r.skips = at, at, 0
		}
		records, err = r.tail.read(ctx, tx, r.passed, readAtOnce)
		return err
	})
	if err != nil {
		return w, err
	}
	r.oldest = time.Time{}
	for i, e := range records {
		wanted := r.wants(e.Kind)
		if wanted && len(w.wanted) >= most && e.After != w.after { // two events may share a place
			break
		}
		if wanted {
			if len(w.wanted) == 0 {
				r.oldest = e.At
			}
			w.wanted = append(w.wanted, e.Event)
		}
		w.read, w.after = i+1, e.After
	}
	return w, nil
}

// CatchUp lets a consumer handle all events that can be read now, in at most so
// many steps; 0 is any number. What was committed beside a transaction that
// still runs has to wait for that one.
func CatchUp(ctx context.Context, db *store.DB, c *Consumer, steps int) error {
	r := newRunner(db, new(tail), new(others), c)
	for i := 0; steps == 0 || i < steps; i++ {
		n, err := r.step(ctx, manyTimes*c.batch())
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}
