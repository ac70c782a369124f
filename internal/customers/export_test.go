package customers

import (
	"context"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// What is in this file lets tests look for customers without a command, and
// delete and merge them without their orders.

// Delete deletes a customer without orders.
func (s *Service) Delete(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef) error {
	u := batch.New(ctx, shop)
	u.Large = true
	u.Decide = func(b *batch.Batch) error {
		c, err := In(b).Find(ref)
		if err != nil {
			return err
		}
		return In(b).Delete(c)
	}
	return batch.Do(ctx, s.DB, u)
}

// Merge merges customers, the second of which has no orders.
func (s *Service) Merge(ctx context.Context, shop *orderhub.Shop, keep, gone orderhub.CustomerID) (c *orderhub.Customer, err error) {
	u := batch.New(ctx, shop)
	u.Large = true
	u.Decide = func(b *batch.Batch) error {
		to, from, err := In(b).ToMerge(keep, gone)
		if err == nil {
			c, err = In(b).Merge(to, from)
		}
		return err
	}
	return c, batch.Do(ctx, s.DB, u)
}

// ResolveAll is Match for many contacts, in the caller's transaction; it
// returns 0 for a contact that identifies none.
func ResolveAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, contacts []ContactDetails) ([]orderhub.CustomerID, error) {
	ids, _, err := Recognise(ctx, tx, shop, contacts, false)
	return ids, err
}

// Resolve is ResolveAll for one.
func Resolve(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, p ContactDetails) (orderhub.CustomerID, error) {
	ids, err := ResolveAll(ctx, tx, shop, []ContactDetails{p})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// Recognise is ResolveAll that reports each customer once that it made, whose
// Old is nil, or that it completed. When dry it only reads, and the ID of one
// that would be made is 0.
func Recognise(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, contacts []ContactDetails, dry bool) (ids []orderhub.CustomerID, touched []orderhub.Verdict[orderhub.Customer], err error) {
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		for _, p := range contacts {
			In(b).Ask(p)
		}
	}
	var found []*orderhub.Customer
	u.Decide = func(b *batch.Batch) (err error) {
		found, touched, err = In(b).matchAll(contacts)
		return err
	}
	if dry {
		err, touched = batch.Rehearse(ctx, tx, u), nil
	} else {
		err = batch.In(ctx, tx, u)
	}
	if err != nil {
		return nil, nil, err
	}
	ids = make([]orderhub.CustomerID, len(contacts))
	for i, c := range found {
		if c != nil {
			ids[i] = max(c.ID, 0)
		}
	}
	return ids, touched, nil
}

// matchAll is Match for many contacts, with an event of its own for each
// customer that is made.
func (s *Set) matchAll(contacts []ContactDetails) (found []*orderhub.Customer, touched []verdict, err error) {
	found = make([]*orderhub.Customer, len(contacts))
	place := make(map[orderhub.CustomerID]int)
	for i, p := range contacts {
		c, made, err := s.Match(p)
		if err != nil {
			return nil, nil, err
		}
		if made {
			e := &batch.Event{Event: orderhub.Event{Kind: orderhub.CustomerRegistered, Customer: c.ID, Version: 1}}
			s.IDs.Keep(&e.Customer)
			if err := s.Registered(c.ID, s.b.Record(e)); err != nil {
				return nil, nil, err
			}
		}
		if c == nil {
			continue
		}
		r := s.records[c.ID]
		found[i] = r.now
		n, seen := place[c.ID]
		switch {
		case seen:
			touched[n].Now = r.now
		case r.now != r.stored:
			v := verdict{Outcome: orderhub.OutcomeUpdated, Old: r.stored, Now: r.now}
			if r.stored == nil {
				v.Outcome = orderhub.OutcomeCreated
			}
			place[c.ID] = len(touched)
			touched = append(touched, v)
		}
	}
	return found, touched, nil
}

// An Agreement is what a customer has agreed to, or refused, just now.
type Agreement struct {
	Customer orderhub.CustomerID
	Consents []orderhub.Consent
}

// Agree keeps agreements with their customers, in the caller's transaction.
func Agree(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []Agreement) error {
	if len(all) == 0 {
		return nil
	}
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		for _, a := range all {
			In(b).AskID(a.Customer)
		}
	}
	u.Decide = func(b *batch.Batch) error {
		for _, a := range all {
			if err := In(b).Agree(a.Customer, a.Consents); err != nil {
				return err
			}
		}
		return nil
	}
	return batch.In(ctx, tx, u)
}
