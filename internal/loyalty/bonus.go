package loyalty

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
)

// A Spending is points that a customer spends on an order.
type Spending struct {
	Customer orderhub.CustomerID
	Card     orderhub.CardID  // 0 for none
	Order    orderhub.OrderID // 0 for none
	Points   int64            // more than zero
	Key      string           // a key that was seen before spends nothing more; "" for none
	Reason   string           // "" when the order says it all
}

// Spend writes points off at once, in the transaction of the order that they
// are spent on. Fewer active points than asked are an Invalid error of the
// field bonuses, also when two spend at once: the customer is held. A key that
// was used for something else is a Duplicate error. History spends nothing.
func Spend(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, s Spending) error {
	if orderhub.ActorOf(ctx).History {
		return nil
	}
	if s.Points < 1 || s.Points > orderhub.MaxPoints {
		return orderhub.Wrong("bonuses", "must be a whole number above zero")
	}
	e := orderhub.BonusEntry{
		Shop: shop.ID, Customer: s.Customer, Card: s.Card, Order: s.Order, Key: s.Key,
		Cause: orderhub.BonusUsed, Points: -s.Points, Reason: s.Reason,
	}
	if err := e.Validate(); err != nil {
		return err
	}
	if err := hold(ctx, tx, shop, s.Customer); err != nil {
		return err
	}
	if known, err := booked(ctx, tx, &e); known != nil || err != nil {
		return err
	}
	return writeOff(ctx, tx, &e, "bonuses")
}

// hold holds a customer, of whom a deleted one is none.
func hold(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, id orderhub.CustomerID) error {
	_, err := tx.Customer(ctx, shop.ID, id)
	if orderhub.KindOf(err) == orderhub.NotFound {
		return orderhub.Wrong("customer", "is not a customer of this shop")
	}
	return err
}

// booked finds the row that an earlier request with the same key made.
func booked(ctx context.Context, tx *store.Tx, e *orderhub.BonusEntry) (*orderhub.BonusEntry, error) {
	if e.Key == "" {
		return nil, nil
	}
	known, err := tx.BonusByKey(ctx, e.Shop, e.Key)
	if err != nil || known == nil {
		return nil, err
	}
	if known.Customer != e.Customer || known.Order != e.Order || known.Points != e.Points || known.Cause != e.Cause {
		return nil, orderhub.Taken("key")
	}
	return known, nil
}

// A Booking is points that somebody writes into the ledger by hand.
type Booking struct {
	Customer orderhub.CustomerRef
	Card     orderhub.CardID // 0 for none
	Points   int64           // below zero is a write-off
	Key      string          // a key that was seen before books nothing more; "" for none
	Reason   string
}

// Book adds points to a customer or writes them off, and returns the row. A
// write-off of more than there are is an Invalid error of the field points, a
// key that was used for something else a Duplicate error, an unknown customer
// a NotFound error.
func (s *Service) Book(ctx context.Context, shop *orderhub.Shop, b Booking) (*orderhub.BonusEntry, error) {
	var made *orderhub.BonusEntry
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		c, err := tx.CustomerByRef(ctx, shop.ID, b.Customer)
		if err != nil {
			return err
		}
		e := &orderhub.BonusEntry{
			Shop: shop.ID, Customer: c.ID, Card: b.Card, Key: b.Key, Cause: orderhub.BonusBooked, Points: b.Points, Reason: b.Reason,
		}
		var f orderhub.Faults
		f.Add(e.Validate())
		if b.Reason == "" {
			f.Add(orderhub.Absent("reason"))
		}
		if err := f.Err(); err != nil {
			return err
		}
		if b.Card != 0 {
			if _, err := tx.CardByRef(ctx, shop.ID, orderhub.CardRef{ID: b.Card}); err != nil {
				return err
			}
		}
		if made, err = booked(ctx, tx, e); made != nil || err != nil {
			return err
		}
		made = e
		if b.Points < 0 {
			return writeOff(ctx, tx, e, "points")
		}
		if err := give(ctx, tx, shop, e); err != nil {
			return err
		}
		return settle(ctx, tx, c.ID)
	})
	return made, err
}

// Balance says how many points customers have, now. Points that have expired
// are no part of it from that moment on, whether they were written off yet or
// not. A customer without any has the zero balance.
func (s *Service) Balance(ctx context.Context, shop *orderhub.Shop, customers ...orderhub.CustomerID) (map[orderhub.CustomerID]orderhub.BonusBalance, error) {
	var all map[orderhub.CustomerID]orderhub.BonusBalance
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.BonusBalances(ctx, shop.ID, customers)
		return err
	})
	return all, err
}

// Entries lists the rows of a customer's ledger, the newest first, below an ID
// (0 for the first page), at most limit.
func (s *Service) Entries(ctx context.Context, shop *orderhub.Shop, customer orderhub.CustomerID, below orderhub.BonusID, limit int) ([]*orderhub.BonusEntry, error) {
	if limit < 1 || limit > orderhub.MaxLimit {
		return nil, orderhub.Wrong("limit", "is out of range")
	}
	var all []*orderhub.BonusEntry
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Bonuses(ctx, shop.ID, customer, below, limit)
		return err
	})
	return all, err
}

// sweep is how many rows a transaction of Expire looks for: on SQLite all
// writers take turns, and nobody shall wait long.
const sweep = 100

// Expire writes off all points of all shops that have expired: for each row of
// which something is left, one of minus what is left. It is to be called from
// time to time; when matters only to the ledger, since expired points can be
// neither seen nor spent.
func (s *Service) Expire(ctx context.Context) error {
	for found := true; found; {
		err := s.DB.View(ctx, func(tx *store.Tx) error {
			some, err := tx.OverdueCustomers(ctx, tx.Now(), 1)
			found = len(some) > 0
			return err
		})
		if err != nil || !found {
			return err
		}
		if err := s.DB.Update(ctx, func(tx *store.Tx) error { return expireSome(ctx, tx) }); err != nil {
			return err
		}
	}
	return nil
}

func expireSome(ctx context.Context, tx *store.Tx) error {
	customers, err := tx.OverdueCustomers(ctx, tx.Now(), sweep)
	if err != nil {
		return err
	}
	if err := tx.HoldCustomers(ctx, customers); err != nil {
		return err
	}
	for _, customer := range customers {
		lots, err := tx.Lots(ctx, customer) // as they are, the customer being held
		if err != nil {
			return err
		}
		for _, l := range lots {
			if l.ExpiresAt.IsZero() || l.ExpiresAt.After(tx.Now()) {
				continue
			}
			e := &orderhub.BonusEntry{
				Shop: l.Shop, Customer: customer, Card: l.Card, Order: l.Order, Reason: l.Reason,
				Cause: orderhub.BonusOverdue, Points: -l.Left, State: orderhub.BonusExpired,
			}
			if err := add(ctx, tx, e); err != nil {
				return err
			}
			if err := draw(ctx, tx, e, []store.Lot{l}); err != nil {
				return err
			}
		}
	}
	return nil
}
