package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
	"orderhub/internal/store/sqlite"
)

// waits are the times that the last ingest's requests took.
var waits []time.Duration

// ingest sends orders to a hub over HTTP, one a request, and gives orders a
// second. Every order is durable before it is answered.
func ingest(o hubOptions) func(context.Context, *plan) (float64, error) {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		requests := h.requests(p.orders / max(1, o.share))
		begin := time.Now()
		waits, err = send(strings.TrimPrefix(h.base, "http://"), requests, p.connections)
		return float64(len(requests)) / time.Since(begin).Seconds(), err
	}
}

// lastP99 tells how long all but one in a hundred of the last ingest's
// requests took at most.
func lastP99(context.Context, *plan) (float64, error) {
	slices.Sort(waits)
	return float64(waits[len(waits)*99/100].Microseconds()) / 1000, nil
}

// send posts requests over some connections and returns how long each took.
// The client is as thin as can be, because it shares the machine.
func send(address string, requests [][]byte, connections int) ([]time.Duration, error) {
	took := make([]time.Duration, len(requests))
	errs := make([]error, connections)
	var next atomic.Int64
	var clients sync.WaitGroup
	for c := range connections {
		clients.Go(func() {
			errs[c] = func() error {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					return err
				}
				defer conn.Close()
				answers := bufio.NewReader(conn)
				for {
					i := int(next.Add(1)) - 1
					if i >= len(requests) {
						return nil
					}
					begin := time.Now()
					if err := exchange(conn, answers, requests[i]); err != nil {
						return err
					}
					took[i] = time.Since(begin)
				}
			}()
		})
	}
	clients.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return took, nil
}

func exchange(conn net.Conn, answers *bufio.Reader, request []byte) error {
	if _, err := conn.Write(request); err != nil {
		return err
	}
	status, err := answers.ReadString('\n')
	if err != nil {
		return err
	}
	length := 0
	for {
		line, err := answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	body, err := io.ReadAll(io.LimitReader(answers, int64(length)))
	if err != nil {
		return err
	}
	if !strings.Contains(status, " 201 ") {
		return fmt.Errorf("%s %s", strings.TrimSpace(status), body)
	}
	return nil
}

// requests are orders as a client of Aplaut sends them, ready to go out.
func (h *hub) requests(n int) [][]byte {
	all := make([][]byte, 0, n)
	for o := range sample.Orders(1, n, time.Now()) {
		body := document(o)
		all = append(all, fmt.Appendf(nil, "POST /v4/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: Token token=%s\r\n"+
			"Content-Type: application/vnd.api+json\r\nContent-Length: %d\r\n\r\n%s",
			strings.TrimPrefix(h.base, "http://"), h.key, len(body), body))
	}
	return all
}

// document writes an order as Aplaut has it.
func document(o *orderhub.Order) []byte {
	lines := []byte{'['}
	for i, l := range o.Lines {
		if i > 0 {
			lines = append(lines, ',')
		}
		var a orderhub.Attributes
		a.SetText("product_id", l.Product)
		a.SetText("name", l.Name)
		a.Set("price", jsontext.Value(l.Price.String()))
		a.Set("quantity", jsontext.Value(l.Quantity.String()))
		lines = append(lines, a.JSON()...)
	}
	var a orderhub.Attributes
	a.SetText("number", o.Number)
	a.SetText("consumer_name", o.Contact.Name)
	a.SetText("consumer_email", o.Contact.Email)
	a.SetText("consumer_phone", o.Contact.Phone)
	a.Set("details", o.Attributes.JSON())
	a.Set("order_lines", append(lines, ']'))
	var data orderhub.Attributes
	data.SetText("type", "orders")
	data.Set("attributes", a.JSON())
	return orderhub.Attributes{{Name: "data", Value: data.JSON()}}.JSON()
}

// asSent is what of an order travels in its document: both ways must store
// the same rows.
func asSent(o *orderhub.Order) *orderhub.Order {
	sent := &orderhub.Order{Number: o.Number, Contact: o.Contact, Attributes: o.Attributes}
	sent.Contact.Address = ""
	for _, l := range o.Lines {
		sent.Lines = append(sent.Lines, orderhub.Line{Product: l.Product, Name: l.Name, Price: l.Price, Quantity: l.Quantity})
	}
	return sent
}

// inProcess places the same orders without HTTP, keys and JSON, from as many
// goroutines as there are connections, and gives orders a second.
func inProcess(open func(context.Context, string) (*store.DB, func(), error)) func(context.Context, *plan) (float64, error) {
	return func(ctx context.Context, p *plan) (float64, error) {
		dir, err := os.MkdirTemp(p.dir, "store")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		db, end, err := open(ctx, dir)
		if err != nil {
			return 0, err
		}
		defer end()
		shop := sample.Shop()
		if _, err := db.Migrate(ctx); err != nil {
			return 0, err
		}
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.CreateShop(ctx, shop) }); err != nil {
			return 0, err
		}
		shop.Location()
		var orders []*orderhub.Order
		for o := range sample.Orders(1, p.orders, time.Now()) {
			orders = append(orders, asSent(o))
		}
		begin := time.Now()
		err = place(ctx, &ordering.Service{DB: db}, shop, orders, p.connections)
		return float64(len(orders)) / time.Since(begin).Seconds(), err
	}
}

func place(ctx context.Context, s *ordering.Service, shop *orderhub.Shop, orders []*orderhub.Order, writers int) error {
	errs := make([]error, writers)
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for errs[w] == nil {
				i := int(next.Add(1)) - 1
				if i >= len(orders) {
					return
				}
				errs[w] = s.Place(ctx, shop, orders[i])
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func sqliteStore(ctx context.Context, dir string) (*store.DB, func(), error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, "orderhub.db"), sqlite.Options{})
	return db, func() { db.Close() }, err
}

func postgresStore(ctx context.Context, _ string) (*store.DB, func(), error) {
	address, drop, err := freshDatabase(ctx)
	if err != nil {
		return nil, nil, err
	}
	db, err := postgres.Open(ctx, address, postgres.Options{})
	return db, func() { db.Close(); drop() }, err
}
