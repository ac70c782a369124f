package customers

import (
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// Revert takes back what was done to customers: those that were made go for
// good, with their identities, and the others are again as they were, with
// their times. It says of each whether that is so then. One that was changed
// since stays as it is; so does one that was made and has orders, cards, bonus
// points or acts of its own since, and one whose former external id, e-mail
// address or phone number means somebody else by now. The events stay, and
// tell what happened.
func Revert(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.Customer]) ([]bool, error) {
	done := make([]bool, 0, len(all))
	for len(all) > 0 {
		n := once(all)
		r := reversals{shop: shop, all: all[:n], done: make([]bool, n)}
		if err := r.run(ctx, tx); err != nil {
			return nil, err
		}
		done, all = append(done, r.done...), all[n:]
	}
	return done, nil
}

// once is how many reversals from the first on are of different customers.
func once(all []orderhub.Reversal[orderhub.Customer]) int {
	seen := make(map[int64]bool, len(all))
	for i, r := range all {
		if seen[r.ID] {
			return i
		}
		seen[r.ID] = true
	}
	return len(all)
}

// reversals are taken back together, each of another customer.
type reversals struct {
	shop *orderhub.Shop
	all  []orderhub.Reversal[orderhub.Customer]
	done []bool

	stored map[orderhub.CustomerID]*orderhub.Customer
	used   map[orderhub.CustomerID]bool
	owner  map[identity]orderhub.CustomerID // of what is to be had again
}

func (r *reversals) run(ctx context.Context, tx *store.Tx) error {
	if err := r.read(ctx, tx); err != nil {
		return err
	}
	var gone []orderhub.CustomerID
	var again []*orderhub.Customer
	var wanted, given []store.Claim
	var events []orderhub.Event
	for i, x := range r.all {
		c := r.stored[orderhub.CustomerID(x.ID)]
		switch {
		case c == nil:
			r.done[i] = x.Old == nil
		case x.Old != nil && c.UpdatedAt.Equal(x.Old.UpdatedAt) && same(c, x.Old):
			r.done[i] = true
		case !c.UpdatedAt.Equal(x.Stamp):
		case x.Old == nil:
			if r.done[i] = !r.used[c.ID]; r.done[i] {
				gone = append(gone, c.ID)
				events = append(events, orderhub.Event{Shop: r.shop.ID, Kind: orderhub.CustomerDeleted, Customer: c.ID})
			}
		default:
			gained, lost := moved(r.shop, c, x.Old)
			if r.done[i] = r.free(gained, c.ID); r.done[i] {
				again = append(again, x.Old)
				gained = slices.DeleteFunc(gained, func(k identity) bool { return r.owner[k] == c.ID })
				wanted, given = append(wanted, claims(gained, c.ID)...), append(given, claims(lost, c.ID)...)
				events = append(events, orderhub.Event{Shop: r.shop.ID, Kind: orderhub.CustomerChanged, Customer: c.ID,
					Changes: orderhub.CustomerChanges(c, x.Old)})
			}
		}
	}
	if err := tx.RemoveCustomers(ctx, gone); err != nil {
		return err
	}
	if err := tx.RestoreCustomers(ctx, again); err != nil {
		return err
	}
	if err := tx.FreeIdentities(ctx, r.shop.ID, given); err != nil {
		return err
	}
	if err := tx.ClaimIdentities(ctx, r.shop.ID, wanted); err != nil {
		return err
	}
	return tx.Record(ctx, events...)
}

// read looks up what the customers are, and who uses them.
func (r *reversals) read(ctx context.Context, tx *store.Tx) (err error) {
	ids := make([]orderhub.CustomerID, len(r.all))
	for i, x := range r.all {
		ids[i] = orderhub.CustomerID(x.ID)
	}
	slices.Sort(ids)
	if r.stored, err = tx.HeldCustomersByIDs(ctx, r.shop.ID, ids); err != nil {
		return err
	}
	var made []orderhub.CustomerID
	var former [][]identity
	for _, x := range r.all {
		c := r.stored[orderhub.CustomerID(x.ID)]
		switch {
		case c == nil || !c.UpdatedAt.Equal(x.Stamp):
		case x.Old == nil:
			made = append(made, c.ID)
		default:
			gained, _ := moved(r.shop, c, x.Old)
			former = append(former, gained)
		}
	}
	if r.used, err = tx.CustomersInUse(ctx, made); err != nil {
		return err
	}
	r.owner, err = known(ctx, tx, r.shop, former)
	return err
}

// free says whether identities mean nobody but a customer.
func (r *reversals) free(all []identity, id orderhub.CustomerID) bool {
	return !slices.ContainsFunc(all, func(k identity) bool {
		owner := r.owner[k]
		return owner != 0 && owner != id
	})
}
