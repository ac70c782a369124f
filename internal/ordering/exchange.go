package ordering

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// books is the reader of orders that Export speaks of: the accounting system.
const books = "books"

// A state is an order before and after a change, and the place of the change
// among many.
type state struct {
	old, now *orderhub.Order
	at       int
}

// mark notes which orders the accounting system has taken, or is to take
// again, for those whose mark has changed.
func (s *Service) mark(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []state) error {
	var orders []*orderhub.Order
	var events []orderhub.Event
	for _, x := range all {
		was := x.old.Exported && x.old.Moves == x.now.Moves // a new status takes the mark away, and tells it
		if was == x.now.Exported {
			continue
		}
		orders = append(orders, x.now)
		events = append(events, orderhub.Event{
			Shop: shop.ID, Kind: orderhub.OrderExported, Order: x.now.ID, Customer: x.now.Customer,
			Changes: []orderhub.Change{{Field: "exported", From: fmt.Sprint(was), To: fmt.Sprint(x.now.Exported)}},
		})
	}
	if len(orders) == 0 {
		return nil
	}
	if err := tx.MarkExported(ctx, books, orders); err != nil {
		return err
	}
	return tx.Record(ctx, events...)
}

// PlaceNumbered records an order that brings no number: it gets the shop's
// prefix and the next ten digits. An order without payment documents gets one
// over its total, as USAM has it: open, or paid when the order begins as
// completed. Documents without a number get the next one, PH and 13 digits.
func (s *Service) PlaceNumbered(ctx context.Context, shop *orderhub.Shop, o *orderhub.Order, then ...Then) error {
	draft := *o
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		*o = draft
		o.Payments, o.Shipments = slices.Clone(draft.Payments), slices.Clone(draft.Shipments)
		if err := nextNumber(ctx, tx, shop, o); err != nil {
			return err
		}
		if err := s.begin(shop, o); err != nil {
			return err
		}
		if len(o.Payments) == 0 {
			o.Payments = []orderhub.Payment{invoice(o)}
		}
		if err := s.bill(ctx, tx, shop, o); err != nil {
			return err
		}
		if err := o.Validate(); err != nil {
			return err
		}
		dateShipments(o, tx.Now())
		placed, err := s.place(ctx, tx, shop, o)
		if err == nil && !placed {
			return store.ErrOvertaken
		}
		if err == nil && o.Exported {
			err = tx.MarkExported(ctx, books, []*orderhub.Order{o})
		}
		if err == nil {
			err = spend(ctx, tx, shop, o)
		}
		for _, do := range then {
			if err == nil {
				err = do(ctx, tx)
			}
		}
		return err
	})
}

// spend writes off the points that the customer pays with.
func spend(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, o *orderhub.Order) error {
	if o.Spend == 0 {
		return nil
	}
	if o.Customer == 0 {
		return orderhub.Wrong("bonuses", "can be spent by a customer only; the order has none")
	}
	return loyalty.Spend(ctx, tx, shop, loyalty.Spending{Customer: o.Customer, Order: o.ID, Points: o.Spend})
}

// spendAll is spend for many orders.
func spendAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []state) error {
	var f orderhub.Faults
	for _, x := range all {
		err := spend(ctx, tx, shop, x.now)
		if err != nil && len(orderhub.All(err)) == 0 {
			return err
		}
		f.AddIn(entryField(x.at), err)
	}
	return f.Err()
}

// nextNumber gives an order the shop's next number that nobody has taken.
func nextNumber(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, o *orderhub.Order) error {
	for {
		n, err := tx.NextNumber(ctx, shop.ID, "order")
		if err != nil {
			return err
		}
		o.Number = fmt.Sprintf("%s%010d", shop.NumberPrefix, n)
		taken, err := tx.NumberTaken(ctx, shop.ID, o.Number)
		if err != nil || !taken {
			return err
		}
	}
}

// invoice is the payment document over an order's total.
func invoice(o *orderhub.Order) orderhub.Payment {
	status := orderhub.PaymentOpen
	if o.Stage == orderhub.StageCompleted {
		status = orderhub.PaymentPaid
	}
	return orderhub.Payment{Status: status, Sum: o.Total}
}

// bill gives payment documents that came without them a number and times, and
// the order the payment state that they make.
func (s *Service) bill(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, o *orderhub.Order) error {
	for i := range o.Payments {
		p := &o.Payments[i]
		if p.CreatedAt.IsZero() && p.No == 0 {
			p.CreatedAt = tx.Now()
		}
		if p.Status == orderhub.PaymentPaid && p.PaidAt.IsZero() {
			p.PaidAt = tx.Now()
		}
		if p.Number != "" {
			continue
		}
		n, err := tx.NextNumber(ctx, shop.ID, "payment")
		if err != nil {
			return err
		}
		p.Number = fmt.Sprintf("PH%013d", n)
	}
	return o.ReckonPayment(tx.Now())
}

// dateShipments dates delivery documents that were made just now.
func dateShipments(o *orderhub.Order, at time.Time) {
	for i := range o.Shipments {
		if s := &o.Shipments[i]; s.No == 0 && s.CreatedAt.IsZero() {
			s.CreatedAt = at
		}
	}
}

// Repeat places an order again: its lines, contact, customer and delivery
// under a new number and with the given status and source, and nothing of what
// happened to it.
func (s *Service) Repeat(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef, status, source string) (*orderhub.Order, error) {
	old, err := s.Find(ctx, shop, ref)
	if err != nil {
		return nil, err
	}
	o := &orderhub.Order{
		Contact: old.Contact, Currency: old.Currency, Note: old.Note, Account: old.Account,
		Buyer: orderhub.CustomerRef{ID: old.Customer}, Status: status, Source: source,
		Lines: slices.Clone(old.Lines), Taxes: slices.Clone(old.Taxes), Extras: cloneExtras(old.Extras),
	}
	for i := range o.Lines {
		o.Lines[i].No, o.Lines[i].Returned = 0, 0
	}
	for i := range o.Taxes {
		o.Taxes[i].No = 0
	}
	for _, d := range old.Shipments {
		o.Shipments = append(o.Shipments, orderhub.Shipment{
			Method: d.Method, MethodName: d.MethodName, Price: d.Price, Included: d.Included,
			Pickup: d.Pickup, PickupName: d.PickupName, Address: d.Address, Note: d.Note, Extras: d.Extras,
		})
	}
	return o, s.PlaceNumbered(ctx, shop, o)
}

// An Amendment is a change of one order among many.
type Amendment struct {
	Ref    orderhub.OrderRef // by ID or by Code
	Change orderhub.OrderChange
}

// MaxAmendments is how many orders AmendAll changes at once.
const MaxAmendments = 10_000

// AmendAll changes many orders in one transaction, all or none, and returns
// how many of the amendments found their order; an order that is not there is
// passed over. Faults of all of them are told together, with fields such as
// orders[3].status.
func (s *Service) AmendAll(ctx context.Context, shop *orderhub.Shop, all []Amendment) (found int, err error) {
	if len(all) > MaxAmendments {
		return 0, orderhub.Wrong("orders", fmt.Sprintf("are too many at once; send at most %d", MaxAmendments))
	}
	refs, marks := make([]orderhub.OrderRef, len(all)), true
	for i, a := range all {
		refs[i], marks = a.Ref, marks && a.Change.OnlyExport()
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		orders, err := tx.OrdersByRefs(ctx, shop.ID, refs, marks)
		if err != nil {
			return err
		}
		if marks {
			found, err = s.markAll(ctx, tx, shop, orders, all)
			return err
		}
		found = 0
		changes := make(map[*orderhub.Order]*state, len(orders)) // an order may come twice
		var f orderhub.Faults
		for i, o := range orders {
			if o == nil {
				continue
			}
			found++
			old, err := s.alter(ctx, tx, shop, o, all[i].Change)
			switch {
			case err != nil && len(orderhub.All(err)) == 0:
				return err // of the store, which then does no more
			case err != nil:
				f.AddIn(entryField(i), err)
			case changes[o] == nil:
				changes[o] = &state{old, o, i}
			default:
				changes[o].at = i
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.saveAll(ctx, tx, shop, changes)
	})
	if err != nil {
		return 0, err
	}
	return found, nil
}

// markAll is AmendAll for what exchanges do most of the time: the mark changes,
// and nothing else.
func (s *Service) markAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, orders []*orderhub.Order, all []Amendment) (found int, err error) {
	changes := make(map[*orderhub.Order]*state, len(orders))
	for i, o := range orders {
		if o == nil {
			continue
		}
		found++
		if changes[o] == nil {
			old := *o
			changes[o] = &state{&old, o, i}
		}
		all[i].Change.Export.Apply(o)
	}
	return found, s.mark(ctx, tx, shop, inSequence(changes))
}

// inSequence are changed orders in the sequence of their IDs.
func inSequence(changes map[*orderhub.Order]*state) []state {
	states := make([]state, 0, len(changes))
	for _, x := range changes {
		states = append(states, *x)
	}
	slices.SortFunc(states, func(a, b state) int { return cmp.Compare(a.now.ID, b.now.ID) })
	return states
}

// saveAll stores what many alterations changed, in few statements.
func (s *Service) saveAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, changes map[*orderhub.Order]*state) error {
	states := inSequence(changes)
	var orders []*orderhub.Order
	var contacts []store.Keys
	var parts []store.Parts
	var events []orderhub.Event
	var steps []loyalty.Step
	for _, x := range states {
		changed, differs := compare(x.old, x.now)
		if !differs {
			continue
		}
		x.now.UpdatedAt = tx.Now()
		orders, contacts, parts = append(orders, x.now), append(contacts, keys(shop, x.now)), append(parts, changed)
		events = append(events, changedEvent(x.old, x.now))
		steps = append(steps, loyalty.Step{Before: x.old, Now: x.now})
	}
	if err := tx.SaveOrders(ctx, orders, contacts, parts); err != nil {
		return err
	}
	if err := tx.Record(ctx, events...); err != nil {
		return err
	}
	if err := loyalty.FollowAll(ctx, tx, shop, steps); err != nil {
		return err
	}
	if err := spendAll(ctx, tx, shop, states); err != nil {
		return err
	}
	return s.mark(ctx, tx, shop, states)
}
