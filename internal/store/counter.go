package store

import (
	"context"
	"fmt"

	"orderhub/internal/store/query"
)

// Counter is the last number of a kind that was made for a shop, 0 before the
// first.
func (tx *ShopTx) Counter(ctx context.Context, kind string) (int64, error) {
	var n int64
	_, err := query.Row(ctx, tx, `/* Counter */ select value from counters where shop_id = $1 and name = $2`, []any{int64(tx.ShopID), kind}, &n)
	if err != nil {
		return 0, fmt.Errorf("store: counter %s: %w", kind, err)
	}
	return n, nil
}

// SaveCounter keeps the last number of a kind that was made for a shop.
func (tx *ShopTx) SaveCounter(ctx context.Context, kind string, last int64) error {
	err := tx.Send(ctx, nil, `/* SaveCounter */
		insert into counters (shop_id, name, value) values ($1, $2, $3)
		on conflict (shop_id, name) do update set value = excluded.value`, int64(tx.ShopID), kind, last)
	if err != nil {
		return fmt.Errorf("store: counter %s: %w", kind, err)
	}
	return nil
}
