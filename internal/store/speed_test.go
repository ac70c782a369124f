package store_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"orderhub"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
	"orderhub/internal/store/sqlite"
	"orderhub/internal/store/storetest"
)

// asShopsHave are ways to open a fresh store as shops have it: without the
// references of tests.
func asShopsHave() map[string]func(testing.TB) (*store.DB, error) {
	all := map[string]func(testing.TB) (*store.DB, error){"sqlite": func(t testing.TB) (*store.DB, error) {
		return sqlite.Open(t.Context(), t.TempDir()+"/hub.db", sqlite.Options{})
	}}
	if os.Getenv(storetest.Env) != "" {
		all["postgres"] = func(t testing.TB) (*store.DB, error) {
			return postgres.Open(t.Context(), storetest.Database(t), postgres.Options{})
		}
	}
	return all
}

// BenchmarkOrders stores and reads the orders of a shop, 256 a transaction.
// The time is that of one order.
func BenchmarkOrders(b *testing.B) {
	for name, open := range asShopsHave() {
		b.Run(name, func(b *testing.B) {
			db, err := open(b)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { db.Close() })
			if _, err := db.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			shop := newShop(b, db, "main")
			const batch = 256
			round := 0
			orders := func() []*orderhub.Order {
				round++
				all := slices.Collect(sample.Orders(uint64(round), batch, storetest.Noon))
				for i, o := range all {
					o.Shop, o.Number = shop.ID, fmt.Sprint(round, "-", i)
					reckoned(b, o)
				}
				return all
			}
			keys := func(all []*orderhub.Order) []store.Keys {
				keys := make([]store.Keys, len(all))
				for i, o := range all {
					keys[i] = store.Keys{Email: o.Contact.Email, Phone: o.Contact.Phone}
				}
				return keys
			}
			parts := slices.Repeat([]store.Parts{0}, batch)
			var all []*orderhub.Order
			b.Run("create", func(b *testing.B) {
				for range b.N/batch + 1 {
					b.StopTimer()
					all = orders()
					b.StartTimer()
					update(b, db, func(ctx context.Context, tx *store.Tx) error {
						if err := tx.CreateOrders(ctx, all, keys(all)); err != nil {
							return err
						}
						events := make([]orderhub.Event, len(all))
						for i, o := range all {
							events[i] = orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: o.ID}
						}
						return tx.Record(ctx, events...)
					})
				}
			})
			b.Run("save", func(b *testing.B) {
				for i := range b.N/batch + 1 {
					update(b, db, func(ctx context.Context, tx *store.Tx) error {
						for _, o := range all {
							o.Note, o.UpdatedAt = fmt.Sprint("note ", i), tx.Now()
						}
						return tx.SaveOrders(ctx, all, keys(all), parts)
					})
				}
			})
			b.Run("change", func(b *testing.B) {
				for i := range b.N/batch + 1 {
					update(b, db, func(ctx context.Context, tx *store.Tx) error {
						saves := make([]store.OrderSave, len(all))
						for j, o := range all {
							now := *o
							now.Note, now.UpdatedAt = fmt.Sprint("other ", i), tx.Now()
							saves[j] = store.OrderSave{Old: o, New: &now, Keys: store.Keys{Email: o.Contact.Email, Phone: o.Contact.Phone}}
						}
						return tx.ChangeOrders(ctx, saves)
					})
				}
			})
			b.Run("read", func(b *testing.B) {
				numbers := make([]string, len(all))
				for i, o := range all {
					numbers[i] = o.Number
				}
				for range b.N/batch + 1 {
					view(b, db, func(ctx context.Context, tx *store.Tx) error {
						found, err := tx.OrdersByNumbers(ctx, shop.ID, numbers)
						if err == nil && len(found) != batch {
							err = fmt.Errorf("%d orders, want %d", len(found), batch)
						}
						return err
					})
				}
			})
		})
	}
}
