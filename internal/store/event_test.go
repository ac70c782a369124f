package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestEventComesBackEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		actor := orderhub.Actor{Door: "usam", Key: "1С: склад"}
		placed := orderhub.Event{
			Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: 7, Customer: 9,
			Changes: []orderhub.Change{{Field: "status", To: "received"}, {Field: "attributes.ё<&>", From: `"\u0000"`, To: `{"a":[]}`}},
		}
		changed := orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderChanged, Order: 7}
		other := orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerRegistered, Customer: 9}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := storetest.Record(orderhub.WithActor(ctx, actor), tx, placed); err != nil {
				return err
			}
			return errors.Join(storetest.Record(ctx, tx, other), storetest.Record(ctx, tx, changed))
		})
		placed.Actor, placed.At, changed.At = actor, storetest.Noon, storetest.Noon
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Shop(shop.ID).OrderEvents(ctx, 7)
			if len(got) == 2 {
				placed.ID, changed.ID = got[0].ID, got[1].ID
			}
			if d := cmp.Diff([]orderhub.Event{placed, changed}, got); d != "" {
				t.Errorf("events of the order (-want +got):\n%s", d)
			}
			if placed.ID == 0 || placed.ID >= changed.ID {
				t.Errorf("ids are %d and %d, want them to rise", placed.ID, changed.ID)
			}
			return err
		})
	})
}

// record writes an event of its own transaction.
func record(t testing.TB, db *store.DB, shop orderhub.ShopID, order orderhub.OrderID) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		return storetest.Record(ctx, tx, orderhub.Event{Shop: shop, Kind: orderhub.OrderChanged, Order: order})
	})
}

// read takes one batch as a consumer does, and moves its position.
func read(ctx context.Context, db *store.DB, consumer string, limit int) (orders []orderhub.OrderID, err error) {
	err = db.Update(ctx, func(tx *store.Tx) error {
		orders = nil
		at, err := tx.Position(ctx, consumer)
		if err != nil {
			return err
		}
		records, err := tx.EventsAfter(ctx, at, limit)
		if err != nil || len(records) == 0 {
			return err
		}
		ours, err := tx.Advance(ctx, consumer, at, records[len(records)-1].After)
		if err != nil || !ours {
			return err
		}
		for _, r := range records {
			orders = append(orders, r.Order)
		}
		return nil
	})
	return orders, err
}

// unread reports whether events wait for a consumer.
func unread(t testing.TB, db *store.DB, consumer string) (waits bool) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) error {
		at, err := tx.Position(ctx, consumer)
		if err != nil {
			return err
		}
		next, err := tx.EventsAfter(ctx, at, 1)
		waits = len(next) > 0
		return err
	})
	return waits
}

// readAll reads n events, two at a time. Events may have to wait: where other
// tests use the same server, they hold transactions open that began before.
func readAll(t testing.TB, db *store.DB, reader string, n int) (all []orderhub.OrderID) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(all) < n; {
		got, err := read(t.Context(), db, reader, 2)
		switch {
		case err != nil:
			t.Fatalf("read as %s: %v", reader, err)
		case len(got) > 2:
			t.Fatalf("a batch of %d, want at most 2", len(got))
		case len(got) == 0 && time.Now().After(deadline):
			t.Fatalf("%s has read %v, want %d events", reader, all, n)
		case len(got) == 0:
			time.Sleep(5 * time.Millisecond)
		}
		all = append(all, got...)
	}
	return all
}

func TestReaderGoesOnWhereItSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		if unread(t, db, "search") {
			t.Error("events wait before there are any")
		}
		for i := range 5 {
			record(t, db, shop.ID, orderhub.OrderID(i+1))
		}
		if d := cmp.Diff([]orderhub.OrderID{1, 2, 3, 4, 5}, readAll(t, db, "search", 5)); d != "" {
			t.Errorf("orders read (-want +got):\n%s", d)
		}
		if got, err := read(t.Context(), db, "search", 2); len(got) > 0 || err != nil || unread(t, db, "search") {
			t.Errorf("after all were read there are %v, %v", got, err)
		}
		if !unread(t, db, "webhooks") {
			t.Error("what one reader read is read for another, too")
		}
	})
}

// Many programs may run one reader, and many write at the same time. However
// their transactions overlap, every event is read once.
func TestParallelReadersReadEveryEventOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		const writers, each = 8, 15
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var mu sync.Mutex
		seen := map[orderhub.OrderID]int{}
		total := func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(seen)
		}
		var writing, reading sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range each {
					id := orderhub.OrderID(w*each + i + 1)
					err := db.Update(ctx, func(tx *store.Tx) error {
						err := storetest.Record(ctx, tx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderChanged, Order: id})
						time.Sleep(time.Duration(int(id)*7%5) * time.Millisecond) // commits overtake each other
						return err
					})
					if err != nil {
						t.Errorf("write %d: %v", id, err)
					}
				}
			})
		}
		for range 3 {
			reading.Go(func() {
				for ctx.Err() == nil && total() < writers*each {
					got, err := read(ctx, db, "search", 10)
					if err != nil {
						t.Errorf("read: %v", err)
						return
					}
					mu.Lock()
					for _, id := range got {
						seen[id]++
					}
					mu.Unlock()
				}
			})
		}
		writing.Wait()
		late := time.AfterFunc(20*time.Second, stop)
		reading.Wait()
		late.Stop()
		for id := range orderhub.OrderID(writers * each) {
			if seen[id+1] != 1 {
				t.Errorf("event %d was read %d times", id+1, seen[id+1])
			}
		}
	})
}

func TestEventExistsExactlyWhenItsTransactionCommits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		for i, outcome := range []error{nil, errors.New("no"), nil} {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				err := storetest.Record(t.Context(), tx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: orderhub.OrderID(i + 1)})
				return errors.Join(err, outcome)
			})
			if (err == nil) != (outcome == nil) {
				t.Fatalf("Update %d = %v", i, err)
			}
		}
		if got := readAll(t, db, "search", 2); fmt.Sprint(got) != "[1 3]" {
			t.Errorf("events tell of %v, want 1 and 3", got)
		}
	})
}

// The order and the customer that it registered are one row and two events,
// which no page parts.
func TestCustomerOfAnOrderIsAnEventOfItsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		actor := orderhub.Actor{Door: "usam"}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			ctx = orderhub.WithActor(ctx, actor)
			return errors.Join(
				storetest.Record(ctx, tx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: 7, Customer: 9, Version: 1, CustomerMade: true}),
				storetest.Record(ctx, tx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderChanged, Order: 7, Customer: 9, Version: 2}),
			)
		})
		at := orderhub.Event{Shop: shop.ID, At: storetest.Noon, Actor: actor, Customer: 9}
		placed, made, changed := at, at, at
		placed.Kind, placed.Order, placed.Version, placed.CustomerMade = orderhub.OrderPlaced, 7, 1, true
		made.Kind, made.Sub, made.Version = orderhub.CustomerRegistered, 1, 1
		changed.Kind, changed.Order, changed.Version = orderhub.OrderChanged, 7, 2
		ignoreID := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "ID" }, cmp.Ignore())
		want := func(what string, got []orderhub.Event, want ...orderhub.Event) {
			t.Helper()
			if d := cmp.Diff(want, got, ignoreID); d != "" {
				t.Errorf("%s (-want +got):\n%s", what, d)
			}
			if len(got) > 1 && got[1].Sub == 1 && got[0].ID != got[1].ID {
				t.Errorf("%s: the order is event %d and the customer %d, want one place", what, got[0].ID, got[1].ID)
			}
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Shop(shop.ID).OrderEvents(ctx, 7)
			want("of the order", got, placed, changed)
			return err
		})
		record(t, db, shop.ID, 8) // of another transaction
		later := orderhub.Event{Shop: shop.ID, At: storetest.Noon, Kind: orderhub.OrderChanged, Order: 8}
		upcoming(t, db, "search", 4) // until they are settled
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			var at store.Position
			for _, page := range [][]orderhub.Event{{placed, made}, {changed}, {later}, nil} {
				records, err := tx.EventsAfter(ctx, at, 1)
				if err != nil {
					return err
				}
				var got []orderhub.Event
				for _, r := range records {
					got, at = append(got, r.Event), r.After
				}
				want("a page of one row", got, page...)
			}
			return nil
		})
	})
}
