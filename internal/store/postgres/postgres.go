// Package postgres opens the store on a PostgreSQL database (15 or newer), by
// which a group of shops outgrows one machine: any number of programs may
// share it.
//
// Each Update is a transaction of its own on the pool. It is run again only
// where the server said that it undid the transaction; a commit whose answer
// was lost is never repeated blindly but reported as Unavailable.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"orderhub/internal/store"
)

// Options tune the engine. The zero value is right for a server.
type Options struct {
	// Connections is how many the pool holds at most; 0 is 20.
	Connections int32
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// References lets the database check what refers to what, for tests: they
	// see a wrong sequence of statements. The program proves it by look-ups.
	References bool
}

// How long the database may take before a request is given up, so that every
// request ends. They go to the server, too: it must not work for nobody.
const (
	connectTimeout   = 5 * time.Second
	statementTimeout = 10 * time.Second
	lockTimeout      = 5 * time.Second
	idleTimeout      = 30 * time.Second // inside a transaction
)

// silence is how long we wait for an answer ourselves. It is longer than the
// server's own limit, which says more, and counts when the server cannot be
// heard any more.
const silence = statementTimeout + time.Second

// Open connects to the database at an address such as
// postgres://user:password@host/name. The schema is left as it is.
func Open(ctx context.Context, address string, o Options) (*store.DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Connections == 0 {
		o.Connections = 20
	}
	pool, err := connect(ctx, address, o.Connections)
	if err != nil {
		return nil, err
	}
	// The job queue has a small pool of its own: jobs must not wait for
	// requests, nor requests for jobs.
	jobPool, err := connect(ctx, address, 4)
	if err != nil {
		pool.Close()
		return nil, err
	}
	e := &engine{pool: pool, jobPool: jobPool, kept: make(chan struct{})}
	e.jobs, err = river.NewClient(riverpgxv5.New(jobPool), &river.Config{})
	if err != nil {
		pool.Close()
		jobPool.Close()
		return nil, err
	}
	background, leave := context.WithCancel(context.WithoutCancel(ctx))
	e.leave = leave
	go e.keepStatistics(background)
	return store.New(store.Engine{
		Transactor:  e,
		Words:       words.Checking(o.References),
		Batches:     2 * runtime.NumCPU(),
		MigrateJobs: e.migrateJobs,
		Workers:     e.workers,
		Check:       func(context.Context) ([]string, error) { return nil, nil }, // the server watches its files
		Tidy:        func(context.Context) error { return nil },                  // the server does it by itself
		Long:        e.long,
	}, o.Now), nil
}

func connect(ctx context.Context, address string, connections int32) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("postgres: the address of the database cannot be read: %w", err)
	}
	c.MaxConns = connections
	c.ConnConfig.ConnectTimeout = connectTimeout
	for name, d := range map[string]time.Duration{
		"statement_timeout":                   statementTimeout,
		"lock_timeout":                        lockTimeout,
		"idle_in_transaction_session_timeout": idleTimeout,
	} {
		c.ConnConfig.RuntimeParams[name] = fmt.Sprint(d.Milliseconds())
	}
	c.ConnConfig.RuntimeParams["application_name"] = "orderhub"
	c.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("postgres: %w", err)
	}
	return pool, nil
}

// An engine is one database.
type engine struct {
	pool    *pgxpool.Pool
	jobPool *pgxpool.Pool
	jobs    *river.Client[pgx.Tx] // only to insert

	written atomic.Bool        // since the statistics were looked at
	leave   context.CancelFunc // ends keepStatistics
	kept    chan struct{}      // closed when it has ended
}

// tries is how often a transaction that the server undid is run.
const tries = 5

// Update runs fn in a transaction of its own.
func (e *engine) Update(ctx context.Context, fn func(store.Conn) error) error {
	for try := 1; ; try++ {
		err := e.transact(ctx, pgx.TxOptions{}, fn)
		e.written.Store(true)
		if try == tries || !undone(err) {
			return translate(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 5 * time.Millisecond):
		}
	}
}

// View runs fn on one picture of the database.
func (e *engine) View(ctx context.Context, fn func(store.Conn) error) error {
	return translate(e.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn))
}

// long runs fn in a transaction whose statements may take as long as they
// take.
func (e *engine) long(ctx context.Context, fn func(store.Conn) error) error {
	return translate(e.run(ctx, &conn{jobs: e.jobs, patient: true}, func(c store.Conn) error {
		for _, limit := range []string{"statement_timeout", "lock_timeout"} {
			if err := c.Send(ctx, nil, "set local "+limit+" = 0"); err != nil {
				return err
			}
		}
		return fn(c)
	}))
}

func (e *engine) transact(ctx context.Context, o pgx.TxOptions, fn func(store.Conn) error) error {
	return e.run(ctx, &conn{options: o, jobs: e.jobs}, fn)
}

func (e *engine) run(ctx context.Context, c *conn, fn func(store.Conn) error) error {
	pool, err := e.acquire(ctx)
	if err != nil {
		return fmt.Errorf("%w (%w)", store.ErrUnavailable, err)
	}
	c.pool = pool
	defer c.end(ctx)
	if err := fn(c); err != nil {
		return err
	}
	return c.commit(ctx)
}

func (e *engine) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	return e.pool.Acquire(ctx)
}

// Close ends the connections after the transactions that run.
func (e *engine) Close() error {
	e.leave()
	<-e.kept
	e.pool.Close()
	e.jobPool.Close()
	return nil
}

// migrateJobs takes the queue's steps, each in a transaction of its own, while
// other programs that start at the same time wait.
func (e *engine) migrateJobs(ctx context.Context) error {
	m, err := rivermigrate.New(riverpgxv5.New(e.jobPool), nil)
	if err != nil {
		return err
	}
	return e.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		if _, err := c.Exec(ctx, `select pg_advisory_lock(7240120)`); err != nil {
			return translate(err)
		}
		defer c.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock(7240120)`)
		_, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
}

func (e *engine) workers(c *river.Config) (store.Workers, error) {
	return river.NewClient(riverpgxv5.New(e.jobPool), c)
}

// undone says whether the server undid the transaction because of others, so
// that it can be run again: a serialization failure or a deadlock.
func undone(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// translate tells the failures that the caller can wait out from the rest.
func translate(err error) error {
	if err == nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrUnknown) {
		return err
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code[:2] {
		case "08", "53", "57", "58", "40", "55": // connection, resources, shutdown and cancelling, system, undone, locks
			return fmt.Errorf("%w (%w)", store.ErrUnavailable, err)
		}
		return err
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || pgconn.Timeout(err) || pgconn.SafeToRetry(err) || lost(err) {
		return fmt.Errorf("%w (%w)", store.ErrUnavailable, err)
	}
	return err
}
