package ordering

import (
	"context"
	"iter"

	"orderhub"
	"orderhub/internal/search"
	"orderhub/internal/store"
)

// Orders are orders that come one after the other, read as they are asked
// for. After an error there are no more.
type Orders = iter.Seq2[*orderhub.Order, error]

// step is how many orders Walk reads at once.
const step = 500

// Walk lists up to most orders of a shop for which the filter holds and, when
// there is a text, which are found by it; see Search. It returns how many
// there are in all, of those found by a text at most orderhub.MaxTotal. The
// orders are read step by step, each step as the store is then: a list by ID
// or time neither repeats nor leaves out an order that stays in it.
func (s *Service) Walk(ctx context.Context, shop *orderhub.Shop, text string, f orderhub.OrderFilter, most int) (total int, orders Orders, err error) {
	total, pages, err := s.pages(ctx, shop, text, f, most, false)
	return total, func(yield func(*orderhub.Order, error) bool) {
		for page, err := range pages {
			for _, o := range page.Orders {
				if !yield(o, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
			}
		}
	}, err
}

// A Linked order comes with the customer linked to it, nil for none.
type Linked struct {
	Order    *orderhub.Order
	Customer *orderhub.Customer
}

// WalkWithCustomers is Walk with the customers of the orders.
func (s *Service) WalkWithCustomers(ctx context.Context, shop *orderhub.Shop, text string, f orderhub.OrderFilter, most int) (total int, orders iter.Seq2[Linked, error], err error) {
	total, pages, err := s.pages(ctx, shop, text, f, most, true)
	return total, func(yield func(Linked, error) bool) {
		for page, err := range pages {
			customers := make(map[orderhub.CustomerID]*orderhub.Customer, len(page.customers))
			for _, c := range page.customers {
				customers[c.ID] = c
			}
			for _, o := range page.Orders {
				if !yield(Linked{o, customers[o.Customer]}, nil) {
					return
				}
			}
			if err != nil {
				yield(Linked{}, err)
			}
		}
	}, err
}

// A page is some orders of a walk and, if they were asked for, their customers.
type page struct {
	*orderhub.OrderPage
	customers []*orderhub.Customer
}

// pages reads up to most orders in steps. The first step is read at once.
func (s *Service) pages(ctx context.Context, shop *orderhub.Shop, text string, f orderhub.OrderFilter, most int, withCustomers bool) (total int, pages iter.Seq2[page, error], err error) {
	most = max(0, most)
	if text != "" {
		if f.Among, err = s.found(ctx, shop, text, f); err != nil {
			return 0, nil, err
		}
		if len(f.Among) == 0 {
			return 0, func(func(page, error) bool) {}, nil
		}
	}
	read := func(f orderhub.OrderFilter) (p page, err error) {
		p.OrderPage, p.customers, err = s.list(ctx, shop, f, withCustomers)
		return p, err
	}
	f.Limit, f.Total, f.Exact = max(1, min(step, most)), true, true
	first, err := read(f)
	if err != nil {
		return 0, nil, err
	}
	f.Total = false
	return first.Total, func(yield func(page, error) bool) {
		f, p, left := f, first, most
		for {
			p.Orders = p.Orders[:min(len(p.Orders), left)]
			if left -= len(p.Orders); !yield(p, nil) || !p.More || left <= 0 {
				return
			}
			if f.Skip += len(p.Orders); p.Next != nil {
				f.After, f.Skip = p.Next, 0
			}
			f.Limit = min(step, left)
			if p, err = read(f); err != nil {
				yield(page{OrderPage: new(orderhub.OrderPage)}, err)
				return
			}
		}
	}, nil
}

// found are the orders that a text finds, the youngest first, at most
// orderhub.MaxTotal.
func (s *Service) found(ctx context.Context, shop *orderhub.Shop, text string, f orderhub.OrderFilter) ([]orderhub.OrderID, error) {
	ids := []orderhub.OrderID{}
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		ids = ids[:0]
		for below := orderhub.OrderID(0); len(ids) < orderhub.MaxTotal; {
			page, err := search.Orders(ctx, tx, shop, text, f, below, orderhub.MaxLimit)
			if err != nil {
				return err
			}
			for _, o := range page.Orders {
				ids = append(ids, o.ID)
			}
			if below = page.Next; below == 0 {
				return nil
			}
		}
		return nil
	})
	return ids, err
}
