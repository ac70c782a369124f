// Package customers knows who buys: it finds a customer by any identity and
// registers those that are not known yet.
//
// All changes go one way: a command is decided by the pure function change on
// the customers of a batch, which are a Set. The methods of a Service are
// batches of one request; what an order says of its buyer goes through Match in
// the order's own batch.
//
// Two candidates are never merged silently. A customer that is named on purpose
// wins, then the shop's identifying field; that another candidate exists is
// noted as a possible duplicate.
package customers

import (
	"slices"
	"time"

	"orderhub"
)

// ContactDetails are what an order or a message says of its sender. What is
// empty was not said.
type ContactDetails struct {
	ExternalID string
	Email      string
	Phone      string
	Name       string
	Since      time.Time // when the customer was first met, for one who is registered; zero is now
}

// ContactDetailsOf are those of an order's buyer and contact.
func ContactDetailsOf(o *orderhub.Order) ContactDetails {
	return ContactDetails{ExternalID: o.Buyer.ExternalID, Email: o.Contact.Email, Phone: o.Contact.Phone, Name: o.Contact.Name}
}

// An identity is one way to find a customer, in the form in which identities
// are compared.
type identity struct {
	kind  orderhub.Identity
	value string
}

// identities lists the ways to find the customer of a contact: what names it on
// purpose, then the shop's identifying field, then the other one. An e-mail
// address or a phone number that is not one finds no customer.
func (p ContactDetails) identities(shop *orderhub.Shop) []identity {
	email, _ := orderhub.ParseEmail(p.Email)
	digits := ""
	if p.Phone != "" {
		digits = shop.Phone(p.Phone).Digits()
	}
	all := make([]identity, 0, 3)
	add := func(kind orderhub.Identity, value string) {
		if value != "" {
			all = append(all, identity{kind, value})
		}
	}
	if orderhub.Storable(p.ExternalID) {
		add(orderhub.ByExternal, p.ExternalID)
	}
	if shop.Identify != orderhub.ByPhone {
		add(orderhub.ByEmail, email)
		add(orderhub.ByPhone, digits)
	} else {
		add(orderhub.ByPhone, digits)
		add(orderhub.ByEmail, email)
	}
	return all
}

// only leaves out what is not among identities: an order keeps whatever its
// sender wrote, a customer does not.
func (p ContactDetails) only(all []identity) ContactDetails {
	has := func(kind orderhub.Identity) bool {
		return slices.ContainsFunc(all, func(i identity) bool { return i.kind == kind })
	}
	if !has(orderhub.ByExternal) {
		p.ExternalID = ""
	}
	if !has(orderhub.ByEmail) {
		p.Email = ""
	}
	if !has(orderhub.ByPhone) {
		p.Phone = ""
	}
	return p
}

// Identifies reports whether a shop could find a customer by the contact.
func (p ContactDetails) Identifies(shop *orderhub.Shop) bool { return len(p.identities(shop)) > 0 }
