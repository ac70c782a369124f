package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"orderhub/internal/store"
)

// A write is one function that waits for its turn.
type write struct {
	ctx   context.Context
	fn    func(store.Conn) error
	state atomic.Int32
	done  chan error // receives once: after the commit, or why there is none
}

// A write waits until it is taken or given up, whichever comes first.
const (
	waiting int32 = iota
	taken
	givenUp
)

// Update hands fn to the writer and waits for the commit. A caller whose
// context ends while fn still waits gives up; once fn has begun, the caller
// learns how it ended.
func (e *engine) Update(ctx context.Context, fn func(store.Conn) error) error {
	w := &write{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case e.queue <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-e.closing:
		return store.ErrUnavailable
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		if w.state.CompareAndSwap(waiting, givenUp) {
			return ctx.Err()
		}
		return <-w.done
	case <-e.closed:
		select {
		case err := <-w.done:
			return err
		default:
			return store.ErrUnavailable
		}
	}
}

// run is the one goroutine that writes.
func (e *engine) run() {
	defer close(e.closed)
	for {
		select {
		case w := <-e.queue:
			e.commit(e.gather(w))
		case <-e.closing:
			for {
				select {
				case w := <-e.queue:
					e.commit(e.gather(w))
				default:
					return
				}
			}
		}
	}
}

// gather takes what waits, without waiting itself.
func (e *engine) gather(first *write) []*write {
	group := make([]*write, 0, e.maxGroup)
	for w := first; ; {
		if w.state.CompareAndSwap(waiting, taken) {
			group = append(group, w)
		}
		if len(group) >= e.maxGroup {
			return group
		}
		select {
		case w = <-e.queue:
		default:
			return group
		}
	}
}

// commit runs a group in one transaction and answers every member: those that
// failed with their own error, the others with what the commit said. Nobody
// is answered before the commit, not even a failure: it may have been caused
// by a sibling that is not committed yet.
func (e *engine) commit(group []*write) {
	if len(group) == 0 {
		return
	}
	e.shortenLog()
	errs := make([]error, len(group))
	unknown, err := e.transact(group, errs, false)
	if errors.Is(err, errSpoilt) {
		clear(errs)
		unknown, err = e.transact(group, errs, true)
	}
	for i, w := range group {
		if err != nil {
			errs[i] = fmt.Errorf("%w (%w)", outcome(err), err)
		}
		w.done <- translate(errs[i])
	}
	// Those who were answered go first. They wait in this processor's queue,
	// where they would stay for as long as the next group takes.
	runtime.Gosched()
	e.write.learn(context.Background(), unknown)
}

// outcome is what the callers of a lost transaction are told. When only the
// flush failed, the log holds the commit: nobody sees it, and the next one
// takes its place, but a program that dies before that finds it there.
func outcome(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == sqlite3.SQLITE_IOERR_FSYNC {
		return store.ErrUnknown
	}
	return store.ErrUnavailable
}

// errSpoilt says that a function failed after it had written, and that there
// was no savepoint to go back to.
var errSpoilt = errors.New("sqlite: a failed write stands in the way of its siblings")

// transact runs a group in one transaction. Savepoints cost every member a
// tenth of its time, and functions that fail have rarely written before: so
// it is tried without them first, and done again with them when one has.
func (e *engine) transact(group []*write, errs []error, savepoints bool) (unknown []string, err error) {
	tx, err := e.write.db.BeginTx(context.Background(), nil)
	if err != nil {
		return nil, fmt.Errorf("sqlite: begin: %w", err)
	}
	defer tx.Rollback() // does nothing after the commit
	c := newConn(e.write, tx)
	c.jobs = e.jobs
	run := c.member
	if savepoints {
		run = c.memberInSavepoint
	}
	for i, w := range group {
		if errs[i], err = run(w); err != nil {
			return c.unknown, err
		}
	}
	if err := tx.Commit(); err != nil {
		return c.unknown, fmt.Errorf("sqlite: commit: %w", err)
	}
	return c.unknown, nil
}

// member runs one function of a group. The second error is that of the
// transaction itself, which is then lost for all.
func (c *conn) member(w *write) (failed, broken error) {
	wrote := false
	c.beforeWrite = func() error { wrote = true; return nil }
	failed = call(w.fn, c)
	if failed != nil && wrote {
		return failed, errSpoilt
	}
	return failed, nil
}

// memberInSavepoint is member with a savepoint, set before the first write.
func (c *conn) memberInSavepoint(w *write) (failed, broken error) {
	saved := false
	c.beforeWrite = func() error {
		saved = true
		return c.plain(`savepoint member`)
	}
	failed = call(w.fn, c)
	if !saved {
		return failed, nil
	}
	if failed != nil {
		if err := c.plain(`rollback to member`); err != nil {
			return failed, fmt.Errorf("sqlite: roll back: %w", err)
		}
	}
	if err := c.plain(`release member`); err != nil {
		return failed, fmt.Errorf("sqlite: release: %w", err)
	}
	return failed, nil
}

// plain runs a statement of the writer itself.
func (c *conn) plain(query string) error {
	ctx := context.Background()
	s, err := c.statement(ctx, query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx)
	return err
}

// call turns a panic of fn into its error: the writer must outlive it.
func call(fn func(store.Conn) error, c *conn) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("sqlite: a write panicked: %v\n%s", p, debug.Stack())
		}
	}()
	c.lost = nil
	if err := fn(c); err != nil {
		return err
	}
	return c.lost
}
