package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orderhub/internal/store/storetest"
)

var (
	kills = flag.Int("kills", 12, "how often TestCrash kills the server, on each database")
	seed  = flag.Uint64("seed", 0, "repeat a run of TestCrash or TestPowerCut; 0 chooses one")
)

// TestCrash kills the server at random moments under nine writers, starts it
// again and compares: what was answered must be there, with its content; what
// was not answered is there whole or not at all, and can be sent again.
func TestCrash(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { crash(t, place{Data: t.TempDir()}) })
	if os.Getenv(storetest.Env) != "" {
		t.Run("postgres", func(t *testing.T) { crash(t, place{Data: t.TempDir(), Database: storetest.Database(t)}) })
	}
}

func crash(t *testing.T, p place) {
	random := chance(t)
	tr := newTrial(t, p)
	for round := range *kills {
		v := tr.start(t)
		tr.repeat(t, v)
		writers := tr.load(v, round)
		tr.loadBatches(v, writers, round)
		time.Sleep(time.Duration(20+random.IntN(230)) * time.Millisecond)
		v.kill()
		writers.end()
		if round%10 == 9 || round == *kills-1 {
			tr.compare(t)
		}
	}
	tr.report(t, fmt.Sprintf("%d kills", *kills))
}

// chance is the random moments of a run, which -seed repeats.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d", s)
	return rand.New(rand.NewPCG(s, 1))
}

// A trial is one store through all that is done to it, and what its clients
// know of it.
type trial struct {
	program, key string
	place        place
	client       *http.Client

	mu      sync.Mutex
	sent    map[string]*order          // by number, since the last comparison
	batches []*batch                   // since then, too
	found   map[string]map[string]bool // in the search index, by what was searched for
	strange []string                   // what should not be, at most maxStrange of it
	slowest time.Duration              // of all answers
	tally   struct{ answered, refused, open, repeated, lost, wrong int }
}

// newTrial makes a store with a shop and a key.
func newTrial(t *testing.T, p place) *trial {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{program: file, place: p, sent: make(map[string]*order), found: make(map[string]map[string]bool)}
	tr.client = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	tr.command(t, "migrate")
	tr.command(t, "shop", "create", "main")
	tr.key = tr.command(t, "key", "create", "--shop", "main", "--name", "crash")
	return tr
}

// program builds the program once for all trials, without the race detector,
// with which it would take a tenth of the orders. It lies beside the tests'
// own program, in a folder that goes when they end.
var program = sync.OnceValues(func() (string, error) {
	beside, err := exec.LookPath("orderhub")
	if err != nil {
		return "", err
	}
	file := filepath.Join(filepath.Dir(beside), "orderhub-to-kill")
	if out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return file, nil
})

// run makes a command of the program on the trial's store.
func (tr *trial) run(args ...string) *exec.Cmd {
	cmd := exec.Command(tr.program, args...)
	cmd.Env = append(os.Environ(), "ORDERHUB_DATA="+tr.place.Data, "ORDERHUB_DATABASE="+tr.place.Database)
	return cmd
}

func (tr *trial) command(t *testing.T, args ...string) string {
	t.Helper()
	out, err := tr.run(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("orderhub %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// A victim is a server that a test may kill.
type victim struct {
	base string // its address
	cmd  *exec.Cmd
	dead atomic.Bool
	log  bytes.Buffer // to be read when it has ended
}

// start runs a server until it is killed, or the test ends.
func (tr *trial) start(t *testing.T) *victim {
	t.Helper()
	v := &victim{cmd: tr.run("serve", "--addr", "127.0.0.1:0", "--rate", "0", "--log-level", "error")}
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	v.cmd.Stderr = &v.log
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if v.kill(); t.Failed() {
			t.Logf("the server's log began:\n%.4000s", v.log.String())
		}
	})
	if v.base = addressIn(out); v.base == "" {
		v.kill()
		t.Fatalf("the server ended before it listened:\n%s", &v.log)
	}
	return v
}

// kill ends the server without a warning.
func (v *victim) kill() {
	if v.dead.CompareAndSwap(false, true) {
		v.cmd.Process.Kill()
		v.cmd.Wait()
	}
}

// addressIn reads what the server prints until it says where it listens, and
// lets it go on printing.
func addressIn(out io.Reader) string {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, out)
			return m[1]
		}
	}
	return ""
}

// await waits for what must come.
func await(t *testing.T, what string, came func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !came(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// report says what a run was made of, and what the clients found strange.
func (tr *trial) report(t *testing.T, what string) {
	t.Helper()
	n := tr.tally
	t.Logf("%s: %d orders answered for, %d of them lost, %d wrong; %d refused, %d without an answer, %d requests repeated; the slowest answer took %v",
		what, n.answered, n.lost, n.wrong, n.refused, n.open, n.repeated, tr.slowest.Round(time.Millisecond))
	if n.answered == 0 {
		t.Error("no order was answered for: the test tested nothing")
	}
	slices.Sort(tr.strange)
	for _, text := range tr.strange[:min(10, len(tr.strange))] {
		t.Error(text)
	}
	if len(tr.strange) > 10 {
		t.Errorf("… and %d more", len(tr.strange)-10)
	}
}
