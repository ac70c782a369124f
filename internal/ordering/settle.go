package ordering

import (
	"reflect"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
)

// settle names the lines of an order, links it to its customer and numbers its
// payment documents. It reports whether the customer was registered just now,
// and takes from the order what is never stored with it: how many points it is
// paid with.
func (s *set) settle(c *Command, old, o *orderhub.Order, linked *orderhub.Customer) (registered bool, spend int64, err error) {
	if err := s.nameLines(old, o); err != nil {
		return false, 0, err
	}
	if registered, err = s.link(c, old, o, linked); err != nil {
		return false, 0, err
	}
	if c.File == nil && (old == nil || !reflect.DeepEqual(old.Payments, o.Payments)) {
		if err := s.numberPayments(o); err != nil {
			return false, 0, err
		}
	}
	spend = o.Spend
	o.Buyer, o.Spend = orderhub.CustomerRef{}, 0
	return registered, spend, nil
}

// nameLines names lines that came without a name as the catalogue calls their
// products now (rule T36). A line that was there without a name stays so.
func (s *set) nameLines(old, o *orderhub.Order) error {
	kept := make(map[int]bool)
	if old != nil {
		for _, l := range old.Lines {
			kept[l.No] = l.Name == ""
		}
	}
	more := false
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Name != "" || l.Product == "" || kept[l.No] {
			continue
		}
		name, read := s.names[l.Product]
		if !read {
			s.wantNames, more = append(s.wantNames, l.Product), true
		}
		l.Name = name
	}
	if more {
		return batch.ErrMore
	}
	return nil
}

// link finds the order's customer, or registers one. Only a new contact or a new
// buyer looks for a customer: an order whose customer was deleted stays without
// (rule T2), and one that has a customer keeps it whatever the contact says.
func (s *set) link(c *Command, old, o *orderhub.Order, linked *orderhub.Customer) (registered bool, err error) {
	contact := customers.ContactDetailsOf(o)
	if s.b.Backfill() {
		contact.Since = o.PlacedAt
	}
	named := o.Buyer != (orderhub.CustomerRef{})
	switch {
	case old == nil:
	case c.Whole != nil && c.View.SameBuyer(old, c.Whole, linked): // as it is shown
		return false, nil
	case named && c.File != nil && old.Customer != 0: // a file names the buyer of orders that have none
		return false, nil
	case named:
	case old.Contact == o.Contact:
		return false, nil
	case old.Customer != 0 && c.Whole == nil:
		return false, nil
	}
	var found *orderhub.Customer
	if named {
		found, registered, err = s.buyer(o.Buyer, contact)
	} else {
		found, registered, err = s.customers.Match(contact)
	}
	if err != nil || found == nil {
		return false, err
	}
	if old != nil && c.Whole != nil && old.Customer != found.ID && c.Whole.Contact.Name == "" {
		o.Contact.Name = "" // the former buyer's (rule T7)
	}
	o.Customer = found.ID
	return registered, nil
}

// buyer is the customer that a sender names on purpose: by the id in the shop's
// own system, or by ours. An id of the shop's own that is unknown makes a
// customer; ours is refused, never replaced by the customer that the contact fits (rule T1).
func (s *set) buyer(ref orderhub.CustomerRef, contact customers.ContactDetails) (c *orderhub.Customer, registered bool, err error) {
	c, err = s.customers.Find(orderhub.CustomerRef{ExternalID: ref.ExternalID, ID: ref.ID})
	switch {
	case orderhub.KindOf(err) != orderhub.NotFound:
		return c, false, err
	case ref.ExternalID == "":
		return nil, false, orderhub.Wrong("contact_id", "is not a customer of this shop")
	}
	return s.customers.Match(contact)
}
