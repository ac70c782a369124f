package customers_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
)

func (t *town) put(mode orderhub.Mode, changes ...orderhub.CustomerChange) ([]*orderhub.Customer, error) {
	return t.service().PutAll(t.Context(), t.shop, changes, mode)
}

// mail is a change that names somebody by e-mail and says more.
func mail(address string, change ...func(*orderhub.CustomerChange)) orderhub.CustomerChange {
	c := orderhub.CustomerChange{Email: &address}
	for _, f := range change {
		f(&c)
	}
	return c
}

func phone(number string) func(*orderhub.CustomerChange) {
	return func(c *orderhub.CustomerChange) { c.Phone = &number }
}

func external(id string) func(*orderhub.CustomerChange) {
	return func(c *orderhub.CustomerChange) { c.ExternalID = &id }
}

func first(name string) func(*orderhub.CustomerChange) {
	return func(c *orderhub.CustomerChange) { c.FirstName = &name }
}

var (
	newOnly = orderhub.Mode{New: true}
	upsert  = orderhub.Mode{New: true, Existing: true}
	oldOnly = orderhub.Mode{Existing: true}
)

func TestPutAllChangesOnlyWhatIsSaid(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		last := "Maj"
		made, err := t.put(upsert, mail("b@example.com"), mail("A@example.com", phone("+79120001122"), first("Ola"), func(c *orderhub.CustomerChange) {
			c.LastName = &last
			c.Consents = []orderhub.Consent{{ID: "3", State: orderhub.Given}, {ID: "4"}}
			c.Attributes = orderhub.Attributes{{Name: "size", Value: []byte(`"M"`)}}
		}))
		if err != nil {
			t.Fatal(err)
		}
		changed, err := t.put(oldOnly, mail("a@example.com", first("Aleksandra"), func(c *orderhub.CustomerChange) {
			c.Consents = []orderhub.Consent{{ID: "3", State: orderhub.Refused}}
		}))
		if err != nil || changed[0].ID != made[1].ID {
			t.Fatalf("changed %+v, %v; want customer %d", changed, err, made[1].ID)
		}
		got := t.customer(made[1].ID)
		want := &orderhub.Customer{
			ID: made[1].ID, Shop: t.shop.ID, Email: "a@example.com", Phone: "+79120001122", Name: "Aleksandra Maj", FirstName: "Aleksandra", LastName: "Maj",
			Consents:   []orderhub.Consent{{ID: "3"}, {ID: "4"}},
			Attributes: orderhub.Attributes{{Name: "size", Value: []byte(`"M"`)}},
			CreatedAt:  got.CreatedAt, UpdatedAt: got.UpdatedAt, RegisteredAt: got.RegisteredAt, Version: 2,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("customer (-want +got):\n%s", diff)
		}
		for what, ref := range map[string]orderhub.CustomerRef{"e-mail": {Email: " A@EXAMPLE.com"}, "phone": {Phone: "8 (912) 000-11-22"}, "id": {ID: got.ID}} {
			if k, err := t.service().Find(t.Context(), t.shop, ref, 0); err != nil || k.ID != got.ID {
				t.Errorf("by %s: %+v, %v", what, k, err)
			}
		}
	})
}

func TestPutAllSaysAllThatIsWrong(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		if _, err := t.put(newOnly, mail("a@example.com", external("K-1"), phone("+79120001122"))); err != nil {
			t.Fatal(err)
		}
		before, _ := t.db.Count(t.Context())
		for _, tt := range []struct {
			mode    orderhub.Mode
			changes []orderhub.CustomerChange
			want    []string
		}{
			{newOnly, []orderhub.CustomerChange{mail("x@example.com"), mail("A@example.com"), mail("y@example.com", external("K-1"))},
				[]string{"customers[1].email is already taken", "customers[2].external_id is already taken"}},
			{oldOnly, []orderhub.CustomerChange{mail("x@example.com"), mail("a@example.com", first("Ola"))}, []string{"customers[0].email is unknown"}},
			{upsert, []orderhub.CustomerChange{mail("x@example.com"), mail("X@example.com"), {}, mail("no", phone("none"))}, []string{
				"customers[1].email is sent twice", "customers[2].email can't be blank", "customers[3].email is not an e-mail address", "customers[3].phone is not a phone number"}},
		} {
			_, err := t.put(tt.mode, tt.changes...)
			var got []string
			for _, e := range orderhub.All(err) {
				got = append(got, e.Error())
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		}
		if after, err := t.db.Count(t.Context()); err != nil || after != before {
			t.Errorf("stored = %+v, %v, want %+v as before", after, err, before)
		}
	})
}

// A phone number on two customers means the first, and goes on to.
func TestSecondOwnerOfAPhoneIsNoted(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		made, err := t.put(newOnly, mail("a@example.com", phone("+79120001122")), mail("b@example.com", phone("8 912 000 11 22")))
		if err != nil {
			t.Fatal(err)
		}
		if got := t.person(made[1].ID).Phone; got != "8 912 000 11 22" {
			t.Errorf("the second has the phone %q", got)
		}
		if got := t.resolve(customers.ContactDetails{Phone: "+79120001122"}); got != made[0].ID {
			t.Errorf("the phone means %d, want %d", got, made[0].ID)
		}
		if diff := cmp.Diff([][2]orderhub.CustomerID{{made[0].ID, made[1].ID}}, t.duplicates()); diff != "" {
			t.Errorf("possible duplicates (-want +got):\n%s", diff)
		}
		// When the second changes it, the first keeps its own.
		if _, err := t.put(oldOnly, mail("b@example.com", phone("+79120003344"))); err != nil {
			t.Fatal(err)
		}
		if a, b := t.resolve(customers.ContactDetails{Phone: "+79120001122"}), t.resolve(customers.ContactDetails{Phone: "+79120003344"}); a != made[0].ID || b != made[1].ID {
			t.Errorf("the phones mean %d and %d, want %d and %d", a, b, made[0].ID, made[1].ID)
		}
	})
}

// Thirty at once, in other sequences: each customer is made once, and nobody
// waits for ever.
func TestThirtyParallelPutsMakeEachCustomerOnce(t *testing.T) {
	each(t, orderhub.ByExternal, func(t *town) {
		var forth []orderhub.CustomerChange
		for i := range 20 {
			forth = append(forth, mail(fmt.Sprintf("c%d@example.com", i), external(fmt.Sprint("K-", i)), phone(fmt.Sprintf("+791200011%02d", i))))
		}
		back := slices.Clone(forth)
		slices.Reverse(back)
		for i, err := range atOnce(30, func(i int) error {
			_, err := t.put(upsert, [][]orderhub.CustomerChange{forth, back}[i%2]...)
			return err
		}) {
			if err != nil {
				t.Errorf("put %d: %v", i, err)
			}
		}
		t.wantCustomers(20)
		if d := t.duplicates(); len(d) != 0 {
			t.Errorf("possible duplicates: %v, want none", d)
		}
	})
}

func TestActsAreKeptAsEvents(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		made, err := t.put(newOnly, mail("a@example.com"))
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			ref  orderhub.CustomerRef
			want orderhub.CustomerID
		}{{orderhub.CustomerRef{Email: "A@example.com"}, made[0].ID}, {orderhub.CustomerRef{Email: "nobody@example.com"}, 0}, {orderhub.CustomerRef{}, 0}} {
			got, err := t.service().Acted(t.Context(), t.shop, tt.ref, "basket", []byte(`{"left": true}`))
			if err != nil || got != tt.want {
				t.Errorf("Acted(%+v) = %d, %v, want %d", tt.ref, got, err, tt.want)
			}
		}
		if _, err := t.service().Acted(t.Context(), t.shop, orderhub.CustomerRef{}, "basket", make([]byte, customers.ActedMax+1)); orderhub.KindOf(err) != orderhub.Invalid {
			t.Errorf("a long account: %v, want a fault", err)
		}
		t.wantEvents(orderhub.CustomerRegistered, orderhub.CustomerActed, orderhub.CustomerActed, orderhub.CustomerActed)
	})
}
