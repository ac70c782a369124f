package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
)

// bulkSize is how many orders one body of ExpertSender may hold.
const bulkSize = 1_000

// ecdpBatches sends orders to a hub as ExpertSender's clients do, many in one
// body, one body after the other, and gives orders a second.
func ecdpBatches(name string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) { return p.sendEcdp(ctx, name, o, bulkSize, 1) }
}

// ecdpSingles sends them one in a body, over all connections.
func ecdpSingles(name string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) { return p.sendEcdp(ctx, name, o, 1, p.connections) }
}

func (p *plan) sendEcdp(ctx context.Context, name string, o hubOptions, size, connections int) (float64, error) {
	h, err := p.start(ctx, o)
	if err != nil {
		return 0, err
	}
	defer h.stop()
	n := p.orders / max(1, o.share)
	size = min(size, n)
	n -= n % size
	return p.rate(name, h, h.ecdpRequests(n, size), size, connections)
}

// fillShop stores orders S-100001 and so on in the hub's shop, in bodies of
// many, and waits until the hub has nothing left to do with them.
func (h *hub) fillShop(n int) error {
	if _, err := send(h.address(), each(h.ecdpRequests(n, bulkSize)), 1); err != nil {
		return err
	}
	return h.settle()
}

// ecdpInProcess places the same orders in batches of the greatest size without
// HTTP, keys and JSON, and gives orders a second.
func ecdpInProcess(open opener) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		s, shop, end, err := p.fresh(ctx, open)
		if err != nil {
			return 0, err
		}
		defer end()
		orders := slices.Collect(func(yield func(*orderhub.Order) bool) {
			for o := range sample.Orders(1, p.orders, time.Now()) {
				if !yield(asEcdp(o)) {
					return
				}
			}
		})
		begin := time.Now()
		for batch := range slices.Chunk(orders, ordering.MaxBatch) {
			if err := s.PlaceAll(ctx, shop, batch); err != nil {
				return 0, err
			}
		}
		return float64(p.orders) / time.Since(begin).Seconds(), nil
	}
}

// asEcdp is what of an order travels in ExpertSender's document: both ways
// must store the same rows.
func asEcdp(o *orderhub.Order) *orderhub.Order {
	sent := &orderhub.Order{
		Number: o.Number, PlacedAt: o.PlacedAt, Currency: o.Currency, Total: 1_000_000, TotalGiven: true,
		Contact: orderhub.Contact{Email: o.Contact.Email, Phone: o.Contact.Phone},
	}
	if sent.Contact.Email == "" { // the dialect needs one
		sent.Contact.Email = strings.NewReplacer("+", "", " ", "", "(", "", ")", "", "-", "").Replace(o.Contact.Phone) + "@phone.example"
	}
	for _, x := range o.Attributes {
		if text := o.Attributes.Text(x.Name); text != "" {
			sent.Attributes.SetText(x.Name, text)
		}
	}
	for _, l := range o.Lines {
		sent.Lines = append(sent.Lines, orderhub.Line{Product: l.Product, Name: l.Name, Price: l.Price,
			Quantity: max(1, l.Quantity/orderhub.Piece) * orderhub.Piece})
	}
	return sent
}

// ecdpRequests are orders in bodies of a size, ready to go out.
func (h *hub) ecdpRequests(n, size int) [][]byte {
	var all [][]byte
	orders := slices.Collect(sample.Orders(1, n, time.Now()))
	for batch := range slices.Chunk(orders, size) {
		body := []byte(`{"mode":"Add","data":[`)
		for i, o := range batch {
			if i > 0 {
				body = append(body, ',')
			}
			body = append(body, ecdpDocument(asEcdp(o))...)
		}
		body = append(body, `]}`...)
		all = append(all, fmt.Appendf(nil, "POST /orders HTTP/1.1\r\nHost: %s\r\nx-api-key: %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			h.address(), h.key, len(body), body))
	}
	return all
}

func ecdpDocument(o *orderhub.Order) []byte {
	var buyer, a orderhub.Attributes
	buyer.SetText("email", o.Contact.Email)
	buyer.SetText("phone", o.Contact.Phone)
	a.SetText("id", o.Number)
	a.SetText("date", o.PlacedAt.Format(time.RFC3339Nano))
	a.SetText("currency", string(o.Currency))
	a.Set("totalValue", jsontext.Value(o.Total.String()))
	a.Set("customer", buyer.JSON())
	products := []byte{'['}
	for i, l := range o.Lines {
		if i > 0 {
			products = append(products, ',')
		}
		var p orderhub.Attributes
		p.SetText("id", l.Product)
		p.SetText("name", l.Name)
		p.Set("price", jsontext.Value(l.Price.String()))
		p.Set("quantity", jsontext.Value(l.Quantity.String()))
		products = append(products, p.JSON()...)
	}
	a.Set("products", append(products, ']'))
	attributes := []byte{'['}
	for i, x := range o.Attributes {
		if i > 0 {
			attributes = append(attributes, ',')
		}
		attributes = append(append(strconv.AppendQuote(append(attributes, `{"name":`...), x.Name), `,"value":`...), x.Value...)
		attributes = append(attributes, '}')
	}
	a.Set("orderAttributes", append(attributes, ']'))
	return a.JSON()
}
