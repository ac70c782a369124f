package customers

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
)

// ResolveAll is Resolve for many persons at once, in few statements: those
// whom nobody knows yet are registered together, those who are known and have
// all they need are only looked up. The rest, who bring something that a
// customer lacks or who share something new, go one after the other.
func ResolveAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, persons []Person) ([]orderhub.CustomerID, error) {
	b := batch{shop: shop, persons: persons}
	err := b.resolve(ctx, tx)
	return b.ids, err
}

// A verdict is what became of one customer.
type verdict = orderhub.Verdict[orderhub.Customer]

// Recognise is ResolveAll that tells what it did, so that it can be undone:
// touched holds each customer once that it made, whose Old is nil, or that it
// completed. When dry it only reads: nobody is registered or completed, and
// the ID of who would be registered is 0.
func Recognise(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, persons []Person, dry bool) (ids []orderhub.CustomerID, touched []orderhub.Verdict[orderhub.Customer], err error) {
	b := batch{shop: shop, persons: persons}
	if dry {
		err := b.guess(ctx, tx)
		return b.ids, nil, err
	}
	if err := b.resolve(ctx, tx); err != nil {
		return nil, nil, err
	}
	place := make(map[orderhub.CustomerID]int, len(b.made)) // of each in touched
	for _, c := range b.made {
		place[c.ID] = len(touched)
		touched = append(touched, verdict{Outcome: orderhub.OutcomeCreated, Now: c})
	}
	for _, v := range b.rest {
		if i, again := place[v.Now.ID]; again {
			touched[i].Now = v.Now
			continue
		}
		place[v.Now.ID] = len(touched)
		touched = append(touched, *v)
	}
	return b.ids, touched, nil
}

// A batch is many persons on their way to being customers.
type batch struct {
	shop    *orderhub.Shop
	persons []Person
	of      [][]identity // of each person
	known   map[identity]orderhub.CustomerID
	fresh   []int // persons whom nobody knows yet
	ids     []orderhub.CustomerID

	made []*orderhub.Customer // of the fresh persons
	rest []*verdict           // of those of the others who were stored, in their sequence
}

func (b *batch) resolve(ctx context.Context, tx *store.Tx) error {
	if err := b.lookUp(ctx, tx); err != nil {
		return err
	}
	rest := b.sort()
	if err := b.register(ctx, tx); err != nil {
		return err
	}
	for _, i := range rest {
		id, v, err := resolve(ctx, tx, b.shop, b.persons[i])
		if err != nil {
			return err
		}
		b.ids[i] = id
		if v != nil {
			b.rest = append(b.rest, v)
		}
	}
	return nil
}

// guess finds out who is known, each by the first identity that means
// anybody, and stores nothing.
func (b *batch) guess(ctx context.Context, tx *store.Tx) error {
	if err := b.lookUp(ctx, tx); err != nil {
		return err
	}
	for i, all := range b.of {
		for _, x := range all {
			if b.ids[i] = b.known[x]; b.ids[i] != 0 {
				break
			}
		}
	}
	return nil
}

func (b *batch) lookUp(ctx context.Context, tx *store.Tx) (err error) {
	b.of = make([][]identity, len(b.persons))
	b.ids = make([]orderhub.CustomerID, len(b.persons))
	for i, p := range b.persons {
		b.of[i] = p.identities(b.shop)
	}
	b.known, err = known(ctx, tx, b.shop, b.of)
	return err
}

// known finds whom identities mean, in few statements; those that mean nobody
// are left out.
func known(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, of [][]identity) (map[identity]orderhub.CustomerID, error) {
	values := make(map[orderhub.Identity][]string)
	for _, all := range of {
		for _, x := range all {
			values[x.kind] = append(values[x.kind], x.value)
		}
	}
	known := make(map[identity]orderhub.CustomerID)
	for kind, some := range values {
		found, err := tx.CustomersBy(ctx, shop.ID, kind, some)
		if err != nil {
			return nil, err
		}
		for value, id := range found {
			known[identity{kind, value}] = id
		}
	}
	return known, nil
}

// sort tells fresh persons from known ones and returns those who are neither.
func (b *batch) sort() (rest []int) {
	promised := make(map[identity]bool) // to a fresh person
	for i, all := range b.of {
		unknown := 0
		for _, x := range all {
			if b.known[x] == 0 && !promised[x] {
				unknown++
			}
		}
		switch {
		case len(all) == 0:
		case unknown == len(all):
			b.fresh = append(b.fresh, i)
			for _, x := range all {
				promised[x] = true
			}
		case b.agreed(all) != 0:
			b.ids[i] = b.agreed(all)
		default:
			rest = append(rest, i)
		}
	}
	return rest
}

// agreed is the customer that all identities mean, 0 when there is none.
func (b *batch) agreed(all []identity) orderhub.CustomerID {
	id := b.known[all[0]]
	for _, x := range all {
		if b.known[x] != id {
			return 0
		}
	}
	return id
}

// register makes customers of all fresh persons.
func (b *batch) register(ctx context.Context, tx *store.Tx) error {
	made := make([]*orderhub.Customer, len(b.fresh))
	b.made = made
	for n, i := range b.fresh {
		p := b.persons[i].recognised(b.of[i])
		made[n] = &orderhub.Customer{Shop: b.shop.ID, ExternalID: p.ExternalID, Email: p.Email, Phone: p.Phone, Name: p.Name, RegisteredAt: p.Since}
	}
	if err := tx.CreateCustomers(ctx, made); err != nil {
		return err
	}
	var wanted []store.Claim
	events := make([]orderhub.Event, len(made))
	for n, i := range b.fresh {
		b.ids[i] = made[n].ID
		wanted = append(wanted, claims(b.of[i], made[n].ID)...)
		events[n] = orderhub.Event{Shop: b.shop.ID, Kind: orderhub.CustomerRegistered, Customer: made[n].ID}
	}
	if err := tx.ClaimIdentities(ctx, b.shop.ID, wanted); err != nil {
		return err
	}
	return tx.Record(ctx, events...)
}
