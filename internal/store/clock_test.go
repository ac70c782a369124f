package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

func TestClockOfAShop(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		clock := func() (last time.Time) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				if err := tx.Shop(shop.ID).Lock(ctx); err != nil {
					return err
				}
				last, err = tx.Shop(shop.ID).Clock(ctx)
				return err
			})
			return last
		}
		if at := clock(); !at.IsZero() {
			t.Errorf("a new shop has the time %s, want none", at)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(shop.ID).SetClock(ctx, storetest.Noon) })
		if at := clock(); !at.Equal(storetest.Noon) {
			t.Errorf("the last time is %s, want %s", at, storetest.Noon)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if at, err := tx.Shop(other.ID).Clock(ctx); err != nil || !at.IsZero() {
				t.Errorf("another shop has the time %s, %v, want none", at, err)
			}
			return nil
		})
	})
}

// A program that does not know the schema must not write to it.
func TestNewerSchemaRefusesWriters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `update shop_clocks set schema_number = schema_number + 1`)
			return err
		})
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).Clock(t.Context())
			return err
		})
		if orderhub.KindOf(err) != orderhub.Unavailable {
			t.Errorf("the clock is readable: %v, want unavailable", err)
		}
	})
}

func TestNextIDsAreThoseOfTheRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		first := plainOrder(shop.ID, "A-1")
		create(t, db, first)
		var ids []int64
		update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			ids, err = tx.Shop(shop.ID).NextIDs(ctx, orderdb.OrderTable, 3)
			return err
		})
		if len(ids) != 3 || !slices.IsSorted(ids) || ids[0] <= int64(first.ID) {
			t.Errorf("the next ids after %d are %v", first.ID, ids)
		}
	})
}
