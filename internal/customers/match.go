package customers

import (
	"time"

	"orderhub"
)

// MatchBuyer returns the customer of an order: the one that the reference names
// on purpose, who wins over the contact, else the one of Match. An id of ours
// that the shop does not have is a NotFound error. An external id that is not
// known makes a customer with it.
func (s *Set) MatchBuyer(ref orderhub.CustomerRef, contact ContactDetails) (c *orderhub.Customer, made bool, err error) {
	if ref.ExternalID != "" {
		contact.ExternalID = ref.ExternalID
	}
	switch {
	case ref.ID == 0:
		return s.Match(contact)
	case ref.ID < 0: // that of a new customer, which no caller can know
		return nil, false, orderhub.Errorf(orderhub.NotFound, "no customer with id %d", ref.ID)
	}
	c, err = s.Get(ref.ID)
	return c, false, err
}

// Match finds the customer of a contact, or makes one; it returns nil for a
// contact that identifies none. A customer that is found gets what it lacks: an
// external id, an e-mail address or a phone number that is no other customer's,
// and a name; what it has is never changed. Other customers that the contact
// fits are noted as possible duplicates.
//
// An external id names a customer on purpose. One that is not known is given to
// a customer without one that the e-mail address or the phone number finds, as
// files do, and makes a new customer otherwise: never does it find one who has
// another external id.
//
// A customer that is made has no event of its own: the order's event says so
// (orderhub.Event.CustomerMade), and the caller passes the time of that event
// to Registered.
func (s *Set) Match(p ContactDetails) (c *orderhub.Customer, made bool, err error) {
	all := p.identities(s.b.Shop())
	if len(all) == 0 {
		return nil, false, nil
	}
	p = p.only(all)
	owners, err := s.ownersOf(all)
	if err != nil {
		return nil, false, err
	}
	for n, owner := range owners {
		if owner == 0 {
			continue
		}
		found, err := s.get(owner)
		if err != nil {
			return nil, false, err
		}
		if found == nil || all[0].kind == orderhub.ByExternal && n > 0 && found.ExternalID != "" {
			continue // the one that is named on purpose is another one
		}
		c, err = s.complete(found, p, all, owners)
		return c, false, err
	}
	c, err = s.makeFor(p, all, owners)
	return c, err == nil, err
}

// makeFor makes a customer of a contact, with those identities that are no
// other customer's.
func (s *Set) makeFor(p ContactDetails, all []identity, owners []orderhub.CustomerID) (*orderhub.Customer, error) {
	var mine []identity
	for n, i := range all {
		if owners[n] == 0 {
			mine = append(mine, i)
		}
	}
	p = p.only(mine)
	suppressed, err := s.suppressionOf(p.Email)
	if err != nil {
		return nil, err
	}
	c, err := change(nil, command{
		whole:      &orderhub.Customer{ExternalID: p.ExternalID, Email: p.Email, Phone: p.Phone, Name: p.Name, RegisteredAt: p.Since},
		suppressed: suppressed, lenient: true,
	}, s.b.Shop(), time.Time{})
	if err != nil {
		return nil, err
	}
	c.ID, c.Version = s.IDs.New(s.b), 1
	s.replace(c, true)
	s.claim(c.ID, mine)
	for _, other := range owners {
		s.notePair(c.ID, other)
	}
	return c, nil
}

// Registered gives a customer that Match has made the time of the event that
// says so.
func (s *Set) Registered(id orderhub.CustomerID, at time.Time) error {
	c, err := s.Get(id)
	if err != nil {
		return err
	}
	now := *c
	now.CreatedAt, now.UpdatedAt = at, at
	if now.RegisteredAt.IsZero() {
		now.RegisteredAt = at
	}
	s.replace(&now, true)
	return nil
}

// complete gives a customer what it lacks of a contact and notes which other customers the
// contact fits.
func (s *Set) complete(c *orderhub.Customer, p ContactDetails, all []identity, owners []orderhub.CustomerID) (*orderhub.Customer, error) {
	var fill orderhub.CustomerChange
	lacks := false
	give := func(to **string, has, value string) {
		if has == "" && value != "" {
			*to, lacks = &value, true
		}
	}
	for n, i := range all {
		switch {
		case owners[n] != 0:
			s.notePair(c.ID, owners[n])
		case i.kind == orderhub.ByExternal:
			give(&fill.ExternalID, c.ExternalID, p.ExternalID)
		case i.kind == orderhub.ByEmail:
			give(&fill.Email, c.Email, p.Email)
		default:
			give(&fill.Phone, c.Phone, p.Phone)
		}
	}
	if c.Name == "" && p.Name != "" {
		fill.Name, fill.KeepFirstName, lacks = &p.Name, true, true
	}
	if !lacks {
		return c, nil
	}
	now, err := s.amend(c, fill, options{lenient: true})
	if now == nil {
		now = c
	}
	return now, err
}

// Agree keeps what a customer has agreed to, or refused, just now. What it
// agreed to before changes nothing.
func (s *Set) Agree(id orderhub.CustomerID, consents []orderhub.Consent) error {
	c, err := s.Get(id)
	if err != nil {
		return err
	}
	_, err = s.amend(c, orderhub.CustomerChange{Consents: consents}, options{lenient: true})
	return err
}
