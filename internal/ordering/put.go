package ordering

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// MaxBatch is how many orders PutAll and PlaceAll take at once.
const MaxBatch = 1_000

// PlaceAll records many new orders in one transaction, all or none, as Place
// does one. Faults of all of them are told together, as by PutAll.
func (s *Service) PlaceAll(ctx context.Context, shop *orderhub.Shop, orders []*orderhub.Order) error {
	entries := make([]Entry, len(orders))
	for i, o := range orders {
		entries[i].Order = o
	}
	return s.PutAll(ctx, shop, entries, orderhub.Mode{New: true})
}

// An Entry is a whole order on its way in, with what its sender tells beside
// it. The order's Buyer may name the customer by the id in the shop's own
// system.
type Entry struct {
	Order *orderhub.Order

	// Stage is for senders who know stages only, and then the order has no
	// status: it gets the one that the stage has in the default list, unless
	// it is at the stage already. Nil leaves the status of the order that is
	// there, and is the stage placed for one that is made.
	Stage *orderhub.Stage

	Consents []orderhub.Consent // that the buyer has given or refused

	// View is how the sender's dialect shows a stored order: what is sent back
	// as it was shown changes nothing.
	View *orderhub.View
}

// PutAll records whole orders in one transaction, all or none: new ones, those
// that are there already, or both, as the mode allows, at most MaxBatch. Faults
// of all of them are told together, with fields such as
// orders[3].lines[0].price; a number that the mode does not allow is a
// Duplicate or a NotFound error of orders[3].number.
//
// An order that is there is replaced. It keeps its ID, when it was made, and
// its status when none is sent, and it keeps what only others can say of it:
// the accounting system's number, the contact's address and, while it belongs
// to the same buyer, the name, payment and shipping documents, taxes, notes,
// the states of payment and fulfilment, the extras of dialects for which the
// new order has none, and what its dialect cannot say of lines that stay; see
// orderhub.View. All else is as it is sent now, or empty: contact, customer,
// lines, attributes, total. What changes nothing is stored and told as nothing.
func (s *Service) PutAll(ctx context.Context, shop *orderhub.Shop, entries []Entry, mode orderhub.Mode, then ...Then) error {
	if len(entries) > MaxBatch {
		return orderhub.Wrong("orders", fmt.Sprintf("are too many at once; send at most %d", MaxBatch))
	}
	b := &batch{s: s, shop: shop, mode: mode, puts: make([]put, len(entries)), sequence: make([]int, len(entries))}
	if err := b.begin(entries); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := b.store(ctx, tx); err != nil {
			return err
		}
		for _, do := range then {
			if err := do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// A put is one entry of a batch.
type put struct {
	Entry
	begun  orderhub.Order // the order as it was before any transaction
	status bool           // the order says its status
	old    *orderhub.Order
	linked *orderhub.Customer // to old, nil for none
}

// sameBuyer says whether the order that is there is sent with the buyer that
// it is shown with.
func (p *put) sameBuyer() bool {
	return p.old != nil && p.View.SameBuyer(p.old, &p.begun, p.linked)
}

// A batch is many whole orders on their way into the store.
type batch struct {
	s        *Service
	shop     *orderhub.Shop
	mode     orderhub.Mode
	puts     []put
	sequence []int // the places of puts by number: all batches go through them alike, so that none waits for another in a circle
}

// begin completes and checks all orders, outside the transaction.
func (b *batch) begin(entries []Entry) error {
	var f orderhub.Faults
	seen := make(map[string]bool, len(entries))
	for i, e := range entries {
		p := put{Entry: e, status: e.Order.Status != "" || e.Stage != nil}
		if e.Stage != nil {
			e.Order.Status = orderhub.StatusOf(*e.Stage)
		}
		if err := b.s.begin(b.shop, e.Order); err != nil {
			f.AddIn(entryField(i), err)
		}
		if e.Stage != nil && *e.Stage == orderhub.StagePaid {
			e.Order.SetPayment(orderhub.Paid, b.s.DB.Now())
		}
		if seen[e.Order.Number] && e.Order.Number != "" {
			f.AddIn(entryField(i), orderhub.Taken("number"))
		}
		seen[e.Order.Number] = true
		p.begun = *e.Order
		b.puts[i], b.sequence[i] = p, i
	}
	slices.SortFunc(b.sequence, func(i, j int) int {
		return cmp.Compare(b.puts[i].Order.Number, b.puts[j].Order.Number)
	})
	return f.Err()
}

func entryField(i int) string { return fmt.Sprintf("orders[%d]", i) }

// store does what all transactions of the batch do, the first and every other
// try alike.
func (b *batch) store(ctx context.Context, tx *store.Tx) error {
	for i := range b.puts {
		p := &b.puts[i]
		*p.Order, p.old, p.linked = p.begun, nil, nil
	}
	if err := b.meet(ctx, tx); err != nil {
		return err
	}
	if err := b.link(ctx, tx); err != nil {
		return err
	}
	made, err := b.create(ctx, tx)
	if err != nil {
		return err
	}
	changed, err := b.replace(ctx, tx)
	if err != nil {
		return err
	}
	if err := tx.Record(ctx, append(made, changed...)...); err != nil {
		return err
	}
	steps := make([]loyalty.Step, len(b.sequence))
	for n, i := range b.sequence {
		steps[n] = loyalty.Step{Before: b.puts[i].old, Now: b.puts[i].Order}
	}
	return loyalty.FollowAll(ctx, tx, b.shop, steps)
}

// meet finds and holds the orders that are there, and refuses what the mode
// does not allow.
func (b *batch) meet(ctx context.Context, tx *store.Tx) error {
	numbers := make([]string, len(b.sequence))
	for n, i := range b.sequence {
		numbers[n] = b.puts[i].Order.Number
	}
	var there map[string]*orderhub.Order
	var taken map[string]bool
	var err error
	if b.mode.Existing {
		there, err = tx.OrdersByNumbers(ctx, b.shop.ID, numbers)
	} else {
		taken, err = tx.NumbersTaken(ctx, b.shop.ID, numbers)
	}
	if err != nil {
		return err
	}
	var f orderhub.Faults
	for i := range b.puts {
		p := &b.puts[i]
		p.old = there[p.Order.Number]
		switch {
		case taken[p.Order.Number]:
			f.AddIn(entryField(i), orderhub.Taken("number"))
		case p.old == nil && !b.mode.New:
			f.AddIn(entryField(i), &orderhub.Error{Kind: orderhub.NotFound, Field: "number", Text: "is unknown"})
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	return b.meetCustomers(ctx, tx, slices.Collect(maps.Values(there)))
}

// meetCustomers reads the customers linked to the orders that are there.
func (b *batch) meetCustomers(ctx context.Context, tx *store.Tx, there []*orderhub.Order) error {
	linked, err := tx.CustomersOf(ctx, there)
	if err != nil {
		return err
	}
	byID := make(map[orderhub.CustomerID]*orderhub.Customer, len(linked))
	for _, c := range linked {
		byID[c.ID] = c
	}
	for i := range b.puts {
		if p := &b.puts[i]; p.old != nil {
			p.linked = byID[p.old.Customer]
		}
	}
	return nil
}

// link finds or registers the customers of all orders, but for those that are
// sent with the buyer that they are shown with.
func (b *batch) link(ctx context.Context, tx *store.Tx) error {
	var persons []customers.Person
	var of []*put
	for _, i := range b.sequence {
		p := &b.puts[i]
		if p.sameBuyer() {
			p.Order.Customer = p.old.Customer
			continue
		}
		persons, of = append(persons, customers.PersonOf(p.Order)), append(of, p)
	}
	ids, err := customers.ResolveAll(ctx, tx, b.shop, persons)
	if err != nil {
		return err
	}
	for n, p := range of {
		p.Order.Customer = ids[n]
	}
	var agreed []customers.Agreement
	for _, i := range b.sequence {
		if p := &b.puts[i]; len(p.Consents) > 0 && p.Order.Customer != 0 {
			agreed = append(agreed, customers.Agreement{Customer: p.Order.Customer, Consents: p.Consents})
		}
	}
	return customers.Agree(ctx, tx, b.shop, agreed)
}

// create stores the orders that are not there.
func (b *batch) create(ctx context.Context, tx *store.Tx) ([]orderhub.Event, error) {
	var orders []*orderhub.Order
	var contacts []store.Keys
	for _, i := range b.sequence {
		if p := &b.puts[i]; p.old == nil {
			orders, contacts = append(orders, p.Order), append(contacts, keys(b.shop, p.Order))
		}
	}
	if err := tx.CreateOrders(ctx, orders, contacts); err != nil {
		return nil, err
	}
	events := make([]orderhub.Event, len(orders))
	for n, o := range orders {
		events[n] = placedEvent(o)
	}
	return events, nil
}

// replace stores the orders that are there, as they are sent now.
func (b *batch) replace(ctx context.Context, tx *store.Tx) ([]orderhub.Event, error) {
	var orders []*orderhub.Order
	var contacts []store.Keys
	var parts []store.Parts
	var events []orderhub.Event
	var f orderhub.Faults
	for _, i := range b.sequence {
		p := &b.puts[i]
		if p.old == nil {
			continue
		}
		if err := p.renew(tx, b.shop); err != nil {
			f.AddIn(entryField(i), err)
			continue
		}
		if same(p.old, p.Order) {
			*p.Order = *p.old
			continue
		}
		part := store.Parts(0)
		if sameLines(p.old.Lines, p.Order.Lines) {
			p.Order.Lines = p.old.Lines // with their numbers
		} else {
			part = store.Lines
		}
		p.Order.UpdatedAt = tx.Now()
		orders, contacts, parts = append(orders, p.Order), append(contacts, keys(b.shop, p.Order)), append(parts, part)
		events = append(events, orderhub.Event{
			Shop: b.shop.ID, Kind: orderhub.OrderChanged, Order: p.Order.ID, Customer: p.Order.Customer,
			Changes: orderhub.OrderChanges(p.old, p.Order),
		})
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return events, tx.SaveOrders(ctx, orders, contacts, parts)
}

// renew brings into an order what stays of the one whose place it takes.
func (p *put) renew(tx *store.Tx, shop *orderhub.Shop) error {
	o, old := p.Order, p.old
	sent, customer, same := o.Status, cmp.Or(o.Customer, old.Customer), p.sameBuyer()
	*o = *p.View.Replace(old, o, p.linked)
	o.Customer = customer
	if !same && o.Customer != old.Customer && p.begun.Contact.Name == "" {
		o.Contact.Name = "" // the former buyer's
	}
	err := o.Reckon()
	if o.Total != old.Total && hasPaid(o) {
		err = errors.Join(err, o.ReckonPayment(tx.Now()))
	}
	o.ReadWords(shop, o.Attributes.Without(old.Attributes), tx.Now())
	if st, sets := p.move(shop, sent); sets {
		if p.Stage != nil {
			enter(o, st, tx)
		} else {
			o.SetStatus(st, tx.Now())
		}
	}
	o.ArrangeLines()
	return err
}

// move is the status that the order is sent with, unless it has none or is at
// the stage that it is shown at.
func (p *put) move(shop *orderhub.Shop, sent string) (st orderhub.Status, sets bool) {
	if p.Stage != nil && p.View != nil && p.View.Order(p.old, p.linked).Stage == *p.Stage {
		return st, false
	}
	st, _ = shop.Status(sent) // begin has seen it
	return st, p.status
}

// enter brings an order to the stage of a status. One that is there already
// keeps its own status. Paid sets the payment state as well, and going back to
// placed takes back what no payment document says.
func enter(o *orderhub.Order, st orderhub.Status, tx *store.Tx) {
	if o.Stage != st.Stage {
		o.SetStatus(st, tx.Now())
		if st.Stage == orderhub.StagePlaced && len(o.Payments) == 0 {
			o.SetPayment(orderhub.Unpaid, tx.Now())
		}
	}
	if st.Stage == orderhub.StagePaid {
		o.SetPayment(orderhub.Paid, tx.Now())
	}
}

// Advance brings an order to a stage, as an Entry with a stage does, and
// returns it as it is then. Check may refuse the order that is there; nil
// checks nothing.
func (s *Service) Advance(ctx context.Context, shop *orderhub.Shop, ref orderhub.OrderRef, stage orderhub.Stage, check func(*orderhub.Order) error) (*orderhub.Order, error) {
	var o *orderhub.Order
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if o, err = tx.OrderByRef(ctx, shop.ID, ref); err != nil {
			return err
		}
		if check != nil {
			if err := check(o); err != nil {
				return err
			}
		}
		st, ok := shop.Status(orderhub.StatusOf(stage))
		if !ok {
			return orderhub.Wrong("status", unknownStatus)
		}
		old := *o
		enter(o, st, tx)
		if same(&old, o) {
			return nil
		}
		return s.save(ctx, tx, shop, &old, o)
	})
	return o, err
}
