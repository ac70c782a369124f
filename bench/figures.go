package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// A run measures once and gives one value.
type run = func(context.Context, *plan) (float64, error)

// A measurement gives one value each time that it is made.
type measurement struct {
	name    string
	unit    string
	measure run
	goal    goal
	once    bool     // in the first round only, because it would not change
	after   []string // the measurements of the same round whose notes it reads
}

// of is a percentile, in milliseconds, of what the single acts of a measurement
// took.
func of(name string, percent int, g goal) measurement {
	return measurement{name: fmt.Sprintf("%s_p%d", name, percent), unit: "ms",
		measure: percentile(name, percent), goal: g, after: []string{name}}
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

// missed says whether a value is on the wrong side of the goal.
func (g goal) missed(value float64) bool {
	return g.least > 0 && value < g.least || g.most > 0 && value > g.most
}

// measurements are all that the plan can make.
func (p *plan) measurements() []measurement {
	all := []measurement{
		{name: "disk_flush", unit: "us", measure: flush},
		{name: "start_empty", unit: "ms", measure: started(hubOptions{}), goal: goal{most: 100}},
		{name: "idle_memory", unit: "MB", measure: idleMemory(hubOptions{}), goal: goal{most: 35}},
	}
	postgres := os.Getenv(postgresEnv) != ""
	for _, c := range comparisons {
		if postgres || !c.o.postgres {
			all = append(all, c.measurements(p.old != "")...)
		}
	}
	all = append(all, sqliteMeasurements()...)
	all = append(all, fileMeasurements()...)
	all = append(all, consumerMeasurements()...)
	all = append(all, besideMeasurements("sqlite", hubOptions{})...)
	if postgres {
		o := hubOptions{postgres: true}
		all = append(all,
			measurement{name: "postgres_inprocess", unit: "orders/s", measure: inProcess(postgresStore, 16)},
			measurement{name: "postgres_batches", unit: "orders/s", measure: inBatches(postgresStore)},
			measurement{name: "ecdp_postgres_single", unit: "orders/s", measure: ecdpSingles("ecdp_postgres_single", hubOptions{postgres: true, share: 2})},
		)
		all = append(all, besideMeasurements("postgres", o)...)
	}
	if p.large {
		all = append(all, largeMeasurements()...)
	}
	return all
}

// sqliteMeasurements are those of the small stores.
func sqliteMeasurements() []measurement {
	return []measurement{
		{name: "sqlite_inprocess", unit: "orders/s", measure: inProcess(sqliteStore, 0)},
		{name: "sqlite_inprocess_p99", unit: "ms", measure: percentile("inprocess", 99), after: []string{"sqlite_inprocess"}},
		{name: "flush_and_batch_of_32", unit: "ms", measure: flushAndBatch(32)},
		{name: "flush_and_batch_of_64", unit: "ms", measure: flushAndBatch(64)},
		{name: "sqlite_http_one_a_commit", unit: "orders/s", measure: ingest("one_a_commit", hubOptions{maxGroup: 1, share: 4})},
		{name: "ecdp_inprocess", unit: "orders/s", measure: ecdpInProcess(sqliteStore)},
		{name: "exchange_marks", unit: "orders/s", measure: marks(amended)},
		{name: "exchange_marks_single", unit: "orders/s", measure: marks(1)},
		{name: "till_orders", unit: "us/order", measure: tillOrders},
		{name: "till_orders_memory", unit: "MB", measure: grown, after: []string{"till_orders"}},
	}
}

// largeMeasurements are those of the filled stores.
func largeMeasurements() []measurement {
	onLarge := hubOptions{filled: func(p *plan) *filled { return p.largeStore }}
	return []measurement{
		{name: "start_large", unit: "ms", measure: started(onLarge), goal: goal{most: 1_000}},
		{name: "idle_memory_large", unit: "MB", measure: idleMemory(onLarge), goal: goal{most: 40}},
		{name: "bytes_an_order", unit: "bytes", measure: bytesAnOrder, once: true, goal: goal{most: 1_500}},

		{name: "list_small", unit: "ms", measure: lists},
		{name: "list_small_p99", unit: "ms", measure: percentile("list_small", 99), after: []string{"list_small"}},
		{name: "list_large", unit: "ms", measure: percentile("list_large", 50), after: []string{"list_small"}},
		{name: "list_large_p99", unit: "ms", measure: percentile("list_large", 99), after: []string{"list_small"}},
		{name: "list_deep", unit: "ms", measure: percentile("list_deep", 50), after: []string{"list_small"}},
		{name: "list_deep_p99", unit: "ms", measure: percentile("list_deep", 99), after: []string{"list_small"}},
		{name: "http_list_small", unit: "ms", measure: httpLists},
		{name: "http_list_small_p99", unit: "ms", measure: percentile("http_list_small", 99), after: []string{"http_list_small"}},
		{name: "http_list_large", unit: "ms", measure: percentile("http_list_large", 50), after: []string{"http_list_small"}},
		{name: "http_list_large_p99", unit: "ms", measure: percentile("http_list_large", 99), after: []string{"http_list_small"}},

		{name: "exchange_pull_large", unit: "us/order", measure: pulls},
		{name: "exchange_pull_small", unit: "us/order", measure: microseconds("exchange_pull_small", 50), after: []string{"exchange_pull_large"}},
		{name: "exchange_read", unit: "us/order", measure: microseconds("exchange_read", 50), after: []string{"exchange_pull_large"}},

		{name: "card_id_small", unit: "us", measure: cards},
		{name: "card_id_large", unit: "us", measure: microseconds("card_id_large", 50), after: []string{"card_id_small"}},
		{name: "card_number_small", unit: "us", measure: microseconds("card_number_small", 50), after: []string{"card_id_small"}},
		{name: "card_number_large", unit: "us", measure: microseconds("card_number_large", 50), after: []string{"card_id_small"}},
		{name: "card_external_small", unit: "us", measure: microseconds("card_external_small", 50), after: []string{"card_id_small"}},
		{name: "card_external_large", unit: "us", measure: microseconds("card_external_large", 50), after: []string{"card_id_small"}},
		{name: "card_barcode_small", unit: "us", measure: microseconds("card_barcode_small", 50), after: []string{"card_id_small"}},
		{name: "card_barcode_large", unit: "us", measure: microseconds("card_barcode_large", 50), after: []string{"card_id_small"}},

		{name: "search_rare", unit: "ms", measure: searches},
		{name: "search_rare_p99", unit: "ms", measure: percentile("search_rare", 99), after: []string{"search_rare"}},
		{name: "like_rare", unit: "ms", measure: percentile("like_rare", 50), after: []string{"search_rare"}},
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

// allRatios are those of the comparisons and of figures of one binary.
func allRatios() []ratio {
	var all []ratio
	for _, c := range comparisons {
		all = append(all, c.ratio())
	}
	return append(all, ratios...)
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
	{"csv_memory_to_tenth", "csv_import_memory", "csv_import_tenth_memory", goal{}},
	{"sqlite_bulk_to_copy", "ecdp_batch", "sqlite_copy", goal{least: 0.22}},
	{"postgres_bulk_to_copy", "ecdp_postgres_batch", "postgres_copy", goal{least: 0.50}},
	{"sqlite_bulk_to_copy_old", "ecdp_batch_old", "sqlite_copy_old", goal{}},
	{"postgres_bulk_to_copy_old", "ecdp_postgres_batch_old", "postgres_copy_old", goal{}},
	{"csv_import_to_driver", "csv_import", "csv_driver", goal{least: 0.60}},
	{"beside_import_to_alone", "sqlite_beside_import", "sqlite_http", goal{least: 0.80}},
	{"beside_import_p99_to_limit", "sqlite_beside_import_p99", "sqlite_p99_and_step", goal{most: 1}},
	{"postgres_beside_import_to_alone", "postgres_beside_import", "postgres_http", goal{least: 0.80}},
	{"postgres_beside_import_p99_to_limit", "postgres_beside_import_p99", "postgres_p99_and_step", goal{most: 1}},
	{"sqlite_shop_beside_singles_to_limit", "sqlite_shop_beside_singles", "sqlite_group_and_heavy", goal{most: 1}},
	{"sqlite_shop_beside_bulks_to_limit", "sqlite_shop_beside_bulks", "sqlite_group_and_heavy", goal{most: 1}},
	{"postgres_shop_beside_singles_to_limit", "postgres_shop_beside_singles", "postgres_group_and_heavy", goal{most: 1}},
	{"postgres_shop_beside_bulks_to_limit", "postgres_shop_beside_bulks", "postgres_group_and_heavy", goal{most: 1}},
	{"ten_idle_consumers_to_none", "sqlite_beside_ten_idle_consumers", "sqlite_without_consumers", goal{least: 0.97}},
	{"list_large_to_small", "list_large", "list_small", goal{}},
	{"list_p99_large_to_small", "list_large_p99", "list_small_p99", goal{most: 2}},
	{"list_deep_to_first", "list_deep", "list_large", goal{most: 1.2}},
	{"http_list_large_to_small", "http_list_large", "http_list_small", goal{}},
	{"like_to_search", "like_rare", "search_rare", goal{least: 15}},
	{"like_to_search_p99", "like_rare", "search_rare_p99", goal{least: 15}},
}

// figures are the values of each measurement, one a round.
type figures map[string][]float64

// print writes one line for each measurement and for each ratio of two that
// were made.
func (f figures) print(w io.Writer, all []measurement, ratios []ratio) {
	for _, m := range all {
		printLine(w, m.name, m.unit, f[m.name], m.goal)
	}
	for _, r := range ratios {
		if each := r.of(f); len(each) > 0 {
			printLine(w, r.name, "ratio", each, r.goal)
		}
	}
}

// of is the ratio in each round.
func (r ratio) of(f figures) []float64 {
	over, under := f[r.over], f[r.under]
	each := make([]float64, min(len(over), len(under)))
	for i := range each {
		each[i] = over[i] / under[i]
	}
	return each
}

func printLine(w io.Writer, name, unit string, values []float64, g goal) {
	low, middle, high := spread(values)
	missed := ""
	if g.missed(middle) {
		missed = " MISSED"
	}
	fmt.Fprintf(w, "%-38s %10.2f %-9s (%.2f to %.2f%s)%s\n", name, middle, unit, low, high, g, missed)
}

// spread gives the least, the median and the greatest value.
func spread(values []float64) (low, middle, high float64) {
	v := slices.Sorted(slices.Values(values))
	if len(v) == 0 {
		return 0, 0, 0
	}
	return v[0], v[len(v)/2], v[len(v)-1]
}

// percentile gives, in milliseconds, what that many in a hundred of the single
// acts took at most, as an earlier measurement of the round noted them.
func percentile(acts string, of int) run {
	return func(_ context.Context, p *plan) (float64, error) {
		took := slices.Sorted(slices.Values(p.took[acts]))
		if len(took) == 0 {
			return 0, fmt.Errorf("nothing was noted of %s", acts)
		}
		return milliseconds(took[len(took)*of/100]), nil
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
