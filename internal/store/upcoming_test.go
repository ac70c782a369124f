package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// upcoming reads ahead. Events may have to wait, as for readAll.
func upcoming(t testing.TB, db *store.DB, reader string, want int) (events []orderhub.Event, before, after store.Position) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			var err error
			if before, err = tx.Position(ctx, reader); err != nil {
				return err
			}
			records, err := tx.EventsAfter(ctx, before, 10)
			events, after = nil, before
			for _, r := range records {
				events, after = append(events, r.Event), r.After
			}
			return err
		})
		if len(events) >= want {
			return events, before, after
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s sees %v, want %d events", reader, events, want)
		}
	}
}

// advance moves a reader and says whether it was there.
func advance(t testing.TB, db *store.DB, reader string, from, to store.Position) (moved bool) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		moved, err = tx.Advance(ctx, reader, from, to)
		return err
	})
	return moved
}

func TestAdvanceTakesEachEventOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		record(t, db, shop.ID, 1)
		record(t, db, shop.ID, 2)
		events, before, after := upcoming(t, db, "search", 2)
		if len(events) != 2 || events[0].Order != 1 || events[1].Order != 2 {
			t.Fatalf("upcoming are %v, want those of the orders 1 and 2", events)
		}
		if !advance(t, db, "search", before, after) {
			t.Error("the first who has read does not advance")
		}
		if advance(t, db, "search", before, after) {
			t.Error("another who has read the same advances, too")
		}
		record(t, db, shop.ID, 3)
		events, before, last := upcoming(t, db, "search", 1)
		if len(events) != 1 || events[0].Order != 3 || before != after {
			t.Errorf("upcoming are %v behind %v, want that of the order 3 behind %v", events, before, after)
		}
		if !advance(t, db, "search", before, last) {
			t.Error("the reader does not advance a second time")
		}
		if events, _, _ := upcoming(t, db, "search", 0); len(events) != 0 {
			t.Errorf("upcoming are %v, want none", events)
		}
	})
}

func TestAdvanceIsUndoneWithItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		record(t, db, newShop(t, db, "main").ID, 1)
		_, before, after := upcoming(t, db, "search", 1)
		failed := errors.New("the index is full")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Advance(t.Context(), "search", before, after)
			return errors.Join(err, failed)
		})
		if !errors.Is(err, failed) {
			t.Fatalf("Update = %v, want %v", err, failed)
		}
		if events, _, _ := upcoming(t, db, "search", 1); len(events) != 1 {
			t.Errorf("upcoming are %v, want the event again", events)
		}
	})
}

func TestLiveOrders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		kept, deleted := plainOrder(shop.ID, "A-1"), plainOrder(shop.ID, "A-2")
		deleted.DeletedAt = storetest.Noon
		create(t, db, kept, deleted)
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			live, err := tx.LiveOrders(ctx, []orderhub.OrderID{kept.ID, deleted.ID, 999_999})
			if err == nil && (len(live) != 1 || !live[kept.ID]) {
				t.Errorf("live are %v, want %d alone", live, kept.ID)
			}
			return err
		})
	})
}
