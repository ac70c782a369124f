package customers

import (
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store/orderdb"
)

// options are in what the doors differ.
type options struct {
	share   bool // contacts of others may be kept with the customer, too
	lenient bool // see command
}

// fields are what identities are called in errors.
var fields = map[orderhub.Identity]string{
	orderhub.ByExternal: "external_id", orderhub.ByEmail: "email", orderhub.ByPhone: "phone",
}

// amend changes a customer and returns its next state, or nil when the change
// changes nothing.
func (s *Set) amend(old *orderhub.Customer, change orderhub.CustomerChange, o options) (*orderhub.Customer, error) {
	now, err := s.decide(old, change, o)
	if err != nil || same(old, now) {
		return nil, err
	}
	return now, s.update(old, now, o.share)
}

// decide is what a change makes of a customer, nil for one that is not there
// yet, and what is wrong with it. Nothing of the batch is changed but for the
// groups that the change makes.
func (s *Set) decide(old *orderhub.Customer, c orderhub.CustomerChange, o options) (*orderhub.Customer, error) {
	if err := s.keepAlias(old, &c); err != nil {
		return nil, err
	}
	suppressed, err := s.suppressionAfter(old, &c)
	if err != nil {
		return nil, err
	}
	group, wrong := s.groupOf(c.Group)
	if wrong == batch.ErrMore {
		return nil, wrong
	}
	now, err := change(old, command{change: c, group: group, suppressed: suppressed, lenient: o.lenient}, s.b.Shop(), s.b.At)
	var f orderhub.Faults
	f.Add(err)
	if old == nil && !o.lenient && now.ExternalID == "" && now.Email == "" && now.Phone == "" {
		f.Add(orderhub.Absent("external_id"))
	}
	f.Add(wrong)
	return now, f.Err()
}

// register adds a new customer, who must have been checked, with its event.
func (s *Set) register(now *orderhub.Customer, share bool) error {
	mine, others, err := s.available(0, identitiesOf(s.b.Shop(), now), share)
	if err != nil {
		return err
	}
	now.ID, now.Version = s.IDs.New(s.b), 1
	e := &batch.Event{Event: orderhub.Event{Kind: orderhub.CustomerRegistered, Customer: now.ID, Version: 1}}
	s.IDs.Keep(&e.Customer)
	now.CreatedAt = s.b.Record(e)
	now.UpdatedAt = now.CreatedAt
	s.replace(now, true)
	s.claim(now.ID, mine)
	for _, other := range others {
		s.notePair(now.ID, other)
	}
	return s.keepSuppression(nil, now)
}

// update makes a state of a customer, which must have been checked, its next
// one, with its event and the identities that it gains and loses.
func (s *Set) update(old, now *orderhub.Customer, share bool) error {
	gained, lost := moved(s.b.Shop(), old, now)
	mine, others, err := s.available(old.ID, gained, share)
	if err != nil {
		return err
	}
	if err := s.free(old.ID, lost); err != nil {
		return err
	}
	s.recordChange(old, now)
	s.replace(now, true)
	s.claim(now.ID, mine)
	for _, other := range others {
		s.notePair(now.ID, other)
	}
	return s.keepSuppression(old, now)
}

// recordChange adds the event of a change and gives the new state its version
// and time.
func (s *Set) recordChange(old, now *orderhub.Customer) {
	now.Version = old.Version + 1
	e := &batch.Event{Event: orderhub.Event{Kind: orderhub.CustomerChanged, Customer: now.ID, Version: now.Version}}
	e.Describe = func() []orderhub.Change { return orderhub.CustomerChanges(old, now) }
	s.IDs.Keep(&e.Customer)
	now.UpdatedAt = s.b.Record(e)
}

// available returns those identities that find no customer, and the customers
// that the others find, who may share their contacts. What may not be shared is
// a Duplicate error of its field, all at once.
func (s *Set) available(id orderhub.CustomerID, wanted []identity, share bool) (mine []identity, others []orderhub.CustomerID, err error) {
	owners, err := s.ownersOf(wanted)
	if err != nil {
		return nil, nil, err
	}
	var f orderhub.Faults
	for n, i := range wanted {
		switch owner := owners[n]; {
		case owner == 0:
			mine = append(mine, i)
		case owner == id: // a merged customer left it behind
		case share && i.kind != orderhub.ByExternal:
			others = append(others, owner)
		default:
			f.Add(orderhub.Taken(fields[i.kind]))
		}
	}
	return mine, others, f.Err()
}

// claim lets identities find a customer.
func (s *Set) claim(id orderhub.CustomerID, all []identity) {
	for _, i := range all {
		batch.Put(s.b, s.owners, i, id)
	}
}

// free lets identities find none any more, as far as they find the customer.
func (s *Set) free(id orderhub.CustomerID, all []identity) error {
	owners, err := s.ownersOf(all)
	if err != nil {
		return err
	}
	for n, i := range all {
		if owners[n] == id {
			batch.Put(s.b, s.owners, i, 0)
		}
	}
	return nil
}

// Delete marks a customer deleted, which none of its orders is linked to any
// more: its identities are free again, its cards belong to none. Deleted cards
// are moved by statements: the unit must be a large one.
func (s *Set) Delete(c *orderhub.Customer) error {
	cards, err := s.cardsOf(c.ID)
	if err != nil {
		return err
	}
	if err := s.keepSuppression(c, nil); err != nil {
		return err
	}
	s.moveCards(cards, c.ID, 0)
	s.end(c, orderhub.CustomerDeleted, &record{})
	return nil
}

// end lets a customer go, with its event and its identities. The record says
// how.
func (s *Set) end(c *orderhub.Customer, kind orderhub.EventKind, r *record) {
	last := *c
	last.Version++
	e := &batch.Event{Event: orderhub.Event{Kind: kind, Customer: c.ID, Version: last.Version}}
	if r.into != 0 {
		e.Describe = func() []orderhub.Change {
			return []orderhub.Change{{Field: "merged_into", To: fmt.Sprint(s.IDs.Real(r.into))}}
		}
	}
	s.IDs.Keep(&e.Customer)
	last.UpdatedAt = s.b.Record(e)
	s.IDs.Keep(&last.ID)
	s.groupIDs.Keep(&last.Group)
	before := s.records[c.ID]
	r.stored, r.full, r.last = before.stored, before.full, &last
	s.put(c.ID, r)
	for i, owner := range s.owners {
		if owner == c.ID {
			batch.Put(s.b, s.owners, i, r.into)
		}
	}
}

// cardsOf are the cards of a customer before the batch.
func (s *Set) cardsOf(id orderhub.CustomerID) ([]*orderhub.Card, error) {
	cards, read := s.cards[id]
	if !read && id > 0 {
		s.wanted.cards[id] = true
		return nil, batch.ErrMore
	}
	return cards, nil
}

// moveCards gives cards of a customer another owner, 0 for none. The events
// name the customer that had them.
func (s *Set) moveCards(cards []*orderhub.Card, from, to orderhub.CustomerID) {
	for _, c := range cards {
		now := *c
		now.Customer, now.Version = to, c.Version+1
		e := &batch.Event{Event: orderhub.Event{Kind: orderhub.CardChanged, Customer: from, Version: now.Version}}
		s.IDs.Keep(&e.Customer)
		s.IDs.Keep(&now.Customer)
		e.Describe = func() []orderhub.Change { return orderhub.CardChanges(c, &now) }
		at := s.b.Record(e)
		batch.Assign(s.b, &s.moves, append(slices.Clip(s.moves), orderdb.CardMove{Card: c.ID, Owner: to, UpdatedAt: at, Version: now.Version}))
	}
}
