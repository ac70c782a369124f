package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// batchOf is how many orders one transaction of the benchmarks stores.
const batchOf = 256

// newOrders makes the n-th batch of sample orders.
func newOrders(shop orderhub.ShopID, n int) []*orderhub.Order {
	all := slices.Collect(sample.Orders(uint64(n)+1, batchOf, storetest.Noon))
	for i, o := range all {
		o.Shop, o.Number = shop, fmt.Sprint("S-", n*batchOf+i)
		if err := o.ComputeTotals(nil, nil); err != nil {
			panic(err)
		}
	}
	return all
}

// placeAll stores orders as the services do: new customers with their
// identities, the orders, and an event of each.
func placeAll(b *testing.B, tx *store.Tx, n int, orders []*orderhub.Order) error {
	ctx, shop := b.Context(), orders[0].Shop
	customers := make([]*orderhub.Customer, 0, len(orders))
	for i, o := range orders {
		if i%4 == 0 { // a customer who has ordered before
			continue
		}
		customers = append(customers, &orderhub.Customer{Shop: shop, Name: o.Contact.Name,
			Email: fmt.Sprintf("%d-%d@example.org", n, i), Phone: fmt.Sprint(79_000_000_000 + n*batchOf + i)})
	}
	if err := tx.Shop(shop).CreateCustomers(ctx, customers); err != nil {
		return err
	}
	claims := make([]orderdb.Claim, 0, 2*len(customers))
	events := make([]orderhub.Event, 0, len(customers)+len(orders))
	for i, c := range customers {
		orders[i].Customer = c.ID
		claims = append(claims, orderdb.Claim{Kind: orderhub.ByEmail, Value: c.Email, Customer: c.ID},
			orderdb.Claim{Kind: orderhub.ByPhone, Value: c.Phone, Customer: c.ID})
		events = append(events, orderhub.Event{Shop: shop, Kind: orderhub.CustomerRegistered, Customer: c.ID})
	}
	if err := tx.Shop(shop).ClaimIdentities(ctx, claims); err != nil {
		return err
	}
	keys := make([]orderdb.Keys, len(orders))
	for i, o := range orders {
		keys[i] = orderdb.Keys{Email: o.Contact.Email, Phone: o.Contact.Phone}
	}
	if err := storetest.CreateOrders(ctx, tx, keys, orders...); err != nil {
		return err
	}
	for _, o := range orders {
		events = append(events, orderhub.Event{Shop: shop, Kind: orderhub.OrderPlaced, Order: o.ID, Customer: o.Customer})
	}
	return storetest.Record(ctx, tx, events...)
}

// stocked opens a store of so many batches.
func stocked(b *testing.B, batches int) (*store.DB, orderhub.ShopID) {
	b.Helper()
	db := storetest.OpenFile(b, filepath.Join(b.TempDir(), "hub.db"), time.Now)
	shop := newShop(b, db, "main")
	for n := range batches {
		orders := newOrders(shop, n)
		if err := db.Update(b.Context(), func(tx *store.Tx) error { return placeAll(b, tx, n, orders) }); err != nil {
			b.Fatal(err)
		}
	}
	return db, shop
}

// BenchmarkTransaction stores batches of orders, each in one transaction.
func BenchmarkTransaction(b *testing.B) {
	db, shop := stocked(b, 8)
	var took time.Duration
	stored := 0
	for b.Loop() {
		b.StopTimer()
		n := stored + 8
		orders := newOrders(shop, n)
		begin := time.Now()
		b.StartTimer()
		err := db.Update(b.Context(), func(tx *store.Tx) error { return placeAll(b, tx, n, orders) })
		took += time.Since(begin)
		if err != nil {
			b.Fatal(err)
		}
		stored++
	}
	b.ReportMetric(float64(took.Microseconds())/float64(stored*batchOf), "µs/order")
}

// BenchmarkUpdates changes orders from many goroutines, whose changes share
// commits.
func BenchmarkUpdates(b *testing.B) {
	db, shop := stocked(b, 8)
	b.SetParallelism(32)
	var turn atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := turn.Add(1)
			err := db.Update(b.Context(), func(tx *store.Tx) error {
				o, err := tx.Shop(shop).OrderByRef(b.Context(), orderhub.OrderRef{Number: fmt.Sprint("S-", i*7919%(8*batchOf))})
				if err != nil {
					return err
				}
				o.Note = fmt.Sprint("note ", i)
				if err := storetest.SaveOrders(b.Context(), tx, nil, o); err != nil {
					return err
				}
				return storetest.Record(b.Context(), tx, orderhub.Event{Shop: shop, Kind: orderhub.OrderChanged, Order: o.ID})
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkPoint reads one order with its parts by its number.
func BenchmarkPoint(b *testing.B) {
	db, shop := stocked(b, 40)
	r := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		err := db.View(b.Context(), func(tx *store.Tx) error {
			_, err := tx.Shop(shop).OrderByRef(b.Context(), orderhub.OrderRef{Number: fmt.Sprint("S-", r.IntN(40*batchOf))})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkList reads a page of 50 orders with their parts.
func BenchmarkList(b *testing.B) {
	db, shop := stocked(b, 40)
	ctx := b.Context()
	for b.Loop() {
		err := db.View(ctx, func(tx *store.Tx) error {
			_, err := tx.Shop(shop).ListOrders(ctx, orderhub.OrderFilter{Limit: 50})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
