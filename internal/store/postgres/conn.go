package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"orderhub/internal/store"
)

// A conn is a transaction as the store sees it. A round trip to the server
// costs more than most of our statements, so BEGIN goes out with the first of
// them, what was given to Send with the next that is waited for, and COMMIT
// with what is left.
type conn struct {
	pool    *pgxpool.Conn
	options pgx.TxOptions
	jobs    *river.Client[pgx.Tx]
	patient bool // statements may take as long as they take

	tx     pgx.Tx // nil until BEGIN has gone out
	queue  []queued
	failed error // of a queued statement; the transaction is lost
}

// A queued statement waits for the next one that is waited for.
type queued struct {
	query string
	args  []any
	read  func(store.Rows) error // of its answer; nil when nobody cares
}

// Send queues a statement.
func (c *conn) Send(_ context.Context, read func(store.Rows) error, query string, args ...any) error {
	if c.failed != nil {
		return c.failed
	}
	c.queue = append(c.queue, queued{query, args, read})
	return nil
}

// Exec runs a statement after those that are queued.
func (c *conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel := c.limit(ctx)
	defer cancel()
	answers, err := c.send(ctx, query, args)
	if err != nil {
		return 0, err
	}
	tag, err := answers.Exec()
	if closed := answers.Close(); err == nil {
		err = closed
	}
	return tag.RowsAffected(), err
}

// Query runs a query after the statements that are queued.
func (c *conn) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	ctx, cancel := c.limit(ctx)
	answers, err := c.send(ctx, query, args)
	if err != nil {
		cancel()
		return nil, err
	}
	r, err := answers.Query()
	if err != nil {
		answers.Close()
		cancel()
		return nil, err
	}
	return rows{r, answers, cancel}, nil
}

// limit ends an answer that takes too long.
func (c *conn) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.patient {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, silence)
}

// send sends what is queued and one statement more, whose answer is the next
// to be read.
func (c *conn) send(ctx context.Context, query string, args []any) (pgx.BatchResults, error) {
	if c.failed != nil {
		return nil, c.failed
	}
	c.queue = append(c.queue, queued{query: query, args: args})
	waiting, answers := c.sendQueue(ctx)
	for _, q := range waiting[:len(waiting)-1] {
		if c.failed = q.receive(answers); c.failed != nil {
			answers.Close()
			return nil, c.failed
		}
	}
	return answers, nil
}

// flush sends what is queued and waits for the answers.
func (c *conn) flush(ctx context.Context) error {
	if c.failed != nil {
		return c.failed
	}
	ctx, cancel := c.limit(ctx)
	defer cancel()
	waiting, answers := c.sendQueue(ctx)
	for _, q := range waiting {
		if c.failed = q.receive(answers); c.failed != nil {
			answers.Close()
			return c.failed
		}
	}
	c.failed = answers.Close()
	return c.failed
}

// sendQueue sends what is queued, after BEGIN when that has not gone out, and
// returns what was sent.
func (c *conn) sendQueue(ctx context.Context) ([]queued, pgx.BatchResults) {
	var b pgx.Batch
	begins := c.tx == nil
	if begins {
		b.BeginTx(c.options)
	}
	waiting := c.queue
	c.queue = nil
	for _, q := range waiting {
		b.Queue(q.query, q.args...)
	}
	answers := c.pool.SendBatch(ctx, &b)
	if begins {
		c.tx = answers.Tx()
		waiting = append([]queued{{query: "begin"}}, waiting...)
	}
	return waiting, answers
}

// receive takes the answer of a statement.
func (q queued) receive(answers pgx.BatchResults) error {
	if q.read == nil {
		_, err := answers.Exec()
		return q.failed(err)
	}
	r, err := answers.Query()
	if err != nil {
		return q.failed(err)
	}
	defer r.Close()
	if err := q.read(r); err != nil {
		return err
	}
	r.Close()
	return q.failed(r.Err())
}

// failed says which statement it was that failed: the error comes to one who
// has asked for something else.
func (q queued) failed(err error) error {
	if err == nil {
		return nil
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(q.query, "/* "), " ")
	return fmt.Errorf("postgres: %s: %w", name, err)
}

// Enqueue adds a job to the transaction.
func (c *conn) Enqueue(ctx context.Context, job river.JobArgs) error {
	if c.tx == nil || len(c.queue) > 0 {
		if _, err := c.Exec(ctx, "/* Enqueue */ select"); err != nil {
			return err
		}
	}
	_, err := c.jobs.InsertTx(ctx, c.tx, job, nil)
	return err
}

// commit asks for the commit and waits for the answer even when the caller
// has gone: an answer that nobody heard leaves open what was stored.
func (c *conn) commit(ctx context.Context) error {
	if c.failed != nil {
		return c.failed
	}
	if c.tx == nil && len(c.queue) == 0 {
		return nil // nothing was asked
	}
	ctx, cancel := c.limit(context.WithoutCancel(ctx))
	defer cancel()
	if err := c.settle(ctx); err != nil {
		return err
	}
	answers, err := c.send(ctx, "commit", nil)
	if err != nil {
		return unknown(err)
	}
	tag, err := answers.Exec()
	if closed := answers.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return unknown(err)
	}
	if tag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	c.tx = nil
	return nil
}

// settle sends what is queued ahead of the commit when an answer has still to
// be read that may speak against it.
func (c *conn) settle(ctx context.Context) error {
	for _, q := range c.queue {
		if q.read != nil {
			return c.flush(ctx)
		}
	}
	return nil
}

// unknown is the error of a commit that went out: unless the server said that
// it is not done, nobody knows. What could not be prepared was not sent.
func unknown(err error) error {
	_, told := errors.AsType[*pgconn.PgError](err)
	_, unsent := errors.AsType[pgx.ErrPreprocessingBatch](err)
	if told || unsent {
		return err
	}
	return fmt.Errorf("%w (postgres: commit: %w)", store.ErrUnknown, err)
}

// end gives the connection back, after undoing what was not committed. Not
// with the caller's context: when that has ended, the roll-back must still go
// out.
func (c *conn) end(ctx context.Context) {
	if c.tx != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), silence)
		defer cancel()
		c.tx.Rollback(ctx)
	}
	c.pool.Release()
}

// rows are the answer of a query that is given up when it takes too long.
type rows struct {
	pgx.Rows
	answers pgx.BatchResults
	cancel  context.CancelFunc
}

func (r rows) Close() {
	r.Rows.Close()
	r.answers.Close()
	r.cancel()
}

// lost says whether the connection broke on the way.
func lost(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
