package main

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// A comparison measures the binary of this checkout and the old one, one
// right after the other in each round, each on a fresh store.
type comparison struct {
	name    string
	unit    string
	measure func(name string, o hubOptions) run
	o       hubOptions
	goal    goal  // of new / old
	percent []int // percentiles of its single requests, printed beside
}

// usual are the percentiles of most comparisons.
var usual = []int{50, 99}

var comparisons = []comparison{
	{"sqlite_http", "orders/s", ingest, hubOptions{}, goal{least: 1.4}, usual},
	{"sqlite_one_connection", "ms", oneConnection, hubOptions{}, goal{most: 1.05}, []int{99}},
	{"ecdp_batch", "orders/s", ecdpBatches, hubOptions{}, goal{least: 1.3}, usual},
	{"sqlite_update", "orders/s", updates, hubOptions{}, goal{least: 1.3}, usual},
	{"sqlite_copy", "orders/s", rawCopy, hubOptions{}, goal{}, nil},
	{"csv_import", "rows/s", forms[0].imported(1), hubOptions{}, goal{}, nil},
	{"postgres_http", "orders/s", ingest, hubOptions{postgres: true, share: 2}, goal{least: 3}, usual},
	{"postgres_one_connection", "ms", oneConnection, hubOptions{postgres: true}, goal{most: 1.05}, []int{99}},
	{"ecdp_postgres_batch", "orders/s", ecdpBatches, hubOptions{postgres: true}, goal{least: 1.8}, usual},
	{"postgres_update", "orders/s", updates, hubOptions{postgres: true, share: 2}, goal{least: 2.5}, usual},
	{"postgres_copy", "orders/s", rawCopy, hubOptions{postgres: true}, goal{}, nil},
	{"csv_import_postgres", "rows/s", forms[0].imported(1), hubOptions{postgres: true, share: 4}, goal{}, nil},
}

// measurements are those of the new binary, and of the old one where there is
// one.
func (c comparison) measurements(old bool) []measurement {
	all := c.side(c.name, c.o)
	if old {
		o := c.o
		o.old = true
		all = append(all, c.side(c.name+"_old", o)...)
	}
	return all
}

func (c comparison) side(name string, o hubOptions) []measurement {
	all := []measurement{{name: name, unit: c.unit, measure: c.measure(name, o)}}
	for _, percent := range c.percent {
		all = append(all, of(name, percent, goal{}))
	}
	return all
}

// ratio is new / old.
func (c comparison) ratio() ratio {
	return ratio{c.name + "_to_old", c.name, c.name + "_old", c.goal}
}

// spreadOver is how many orders the partial updates are spread over.
const spreadOver = 10_000

// updates changes orders of a filled shop as a client of Aplaut does, one a
// request and each order as often as any other, and gives orders a second.
// Every request changes what is stored.
func updates(name string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		n := p.scaled(spreadOver)
		if err := h.fillShop(n); err != nil {
			return 0, err
		}
		return p.rate(name, h, h.updateRequests(p.orders/max(1, o.share), n), 1, p.connections)
	}
}

// updateRequests are partial updates of the orders 1 to n of a filled shop, in
// another sequence each time that all of them were changed.
func (h *hub) updateRequests(requests, n int) [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	var order []int
	all := make([][]byte, requests)
	for i := range all {
		if i%n == 0 {
			order = random.Perm(n)
		}
		paid := [...]string{"paid", "not-paid"}[i/n%2]
		body := fmt.Sprintf(`{"data":{"type":"orders","attributes":{"details":{"payment_status":"%s","step":%d}}}}`, paid, i)
		all[i] = fmt.Appendf(nil, "PUT /v4/orders/S-%d HTTP/1.1\r\nHost: %s\r\nAuthorization: Token token=%s\r\n"+
			"Content-Type: application/vnd.api+json\r\nContent-Length: %d\r\n\r\n%s",
			100_001+order[i%n], h.address(), h.key, len(body), body)
	}
	return all
}
