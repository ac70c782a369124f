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
	b := batch{shop: shop, persons: persons, ids: make([]orderhub.CustomerID, len(persons))}
	if err := b.lookUp(ctx, tx); err != nil {
		return nil, err
	}
	rest := b.sort()
	if err := b.register(ctx, tx); err != nil {
		return nil, err
	}
	for _, i := range rest {
		id, err := Resolve(ctx, tx, shop, persons[i])
		if err != nil {
			return nil, err
		}
		b.ids[i] = id
	}
	return b.ids, nil
}

// A batch is many persons on their way to being customers.
type batch struct {
	shop    *orderhub.Shop
	persons []Person
	of      [][]identity // of each person
	known   map[identity]orderhub.CustomerID
	fresh   []int // persons whom nobody knows yet
	ids     []orderhub.CustomerID
}

func (b *batch) lookUp(ctx context.Context, tx *store.Tx) error {
	values := make(map[orderhub.Identity][]string)
	b.of = make([][]identity, len(b.persons))
	for i, p := range b.persons {
		b.of[i] = p.identities(b.shop)
		for _, x := range b.of[i] {
			values[x.kind] = append(values[x.kind], x.value)
		}
	}
	b.known = make(map[identity]orderhub.CustomerID)
	for kind, some := range values {
		found, err := tx.CustomersBy(ctx, b.shop.ID, kind, some)
		if err != nil {
			return err
		}
		for value, id := range found {
			b.known[identity{kind, value}] = id
		}
	}
	return nil
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
	for n, i := range b.fresh {
		p := b.persons[i].recognised(b.of[i])
		made[n] = &orderhub.Customer{Shop: b.shop.ID, ExternalID: p.ExternalID, Email: p.Email, Phone: p.Phone, Name: p.Name}
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
