package customers_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// madeUp are the cells of a customer whom nobody knows: external id, e-mail
// address, name, phone number, time of registration and three attributes. The
// keys of neighbours are far apart, as in files of shops.
func madeUp(n int) []string {
	mixed := uint32(n) * 2654435761 // a bijection
	return []string{
		fmt.Sprintf("C-%08d", n), fmt.Sprintf("person%d@mail%d.example", mixed, n%50), "Анна Петрова " + strconv.Itoa(n%1000),
		fmt.Sprintf("+79%09d", mixed%1_000_000_000), "2018-01-01 00:11:22", "Москва", "gold", strconv.Itoa(n % 5000),
	}
}

var madeUpNames = [3]string{"city", "level", "bonus"}

// madeUpChange reads the cells.
func madeUpChange(cells []string) orderhub.CustomerChange {
	at, _ := time.Parse(time.DateTime, cells[4])
	c := orderhub.CustomerChange{ExternalID: &cells[0], Email: &cells[1], Name: &cells[2], Phone: &cells[3], RegisteredAt: &at}
	c.Attributes = make(orderhub.Attributes, 3)
	for i, name := range madeUpNames {
		c.Attributes[i] = orderhub.Attribute{Name: name, Value: []byte(`"` + cells[5+i] + `"`)}
	}
	return c
}

// BenchmarkCSV parses the file alone: what BenchmarkImportAll is held against.
func BenchmarkCSV(b *testing.B) {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	for n := range 100_000 {
		w.Write(madeUp(n))
	}
	w.Flush()
	rows := 0
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(file.Bytes()))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err == io.EOF {
				break
			}
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkImportAll stores new customers, 500 a transaction, in a store that
// holds ORDERHUB_BENCH_CUSTOMERS of them already (10,000 when it is not set).
func BenchmarkImportAll(b *testing.B) {
	db := storetest.Open(b)
	shop := &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail}
	if err := db.Update(b.Context(), func(tx *store.Tx) error { return tx.CreateShop(b.Context(), shop) }); err != nil {
		b.Fatal(err)
	}
	ctx := orderhub.WithActor(b.Context(), orderhub.Actor{Door: "import", History: true})
	next := 0
	batch := func() {
		entries := make([]*customers.Entry, 500)
		for i := range entries {
			entries[i] = customers.NewEntry(shop, madeUpChange(madeUp(next)))
			next++
		}
		err := db.Update(ctx, func(tx *store.Tx) error {
			_, err := customers.ImportAll(ctx, tx, shop, entries, both, false)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	there, err := strconv.Atoi(os.Getenv("ORDERHUB_BENCH_CUSTOMERS"))
	if err != nil {
		there = 10_000
	}
	for next < there {
		batch()
	}
	before := next
	for b.Loop() {
		batch()
	}
	b.ReportMetric(float64(next-before)/b.Elapsed().Seconds(), "customers/s")
	b.ReportMetric(0, "ns/op")
}
