package loyalty

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
)

// A CardPage is one page of a shop's cards, in the sequence of their barcodes.
type CardPage struct {
	Cards  []*orderhub.Card
	Owners map[orderhub.CustomerID]*orderhub.Customer // of these cards
	Next   *orderhub.Card                             // what the next page begins behind; nil on the last page
}

// Cards returns one page of a shop's cards that are not deleted: the first, or
// the one behind a card. A limit beyond the published one is an Invalid error.
func (s *Service) Cards(ctx context.Context, shop *orderhub.Shop, after *orderhub.Card, limit int) (*CardPage, error) {
	if limit < 1 || limit > orderhub.MaxLimit {
		return nil, orderhub.Wrong("limit", "is out of range")
	}
	if after == nil {
		after = new(orderhub.Card)
	}
	p := new(CardPage)
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		*p = CardPage{}
		if p.Cards, err = tx.Shop(shop.ID).CardsAfter(ctx, *after, limit+1); err != nil {
			return err
		}
		if len(p.Cards) > limit {
			p.Cards = p.Cards[:limit]
			p.Next = p.Cards[limit-1]
		}
		var owners []orderhub.CustomerID
		for _, c := range p.Cards {
			if c.Customer != 0 {
				owners = append(owners, c.Customer)
			}
		}
		p.Owners, err = tx.Shop(shop.ID).CustomersByIDs(ctx, owners)
		return err
	})
	return p, err
}

// Ledgers returns the rows of the ledgers of many customers at once, each
// customer's oldest first.
func (s *Service) Ledgers(ctx context.Context, shop *orderhub.Shop, customers ...orderhub.CustomerID) (map[orderhub.CustomerID][]*orderhub.BonusEntry, error) {
	byOwner := make(map[orderhub.CustomerID][]*orderhub.BonusEntry)
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Shop(shop.ID).BonusesOfCustomers(ctx, customers)
		clear(byOwner)
		for _, e := range all {
			byOwner[e.Customer] = append(byOwner[e.Customer], e)
		}
		return err
	})
	return byOwner, err
}
