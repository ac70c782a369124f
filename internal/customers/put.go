package customers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"orderhub"
	"orderhub/internal/store"
)

// MaxBatch is how many customers PutAll takes at once.
const MaxBatch = 1_000

// PutAll records what a caller says of many customers in one transaction, all
// or none: of new ones, of those that are there already, or of both, as the
// mode allows, at most MaxBatch. It returns them as they are then. Each is
// found by the shop's identifying field, which must be given. Faults of all are
// told together, with fields such as customers[3].phone; one that the mode
// does not allow is a Duplicate or a NotFound error of its identifying field.
//
// An e-mail address or a phone number that means somebody else already, and is
// not the identifying field, is kept with the customer and goes on to mean the
// other; the two are noted as possible duplicates. An external id that means
// somebody else is refused.
func (s *Service) PutAll(ctx context.Context, shop *orderhub.Shop, changes []orderhub.CustomerChange, mode orderhub.Mode) ([]*orderhub.Customer, error) {
	if len(changes) > MaxBatch {
		return nil, orderhub.Wrong("customers", fmt.Sprintf("are too many at once; send at most %d", MaxBatch))
	}
	p := &puts{s: s, shop: shop, mode: mode, changes: changes}
	if err := p.begin(); err != nil {
		return nil, err
	}
	return p.customers, s.DB.Update(ctx, func(tx *store.Tx) error { return p.store(ctx, tx) })
}

// puts are many customers on their way into the store.
type puts struct {
	s         *Service
	shop      *orderhub.Shop
	mode      orderhub.Mode
	changes   []orderhub.CustomerChange
	customers []*orderhub.Customer
	keys      []identity // by which each is found
	sequence  []int      // by key: all go through them alike, so that none waits for another in a circle
}

// begin finds out who is meant and checks what can be checked before.
func (p *puts) begin() error {
	var f orderhub.Faults
	seen := make(map[identity]bool)
	p.customers = make([]*orderhub.Customer, len(p.changes))
	p.keys = make([]identity, len(p.changes))
	p.sequence = make([]int, len(p.changes))
	for i, change := range p.changes {
		c := new(orderhub.Customer)
		change.Apply(c)
		f.AddIn(entryField(i), c.Validate(p.shop))
		field := fields[p.shop.Identify]
		for _, x := range personOf(c).identities(p.shop) {
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
		seen[p.keys[i]], p.sequence[i] = true, i
	}
	slices.SortFunc(p.sequence, func(i, j int) int { return cmp.Compare(p.keys[i].value, p.keys[j].value) })
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

func (p *puts) store(ctx context.Context, tx *store.Tx) error {
	values := make([]string, len(p.keys))
	for i, key := range p.keys {
		values[i] = key.value
	}
	known, err := tx.CustomersBy(ctx, p.shop.ID, p.shop.Identify, values)
	if err != nil {
		return err
	}
	var f orderhub.Faults
	for _, i := range p.sequence {
		var err error
		switch id := known[p.keys[i].value]; {
		case id != 0 && !p.mode.Existing:
			err = orderhub.Taken(fields[p.shop.Identify])
		case id != 0:
			err = p.amend(ctx, tx, i, id)
		case !p.mode.New:
			err = &orderhub.Error{Kind: orderhub.NotFound, Field: fields[p.shop.Identify], Text: "is unknown"}
		default:
			err = p.register(ctx, tx, i)
		}
		switch orderhub.KindOf(err) {
		case orderhub.Invalid, orderhub.Missing, orderhub.NotFound, orderhub.Duplicate:
			f.AddIn(entryField(i), err) // and on to the next: the caller learns all at once
		default:
			if err != nil {
				return err
			}
		}
	}
	return f.Err()
}

func (p *puts) register(ctx context.Context, tx *store.Tx, i int) error {
	c := &orderhub.Customer{Shop: p.shop.ID, RegisteredAt: tx.Now()}
	p.customers[i] = c
	p.changes[i].Apply(c)
	nameFromParts(&orderhub.Customer{}, c, &p.changes[i])
	if err := c.Validate(p.shop); err != nil {
		return err
	}
	if err := tx.CreateCustomer(ctx, c); err != nil {
		return err
	}
	if err := p.claim(ctx, tx, c, personOf(c).identities(p.shop)); err != nil {
		return err
	}
	return tx.Record(ctx, orderhub.Event{Shop: p.shop.ID, Kind: orderhub.CustomerRegistered, Customer: c.ID})
}

func (p *puts) amend(ctx context.Context, tx *store.Tx, i int, id orderhub.CustomerID) error {
	c, err := tx.Customer(ctx, p.shop.ID, id)
	if orderhub.KindOf(err) == orderhub.NotFound {
		return store.ErrOvertaken // deleted since it was looked up
	}
	if err != nil {
		return err
	}
	p.customers[i] = c
	old := *c
	old.Extras = cloneExtras(c.Extras)
	change := p.changes[i].Against(&old)
	change.Apply(c)
	nameFromParts(&old, c, &change)
	if err := c.Validate(p.shop); err != nil {
		return err
	}
	if same(&old, c) {
		return nil
	}
	before, after := personOf(&old).identities(p.shop), personOf(c).identities(p.shop)
	wanted := slices.DeleteFunc(slices.Clone(after), func(x identity) bool { return slices.Contains(before, x) })
	if err := p.claim(ctx, tx, c, wanted); err != nil {
		return err
	}
	for _, x := range before {
		if slices.Contains(after, x) {
			continue
		}
		if err := tx.FreeIdentity(ctx, p.shop.ID, x.kind, x.value, c.ID); err != nil {
			return err
		}
	}
	if err := tx.SaveCustomer(ctx, c); err != nil {
		return err
	}
	return tx.Record(ctx, orderhub.Event{Shop: p.shop.ID, Kind: orderhub.CustomerChanged, Customer: c.ID,
		Changes: orderhub.CustomerChanges(&old, c)})
}

// claim lets identities mean a customer, but for those that mean another.
func (p *puts) claim(ctx context.Context, tx *store.Tx, c *orderhub.Customer, wanted []identity) error {
	var free []identity
	for _, x := range wanted {
		other, err := tx.CustomerBy(ctx, p.shop.ID, x.kind, x.value)
		switch {
		case err != nil:
			return err
		case other == 0:
			free = append(free, x)
		case x.kind == p.shop.Identify:
			return store.ErrOvertaken // somebody has made it since we looked
		case x.kind == orderhub.ByExternal:
			return orderhub.Taken(fields[x.kind])
		case other != c.ID:
			if err := tx.NoteDuplicates(ctx, p.shop.ID, c.ID, other); err != nil {
				return err
			}
		}
	}
	return tx.ClaimIdentities(ctx, p.shop.ID, claims(free, c.ID))
}

// nameFromParts makes the full name of its parts for senders who know parts
// only, unless somebody has given a name of another form.
func nameFromParts(old, c *orderhub.Customer, change *orderhub.CustomerChange) {
	if change.Name != nil || change.FirstName == nil && change.LastName == nil {
		return
	}
	whole := func(c *orderhub.Customer) string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }
	if old.Name == "" || old.Name == whole(old) {
		c.Name = whole(c)
	}
}

func cloneExtras(e orderhub.Extras) orderhub.Extras {
	c := make(orderhub.Extras, len(e))
	for dialect, attributes := range e {
		c[dialect] = slices.Clone(attributes)
	}
	return c
}

// ActedMax is how long the account of an act may be, in bytes.
const ActedMax = 16_000

// Acted keeps that a customer did something that the shop follows, such as an
// event of its marketing, with an account of it in JSON. It is kept as an
// event, also of somebody nobody knows. It returns who it was, 0 for nobody.
func (s *Service) Acted(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef, what string, account []byte) (id orderhub.CustomerID, err error) {
	if len(account) > ActedMax {
		return 0, orderhub.Wrong("account", fmt.Sprintf("is too long; send at most %d bytes", ActedMax))
	}
	ref = compared(shop, ref)
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		id = 0
		c, err := tx.CustomerByRef(ctx, shop.ID, ref)
		switch {
		case err == nil:
			id = c.ID
		case orderhub.KindOf(err) != orderhub.NotFound:
			return err
		}
		return tx.Record(ctx, orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerActed, Customer: id,
			Changes: []orderhub.Change{{Field: what, To: string(account)}}})
	})
	return id, err
}

// compared brings what a reference names into the form in which identities are
// compared.
func compared(shop *orderhub.Shop, ref orderhub.CustomerRef) orderhub.CustomerRef {
	if ref.Email != "" {
		ref.Email, _ = orderhub.ParseEmail(ref.Email)
	}
	if ref.Phone != "" {
		ref.Phone = shop.Phone(ref.Phone).Digits()
	}
	return ref
}
