package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/riverqueue/river"
	sqlite3 "modernc.org/sqlite/lib"

	"orderhub/internal/store"
)

// A conn is a transaction as the store sees it.
type conn struct {
	handle *handle
	view   context.Context        // of a View: its end interrupts statements
	tx     *sql.Tx                // of an Update, for jobs
	jobs   *river.Client[*sql.Tx] // nil in a View

	lost        error        // of Send: the member's writes cannot stand
	rolledBack  error        // the error at which SQLite rolled the transaction back on its own
	beforeWrite func() error // called once before a member's first write; nil in a View and afterwards
	open        []*rows      // not ended yet
}

// Exec runs a statement. In a write transaction the caller's cancellation is
// left aside: an interrupted statement would undo the writes of all who share
// the transaction.
func (c *conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := c.writes(); err != nil {
		return 0, err
	}
	s, err := c.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	n, err := s.run(args)
	return n, c.examine(err)
}

// Send runs a statement at once: waiting for it costs nothing.
func (c *conn) Send(ctx context.Context, read func(store.Rows) error, query string, args ...any) error {
	if c.lost == nil {
		c.lost = c.send(ctx, read, query, args)
	}
	return c.lost
}

func (c *conn) send(ctx context.Context, read func(store.Rows) error, query string, args []any) error {
	if read == nil {
		_, err := c.Exec(ctx, query, args...)
		return err
	}
	r, err := c.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := read(r); err != nil {
		return err
	}
	return r.Err()
}

// Together runs the functions one after the other: waiting costs nothing.
func (c *conn) Together(_ context.Context, fns ...func(store.Conn) error) error {
	for _, fn := range fns {
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

// Query runs a query, or a statement with a returning clause.
func (c *conn) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if !s.readOnly {
		if err := c.writes(); err != nil {
			return nil, err
		}
	}
	row, err := s.start(args)
	if err != nil {
		return nil, c.examine(err)
	}
	r := &rows{conn: c, s: s, first: row}
	if !row {
		s.end()
		r.s = nil
		return r, nil
	}
	c.open = append(c.open, r)
	return r, nil
}

// Enqueue adds a job to the transaction.
func (c *conn) Enqueue(ctx context.Context, job river.JobArgs) error {
	if err := c.writes(); err != nil {
		return err
	}
	if c.rolledBack != nil {
		return c.rolledBack
	}
	_, err := c.jobs.InsertTx(context.WithoutCancel(ctx), c.tx, job, nil)
	return c.examine(err)
}

func (c *conn) writes() error {
	if c.beforeWrite == nil {
		return nil
	}
	before := c.beforeWrite
	c.beforeWrite = nil
	return before()
}

// statement prepares a statement, unless the transaction or the View is over.
func (c *conn) statement(ctx context.Context, query string) (*statement, error) {
	if c.rolledBack != nil {
		return nil, c.rolledBack
	}
	if c.view != nil {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	s, err := c.handle.statement(query)
	return s, c.examine(err)
}

// examine notes whether SQLite rolled the transaction back at this error: if
// so, no further statement may run, since it would be committed by itself. An
// interrupted statement of a View gets the reason as its error.
func (c *conn) examine(err error) error {
	if err == nil {
		return nil
	}
	if c.rolledBack == nil && !c.handle.inTransaction() {
		c.rolledBack = err
	}
	if f, ok := errors.AsType[*failure](err); ok && f.code == sqlite3.SQLITE_INTERRUPT && c.view != nil && c.view.Err() != nil {
		return fmt.Errorf("%w (%w)", c.view.Err(), err)
	}
	return err
}

// remove removes rows that have ended from the open ones.
func (c *conn) remove(r *rows) {
	if i := slices.Index(c.open, r); i >= 0 {
		c.open = slices.Delete(c.open, i, i+1)
	}
}

// closeAll closes the rows that a function has left open.
func (c *conn) closeAll() {
	for len(c.open) > 0 {
		c.open[0].Close()
	}
}

// inView runs fn on one snapshot of the file.
func (h *handle) inView(ctx context.Context, fn func(store.Conn) error) error {
	c := &conn{handle: h, view: ctx}
	if err := h.execute(`begin`); err != nil {
		return fmt.Errorf("%w (%w)", store.ErrUnavailable, err)
	}
	done := h.interruptAt(ctx)
	defer done()
	err := fn(c) // after a panic database/sql closes the handle
	done()
	c.closeAll()
	if h.inTransaction() {
		h.execute(`rollback`) // nothing was written
	}
	return err
}
