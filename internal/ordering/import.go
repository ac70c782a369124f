package ordering

import (
	"cmp"
	"context"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/money"
)

// An ImportEntry is what a file tells of one order. What is nil is not told:
// an order that is there keeps it, and one that is made has what it would have
// if it came by an API without it.
type ImportEntry struct {
	// Ref names the order by its Number or, when that is "", by its Code. Only
	// an order with a number can be made.
	Ref orderhub.OrderRef

	// Change is told by field. Its lines are kept with their numbers when they
	// are the same as before. UpdatedAt is kept only when the order is made,
	// and Buyer counts, by its external id, only for an order that has no
	// customer yet. Export, Delete, Spend and Edit are not looked at.
	Change orderhub.OrderChange

	StatusAt   *time.Time // when the status was set
	Payment    *orderhub.PaymentState
	PaidAt     *time.Time
	Fulfilment *orderhub.FulfilmentState
	Currency   *money.Currency
	Total      *money.Amount
	OpenTotal  bool // the total is computed from now on

	// Each replaces the documents as a whole. They get no numbers and dates of
	// ours: they are told as they were written.
	Payments  *[]orderhub.Payment
	Shipments *[]orderhub.Shipment
	Taxes     *[]orderhub.Tax
}

// An Imported is what became of one order of a file.
type Imported struct {
	orderhub.Verdict[orderhub.Order]

	// Customer is whom the order's buyer made or completed, nil when there is
	// nobody: then the customer was there, or came with an order before.
	Customer *orderhub.Verdict[orderhub.Customer]
}

// ImportAll judges orders of a file, each by itself, and stores those that it
// does not refuse; when dry it only reads, and comes to the same outcomes. It
// returns one verdict for each, in their sequence. No two may have the same
// number; several that mean one order by its code change it one after the
// other. ImportAll joins the caller's transaction.
//
// An order that is there is changed, as by Amend; one that is not is made, as
// by Place. Its customer is found by the contact and the buyer, or registered;
// whose order is linked already stays so, whatever the contact says.
//
// When the act is history (see orderhub.Actor) an order that is made has
// happened when the file says, and nobody has still to take it; one that is
// there is as much to be taken as before. A customer who is registered has
// been one since the order was placed.
func ImportAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []ImportEntry, mode orderhub.Mode, dry bool) ([]Imported, error) {
	b := &imports{shop: shop, mode: mode, now: tx.Now(), history: orderhub.ActorOf(ctx).History, verdicts: make([]Imported, len(all))}
	if err := b.meet(ctx, tx, all); err != nil {
		return nil, err
	}
	for i := range all {
		b.judge(i, &all[i])
	}
	if err := b.link(ctx, tx, dry); err != nil {
		return nil, err
	}
	if dry {
		return b.verdicts, nil
	}
	return b.verdicts, b.store(ctx, tx)
}

// imports are many orders of a file on their way into the store.
type imports struct {
	shop     *orderhub.Shop
	mode     orderhub.Mode
	now      time.Time
	history  bool
	verdicts []Imported
	met      []*meeting // of each entry, nil when its order is not there
	wanted   []*meeting // to be stored, in the sequence of the file
}

// A meeting is an order that is there, or is to be made, and how far the file
// has changed it.
type meeting struct {
	old, now *orderhub.Order // old is nil for one that is made
	first    int             // the first entry that stores it
}

// meet finds and holds the orders that are there.
func (b *imports) meet(ctx context.Context, tx *store.Tx, all []ImportEntry) error {
	refs := make([]orderhub.OrderRef, len(all))
	for i, e := range all {
		refs[i] = e.Ref
	}
	found, err := tx.OrdersNamed(ctx, b.shop.ID, refs)
	if err != nil {
		return err
	}
	b.met = make([]*meeting, len(all))
	by := make(map[*orderhub.Order]*meeting, len(all)) // an order may come twice
	for i, o := range found {
		if o == nil {
			continue
		}
		if by[o] == nil {
			by[o] = &meeting{old: o, now: o, first: -1}
		}
		b.met[i] = by[o]
	}
	return nil
}

// judge finds out what becomes of one entry, in memory.
func (b *imports) judge(i int, e *ImportEntry) {
	m := b.met[i]
	var o *orderhub.Order
	var f orderhub.Faults
	if m == nil {
		o = b.begin(e)
		f.Add(e.apply(b.shop, o, b.happened(e)))
	} else {
		o = snapshot(m.now)
		f.Add(e.apply(b.shop, o, b.now))
	}
	v := &b.verdicts[i]
	v.Outcome = orderhub.OutcomeInvalid
	if f.Err() == nil {
		v.Outcome = orderhub.OutcomeConflict
	}
	switch {
	case m != nil && !b.mode.Existing:
		f.Add(orderhub.Taken("number"))
	case m == nil && (!b.mode.New || e.Ref.Number == "" && e.Ref.Code != ""):
		f.Add(unknown(e.Ref))
	}
	if v.Err = f.Err(); v.Err != nil {
		return
	}
	if m == nil {
		v.Outcome, v.Now = orderhub.OutcomeCreated, o
		b.wanted = append(b.wanted, &meeting{now: o, first: i})
		return
	}
	b.change(i, m, o)
}

func unknown(ref orderhub.OrderRef) error {
	field := "number"
	if ref.Number == "" {
		field = "code"
	}
	return &orderhub.Error{Kind: orderhub.NotFound, Field: field, Text: "is unknown"}
}

// change notes that an order that is there becomes another one, or that it
// does not.
func (b *imports) change(i int, m *meeting, o *orderhub.Order) {
	v := &b.verdicts[i]
	if b.history {
		o.Exported = m.now.Exported
	}
	unlinked := o.Customer == 0 && customers.PersonOf(o).Known(b.shop)
	if _, differs := compare(m.now, o); !differs && !unlinked {
		v.Outcome, v.Old, v.Now = orderhub.OutcomeUnchanged, m.now, m.now
		return
	}
	o.UpdatedAt = b.now
	v.Outcome, v.Old, v.Now = orderhub.OutcomeUpdated, m.now, o
	if m.now = o; m.first < 0 {
		m.first = i
		b.wanted = append(b.wanted, m)
	}
}

// link finds or registers the customers of the orders that have none.
func (b *imports) link(ctx context.Context, tx *store.Tx, dry bool) error {
	var persons []customers.Person
	var of []*meeting
	for _, m := range b.wanted {
		p := customers.PersonOf(m.now)
		if b.history {
			p.Since = m.now.PlacedAt
		}
		if m.now.Customer == 0 && p.Known(b.shop) {
			persons, of = append(persons, p), append(of, m)
		}
	}
	ids, touched, err := customers.Recognise(ctx, tx, b.shop, persons, dry)
	if err != nil {
		return err
	}
	by := make(map[orderhub.CustomerID]*orderhub.Verdict[orderhub.Customer], len(touched))
	for i := range touched {
		by[touched[i].Now.ID] = &touched[i]
	}
	for n, m := range of {
		m.now.Customer = ids[n]
		b.verdicts[m.first].Customer = by[ids[n]]
		delete(by, ids[n])
	}
	return nil
}

// store writes what was judged, in few statements, and tells it. New orders
// are made in the sequence of their numbers, as all batches do, so that none
// waits for another in a circle.
func (b *imports) store(ctx context.Context, tx *store.Tx) error {
	slices.SortFunc(b.wanted, func(x, y *meeting) int { return cmp.Compare(x.now.Number, y.now.Number) })
	var made, changed saved
	steps := make([]loyalty.Step, len(b.wanted))
	for i, m := range b.wanted {
		steps[i] = loyalty.Step{Before: m.old, Now: m.now}
		if m.old == nil {
			made.add(b.shop, m.now, 0)
			continue
		}
		parts, _ := compare(m.old, m.now)
		changed.add(b.shop, m.now, parts)
		changed.events = append(changed.events, changedEvent(m.old, m.now))
	}
	if err := tx.CreateOrders(ctx, made.orders, made.contacts); err != nil {
		return err
	}
	for _, o := range made.orders {
		made.events = append(made.events, placedEvent(o))
	}
	if err := tx.SaveOrders(ctx, changed.orders, changed.contacts, changed.parts); err != nil {
		return err
	}
	if err := tx.Record(ctx, append(made.events, changed.events...)...); err != nil {
		return err
	}
	return loyalty.FollowAll(ctx, tx, b.shop, steps)
}

// saved are orders on their way into the store, with what it needs of each.
type saved struct {
	orders   []*orderhub.Order
	contacts []store.Keys
	parts    []store.Parts
	events   []orderhub.Event
}

func (s *saved) add(shop *orderhub.Shop, o *orderhub.Order, parts store.Parts) {
	s.orders, s.contacts, s.parts = append(s.orders, o), append(s.contacts, keys(shop, o)), append(s.parts, parts)
}
