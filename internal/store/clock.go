package store

import (
	"context"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
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
	if tx.Words.LockShop == "" {
		return nil
	}
	if err := tx.Send(ctx, nil, tx.Words.LockShop, int64(tx.ShopID)); err != nil {
		return fmt.Errorf("store: lock shop %d: %w", tx.ShopID, err)
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
	found, err := query.Row(ctx, tx, `/* Clock */
		select last_at, schema_number from shop_clocks where shop_id = $1`, []any{int64(tx.ShopID)}, &at, &schema)
	switch {
	case err != nil:
		return last, fmt.Errorf("store: clock of shop %d: %w", tx.ShopID, err)
	case !found:
		return last, orderhub.Errorf(orderhub.NotFound, "the shop does not exist any more")
	case schema != schemaNumber():
		return last, fmt.Errorf("%w (the store has schema %d, this program knows %d)", ErrUnavailable, schema, schemaNumber())
	}
	return form.Instant(at), nil
}

// SetClock keeps the last time that was given to a change of the shop.
func (tx *ShopTx) SetClock(ctx context.Context, last time.Time) error {
	err := tx.Send(ctx, nil, `/* SetClock */ update shop_clocks set last_at = $2 where shop_id = $1`, int64(tx.ShopID), form.Micros(last))
	if err != nil {
		return fmt.Errorf("store: clock of shop %d: %w", tx.ShopID, err)
	}
	return nil
}

// startClock gives a new shop its clock.
func (tx *ShopTx) startClock(ctx context.Context) error {
	_, err := tx.Exec(ctx, `/* startClock */
		insert into shop_clocks (shop_id, last_at, schema_number) values ($1, 0, $2)`, int64(tx.ShopID), schemaNumber())
	if err != nil {
		return fmt.Errorf("store: clock of shop %d: %w", tx.ShopID, err)
	}
	return nil
}
