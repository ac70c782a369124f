// Package customers knows who buys: it finds a customer by any identity and
// registers those that nobody knows yet.
//
// Two candidates are never merged silently. The shop's identifying field
// decides whom an order belongs to; that the other candidate exists is noted
// as a possible duplicate.
package customers

import (
	"context"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A Person is what an order or a message tells of who sent it. What is empty
// was not told.
type Person struct {
	ExternalID string
	Email      string
	Phone      string
	Name       string
	Since      time.Time // when the person was first met, for one who is registered; zero is now
}

// PersonOf is whom an order's contact names, and its buyer beside it.
func PersonOf(o *orderhub.Order) Person {
	return Person{ExternalID: o.Buyer.ExternalID, Email: o.Contact.Email, Phone: o.Contact.Phone, Name: o.Contact.Name}
}

// An identity is one way to recognise a person, in the form in which
// identities are compared.
type identity struct {
	kind  orderhub.Identity
	value string
}

// identities lists how a shop can recognise a person, the shop's identifying
// field first. An e-mail address or a phone number that is none recognises
// nobody.
func (p Person) identities(shop *orderhub.Shop) []identity {
	email, _ := orderhub.ParseEmail(p.Email)
	all := []identity{
		{orderhub.ByExternal, p.ExternalID},
		{orderhub.ByEmail, email},
		{orderhub.ByPhone, shop.Phone(p.Phone).Digits()},
	}
	all = slices.DeleteFunc(all, func(i identity) bool { return i.value == "" })
	slices.SortStableFunc(all, func(a, b identity) int {
		return boolRank(b.kind == shop.Identify) - boolRank(a.kind == shop.Identify)
	})
	return all
}

// recognised leaves out what recognises nobody: an order keeps whatever its
// sender wrote, a customer does not.
func (p Person) recognised(all []identity) Person {
	has := func(kind orderhub.Identity) bool {
		return slices.ContainsFunc(all, func(i identity) bool { return i.kind == kind })
	}
	if !has(orderhub.ByEmail) {
		p.Email = ""
	}
	if !has(orderhub.ByPhone) {
		p.Phone = ""
	}
	return p
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Known says whether a shop could recognise the person at all.
func (p Person) Known(shop *orderhub.Shop) bool { return len(p.identities(shop)) > 0 }

// Resolve finds the customer that a person is, or registers a new one; it
// returns 0 for a person without any identity. A customer that is found gets
// what it lacks: an e-mail address, a phone number or a name that nobody else
// has; what it has is never changed. Resolve joins the caller's transaction.
func Resolve(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, p Person) (orderhub.CustomerID, error) {
	id, _, err := resolve(ctx, tx, shop, p)
	return id, err
}

// resolve is Resolve that tells what it stored: the customer that it made or
// completed, nil when it only found one.
func resolve(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, p Person) (orderhub.CustomerID, *verdict, error) {
	all := p.identities(shop)
	if len(all) == 0 {
		return 0, nil, nil
	}
	p = p.recognised(all)
	found, unclaimed, err := lookUp(ctx, tx, shop, all)
	if err != nil {
		return 0, nil, err
	}
	if found.Customer == 0 {
		return register(ctx, tx, shop, p, all)
	}
	if len(unclaimed) == 0 && (found.Named || p.Name == "") {
		// Most lack nothing. They are not held, so that the orders of one who
		// buys often need not wait for each other.
		return found.Customer, nil, nil
	}
	v, err := complete(ctx, tx, shop, found.Customer, p, unclaimed)
	return found.Customer, v, err
}

// lookUp returns whom the first identity that means anybody means, and the
// identities that mean nobody. Others that mean somebody else are noted.
func lookUp(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []identity) (store.Known, []identity, error) {
	var winner store.Known
	var unclaimed []identity
	known, err := tx.WhoIs(ctx, shop.ID, claims(all, 0))
	if err != nil {
		return winner, nil, err
	}
	for n, k := range known {
		switch {
		case k.Customer == 0:
			unclaimed = append(unclaimed, all[n])
		case winner.Customer == 0:
			winner = k
		case k.Customer != winner.Customer:
			if err := tx.NoteDuplicates(ctx, shop.ID, winner.Customer, k.Customer); err != nil {
				return winner, nil, err
			}
		}
	}
	return winner, unclaimed, nil
}

// claims are identities that shall mean a customer.
func claims(all []identity, id orderhub.CustomerID) []store.Claim {
	c := make([]store.Claim, len(all))
	for n, i := range all {
		c[n] = store.Claim{Kind: i.kind, Value: i.value, Customer: id}
	}
	return c
}

// register makes a new customer.
func register(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, p Person, all []identity) (orderhub.CustomerID, *verdict, error) {
	c := &orderhub.Customer{Shop: shop.ID, ExternalID: p.ExternalID, Email: p.Email, Phone: p.Phone, Name: p.Name, RegisteredAt: p.Since}
	if err := tx.CreateCustomer(ctx, c); err != nil {
		return 0, nil, err
	}
	if err := tx.ClaimIdentities(ctx, shop.ID, claims(all, c.ID)); err != nil {
		return 0, nil, err
	}
	return c.ID, &verdict{Outcome: orderhub.OutcomeCreated, Now: c},
		tx.Record(ctx, orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerRegistered, Customer: c.ID})
}

// complete gives a customer what it lacks; nil when that is nothing.
func complete(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, id orderhub.CustomerID, p Person, unclaimed []identity) (*verdict, error) {
	c, err := tx.Customer(ctx, shop.ID, id)
	if err != nil {
		return nil, err
	}
	old := *c
	changed := false
	fill := func(field *string, value string) bool {
		if *field != "" || value == "" {
			return false
		}
		*field, changed = value, true
		return true
	}
	var wanted []identity
	for _, i := range unclaimed {
		field, value := &c.Email, p.Email
		switch i.kind {
		case orderhub.ByPhone:
			field, value = &c.Phone, p.Phone
		case orderhub.ByExternal:
			field, value = &c.ExternalID, p.ExternalID
		}
		if fill(field, value) {
			wanted = append(wanted, i)
		}
	}
	if err := tx.ClaimIdentities(ctx, shop.ID, claims(wanted, id)); err != nil {
		return nil, err
	}
	fill(&c.Name, p.Name)
	if !changed {
		return nil, nil
	}
	return &verdict{Outcome: orderhub.OutcomeUpdated, Old: &old, Now: c}, tx.SaveCustomer(ctx, c)
}
