package customers

import (
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store/orderdb"
)

// suppression is what is known of an address in the form in which addresses are
// compared.
func (s *Set) suppression(email string) (orderhub.Suppression, error) {
	known, read := s.suppressed[email]
	if !read && email != "" {
		s.askSuppression(email)
		return known, batch.ErrMore
	}
	return known, nil
}

// suppressionOf is what is known of an address, from the address itself and
// from the customer that it finds: the flags of customers from before there
// were suppressions are in no other place.
func (s *Set) suppressionOf(address string) (orderhub.Suppression, error) {
	email, ok := orderhub.ParseEmail(address)
	if !ok {
		return orderhub.Suppression{}, nil
	}
	known, err := s.suppression(email)
	owner, more := s.owner(identity{orderhub.ByEmail, email})
	if more != nil {
		return known, more
	}
	c, more := s.get(owner)
	if more != nil {
		return known, more
	}
	if c != nil && emailKey(c) == email {
		known = known.Or(c.Suppression())
	}
	return known, err
}

// suppressionAfter is suppressionOf for the address that a customer has after a
// change. An address that stays is not looked at.
func (s *Set) suppressionAfter(old *orderhub.Customer, c *orderhub.CustomerChange) (orderhub.Suppression, error) {
	address := addressAfter(old, c)
	if address == "" || old != nil && old.Email == address {
		return orderhub.Suppression{}, nil
	}
	return s.suppressionOf(address)
}

// keepSuppression enters what the flags of a customer say in what is known of
// its addresses: of the one that it leaves, and of the one that it has. The
// state is nil for a customer that is registered, or that goes.
func (s *Set) keepSuppression(old, now *orderhub.Customer) error {
	left, has := "", ""
	if old != nil {
		left = emailKey(old)
	}
	if now != nil {
		has = emailKey(now)
	}
	if left != has && left != "" {
		if err := s.suppress(left, old.Suppression(), old.ID); err != nil {
			return err
		}
	}
	if has == "" || left == has && old.Suppression() == now.Suppression() {
		return nil
	}
	return s.suppress(has, now.Suppression(), now.ID)
}

// suppress adds reasons why an address gets no mail. The customer that it finds
// learns of it, unless it became known by that one.
func (s *Set) suppress(email string, why orderhub.Suppression, by orderhub.CustomerID) error {
	if why == (orderhub.Suppression{}) {
		return nil
	}
	known, err := s.suppression(email)
	if err != nil {
		return err
	}
	more := why.Without(known)
	if more == (orderhub.Suppression{}) {
		return nil
	}
	actor, entries := s.b.Actor(), slices.Clip(s.suppressions)
	for _, reason := range more.Reasons() {
		entries = append(entries, orderdb.SuppressionEntry{Shop: s.b.Shop().ID, Email: email, Reason: reason, At: s.b.At, Actor: actor})
	}
	batch.Assign(s.b, &s.suppressions, entries)
	batch.Put(s.b, s.suppressed, email, known.Or(why))
	owner, err := s.owner(identity{orderhub.ByEmail, email})
	if err != nil || owner == by {
		return err
	}
	c, err := s.get(owner)
	if err != nil || c == nil || emailKey(c) != email {
		return err
	}
	return s.flag(c, c.Suppression().Or(why))
}

// flag sets why a customer gets no mail.
func (s *Set) flag(c *orderhub.Customer, why orderhub.Suppression) error {
	if c.Suppression() == why {
		return nil
	}
	now := clone(c)
	now.Unsubscribed, now.Complained, now.Bounced = why.Unsubscribed, why.Complained, why.Bounced
	s.recordChange(c, now)
	s.replace(now, true)
	return nil
}

// lift lets an address get mail again.
func (s *Set) lift(email, user, reason string) error {
	known, err := s.suppressionOf(email)
	if err != nil {
		return err
	}
	if known == (orderhub.Suppression{}) {
		return nil
	}
	owner, err := s.owner(identity{orderhub.ByEmail, email})
	if err != nil {
		return err
	}
	entry := orderdb.SuppressionEntry{Shop: s.b.Shop().ID, Email: email, Reason: orderhub.SuppressionLifted, At: s.b.At, Actor: s.b.Actor(), User: user, Note: reason}
	batch.Assign(s.b, &s.suppressions, append(slices.Clip(s.suppressions), entry))
	batch.Put(s.b, s.suppressed, email, orderhub.Suppression{})
	c, err := s.get(owner)
	if err != nil || c == nil {
		return err
	}
	return s.flag(c, orderhub.Suppression{})
}
