// Package main measures the hub and prints one line a figure: name, value,
// unit, and the goal where there is one. It is for people and for comparing
// two versions on one machine; nothing here passes or fails.
//
// Every comparison is made in turns (a b c a b c …) and given as the median
// of all rounds, because machines grow faster and slower by the minute.
// Generator, hub and database share the machine.
//
//	go run ./bench                 all figures
//	go run ./bench -rounds 9       more rounds
//	make bench                     with PostgreSQL beside
//
// PostgreSQL is measured when ORDERHUB_TEST_POSTGRES names a server.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A plan is how much is measured.
type plan struct {
	rounds      int
	orders      int // in each run
	connections int // at the same time
	dir         string
	program     string // the hub, built
}

func run(ctx context.Context) error {
	var p plan
	flag.IntVar(&p.rounds, "rounds", 5, "how often everything is measured, in turns")
	flag.IntVar(&p.orders, "orders", 20_000, "orders in each run")
	flag.IntVar(&p.connections, "connections", 64, "clients at the same time")
	flag.StringVar(&p.dir, "dir", "", "folder for the stores, on the disk to be measured (a temporary one)")
	flag.Parse()
	cleanUp, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	defer cleanUp()

	found := make(figures)
	for round := range p.rounds {
		for _, m := range measurements() {
			if err := ctx.Err(); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "\rround %d of %d: %-40s", round+1, p.rounds, m.name)
			value, err := m.measure(ctx, &p)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			found[m.name] = append(found[m.name], value)
		}
	}
	fmt.Fprintf(os.Stderr, "\r%-70s\r", "")
	found.print(os.Stdout)
	return nil
}

// A measurement gives one value each time that it is made.
type measurement struct {
	name    string
	unit    string
	measure func(context.Context, *plan) (float64, error)
}

func measurements() []measurement {
	all := []measurement{
		{"disk_flush", "us", flush},
		{"start_empty", "ms", startEmpty},
		{"idle_memory", "MB", idleMemory},
		{"sqlite_http", "orders/s", ingest(hubOptions{})},
		{"sqlite_http_p99", "ms", lastP99},
		{"sqlite_inprocess", "orders/s", inProcess(sqliteStore)},
		{"sqlite_http_one_a_commit", "orders/s", ingest(hubOptions{maxGroup: 1, share: 4})},
	}
	if os.Getenv(postgresEnv) != "" {
		all = append(all,
			measurement{"postgres_http", "orders/s", ingest(hubOptions{postgres: true, share: 2})},
			measurement{"postgres_inprocess", "orders/s", inProcess(postgresStore)},
		)
	}
	return all
}

// A ratio compares two figures, with the goal that we hold ourselves to.
type ratio struct {
	name, over, under string
	goal              float64
}

var ratios = []ratio{
	{"http_to_inprocess", "sqlite_http", "sqlite_inprocess", 0.50},
	{"group_to_one_a_commit", "sqlite_http", "sqlite_http_one_a_commit", 2.5},
	{"postgres_to_sqlite_inprocess", "postgres_inprocess", "sqlite_inprocess", 0.35},
}

// figures are the values of each measurement, one a round.
type figures map[string][]float64

func (f figures) print(w *os.File) {
	for _, m := range measurements() {
		low, middle, high := spread(f[m.name])
		fmt.Fprintf(w, "%-28s %10.1f %-9s (%.1f to %.1f)\n", m.name, middle, m.unit, low, high)
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
		fmt.Fprintf(w, "%-28s %10.2f %-9s (%.2f to %.2f; goal: at least %.2f)\n", r.name, middle, "ratio", low, high, r.goal)
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
