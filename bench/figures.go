package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// A measurement gives one value each time that it is made.
type measurement struct {
	name    string
	unit    string
	measure func(context.Context, *plan) (float64, error)
	goal    goal
	once    bool // in the first round only, because it would not change
}

// A goal is what we hold ourselves to; the zero goal is none.
type goal struct{ least, most float64 }

func (g goal) String() string {
	switch {
	case g.least > 0:
		return fmt.Sprintf("; goal: at least %.2f", g.least)
	case g.most > 0:
		return fmt.Sprintf("; goal: at most %.2f", g.most)
	}
	return ""
}

func measurements(large bool) []measurement {
	all := []measurement{
		{name: "disk_flush", unit: "us", measure: flush},
		{name: "start_empty", unit: "ms", measure: started(hubOptions{}), goal: goal{most: 100}},
		{name: "idle_memory", unit: "MB", measure: idleMemory(hubOptions{}), goal: goal{most: 40}},
		{name: "sqlite_http", unit: "orders/s", measure: ingest(hubOptions{})},
		{name: "sqlite_http_p99", unit: "ms", measure: percentile("ingest", 99)},
		{name: "sqlite_inprocess", unit: "orders/s", measure: inProcess(sqliteStore, 0)},
		{name: "sqlite_inprocess_p99", unit: "ms", measure: percentile("inprocess", 99)},
		{name: "flush_and_batch_of_32", unit: "ms", measure: flushAndBatch(32)},
		{name: "flush_and_batch_of_64", unit: "ms", measure: flushAndBatch(64)},
		{name: "ecdp_batch", unit: "orders/s", measure: ecdpBatches(hubOptions{})},
		{name: "ecdp_inprocess", unit: "orders/s", measure: ecdpInProcess(sqliteStore)},
		{name: "exchange_marks", unit: "orders/s", measure: marks(amended)},
		{name: "exchange_marks_single", unit: "orders/s", measure: marks(1)},
		{name: "till_orders", unit: "us/order", measure: tillOrders},
		{name: "till_orders_memory", unit: "MB", measure: grown},
		{name: "sqlite_http_one_a_commit", unit: "orders/s", measure: ingest(hubOptions{maxGroup: 1, share: 4})},
	}
	all = append(all, fileMeasurements()...)
	if os.Getenv(postgresEnv) != "" {
		all = append(all,
			measurement{name: "postgres_http", unit: "orders/s", measure: ingest(hubOptions{postgres: true, share: 2})},
			measurement{name: "postgres_inprocess", unit: "orders/s", measure: inProcess(postgresStore, 16)},
			measurement{name: "postgres_batches", unit: "orders/s", measure: inBatches(postgresStore)},
			measurement{name: "ecdp_postgres_batch", unit: "orders/s", measure: ecdpBatches(hubOptions{postgres: true})},
			measurement{name: "ecdp_postgres_single", unit: "orders/s", measure: ecdpSingles(hubOptions{postgres: true, share: 2})},
		)
	}
	if large {
		all = append(all, largeMeasurements()...)
	}
	return all
}

// largeMeasurements are those of the filled stores.
func largeMeasurements() []measurement {
	onLarge := hubOptions{filled: func(p *plan) *filled { return p.largeStore }}
	return []measurement{
		{name: "start_large", unit: "ms", measure: started(onLarge), goal: goal{most: 1_000}},
		{name: "idle_memory_large", unit: "MB", measure: idleMemory(onLarge), goal: goal{most: 40}},
		{name: "bytes_an_order", unit: "bytes", measure: bytesAnOrder, once: true},

		{name: "list_small", unit: "ms", measure: lists},
		{name: "list_small_p99", unit: "ms", measure: percentile("list_small", 99)},
		{name: "list_large", unit: "ms", measure: percentile("list_large", 50)},
		{name: "list_large_p99", unit: "ms", measure: percentile("list_large", 99)},
		{name: "list_deep", unit: "ms", measure: percentile("list_deep", 50)},
		{name: "list_deep_p99", unit: "ms", measure: percentile("list_deep", 99)},
		{name: "http_list_small", unit: "ms", measure: httpLists},
		{name: "http_list_small_p99", unit: "ms", measure: percentile("http_list_small", 99)},
		{name: "http_list_large", unit: "ms", measure: percentile("http_list_large", 50)},
		{name: "http_list_large_p99", unit: "ms", measure: percentile("http_list_large", 99)},

		{name: "exchange_pull_large", unit: "us/order", measure: pulls},
		{name: "exchange_pull_small", unit: "us/order", measure: microseconds("exchange_pull_small", 50)},
		{name: "exchange_read", unit: "us/order", measure: microseconds("exchange_read", 50)},

		{name: "card_id_small", unit: "us", measure: cards},
		{name: "card_id_large", unit: "us", measure: microseconds("card_id_large", 50)},
		{name: "card_number_small", unit: "us", measure: microseconds("card_number_small", 50)},
		{name: "card_number_large", unit: "us", measure: microseconds("card_number_large", 50)},
		{name: "card_external_small", unit: "us", measure: microseconds("card_external_small", 50)},
		{name: "card_external_large", unit: "us", measure: microseconds("card_external_large", 50)},
		{name: "card_barcode_small", unit: "us", measure: microseconds("card_barcode_small", 50)},
		{name: "card_barcode_large", unit: "us", measure: microseconds("card_barcode_large", 50)},

		{name: "search_rare", unit: "ms", measure: searches},
		{name: "search_rare_p99", unit: "ms", measure: percentile("search_rare", 99)},
		{name: "like_rare", unit: "ms", measure: percentile("like_rare", 50)},
		{name: "search_cyrillic", unit: "orders", measure: searched(cyrillic), once: true},
		{name: "like_cyrillic", unit: "orders", measure: liked(cyrillic), once: true},
		{name: "search_polish", unit: "orders", measure: searched(polish), once: true},
		{name: "like_polish", unit: "orders", measure: liked(polish), once: true},
	}
}

// A ratio compares two figures.
type ratio struct {
	name, over, under string
	goal              goal
}

var ratios = []ratio{
	{"http_to_inprocess", "sqlite_http", "sqlite_inprocess", goal{least: 0.50}},
	{"group_to_one_a_commit", "sqlite_http", "sqlite_http_one_a_commit", goal{least: 2.5}},
	{"http_p99_to_batch", "sqlite_http_p99", "flush_and_batch_of_64", goal{most: 2}},
	{"http_p99_to_inprocess_p99", "sqlite_http_p99", "sqlite_inprocess_p99", goal{most: 2}},
	{"postgres_to_sqlite_inprocess", "postgres_inprocess", "sqlite_inprocess", goal{least: 0.35}},
	{"postgres_batches_to_sqlite", "postgres_batches", "sqlite_inprocess", goal{least: 0.60}},
	{"ecdp_batch_to_inprocess", "ecdp_batch", "ecdp_inprocess", goal{least: 0.60}},
	{"ecdp_postgres_to_sqlite", "ecdp_postgres_batch", "ecdp_batch", goal{least: 0.60}},
	{"ecdp_postgres_batch_to_single", "ecdp_postgres_batch", "ecdp_postgres_single", goal{least: 2.5}},
	{"exchange_marks_to_single", "exchange_marks", "exchange_marks_single", goal{least: 5}},
	{"exchange_pull_to_read", "exchange_pull_large", "exchange_read", goal{most: 3}},
	{"exchange_large_to_small", "exchange_pull_large", "exchange_pull_small", goal{most: 1.2}},
	{"card_id_large_to_small", "card_id_large", "card_id_small", goal{most: 2}},
	{"card_number_large_to_small", "card_number_large", "card_number_small", goal{most: 2}},
	{"card_external_large_to_small", "card_external_large", "card_external_small", goal{most: 2}},
	{"card_barcode_large_to_small", "card_barcode_large", "card_barcode_small", goal{most: 2}},
	{"csv_import_to_parse", "csv_import", "csv_parse", goal{least: 0.06}},
	{"xlsx_import_to_parse", "xlsx_import", "xlsx_parse", goal{least: 5}},
	{"xlsx_memory_to_parse", "xlsx_import_memory", "xlsx_parse_memory", goal{most: 1}},
	{"yml_import_to_parse", "yml_import", "yml_parse", goal{least: 3}},
	{"csv_memory_to_tenth", "csv_import_memory", "csv_import_tenth_memory", goal{}},
	{"beside_import_to_alone", "http_beside_import", "sqlite_http", goal{least: 0.50}},
	{"list_large_to_small", "list_large", "list_small", goal{}},
	{"list_p99_large_to_small", "list_large_p99", "list_small_p99", goal{most: 2}},
	{"list_deep_to_first", "list_deep", "list_large", goal{most: 1.2}},
	{"http_list_large_to_small", "http_list_large", "http_list_small", goal{}},
	{"like_to_search", "like_rare", "search_rare", goal{least: 15}},
	{"like_to_search_p99", "like_rare", "search_rare_p99", goal{least: 15}},
}

// figures are the values of each measurement, one a round.
type figures map[string][]float64

func (f figures) print(w io.Writer, all []measurement) {
	for _, m := range all {
		low, middle, high := spread(f[m.name])
		fmt.Fprintf(w, "%-28s %10.2f %-9s (%.2f to %.2f%s)\n", m.name, middle, m.unit, low, high, m.goal)
	}
	for _, r := range ratios {
		over, under := f[r.over], f[r.under]
		if len(over) == 0 || len(under) == 0 {
			continue
		}
		each := make([]float64, len(over))
		for i := range over {
			each[i] = over[i] / under[i]
		}
		low, middle, high := spread(each)
		fmt.Fprintf(w, "%-28s %10.2f %-9s (%.2f to %.2f%s)\n", r.name, middle, "ratio", low, high, r.goal)
	}
}

// spread gives the least, the median and the greatest value.
func spread(values []float64) (low, middle, high float64) {
	v := slices.Sorted(slices.Values(values))
	if len(v) == 0 {
		return 0, 0, 0
	}
	return v[0], v[len(v)/2], v[len(v)-1]
}

// percentile tells, in milliseconds, how long that many in a hundred of the
// single acts took at most, as the measurement before noted them.
func percentile(acts string, of int) func(context.Context, *plan) (float64, error) {
	return func(_ context.Context, p *plan) (float64, error) {
		took := slices.Sorted(slices.Values(p.took[acts]))
		if len(took) == 0 {
			return 0, fmt.Errorf("nothing was noted of %s", acts)
		}
		return milliseconds(took[len(took)*of/100]), nil
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
