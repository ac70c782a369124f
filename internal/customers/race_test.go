package customers_test

import (
	"fmt"
	"testing"

	"orderhub"
	"orderhub/internal/customers"
)

// together resolves all contacts at once and returns who they are.
func (t *town) together(persons []customers.ContactDetails) []orderhub.CustomerID {
	t.Helper()
	ids := make([]orderhub.CustomerID, len(persons))
	for i, err := range atOnce(len(persons), func(i int) (err error) {
		ids[i], err = resolve(t.Context(), t.db, t.shop, persons[i])
		return err
	}) {
		if err != nil {
			t.Errorf("Match(%+v): %v", persons[i], err)
		}
	}
	return ids
}

func TestOnePersonInManySpellingsIsRegisteredOnce(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for round := range 3 {
			t := t.shopBy(orderhub.ByEmail)
			var persons []customers.ContactDetails
			for range 10 {
				persons = append(persons,
					customers.ContactDetails{Email: "anna@example.com", Phone: "+7 912 000-11-22"},
					customers.ContactDetails{Email: "ANNA@Example.com", Phone: "8 (912) 000 11 22"},
					customers.ContactDetails{Phone: "89120001122", Email: "Anna@example.COM", Name: "Anna"})
			}
			ids := t.together(persons)
			for i, id := range ids {
				if id != ids[0] {
					t.Errorf("Resolve(%+v) = %d, want %d like the others", persons[i], id, ids[0])
				}
			}
			if got, err := t.db.Count(t.Context()); err != nil || got.Customers != round+1 || got.Events > 2*(round+1) {
				t.Errorf("the store holds %+v, %v, want %d customers, each registered once and given a name once at most", got, err, round+1)
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
			var persons []customers.ContactDetails
			for n := range 20 {
				persons = append(persons, customers.ContactDetails{
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
			var persons []customers.ContactDetails
			for i := range 21 {
				whole := customers.ContactDetails{
					ExternalID: fmt.Sprintf("c-%d", i%2),
					Email:      fmt.Sprintf("a%d@example.com", i%2),
					Phone:      fmt.Sprintf("+7912000110%d", i%2),
				}
				persons = append(persons, []customers.ContactDetails{
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
			t.resolve(customers.ContactDetails{Phone: anna.Phone})
			var persons []customers.ContactDetails
			for range 10 {
				persons = append(persons, anna, customers.ContactDetails{Email: anna.Email, ExternalID: anna.ExternalID})
			}
			t.wantOwners(persons, t.together(persons))
		}
	})
}

// Twenty orders find the same customer, each with another possible duplicate.
func TestManyDuplicatesOfOneDoNotBlockEachOther(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		a := t.resolve(customers.ContactDetails{Email: "a@example.com"})
		var persons []customers.ContactDetails
		for i := range 20 {
			phone := fmt.Sprintf("+791200011%02d", i)
			t.resolve(customers.ContactDetails{Phone: phone})
			persons = append(persons, customers.ContactDetails{Email: "a@example.com", Phone: phone, Name: "Anna"})
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
func (t *town) wantOwners(persons []customers.ContactDetails, ids []orderhub.CustomerID) {
	t.Helper()
	for i, p := range persons {
		if ids[i] == 0 {
			t.Errorf("Resolve(%+v) = nobody", p)
		}
		// Whom the external id means, else the shop's own field, does not change
		// any more.
		own := customers.ContactDetails{ExternalID: p.ExternalID, Email: p.Email}
		switch {
		case p.ExternalID != "":
			own.Email = ""
		case t.shop.Identify == orderhub.ByPhone:
			own = customers.ContactDetails{Phone: p.Phone}
		}
		if own.Identifies(t.shop) && t.resolve(own) != t.resolve(p) {
			t.Errorf("Resolve(%+v) and Resolve(%+v) differ", own, p)
		}
	}
}
