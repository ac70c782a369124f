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

// together runs functions as coroutines; ask answers what they wait for.
func together(fns []func(store.Conn) error, ask func([]queued) error, queue *conn) error {
	coroutines := make([]*coroutine, len(fns))
	for i, fn := range fns {
		co := newCoroutine(fn, queue)
		defer co.stop()
		if err := co.goOn(); err != nil {
			return err
		}
		coroutines[i] = co
	}
	for {
		var asked []queued
		for _, co := range coroutines {
			asked = append(asked, co.asked...)
		}
		if len(asked) == 0 {
			return nil
		}
		if err := ask(asked); err != nil {
			return err
		}
	}
}

// A coroutine is one of the functions that run together, and the transaction as
// that function sees it. Only one coroutine runs at a time.
type coroutine struct {
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

func newCoroutine(fn func(store.Conn) error, c *conn) *coroutine {
	co := &coroutine{conn: c}
	co.next, co.stop = iter.Pull(func(yield func(struct{}) bool) {
		co.yield = yield
		co.err = fn(co)
	})
	return co
}

// goOn lets the function run until it waits or ends. It returns the error that
// it ended with.
func (co *coroutine) goOn() error {
	co.asked = nil
	co.next()
	return co.err
}

// Query waits for the answer together with the other coroutines.
func (co *coroutine) Query(_ context.Context, query string, args ...any) (store.Rows, error) {
	co.asked = []queued{{query, args, func(r store.Rows) error {
		co.rows = r
		return co.goOn()
	}}}
	if !co.yield(struct{}{}) {
		return nil, errStopped
	}
	return co.rows, nil
}

// Exec is a Query of which only the number of rows matters.
func (co *coroutine) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := co.Query(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	r.Close()
	return r.(pgx.Rows).CommandTag().RowsAffected(), r.Err()
}

// Send queues a statement for the next message.
func (co *coroutine) Send(ctx context.Context, read func(store.Rows) error, query string, args ...any) error {
	return co.conn.Send(ctx, read, query, args...)
}

// Together runs functions beside the other coroutines.
func (co *coroutine) Together(_ context.Context, fns ...func(store.Conn) error) error {
	return together(fns, func(asked []queued) error {
		last := &asked[len(asked)-1]
		read := last.read
		last.read = func(r store.Rows) error {
			if err := read(r); err != nil {
				return err
			}
			return co.goOn()
		}
		co.asked = asked
		if !co.yield(struct{}{}) {
			return errStopped
		}
		return nil
	}, co.conn)
}

// Enqueue is not for functions that run together.
func (co *coroutine) Enqueue(context.Context, river.JobArgs) error {
	return errors.New("postgres: a job is enqueued among look-ups")
}
