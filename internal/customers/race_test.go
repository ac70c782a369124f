package customers_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store"
)

// together resolves all persons at once and returns who they are. No run may
// be undone by the database: that is what a deadlock looks like.
func (t *town) together(persons []customers.Person) []orderhub.CustomerID {
	t.Helper()
	ids := make([]orderhub.CustomerID, len(persons))
	var undone atomic.Int64
	var all sync.WaitGroup
	start := make(chan struct{})
	for i, p := range persons {
		all.Go(func() {
			<-start
			undone.Add(-1)
			err := t.db.Update(t.Context(), func(tx *store.Tx) (err error) {
				ids[i], err = customers.Resolve(t.Context(), tx, t.shop, p)
				if err == nil {
					err = settle(t.Context(), tx)
				}
				if !errors.Is(err, store.ErrOvertaken) {
					undone.Add(1)
				}
				return err
			})
			if err != nil {
				t.Errorf("Resolve(%+v): %v", p, err)
			}
		})
	}
	close(start)
	all.Wait()
	if n := undone.Load(); n > 0 {
		t.Errorf("the database undid %d of %d transactions, want none", n, len(persons))
	}
	return ids
}

// settle waits for what the transaction has sent.
func settle(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.Query(ctx, `select 1`)
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

func TestOnePersonInManySpellingsIsRegisteredOnce(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for round := range 3 {
			t := t.shopBy(orderhub.ByEmail)
			var persons []customers.Person
			for range 10 {
				persons = append(persons,
					customers.Person{Email: "anna@example.com", Phone: "+7 912 000-11-22"},
					customers.Person{Email: "ANNA@Example.com", Phone: "8 (912) 000 11 22"},
					customers.Person{Phone: "89120001122", Email: "Anna@example.COM", Name: "Anna"})
			}
			ids := t.together(persons)
			for i, id := range ids {
				if id != ids[0] {
					t.Errorf("Resolve(%+v) = %d, want %d like the others", persons[i], id, ids[0])
				}
			}
			if got, err := t.db.Count(t.Context()); err != nil || got.Customers != round+1 || got.Events != round+1 {
				t.Errorf("the store holds %+v, %v, want %d customers, each registered once", got, err, round+1)
			}
		}
	})
}

// Twenty persons claim each other's identities crosswise: the first of each
// pair the one's address and the other's phone, the second the other way.
func TestCrossedIdentitiesDoNotBlockEachOther(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for i := range 10 {
			t := t.shopBy([]orderhub.Identity{orderhub.ByEmail, orderhub.ByPhone}[i%2])
			var persons []customers.Person
			for n := range 20 {
				persons = append(persons, customers.Person{
					Email: fmt.Sprintf("a%d@example.com", n%4),
					Phone: fmt.Sprintf("+791200011%02d", (n/2)%4),
				})
			}
			t.wantOwners(persons, t.together(persons))
		}
	})
}

// Some tell one identity, some another, some all: customers are registered
// and completed at the same time.
func TestScatteredIdentitiesDoNotBlockEachOther(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for range 10 {
			t := t.shopBy(orderhub.ByEmail)
			var persons []customers.Person
			for i := range 21 {
				whole := customers.Person{
					ExternalID: fmt.Sprintf("c-%d", i%2),
					Email:      fmt.Sprintf("a%d@example.com", i%2),
					Phone:      fmt.Sprintf("+7912000110%d", i%2),
				}
				persons = append(persons, []customers.Person{
					{Email: whole.Email, ExternalID: whole.ExternalID}, {Phone: whole.Phone}, whole,
					{Email: whole.Email}, {Phone: whole.Phone, ExternalID: whole.ExternalID},
					{Email: whole.Email, Phone: whole.Phone}, {ExternalID: whole.ExternalID},
				}[i%7])
			}
			t.wantOwners(persons, t.together(persons))
		}
	})
}

// Ten learn the other identities of a customer while ten register a new one
// by them.
func TestLearnersAndNewcomersDoNotBlockEachOther(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for range 10 {
			t := t.shopBy(orderhub.ByEmail)
			t.resolve(customers.Person{Phone: anna.Phone})
			var persons []customers.Person
			for range 10 {
				persons = append(persons, anna, customers.Person{Email: anna.Email, ExternalID: anna.ExternalID})
			}
			t.wantOwners(persons, t.together(persons))
		}
	})
}

// Twenty orders find the same customer, each with another possible duplicate.
func TestManyDuplicatesOfOneDoNotBlockEachOther(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		a := t.resolve(customers.Person{Email: "a@example.com"})
		var persons []customers.Person
		for i := range 20 {
			phone := fmt.Sprintf("+791200011%02d", i)
			t.resolve(customers.Person{Phone: phone})
			persons = append(persons, customers.Person{Email: "a@example.com", Phone: phone, Name: "Anna"})
		}
		for i, id := range t.together(persons) {
			if id != a {
				t.Errorf("Resolve(%+v) = %d, want %d", persons[i], id, a)
			}
		}
		if got := len(t.duplicates()); got != 20 {
			t.Errorf("%d possible duplicates, want 20", got)
		}
	})
}

// wantOwners checks that each person is somebody, and is so for ever.
func (t *town) wantOwners(persons []customers.Person, ids []orderhub.CustomerID) {
	t.Helper()
	for i, p := range persons {
		if ids[i] == 0 {
			t.Errorf("Resolve(%+v) = nobody", p)
		}
		// Whom the shop's own field means does not change any more.
		own := customers.Person{Email: p.Email}
		if t.shop.Identify == orderhub.ByPhone {
			own = customers.Person{Phone: p.Phone}
		}
		if own.Known(t.shop) && t.resolve(own) != t.resolve(p) {
			t.Errorf("Resolve(%+v) and Resolve(%+v) differ", own, p)
		}
	}
}
