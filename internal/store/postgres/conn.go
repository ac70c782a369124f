package postgres

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"orderhub/internal/store"
)

// A conn is a transaction as the store sees it.
type conn struct {
	tx   pgx.Tx
	jobs *river.Client[pgx.Tx]
}

func (c conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	tag, err := c.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (c conn) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	r, err := c.tx.Query(ctx, query, args...)
	if err != nil {
		cancel()
		return nil, err
	}
	return rows{r, cancel}, nil
}

// rows are the answer of a query that is given up when it takes too long.
type rows struct {
	pgx.Rows
	cancel context.CancelFunc
}

func (r rows) Close() {
	r.Rows.Close()
	r.cancel()
}

func (c conn) Enqueue(ctx context.Context, job river.JobArgs) error {
	_, err := c.jobs.InsertTx(ctx, c.tx, job, nil)
	return err
}

// lost says whether the connection broke on the way.
func lost(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
