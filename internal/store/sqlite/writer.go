package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"

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
	err := e.transact(group, errs)
	for i, w := range group {
		if err != nil {
			errs[i] = fmt.Errorf("%w (%w)", outcome(err), err)
		}
		w.done <- translate(errs[i])
	}
	// Those who were answered go first. They wait in this processor's queue,
	// where they would stay for as long as the next group takes.
	runtime.Gosched()
}

// outcome is the error of the callers of a lost transaction. When only the
// flush failed, the log holds the commit: no reader sees it, and the next one
// takes its place, but a program that dies before that finds it there.
func outcome(err error) error {
	if code(err) == sqlite3.SQLITE_IOERR_FSYNC {
		return store.ErrUnknown
	}
	return store.ErrUnavailable
}

// transact runs a group in one transaction and puts the errors of its members
// into errs. When it fails, nothing of any of them is stored.
func (e *engine) transact(group []*write, errs []error) error {
	ctx := context.Background()
	db, err := e.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("sqlite: connect: %w", err)
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlite: begin: %w", err)
	}
	defer tx.Rollback() // does nothing after the commit
	c := &conn{tx: tx, jobs: e.jobs}
	// No other goroutine gets the handle before db is closed, so it may be used
	// outside of Raw.
	if err := db.Raw(func(h any) error { c.handle = h.(*handle); return nil }); err != nil {
		return fmt.Errorf("sqlite: connect: %w", err)
	}
	if len(group) == 1 {
		if errs[0] = call(group[0].fn, c); errs[0] != nil {
			return c.lostTransaction()
		}
	} else {
		for i, w := range group {
			if errs[i], err = c.member(w); err != nil {
				return err
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqlite: commit: %w", err)
	}
	return nil
}

// member runs one function of a group. Before its first write it sets a
// savepoint, to which a failed function is rolled back, so that no other has to
// run again. The second error is that of the transaction, which is then lost
// for all members.
func (c *conn) member(w *write) (failed, lost error) {
	saved := false
	c.beforeWrite = func() error {
		saved = true
		return c.handle.execute(`savepoint member`)
	}
	failed = call(w.fn, c)
	if err := c.lostTransaction(); err != nil || !saved {
		return failed, err
	}
	if failed != nil {
		if err := c.handle.execute(`rollback to member`); err != nil {
			return failed, fmt.Errorf("sqlite: roll back: %w", err)
		}
	}
	if err := c.handle.execute(`release member`); err != nil {
		return failed, fmt.Errorf("sqlite: release: %w", err)
	}
	return failed, nil
}

// lostTransaction is an error when SQLite has rolled the transaction back.
func (c *conn) lostTransaction() error {
	if c.rolledBack == nil {
		return nil
	}
	return fmt.Errorf("sqlite: the transaction was rolled back: %w", c.rolledBack)
}

// call turns a panic of fn into its error: the writer must outlive it.
func call(fn func(store.Conn) error, c *conn) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("sqlite: a write panicked: %v\n%s", p, debug.Stack())
		}
		c.closeAll()
	}()
	c.lost = nil
	if err := fn(c); err != nil {
		return err
	}
	return c.lost
}
