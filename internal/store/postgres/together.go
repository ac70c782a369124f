package postgres

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"orderhub/internal/store"
)

// Together runs functions in turn, each until it waits for an answer. When all
// of them wait, their statements go out as one message.
func (c *conn) Together(ctx context.Context, fns ...func(store.Conn) error) error {
	return together(fns, func(asked []queued) error {
		c.queue = append(c.queue, asked...)
		return c.flush(ctx)
	}, c)
}

// together runs functions as strands; ask answers what they wait for.
func together(fns []func(store.Conn) error, ask func([]queued) error, queue *conn) error {
	strands := make([]*strand, len(fns))
	for i, fn := range fns {
		s := newStrand(fn, queue)
		defer s.stop()
		if err := s.goOn(); err != nil {
			return err
		}
		strands[i] = s
	}
	for {
		var asked []queued
		for _, s := range strands {
			asked = append(asked, s.asked...)
		}
		if len(asked) == 0 {
			return nil
		}
		if err := ask(asked); err != nil {
			return err
		}
	}
}

// A strand is one of the functions that run together, and the transaction as
// that function sees it. Only one strand runs at a time.
type strand struct {
	conn *conn // for what is only sent

	next  func() (struct{}, bool) // lets the function run until it waits
	stop  func()                  // lets it end
	yield func(struct{}) bool     // waits; false when the function is to end

	asked []queued   // what it waits for
	rows  store.Rows // the answer
	err   error      // that it has ended with
}

// errStopped ends a function of which another one has failed.
var errStopped = errors.New("postgres: the transaction has failed")

func newStrand(fn func(store.Conn) error, c *conn) *strand {
	s := &strand{conn: c}
	s.next, s.stop = iter.Pull(func(yield func(struct{}) bool) {
		s.yield = yield
		s.err = fn(s)
	})
	return s
}

// goOn lets the function run until it waits or ends. It returns the error that
// it ended with.
func (s *strand) goOn() error {
	s.asked = nil
	s.next()
	return s.err
}

// Query waits for the answer together with the other strands.
func (s *strand) Query(_ context.Context, query string, args ...any) (store.Rows, error) {
	s.asked = []queued{{query, args, func(r store.Rows) error {
		s.rows = r
		return s.goOn()
	}}}
	if !s.yield(struct{}{}) {
		return nil, errStopped
	}
	return s.rows, nil
}

// Exec is a Query of which only the number of rows matters.
func (s *strand) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := s.Query(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	r.Close()
	return r.(pgx.Rows).CommandTag().RowsAffected(), r.Err()
}

// Send queues a statement for the next message.
func (s *strand) Send(ctx context.Context, read func(store.Rows) error, query string, args ...any) error {
	return s.conn.Send(ctx, read, query, args...)
}

// Together runs functions beside the other strands.
func (s *strand) Together(_ context.Context, fns ...func(store.Conn) error) error {
	return together(fns, func(asked []queued) error {
		last := &asked[len(asked)-1]
		read := last.read
		last.read = func(r store.Rows) error {
			if err := read(r); err != nil {
				return err
			}
			return s.goOn()
		}
		s.asked = asked
		if !s.yield(struct{}{}) {
			return errStopped
		}
		return nil
	}, s.conn)
}

// Enqueue is not for functions that run together.
func (s *strand) Enqueue(context.Context, river.JobArgs) error {
	return errors.New("postgres: a job is enqueued among look-ups")
}
