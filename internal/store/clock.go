package store

import (
	"context"
	"fmt"
	"time"

	"orderhub"
)

// clockStep is the schema step that made the clocks of shops.
const clockStep = 7

// Lock takes the write lock of a shop until the transaction ends. Every
// transaction that writes rows of a shop takes it before it reads what it will
// change, so that no two of them can meet: unique values cannot be claimed at
// the same time, rows cannot deadlock, and changes become visible in the order
// of their times. A transaction holds one such lock at most, and takes it
// before it has written anything.
func (tx *ShopTx) Lock(ctx context.Context) error {
	if tx.words.LockShop == "" {
		return nil
	}
	if err := tx.Send(ctx, nil, tx.words.LockShop, int64(tx.shop)); err != nil {
		return fmt.Errorf("store: lock shop %d: %w", tx.shop, err)
	}
	return nil
}

// Clock is the last time that a change of the shop was given, the zero time
// when there was none. Under the shop's lock the next change gets a later one:
// see SetClock. It is an Unavailable error when a newer program has changed the
// schema: then this one must not write any more.
func (tx *ShopTx) Clock(ctx context.Context) (last time.Time, err error) {
	var at int64
	var schema int
	found, err := queryRow(ctx, tx, `/* Clock */
		select last_at, schema_number from shop_clocks where shop_id = $1`, []any{int64(tx.shop)}, &at, &schema)
	switch {
	case err != nil:
		return last, fmt.Errorf("store: clock of shop %d: %w", tx.shop, err)
	case !found:
		return last, orderhub.Errorf(orderhub.NotFound, "the shop does not exist any more")
	case schema != schemaNumber():
		return last, fmt.Errorf("%w (the store has schema %d, this program knows %d)", ErrUnavailable, schema, schemaNumber())
	}
	return instant(at), nil
}

// SetClock keeps the last time that was given to a change of the shop.
func (tx *ShopTx) SetClock(ctx context.Context, last time.Time) error {
	err := tx.Send(ctx, nil, `/* SetClock */ update shop_clocks set last_at = $2 where shop_id = $1`, int64(tx.shop), micros(last))
	if err != nil {
		return fmt.Errorf("store: clock of shop %d: %w", tx.shop, err)
	}
	return nil
}

// startClock gives a new shop its clock.
func (tx *ShopTx) startClock(ctx context.Context) error {
	_, err := tx.Exec(ctx, `/* startClock */
		insert into shop_clocks (shop_id, last_at, schema_number) values ($1, 0, $2)`, int64(tx.shop), schemaNumber())
	if err != nil {
		return fmt.Errorf("store: clock of shop %d: %w", tx.shop, err)
	}
	return nil
}

// A Table is one whose rows get their ids from NextIDs.
type Table struct{ name, key string }

// The tables whose ids are known before their rows are stored.
var (
	OrderTable    = Table{"orders", "order_id"}
	CustomerTable = Table{"customers", "customer_id"}
	CardTable     = Table{"cards", "card_id"}
	BonusTable    = Table{"bonus_entries", "entry_id"}
	GroupTable    = Table{"customer_groups", "group_id"}
	ProductTable  = Table{"products", "product_id"}
)

// NextIDs are the ids of the next n rows of a table, ascending. On a database
// with several writers ids of a transaction that is undone are not used again.
func (tx *ShopTx) NextIDs(ctx context.Context, t Table, n int) ([]int64, error) {
	ids := make([]int64, 0, n)
	if n == 0 {
		return ids, nil
	}
	err := eachRow(ctx, tx, func(r Rows) error {
		var id int64
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, tx.words.NextIDs(t.name, t.key), n)
	if err == nil && len(ids) != n {
		err = fmt.Errorf("%d came instead of %d", len(ids), n)
	}
	if err != nil {
		return nil, fmt.Errorf("store: next ids of %s: %w", t.name, err)
	}
	return ids, nil
}
