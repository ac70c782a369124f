package ordering

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
)

// An outcome is what became of a command.
type outcome struct {
	old *orderhub.Order // as it was; nil for a new order
	now *orderhub.Order // as it is then; the same as old when nothing changed
}

// made reports whether the command made the order.
func (o outcome) made() bool { return o.old == nil }

// askFor asks for what a command will need.
func (s *set) askFor(c *Command) {
	s.ask(c.asRef())
	if c.Numbered {
		s.askCounters()
	}
	s.exchange.askFor(c)
	s.wantLinked = s.wantLinked || c.View != nil
	if c.Mode.New {
		o := c.Whole
		if o == nil {
			o = new(orderhub.Order)
			c.Change.Apply(o)
		}
		s.customers.Ask(customers.ContactDetailsOf(o))
	}
}

func (s *set) askCounters() {
	for _, kind := range []string{"order", "payment"} {
		if s.counters[kind] == nil {
			s.counters[kind] = new(counter)
		}
	}
}

// do carries out a command on what the commands before it have left.
func (s *set) do(c *Command) (outcome, error) {
	if c.Purge {
		return s.purge(c)
	}
	r, err := s.meet(c)
	switch {
	case err != nil && c.optional && orderhub.KindOf(err) == orderhub.NotFound:
		return outcome{}, nil
	case err != nil && (c.field != "" || c.File != nil):
		return outcome{}, s.allFaults(c, r, err)
	case err != nil:
		return outcome{}, err
	case r == nil:
		return s.make(c)
	}
	return s.alter(c, r)
}

// allFaults are those of one of many commands that the mode refuses: what is
// wrong with it by itself comes with the refusal.
func (s *set) allFaults(c *Command, r *record, refusal error) error {
	if len(orderhub.All(refusal)) == 0 {
		return refusal
	}
	var old *orderhub.Order
	if r != nil {
		old = r.now
	}
	var f orderhub.Faults
	linked, err := s.linked(c, old)
	if err != nil {
		return err
	}
	_, err = changed(old, c, s.facts(linked))
	f.Add(err)
	f.AddNew(refusal)
	return f.Err()
}

// complete lets the caller's order be what the order has become.
func (s *set) complete(c *Command, out outcome) {
	if c.into == nil || out.now == nil {
		return
	}
	*c.into = *out.now
	s.b.OrderIDs.Keep(&c.into.ID)
	s.customers.IDs.Keep(&c.into.Customer)
}

// meet finds the order of a command, nil for none, and refuses what the mode
// does not allow.
func (s *set) meet(c *Command) (*record, error) {
	if c.Numbered {
		return nil, nil
	}
	r, err := s.find(c.asRef())
	switch {
	case err != nil:
		return nil, err
	case c.repeated:
		return r, orderhub.Taken("number")
	case r == nil && (!c.Mode.New || c.File != nil && c.Ref.Number == "" && c.Ref.Code != ""):
		return nil, c.unknown()
	case r != nil && !c.Mode.Existing:
		if c.Whole != nil { // what is wrong with it counts first: another number would not mend it
			if _, err := changed(nil, c, s.facts(nil)); err != nil {
				return r, err
			}
		}
		return r, orderhub.Taken("number")
	case r != nil && c.Version != 0 && r.now.Version != c.Version:
		return nil, orderhub.Errorf(orderhub.Conflict, "order %s has version %d by now, not %d; read it again", r.now.Number, r.now.Version, c.Version)
	}
	return r, nil
}

// make makes a new order.
func (s *set) make(c *Command) (outcome, error) {
	if c.Numbered {
		number, err := s.nextNumber()
		if err != nil {
			return outcome{}, err
		}
		numbered := *c
		numbered.Whole = snapshot(c.Whole)
		numbered.Whole.Number = number
		c = &numbered
	}
	o, err := changed(nil, c, s.facts(nil))
	if err != nil {
		return outcome{}, err
	}
	if free, err := s.numberFree(o.Number); err != nil || !free {
		return outcome{}, cmp.Or(err, orderhub.Taken("number"))
	}
	registered, spend, err := s.settle(c, nil, o, nil)
	if err != nil {
		return outcome{}, err
	}
	o.Version = 1
	exported := o.Exported
	o.Exported = false
	r := s.add(o)
	at := s.record(orderhub.OrderPlaced, nil, o, registered)
	o.CreatedAt, o.ExchangeAt = at, orderhub.ExchangeTime(at, s.b.Backfill())
	if o.UpdatedAt.IsZero() {
		o.UpdatedAt = at
	}
	if o.PlacedAt.IsZero() {
		o.PlacedAt = at
	}
	if registered {
		if err := s.customers.Registered(o.Customer, at); err != nil {
			return outcome{}, err
		}
	}
	if exported {
		if err := s.setMark(r, &orderhub.Export{Taken: true}, o.ExchangeAt); err != nil {
			return outcome{}, err
		}
	}
	return outcome{now: o}, s.followUp(c, nil, o, spend)
}

// alter changes an order that is there. A change that changes nothing writes
// nothing and causes no event.
func (s *set) alter(c *Command, r *record) (outcome, error) {
	old := r.now
	linked, err := s.linked(c, old)
	if err != nil {
		return outcome{}, err
	}
	now, err := changed(old, c, s.facts(linked))
	if err != nil {
		return outcome{}, err
	}
	if !old.DeletedAt.IsZero() && now.DeletedAt.IsZero() {
		if free, err := s.numberFree(now.Number); err != nil || !free {
			return outcome{}, cmp.Or(err, orderhub.Taken("number"))
		}
	}
	registered, spend, err := s.settle(c, old, now, linked)
	if err != nil {
		return outcome{}, err
	}
	if same(old, now) {
		if err := s.setMark(r, c.Change.Export, old.ExchangeAt); err != nil {
			return outcome{}, err
		}
		return outcome{old: old, now: r.now}, s.followUp(c, r.now, r.now, spend)
	}
	now.Version = old.Version + 1
	now.UpdatedAt = s.record(kindOf(old, now), old, now, registered)
	if old.DeletedAt.IsZero() && !now.DeletedAt.IsZero() {
		now.DeletedAt = now.UpdatedAt
	}
	if registered {
		if err := s.customers.Registered(now.Customer, now.UpdatedAt); err != nil {
			return outcome{}, err
		}
	}
	if err := s.showChange(r, now); err != nil {
		return outcome{}, err
	}
	s.replace(r, now)
	if err := s.setMark(r, c.Change.Export, old.ExchangeAt); err != nil {
		return outcome{}, err
	}
	return outcome{old: old, now: r.now}, s.followUp(c, old, r.now, spend)
}

// facts are what the present command is decided by.
func (s *set) facts(linked *orderhub.Customer) facts {
	return facts{shop: s.b.Shop(), dialect: s.b.Actor().Door, at: s.b.At, backfill: s.b.Backfill(), linked: linked}
}

// linked is the customer of an order that a whole order replaces: the sender's
// dialect shows what the customer is known by. It is nil for none.
func (s *set) linked(c *Command, old *orderhub.Order) (*orderhub.Customer, error) {
	if c.View == nil || old == nil || old.Customer == 0 {
		return nil, nil
	}
	return s.customers.Get(old.Customer)
}

// followUp does what follows from a change: points move with the order, and the
// buyer has given or refused consents.
func (s *set) followUp(c *Command, old, now *orderhub.Order, spend int64) error {
	if old != now {
		if err := s.ledger.Follow(old, now); err != nil {
			return err
		}
	}
	if c.Change.Spend != nil || spend != 0 {
		if err := s.spend(now, spend); err != nil {
			return err
		}
	}
	if len(c.Consents) > 0 && now.Customer != 0 {
		return s.customers.Agree(now.Customer, c.Consents)
	}
	return nil
}

// spend writes off as many points as the order is paid with in all.
func (s *set) spend(o *orderhub.Order, points int64) error {
	if points > 0 {
		if err := o.CheckSpend(); err != nil {
			return err
		}
	}
	return s.ledger.Spend(o, points)
}

// record adds the event of a change and returns its time.
func (s *set) record(kind orderhub.EventKind, old, now *orderhub.Order, registered bool) time.Time {
	e := &batch.Event{Event: orderhub.Event{Kind: kind, Order: now.ID, Customer: now.Customer, Version: now.Version, CustomerMade: registered}}
	if kind != orderhub.OrderPurged {
		e.Describe = func() []orderhub.Change { return orderhub.OrderChanges(old, now) }
	}
	s.b.OrderIDs.Keep(&e.Order)
	s.customers.IDs.Keep(&e.Customer)
	return s.b.Record(e)
}

// kindOf is what a change of an order is called.
func kindOf(old, now *orderhub.Order) orderhub.EventKind {
	switch was, is := !old.DeletedAt.IsZero(), !now.DeletedAt.IsZero(); {
	case was && !is:
		return orderhub.OrderRestored
	case is && !was:
		return orderhub.OrderDeleted
	}
	return orderhub.OrderChanged
}

// purge removes a deleted order for good. Its events stay.
func (s *set) purge(c *Command) (outcome, error) {
	ref := c.Ref
	ref.Deleted = true
	r, err := s.find(ref)
	if err != nil {
		return outcome{}, err
	}
	if r == nil {
		return outcome{}, c.unknown()
	}
	if r.now.DeletedAt.IsZero() {
		return outcome{}, orderhub.Errorf(orderhub.NotFound, "no deleted order %s", c.Ref)
	}
	return s.remove(r)
}

// remove takes an order out of the store.
func (s *set) remove(r *record) (outcome, error) {
	old := r.now
	last := *old
	last.Version++
	s.record(orderhub.OrderPurged, old, &last, false)
	s.replace(r, nil)
	batch.Assign(s.b, &r.last, old)
	return outcome{old: old}, nil
}

// same reports whether two states of an order would be stored alike, versions
// and the times of changes apart.
func same(a, b *orderhub.Order) bool {
	if !bytes.Equal(a.Attributes.JSON(), b.Attributes.JSON()) || !bytes.Equal(a.Extras.JSON(), b.Extras.JSON()) || !sameLines(a.Lines, b.Lines) {
		return false
	}
	x, y := *a, *b
	for _, o := range []*orderhub.Order{&x, &y} {
		o.Attributes, o.Extras, o.Lines = nil, nil, nil
		o.Version, o.LastPart, o.UpdatedAt, o.ExchangeAt, o.Exported = 0, 0, time.Time{}, time.Time{}, false
		o.Payments, o.Shipments, o.Taxes = orNone(o.Payments), orNone(o.Shipments), orNone(o.Taxes)
	}
	return reflect.DeepEqual(x, y)
}

// orNone makes one thing of an empty list and of none.
func orNone[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// sameLines compares lines as they are stored, their numbers apart: a list that
// is sent again as it was changes nothing.
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
