package loyalty

import (
	"cmp"
	"context"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// Issue records a new card. What is left out is filled in: the status NEW, the
// medium PLASTIC, the EAN-13 of the number, the barcode. A number or an
// external id that a card of the shop has is a Duplicate error of its field.
func (s *Service) Issue(ctx context.Context, shop *orderhub.Shop, change orderhub.CardChange) (*orderhub.Card, error) {
	var c *orderhub.Card
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) { CardsIn(b).askChange(&change) }
	u.Decide = func(b *batch.Batch) (err error) {
		c, err = CardsIn(b).amend(nil, change)
		return err
	}
	if err := batch.Do(ctx, s.DB, u); err != nil {
		return nil, err
	}
	return c, nil
}

// AmendCard changes what a partial update was given and returns the card as it
// is then, and whether it was made. An unknown card is made when the mode
// allows it, under the number and the external id of the reference unless the
// change names others; else it is a NotFound error. A known one that the mode
// does not allow to be changed is a Duplicate error of the field number. A
// no-op change writes nothing and emits no event.
func (s *Service) AmendCard(ctx context.Context, shop *orderhub.Shop, ref orderhub.CardRef, change orderhub.CardChange, mode orderhub.Mode) (c *orderhub.Card, made bool, err error) {
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		CardsIn(b).AskRef(ref)
		CardsIn(b).askChange(&change)
	}
	u.Decide = func(b *batch.Batch) (err error) {
		c, made, err = CardsIn(b).amendOrMake(ref, change, mode)
		return err
	}
	if err := batch.Do(ctx, s.DB, u); err != nil {
		return nil, false, err
	}
	return c, made, nil
}

func (s *Cards) amendOrMake(ref orderhub.CardRef, change orderhub.CardChange, mode orderhub.Mode) (c *orderhub.Card, made bool, err error) {
	old, err := s.Find(ref)
	switch {
	case orderhub.KindOf(err) == orderhub.NotFound && mode.New:
		change.Number, change.ExternalID = cmp.Or(change.Number, &ref.Number), cmp.Or(change.ExternalID, &ref.ExternalID)
		c, err = s.amend(nil, change)
		return c, true, err
	case err != nil:
		return nil, false, err
	case !mode.Existing:
		return nil, false, orderhub.Taken("number")
	}
	c, err = s.amend(old, change)
	return c, false, err
}

// DeleteCard marks a card deleted and returns it. Its number and its external
// id are available again; the points of its owner stay. A reference that names
// nothing is a Missing error: nothing is deleted by accident.
func (s *Service) DeleteCard(ctx context.Context, shop *orderhub.Shop, ref orderhub.CardRef) (*orderhub.Card, error) {
	if ref == (orderhub.CardRef{}) {
		return nil, orderhub.Absent("number")
	}
	var c *orderhub.Card
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) { CardsIn(b).AskRef(ref) }
	u.Decide = func(b *batch.Batch) (err error) {
		c, err = CardsIn(b).delete(ref)
		return err
	}
	if err := batch.Do(ctx, s.DB, u); err != nil {
		return nil, err
	}
	return c, nil
}

func (s *Cards) delete(ref orderhub.CardRef) (*orderhub.Card, error) {
	old, err := s.Find(ref)
	if err != nil {
		return nil, err
	}
	c := new(*old)
	s.record(orderhub.CardDeleted, c, c)
	return c, nil
}

// FindCard returns a card that is not deleted, or a NotFound error. It is
// looked for by its id, its number, its external id and its barcode, in this
// sequence, the next only when the former finds nothing.
func (s *Service) FindCard(ctx context.Context, shop *orderhub.Shop, ref orderhub.CardRef) (*orderhub.Card, error) {
	var c *orderhub.Card
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.Shop(shop.ID).CardByRef(ctx, ref)
		return err
	})
	return c, err
}

// CardsOf returns the cards of many customers at once, each customer's oldest
// first.
func (s *Service) CardsOf(ctx context.Context, shop *orderhub.Shop, customers ...orderhub.CustomerID) (map[orderhub.CustomerID][]*orderhub.Card, error) {
	byOwner := make(map[orderhub.CustomerID][]*orderhub.Card)
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Shop(shop.ID).CardsOfCustomers(ctx, customers)
		clear(byOwner)
		for _, c := range all {
			byOwner[c.Customer] = append(byOwner[c.Customer], c)
		}
		return err
	})
	return byOwner, err
}

// CardTypeNames are the names of card types by their IDs.
func (s *Service) CardTypeNames(ctx context.Context, shop *orderhub.Shop, ids ...orderhub.CardTypeID) (map[orderhub.CardTypeID]string, error) {
	var names map[orderhub.CardTypeID]string
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		names, err = tx.Shop(shop.ID).CardTypeNames(ctx, ids)
		return err
	})
	return names, err
}

// CardTypes lists the types of a shop's cards.
func (s *Service) CardTypes(ctx context.Context, shop *orderhub.Shop) ([]*orderhub.CardType, error) {
	var all []*orderhub.CardType
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Shop(shop.ID).CardTypes(ctx)
		return err
	})
	return all, err
}
