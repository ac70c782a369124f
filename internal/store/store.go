// Package store keeps the domain in SQL, every statement written once, for
// SQLite and PostgreSQL alike. What differs between the two is data (Words) and
// how a transaction is run (Transactor); both are given by the packages sqlite
// and postgres.
//
// The nouns have packages of their own: orderdb (orders and customers), carddb
// (cards and points), productdb and importdb. Their methods are those of the
// transactions here, which embed them. This package adds what belongs to the
// whole store: shops and their clocks, keys, events, the schema, checks. All are
// made of what package query has, and store texts as package form says.
//
// All reading and writing happens inside Update and View. Update answers only
// after the commit: what it reports as done survives a crash. What belongs to a
// shop is reached by Tx.Shop alone, and a ShopTx reaches nothing of another
// shop: the wall between shops is a type. The rules of the trade are not here
// but in the services.
//
// Columns hold times as microseconds in UTC (0 is "never"), amounts and
// quantities as scaled integers, JSON as text. Statements begin with the name
// of their method, so that a slow-query log speaks Go. Names that must be unique
// are looked for under the lock of their shop, so no other transaction can take
// them meanwhile.
package store

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"orderhub"
	"orderhub/internal/store/carddb"
	"orderhub/internal/store/importdb"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/productdb"
	"orderhub/internal/store/query"
)

// ErrUnavailable says that the database cannot serve now and that nothing of
// the transaction was stored. Engines wrap it together with the cause.
var ErrUnavailable = orderhub.Errorf(orderhub.Unavailable, "the store cannot serve this now; nothing was changed, try again soon")

// ErrUnknown says that the connection broke after the commit was asked for
// and before it was answered, or that the disk failed when it was flushed: the
// transaction is stored whole or not at all, and only a look can tell.
var ErrUnknown = orderhub.Errorf(orderhub.Unavailable, "the store did not say whether this was stored; look before you send it again")

// What the engines and package query have in common.
type (
	Conn  = query.Conn
	Rows  = query.Rows
	Words = query.Words
)

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

// Workers run jobs between Start and Stop; Stop waits for those that run.
type Workers interface {
	Start(context.Context) error
	Stop(context.Context) error
}

// A DB is the store of record of every shop in the hub.
type DB struct {
	engine    Engine
	now       func() time.Time
	commits   atomic.Int64
	committed atomic.Pointer[chan struct{}] // closed after the next commit
	merger    merger
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
	e.Words.SearchTexts = query.NewInserter("IndexOrders", "order_search", e.Words.SearchColumns, "")
	slots := e.Batches
	if slots == 0 {
		slots = -1
	}
	db := &DB{
		engine: e, now: now,
		merger: merger{waiting: make(map[orderhub.ShopID][]*waiter), slots: slots, most: cmp.Or(e.Merged, maxMerged)},
	}
	db.committed.Store(new(make(chan struct{})))
	return db
}

// A Tx is one transaction, which has one time. It has what concerns no shop or
// all of them; what belongs to a shop is read and written by Shop.
type Tx struct {
	*query.Tx
	orderdb.AllOrders
	carddb.AllCards
	productdb.AllProducts
	importdb.AllImports
}

func newTx(tx *query.Tx) *Tx {
	return &Tx{tx, orderdb.AllOrders{Tx: tx}, carddb.AllCards{Tx: tx}, productdb.AllProducts{Tx: tx}, importdb.AllImports{Tx: tx}}
}

// A ShopTx is a transaction on the records of one shop: it finds none of
// another one and changes none, whatever ids it is given.
type ShopTx struct {
	*query.ShopTx
	orderdb.ShopOrders
	carddb.ShopCards
	productdb.ShopProducts
	importdb.ShopImports
}

func newShopTx(tx *query.ShopTx) *ShopTx {
	return &ShopTx{tx, orderdb.ShopOrders{ShopTx: tx}, carddb.ShopCards{ShopTx: tx}, productdb.ShopProducts{ShopTx: tx}, importdb.ShopImports{ShopTx: tx}}
}

// Shop is the transaction on the records of a shop.
func (tx *Tx) Shop(id orderhub.ShopID) *ShopTx { return newShopTx(query.NewShopTx(*tx.Tx, id)) }

// ReadTogether runs functions that read: see Conn.Together.
func (tx *Tx) ReadTogether(ctx context.Context, fns ...func(*Tx) error) error {
	return query.Together(ctx, tx.Conn, fns, func(c Conn) *Tx { return newTx(query.On(*tx.Tx, c)) })
}

// ReadTogether runs functions that read: see Conn.Together.
func (tx *ShopTx) ReadTogether(ctx context.Context, fns ...func(*ShopTx) error) error {
	return query.Together(ctx, tx.Conn, fns, func(c Conn) *ShopTx {
		return newShopTx(query.NewShopTx(*query.On(tx.ShopTx.Tx, c), tx.ShopID))
	})
}

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
	err := db.engine.Update(ctx, func(c Conn) error {
		return fn(db.tx(c))
	})
	if err == nil {
		db.commits.Add(1)
		close(*db.committed.Swap(new(make(chan struct{}))))
	}
	return err
}

// tx is a write transaction on a connection.
func (db *DB) tx(c Conn) *Tx {
	return newTx(query.NewTx(c, &db.engine.Words, true, db.Now()))
}

// View runs fn on one unchanging picture of the store. Fn must not write.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	return db.engine.View(ctx, func(c Conn) error {
		return fn(newTx(query.NewTx(c, &db.engine.Words, false, db.Now())))
	})
}

// Committed is closed after the next commit of this program, for all who want to
// know early.
func (db *DB) Committed() <-chan struct{} { return *db.committed.Load() }

// Commits is how many transactions of this program were committed.
func (db *DB) Commits() int64 { return db.commits.Load() }

// Workers makes a client of the job queue; see package jobs.
func (db *DB) Workers(c *river.Config) (Workers, error) { return db.engine.Workers(c) }

// Tidy lets the database look after itself; it may be called at any time.
func (db *DB) Tidy(ctx context.Context) error { return db.engine.Tidy(ctx) }

// Close ends the store after the transactions that run.
func (db *DB) Close() error { return db.engine.Close() }
