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
		all, err := tx.Shop(shop.ID).PossibleDuplicates(ctx, skip, MaxPairs+1)
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
		found, err := tx.Shop(shop.ID).CustomersByIDs(ctx, ids)
		pairs = make([]Pair, len(all))
		for i, p := range all {
			pairs[i] = Pair{found[p[0]], found[p[1]]}
		}
		return err
	})
	return pairs, more, err
}

// ToMerge returns two customers that are to be merged: one and the same when
// they were merged before.
func (s *Set) ToMerge(keepID, goneID orderhub.CustomerID) (keep, gone *orderhub.Customer, err error) {
	if keepID == goneID {
		return nil, nil, orderhub.Errorf(orderhub.Invalid, "a customer cannot be merged with itself")
	}
	if keep, err = s.Get(keepID); err != nil {
		return nil, nil, err
	}
	if gone, err = s.Get(goneID); err != nil {
		return nil, nil, err
	}
	return keep, gone, nil
}

// Merge makes one customer of two, as ToMerge returns them: the one that is kept
// gets what it lacks, and all identities, cards and bonus points of the other,
// which is found under its id and its identities from then on. The orders of the
// other have been linked to the one that is kept. It returns that one as it is
// then.
//
// The points are moved by statements, past what other units of a batch have
// read: the unit must be a large one.
func (s *Set) Merge(keep, gone *orderhub.Customer) (*orderhub.Customer, error) {
	if keep.ID == gone.ID {
		return keep, nil
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
