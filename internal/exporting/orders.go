package exporting

import (
	"context"
	"io"

	"orderhub"
)

// An OrderForm says what a row of an export of orders is.
type OrderForm string

const (
	ByLine    OrderForm = "line"    // a line of an order, or an order without lines; it can be imported without loss
	ByOrder   OrderForm = "order"   // an order without its lines
	ByPayment OrderForm = "payment" // a payment document; for people, not to be imported
)

// An OrderQuery says which orders are exported, and how.
type OrderQuery struct {
	Form   OrderForm            // "" is ByLine
	Filter orderhub.OrderFilter // its own sort and page are not looked at
	Text   string               // only those that it finds, as ordering.Service.Search does; "" is all
}

// A sold is a row of an export of orders: an order and, in some forms, one of
// its parts.
type sold struct {
	*orderhub.Order
	buyer   string            // the external id of the linked customer
	first   bool              // of the rows of this order
	line    *orderhub.Line    // nil for an order without lines
	payment *orderhub.Payment // of ByPayment only
}

// WriteOrders writes orders of a shop in the sequence in which they were
// placed; those that are found by a text the newest first.
func (s *Service) WriteOrders(ctx context.Context, shop *orderhub.Shop, w io.Writer, o Options, q OrderQuery, progress Progress) error {
	t, rows, err := s.orderTable(ctx, shop, q.Form)
	if err != nil {
		return err
	}
	out, err := newOutput(w, o, "orders", t, progress)
	if err != nil {
		return err
	}
	read := s.placed(shop, q, o.Count)
	if q.Text != "" {
		read = s.found(shop, q)
	}
	err = ahead(ctx, read, func(p soldPage) error {
		out.total = max(out.total, p.total)
		for _, o := range p.orders {
			if err := rows(sold{Order: o, buyer: p.buyers[o.Customer], first: true}, out.write); err != nil {
				return err
			}
		}
		out.wrote(len(p.orders))
		return nil
	})
	if err != nil {
		return err
	}
	return out.close()
}

// A soldPage is a page of orders with the external ids of their customers. The
// first tells how many orders there are, if it was asked for.
type soldPage struct {
	orders []*orderhub.Order
	buyers map[orderhub.CustomerID]string
	total  int
}

// placed reads the orders for which a filter holds, page by page.
func (s *Service) placed(shop *orderhub.Shop, q OrderQuery, count bool) func(context.Context) (soldPage, bool, error) {
	f := q.Filter
	f.Sort, f.After, f.Skip, f.Limit = []orderhub.Sort{{Field: orderhub.SortCreated}}, nil, 0, page
	f.Total, f.Exact = count, true
	return func(ctx context.Context) (soldPage, bool, error) {
		p, linked, err := s.Orders.ListWithCustomers(ctx, shop, f)
		if err != nil {
			return soldPage{}, false, err
		}
		f.After, f.Total, f.Limit = p.Next, false, limitAfter(p.Orders)
		return soldPage{p.Orders, externalIDs(linked), p.Total}, p.More, nil
	}
}

// found reads the orders that a text finds, page by page.
func (s *Service) found(shop *orderhub.Shop, q OrderQuery) func(context.Context) (soldPage, bool, error) {
	var below orderhub.OrderID
	return func(ctx context.Context) (soldPage, bool, error) {
		found, err := s.Orders.Search(ctx, shop, q.Text, q.Filter, below, page)
		if err != nil {
			return soldPage{}, false, err
		}
		below = found.Next
		f := q.Filter
		f.Sort, f.After, f.Skip = []orderhub.Sort{{Field: orderhub.SortID, Descending: true}}, nil, 0
		f.Limit, f.Total, f.Among = page, false, make([]orderhub.OrderID, len(found.Orders))
		for i, o := range found.Orders {
			f.Among[i] = o.ID
		}
		p, linked, err := s.Orders.ListWithCustomers(ctx, shop, f)
		if err != nil {
			return soldPage{}, false, err
		}
		return soldPage{p.Orders, externalIDs(linked), 0}, below != 0, nil
	}
}

func externalIDs(all []*orderhub.Customer) map[orderhub.CustomerID]string {
	ids := make(map[orderhub.CustomerID]string, len(all))
	for _, c := range all {
		ids[c.ID] = c.ExternalID
	}
	return ids
}

// limitAfter is how many orders are read next: fewer when orders have
// hundreds of lines, so that a page always takes about as much memory.
func limitAfter(last []*orderhub.Order) int {
	lines := 0
	for _, o := range last {
		lines += len(o.Lines)
	}
	if lines <= 10*page {
		return page
	}
	return max(1, 10*page*len(last)/lines)
}

// lineRows makes a row of each line.
func lineRows(r sold, write func(sold) error) error {
	if len(r.Lines) == 0 {
		return write(r)
	}
	for i := range r.Lines {
		r.line, r.first = &r.Lines[i], i == 0
		if err := write(r); err != nil {
			return err
		}
	}
	return nil
}

// orderRows makes one row of an order.
func orderRows(r sold, write func(sold) error) error { return write(r) }

// paymentRows makes a row of each payment document.
func paymentRows(r sold, write func(sold) error) error {
	for i := range r.Payments {
		r.payment = &r.Payments[i]
		if err := write(r); err != nil {
			return err
		}
	}
	return nil
}
