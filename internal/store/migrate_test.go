package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestMigrateTwiceTakesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		taken, err := db.Migrate(t.Context())
		if err != nil || len(taken) != 0 {
			t.Errorf("Migrate again = %v, %v; want nothing to do", taken, err)
		}
		if err := db.Ready(t.Context()); err != nil {
			t.Errorf("Ready = %v", err)
		}
	})
}

// An older program must not write to a store that a newer one has changed.
func TestNewerSchemaIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		exec(t, db, `insert into schema_steps (number, name, taken_at) values (9999, 'from the future', 1)`)
		taken, err := db.Migrate(t.Context())
		if orderhub.KindOf(err) != orderhub.Conflict || !strings.Contains(err.Error(), "newer program") || len(taken) != 0 {
			t.Errorf("Migrate = %v, %v, want a conflict that names the cure", taken, err)
		}
		if err := db.Ready(t.Context()); orderhub.KindOf(err) != orderhub.Conflict {
			t.Errorf("Ready = %v, want a conflict", err)
		}
	})
}

func TestOlderSchemaIsNotReady(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		exec(t, db, `delete from schema_steps where number = (select max(number) from schema_steps)`)
		err := db.Ready(t.Context())
		if orderhub.KindOf(err) != orderhub.Unavailable || !strings.Contains(err.Error(), "orderhub migrate") {
			t.Errorf("Ready = %v, want unavailable and the cure", err)
		}
	})
}

// A step that fails on the way leaves nothing behind, so that it can be tried
// again when its cause is gone.
func TestFailedStepLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dropAll(t, db)
		exec(t, db, `create table taxes (in_the_way integer)`) // the step stumbles in its middle
		if taken, err := db.Migrate(t.Context()); err == nil || len(taken) != 0 || !strings.Contains(err.Error(), "0001_orders") {
			t.Fatalf("Migrate = %v, %v, want an error of step 0001_orders", taken, err)
		}
		for _, table := range []string{"shops", "orders", "events", "schema_steps"} {
			err := db.View(t.Context(), func(tx *store.Tx) error {
				rows, err := tx.Query(t.Context(), `select 1 from `+table)
				if err != nil {
					return err
				}
				defer rows.Close()
				rows.Next()
				return rows.Err()
			})
			if err == nil {
				t.Errorf("table %s was left behind", table)
			}
		}
		exec(t, db, `drop table taxes`)
		taken, err := db.Migrate(t.Context())
		if err != nil || !slices.Contains(taken, "orders") {
			t.Errorf("Migrate again = %v, %v", taken, err)
		}
		newShop(t, db, "main")
	})
}

// dropAll takes all tables of the schema away, the youngest first: what
// refers goes before what it refers to.
func dropAll(t testing.TB, db *store.DB) {
	t.Helper()
	tables := append(tableNames(t), "schema_steps")
	slices.Reverse(tables)
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, table := range tables {
			if _, err := tx.Exec(ctx, `drop table `+table); err != nil {
				return err
			}
		}
		return nil
	})
}
