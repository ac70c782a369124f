package ordering

import (
	"cmp"
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
	"orderhub/internal/store"
)

// maxRelinked is how many orders of a customer one transaction links otherwise:
// of some customers, such as the one of all sales over the counter, there are
// very many.
var maxRelinked = 1_000

// DeleteCustomer marks a customer deleted. Its identities are free again; its
// orders and its cards stay and are linked to none. It is a NotFound error when
// the shop has no such customer.
//
// Of a customer with many orders these are linked to none before, in several
// transactions: a failure in between leaves a customer with fewer orders.
func (s *Service) DeleteCustomer(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef) error {
	return s.relink(ctx, shop, func(b *batch.Batch) { customers.In(b).AskRef(ref) }, func(b *batch.Batch) (done bool, err error) {
		c, err := customers.In(b).Find(ref)
		if err != nil {
			return false, err
		}
		if done, err = in(b).linkTo(c.ID, 0); err != nil || !done {
			return false, err
		}
		return true, customers.In(b).Delete(c)
	})
}

// MergeCustomers makes one customer of two: the one that is kept gets what it
// lacks, and all identities, cards, bonus points and orders of the other, which
// is found under its id and its identities from then on. It returns the customer
// that is kept. Merging them again changes nothing.
//
// Many orders are moved before, in several transactions: a failure in between
// leaves two customers, and merging them again goes on.
func (s *Service) MergeCustomers(ctx context.Context, shop *orderhub.Shop, keep, gone orderhub.CustomerID) (c *orderhub.Customer, err error) {
	keep, gone = max(keep, 0), max(gone, 0) // below zero are new customers of a batch, which no caller knows
	err = s.relink(ctx, shop, func(b *batch.Batch) { customers.In(b).AskID(keep, gone) }, func(b *batch.Batch) (done bool, err error) {
		to, from, err := customers.In(b).ToMerge(keep, gone)
		if err != nil {
			return false, err
		}
		if from.ID != to.ID {
			if done, err := in(b).linkTo(from.ID, to.ID); err != nil || !done {
				return false, err
			}
		}
		c, err = customers.In(b).Merge(to, from)
		return true, err
	})
	return c, err
}

// relink runs a step, each in its own transaction, until it is done.
func (s *Service) relink(ctx context.Context, shop *orderhub.Shop, ask func(*batch.Batch), step func(*batch.Batch) (done bool, err error)) error {
	for done := false; !done; {
		u := batch.New(ctx, shop)
		u.Large = true // so many orders are more than others should wait for
		u.Ask = ask
		u.Decide = func(b *batch.Batch) (err error) {
			done, err = step(b)
			return err
		}
		if err := batch.Do(ctx, s.DB, u); err != nil {
			return err
		}
	}
	return nil
}

// linkTo links orders of a customer to another one, 0 for none, and reports
// whether these were all of them.
func (s *set) linkTo(from, to orderhub.CustomerID) (all bool, err error) {
	stored, read := s.ofCustomer[from]
	if !read && from > 0 {
		s.wantOf = append(s.wantOf, from)
		return false, batch.ErrMore
	}
	for _, id := range stored {
		if _, missing := s.get(id); missing != nil {
			err = missing
		}
	}
	if err != nil {
		return false, err
	}
	var linked []*record
	for _, r := range s.records {
		if r.now != nil && r.now.Customer == from {
			linked = append(linked, r)
		}
	}
	slices.SortFunc(linked, func(a, b *record) int { return cmp.Compare(a.now.ID, b.now.ID) })
	for _, r := range linked {
		now := snapshot(r.now)
		now.Customer = to
		now.Version++
		now.UpdatedAt = s.record(orderhub.OrderRelinked, r.now, now, false)
		s.replace(r, now)
	}
	return len(stored) < maxRelinked, nil
}

// readCustomers reads which orders customers have.
func (s *set) readCustomers(ctx context.Context, tx *store.ShopTx) error {
	wanted := s.wantOf
	s.wantOf = nil
	for _, id := range wanted {
		ids, err := tx.OrderIDsOf(ctx, id, maxRelinked)
		if err != nil {
			return err
		}
		s.ofCustomer[id] = ids
		s.wantIDs = append(s.wantIDs, ids...)
	}
	return nil
}
