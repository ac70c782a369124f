package sqlite

import (
	"context"
	"database/sql"
	"strings"
	"sync"

	"github.com/riverqueue/river"

	"orderhub/internal/store"
)

// A pool is a database handle with its prepared statements by their text.
// Preparing costs more than most of our statements take to run.
type pool struct {
	db       *sql.DB
	mu       sync.Mutex
	prepared map[string]*sql.Stmt
}

// maxPrepared bounds the cache: lists put their conditions together, so there
// is no end of texts. What is over it is prepared for one transaction.
const maxPrepared = 400

func newPool(db *sql.DB) *pool { return &pool{db: db, prepared: make(map[string]*sql.Stmt)} }

func (p *pool) statement(query string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.prepared[query]
}

// learn prepares statements for later transactions. It must not be called
// while the caller holds a connection: preparing takes one, and there may be
// no second.
func (p *pool) learn(ctx context.Context, queries []string) {
	for _, query := range queries {
		p.mu.Lock()
		known := p.prepared[query] != nil || len(p.prepared) >= maxPrepared
		p.mu.Unlock()
		if known {
			continue
		}
		s, err := p.db.PrepareContext(ctx, positional(query))
		if err != nil {
			continue // it was only meant to save time
		}
		p.mu.Lock()
		p.prepared[query] = s
		p.mu.Unlock()
	}
}

// A conn is a transaction as the store sees it.
type conn struct {
	pool *pool
	tx   *sql.Tx
	jobs *river.Client[*sql.Tx] // nil in a View

	lost        error        // of Send: the member's writes cannot stand
	beforeWrite func() error // called once before a member's first write; nil in a View and afterwards

	statements map[string]*sql.Stmt // of this transaction
	unknown    []string             // texts to learn when it has ended
}

func newConn(p *pool, tx *sql.Tx) *conn {
	return &conn{pool: p, tx: tx, statements: make(map[string]*sql.Stmt)}
}

// Exec runs a statement. In a write transaction the caller's cancellation is
// left aside: an interrupted statement would undo the writes of all who share
// the transaction.
func (c *conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := c.writes(); err != nil {
		return 0, err
	}
	ctx = c.context(ctx)
	s, err := c.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
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

// Query runs a query; a statement with a returning clause is one, too, and the
// only one that writes.
func (c *conn) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	if strings.Contains(query, "returning") {
		if err := c.writes(); err != nil {
			return nil, err
		}
	}
	ctx = c.context(ctx)
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	return rows{r}, nil
}

// Enqueue adds a job to the transaction.
func (c *conn) Enqueue(ctx context.Context, job river.JobArgs) error {
	if err := c.writes(); err != nil {
		return err
	}
	_, err := c.jobs.InsertTx(c.context(ctx), c.tx, job, nil)
	return err
}

func (c *conn) writes() error {
	if c.beforeWrite == nil {
		return nil
	}
	before := c.beforeWrite
	c.beforeWrite = nil
	return before()
}

func (c *conn) context(ctx context.Context) context.Context {
	if c.jobs == nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

func (c *conn) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.statements[query]; s != nil {
		return s, nil
	}
	var s *sql.Stmt
	if known := c.pool.statement(query); known != nil {
		s = c.tx.StmtContext(ctx, known)
	} else {
		var err error
		if s, err = c.tx.PrepareContext(ctx, positional(query)); err != nil {
			return nil, err
		}
		c.unknown = append(c.unknown, query)
	}
	c.statements[query] = s
	return s, nil
}

// rows are *sql.Rows whose Close says nothing: Err tells it all.
type rows struct{ *sql.Rows }

func (r rows) Close() { r.Rows.Close() }
