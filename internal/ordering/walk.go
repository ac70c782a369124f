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
	if text != "" {
		if f.Among, err = s.found(ctx, shop, text, f); err != nil {
			return 0, nil, err
		}
		if len(f.Among) == 0 {
			return 0, func(func(*orderhub.Order, error) bool) {}, nil
		}
	}
	f.Limit, f.Total, f.Exact = max(1, min(step, most)), true, true
	first, err := s.List(ctx, shop, f)
	if err != nil {
		return 0, nil, err
	}
	return first.Total, func(yield func(*orderhub.Order, error) bool) { s.walk(ctx, shop, f, most, first, yield) }, nil
}

func (s *Service) walk(ctx context.Context, shop *orderhub.Shop, f orderhub.OrderFilter, most int, page *orderhub.OrderPage, yield func(*orderhub.Order, error) bool) {
	f.Total = false
	for {
		for _, o := range page.Orders {
			if most--; most < 0 || !yield(o, nil) {
				return
			}
		}
		if !page.More || most <= 0 {
			return
		}
		if f.Skip += len(page.Orders); page.Next != nil {
			f.After, f.Skip = page.Next, 0
		}
		f.Limit = min(step, most)
		next, err := s.List(ctx, shop, f)
		if err != nil {
			yield(nil, err)
			return
		}
		page = next
	}
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
