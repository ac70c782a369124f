// Package sqlite opens the store on a SQLite file: the default, which needs
// no set-up.
//
// One goroutine writes. It takes the functions that wait, runs each in a
// savepoint of one transaction, commits once, and only then answers them all
// (group commit, writer.go): the flush to disk is paid once for many orders.
// Reads have connections of their own and see the last commit.
//
// The file is in WAL mode with synchronous=FULL: a commit that was answered
// survives a power cut. The driver is pure Go, so no C compiler is needed.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"orderhub/internal/store"
)

// Options tune the engine. The zero value is right for a server.
type Options struct {
	// MaxGroup is how many writes share a commit at most; 0 is 256, and 1
	// turns group commit off.
	MaxGroup int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// References lets the database check what refers to what, for tests: they
	// see a wrong sequence of statements. The program proves it by look-ups.
	References bool
}

// Open opens the file, made when missing, and tunes it. The schema is left as
// it is.
func Open(ctx context.Context, file string, o Options) (*store.DB, error) {
	if o.MaxGroup == 0 {
		o.MaxGroup = 256
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	// Write transactions begin immediate: one that reads first and then wants
	// to write could not be made to wait, it would fail at once in spite of
	// the busy timeout.
	writing := url.Values{"_txlock": {"immediate"}}
	if o.References {
		writing.Add("_pragma", "foreign_keys(1)")
	}
	writePool, err := open(ctx, file, 1, writing)
	if err != nil {
		return nil, err
	}
	readPool, err := open(ctx, file, max(4, runtime.NumCPU()), url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		return nil, errors.Join(err, writePool.Close())
	}
	readPool.SetConnMaxIdleTime(readersIdle)
	aside, err := open(ctx, file, 1, nil)
	if err != nil {
		return nil, errors.Join(err, writePool.Close(), readPool.Close())
	}
	e := &engine{
		aside:    aside,
		tidied:   make(chan struct{}),
		write:    writePool,
		read:     readPool,
		maxGroup: o.MaxGroup,
		queue:    make(chan *write, 2*o.MaxGroup),
		closing:  make(chan struct{}),
		closed:   make(chan struct{}),
	}
	e.jobs, err = river.NewClient(riversqlite.New(writePool), &river.Config{})
	if err != nil {
		return nil, errors.Join(err, writePool.Close(), readPool.Close(), aside.Close())
	}
	go e.run()
	go e.checkpoints()
	return store.New(store.Engine{
		Transactor:  e,
		Words:       words.Checking(o.References),
		Merged:      o.MaxGroup,
		MigrateJobs: e.migrateJobs,
		Workers:     e.workers,
		Check:       e.check,
		Tidy:        e.tidy,
		Shrink:      e.shrink,
		Room:        e.room,
	}, o.Now), nil
}

// readersIdle is how long a read connection stays open without use: it holds up
// to 32 MB of pages, and opening another one takes about a millisecond.
const readersIdle = time.Minute

func open(ctx context.Context, file string, connections int, more url.Values) (*sql.DB, error) {
	q := url.Values{"_pragma": {
		"busy_timeout(10000)",
		"journal_mode(wal)",
		"synchronous(full)",
		"cache_size(-32000)",           // 32 MB a connection
		"wal_autocheckpoint(0)",        // see checkpoint.go
		"journal_size_limit(67108864)", // the log shrinks again after a long reader
		"temp_store(memory)",
	}}
	for name, values := range more {
		q[name] = append(q[name], values...)
	}
	c, err := sqlite.NewConnector("file:" + (&url.URL{Path: file}).EscapedPath() + "?" + q.Encode())
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", file, err)
	}
	db := sql.OpenDB(connector{c})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", file, err), db.Close())
	}
	return db, nil
}

// An engine is one open file.
type engine struct {
	write *sql.DB // one handle, shared with the job queue
	read  *sql.DB
	jobs  *river.Client[*sql.Tx] // only to insert

	maxGroup int
	queue    chan *write
	close    sync.Once     // of closing
	closing  chan struct{} // closed when nothing new is taken
	closed   chan struct{} // closed when the writer has ended

	aside     *sql.DB       // one connection, for checkpoints
	commits   atomic.Int64  // since the last checkpoint
	logIsLong atomic.Bool   // the writer must help
	tidied    chan struct{} // closed when checkpoints have ended
}

// View runs fn on one picture of the file.
func (e *engine) View(ctx context.Context, fn func(store.Conn) error) error {
	c, err := e.read.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%w (%w)", store.ErrUnavailable, err)
	}
	defer c.Close()
	return translate(c.Raw(func(h any) error { return h.(*handle).inView(ctx, fn) }))
}

// Close ends the writer after the writes that wait, then the connections.
func (e *engine) Close() error {
	e.close.Do(func() { close(e.closing) })
	<-e.closed
	<-e.tidied
	return errors.Join(e.read.Close(), e.aside.Close(), e.write.Close())
}

// migrateJobs takes the queue's steps, each in a transaction of its own. It
// stumbles over a step that another program, started at the same time, takes
// first; then it looks again how far they are.
func (e *engine) migrateJobs(ctx context.Context) error {
	m, err := rivermigrate.New(riversqlite.New(e.write), nil)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		if err == nil || try == 20 {
			return translate(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (e *engine) workers(c *river.Config) (store.Workers, error) {
	return river.NewClient(riversqlite.New(e.write), c)
}

func (e *engine) check(ctx context.Context) ([]string, error) {
	rows, err := e.read.QueryContext(ctx, `pragma integrity_check(20)`)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var findings []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if text != "ok" {
			findings = append(findings, "the file is damaged: "+text)
		}
	}
	return findings, rows.Err()
}

func (e *engine) tidy(ctx context.Context) error {
	for _, statement := range []string{`pragma optimize`, `pragma wal_checkpoint(passive)`} {
		if _, err := e.write.ExecContext(ctx, statement); err != nil {
			return translate(err)
		}
	}
	return nil
}

// translate tells the failures that the caller can wait out from the rest.
func translate(err error) error {
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrUnknown) {
		return err
	}
	switch code(err) & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
		return fmt.Errorf("%w (%w)", store.ErrUnavailable, err)
	}
	return err
}

// code is SQLite's extended code of an error, of the driver's as of ours; 0
// when it is not SQLite's.
func code(err error) int {
	if e, ok := errors.AsType[interface {
		error
		Code() int
	}](err); ok {
		return e.Code()
	}
	return 0
}
