// Package ordering holds the rules about an order's life that all dialects
// share: place, change, delete, find and list.
//
// Whatever changes an order builds a Command. What the order becomes is decided
// by one function (changed, in change.go), in memory; what it means for the
// customer, the number, the points and the event is decided beside it (do, in
// decide.go), on the records of a batch. See package batch for how requests of
// many callers become one transaction.
package ordering

import (
	"context"

	"orderhub"
	"orderhub/internal/search"
	"orderhub/internal/store"
	"orderhub/money"
)

// A Service looks after the orders of all shops in a store.
type Service struct {
	DB *store.DB
}

// Find returns an order that is not deleted, or a NotFound error.
func (s *Service) Find(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef) (*orderhub.Order, error) {
	var o *orderhub.Order
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		o, err = tx.Shop(shop.ID).OrderByRef(ctx, ref)
		return err
	})
	return o, err
}

// FindWithCustomer returns an order and the customer linked to it, nil when
// there is none.
func (s *Service) FindWithCustomer(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef) (*orderhub.Order, *orderhub.Customer, error) {
	var o *orderhub.Order
	var c *orderhub.Customer
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if o, err = tx.Shop(shop.ID).OrderByRef(ctx, ref); err != nil || o.Customer == 0 {
			return err
		}
		c, err = tx.Shop(shop.ID).Customer(ctx, o.Customer)
		return err
	})
	return o, c, err
}

// List returns one page of a shop's orders.
func (s *Service) List(ctx context.Context, shop *orderhub.Shop, f orderhub.OrderFilter) (*orderhub.OrderPage, error) {
	page, _, err := s.list(ctx, shop, f, false)
	return page, err
}

// ListWithCustomers returns one page of a shop's orders and the customers
// linked to them, each once.
func (s *Service) ListWithCustomers(ctx context.Context, shop *orderhub.Shop, f orderhub.OrderFilter) (*orderhub.OrderPage, []*orderhub.Customer, error) {
	return s.list(ctx, shop, f, true)
}

func (s *Service) list(ctx context.Context, shop *orderhub.Shop, f orderhub.OrderFilter, withCustomers bool) (*orderhub.OrderPage, []*orderhub.Customer, error) {
	var page *orderhub.OrderPage
	var linked []*orderhub.Customer
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if page, err = tx.Shop(shop.ID).ListOrders(ctx, f); err != nil || !withCustomers {
			return err
		}
		linked, err = tx.Shop(shop.ID).CustomersOf(ctx, page.Orders)
		return err
	})
	return page, linked, err
}

// Sales are what customers have bought in the shop's currency: the totals of
// their orders of the stage completed. Who has bought nothing is left out.
func (s *Service) Sales(ctx context.Context, shop *orderhub.Shop, customers ...orderhub.CustomerID) (map[orderhub.CustomerID]money.Amount, error) {
	var sales map[orderhub.CustomerID]money.Amount
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		sales, err = tx.Shop(shop.ID).Sales(ctx, shop.Currency, customers)
		return err
	})
	return sales, err
}

// Search returns a shop's orders that carry every word of a text and for
// which the filter holds, the newest first, below an ID (0 for the first
// page). See package search.
func (s *Service) Search(ctx context.Context, shop *orderhub.Shop, text string, f orderhub.OrderFilter, below orderhub.OrderID, limit int) (*search.Page, error) {
	if limit < 1 || limit > orderhub.MaxLimit {
		return nil, orderhub.Wrong("limit", "is out of range")
	}
	var page *search.Page
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		page, err = search.Orders(ctx, tx, shop, text, f, below, limit)
		return err
	})
	return page, err
}
