package postgres_test

import (
	"context"
	"testing"
	"time"

	"orderhub/internal/store"
)

// A table that grows from nothing gets statistics long before the server
// would take them, and what was planned without them is planned again.
func TestTableThatGrowsGetsStatisticsSoon(t *testing.T) {
	db, _ := two(t)
	newShop(t, db)
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{
			`alter table events set (autovacuum_enabled = false)`,
			`insert into events (shop_id, at, kind, door, key_name, changes)
				select shop_id, 1, 'made up', '', '', repeat('x', 100) from shops, generate_series(1, 5000)`,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	const known = `select greatest(reltuples, 0)::bigint from pg_class where oid = 'events'::regclass`
	for deadline := time.Now().Add(20 * time.Second); count(t, db, known) < 5000; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server still does not know how large the table is")
		}
	}
}
