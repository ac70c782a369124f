// Package ordering takes orders and looks after them: place, amend, delete,
// find and list. Every rule about an order's life that all dialects share
// stands here.
//
// A method that changes an order is one transaction: it checks, stores,
// links the customer and records the event, or does nothing at all.
package ordering

import (
	"context"
	"errors"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/loyalty"
	"orderhub/internal/search"
	"orderhub/internal/store"
	"orderhub/money"
)

// A Service looks after the orders of all shops in a store.
type Service struct {
	DB *store.DB
}

// Place records a new order. What it does not say is filled in: the shop's
// currency, the status received, now as the time it was placed. The order's
// customer is found by its contact, or registered.
//
// A number that is in use is a Duplicate error of the field number; callers
// whose vendor changes the order in that case use Amend.
func (s *Service) Place(ctx context.Context, shop *orderhub.Shop, o *orderhub.Order, then ...Then) error {
	if err := s.begin(shop, o); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		// Looking first keeps a repeated request from writing at all.
		if err := tx.WantNumber(ctx, shop.ID, o.Number, orderhub.Taken("number")); err != nil {
			return err
		}
		placed, err := s.place(ctx, tx, shop, o)
		if err == nil && !placed {
			return orderhub.Taken("number")
		}
		for _, do := range then {
			if err == nil {
				err = do(ctx, tx)
			}
		}
		return err
	})
}

// Then is done in the transaction of an act, after it: what must stand or
// fall with it.
type Then = func(ctx context.Context, tx *store.Tx) error

func placedEvent(o *orderhub.Order) orderhub.Event {
	return orderhub.Event{
		Shop: o.Shop, Kind: orderhub.OrderPlaced, Order: o.ID, Customer: o.Customer,
		Changes: orderhub.OrderChanges(nil, o),
	}
}

// begin completes and checks a new order, outside the transaction.
func (s *Service) begin(shop *orderhub.Shop, o *orderhub.Order) error {
	now := s.DB.Now()
	o.Shop = shop.ID
	if o.Currency == "" {
		o.Currency = shop.Currency
	}
	if o.PlacedAt.IsZero() {
		o.PlacedAt = now
	}
	if o.UpdatedAt.IsZero() {
		o.UpdatedAt = now
	}
	if o.Status == "" {
		o.Status = orderhub.StatusReceived
	}
	var f orderhub.Faults
	if st, ok := shop.Status(o.Status); ok {
		o.Stage, o.StatusAt = st.Stage, now
	} else {
		f.Wrong("status", unknownStatus)
	}
	o.ReadWords(shop, o.Attributes, now)
	f.Add(o.Reckon())
	f.Add(o.Validate())
	return f.Err()
}

const unknownStatus = "is not a status of this shop"

// place stores an order that begin has completed. It reports false when
// somebody took the number meanwhile.
func (s *Service) place(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, o *orderhub.Order) (bool, error) {
	if err := link(ctx, tx, shop, o); err != nil {
		return false, err
	}
	created, err := tx.CreateOrder(ctx, o, keys(shop, o))
	if err != nil || !created {
		return false, err
	}
	if err := tx.Record(ctx, placedEvent(o)); err != nil {
		return false, err
	}
	return true, loyalty.FollowNew(ctx, tx, shop, o)
}

// link finds the order's customer, or registers one: the buyer that the sender
// names by our id, else whom the buyer's external id and the contact mean.
func link(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, o *orderhub.Order) error {
	if o.Buyer.ID != 0 {
		c, err := tx.CustomerByRef(ctx, shop.ID, orderhub.CustomerRef{ID: o.Buyer.ID})
		if err == nil {
			o.Customer = c.ID
			return nil
		}
		if !notThere(err) {
			return err
		}
	}
	id, err := customers.Resolve(ctx, tx, shop, customers.PersonOf(o))
	o.Customer = id
	return err
}

// keys are the order's contact in the form in which contacts are compared.
func keys(shop *orderhub.Shop, o *orderhub.Order) store.Keys {
	email, _ := orderhub.ParseEmail(o.Contact.Email)
	return store.Keys{Email: email, Phone: shop.Phone(o.Contact.Phone).Digits()}
}

// Find returns an order that is not deleted, or a NotFound error.
func (s *Service) Find(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef) (*orderhub.Order, error) {
	var o *orderhub.Order
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		o, err = tx.OrderByRef(ctx, shop.ID, ref)
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
		if o, err = tx.OrderByRef(ctx, shop.ID, ref); err != nil || o.Customer == 0 {
			return err
		}
		c, err = tx.Customer(ctx, shop.ID, o.Customer)
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
		if page, err = tx.ListOrders(ctx, shop.ID, f); err != nil || !withCustomers {
			return err
		}
		linked, err = tx.CustomersOf(ctx, page.Orders)
		return err
	})
	return page, linked, err
}

// Sales are what customers have bought in the shop's currency: the totals of
// their orders of the stage completed. Who has bought nothing is left out.
func (s *Service) Sales(ctx context.Context, shop *orderhub.Shop, customers ...orderhub.CustomerID) (map[orderhub.CustomerID]money.Amount, error) {
	var sales map[orderhub.CustomerID]money.Amount
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		sales, err = tx.Sales(ctx, shop.ID, shop.Currency, customers)
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

// Delete marks an order deleted in every dialect and returns it as it was.
// Its number is free again; its history stays.
func (s *Service) Delete(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef) (*orderhub.Order, error) {
	var o *orderhub.Order
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if o, err = tx.OrderByRef(ctx, shop.ID, ref); err != nil {
			return err
		}
		before := *o
		o.DeletedAt, o.UpdatedAt = tx.Now(), tx.Now()
		if err := tx.SaveOrder(ctx, o, keys(shop, o), 0); err != nil {
			return err
		}
		deleted := orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderDeleted, Order: o.ID, Customer: o.Customer}
		if err := tx.Record(ctx, deleted); err != nil {
			return err
		}
		return loyalty.Follow(ctx, tx, shop, &before, o)
	})
	return o, err
}

// Purge takes a deleted order out of the store for good. Its events stay: they
// tell that it was there. An order that is not deleted is a NotFound error.
func (s *Service) Purge(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef) error {
	ref.Deleted = true
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		o, err := tx.OrderByRef(ctx, shop.ID, ref)
		if err != nil {
			return err
		}
		if o.DeletedAt.IsZero() {
			return orderhub.Errorf(orderhub.NotFound, "no deleted order %s", ref)
		}
		if err := tx.PurgeOrder(ctx, o.ID); err != nil {
			return err
		}
		return tx.Record(ctx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderPurged, Order: o.ID, Customer: o.Customer})
	})
}

// notThere says whether an error means that the order is unknown.
func notThere(err error) bool {
	e, ok := errors.AsType[*orderhub.Error](err)
	return ok && e.Kind == orderhub.NotFound
}
