package customers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
)

// A customer who is named on purpose wins (T1), then the shop's own field.
func TestNamedThenIdentifyingFieldDecides(t *testing.T) {
	contact := anna
	contact.ExternalID = ""
	each(t, orderhub.ByEmail, func(t *town) {
		for _, by := range []orderhub.Identity{orderhub.ByEmail, orderhub.ByPhone, orderhub.ByExternal} {
			t := t.shopBy(by)
			candidates := map[orderhub.Identity]orderhub.CustomerID{
				orderhub.ByPhone:    t.resolve(customers.ContactDetails{Phone: anna.Phone}),
				orderhub.ByExternal: t.resolve(customers.ContactDetails{ExternalID: anna.ExternalID}),
				orderhub.ByEmail:    t.resolve(customers.ContactDetails{Email: anna.Email}),
			}
			want := candidates[by]
			if by == orderhub.ByExternal {
				want = candidates[orderhub.ByEmail]
			}
			if got := t.resolve(contact); got != want {
				t.Errorf("by %s: Match = %d, want %d of %v", by, got, want, candidates)
			}
			if got, want := t.resolve(anna), candidates[orderhub.ByExternal]; got != want {
				t.Errorf("by %s: Match of one who is named = %d, want %d of %v", by, got, want, candidates)
			}
		}
		t.wantCustomers(9)
	})
}

// When the shop's own field knows nobody, the others still recognise.
func TestOtherFieldsRecogniseToo(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.resolve(customers.ContactDetails{Phone: anna.Phone})
		if got := t.resolve(anna); got != id {
			t.Errorf("Resolve = %d, want %d, who has the phone", got, id)
		}
	})
}

func TestTwoCandidatesAreListedOnceAndNotMerged(t *testing.T) {
	each(t, orderhub.ByPhone, func(t *town) {
		byEmail := customers.ContactDetails{Email: "anna@example.com", Name: "Anna"}
		byPhone := customers.ContactDetails{Phone: "+79120001122", Name: "A. de Vries"}
		e, p := t.resolve(byEmail), t.resolve(byPhone)
		both := customers.ContactDetails{Email: byEmail.Email, Phone: byPhone.Phone, Name: "Anna de Vries"}
		for range 3 {
			if got := t.resolve(both); got != p {
				t.Errorf("Resolve = %d, want %d", got, p)
			}
		}
		if diff := cmp.Diff([][2]orderhub.CustomerID{{e, p}}, t.duplicates()); diff != "" {
			t.Errorf("possible duplicates (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]customers.ContactDetails{byEmail, byPhone}, []customers.ContactDetails{t.person(e), t.person(p)}); diff != "" {
			t.Errorf("the two customers changed (-want +got):\n%s", diff)
		}
		if got := t.resolve(byEmail); got != e {
			t.Errorf("the e-mail address means %d, want %d still", got, e)
		}
	})
}

func TestThreeCandidatesAreListedAsPairsWithTheOneChosen(t *testing.T) {
	each(t, orderhub.ByExternal, func(t *town) {
		e := t.resolve(customers.ContactDetails{Email: anna.Email})
		x := t.resolve(customers.ContactDetails{ExternalID: anna.ExternalID})
		p := t.resolve(customers.ContactDetails{Phone: anna.Phone})
		t.resolve(anna)
		got := map[[2]orderhub.CustomerID]bool{}
		for _, pair := range t.duplicates() {
			got[pair] = true
		}
		if diff := cmp.Diff(map[[2]orderhub.CustomerID]bool{{e, x}: true, {x, p}: true}, got); diff != "" {
			t.Errorf("possible duplicates (-want +got):\n%s", diff)
		}
	})
}

func TestBlanksAreFilled(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for i, known := range []customers.ContactDetails{
			{ExternalID: anna.ExternalID},
			{Email: anna.Email},
			{Phone: anna.Phone, Name: anna.Name},
			{ExternalID: anna.ExternalID, Email: anna.Email, Phone: anna.Phone},
		} {
			t := t.shopBy(orderhub.ByEmail)
			id := t.resolve(known)
			t.resolve(anna)
			if diff := cmp.Diff(anna, t.person(id)); diff != "" {
				t.Errorf("the customer known by %+v was not completed (-want +got):\n%s", known, diff)
			}
			t.wantCustomers(i + 1)
		}
	})
}

func TestWhatIsFilledInRecognisesFromThenOn(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.resolve(customers.ContactDetails{Email: anna.Email})
		t.resolve(anna)
		for _, p := range []customers.ContactDetails{{Phone: "+7 912 000-11-22"}, {ExternalID: "c-17"}} {
			if got := t.resolve(p); got != id {
				t.Errorf("Resolve(%+v) = %d, want %d", p, got, id)
			}
		}
	})
}

func TestWhatACustomerHasIsNeverOverwritten(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.resolve(anna)
		for _, p := range []customers.ContactDetails{
			{Email: "ANNA@example.com", Phone: "+79990000000", Name: "Other"},
			{Phone: anna.Phone, Email: "new@example.com"},
			{ExternalID: anna.ExternalID, Name: "Third"},
			{Email: anna.Email}, // what is not told clears nothing
		} {
			if got := t.resolve(p); got != id {
				t.Errorf("Resolve(%+v) = %d, want %d", p, got, id)
			}
		}
		if diff := cmp.Diff(anna, t.person(id)); diff != "" {
			t.Errorf("the customer changed (-want +got):\n%s", diff)
		}
		// What was not taken over means nobody yet.
		if got := t.resolve(customers.ContactDetails{Email: "new@example.com"}); got == id {
			t.Errorf("the address that was not taken over means customer %d", got)
		}
	})
}

func TestIdentityOfAnotherIsNotFilledIn(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		a := t.resolve(customers.ContactDetails{Email: "a@example.com"})
		t.resolve(customers.ContactDetails{Phone: "+79120001122"})
		t.resolve(customers.ContactDetails{Email: "a@example.com", Phone: "+79120001122"})
		if got := t.person(a).Phone; got != "" {
			t.Errorf("the customer has the phone %q of another", got)
		}
	})
}
