package customers

import (
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// ImportAll records what a file says of many customers, each judged by itself
// against the store as it was before, and stores those that are not refused;
// when dry it only reads. It returns one verdict for each, in their sequence.
// No two may have a key in common.
//
// A customer is found by its external id. When nobody has that, one without an
// external id whom the e-mail address or the phone number means gets it. An
// entry without an external id is about somebody who has none either. An e-mail
// address or a phone number that means another customer is a conflict,
// and so is what the mode does not allow, and a second entry that means the
// same customer. A group that nobody knows is made; in a dry verdict its ID is
// NewGroup.
func ImportAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []*Entry, mode orderhub.Mode, dry bool) ([]orderhub.Verdict[orderhub.Customer], error) {
	m := &imports{shop: shop, all: all, mode: mode, verdicts: make([]verdict, len(all)), given: make(map[orderhub.CustomerID]bool)}
	if err := m.read(ctx, tx); err != nil {
		return nil, err
	}
	if !dry && m.lost {
		return nil, store.ErrOvertaken // somebody was deleted since we looked
	}
	for i := range all {
		m.judge(i)
	}
	if dry {
		return m.verdicts, nil
	}
	return m.verdicts, m.store(ctx, tx)
}

// NewGroup is the ID of a group that is not made yet.
const NewGroup orderhub.GroupID = -1

// imports are many customers on their way from a file into the store.
type imports struct {
	shop     *orderhub.Shop
	all      []*Entry
	mode     orderhub.Mode
	verdicts []verdict

	known  map[identity]orderhub.CustomerID
	stored map[orderhub.CustomerID]*orderhub.Customer // whom the entries mean
	lost   bool                                       // one of them is not as it was when it was looked up
	given  map[orderhub.CustomerID]bool               // those that got an external id from an entry
	named  map[string]orderhub.GroupID                // groups by name
	groups map[orderhub.GroupID]string                // those of the IDs that were given
}

// read looks up all that the entries mean.
func (m *imports) read(ctx context.Context, tx *store.Tx) (err error) {
	of := make([][]identity, len(m.all))
	for i, e := range m.all {
		of[i] = e.keys
	}
	if m.known, err = known(ctx, tx, m.shop, of); err != nil {
		return err
	}
	ids := slices.Compact(slices.Sorted(maps.Values(m.known)))
	if m.stored, err = tx.HeldCustomersByIDs(ctx, m.shop.ID, ids); err != nil {
		return err
	}
	m.lost = len(m.stored) < len(ids)
	for k, id := range m.known {
		c := m.stored[id]
		m.lost = m.lost || k.kind == orderhub.ByExternal && c.ExternalID != k.value
	}
	return m.readGroups(ctx, tx)
}

func (m *imports) readGroups(ctx context.Context, tx *store.Tx) (err error) {
	var names []string
	var ids []orderhub.GroupID
	for _, e := range m.all {
		switch g := e.change.Group; {
		case g == nil:
		case g.ID != 0:
			ids = append(ids, g.ID)
		case g.Name != "" && orderhub.Storable(g.Name):
			names = append(names, g.Name)
		}
	}
	slices.Sort(names)
	if m.named, err = tx.GroupsByName(ctx, m.shop.ID, slices.Compact(names)); err != nil {
		return err
	}
	slices.Sort(ids)
	m.groups, err = tx.GroupNames(ctx, m.shop.ID, slices.Compact(ids))
	return err
}

// judge finds out what becomes of one entry.
func (m *imports) judge(i int) {
	e, v := m.all[i], &m.verdicts[i]
	invalid := e.Err() != nil
	var f orderhub.Faults
	f.Add(e.Err())
	old, field := m.find(e, &f)
	now, outcome := e.fresh, orderhub.OutcomeCreated
	switch {
	case old == nil && !m.mode.New:
		f.AddNew(&orderhub.Error{Kind: orderhub.NotFound, Field: "external_id", Text: "is unknown"})
	case old != nil && !m.mode.Existing:
		f.Add(orderhub.Taken(field))
	case old != nil:
		now, outcome = m.amended(e, old), orderhub.OutcomeUpdated
		m.checkContacts(e, old, &f)
	}
	m.join(e, &now, &f)
	switch {
	case old == nil: // it was checked by itself
	case same(old, &now):
		outcome = orderhub.OutcomeUnchanged
	default:
		err := now.Validate(m.shop)
		f.AddNew(err)
		invalid = invalid || err != nil
	}
	if err := f.Err(); err != nil {
		*v = verdict{Outcome: orderhub.OutcomeConflict, Err: err}
		if invalid {
			v.Outcome = orderhub.OutcomeInvalid
		}
		return
	}
	*v = verdict{Outcome: outcome, Old: old, Now: &now}
	if old != nil && old.ExternalID == "" {
		m.given[old.ID] = true
	}
}

// find returns the customer that an entry means, nil when nobody knows it, and
// the field by which it is known. It notes contacts that contradict.
func (m *imports) find(e *Entry, f *orderhub.Faults) (*orderhub.Customer, string) {
	if c := m.stored[m.known[e.key(orderhub.ByExternal)]]; c != nil {
		return c, "external_id"
	}
	var found *orderhub.Customer
	by := ""
	for _, kind := range []orderhub.Identity{orderhub.ByEmail, orderhub.ByPhone} {
		c := m.stored[m.known[e.key(kind)]]
		switch {
		case c == nil:
		case c.ExternalID != "" || m.given[c.ID]:
			f.Add(orderhub.Taken(fields[kind]))
		case found == nil:
			found, by = c, fields[kind]
		case found.ID != c.ID:
			f.Wrong(fields[kind], "means another customer than the e-mail address")
		}
	}
	return found, by
}

// amended is a stored customer with what an entry says of it.
func (m *imports) amended(e *Entry, old *orderhub.Customer) orderhub.Customer {
	now := *old
	if len(e.change.Extras) > 0 {
		now.Extras = cloneExtras(old.Extras)
	}
	e.change.Apply(&now)
	if e.change.NameFromParts {
		nameFromParts(old, &now, &e.change)
	}
	return now
}

// checkContacts notes those contacts of an entry that mean another than the
// customer that it is about and that this one has not had before.
func (m *imports) checkContacts(e *Entry, old *orderhub.Customer, f *orderhub.Faults) {
	for _, k := range e.keys {
		other := m.known[k]
		if other == 0 || other == old.ID || k.kind == orderhub.ByExternal {
			continue
		}
		if !slices.Contains(personOf(old).identities(m.shop), k) {
			f.AddNew(orderhub.Taken(fields[k.kind]))
		}
	}
}

// join puts a customer into the group that its entry names.
func (m *imports) join(e *Entry, c *orderhub.Customer, f *orderhub.Faults) {
	switch g := e.change.Group; {
	case g == nil:
	case g.ID != 0:
		if _, ours := m.groups[g.ID]; !ours {
			f.Wrong("group", "is not a group of this shop")
		}
		c.Group = g.ID
	case g.Name == "":
		c.Group = 0
	default:
		if c.Group = m.named[g.Name]; c.Group == 0 {
			c.Group = NewGroup
		}
	}
}

// store keeps what was not refused.
func (m *imports) store(ctx context.Context, tx *store.Tx) error {
	if err := m.makeGroups(ctx, tx); err != nil {
		return err
	}
	var made, changed []*orderhub.Customer
	for _, v := range m.verdicts {
		switch v.Outcome {
		case orderhub.OutcomeCreated:
			made = append(made, v.Now)
		case orderhub.OutcomeUpdated:
			changed = append(changed, v.Now)
		}
	}
	if err := tx.CreateCustomers(ctx, made); err != nil {
		return err
	}
	if err := tx.SaveCustomers(ctx, changed); err != nil {
		return err
	}
	if err := m.claim(ctx, tx); err != nil {
		return err
	}
	return tx.Record(ctx, m.events()...)
}

// makeGroups makes the groups that customers who are not refused shall join.
func (m *imports) makeGroups(ctx context.Context, tx *store.Tx) error {
	for i, v := range m.verdicts {
		if v.Outcome.Refused() || v.Now.Group != NewGroup {
			continue
		}
		name := m.all[i].change.Group.Name
		if m.named[name] == 0 {
			g := &orderhub.Group{Shop: m.shop.ID, Name: name}
			if err := tx.MakeGroup(ctx, g); err != nil {
				return err
			}
			m.named[name] = g.ID
		}
		v.Now.Group = m.named[name]
	}
	return nil
}

// claim lets the customers be known by what they have, and by nothing that
// they have given up.
func (m *imports) claim(ctx context.Context, tx *store.Tx) error {
	var first, wanted, given []store.Claim
	for i, v := range m.verdicts {
		switch v.Outcome {
		case orderhub.OutcomeCreated:
			first = append(first, claims(m.all[i].keys, v.Now.ID)...)
		case orderhub.OutcomeUpdated:
			gained, lost := moved(m.shop, v.Old, v.Now)
			gained = slices.DeleteFunc(gained, func(k identity) bool { return m.known[k] == v.Now.ID })
			wanted = append(wanted, claims(gained, v.Now.ID)...)
			given = append(given, claims(lost, v.Now.ID)...)
		}
	}
	if err := tx.FreeIdentities(ctx, m.shop.ID, given); err != nil {
		return err
	}
	if err := tx.ClaimForNew(ctx, m.shop.ID, first); err != nil {
		return err
	}
	return tx.ClaimIdentities(ctx, m.shop.ID, wanted)
}

// moved are the identities that one state of a customer has and the other has
// not.
func moved(shop *orderhub.Shop, old, now *orderhub.Customer) (gained, lost []identity) {
	if old.ExternalID == now.ExternalID && old.Email == now.Email && old.Phone == now.Phone {
		return nil, nil
	}
	before, after := personOf(old).identities(shop), personOf(now).identities(shop)
	gained = slices.DeleteFunc(slices.Clone(after), func(k identity) bool { return slices.Contains(before, k) })
	lost = slices.DeleteFunc(before, func(k identity) bool { return slices.Contains(after, k) })
	return gained, lost
}

// events tell what was stored.
func (m *imports) events() []orderhub.Event {
	events := make([]orderhub.Event, 0, len(m.verdicts))
	for _, v := range m.verdicts {
		switch v.Outcome {
		case orderhub.OutcomeCreated:
			events = append(events, orderhub.Event{Shop: m.shop.ID, Kind: orderhub.CustomerRegistered, Customer: v.Now.ID})
		case orderhub.OutcomeUpdated:
			events = append(events, orderhub.Event{Shop: m.shop.ID, Kind: orderhub.CustomerChanged, Customer: v.Now.ID,
				Changes: orderhub.CustomerChanges(v.Old, v.Now)})
		}
	}
	return events
}
