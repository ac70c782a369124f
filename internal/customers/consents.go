package customers

import (
	"cmp"
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// An Agreement is what a customer has agreed to, or refused, just now.
type Agreement struct {
	Customer orderhub.CustomerID
	Consents []orderhub.Consent
}

// Agree keeps agreements with their customers, each consent by its id in its
// old place or at the end; of several about one consent the last counts. Who
// agreed to the same before is only looked at. Agree joins the caller's
// transaction.
func Agree(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []Agreement) error {
	if len(all) == 0 {
		return nil
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Agreement) int { return cmp.Compare(a.Customer, b.Customer) })
	ids := make([]orderhub.CustomerID, len(all))
	for i, a := range all {
		ids[i] = a.Customer
	}
	known, err := tx.CustomersByIDs(ctx, shop.ID, slices.Compact(ids))
	if err != nil {
		return err
	}
	for _, a := range all {
		if c := known[a.Customer]; c == nil || len(agreed(c.Consents, a.Consents)) == 0 {
			continue
		}
		c, err := tx.Customer(ctx, shop.ID, a.Customer) // held, in the sequence of IDs
		if err != nil {
			return err
		}
		if err := agree(ctx, tx, shop, c, a.Consents); err != nil {
			return err
		}
		known[a.Customer] = c
	}
	return nil
}

// agreed are those of some consents that are other than before.
func agreed(before, some []orderhub.Consent) []orderhub.Consent {
	return slices.DeleteFunc(slices.Clone(some), func(c orderhub.Consent) bool { return slices.Contains(before, c) })
}

func agree(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, c *orderhub.Customer, some []orderhub.Consent) error {
	old := *c
	c.Agree(some)
	if err := tx.SaveCustomer(ctx, c); err != nil {
		return err
	}
	return tx.Record(ctx, orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerChanged, Customer: c.ID,
		Changes: orderhub.CustomerChanges(&old, c)})
}
