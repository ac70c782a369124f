package loyalty

import (
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// RevertCards brings cards back to what they were: those that were made go for
// good, the others get every field and key of their former state again, the
// time of its change too. It reports which are as they were. A card that was
// changed since stays as it is, and so does one that points belong to, one
// whose former owner is gone and one whose former keys another card has.
func RevertCards(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.Card]) ([]bool, error) {
	r := &cardReversal{shop: shop, all: all}
	if err := r.lookUp(ctx, tx); err != nil {
		return nil, err
	}
	done := make([]bool, len(all))
	for i := range all {
		done[i] = r.judge(i)
	}
	return done, r.store(ctx, tx)
}

// A cardReversal is many cards on their way back.
type cardReversal struct {
	shop *orderhub.Shop
	all  []orderhub.Reversal[orderhub.Card]

	now        map[orderhub.CardID]*orderhub.Card
	used       map[orderhub.CardID]bool
	owners     map[orderhub.CustomerID]*orderhub.Customer
	byNumber   map[string]orderhub.CardID
	byExternal map[string]orderhub.CardID

	removed, freed []orderhub.CardID
	restored       []*orderhub.Card
	events         []orderhub.Event
}

func (r *cardReversal) lookUp(ctx context.Context, tx *store.Tx) (err error) {
	var ids, made []orderhub.CardID
	var owners []orderhub.CustomerID
	var numbers, externals []string
	for _, x := range r.all {
		ids = append(ids, orderhub.CardID(x.ID))
		if x.Old == nil {
			made = append(made, orderhub.CardID(x.ID))
			continue
		}
		numbers, externals = append(numbers, x.Old.Number), append(externals, x.Old.ExternalID)
		if x.Old.Customer != 0 {
			owners = append(owners, x.Old.Customer)
		}
	}
	for _, step := range []func() error{
		func() error { r.now, err = tx.CardsByIDs(ctx, r.shop.ID, ids); return err },
		func() error { return tx.HoldCustomers(ctx, owners) },
		func() error { r.owners, err = tx.CustomersByIDs(ctx, r.shop.ID, owners); return err },
		func() error { r.used, err = tx.CardsWithPoints(ctx, made); return err },
		func() error { r.byNumber, err = tx.CardsBy(ctx, r.shop.ID, "number", numbers); return err },
		func() error { r.byExternal, err = tx.CardsBy(ctx, r.shop.ID, "external_id", externals); return err },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// judge says whether a card is, or can be, as it was.
func (r *cardReversal) judge(i int) bool {
	x := r.all[i]
	c := r.now[orderhub.CardID(x.ID)]
	switch {
	case c == nil:
		return x.Old == nil // one that was there before and is not any more was touched
	case x.Old != nil && c.UpdatedAt.Equal(x.Old.UpdatedAt) && *c == *x.Old:
		return true // it was reverted before
	case !c.UpdatedAt.Equal(x.Stamp):
		return false
	case x.Old == nil && r.used[c.ID]:
		return false
	case x.Old == nil:
		r.removed = append(r.removed, c.ID)
		r.events = append(r.events, cardTidings(orderhub.CardDeleted, c, c))
		return true
	case x.Old.Customer != 0 && r.owners[x.Old.Customer] == nil:
		return false
	}
	if r.others(r.byNumber[x.Old.Number], c) || r.others(r.byExternal[x.Old.ExternalID], c) {
		return false
	}
	old := *x.Old
	old.ID, old.Shop = c.ID, c.Shop
	if !slices.Equal(store.CardKeys(c), store.CardKeys(&old)) {
		r.freed = append(r.freed, c.ID)
	}
	r.restored = append(r.restored, &old)
	r.events = append(r.events, cardTidings(orderhub.CardChanged, c, &old))
	return true
}

// others says whether a key of a card means another one by now.
func (r *cardReversal) others(id orderhub.CardID, c *orderhub.Card) bool {
	return id != 0 && id != c.ID
}

func (r *cardReversal) store(ctx context.Context, tx *store.Tx) error {
	var claiming []*orderhub.Card
	for _, c := range r.restored {
		if slices.Contains(r.freed, c.ID) {
			claiming = append(claiming, c)
		}
	}
	for _, step := range []func() error{
		func() error { return tx.FreeCards(ctx, slices.Concat(r.removed, r.freed)) },
		func() error { return tx.ClaimCards(ctx, claiming) },
		func() error { return tx.SaveCards(ctx, r.restored) },
		func() error { return tx.RemoveCards(ctx, r.removed) },
		func() error { return tx.Record(ctx, r.events...) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
