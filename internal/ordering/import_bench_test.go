package ordering_test

import (
	"fmt"
	"testing"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// BenchmarkImportAll stores 500 orders at once, as imports do, beside what
// PutAll needs for the same ones, and what it costs to find out that all of
// them are there already.
func BenchmarkImportAll(b *testing.B) {
	const many = 500
	for name, open := range storetest.Databases() {
		db := open(b)
		s, shop := &ordering.Service{DB: db}, sample.Shop()
		if err := db.Update(b.Context(), func(tx *store.Tx) error { return tx.CreateShop(b.Context(), shop) }); err != nil {
			b.Fatal(err)
		}
		round := 0
		batch := func() []*orderhub.Order {
			round++
			all := make([]*orderhub.Order, 0, many)
			for o := range sample.Orders(uint64(round), many, storetest.Noon) {
				o.Number = fmt.Sprint(round, "-", o.Number)
				all = append(all, o)
			}
			return all
		}
		run := func(b *testing.B, entries []ordering.ImportEntry, dry bool) {
			do := db.Update
			if dry {
				do = db.View
			}
			err := do(b.Context(), func(tx *store.Tx) error {
				_, err := ordering.ImportAll(b.Context(), tx, shop, entries, either, dry)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		perOrder := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*many), "µs/order")
		}
		b.Run(name+"/PutAll", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				orders := batch()
				b.StartTimer()
				if err := s.PlaceAll(b.Context(), shop, orders); err != nil {
					b.Fatal(err)
				}
			}
			perOrder(b)
		})
		var last []ordering.ImportEntry
		b.Run(name+"/new", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				last = entriesOf(batch())
				b.StartTimer()
				run(b, last, false)
			}
			perOrder(b)
		})
		b.Run(name+"/rehearsed", func(b *testing.B) {
			fresh := entriesOf(batch())
			for b.Loop() {
				run(b, fresh, true)
			}
			perOrder(b)
		})
		b.Run(name+"/unchanged", func(b *testing.B) {
			for b.Loop() {
				run(b, last, false)
			}
			perOrder(b)
		})
	}
}

// entriesOf are orders as a file tells them.
func entriesOf(orders []*orderhub.Order) []ordering.ImportEntry {
	all := make([]ordering.ImportEntry, len(orders))
	for i, o := range orders {
		all[i] = ordering.ImportEntry{Ref: number(o.Number), Change: orderhub.OrderChange{
			PlacedAt: &o.PlacedAt, UpdatedAt: &o.UpdatedAt, Status: &o.Status, Name: &o.Contact.Name, Email: &o.Contact.Email, Phone: &o.Contact.Phone,
			Address: &o.Contact.Address, Note: &o.Note, Source: &o.Source, Coupon: &o.Coupon, Lines: orderhub.WholeLines(o.Lines), Attributes: o.Attributes, Extras: o.Extras,
		}, FileChange: ordering.FileChange{Currency: &o.Currency}}
	}
	return all
}
