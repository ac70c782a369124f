package query

import (
	"context"

	"github.com/riverqueue/river"
)

// A Conn runs statements within a transaction.
type Conn interface {
	// Exec returns the number of rows that the statement touched.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// Query's rows must be closed before the next statement.
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	// Send runs a statement without waiting for it: in its turn, before the
	// next Exec, Query or Enqueue, at the latest before the commit. Read,
	// when there is one, reads its answer then. An error of the statement or
	// of read is the error of Send or of one of these, and the transaction is
	// lost.
	Send(ctx context.Context, read func(Rows) error, query string, args ...any) error
	// Together runs functions whose statements may go out together, which
	// saves round trips to the database. Only one of them runs at a time: they
	// may share memory, but none may rely on what another does first. It returns
	// the error of one that failed, and the transaction is lost then.
	Together(ctx context.Context, fns ...func(Conn) error) error
	// Enqueue adds a job that exists exactly when the transaction commits. The
	// job itself tells its queue, how often it is tried, and whether another
	// one like it may be there, which is then left alone
	// (river.JobArgsWithInsertOpts).
	Enqueue(ctx context.Context, job river.JobArgs) error
}

// Rows are the answer of a query, read one by one.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}
