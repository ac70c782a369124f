package customers_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store"
)

func TestIdentifyingFieldDecides(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for _, by := range []orderhub.Identity{orderhub.ByEmail, orderhub.ByPhone, orderhub.ByExternal} {
			t := t.shopBy(by)
			candidates := map[orderhub.Identity]orderhub.CustomerID{
				orderhub.ByPhone:    t.resolve(customers.Person{Phone: anna.Phone}),
				orderhub.ByExternal: t.resolve(customers.Person{ExternalID: anna.ExternalID}),
				orderhub.ByEmail:    t.resolve(customers.Person{Email: anna.Email}),
			}
			if got, want := t.resolve(anna), candidates[by]; got != want {
				t.Errorf("by %s: Resolve = %d, want %d of %v", by, got, want, candidates)
			}
		}
		t.wantCustomers(9)
	})
}

// When the shop's own field knows nobody, the others still recognise.
func TestOtherFieldsRecogniseToo(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.resolve(customers.Person{Phone: anna.Phone})
		if got := t.resolve(anna); got != id {
			t.Errorf("Resolve = %d, want %d, who has the phone", got, id)
		}
	})
}

func TestTwoCandidatesAreListedOnceAndNotMerged(t *testing.T) {
	each(t, orderhub.ByPhone, func(t *town) {
		byEmail := customers.Person{Email: "anna@example.com", Name: "Anna"}
		byPhone := customers.Person{Phone: "+79120001122", Name: "A. de Vries"}
		e, p := t.resolve(byEmail), t.resolve(byPhone)
		both := customers.Person{Email: byEmail.Email, Phone: byPhone.Phone, Name: "Anna de Vries"}
		for range 3 {
			if got := t.resolve(both); got != p {
				t.Errorf("Resolve = %d, want %d", got, p)
			}
		}
		if diff := cmp.Diff([][2]orderhub.CustomerID{{e, p}}, t.duplicates()); diff != "" {
			t.Errorf("possible duplicates (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]customers.Person{byEmail, byPhone}, []customers.Person{t.person(e), t.person(p)}); diff != "" {
			t.Errorf("the two customers changed (-want +got):\n%s", diff)
		}
		if got := t.resolve(byEmail); got != e {
			t.Errorf("the e-mail address means %d, want %d still", got, e)
		}
	})
}

func TestThreeCandidatesAreListedAsPairsWithTheOneChosen(t *testing.T) {
	each(t, orderhub.ByExternal, func(t *town) {
		e := t.resolve(customers.Person{Email: anna.Email})
		x := t.resolve(customers.Person{ExternalID: anna.ExternalID})
		p := t.resolve(customers.Person{Phone: anna.Phone})
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
		for i, known := range []customers.Person{
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
		id := t.resolve(customers.Person{Email: anna.Email})
		t.resolve(anna)
		for _, p := range []customers.Person{{Phone: "+7 912 000-11-22"}, {ExternalID: "c-17"}} {
			if got := t.resolve(p); got != id {
				t.Errorf("Resolve(%+v) = %d, want %d", p, got, id)
			}
		}
	})
}

func TestWhatACustomerHasIsNeverOverwritten(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.resolve(anna)
		for _, p := range []customers.Person{
			{Email: "ANNA@example.com", Phone: "+79990000000", Name: "Other", ExternalID: "c-18"},
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
		if got := t.resolve(customers.Person{Email: "new@example.com"}); got == id {
			t.Errorf("the address that was not taken over means customer %d", got)
		}
	})
}

func TestIdentityOfAnotherIsNotFilledIn(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		a := t.resolve(customers.Person{Email: "a@example.com"})
		t.resolve(customers.Person{Phone: "+79120001122"})
		t.resolve(customers.Person{Email: "a@example.com", Phone: "+79120001122"})
		if got := t.person(a).Phone; got != "" {
			t.Errorf("the customer has the phone %q of another", got)
		}
	})
}

// A rival claims an identity in the moment between the look and the claim.
type rival struct {
	store.Conn
	claim func() error
}

func (r *rival) Send(ctx context.Context, read func(store.Rows) error, query string, args ...any) error {
	if claim := r.claim; claim != nil && strings.Contains(query, "ClaimIdentities") {
		r.claim = nil
		if err := claim(); err != nil {
			return err
		}
	}
	return r.Conn.Send(ctx, read, query, args...)
}

// race resolves a person while another customer takes the phone.
func (t *town) race(p customers.Person, other orderhub.CustomerID) (id orderhub.CustomerID) {
	t.Helper()
	run := 0
	err := t.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		sure := *tx
		take := func() error {
			return sure.ClaimIdentities(t.Context(), t.shop.ID, []store.Claim{{Kind: orderhub.ByPhone, Value: "79120001122", Customer: other}})
		}
		if run++; run == 1 {
			tx.Conn = &rival{tx.Conn, take}
		} else if err := take(); err != nil { // by now the rival has committed
			return err
		}
		id, err = customers.Resolve(t.Context(), tx, t.shop, p)
		return err
	})
	if err != nil || run != 2 {
		t.Fatalf("Resolve in %d runs: %v, want two", run, err)
	}
	return id
}

func TestIdentityClaimedMeanwhileIsNotFilledIn(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		a := t.resolve(customers.Person{Email: "a@example.com"})
		other := t.resolve(customers.Person{Email: "b@example.com"})
		if got := t.race(customers.Person{Email: "a@example.com", Phone: "+79120001122"}, other); got != a {
			t.Errorf("Resolve = %d, want %d", got, a)
		}
		if got := t.person(a).Phone; got != "" {
			t.Errorf("the customer has the phone %q, which means another", got)
		}
		if diff := cmp.Diff([][2]orderhub.CustomerID{{a, other}}, t.duplicates()); diff != "" {
			t.Errorf("possible duplicates (-want +got):\n%s", diff)
		}
	})
}

func TestPersonRegisteredMeanwhileIsFound(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		other := t.resolve(customers.Person{Name: "Boris", Email: "b@example.com"})
		before, _ := t.db.Count(t.Context())
		if got := t.race(customers.Person{Email: "a@example.com", Phone: "+79120001122"}, other); got != other {
			t.Errorf("Resolve = %d, want %d, who has the phone", got, other)
		}
		// What was half registered is gone.
		if after, err := t.db.Count(t.Context()); err != nil || after != before {
			t.Errorf("the store holds %+v, %v, want %+v as before", after, err, before)
		}
	})
}
