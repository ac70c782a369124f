package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"orderhub"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// BenchmarkOrders stores, changes and reads the orders of a shop, 256 a
// transaction. The time is that of one order.
func BenchmarkOrders(b *testing.B) {
	for name, place := range storetest.Places(b) {
		b.Run(name, func(b *testing.B) {
			db := place.OpenNew(b)
			shop := newShop(b, db, "main")
			var all []*orderhub.Order
			rounds := 0
			b.Run("create", func(b *testing.B) {
				for range b.N/inBatch + 1 {
					b.StopTimer()
					rounds++
					all = sampleOrders(b, shop.ID, rounds)
					b.StartTimer()
					update(b, db, func(ctx context.Context, tx *store.Tx) error { return createWithEvents(ctx, tx, all) })
				}
			})
			b.Run("change", func(b *testing.B) { changeSample(b, db, all) })
			b.Run("read", func(b *testing.B) {
				for range b.N/inBatch + 1 {
					readSample(b, db, shop.ID, all)
				}
			})
		})
	}
}

const inBatch = 256

// sampleOrders makes a batch of orders; each round has numbers of its own.
func sampleOrders(b *testing.B, shop orderhub.ShopID, round int) []*orderhub.Order {
	b.Helper()
	all := slices.Collect(sample.Orders(uint64(round), inBatch, storetest.Noon))
	for i, o := range all {
		o.Shop, o.Number = shop, fmt.Sprint(round, "-", i)
		reckoned(b, o)
	}
	return all
}

func sampleKeys(all []*orderhub.Order) []orderdb.Keys {
	keys := make([]orderdb.Keys, len(all))
	for i, o := range all {
		keys[i] = orderdb.Keys{Email: o.Contact.Email, Phone: o.Contact.Phone}
	}
	return keys
}

func createWithEvents(ctx context.Context, tx *store.Tx, all []*orderhub.Order) error {
	if err := storetest.CreateOrders(ctx, tx, sampleKeys(all), all...); err != nil {
		return err
	}
	events := make([]orderhub.Event, len(all))
	for i, o := range all {
		events[i] = orderhub.Event{Shop: o.Shop, Kind: orderhub.OrderPlaced, Order: o.ID}
	}
	return storetest.Record(ctx, tx, events...)
}

// changeSample changes the note of orders.
func changeSample(b *testing.B, db *store.DB, all []*orderhub.Order) {
	keys := sampleKeys(all)
	for i := range b.N/inBatch + 1 {
		update(b, db, func(ctx context.Context, tx *store.Tx) error {
			saves := make([]orderdb.OrderSave, len(all))
			for j, o := range all {
				now := *o
				now.Note, now.UpdatedAt = fmt.Sprint("note ", i), tx.Now()
				saves[j] = orderdb.OrderSave{Old: o, New: &now, Keys: keys[j]}
			}
			return tx.Shop(saves[0].New.Shop).ChangeOrders(ctx, saves)
		})
	}
}

func readSample(b *testing.B, db *store.DB, shop orderhub.ShopID, all []*orderhub.Order) {
	b.Helper()
	numbers := make([]string, len(all))
	for i, o := range all {
		numbers[i] = o.Number
	}
	view(b, db, func(ctx context.Context, tx *store.Tx) error {
		byNumber, err := tx.Shop(shop).OrderIDsBy(ctx, orderdb.ByNumber, numbers)
		if err != nil {
			return err
		}
		ids := slices.Concat(slices.Collect(maps.Values(byNumber))...)
		found, err := tx.Shop(shop).OrdersByIDs(ctx, ids)
		if err == nil && len(found) != len(all) {
			err = fmt.Errorf("%d orders, want %d", len(found), len(all))
		}
		return err
	})
}
