package ordering

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/loyalty"
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
	old, err := s.alter(ctx, tx, shop, o, change)
	if err != nil {
		return err
	}
	if err := s.save(ctx, tx, shop, old, o); err != nil {
		return err
	}
	if err := spend(ctx, tx, shop, o); err != nil {
		return err
	}
	return s.mark(ctx, tx, shop, []state{{old: old, now: o}})
}

// alter makes a change in memory, checks it and returns the order as it was.
func (s *Service) alter(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, o *orderhub.Order, change orderhub.OrderChange) (*orderhub.Order, error) {
	old := snapshot(o)
	change = change.Against(old)
	change.Apply(o)
	var f orderhub.Faults
	if change.Edit != nil {
		f.Add(change.Edit(old, o))
	}
	if change.Spend != nil && *change.Spend < 0 {
		f.Wrong("bonuses", "must not be less than 0")
	}
	if tellsOfMoney(old) && !tellsOfMoney(o) {
		o.SetPayment(orderhub.Unpaid, tx.Now())
	}
	if change.Status != nil {
		if st, ok := shop.Status(*change.Status); ok {
			o.SetStatus(st, tx.Now())
			f.Add(restore(ctx, tx, o))
		} else {
			f.Wrong("status", unknownStatus)
		}
	}
	if change.Delete && o.DeletedAt.IsZero() {
		o.DeletedAt = tx.Now()
	}
	o.ReadWords(shop, change.Attributes, tx.Now())
	f.Add(o.Reckon())
	if !reflect.DeepEqual(old.Payments, o.Payments) {
		f.Add(s.bill(ctx, tx, shop, o))
	} else if old.Total != o.Total && hasPaid(o) {
		f.Add(o.ReckonPayment(tx.Now()))
	}
	dateShipments(o, tx.Now())
	f.Add(o.Validate())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if change.Lines != nil {
		o.ArrangeLines()
	}
	if o.Customer == 0 || change.Buyer != nil {
		// An order without a customer finds one as soon as it has a contact;
		// afterwards a new contact changes the order only.
		if err := link(ctx, tx, shop, o); err != nil {
			return nil, err
		}
	}
	if change.Export != nil {
		change.Export.Apply(o)
	}
	return old, nil
}

// snapshot keeps an order as it is while a change works on it.
func snapshot(o *orderhub.Order) *orderhub.Order {
	old := *o // changes replace attributes, they do not reach into them
	old.Extras = cloneExtras(o.Extras)
	old.Lines, old.Payments = slices.Clone(o.Lines), slices.Clone(o.Payments)
	old.Shipments, old.Taxes = slices.Clone(o.Shipments), slices.Clone(o.Taxes)
	return &old
}

// restore brings a deleted order back, as setting a status does in USAM. Its
// number may be somebody else's by now.
func restore(ctx context.Context, tx *store.Tx, o *orderhub.Order) error {
	if o.DeletedAt.IsZero() {
		return nil
	}
	free, err := tx.ReclaimNumber(ctx, o)
	if err != nil {
		return err
	}
	if !free {
		return orderhub.Taken("number")
	}
	o.DeletedAt = time.Time{}
	return nil
}

func hasPaid(o *orderhub.Order) bool {
	return slices.ContainsFunc(o.Payments, func(p orderhub.Payment) bool { return p.Status == orderhub.PaymentPaid })
}

// tellsOfMoney says whether a payment document has a say in the payment state.
func tellsOfMoney(o *orderhub.Order) bool {
	return hasPaid(o) || slices.ContainsFunc(o.Payments, func(p orderhub.Payment) bool { return p.Status == orderhub.PaymentRefunded })
}

// save stores what alter changed, if anything.
func (s *Service) save(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, old, o *orderhub.Order) error {
	changed, differs := compare(old, o)
	if !differs {
		return nil
	}
	o.UpdatedAt = tx.Now()
	if err := tx.SaveOrder(ctx, o, keys(shop, o), changed); err != nil {
		return err
	}
	if err := tx.Record(ctx, changedEvent(old, o)); err != nil {
		return err
	}
	return loyalty.Follow(ctx, tx, shop, old, o)
}

// compare says which parts of an order differ from before, and whether it
// differs at all, its mark of the accounting system apart. Parts that do not
// differ become those of before, with their numbers.
func compare(old, o *orderhub.Order) (store.Parts, bool) {
	was := *old
	was.Exported, was.Buyer, was.Spend = o.Exported, o.Buyer, o.Spend
	if same(&was, o) {
		exported, spend := o.Exported, o.Spend
		*o = *old
		o.Exported, o.Spend = exported, spend
		return 0, false
	}
	var changed store.Parts
	if sameLines(old.Lines, o.Lines) {
		o.Lines = old.Lines
	} else {
		changed |= store.Lines
	}
	for part, differs := range map[store.Parts]bool{
		store.Payments:  !reflect.DeepEqual(old.Payments, o.Payments),
		store.Shipments: !reflect.DeepEqual(old.Shipments, o.Shipments),
		store.Taxes:     !reflect.DeepEqual(old.Taxes, o.Taxes),
	} {
		if differs {
			changed |= part
		}
	}
	return changed, true
}

func changedEvent(old, o *orderhub.Order) orderhub.Event {
	kind := orderhub.OrderChanged
	switch was, is := !old.DeletedAt.IsZero(), !o.DeletedAt.IsZero(); {
	case was && !is:
		kind = orderhub.OrderRestored
	case is && !was:
		kind = orderhub.OrderDeleted
	}
	return orderhub.Event{Shop: o.Shop, Kind: kind, Order: o.ID, Customer: o.Customer, Changes: orderhub.OrderChanges(old, o)}
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
