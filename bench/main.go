// Package main measures the hub and prints one line a figure: name, value,
// unit, and the goal where there is one. It is for people and for comparing
// two versions on one machine; nothing here passes or fails.
//
// Every comparison is made in turns (a b c a b c …) and given as the median
// of all rounds, because machines grow faster and slower by the minute.
// Generator, hub and database share the machine.
//
//	go run ./bench                 all figures but those of large stores
//	go run ./bench -rounds 9       more rounds
//	go run ./bench -stores DIR     lists and search in large stores, too
//	make bench                     with PostgreSQL beside
//
// PostgreSQL is measured when ORDERHUB_TEST_POSTGRES names a server. A store
// of a million orders takes a quarter of an hour and two gigabytes; -stores
// keeps it for the next time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A plan is how much is measured, and what the measurements share.
type plan struct {
	rounds      int
	orders      int // in each run
	connections int // at the same time
	dir         string
	stores      string // where filled stores are kept
	large       bool   // whether there are any
	many        int    // orders in the large one

	program    string // the hub, built
	smallStore *filled
	largeStore *filled
	progress   progress
	took       map[string][]time.Duration // what single acts of the last measurement took
	grown      float64                    // by how many MB the last measurement let the server grow
	noted      map[string]float64         // what measurements note beside their own value
	only       string                     // measure only figures whose names begin so
}

func run(ctx context.Context) error {
	p := plan{progress: newProgress(), took: make(map[string][]time.Duration), noted: make(map[string]float64)}
	flag.IntVar(&p.rounds, "rounds", 5, "how often everything is measured, in turns")
	flag.IntVar(&p.orders, "orders", 20_000, "orders in each run")
	flag.IntVar(&p.connections, "connections", 64, "clients at the same time")
	flag.StringVar(&p.dir, "dir", "", "folder for the stores, on the disk to be measured (a temporary one)")
	flag.BoolVar(&p.large, "large", false, "measure lists and search in large stores, too")
	flag.StringVar(&p.stores, "stores", "", "the same, with the filled stores kept in this folder")
	flag.IntVar(&p.many, "many", 1_000_000, "orders in the largest store")
	flag.StringVar(&p.only, "only", "", "measure only figures whose names begin with one of these, separated by commas")
	form := flag.String("parse", "", "read -file by the usual library of this form and do nothing else; the bench asks itself for that")
	file := flag.String("file", "", "the file of -parse")
	flag.Parse()
	if *form != "" {
		return parseAlone(*form, *file)
	}
	cleanUp, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	defer cleanUp()
	end, err := p.openLarge(ctx)
	if err != nil {
		return err
	}
	defer end()

	all := p.chosen(measurements(p.large))
	found, err := p.measure(ctx, all)
	if err != nil {
		return err
	}
	p.progress.done()
	found.print(os.Stdout, all)
	return nil
}

// chosen are the measurements that are asked for.
func (p *plan) chosen(all []measurement) []measurement {
	if p.only == "" {
		return all
	}
	return slices.DeleteFunc(all, func(m measurement) bool {
		return !slices.ContainsFunc(strings.Split(p.only, ","), func(begin string) bool { return strings.HasPrefix(m.name, begin) })
	})
}

// measure makes all measurements in turns.
func (p *plan) measure(ctx context.Context, all []measurement) (figures, error) {
	found := make(figures)
	for round := range p.rounds {
		for _, m := range all {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if m.once && round > 0 {
				continue
			}
			p.progress.say("round %d of %d: %s", round+1, p.rounds, m.name)
			value, err := m.measure(ctx, p)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
			found[m.name] = append(found[m.name], value)
		}
	}
	return found, nil
}
