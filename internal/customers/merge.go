package customers

import (
	"context"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// A Pair is two customers that may be one person.
type Pair [2]*orderhub.Customer

// MaxPairs is how many pairs Duplicates returns at once.
const MaxPairs = 250

// Duplicates lists pairs of a shop's customers that may be one person, the
// newest first, at most MaxPairs from a place on, and whether there are more.
func (s *Service) Duplicates(ctx context.Context, shop *orderhub.Shop, skip int) (pairs []Pair, more bool, err error) {
	if skip < 0 || skip > orderhub.MaxSkip {
		return nil, false, orderhub.Wrong("skip", "is out of range")
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.PossibleDuplicates(ctx, shop.ID, skip, MaxPairs+1)
		if err != nil {
			return err
		}
		if more = len(all) > MaxPairs; more {
			all = all[:MaxPairs]
		}
		ids := make([]orderhub.CustomerID, 0, 2*len(all))
		for _, p := range all {
			ids = append(ids, p[0], p[1])
		}
		found, err := tx.CustomersByIDs(ctx, shop.ID, ids)
		pairs = make([]Pair, len(all))
		for i, p := range all {
			pairs[i] = Pair{found[p[0]], found[p[1]]}
		}
		return err
	})
	return pairs, more, err
}

// Merge makes one customer of two: the one that is kept gets what it lacks, and
// all identities, cards, bonus points and orders of the other, which is found
// under its id and its identities from then on. It returns the customer that is
// kept. Merging them again changes nothing.
func (s *Service) Merge(ctx context.Context, shop *orderhub.Shop, keep, gone orderhub.CustomerID) (c *orderhub.Customer, err error) {
	for _, id := range []orderhub.CustomerID{keep, gone} {
		if id <= 0 {
			return nil, orderhub.Errorf(orderhub.NotFound, "no customer with id %d", id)
		}
	}
	u := batch.New(ctx, shop)
	u.Large = true // its cards, points and orders are moved by statements, past what other requests of a batch have read
	u.Ask = func(b *batch.Batch) { In(b).AskID(keep, gone) }
	u.Decide = func(b *batch.Batch) (err error) {
		c, err = In(b).merge(keep, gone)
		return err
	}
	if err := batch.Do(ctx, s.DB, u); err != nil {
		return nil, err
	}
	return c, nil
}

// merge makes one customer of two.
func (s *Set) merge(keepID, goneID orderhub.CustomerID) (*orderhub.Customer, error) {
	keep, err := s.Get(keepID)
	if err != nil {
		return nil, err
	}
	gone, err := s.Get(goneID)
	if err != nil {
		return nil, err
	}
	if keep.ID == gone.ID {
		if keepID != goneID {
			return keep, nil // they were merged before
		}
		return nil, orderhub.Errorf(orderhub.Invalid, "a customer cannot be merged with itself")
	}
	if err := s.askOwned(gone.ID); err != nil {
		return nil, err
	}
	cards, err := s.cardsOf(gone.ID)
	if err != nil {
		return nil, err
	}
	if err := s.keepSuppression(gone, nil); err != nil {
		return nil, err
	}
	s.moveCards(cards, gone.ID, keep.ID)
	s.end(gone, orderhub.CustomerMerged, &record{into: keep.ID})
	if keep, err = s.Get(keep.ID); err != nil { // it may have learned that an address gets no mail
		return nil, err
	}
	now := clone(keep)
	absorb(now, gone)
	suppressed, err := s.suppressionAfter(keep, &orderhub.CustomerChange{Email: &now.Email})
	if err != nil {
		return nil, err
	}
	if now, err = change(keep, command{whole: now, suppressed: suppressed, lenient: true}, s.b.Shop(), s.b.At); err != nil {
		return nil, err
	}
	if same(keep, now) {
		now = keep
	} else if err := s.update(keep, now, false); err != nil {
		return nil, err
	}
	return now, nil
}

// askOwned has all identities of a customer read, which may be more than its
// fields hold, when others were merged into it.
func (s *Set) askOwned(id orderhub.CustomerID) error {
	if id < 0 || s.owned[id] {
		return nil
	}
	s.wanted.owned[id] = true
	return batch.ErrMore
}

// absorb gives a customer what it lacks of another one.
func absorb(to, from *orderhub.Customer) {
	for _, x := range []struct{ to, from *string }{
		{&to.ExternalID, &from.ExternalID}, {&to.Email, &from.Email}, {&to.Phone, &from.Phone}, {&to.MiddleName, &from.MiddleName},
	} {
		if *x.to == "" {
			*x.to = *x.from
		}
	}
	if to.Name == "" && to.FirstName == "" && to.LastName == "" {
		to.Name, to.FirstName, to.MiddleName, to.LastName = from.Name, from.FirstName, from.MiddleName, from.LastName
	}
	if to.Gender == orderhub.GenderUnknown {
		to.Gender = from.Gender
	}
	if to.Birthday == (orderhub.Birthday{}) {
		to.Birthday = from.Birthday
	}
	if to.Group == 0 {
		to.Group = from.Group
	}
	if !from.RegisteredAt.IsZero() && from.RegisteredAt.Before(to.RegisteredAt) {
		to.RegisteredAt = from.RegisteredAt
	}
	to.Unsubscribed, to.Complained = to.Unsubscribed || from.Unsubscribed, to.Complained || from.Complained
	own := to.Consents
	to.Consents = nil
	to.Agree(from.Consents)
	to.Agree(own)
	to.Attributes = from.Attributes.Merge(to.Attributes)
	for dialect, extra := range from.Extras {
		if to.Extras == nil {
			to.Extras = make(orderhub.Extras)
		}
		to.Extras[dialect] = extra.Merge(to.Extras[dialect])
	}
}

// keepAlias leaves out of a change an external id by which the customer is
// found because another one was merged into it: it has an id of its own.
func (s *Set) keepAlias(old *orderhub.Customer, c *orderhub.CustomerChange) error {
	id := c.ExternalID
	if old == nil || id == nil || *id == "" || *id == old.ExternalID || old.ExternalID == "" || !orderhub.Storable(*id) {
		return nil
	}
	owner, err := s.owner(identity{orderhub.ByExternal, *id})
	if owner == old.ID {
		c.ExternalID = nil
	}
	return err
}
