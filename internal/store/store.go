// Package store keeps the domain in SQL: one file per noun, every statement
// written once, for SQLite and PostgreSQL alike. What differs between the two
// is data (Words) and how a transaction is run (Transactor); both are given
// by the packages sqlite and postgres.
//
// All reading and writing happens inside Update and View. Update answers only
// after the commit: what it reports as done survives a crash. What belongs to a
// shop is reached by Tx.Shop alone, and a ShopTx reaches nothing of another
// shop: the wall between shops is a type. The rules of the trade are not here
// but in the services.
//
// Columns hold times as microseconds in UTC (0 is "never"), amounts and
// quantities as scaled integers, JSON as text. Statements begin with the name
// of their method, so that a slow-query log speaks Go. A name that another
// transaction may have taken meanwhile comes back as no row rather than as a
// broken constraint: in PostgreSQL a broken constraint would spoil the whole
// transaction. Numbers of orders and identities of customers are looked for
// under the lock of their shop, so no other transaction can take them meanwhile.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/riverqueue/river"

	"orderhub"
	"orderhub/internal/store/form"
)

// ErrUnavailable says that the database cannot serve now and that nothing of
// the transaction was stored. Engines wrap it together with the cause.
var ErrUnavailable = orderhub.Errorf(orderhub.Unavailable, "the store cannot serve this now; nothing was changed, try again soon")

// ErrOvertaken asks Update to undo what fn did and to run it again: another
// transaction has taken, and committed, what fn had found free.
var ErrOvertaken = errors.New("store: overtaken by another transaction")

// overtakings is how often a transaction gives way before it gives up. Who is
// overtaken finds next time what others have stored; to be overtaken so often
// is a fault of ours, and must not spin for ever.
const overtakings = 100

// ErrUnknown says that the connection broke after the commit was asked for
// and before it was answered, or that the disk failed when it was flushed: the
// transaction is stored whole or not at all, and only a look can tell.
var ErrUnknown = orderhub.Errorf(orderhub.Unavailable, "the store did not say whether this was stored; look before you send it again")

// An Engine is one database, opened and tuned.
type Engine struct {
	Transactor
	Words Words
	// Batches is how many merged batches may run at the same time; 0 is any
	// number, where one program writes at a time anyway.
	Batches int
	// Merged is how many requests of a shop share a batch at most; 0 is 256.
	Merged int
	// MigrateJobs brings the tables of the job queue up to date.
	MigrateJobs func(context.Context) error
	// Workers makes a client of the job queue that works on jobs.
	Workers func(*river.Config) (Workers, error)
	// Check asks the database whether its own files are sound; every finding
	// is a sentence.
	Check func(context.Context) ([]string, error)
	// Tidy lets the database look after its statistics and files.
	Tidy func(context.Context) error

	// What a change of the schema needs that moves many rows; nil where the
	// database needs no such thing.

	// Long is Update for what takes as long as it takes.
	Long func(ctx context.Context, fn func(Conn) error) error
	// Shrink takes back the room of what was committed beside the file.
	Shrink func(context.Context) error
	// Room is the size of the database and what is free on its disk, in bytes.
	Room func(context.Context) (size, free int64, err error)
}

// A Transactor runs transactions.
type Transactor interface {
	// Update runs fn in a write transaction and returns after the commit, or
	// with fn's error after its writes were undone. It may run fn more than
	// once: when the database undid the transaction of its own accord.
	Update(ctx context.Context, fn func(Conn) error) error
	// View runs fn on one unchanging picture of what is committed.
	View(ctx context.Context, fn func(Conn) error) error
	Close() error
}

// A Conn runs statements within a transaction.
type Conn interface {
	// Exec returns the number of rows that the statement touched.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// Query's rows must be closed before the next statement.
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	// Send runs a statement that nobody waits for: in its turn, before the
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
	// Enqueue adds a job that exists exactly when the transaction commits.
	Enqueue(ctx context.Context, job river.JobArgs) error
}

// Rows are the answer of a query, read one by one.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Workers run jobs between Start and Stop; Stop waits for those that run.
type Workers interface {
	Start(context.Context) error
	Stop(context.Context) error
}

// Words are what the databases spell differently.
type Words struct {
	Schema  map[string]string // the words that schema files leave open in {{braces}}
	Hold    string            // clause that holds a row until the transaction ends
	Skip    string            // clause that holds a row, passing over rows that others hold
	Settled string            // condition on events that no open transaction can still come before; "" where events have one sequence, that of their ids
	Lock    string            // statement that keeps other programs from changing the schema
	Arrays  bool              // many values travel as one array, which has a type of its own
	Shrinks bool              // deleted rows leave room that rows of the same transaction take

	// LockShop is the statement that takes the write lock of the shop $1 until
	// the transaction ends; "" where one program writes at a time.
	LockShop string
	// NextIDs makes the query for the next $1 ids of the rows of a table.
	NextIDs func(table, column string) string

	// The index of search texts, order_search, whose rows begin with the shop.
	SearchColumns []string                                   // the key of an order, and what SearchRow adds
	SearchKey     func(shop, order int64) int64              // of an order
	SearchRow     func(shop, order int64, text string) []any // what is stored of an order
	SearchShop    string                                     // condition for the rows of the shop $1
	Match         string                                     // query for the shop $1's orders whose text may fit $2, below $3, at most $4
	Pattern       func(parts []string) string                // makes the $2 of Match: all parts, folded, three letters or more each

	searchTexts inserter // of order_search
}

// Checking is the words for a store whose database checks what refers to what,
// or not.
func (w Words) Checking(references bool) Words {
	if references {
		w.Schema = maps.Clone(w.Schema)
		w.Schema["references"] = "references $1"
		w.Schema["drop_references"] = ""
	}
	return w
}

// A DB is the store of record of every shop in the hub.
type DB struct {
	engine Engine
	now    func() time.Time
	wake   chan struct{} // holds a token after a commit; see Committed
	merger merger
}

// New makes a store of an opened engine. The clock is asked once for each
// transaction.
func New(e Engine, now func() time.Time) *DB {
	if e.Long == nil {
		e.Long = e.Update
	}
	if e.Shrink == nil {
		e.Shrink = func(context.Context) error { return nil }
	}
	e.Words.searchTexts = newInserter("IndexOrders", "order_search", e.Words.SearchColumns, "")
	slots := e.Batches
	if slots == 0 {
		slots = -1
	}
	return &DB{
		engine: e, now: now, wake: make(chan struct{}, 1),
		merger: merger{waiting: make(map[orderhub.ShopID][]*waiter), slots: slots, most: cmp.Or(e.Merged, maxMerged)},
	}
}

// A Tx is one transaction, which has one time. It has what concerns no shop or
// all of them; what belongs to a shop is read and written by Shop.
type Tx struct{ transaction }

// A ShopTx is a transaction on the records of one shop: it finds none of
// another one and changes none, whatever ids it is given.
type ShopTx struct {
	transaction
	shop orderhub.ShopID
}

// Shop is the transaction on the records of a shop.
func (tx *Tx) Shop(id orderhub.ShopID) *ShopTx { return &ShopTx{tx.transaction, id} }

// owns refuses a record of another shop, which only a fault of the program
// would store here.
func (tx *ShopTx) owns(shop orderhub.ShopID) error {
	if shop != tx.shop {
		return fmt.Errorf("store: a record of shop %d in a transaction of shop %d", shop, tx.shop)
	}
	return nil
}

// A transaction is what Tx and ShopTx have in common.
type transaction struct {
	Conn
	words *Words
	hold  string // words.Hold in an Update, "" in a View
	now   time.Time
}

// A runner is a Tx or a ShopTx, as far as statements are run.
type runner interface {
	Conn
	spelling() *Words
}

func (tx *transaction) spelling() *Words { return tx.words }

// ReadTogether runs functions that read: see Conn.Together.
func (tx *Tx) ReadTogether(ctx context.Context, fns ...func(*Tx) error) error {
	return together(ctx, tx.Conn, fns, func(c Conn) *Tx {
		own := *tx
		own.Conn = c
		return &own
	})
}

// ReadTogether runs functions that read: see Conn.Together.
func (tx *ShopTx) ReadTogether(ctx context.Context, fns ...func(*ShopTx) error) error {
	return together(ctx, tx.Conn, fns, func(c Conn) *ShopTx {
		own := *tx
		own.Conn = c
		return &own
	})
}

// together runs functions, each on a transaction of its own making.
func together[T any](ctx context.Context, c Conn, fns []func(T) error, on func(Conn) T) error {
	all := make([]func(Conn) error, len(fns))
	for i, fn := range fns {
		all[i] = func(c Conn) error { return fn(on(c)) }
	}
	return c.Together(ctx, all...)
}

// Now is the time of the transaction, in UTC with microseconds.
func (tx *transaction) Now() time.Time { return tx.now }

// Now is the store's clock.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Update runs fn in a write transaction and returns nil only after the
// commit. When fn or the commit fails, nothing of fn is stored. Fn may run
// more than once and must not call Update or View itself; it should do no
// more than store, because on SQLite all writers take turns.
//
// When the database cannot write (disk full, connection lost), the error is
// of kind Unavailable.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	err := ErrOvertaken
	for try := 0; errors.Is(err, ErrOvertaken); try++ {
		if try == overtakings {
			return fmt.Errorf("%w (%w)", ErrUnavailable, err)
		}
		err = db.engine.Update(ctx, func(c Conn) error {
			return fn(db.tx(c))
		})
	}
	if err == nil {
		select {
		case db.wake <- struct{}{}:
		default:
		}
	}
	return err
}

// tx is a write transaction on a connection.
func (db *DB) tx(c Conn) *Tx {
	return &Tx{transaction{c, &db.engine.Words, db.engine.Words.Hold, db.Now()}}
}

// View runs fn on one unchanging picture of the store. Fn must not write.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	return db.engine.View(ctx, func(c Conn) error {
		return fn(&Tx{transaction{c, &db.engine.Words, "", db.Now()}})
	})
}

// Committed delivers after commits of this program, several at a time, to one
// receiver: the reader of events that wants to know early.
func (db *DB) Committed() <-chan struct{} { return db.wake }

// Workers makes a client of the job queue; see package jobs.
func (db *DB) Workers(c *river.Config) (Workers, error) { return db.engine.Workers(c) }

// Tidy lets the database look after itself; it may be called at any time.
func (db *DB) Tidy(ctx context.Context) error { return db.engine.Tidy(ctx) }

// Close ends the store after the transactions that run.
func (db *DB) Close() error { return db.engine.Close() }

// queryRow runs a query and scans its first row, if there is one.
func queryRow(ctx context.Context, c Conn, query string, args []any, dest ...any) (found bool, err error) {
	rows, err := c.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	if err := rows.Scan(dest...); err != nil {
		return false, err
	}
	rows.Close()
	return true, rows.Err()
}

func micros(t time.Time) int64 { return form.Micros(t) }

func instant(micros int64) time.Time { return form.Instant(micros) }

// orNull stores the absence of a reference.
func orNull[ID ~int64](id ID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}
