package customers

import (
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// A verdict is what became of one customer.
type verdict = orderhub.Verdict[orderhub.Customer]

// ImportAll records what a file says of many customers, each judged by itself
// against the store as it was before, and stores those that are not refused, in
// the caller's transaction, which must have written nothing; when dry it only
// reads. It returns one verdict for each, in their sequence. No two may have a
// key in common.
//
// A customer is found by its external id. When none has that, one without an
// external id that the e-mail address or the phone number finds gets it. An
// entry without an external id is about one that has none either. An e-mail
// address or a phone number that finds another customer is a conflict, and so
// is what the mode does not allow, and a second entry that finds the same
// customer. A group that is not known is made; in a dry verdict its ID is
// negative, and so are those of customers that would be made.
func ImportAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []*Entry, mode orderhub.Mode, dry bool) ([]orderhub.Verdict[orderhub.Customer], error) {
	m := &imports{shop: shop, all: all, mode: mode}
	u := batch.New(ctx, shop)
	u.Ask, u.Decide = m.ask, m.decide
	err := batch.Step(ctx, tx, dry, u)
	return m.verdicts, err
}

// imports are many customers on their way from a file into the store.
type imports struct {
	shop     *orderhub.Shop
	all      []*Entry
	mode     orderhub.Mode
	set      *Set
	verdicts []verdict
	met      map[orderhub.CustomerID]bool // those that an entry is about
}

// ask asks for all that the entries name.
func (m *imports) ask(b *batch.Batch) {
	set := In(b)
	for _, e := range m.all {
		for _, k := range e.keys {
			if set.askIdentity(k); k.kind == orderhub.ByEmail {
				set.askSuppression(k.value)
			}
		}
		if e.change.Group != nil {
			set.wanted.groups = true
		}
	}
}

// decide judges all entries against the store as it was before, and then does
// what they say.
func (m *imports) decide(b *batch.Batch) error {
	m.set = In(b)
	m.verdicts = make([]verdict, len(m.all))
	m.met = make(map[orderhub.CustomerID]bool)
	if err := batch.Each(len(m.all), func(i int) error { return m.judge(b, i) }); err != nil {
		return err
	}
	return batch.Each(len(m.all), m.store)
}

// judge finds out what becomes of one entry. Its error is batch.ErrMore.
func (m *imports) judge(b *batch.Batch, i int) error {
	e, v := m.all[i], &m.verdicts[i]
	invalid := e.Err() != nil
	var f orderhub.Faults
	f.Add(e.Err())
	old, field, err := m.find(e, &f)
	if err != nil {
		return err
	}
	switch {
	case old == nil && !m.mode.New:
		f.AddNew(&orderhub.Error{Kind: orderhub.NotFound, Field: "external_id", Text: "is unknown"})
	case old != nil && !m.mode.Existing:
		f.Add(orderhub.Taken(field))
	case old != nil:
		m.checkContacts(e, old, &f)
	}
	m.checkGroup(e, &f)
	now, wrong, err := m.decided(b, e, old)
	if err != nil {
		return err
	}
	if wrong != nil {
		f.AddNew(wrong)
		invalid = true
	}
	if err := f.Err(); err != nil {
		*v = verdict{Outcome: orderhub.OutcomeConflict, Err: err}
		if invalid {
			v.Outcome = orderhub.OutcomeInvalid
		}
		return nil
	}
	*v = verdict{Outcome: orderhub.OutcomeCreated, Old: old, Now: now}
	if old != nil {
		v.Outcome, m.met[old.ID] = orderhub.OutcomeUpdated, true
	}
	if old != nil && same(old, now) && !m.makesGroup(e) {
		v.Outcome, v.Now = orderhub.OutcomeUnchanged, old
	}
	return nil
}

// decided is what an entry makes of a customer, but for a group that is not
// there yet, and what is wrong with that beside what is wrong with the entry.
// The error is batch.ErrMore.
func (m *imports) decided(b *batch.Batch, e *Entry, old *orderhub.Customer) (now *orderhub.Customer, wrong, err error) {
	c := command{change: e.change}
	if err := m.set.keepAlias(old, &c.change); err != nil {
		return nil, nil, err
	}
	if c.suppressed, err = m.set.suppressionAfter(old, &c.change); err != nil {
		return nil, nil, err
	}
	if g := e.change.Group; g != nil && !m.makesGroup(e) {
		id := g.ID
		if id == 0 {
			id = m.set.groups.find(g.Name)
		}
		c.group = &id
	}
	if old == nil { // it was checked by itself
		c.whole, c.lenient = &e.fresh, true
	}
	now, wrong = change(old, c, m.shop, b.At)
	if old != nil && same(old, now) {
		wrong = nil
	}
	return now, wrong, nil
}

// find returns the customer that an entry is about, nil when it is not known,
// and the field by which it is. It notes contacts that contradict. The error is
// batch.ErrMore.
func (m *imports) find(e *Entry, f *orderhub.Faults) (found *orderhub.Customer, by string, err error) {
	c, err := m.customerOf(e.key(orderhub.ByExternal))
	if c != nil && m.met[c.ID] { // another one was merged into it
		f.Add(orderhub.Taken("external_id"))
	}
	if c != nil || err != nil {
		return c, "external_id", err
	}
	for _, kind := range []orderhub.Identity{orderhub.ByEmail, orderhub.ByPhone} {
		c, err := m.customerOf(e.key(kind))
		switch {
		case err != nil:
			return nil, "", err
		case c == nil:
		case c.ExternalID != "" || m.met[c.ID]:
			f.Add(orderhub.Taken(fields[kind]))
		case found == nil:
			found, by = c, fields[kind]
		case found.ID != c.ID:
			f.Wrong(fields[kind], "belongs to another customer than the e-mail address")
		}
	}
	return found, by, nil
}

// customerOf is the customer that a key of an entry finds, nil for none.
func (m *imports) customerOf(k identity) (*orderhub.Customer, error) {
	if k == (identity{}) {
		return nil, nil
	}
	owner, err := m.set.owner(k)
	if err != nil {
		return nil, err
	}
	return m.set.get(owner)
}

// checkContacts notes those contacts of an entry that find another than the
// customer that it is about and that this one has not had before.
func (m *imports) checkContacts(e *Entry, old *orderhub.Customer, f *orderhub.Faults) {
	for _, k := range e.keys {
		owner := m.set.owners[k]
		if owner == 0 || owner == old.ID || k.kind == orderhub.ByExternal {
			continue
		}
		if !slices.Contains(identitiesOf(m.shop, old), k) {
			f.AddNew(orderhub.Taken(fields[k.kind]))
		}
	}
}

// checkGroup notes that an entry names a group by an ID that no group has.
func (m *imports) checkGroup(e *Entry, f *orderhub.Faults) {
	if g := e.change.Group; g != nil && g.ID != 0 && (g.ID < 0 || !m.set.groups.ids[g.ID]) {
		f.Wrong("group", "is not a group of this shop")
	}
}

// makesGroup reports whether an entry names a group that is not there yet.
func (m *imports) makesGroup(e *Entry) bool {
	g := e.change.Group
	return g != nil && g.ID == 0 && foldName(g.Name) != "" && m.set.groups.find(g.Name) == 0
}

// store does what a verdict says.
func (m *imports) store(i int) error {
	e, v := m.all[i], &m.verdicts[i]
	if v.Outcome != orderhub.OutcomeCreated && v.Outcome != orderhub.OutcomeUpdated {
		return nil
	}
	if g := e.change.Group; g != nil && g.ID == 0 {
		group, err := m.set.groupOf(g)
		if err != nil {
			return err
		}
		v.Now.Group = *group
	}
	if v.Outcome == orderhub.OutcomeCreated {
		return m.set.register(v.Now, false)
	}
	return m.set.update(v.Old, v.Now, false)
}
