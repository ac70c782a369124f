package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/sample"
)

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
		p.took["ingest"], err = send(strings.TrimPrefix(h.base, "http://"), requests, p.connections)
		return float64(len(requests)) / time.Since(begin).Seconds(), err
	}
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
	if !strings.Contains(status, " 201 ") && !strings.Contains(status, " 200 ") {
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
