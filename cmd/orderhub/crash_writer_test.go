package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// An outcome is what a client knows of a request.
type outcome int

const (
	unsent  outcome = iota
	open            // it got no answer, or one that leaves open what was stored
	refused         // it was told that nothing was changed
	done            // it was answered with success
)

// An order is what the clients know of one that they sent.
type order struct {
	n    int
	post outcome
	put  outcome // of the request that says it was paid
}

// document is what an order is placed with.
func (o *order) document(number string) string {
	return fmt.Sprintf(`{"data": {"type": "orders", "attributes": {
		"number": %q, "consumer_name": "Ольга Крылова", "consumer_email": %q,
		"details": {"payment_status": "not-paid", "n": %d},
		"order_lines": [{"product_id": 1, "name": "Чай", "price": 100.10, "quantity": 3.45},
			{"product_id": 2, "name": "Сахар", "price": 55}, {"product_id": 3, "name": "Лимон", "price": 12.5}]}}}`,
		number, o.email(), o.n)
}

// email lets customers come back, so that orders meet at the same one.
func (o *order) email() string { return fmt.Sprintf("o%d@example.com", o.n%7) }

const payment = `{"data": {"type": "orders", "attributes": {"details": {"payment_status": "paid"}}}}`

// Writers are eight clients that place orders.
type writers struct {
	stop    atomic.Bool
	running sync.WaitGroup
	placed  atomic.Int64 // orders answered for
	refused atomic.Int64 // requests that were told to come again
}

// end lets the clients finish what they do and waits for them.
func (w *writers) end() {
	w.stop.Store(true)
	w.running.Wait()
}

// load lets eight clients place orders and mark each as paid, one after the
// other, until the server is gone or the load ends.
func (tr *trial) load(v *victim, round int) *writers {
	w := new(writers)
	for client := range 8 {
		w.running.Go(func() {
			for i := 0; !w.stop.Load(); i++ {
				o := &order{n: i}
				number := fmt.Sprintf("K%04dw%dn%05dz", round, client, i)
				tr.mu.Lock()
				tr.sent[number] = o
				tr.mu.Unlock()
				if !tr.write(v, w, number, o) {
					return
				}
			}
		})
	}
	return w
}

// write sends one order and its payment. It reports false when the server
// does not listen any more.
func (tr *trial) write(v *victim, w *writers, number string, o *order) bool {
	post := tr.send(v, "POST", "/v4/orders", o.document(number))
	o.post = post.outcome
	if post.outcome == done {
		w.placed.Add(1)
		put := tr.send(v, "PUT", "/v4/orders/"+number, payment)
		if o.put = put.outcome; put.outcome == done {
			return true
		}
		post = put
	}
	if post.err == nil {
		if post.status != http.StatusServiceUnavailable {
			tr.wonder("order %s (%+v), sent once, was answered %d:\n%s", number, *o, post.status, post.body)
		}
		w.refused.Add(1)
		time.Sleep(5 * time.Millisecond) // Retry-After would be a second
		return true
	}
	if !v.dead.Load() {
		tr.wonder("a request got no answer from a server that lives: %v", post.err)
	}
	return false
}

// A reply is what came of a request.
type reply struct {
	outcome
	status int
	body   []byte
	err    error // the connection broke
}

// send makes a request and judges the answer: success, or a 503 in the
// dialect's words; anything else is strange.
func (tr *trial) send(v *victim, method, path, body string) reply {
	r, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	if err != nil {
		return reply{open, 0, nil, err}
	}
	r.Header.Set("Authorization", "Token token="+tr.key)
	r.Header.Set("Content-Type", "application/vnd.api+json")
	begin := time.Now()
	resp, err := tr.client.Do(r)
	if err != nil {
		return reply{open, 0, nil, err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return reply{open, resp.StatusCode, nil, err}
	}
	tr.mu.Lock()
	tr.slowest = max(tr.slowest, time.Since(begin))
	tr.mu.Unlock()
	a := reply{open, resp.StatusCode, text, nil}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusCreated:
		a.outcome = done
	case http.StatusServiceUnavailable:
		if a.outcome, err = busy(resp, text); err != nil {
			tr.wonder("%s was answered 503, but %v:\n%s", method, err, text)
		}
	}
	return a
}

// busy reads a 503. It must be a document of the dialect and say when to come
// again; only one that says so promises that nothing was changed.
func busy(resp *http.Response, body []byte) (outcome, error) {
	var document struct {
		Errors []struct{ Status, Detail string }
	}
	if resp.Header.Get("Content-Type") != "application/vnd.api+json" || resp.Header.Get("Retry-After") == "" {
		return open, fmt.Errorf("with the headers %v", resp.Header)
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return open, err
	}
	if len(document.Errors) != 1 || document.Errors[0].Status != "503" {
		return open, errors.New("not in the words of the dialect")
	}
	if strings.Contains(document.Errors[0].Detail, "nothing was changed") {
		return refused, nil
	}
	return open, nil
}

const maxStrange = 10_000

// wonder notes what should not be; report tells it.
func (tr *trial) wonder(format string, args ...any) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if len(tr.strange) < maxStrange {
		tr.strange = append(tr.strange, fmt.Sprintf(format, args...))
	}
}

// repeat sends again, for every second order, what got no answer: it must end
// as if it had been sent once. The others stay as they were left.
func (tr *trial) repeat(t *testing.T, v *victim) {
	t.Helper()
	for number, o := range tr.sent {
		if o.n%2 == 0 {
			continue
		}
		if o.post == open {
			a := tr.insist(v, "POST", "/v4/orders", o.document(number))
			taken := a.status == http.StatusUnprocessableEntity && bytes.Contains(a.body, []byte(`"taken"`))
			if a.status != http.StatusCreated && !taken {
				t.Errorf("order %s, sent again, was answered %d, %v, want 201 or 422 taken:\n%s", number, a.status, a.err, a.body)
				continue
			}
			o.post = done
			tr.tally.repeated++
		}
		if o.put == open {
			a := tr.insist(v, "PUT", "/v4/orders/"+number, payment)
			if a.status != http.StatusOK {
				t.Errorf("the payment of %s, sent again, was answered %d, %v, want 200:\n%s", number, a.status, a.err, a.body)
				continue
			}
			o.put = done
			tr.tally.repeated++
		}
	}
}

// insist sends a request until it is answered by something else than 503.
func (tr *trial) insist(v *victim, method, path, body string) reply {
	var a reply
	for range 50 {
		if a = tr.send(v, method, path, body); a.status != http.StatusServiceUnavailable {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return a
}
