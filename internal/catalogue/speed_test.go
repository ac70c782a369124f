package catalogue

import (
	"bytes"
	"fmt"
	"testing"

	"orderhub"
	"orderhub/internal/feed"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

const benchmarked = 20_000 // offers, as in package feed

// BenchmarkRefresh refreshes a catalogue: all offers are new, all are known, and
// all have other prices.
// The siblings in package feed say what reading alone takes.
func BenchmarkRefresh(b *testing.B) {
	whole := benchmarkFile()
	for database, open := range storetest.Databases() {
		b.Run(database+"/new", func(b *testing.B) {
			s := &Service{DB: open(b)}
			for n := 0; b.Loop(); n++ {
				b.StopTimer()
				shop := newShop(b, s.DB, fmt.Sprintf("shop-%d", n))
				b.StartTimer()
				if r, err := s.Refresh(b.Context(), shop, bytes.NewReader(whole)); err != nil || r.Created != benchmarked {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
		})
		b.Run(database+"/known", func(b *testing.B) {
			s := &Service{DB: open(b)}
			shop := newShop(b, s.DB, "main")
			if _, err := s.Refresh(b.Context(), shop, bytes.NewReader(whole)); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if r, err := s.Refresh(b.Context(), shop, bytes.NewReader(whole)); err != nil || r.Unchanged != benchmarked {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
		})
		b.Run(database+"/changed", func(b *testing.B) {
			s := &Service{DB: open(b)}
			shop := newShop(b, s.DB, "main")
			if _, err := s.Refresh(b.Context(), shop, bytes.NewReader(whole)); err != nil {
				b.Fatal(err)
			}
			for n := 0; b.Loop(); n++ {
				other := bytes.ReplaceAll(whole, []byte(".50</price>"), fmt.Appendf(nil, ".%d</price>", 10+n%2))
				if r, err := s.Refresh(b.Context(), shop, bytes.NewReader(other)); err != nil || r.Changed != benchmarked {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
		})
	}
}

// BenchmarkImport takes the same offers in the way of an import of a file: one
// goroutine reads, another stores batches of 500.
func BenchmarkImport(b *testing.B) {
	whole := benchmarkFile()
	for database, open := range storetest.Databases() {
		b.Run(database+"/new", func(b *testing.B) {
			db := open(b)
			for n := 0; b.Loop(); n++ {
				b.StopTimer()
				shop := newShop(b, db, fmt.Sprintf("shop-%d", n))
				b.StartTimer()
				importWhole(b, db, shop, whole, orderhub.OutcomeCreated)
			}
			b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
		})
		b.Run(database+"/known", func(b *testing.B) {
			db := open(b)
			shop := newShop(b, db, "main")
			importWhole(b, db, shop, whole, orderhub.OutcomeCreated)
			for b.Loop() {
				importWhole(b, db, shop, whole, orderhub.OutcomeUnchanged)
			}
			b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
		})
	}
}

func importWhole(b *testing.B, db *store.DB, shop *orderhub.Shop, whole []byte, want orderhub.Outcome) {
	batches := make(chan []orderhub.ProductChange, 2)
	go func() {
		defer close(batches)
		var batch []orderhub.ProductChange
		for o, err := range feed.Read(bytes.NewReader(whole), feed.Limits{}) {
			if err != nil {
				b.Error(err)
				return
			}
			batch = append(batch, orderhub.ProductChange{ExternalID: o.ID, Whole: o.Product})
			if len(batch) == 500 {
				batches <- batch
				batch = nil
			}
		}
		batches <- batch
	}()
	for batch := range batches {
		err := db.Update(b.Context(), func(tx *store.Tx) error {
			verdicts, err := ImportAll(b.Context(), tx, shop, batch, both, false)
			for _, v := range verdicts {
				if v.Outcome != want {
					b.Error(v.Outcome, v.Err)
				}
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkFile() []byte {
	var all bytes.Buffer
	for i := range benchmarked {
		fmt.Fprintf(&all, `<offer id="%d" type="vendor.model" available="true" group_id="%d"><typePrefix>Чайник</typePrefix>
<vendor>Медник</vendor><model>М-%d</model><vendorCode>MD-%d</vendorCode><url>https://soroka.example/p/%d?from=yml&amp;n=1</url>
<price>%d.50</price><currencyId>RUB</currencyId><categoryId>1</categoryId><picture>https://soroka.example/i/%d.jpg</picture>
<description>Чайник для дома и дачи, объём два литра, свисток.</description>
<param name="Цвет">медный</param><param name="Объём" unit="л">2</param></offer>
`, i, i/4, i, i, i, i%5000+100, i)
	}
	return []byte(file(all.String()))
}
