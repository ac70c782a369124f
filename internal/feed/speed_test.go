package feed

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

const benchmarked = 20_000 // offers

// BenchmarkRead and its siblings read the same file: ours, with offers and
// without, and what encoding/xml takes for the same elements.
func BenchmarkRead(b *testing.B) {
	whole := benchmarkFile(b)
	for b.Loop() {
		n := 0
		for _, err := range Read(bytes.NewReader(whole), Limits{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchmarked {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
}

func BenchmarkReadWindows1251(b *testing.B) {
	whole := []byte(inWindows1251(string(benchmarkFile(b))))
	for b.Loop() {
		for _, err := range Read(bytes.NewReader(whole), Limits{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
}

func BenchmarkCheck(b *testing.B) {
	whole := benchmarkFile(b)
	for b.Loop() {
		if _, err := Check(bytes.NewReader(whole), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
}

func BenchmarkDecodeElement(b *testing.B) {
	whole := benchmarkFile(b)
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(whole))
		n := 0
		for {
			t, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			start, ok := t.(xml.StartElement)
			if !ok || start.Name.Local != "offer" {
				continue
			}
			var o struct {
				ID          string   `xml:"id,attr"`
				Group       string   `xml:"group_id,attr"`
				Available   string   `xml:"available,attr"`
				Prefix      string   `xml:"typePrefix"`
				Vendor      string   `xml:"vendor"`
				Model       string   `xml:"model"`
				Code        string   `xml:"vendorCode"`
				URL         string   `xml:"url"`
				Price       string   `xml:"price"`
				Currency    string   `xml:"currencyId"`
				Category    string   `xml:"categoryId"`
				Pictures    []string `xml:"picture"`
				Description string   `xml:"description"`
				Params      []struct {
					Name string `xml:"name,attr"`
					Text string `xml:",chardata"`
				} `xml:"param"`
			}
			if err := d.DecodeElement(&o, &start); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchmarked {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(benchmarked*b.N)/b.Elapsed().Seconds(), "offers/s")
}

func benchmarkFile(b *testing.B) []byte {
	b.Helper()
	var whole strings.Builder
	if _, err := io.Copy(&whole, catalogue(benchmarked)); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	return []byte(whole.String())
}
