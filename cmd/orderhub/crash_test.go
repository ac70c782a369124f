package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/sqlite"
)

var (
	kills = flag.Int("kills", 12, "how often TestCrash kills the server")
	seed  = flag.Uint64("seed", 0, "repeat a run of TestCrash; 0 chooses one")
)

// TestCrash kills the server at random moments under eight writers, starts it
// again and compares: what was answered must be there, with its content; what
// was not answered is there whole or not at all.
func TestCrash(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	c := newCrash(t)
	random := rand.New(rand.NewPCG(*seed, 1))
	for round := range *kills {
		base, kill := c.start(t)
		var writers sync.WaitGroup
		for w := range 8 {
			writers.Go(func() { c.write(base, fmt.Sprintf("K-%d-%d", round, w)) })
		}
		time.Sleep(time.Duration(20+random.IntN(230)) * time.Millisecond)
		kill()
		writers.Wait()
		if round%10 == 9 || round == *kills-1 {
			c.compare(t)
		}
	}
	t.Logf("%d kills, %d orders answered for, %d without an answer, none lost", *kills, c.answered, c.open)
	if c.answered == 0 {
		t.Error("no order was answered for: the test tested nothing")
	}
}

// A crash is one store through all its crashes.
type crash struct {
	program, dir, key string
	client            *http.Client

	mu             sync.Mutex
	sent           map[string]fate // by number, since the last comparison
	answered, open int
}

// A fate is what the client knows of an order that it sent.
type fate struct {
	answered bool // 201
	paid     bool // and the PUT after it was answered, too
	asked    bool // and the PUT was sent
}

func newCrash(t *testing.T) *crash {
	t.Helper()
	c := &crash{dir: t.TempDir(), sent: make(map[string]fate)}
	c.program = filepath.Join(c.dir, "orderhub")
	c.client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	if out, err := exec.Command("go", "build", "-o", c.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	c.command(t, "migrate")
	c.command(t, "shop", "create", "main")
	c.key = c.command(t, "key", "create", "--shop", "main", "--name", "crash")
	return c
}

func (c *crash) command(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(c.program, append(args, "--data", c.dir)...).CombinedOutput()
	if err != nil {
		t.Fatalf("orderhub %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// start runs the server; kill ends it without a warning.
func (c *crash) start(t *testing.T) (base string, kill func()) {
	t.Helper()
	cmd := exec.Command(c.program, "serve", "--addr", "127.0.0.1:0", "--rate", "0", "--log-level", "error", "--data", c.dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	base = addressIn(out)
	if base == "" {
		cmd.Wait()
		t.Fatalf("the server ended before it listened:\n%s", &log)
	}
	return base, func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
}

// write places orders one after the other and marks each as paid, until the
// server is gone.
func (c *crash) write(base, prefix string) {
	for i := 0; ; i++ {
		number := fmt.Sprintf("%s-%d", prefix, i)
		c.know(number, fate{})
		if !c.send(base, "POST", "/v4/orders", fmt.Sprintf(`{"data": {"type": "orders", "attributes": {
			"number": %q, "consumer_name": "Ольга Крылова", "consumer_email": "o%d@example.com",
			"details": {"payment_status": "not-paid", "n": %d},
			"order_lines": [{"product_id": 1, "name": "Чай", "price": 100.10, "quantity": 3.45},
				{"product_id": 2, "name": "Сахар", "price": 55}, {"product_id": 3, "name": "Лимон", "price": 12.5}]}}}`, number, i%7, i), 201) {
			return
		}
		c.know(number, fate{answered: true, asked: true})
		if !c.send(base, "PUT", "/v4/orders/"+number, `{"data": {"type": "orders", "attributes": {"details": {"payment_status": "paid"}}}}`, 200) {
			return
		}
		c.know(number, fate{answered: true, asked: true, paid: true})
	}
}

func (c *crash) know(number string, f fate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[number] = f
}

func (c *crash) send(base, method, path, body string, want int) bool {
	r, err := http.NewRequest(method, base+path, strings.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Authorization", "Token token="+c.key)
	r.Header.Set("Content-Type", "application/vnd.api+json")
	resp, err := c.client.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == want
}

// compare opens the store as it was left and looks for every order that was
// sent since the last comparison.
func (c *crash) compare(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	db, err := sqlite.Open(ctx, place{Data: c.dir}.file(), sqlite.Options{})
	if err != nil {
		t.Fatalf("open after a crash: %v", err)
	}
	defer db.Close()
	findings, err := db.Check(ctx)
	if err != nil || len(findings) > 0 {
		t.Errorf("check after a crash: %v, %q", err, findings)
	}
	err = db.View(ctx, func(tx *store.Tx) error {
		shop, err := tx.ShopByName(ctx, "main")
		if err != nil {
			return err
		}
		for number, f := range c.sent {
			o, err := tx.OrderByRef(ctx, shop.ID, orderhub.OrderRef{Number: number})
			if e, ok := errors.AsType[*orderhub.Error](err); ok && e.Kind == orderhub.NotFound {
				c.missing(t, number, f)
				continue
			}
			if err != nil {
				return err
			}
			events, err := tx.OrderEvents(ctx, o.ID)
			if err != nil {
				return err
			}
			c.judge(t, o, events, f)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("compare: %v", err)
	}
	clear(c.sent)
}

func (c *crash) missing(t *testing.T, number string, f fate) {
	t.Helper()
	if f.answered {
		t.Errorf("order %s was answered for and is lost", number)
	}
	c.open++
}

// judge says whether an order is whole.
func (c *crash) judge(t *testing.T, o *orderhub.Order, events []orderhub.Event, f fate) {
	t.Helper()
	if f.answered {
		c.answered++
	} else {
		c.open++
	}
	paid := o.Payment == orderhub.Paid
	if f.paid && !paid || !f.asked && paid {
		t.Errorf("order %s: payment %v after the fate %+v", o.Number, o.Payment, f)
	}
	wantEvents := 1
	if paid {
		wantEvents = 2
	}
	if len(o.Lines) != 3 || o.Lines[0].Amount != 3453500 || o.Total != 4128500 || o.Customer == 0 || len(events) != wantEvents {
		t.Errorf("order %s is half: %d lines, first of %v, total %v, customer %d, %d events (want %d)",
			o.Number, len(o.Lines), o.Lines[0].Amount, o.Total, o.Customer, len(events), wantEvents)
	}
}

// addressIn reads what the server prints until it says where it listens, and
// lets it go on printing.
func addressIn(out io.Reader) string {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, base, ok := strings.Cut(lines.Text(), "listening on "); ok {
			go io.Copy(io.Discard, out)
			base, _, _ = strings.Cut(base, " ")
			return base
		}
	}
	return ""
}
