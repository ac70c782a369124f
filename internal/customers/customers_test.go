package customers_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// anna is known by all that a shop can recognise.
var anna = customers.ContactDetails{ExternalID: "c-17", Email: "Anna@Example.com", Phone: "8 (912) 000-11-22", Name: "АННА де Вриз"}

// A town is a store with one shop and the test that looks into it.
type town struct {
	*testing.T
	db    *store.DB
	shop  *orderhub.Shop
	shops int // made beside the first
}

// each runs a test on every database, in a shop that tells customers apart by
// a field.
func each(t *testing.T, by orderhub.Identity, test func(t *town)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		test(&town{T: t, db: db, shop: newShop(t, db, "main", by)})
	})
}

func newShop(t *testing.T, db *store.DB, name string, by orderhub.Identity) *orderhub.Shop {
	t.Helper()
	s := &orderhub.Shop{Name: name, Zone: "Europe/Moscow", Currency: "RUB", Identify: by, Statuses: orderhub.DefaultStatuses()}
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), s) })
	if err != nil {
		t.Fatalf("create shop %s: %v", name, err)
	}
	return s
}

// shopBy goes to a new shop of the same store.
func (t *town) shopBy(by orderhub.Identity) *town {
	t.Helper()
	t.shops++
	return &town{T: t.T, db: t.db, shop: newShop(t.T, t.db, fmt.Sprint("shop-", t.shops), by)}
}

// resolve says who a person is.
func (t *town) resolve(p customers.ContactDetails) orderhub.CustomerID {
	t.Helper()
	id, err := resolve(t.Context(), t.db, t.shop, p)
	if err != nil {
		t.Fatalf("Resolve(%+v): %v", p, err)
	}
	return id
}

// resolve finds or makes the customer of a contact, as an order would, with an
// event in place of the order's.
func resolve(ctx context.Context, db *store.DB, shop *orderhub.Shop, p customers.ContactDetails) (orderhub.CustomerID, error) {
	ids, err := resolveAll(ctx, db, shop, p)
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// resolveAll is resolve for many, all or none.
func resolveAll(ctx context.Context, db *store.DB, shop *orderhub.Shop, contacts ...customers.ContactDetails) ([]orderhub.CustomerID, error) {
	var found []*orderhub.Customer
	u := batch.New(ctx, shop)
	u.Decide = func(b *batch.Batch) error {
		found = make([]*orderhub.Customer, len(contacts))
		for i, p := range contacts {
			c, made, err := customers.In(b).Match(p)
			if err != nil {
				return err
			}
			if found[i] = c; made {
				if err := registered(b, c.ID); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := batch.Do(ctx, db, u)
	ids := make([]orderhub.CustomerID, len(contacts))
	for i, c := range found {
		if c != nil {
			ids[i] = c.ID
		}
	}
	return ids, err
}

// registered records that a customer was made.
func registered(b *batch.Batch, id orderhub.CustomerID) error {
	e := &batch.Event{Event: orderhub.Event{Kind: orderhub.CustomerRegistered, Customer: id, Version: 1}}
	customers.In(b).IDs.Keep(&e.Customer)
	return customers.In(b).Registered(id, b.Record(e))
}

// person is what is stored of a customer, as far as a person can tell it.
func (t *town) person(id orderhub.CustomerID) customers.ContactDetails {
	t.Helper()
	c := t.customer(id)
	return customers.ContactDetails{ExternalID: c.ExternalID, Email: c.Email, Phone: c.Phone, Name: c.Name}
}

func (t *town) customer(id orderhub.CustomerID) *orderhub.Customer {
	t.Helper()
	var c *orderhub.Customer
	t.view(func(tx *store.Tx) (err error) {
		c, err = tx.Shop(t.shop.ID).Customer(t.Context(), id)
		return err
	})
	return c
}

func (t *town) duplicates() [][2]orderhub.CustomerID {
	t.Helper()
	var pairs [][2]orderhub.CustomerID
	t.view(func(tx *store.Tx) (err error) {
		pairs, err = tx.Shop(t.shop.ID).PossibleDuplicates(t.Context(), 0, 100)
		return err
	})
	return pairs
}

func (t *town) view(fn func(*store.Tx) error) {
	t.Helper()
	if err := t.db.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// wantCustomers checks how many customers there are in all shops.
func (t *town) wantCustomers(want int) {
	t.Helper()
	got, err := t.db.Count(t.Context())
	if err != nil || got.Customers != want {
		t.Errorf("the store holds %d customers, %v, want %d", got.Customers, err, want)
	}
}

func TestNewPersonIsRegistered(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.resolve(anna)
		if diff := cmp.Diff(anna, t.person(id)); diff != "" {
			t.Errorf("the customer is not as sent (-want +got):\n%s", diff)
		}
		if got := t.customer(id).RegisteredAt; !got.Equal(storetest.Noon) {
			t.Errorf("registered at %v, want %v", got, storetest.Noon)
		}
	})
}

func TestRegistrationIsAnEvent(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		ctx := orderhub.WithActor(t.Context(), orderhub.Actor{Door: "aplaut", Key: "site"})
		id, err := resolve(ctx, t.db, t.shop, anna)
		if err != nil {
			t.Fatal(err)
		}
		t.resolve(anna) // a second time nothing happens
		got := storetest.Events(t, t.db)
		want := []orderhub.Event{{ID: 1, Shop: t.shop.ID, At: storetest.Noon, Kind: orderhub.CustomerRegistered,
			Customer: id, Version: 1, Actor: orderhub.Actor{Door: "aplaut", Key: "site"}}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("events %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestPersonWithoutIdentityIsNobody(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for _, p := range []customers.ContactDetails{
			{},
			{Name: "Anna"},
			{Email: "anna at example.com", Name: "Anna"}, // no address recognises nobody
			{Email: "@", Phone: "none"},
			{Phone: "12-34"}, // too short for a phone
		} {
			if id := t.resolve(p); id != 0 || p.Identifies(t.shop) {
				t.Errorf("Resolve(%+v) = %d, Known = %v, want no customer", p, id, p.Identifies(t.shop))
			}
		}
		t.wantCustomers(0)
	})
}

// Two customers who both wrote "none" as their address are two customers.
func TestBrokenAddressDoesNotRecognise(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		a := t.resolve(customers.ContactDetails{Email: "none", Phone: "+79120001122"})
		b := t.resolve(customers.ContactDetails{Email: "none", Phone: "+79120003344"})
		c := t.resolve(customers.ContactDetails{Email: "bob@example.com", Phone: "n/a"})
		d := t.resolve(customers.ContactDetails{Email: "eve@example.com", Phone: "n/a"})
		if a == b || c == d {
			t.Errorf("Resolve gave customers %d, %d, %d, %d, want four", a, b, c, d)
		}
		t.wantCustomers(4)
	})
}

func TestEveryIdentityRecognises(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.resolve(anna)
		for _, p := range []customers.ContactDetails{
			{ExternalID: "c-17"},
			{Email: "anna@example.com"},
			{Email: " ANNA@EXAMPLE.COM\t"},
			{Phone: "+7 912 000 11 22"},
			{Phone: "79120001122"},
			{Phone: "8-912-000-11-22, after six"},
			{Phone: "+79120001122", Name: "Somebody else"},
			{Email: "anna@example.com", Phone: "n/a"},
		} {
			if got := t.resolve(p); got != id || !p.Identifies(t.shop) {
				t.Errorf("Resolve(%+v) = %d, want %d", p, got, id)
			}
		}
		t.wantCustomers(1)
	})
}

// The shop's own ids are compared to the letter.
func TestExternalIDsAreNotFolded(t *testing.T) {
	each(t, orderhub.ByExternal, func(t *town) {
		a, b := t.resolve(customers.ContactDetails{ExternalID: "c-17"}), t.resolve(customers.ContactDetails{ExternalID: "C-17"})
		if a == b {
			t.Errorf("c-17 and C-17 are both customer %d, want two", a)
		}
	})
}

func TestShopsShareNoCustomers(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		here := t.resolve(anna)
		there := t.shopBy(orderhub.ByEmail)
		id := there.resolve(anna)
		if id == here {
			t.Errorf("one customer %d in two shops, want one in each", id)
		}
		if got := there.resolve(anna); got != id {
			t.Errorf("the other shop knows the customer as %d, want %d", got, id)
		}
		if got := t.duplicates(); len(got) != 0 {
			t.Errorf("duplicates %v between shops, want none", got)
		}
	})
}
