package customers

import (
	"context"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// A Service changes and finds the customers of all shops in a store, for
// callers who name a customer on purpose. What an order says of its buyer goes
// through Set.Match instead.
type Service struct {
	DB *store.DB
}

// Register records a new customer, which an id in the shop's system, an e-mail
// address or a phone number must identify. One of these that another customer
// has is a Duplicate error of its field. Once makes the request idempotent; nil
// for most.
func (s *Service) Register(ctx context.Context, shop *orderhub.Shop, c *orderhub.Customer, once *batch.Once) error {
	sent := clone(c)
	u := batch.New(ctx, shop)
	u.Once = once
	u.Ask = func(b *batch.Batch) {
		In(b).Ask(ContactDetails{ExternalID: c.ExternalID, Email: c.Email, Phone: c.Phone})
	}
	u.Decide = func(b *batch.Batch) error {
		set := In(b)
		suppressed, err := set.suppressionOf(sent.Email)
		if err != nil {
			return err
		}
		now, err := change(nil, command{whole: sent, suppressed: suppressed}, shop, b.At)
		var f orderhub.Faults
		f.Add(err)
		if sent.ExternalID == "" && sent.Email == "" && sent.Phone == "" {
			f.Add(orderhub.Absent("external_id"))
		}
		if err := f.Err(); err != nil {
			return err
		}
		if err := set.register(now, false); err != nil {
			return err
		}
		*c = *now
		set.IDs.Keep(&c.ID)
		return nil
	}
	return batch.Do(ctx, s.DB, u)
}

// Amend changes what a partial update was given and returns the customer as it
// is then, and whether it was made. One that is not known is made when the mode
// allows it, under the reference's external id; else it is a NotFound error. A
// no-op change writes nothing and emits no event.
func (s *Service) Amend(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef, change orderhub.CustomerChange, mode orderhub.Mode) (c *orderhub.Customer, made bool, err error) {
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		set := In(b)
		set.AskRef(ref)
		set.askChange(&change)
	}
	u.Decide = func(b *batch.Batch) (err error) {
		c, made, err = In(b).amendOrMake(ref, change, mode)
		return err
	}
	err = batch.Do(ctx, s.DB, u)
	return c, made && err == nil, err
}

// amendOrMake is Amend in a batch.
func (s *Set) amendOrMake(ref orderhub.CustomerRef, change orderhub.CustomerChange, mode orderhub.Mode) (c *orderhub.Customer, made bool, err error) {
	old, err := s.Find(ref)
	o := options{share: change.ShareContact}
	switch {
	case err == nil && !mode.Existing:
		return nil, false, orderhub.Taken("external_id")
	case err == nil && change.IfVersion != 0 && change.IfVersion != old.Version:
		return nil, false, orderhub.Errorf(orderhub.Conflict, "the customer was changed meanwhile: it has version %d", old.Version)
	case err == nil:
		if c, err = s.amend(old, change, o); c == nil {
			c = old
		}
		return c, false, err
	case orderhub.KindOf(err) != orderhub.NotFound || !mode.New:
		return nil, false, err
	}
	if change.ExternalID == nil && ref.ExternalID != "" {
		change.ExternalID = &ref.ExternalID
	}
	if c, err = s.decide(nil, change, o); err == nil {
		err = s.register(c, o.share)
	}
	return c, true, err
}

// askChange has read what a change needs.
func (s *Set) askChange(change *orderhub.CustomerChange) {
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	s.Ask(ContactDetails{ExternalID: text(change.ExternalID), Email: text(change.Email), Phone: text(change.Phone)})
	if email, ok := orderhub.ParseEmail(text(change.Email)); ok {
		s.askSuppression(email)
	}
	s.wanted.groups = s.wanted.groups || change.Group != nil && *change.Group != (orderhub.GroupRef{})
}

// A Known is a customer with the orders linked to it, the newest first.
type Known struct {
	*orderhub.Customer
	Orders []*orderhub.Order // at most as many as were asked for
	More   bool              // there are more
}

// Find returns a customer with its newest orders, at most so many, or a
// NotFound error.
func (s *Service) Find(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef, orders int) (*Known, error) {
	k := new(Known)
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if k.Customer, err = tx.Shop(shop.ID).CustomerByRef(ctx, compared(shop, ref)); err != nil || orders == 0 {
			return err
		}
		return k.readOrders(ctx, tx, orders)
	})
	return k, err
}

func (k *Known) readOrders(ctx context.Context, tx *store.Tx, limit int) error {
	page, err := tx.Shop(k.Shop).ListOrders(ctx, orderhub.OrderFilter{Customer: k.ID, Limit: limit})
	if err != nil {
		return err
	}
	k.Orders, k.More = page.Orders, page.More
	return nil
}

// A Page is one page of a list of customers, each with its newest orders.
type Page struct {
	orderhub.CustomerPage
	Known []*Known
}

// List returns one page of a shop's customers, each with at most so many
// orders.
func (s *Service) List(ctx context.Context, shop *orderhub.Shop, f orderhub.CustomerFilter, orders int) (*Page, error) {
	p := new(Page)
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		page, err := tx.Shop(shop.ID).ListCustomers(ctx, f)
		if err != nil {
			return err
		}
		p.CustomerPage = *page
		for _, c := range page.Customers {
			k := &Known{Customer: c}
			if orders > 0 {
				if err := k.readOrders(ctx, tx, orders); err != nil {
					return err
				}
			}
			p.Known = append(p.Known, k)
		}
		return nil
	})
	return p, err
}

// ActedMax is how long the account of an act may be, in bytes.
const ActedMax = 16_000

// Acted keeps that a customer did something that the shop follows, such as an
// event of its marketing, with an account of it in JSON. It is kept as an
// event, also when the customer is not known. It returns the customer's id, 0
// for none.
func (s *Service) Acted(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef, what string, account []byte) (id orderhub.CustomerID, err error) {
	if len(account) > ActedMax {
		return 0, orderhub.Wrong("account", fmt.Sprintf("is too long; send at most %d bytes", ActedMax))
	}
	var e *batch.Event
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) { In(b).AskRef(ref) }
	u.Decide = func(b *batch.Batch) error {
		set := In(b)
		e = &batch.Event{Event: orderhub.Event{Kind: orderhub.CustomerActed, Changes: []orderhub.Change{{Field: what, To: string(account)}}}}
		c, err := set.Find(ref)
		if err == nil {
			e.Customer = c.ID
			e.Version, err = set.Touch(c.ID)
		}
		if err != nil && orderhub.KindOf(err) != orderhub.NotFound {
			return err
		}
		set.IDs.Keep(&e.Customer)
		b.Record(e)
		return nil
	}
	if err := batch.Do(ctx, s.DB, u); err != nil {
		return 0, err
	}
	return e.Customer, nil
}

// Lift lets an e-mail address get mail from campaigns again. Only a user may
// do so, by name and with a reason; both are kept.
func (s *Service) Lift(ctx context.Context, shop *orderhub.Shop, email, user, reason string) error {
	key, ok := orderhub.ParseEmail(email)
	var f orderhub.Faults
	if !ok {
		f.Wrong("email", "is not an e-mail address")
	}
	for _, x := range []struct{ field, text string }{{"user", user}, {"reason", reason}} {
		switch {
		case x.text == "":
			f.Add(orderhub.Absent(x.field))
		case len(x.text) > orderhub.MaxName || !orderhub.Storable(x.text):
			f.Wrong(x.field, fmt.Sprintf("must be text of at most %d bytes", orderhub.MaxName))
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) { In(b).Ask(ContactDetails{Email: email}); In(b).askSuppression(key) }
	u.Decide = func(b *batch.Batch) error { return In(b).lift(key, user, reason) }
	return batch.Do(ctx, s.DB, u)
}

// Now is the time by which ages and days are counted.
func (s *Service) Now() time.Time { return s.DB.Now() }

// compared brings what a reference names into the form in which identities are
// compared.
func compared(shop *orderhub.Shop, ref orderhub.CustomerRef) orderhub.CustomerRef {
	if ref.Email != "" {
		ref.Email, _ = orderhub.ParseEmail(ref.Email)
	}
	if ref.Phone != "" {
		ref.Phone = shop.Phone(ref.Phone).Digits()
	}
	return ref
}
