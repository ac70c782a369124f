package loyalty

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// ExpireDays is the shop's setting of how many days active points live.
var ExpireDays = orderhub.Setting{
	Name: "loyalty.expire_days", Values: []string{neverExpire}, Pattern: "DAYS", Check: checkExpireDays,
	Help: orderhub.Sentence{
		English: "Number of days after which bonus points expire.",
		Russian: "Через сколько дней сгорают бонусные баллы.",
		Polish:  "Po ilu dniach wygasają punkty bonusowe.",
	},
}

const neverExpire = "never"

// Settings are what a shop can choose about its points.
var Settings = []orderhub.Setting{ExpireDays}

func checkExpireDays(value string) error {
	if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 36_500 || strconv.Itoa(n) != value {
		return errors.New("must be a number of days from 1 to 36500")
	}
	return nil
}

// expiry is when points that become active at a time expire.
func expiry(shop *orderhub.Shop, at time.Time) time.Time {
	value := ExpireDays.Of(shop)
	if value == neverExpire {
		return time.Time{}
	}
	days, _ := strconv.Atoi(value) // Of returns no other values than numbers
	return at.AddDate(0, 0, days)
}

// A Booking is points that are written into the ledger by hand.
type Booking struct {
	Customer orderhub.CustomerRef
	Card     orderhub.CardID // 0 for none
	Points   int64           // below zero is a write-off
	Key      string          // a key that was used before books nothing more; "" for none
	Reason   string
}

// Book adds points to a customer or writes them off, and returns the row. A
// write-off of more than there are is an Invalid error of the field points, a
// key that was used for something else a Duplicate error, an unknown customer
// a NotFound error.
func (s *Service) Book(ctx context.Context, shop *orderhub.Shop, b Booking) (*orderhub.BonusEntry, error) {
	var made *row
	u := batch.New(ctx, shop)
	u.Ask = func(in *batch.Batch) {
		l := In(in)
		l.customers.AskRef(b.Customer)
		l.cards.askID(b.Card)
		l.askKey(b.Key)
	}
	u.Decide = func(in *batch.Batch) (err error) {
		made, err = In(in).book(b)
		return err
	}
	if err := batch.Do(ctx, s.DB, u); err != nil {
		return nil, err
	}
	return &made.BonusEntry, nil
}

func (l *Ledger) book(b Booking) (*row, error) {
	c, err := l.customers.Find(b.Customer)
	if err != nil {
		return nil, err
	}
	e := orderhub.BonusEntry{Customer: c.ID, Card: b.Card, Key: b.Key, Cause: orderhub.BonusAdjusted, Points: b.Points, Reason: b.Reason}
	var f orderhub.Faults
	f.Add(e.Validate())
	if b.Reason == "" {
		f.Add(orderhub.Absent("reason"))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if b.Card != 0 {
		if _, err := l.cards.get(b.Card); err != nil {
			return nil, err
		}
	}
	known, err := l.rowOf(b.Key)
	switch {
	case err != nil:
		return nil, err
	case known == nil:
	case known.Customer != e.Customer || known.Order != 0 || known.Points != e.Points || known.Cause != e.Cause:
		return nil, orderhub.Taken("key")
	default:
		return known, nil
	}
	e.ExpiresAt = expiry(l.b.Shop(), l.b.At)
	return l.adjust(e, l.b.At)
}

// rowOf is the row that has a sender's key; nil for none.
func (l *Ledger) rowOf(key string) (*row, error) {
	r, read := l.byKey[key]
	if !read && key != "" {
		l.askKey(key)
		return nil, batch.ErrMore
	}
	return r, nil
}

// adjust makes a row of points that come in, which pay what the customer owes,
// or of points that go out of what had not expired at a time.
func (l *Ledger) adjust(e orderhub.BonusEntry, at time.Time) (*row, error) {
	w, err := l.wallet(e.Customer)
	if err != nil {
		return nil, err
	}
	if e.Points < 0 {
		e.ExpiresAt = time.Time{}
		return l.writeOff(w, e, at, "points")
	}
	e.State = orderhub.BonusActive
	r, err := l.add(e)
	if err != nil {
		return nil, err
	}
	return r, l.settle(w)
}

// Balance returns how many points customers have now. Points that have expired
// are left out from that moment on, whether they were written off yet or not.
// A customer without any has the zero balance.
func (s *Service) Balance(ctx context.Context, shop *orderhub.Shop, customers ...orderhub.CustomerID) (map[orderhub.CustomerID]orderhub.BonusBalance, error) {
	var all map[orderhub.CustomerID]orderhub.BonusBalance
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Shop(shop.ID).BonusBalances(ctx, customers)
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
		all, err = tx.Shop(shop.ID).Bonuses(ctx, customer, below, limit)
		return err
	})
	return all, err
}

// sweep is how many rows a transaction of Expire looks for: it must not hold a
// shop for long.
const sweep = 100

// Expire writes off all points of all shops that have expired: for each row of
// which something is left, a row of minus what is left. It is to be called from
// time to time; when matters only to the ledger, since expired points can be
// neither seen nor spent. Each transaction is of one shop.
func (s *Service) Expire(ctx context.Context) error {
	for {
		var shops []*orderhub.Shop
		var found map[orderhub.ShopID][]orderhub.CustomerID
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			shops = nil
			if found, err = tx.ExpiredCustomers(ctx, tx.Now(), sweep); err != nil {
				return err
			}
			for id := range found {
				shop, err := tx.ShopByID(ctx, id)
				if err != nil {
					return err
				}
				shops = append(shops, shop)
			}
			return nil
		})
		if err != nil || len(shops) == 0 {
			return err
		}
		for _, shop := range shops {
			if err := s.expire(ctx, shop, found[shop.ID]); err != nil {
				return err
			}
		}
	}
}

func (s *Service) expire(ctx context.Context, shop *orderhub.Shop, customers []orderhub.CustomerID) error {
	slices.Sort(customers)
	customers = slices.Compact(customers)
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		for _, id := range customers {
			In(b).askWallet(id)
		}
	}
	u.Decide = func(b *batch.Batch) error {
		for _, id := range customers {
			if err := In(b).expire(id); err != nil {
				return err
			}
		}
		return nil
	}
	return batch.Do(ctx, s.DB, u)
}

// expire writes off what has expired of a customer's points.
func (l *Ledger) expire(customer orderhub.CustomerID) error {
	w, err := l.wallet(customer)
	if err != nil {
		return err
	}
	for _, lot := range w.lots {
		if lot.ExpiresAt.IsZero() || lot.ExpiresAt.After(l.b.At) {
			continue
		}
		e := orderhub.BonusEntry{Customer: customer, Card: lot.Card, Order: lot.Order, Reason: lot.Reason,
			Cause: orderhub.BonusLapsed, Points: -lot.left}
		if _, err := l.takeOut(e, orderhub.BonusExpired, []*row{lot}); err != nil {
			return err
		}
	}
	return nil
}
