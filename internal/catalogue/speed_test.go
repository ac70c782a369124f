package catalogue

import (
	"bytes"
	"fmt"
	"testing"

	"orderhub/internal/store/storetest"
)

const benchmarked = 20_000 // offers, as in package feed

// BenchmarkRefresh takes in a feed whole: all of it new, and all of it known.
// The siblings in package feed say what reading alone takes.
func BenchmarkRefresh(b *testing.B) {
	var all bytes.Buffer
	for i := range benchmarked {
		fmt.Fprintf(&all, `<offer id="%d" type="vendor.model" available="true" group_id="%d"><typePrefix>Чайник</typePrefix>
<vendor>Медник</vendor><model>М-%d</model><vendorCode>MD-%d</vendorCode><url>https://soroka.example/p/%d?from=yml&amp;n=1</url>
<price>%d.50</price><currencyId>RUB</currencyId><categoryId>1</categoryId><picture>https://soroka.example/i/%d.jpg</picture>
<description>Чайник для дома и дачи, объём два литра, свисток.</description>
<param name="Цвет">медный</param><param name="Объём" unit="л">2</param></offer>
`, i, i/4, i, i, i, i%5000+100, i)
	}
	whole := []byte(file(all.String()))
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
	}
}
