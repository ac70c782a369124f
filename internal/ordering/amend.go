package ordering

import (
	"bytes"
	"context"
	"reflect"
	"slices"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store"
)

// Amend changes what a partial update was given and returns the order as it
// is then, and whether it was made. An unknown order is made when the mode
// allows it, under the number of the reference; else it is a NotFound error.
// A known one that the mode does not allow to be changed is a Duplicate error
// of the field number.
//
// A change that changes nothing is stored and told as nothing.
func (s *Service) Amend(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef, change orderhub.OrderChange, mode orderhub.Mode) (o *orderhub.Order, made bool, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		o, err = tx.OrderByRef(ctx, shop.ID, ref)
		switch {
		case err == nil && !mode.Existing:
			return orderhub.Taken("number")
		case err == nil:
			made = false
			return s.amend(ctx, tx, shop, o, change)
		case !notThere(err) || !mode.New:
			return err
		}
		o = newOrder(ref, change)
		if err := s.begin(shop, o); err != nil {
			return err
		}
		made, err = s.place(ctx, tx, shop, o)
		if err == nil && !made {
			return store.ErrOvertaken // now it is there
		}
		return err
	})
	return o, made, err
}

// newOrder is an order that begins with a change.
func newOrder(ref orderhub.OrderRef, change orderhub.OrderChange) *orderhub.Order {
	o := &orderhub.Order{Number: ref.Number}
	change.Apply(o)
	if change.UpdatedAt != nil {
		o.UpdatedAt = *change.UpdatedAt
	}
	if change.Status != nil {
		o.Status = *change.Status
	}
	return o
}

// amend changes an order that the transaction holds.
func (s *Service) amend(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, o *orderhub.Order, change orderhub.OrderChange) error {
	old := *o // the change replaces lists, it does not reach into them
	old.Extras = cloneExtras(o.Extras)
	old.Lines = slices.Clone(o.Lines)
	change.Apply(o)
	var f orderhub.Faults
	if change.Status != nil {
		if st, ok := shop.Status(*change.Status); ok {
			o.SetStatus(st, tx.Now())
		} else {
			f.Wrong("status", unknownStatus)
		}
	}
	o.ReadWords(shop, change.Attributes, tx.Now())
	f.Add(o.Reckon())
	f.Add(o.Validate())
	if err := f.Err(); err != nil {
		return err
	}
	if o.Customer == 0 {
		// An order without a customer finds one as soon as it has a contact;
		// afterwards a new contact changes the order only.
		id, err := customers.Resolve(ctx, tx, shop, customers.PersonOf(o.Contact))
		if err != nil {
			return err
		}
		o.Customer = id
	}
	if same(&old, o) {
		*o = old
		return nil
	}
	return s.save(ctx, tx, shop, &old, o)
}

func (s *Service) save(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, old, o *orderhub.Order) error {
	var changed store.Parts
	if sameLines(old.Lines, o.Lines) {
		o.Lines = old.Lines // with their numbers
	} else {
		changed |= store.Lines
	}
	o.UpdatedAt = tx.Now()
	if err := tx.SaveOrder(ctx, o, keys(shop, o), changed); err != nil {
		return err
	}
	return tx.Record(ctx, orderhub.Event{
		Shop: shop.ID, Kind: orderhub.OrderChanged, Order: o.ID, Customer: o.Customer,
		Changes: orderhub.OrderChanges(old, o),
	})
}

// same says whether two states of an order would be stored alike.
func same(a, b *orderhub.Order) bool {
	if !bytes.Equal(a.Attributes.JSON(), b.Attributes.JSON()) || !bytes.Equal(a.Extras.JSON(), b.Extras.JSON()) || !sameLines(a.Lines, b.Lines) {
		return false
	}
	x, y := *a, *b
	x.Attributes, y.Attributes, x.Extras, y.Extras, x.Lines, y.Lines = nil, nil, nil, nil, nil, nil
	return reflect.DeepEqual(x, y)
}

// sameLines compares lines as they are stored, their numbers apart: a list
// that is sent again as it was changes nothing.
func sameLines(a, b []orderhub.Line) bool {
	return slices.EqualFunc(a, b, func(x, y orderhub.Line) bool {
		if !bytes.Equal(x.Attributes.JSON(), y.Attributes.JSON()) || !bytes.Equal(x.Extras.JSON(), y.Extras.JSON()) {
			return false
		}
		x.No, y.No = 0, 0
		x.Attributes, y.Attributes, x.Extras, y.Extras = nil, nil, nil, nil
		return reflect.DeepEqual(x, y)
	})
}

func cloneExtras(e orderhub.Extras) orderhub.Extras {
	if e == nil {
		return nil
	}
	c := make(orderhub.Extras, len(e))
	for dialect, attributes := range e {
		c[dialect] = slices.Clone(attributes)
	}
	return c
}
