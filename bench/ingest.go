package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/sample"
)

// ingest sends orders to a hub over HTTP, one a request, and gives orders a
// second. Every order is durable before it is answered.
func ingest(name string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		return p.rate(name, h, h.requests(p.orders/max(1, o.share)), 1, p.connections)
	}
}

// rate sends requests to a hub, each of which holds so many records, notes how
// long each took and gives records a second.
func (p *plan) rate(name string, h *hub, requests [][]byte, records, connections int) (float64, error) {
	begin := time.Now()
	took, err := send(h.address(), each(requests), connections)
	p.took[name] = took
	return float64(records*len(requests)) / time.Since(begin).Seconds(), err
}

// oneConnection sends orders over a single connection and gives the median in
// milliseconds: what a request costs that shares its commit with no other.
func oneConnection(name string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		if _, err := p.rate(name, h, h.requests(max(200, p.orders/10)), 1, 1); err != nil {
			return 0, err
		}
		return percentile(name, 50)(ctx, p)
	}
}

// requests are orders as a client of Aplaut sends them, ready to go out.
func (h *hub) requests(n int) [][]byte {
	all := make([][]byte, 0, n)
	for o := range sample.Orders(1, n, time.Now()) {
		body := document(o)
		all = append(all, fmt.Appendf(nil, "POST /v4/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: Token token=%s\r\n"+
			"Content-Type: application/vnd.api+json\r\nContent-Length: %d\r\n\r\n%s",
			h.address(), h.key, len(body), body))
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
