package customers

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// MaxBatch is how many customers PutAll takes at once.
const MaxBatch = 1_000

// large is from how many customers on a list runs in a batch of its own.
const large = 64

// PutAll records what a caller says of many customers in one transaction, all
// or none: of new ones, of those that are there already, or of both, as the
// mode allows, at most MaxBatch. It returns them as they are then. Each is
// found by the shop's identifying field, which must be given. Faults of all are
// reported together, with fields such as customers[3].phone; one that the mode
// does not allow is a Duplicate or a NotFound error of its identifying field.
//
// An e-mail address or a phone number that finds another customer already, and
// is not the identifying field, is kept with the customer and goes on to find
// the other; the two are noted as possible duplicates. An external id that
// finds another customer is refused.
func (s *Service) PutAll(ctx context.Context, shop *orderhub.Shop, changes []orderhub.CustomerChange, mode orderhub.Mode) ([]*orderhub.Customer, error) {
	if len(changes) > MaxBatch {
		return nil, orderhub.Wrong("customers", fmt.Sprintf("are too many at once; send at most %d", MaxBatch))
	}
	p := &puts{shop: shop, mode: mode, changes: changes}
	if err := p.prepare(s.DB); err != nil {
		return nil, err
	}
	u := batch.New(ctx, shop)
	u.Large = len(changes) > large
	u.Ask = p.ask
	u.Decide = p.decide
	return p.customers, batch.Do(ctx, s.DB, u)
}

// puts are many customers on their way into the store.
type puts struct {
	shop      *orderhub.Shop
	mode      orderhub.Mode
	changes   []orderhub.CustomerChange
	keys      []identity // by which each is found
	customers []*orderhub.Customer
}

// prepare finds out which customers are named and checks what can be checked
// without the store.
func (p *puts) prepare(db *store.DB) error {
	var f orderhub.Faults
	seen := make(map[identity]bool)
	p.customers = make([]*orderhub.Customer, len(p.changes))
	p.keys = make([]identity, len(p.changes))
	for i, sent := range p.changes {
		c, err := change(nil, command{change: sent}, p.shop, db.Now())
		f.AddIn(entryField(i), err)
		field := fields[p.shop.Identify]
		for _, x := range identitiesOf(p.shop, c) {
			if x.kind == p.shop.Identify {
				p.keys[i] = x
			}
		}
		switch key := p.keys[i]; {
		case key.value == "" && identifying(p.shop, c) == "":
			f.AddIn(entryField(i), orderhub.Absent(field))
		case key.value != "" && seen[key]:
			f.AddIn(entryField(i), &orderhub.Error{Kind: orderhub.Duplicate, Field: field, Text: "is sent twice"})
		}
		seen[p.keys[i]] = true
	}
	return f.Err()
}

func entryField(i int) string { return fmt.Sprintf("customers[%d]", i) }

// identifying is what a customer has in the field that tells customers apart.
func identifying(shop *orderhub.Shop, c *orderhub.Customer) string {
	switch shop.Identify {
	case orderhub.ByPhone:
		return c.Phone
	case orderhub.ByExternal:
		return c.ExternalID
	}
	return c.Email
}

func (p *puts) ask(b *batch.Batch) {
	set := In(b)
	for i := range p.changes {
		set.askChange(&p.changes[i])
	}
}

// decide puts one customer after the other. What has to be read is asked for of
// all before it gives up.
func (p *puts) decide(b *batch.Batch) error {
	set := In(b)
	var f orderhub.Faults
	err := batch.Each(len(p.changes), func(i int) error {
		err := p.put(set, i)
		switch orderhub.KindOf(err) {
		case orderhub.Invalid, orderhub.Missing, orderhub.NotFound, orderhub.Duplicate:
			f.AddIn(entryField(i), err)
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return f.Err()
}

func (p *puts) put(set *Set, i int) error {
	field := fields[p.shop.Identify]
	owner, err := set.owner(p.keys[i])
	if err != nil {
		return err
	}
	old, err := set.get(owner)
	if err != nil {
		return err
	}
	sent := p.changes[i]
	sent.NameFromParts = true
	o := options{share: true}
	switch {
	case old != nil && !p.mode.Existing:
		return orderhub.Taken(field)
	case old == nil && !p.mode.New:
		return &orderhub.Error{Kind: orderhub.NotFound, Field: field, Text: "is unknown"}
	case old != nil:
		if p.customers[i], err = set.amend(old, sent, o); p.customers[i] == nil {
			p.customers[i] = old
		}
		return err
	}
	if p.customers[i], err = set.decide(nil, sent, o); err != nil {
		return err
	}
	return set.register(p.customers[i], o.share)
}
