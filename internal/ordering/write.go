package ordering

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
)

// Limits of what one request changes.
const (
	MaxBatch      = 1_000  // whole orders, in PutAll
	MaxAmendments = 10_000 // changes, in AmendAll
	large         = 64     // commands that share their transaction with no other request
)

// run carries out the commands of one request, all or none, and returns what
// became of each.
func (s *Service) run(ctx context.Context, shop *orderhub.Shop, once *batch.Once, commands ...*Command) ([]outcome, error) {
	u, outcomes := request(ctx, shop, commands)
	u.Once = once
	err := batch.Do(ctx, s.DB, u)
	return outcomes, err
}

// request is the unit of some commands, all or none, and what became of each
// when it has run. Faults of all of them are reported together: those of one of
// several commands with its field before theirs, as in orders[3].number.
func request(ctx context.Context, shop *orderhub.Shop, commands []*Command) (*batch.Unit, []outcome) {
	outcomes := make([]outcome, len(commands))
	u := batch.New(ctx, shop)
	u.Large = len(commands) > large
	u.Ask = func(b *batch.Batch) {
		orders := in(b)
		for _, c := range commands {
			orders.askFor(c)
			if c.Mode == (orderhub.Mode{New: true}) {
				b.OrderIDs.Expect(b, 1)
				orders.customers.IDs.Expect(b, 1) // most buyers of new orders are new
			}
		}
	}
	u.Decide = func(b *batch.Batch) error {
		orders, more := in(b), false
		var f orderhub.Faults
		for i, c := range commands {
			var err error
			if outcomes[i], err = orders.do(c); err == nil {
				orders.complete(c, outcomes[i])
				continue
			}
			if errors.Is(err, batch.ErrMore) { // what the others lack is read with it
				more = true
				continue
			}
			if len(orderhub.All(err)) == 0 || c.field == "" {
				return err
			}
			f.AddIn(c.field, err)
		}
		if more {
			return batch.ErrMore
		}
		return f.Err()
	}
	return u, outcomes
}

// one is run for a single command.
func (s *Service) one(ctx context.Context, shop *orderhub.Shop, once *batch.Once, c *Command) (outcome, error) {
	outcomes, err := s.run(ctx, shop, once, c)
	return outcomes[0], err
}

// Place records a new order and completes o. What it does not say is filled in:
// the shop's currency, the status received, now as the time it was placed. The
// order's customer is found by its contact, or registered.
//
// A number that is in use is a Duplicate error of the field number; callers
// whose vendor changes the order in that case use Amend.
func (s *Service) Place(ctx context.Context, shop *orderhub.Shop, o *orderhub.Order) error {
	return s.PlaceOnce(ctx, shop, o, nil)
}

// PlaceOnce is Place for a request that may be sent again; see package once.
func (s *Service) PlaceOnce(ctx context.Context, shop *orderhub.Shop, o *orderhub.Order, once *batch.Once) error {
	_, err := s.one(ctx, shop, once, &Command{Whole: snapshot(o), Mode: orderhub.Mode{New: true}, into: o})
	return err
}

// PlaceNumbered records an order that has no number, and completes o: it gets
// the shop's prefix and the next ten digits. An order without payment documents
// gets one over its total, as USAM has it: open, or paid when the order begins
// as completed. Documents without a number get the next one, PH and 13 digits.
func (s *Service) PlaceNumbered(ctx context.Context, shop *orderhub.Shop, o *orderhub.Order) error {
	_, err := s.one(ctx, shop, nil, &Command{Whole: snapshot(o), Mode: orderhub.Mode{New: true}, Numbered: true, into: o})
	return err
}

// PlaceAll records many new orders in one transaction, all or none, as Place
// does one. Faults of all of them are reported together, as by PutAll.
func (s *Service) PlaceAll(ctx context.Context, shop *orderhub.Shop, orders []*orderhub.Order) error {
	entries := make([]Entry, len(orders))
	for i, o := range orders {
		entries[i].Order = o
	}
	return s.PutAll(ctx, shop, entries, orderhub.Mode{New: true})
}

// An Entry is a whole order on its way in, with what its sender says beside it.
// See Command for Stage, Consents and View.
type Entry struct {
	Order    *orderhub.Order
	Stage    *orderhub.Stage
	Consents []orderhub.Consent
	View     *orderhub.View
}

// PutAll records whole orders in one transaction, all or none: new ones, those
// that are there already, or both, as the mode allows, at most MaxBatch; it
// completes the orders of the entries. An order that is there is replaced, as
// Command.Whole has it. Faults of all of them are reported together, with fields
// such as orders[3].lines[0].price; a number that the mode does not allow is a
// Duplicate or a NotFound error of orders[3].number.
func (s *Service) PutAll(ctx context.Context, shop *orderhub.Shop, entries []Entry, mode orderhub.Mode) error {
	if len(entries) > MaxBatch {
		return orderhub.Wrong("orders", fmt.Sprintf("are too many at once; send at most %d", MaxBatch))
	}
	commands := make([]*Command, len(entries))
	for i, e := range entries {
		commands[i] = &Command{
			Whole: snapshot(e.Order), Stage: e.Stage, Consents: e.Consents, View: e.View, Mode: mode, field: entryField(i), into: e.Order,
		}
	}
	refuseRepeated(commands)
	_, err := s.run(ctx, shop, nil, commands...)
	return err
}

// Amend changes what a partial update was given and returns the order as it is
// then, and whether it was made. An unknown order is made when the mode allows
// it, under the number of the reference; else it is a NotFound error. A known
// one that the mode does not allow to be changed is a Duplicate error of the
// field number. A change that changes nothing writes nothing.
func (s *Service) Amend(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef, change orderhub.OrderChange, mode orderhub.Mode) (o *orderhub.Order, made bool, err error) {
	out, err := s.one(ctx, shop, nil, &Command{Ref: ref, Change: change, Mode: mode})
	if err != nil {
		return nil, false, err
	}
	return out.now, out.made(), nil
}

// An Amendment is a change of one order among many.
type Amendment struct {
	Ref    orderhub.OrderRef // by ID or by Code
	Change orderhub.OrderChange
}

// AmendAll changes many orders in one transaction, all or none, and returns how
// many of the amendments found their order; an order that is not there is passed
// over. Faults of all of them are reported together, with fields such as
// orders[3].status.
func (s *Service) AmendAll(ctx context.Context, shop *orderhub.Shop, all []Amendment) (found int, err error) {
	if len(all) > MaxAmendments {
		return 0, orderhub.Wrong("orders", fmt.Sprintf("are too many at once; send at most %d", MaxAmendments))
	}
	commands := make([]*Command, len(all))
	for i, a := range all {
		commands[i] = &Command{Ref: orderhub.OrderRef{ID: a.Ref.ID, Code: a.Ref.Code, Deleted: a.Ref.Deleted}, Change: a.Change, Mode: orderhub.Mode{Existing: true}, field: entryField(i), optional: true}
	}
	outcomes, err := s.run(ctx, shop, nil, commands...)
	if err != nil {
		return 0, err
	}
	for _, out := range outcomes {
		if out.now != nil {
			found++
		}
	}
	return found, nil
}

// Advance brings an order to a stage, as an Entry with a stage does, and returns
// it as it is then. Check may refuse the order that is there; nil checks nothing.
func (s *Service) Advance(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef, stage orderhub.Stage, check func(*orderhub.Order) error) (*orderhub.Order, error) {
	out, err := s.one(ctx, shop, nil, &Command{Ref: ref, Stage: &stage, Check: check, Mode: orderhub.Mode{Existing: true}})
	return out.now, err
}

// Delete marks an order deleted in every dialect and returns it as it was. Its
// number is free again; its history stays.
func (s *Service) Delete(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef) (*orderhub.Order, error) {
	out, err := s.one(ctx, shop, nil, &Command{Ref: ref, Change: orderhub.OrderChange{Delete: true}, Mode: orderhub.Mode{Existing: true}})
	return out.now, err
}

// Purge removes a deleted order from the store for good. Its events stay. An
// order that is not deleted is a NotFound error.
func (s *Service) Purge(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef) error {
	_, err := s.one(ctx, shop, nil, &Command{Ref: ref, Purge: true})
	return err
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
