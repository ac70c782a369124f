// Package main measures the hub and prints one line a figure: name, value,
// unit, the goal where there is one, and MISSED where the median misses it. It
// is for people and for comparing two versions on one machine; nothing here
// passes or fails.
//
// Every comparison is interleaved (a b c a b c …) and given as the median of
// all rounds, because the speed of a machine changes by the minute. Load
// generator, hub and database share the machine.
//
//	make bench                     all figures but those of large stores
//	make bench ONLY=NAME,NAME      those whose names begin so
//	make bench OLD=FILE            compared with that binary of orderhub
//	go run ./bench -stores DIR     lists and search in large stores, too
//	go run ./bench -help           the flags
//
// PostgreSQL is measured when ORDERHUB_TEST_POSTGRES names a server, and the
// comparisons are made with the binary that -old names; make bench provides
// both. A store of a million orders takes a quarter of an hour and two
// gigabytes; -stores keeps it for the next time.
package main

import (
	"context"
	"errors"
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
	if err := execute(ctx); errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A plan is how much is measured, and what the measurements share.
type plan struct {
	rounds      int
	orders      int           // in each run
	connections int           // at the same time
	span        time.Duration // of a load beside which something is measured
	small       bool          // all sizes a twentieth, one round
	dir         string
	stores      string // where filled stores are kept
	large       bool   // whether there are any
	many        int    // orders in the large one

	program    string // the hub, built
	old        string // the binary it is compared with; "" when there is none
	smallStore *filled
	largeStore *filled
	progress   progress
	took       map[string][]time.Duration // what single acts of the last measurement took
	grown      float64                    // by how many MB the last measurement let the server grow
	noted      map[string]float64         // what measurements of the round found, and what they note beside
	only       string                     // measure only figures whose names begin so
}

func execute(ctx context.Context) error {
	p := plan{progress: newProgress(), took: make(map[string][]time.Duration), noted: make(map[string]float64)}
	if err := p.parse(os.Args[1:]); err != nil {
		return err
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

	ratios := allRatios()
	all, err := chosen(p.measurements(), ratios, p.only)
	if err != nil {
		return err
	}
	found, err := p.measure(ctx, all)
	if err != nil {
		return err
	}
	p.progress.done()
	found.print(os.Stdout, all, ratios)
	return nil
}

// parse reads the flags.
func (p *plan) parse(args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "Usage: bench [-only NAME,NAME] [-old FILE] [-rounds N] [-small] [-stores DIR] …: measure the hub and print a line for each figure")
		flags.VisitAll(func(f *flag.Flag) {
			fmt.Fprintf(flags.Output(), "  -%-12s %s [%s]\n", f.Name, f.Usage, f.DefValue)
		})
	}
	flags.IntVar(&p.rounds, "rounds", 5, "how often everything is measured")
	flags.IntVar(&p.orders, "orders", 20_000, "orders in each run")
	flags.IntVar(&p.connections, "connections", 64, "clients at the same time")
	flags.DurationVar(&p.span, "span", 5*time.Second, "length of a load beside which something is measured")
	flags.BoolVar(&p.small, "small", false, "one round and a twentieth of all sizes, to see that everything works")
	flags.StringVar(&p.dir, "dir", "", "folder for the stores, on the disk to be measured; a temporary one when empty")
	flags.BoolVar(&p.large, "large", false, "measure lists and search in large stores, too")
	flags.StringVar(&p.stores, "stores", "", "the same, with the filled stores kept in this folder")
	flags.IntVar(&p.many, "many", 1_000_000, "orders in the largest store")
	flags.StringVar(&p.only, "only", "", "only figures and ratios whose names begin with one of these, separated by commas, and what they need")
	flags.StringVar(&p.old, "old", "", "binary of orderhub to compare with; no comparisons when empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected %q", flags.Arg(0))
	}
	if p.small {
		p.rounds, p.orders, p.span = 1, p.scaled(p.orders), p.span/5
	}
	return nil
}

// scaled is a size in this run.
func (p *plan) scaled(n int) int {
	if p.small {
		return n / 20
	}
	return n
}

// chosen are the measurements whose names, or those of their ratios, begin with
// one of a list, and those that they depend on; all when the list is empty.
func chosen(all []measurement, ratios []ratio, list string) ([]measurement, error) {
	if list == "" {
		return all, nil
	}
	needed := make(map[string]bool)
	for begin := range strings.SplitSeq(list, ",") {
		known := false
		for _, m := range all {
			if strings.HasPrefix(m.name, begin) {
				needed[m.name], known = true, true
			}
		}
		for _, r := range ratios {
			if strings.HasPrefix(r.name, begin) {
				needed[r.over], needed[r.under], known = true, true, true
			}
		}
		if !known {
			return nil, fmt.Errorf("no figure's name begins with %q", begin)
		}
	}
	for _, m := range slices.Backward(all) { // what a measurement depends on stands before it
		if needed[m.name] {
			for _, name := range m.after {
				needed[name] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(m measurement) bool { return !needed[m.name] }), nil
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
			if len(m.after) == 0 { // else it is only read off another one
				p.progress.say("round %d of %d: %s", round+1, p.rounds, m.name)
			}
			value, err := m.measure(ctx, p)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
			found[m.name] = append(found[m.name], value)
			p.noted[m.name] = value
		}
	}
	return found, nil
}
