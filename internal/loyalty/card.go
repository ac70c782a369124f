package loyalty

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/store"
)

// Then is done in the transaction of an act, after it: what must stand or
// fall with it.
type Then = func(ctx context.Context, tx *store.Tx) error

// Issue records a new card. What is not said is filled in: the status NEW, the
// medium PLASTIC, the EAN-13 of the number, the barcode. A number or an
// external id that a card of the shop has is a Duplicate error of its field.
func (s *Service) Issue(ctx context.Context, shop *orderhub.Shop, change orderhub.CardChange, then ...Then) (*orderhub.Card, error) {
	var c *orderhub.Card
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		c, err = issue(ctx, tx, shop, change)
		for _, do := range then {
			if err == nil {
				err = do(ctx, tx)
			}
		}
		return err
	})
	return c, err
}

func issue(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, change orderhub.CardChange) (*orderhub.Card, error) {
	c := &orderhub.Card{Shop: shop.ID, Medium: orderhub.Plastic, Status: orderhub.CardNew}
	var f orderhub.Faults
	if err := apply(ctx, tx, shop, change, c, &f); err != nil {
		return nil, err
	}
	keys := store.CardKeys(c)
	if err := free(ctx, tx, c, keys, &f); err != nil {
		return nil, err
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := findType(ctx, tx, shop, change.Type, c); err != nil {
		return nil, err
	}
	if err := tx.CreateCard(ctx, c); err != nil {
		return nil, err
	}
	if err := tx.ClaimCardKeys(ctx, c, keys); err != nil {
		return nil, err
	}
	return c, tellCard(ctx, tx, orderhub.CardIssued, nil, c)
}

func tellCard(ctx context.Context, tx *store.Tx, kind orderhub.EventKind, old, c *orderhub.Card) error {
	return tx.Record(ctx, cardTidings(kind, old, c))
}

// cardTidings tell of what happened to a card.
func cardTidings(kind orderhub.EventKind, old, c *orderhub.Card) orderhub.Event {
	return orderhub.Event{Shop: c.Shop, Kind: kind, Customer: c.Customer, Changes: orderhub.CardChanges(old, c)}
}

// apply puts a change into a card and notes all that is wrong with it.
func apply(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, change orderhub.CardChange, c *orderhub.Card, f *orderhub.Faults) error {
	change.Apply(c, tx.Now())
	f.Add(c.Validate())
	if err := checkType(ctx, tx, shop, change.Type, f); err != nil {
		return err
	}
	return findOwner(ctx, tx, shop, change.Owner, c, f)
}

// checkType notes what is wrong with the type that a change names.
func checkType(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, ref *orderhub.CardTypeRef, f *orderhub.Faults) error {
	switch {
	case ref == nil:
	case ref.ID != 0:
		has, err := tx.HasCardType(ctx, shop.ID, ref.ID)
		if err != nil {
			return err
		}
		if !has {
			f.Wrong("type.id", "is not a card type of this shop")
		}
	case utf8.RuneCountInString(ref.Name) > orderhub.MaxCardText || !orderhub.Storable(ref.Name):
		f.Wrong("type.name", fmt.Sprintf("must be text of at most %d characters", orderhub.MaxCardText))
	}
	return nil
}

// findType gives a card the type that a change names, which is made when
// nobody knows its name.
func findType(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, ref *orderhub.CardTypeRef, c *orderhub.Card) error {
	switch {
	case ref == nil:
	case ref.ID != 0 || ref.Name == "":
		c.Type = ref.ID
	default:
		t := &orderhub.CardType{Shop: shop.ID, Name: ref.Name}
		if err := tx.MakeCardType(ctx, t); err != nil {
			return err
		}
		c.Type = t.ID
	}
	return nil
}

// findOwner gives a card the owner that a change names: by id, by external id
// only when there is no id.
func findOwner(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, ref *orderhub.CustomerRef, c *orderhub.Card, f *orderhub.Faults) error {
	if ref == nil {
		return nil
	}
	field, by := "customer.id", orderhub.CustomerRef{ID: ref.ID}
	switch {
	case ref.ID == 0 && ref.ExternalID == "":
		c.Customer = 0
		return nil
	case ref.ID == 0:
		field, by = "customer.external_id", orderhub.CustomerRef{ExternalID: ref.ExternalID}
	}
	owner, err := tx.CustomerByRef(ctx, shop.ID, by)
	if orderhub.KindOf(err) == orderhub.NotFound {
		f.Wrong(field, "is not a customer of this shop")
		return nil
	}
	if err == nil {
		c.Customer = owner.ID
	}
	return err
}

// free notes the keys that another card has.
func free(ctx context.Context, tx *store.Tx, c *orderhub.Card, wanted []store.CardKey, f *orderhub.Faults) error {
	for _, k := range wanted {
		if !orderhub.Storable(k.Value) {
			continue // it is at fault already
		}
		id, err := tx.CardBy(ctx, c.Shop, k)
		if err != nil {
			return err
		}
		if id != 0 && id != c.ID {
			f.Add(orderhub.Taken(k.Kind))
		}
	}
	return nil
}

// AmendCard changes what a partial update was given and returns the card as it
// is then, and whether it was made. An unknown card is made when the mode
// allows it, under the number and the external id of the reference unless the
// change names others; else it is a NotFound error. A known one that the mode
// does not allow to be changed is a Duplicate error of the field number. A
// change that changes nothing is stored and told as nothing.
func (s *Service) AmendCard(ctx context.Context, shop *orderhub.Shop, ref orderhub.CardRef, change orderhub.CardChange, mode orderhub.Mode) (c *orderhub.Card, made bool, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		c, err = tx.CardByRef(ctx, shop.ID, ref)
		switch {
		case err == nil && !mode.Existing:
			return orderhub.Taken("number")
		case err == nil:
			made = false
			return amend(ctx, tx, shop, c, change)
		case orderhub.KindOf(err) != orderhub.NotFound || !mode.New:
			return err
		}
		first := change
		if first.Number == nil {
			first.Number = &ref.Number
		}
		if first.ExternalID == nil {
			first.ExternalID = &ref.ExternalID
		}
		made = true
		c, err = issue(ctx, tx, shop, first)
		if orderhub.KindOf(err) == orderhub.Duplicate {
			if _, missing := tx.CardByRef(ctx, shop.ID, ref); missing == nil {
				return store.ErrOvertaken // somebody else has made it since we looked
			}
		}
		return err
	})
	return c, made && err == nil, err
}

func amend(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, c *orderhub.Card, change orderhub.CardChange) error {
	old := *c
	var f orderhub.Faults
	if err := apply(ctx, tx, shop, change, c, &f); err != nil {
		return err
	}
	before, after := store.CardKeys(&old), store.CardKeys(c)
	given := slices.DeleteFunc(slices.Clone(before), func(k store.CardKey) bool { return slices.Contains(after, k) })
	wanted := slices.DeleteFunc(after, func(k store.CardKey) bool { return slices.Contains(before, k) })
	if err := free(ctx, tx, c, wanted, &f); err != nil {
		return err
	}
	if err := f.Err(); err != nil {
		return err
	}
	if err := findType(ctx, tx, shop, change.Type, c); err != nil {
		return err
	}
	if reflect.DeepEqual(&old, c) {
		return nil
	}
	for _, k := range given {
		if err := tx.FreeCardKey(ctx, c, k); err != nil {
			return err
		}
	}
	if err := tx.ClaimCardKeys(ctx, c, wanted); err != nil {
		return err
	}
	if err := tx.SaveCard(ctx, c); err != nil {
		return err
	}
	return tellCard(ctx, tx, orderhub.CardChanged, &old, c)
}

// DeleteCard marks a card deleted and returns it as it was. Its number and its
// external id are free again; the points of its owner stay. A reference that
// names nothing is a Missing error: nothing is deleted by accident.
func (s *Service) DeleteCard(ctx context.Context, shop *orderhub.Shop, ref orderhub.CardRef) (*orderhub.Card, error) {
	if ref == (orderhub.CardRef{}) {
		return nil, orderhub.Absent("number")
	}
	var c *orderhub.Card
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if c, err = tx.CardByRef(ctx, shop.ID, ref); err != nil {
			return err
		}
		for _, k := range store.CardKeys(c) {
			if err := tx.FreeCardKey(ctx, c, k); err != nil {
				return err
			}
		}
		c.DeletedAt = tx.Now()
		if err := tx.SaveCard(ctx, c); err != nil {
			return err
		}
		return tellCard(ctx, tx, orderhub.CardDeleted, c, c)
	})
	return c, err
}

// FindCard returns a card that is not deleted, or a NotFound error. It is
// looked for by its id, its number, its external id and its barcode, in this
// sequence, the next only when the former finds nothing.
func (s *Service) FindCard(ctx context.Context, shop *orderhub.Shop, ref orderhub.CardRef) (*orderhub.Card, error) {
	var c *orderhub.Card
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.CardByRef(ctx, shop.ID, ref)
		return err
	})
	return c, err
}

// CardsOf returns the cards of many customers at once, each customer's oldest
// first.
func (s *Service) CardsOf(ctx context.Context, shop *orderhub.Shop, customers ...orderhub.CustomerID) (map[orderhub.CustomerID][]*orderhub.Card, error) {
	byOwner := make(map[orderhub.CustomerID][]*orderhub.Card)
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.CardsOfCustomers(ctx, shop.ID, customers)
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
		names, err = tx.CardTypeNames(ctx, shop.ID, ids)
		return err
	})
	return names, err
}

// CardTypes lists the types of a shop's cards.
func (s *Service) CardTypes(ctx context.Context, shop *orderhub.Shop) ([]*orderhub.CardType, error) {
	var all []*orderhub.CardType
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.CardTypes(ctx, shop.ID)
		return err
	})
	return all, err
}
