package query

import (
	"context"
	"fmt"
	"time"

	"orderhub"
)

// A Tx is one transaction, which has one time.
type Tx struct {
	Conn
	Words *Words
	Hold  string // clause that holds a row until the transaction ends, "" in a transaction that only reads
	now   time.Time
}

// A ShopTx is a transaction on the records of one shop. The methods of the
// types that embed it find none of another shop and change none, whatever ids
// they are given.
type ShopTx struct {
	Tx
	ShopID orderhub.ShopID
}

// NewTx is a transaction at a time. It holds what it reads when it may write.
func NewTx(c Conn, w *Words, writes bool, now time.Time) *Tx {
	tx := &Tx{Conn: c, Words: w, now: now}
	if writes {
		tx.Hold = w.Hold
	}
	return tx
}

// NewShopTx is a transaction on the records of a shop.
func NewShopTx(tx Tx, id orderhub.ShopID) *ShopTx { return &ShopTx{tx, id} }

// On is a transaction that runs its statements on another connection.
func On(tx Tx, c Conn) *Tx {
	tx.Conn = c
	return &tx
}

// Now is the time of the transaction, in UTC with microseconds.
func (tx *Tx) Now() time.Time { return tx.now }

// Owns refuses a record of another shop, which only a fault of the program
// would store here.
func (tx *ShopTx) Owns(shop orderhub.ShopID) error {
	if shop != tx.ShopID {
		return fmt.Errorf("store: a record of shop %d in a transaction of shop %d", shop, tx.ShopID)
	}
	return nil
}

// A Runner is a Tx or a ShopTx, as far as statements are run.
type Runner interface {
	Conn
	spelling() *Words
}

func (tx *Tx) spelling() *Words { return tx.Words }

// Together runs functions, each on a transaction of its own making: see
// Conn.Together.
func Together[T any](ctx context.Context, c Conn, fns []func(T) error, on func(Conn) T) error {
	all := make([]func(Conn) error, len(fns))
	for i, fn := range fns {
		all[i] = func(c Conn) error { return fn(on(c)) }
	}
	return c.Together(ctx, all...)
}
