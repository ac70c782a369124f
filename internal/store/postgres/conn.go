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
	tag, err := c.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (c conn) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	return c.tx.Query(ctx, query, args...)
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
