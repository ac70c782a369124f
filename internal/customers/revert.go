package customers

import (
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// Revert takes back what was done to customers, in the caller's transaction,
// which must have written nothing: those that were made go for good, with their
// identities, and the others have their old content again, with their next
// version and a new time. It reports for each whether it is as it was before.
// One that was changed since stays as it is; so does one that was made and has
// orders, cards, bonus points or acts of its own since, and one whose former
// external id, e-mail address or phone number finds another customer by now.
// Where a customer was changed several times, the youngest change must come
// first. Events stay, and that an address gets no mail stays, too.
func Revert(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.Customer]) ([]bool, error) {
	done := make([]bool, len(all))
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		set := In(b)
		for _, r := range all {
			set.AskID(orderhub.CustomerID(r.ID))
			if r.Old == nil {
				set.wanted.used[orderhub.CustomerID(r.ID)] = true
				continue
			}
			for _, i := range identitiesOf(shop, r.Old) {
				set.askIdentity(i)
			}
		}
	}
	u.Decide = func(b *batch.Batch) error { return In(b).undo().BackAll(all, done) }
	err := batch.In(ctx, tx, u)
	return done, err
}

// undo is how an import's changes of customers are taken back.
func (s *Set) undo() batch.Undo[orderhub.Customer] {
	return batch.Undo[orderhub.Customer]{
		Now: func(id int64) (*orderhub.Customer, error) { return s.itself(orderhub.CustomerID(id)) },
		Written: func(now *orderhub.Customer, r orderhub.Reversal[orderhub.Customer]) bool {
			if r.Version == 0 && r.Content == "" {
				return now.UpdatedAt.Equal(r.Stamp)
			}
			return now.Version == r.Version || r.Content != "" && r.Content == Content(now)
		},
		Same: same,
		Used: s.usedSince,
		Remove: func(now *orderhub.Customer) error {
			err := s.keepSuppression(now, nil)
			s.end(now, orderhub.CustomerDeleted, &record{purged: true})
			return err
		},
		Restore: s.restore,
	}
}

// itself is a customer by its own id, nil for one that is gone, also into
// another.
func (s *Set) itself(id orderhub.CustomerID) (*orderhub.Customer, error) {
	c, err := s.get(id)
	if c != nil && c.ID != id {
		return nil, err
	}
	return c, err
}

// usedSince reports whether a customer that was made is used, or an identity
// that one had is another customer's.
func (s *Set) usedSince(now *orderhub.Customer, r orderhub.Reversal[orderhub.Customer]) (bool, error) {
	if r.Old == nil {
		used, read := s.used[now.ID]
		if !read {
			s.wanted.used[now.ID] = true
			return false, batch.ErrMore
		}
		return used, nil
	}
	gained, _ := moved(s.b.Shop(), now, r.Old)
	owners, err := s.ownersOf(gained)
	return slices.ContainsFunc(owners, func(id orderhub.CustomerID) bool { return id != 0 && id != now.ID }), err
}

// restore gives a customer its old content.
func (s *Set) restore(now, old *orderhub.Customer) error {
	suppressed, err := s.suppressionAfter(now, &orderhub.CustomerChange{Email: &old.Email})
	if err != nil {
		return err
	}
	next, err := change(now, command{whole: old, suppressed: suppressed, lenient: true}, s.b.Shop(), s.b.At)
	if err != nil {
		return err
	}
	next.ID, next.CreatedAt = now.ID, now.CreatedAt
	return s.update(now, next, false)
}
