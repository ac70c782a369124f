//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"orderhub/internal/store/storetest"
)

var databaseFaults = flag.Int("dbfaults", 0, "how often TestPostgresFails plays each fault; 0 plays one restart only")

// slowest is how long a request may take, whatever the database does.
const slowest = 15 * time.Second

// TestPostgresFails stops, kills and cuts off the database under eight
// writers. Every request is answered in time, by success or by a 503 in the
// dialect's words; nothing that was answered for is lost, nothing is there
// that was refused, and soon after the database is back writes go on.
func TestPostgresFails(t *testing.T) {
	if os.Getenv(storetest.Env) == "" && *databaseFaults == 0 {
		t.Skipf("%s is not set; run scripts/with-postgres go test", storetest.Env)
	}
	c := newCluster(t)
	p := newProxy(t, fmt.Sprintf("127.0.0.1:%d", c.port))
	tr := newTrial(t, place{Data: t.TempDir(), Database: fmt.Sprintf("postgres://postgres@%s/postgres", p.door.Addr())})
	v := tr.start(t)
	for range 50 { // while it makes its first steps
		p.reset()
		time.Sleep(5 * time.Millisecond)
	}
	all := faults(t, c, p)
	if *databaseFaults == 0 {
		all = all[:1]
	}
	for round := range max(1, *databaseFaults) {
		for i, f := range all {
			tr.suffer(t, v, f, round*len(all)+i)
			tr.repeat(t, v)
			tr.compare(t)
		}
	}
	tr.report(t, "a failing database")
	if tr.slowest > slowest {
		t.Errorf("a request took %v, want %v at most", tr.slowest, slowest)
	}
}

// A fault is something bad that is done to the database or the way there, and
// how it ends.
type fault struct {
	name     string
	do, cure func()
}

func faults(t *testing.T, c *cluster, p *proxy) []fault {
	nothing := func() {}
	return []fault{
		{"stopped at once and started", func() { c.stop(t) }, func() { c.start(t) }},
		{"a backend killed", func() { c.killBackend(t) }, nothing},
		{"the first process killed", func() { c.kill(t) }, func() { c.start(t) }},
		{"all connections reset", p.reset, nothing},
		{"answers lost, ten times", func() { loseAnswers(p) }, nothing},
		{"two seconds of delay", func() { p.slow(2 * time.Second); time.Sleep(5 * time.Second) }, p.heal},
		{"silence for 20 s", func() { p.swallow(); time.Sleep(20 * time.Second) }, p.heal},
		{"silence for 3 s, then reset", func() { p.swallow(); time.Sleep(3 * time.Second); p.reset() }, p.heal},
		{"connections forgotten", p.forget, nothing},
	}
}

// loseAnswers breaks connections after the database has worked on for a
// moment unheard: some of that are commits.
func loseAnswers(p *proxy) {
	for range 10 {
		p.deafen()
		time.Sleep(50 * time.Millisecond)
		p.reset()
		p.heal()
		time.Sleep(100 * time.Millisecond)
	}
}

// suffer plays a fault under load and waits until writes go on.
func (tr *trial) suffer(t *testing.T, v *victim, f fault, round int) {
	t.Helper()
	w := tr.load(v, round)
	defer w.end()
	defer func() {
		if t.Failed() {
			tr.report(t, f.name)
		}
	}()
	await(t, "load", func() bool { return w.placed.Load() > 20 })
	f.do()
	f.cure()
	begin, before := time.Now(), w.placed.Load()
	await(t, "a write after "+f.name, func() bool { return w.placed.Load() > before })
	first := time.Since(begin)
	await(t, "more writes", func() bool { return w.placed.Load() > before+20 })
	if first > slowest {
		t.Errorf("%s: the first write came %v after the end, want %v at most", f.name, first, slowest)
	}
	w.end()
	t.Logf("%s: %d requests answered 503, the first write %v after the end; the slowest answer so far took %v",
		f.name, w.refused.Load(), first.Round(time.Millisecond), tr.slowest.Round(time.Millisecond))
}
