package customers_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// olga is somebody who is named on purpose.
func olga() *orderhub.Customer {
	return &orderhub.Customer{
		ExternalID: "o-1", Email: "Olga@Example.com", Phone: "8 (905) 000-33-44", Name: "Ольга Ким", FirstName: "Оля",
		Attributes: facts(`{"ltv":27456,"region":"74"}`),
	}
}

func facts(object string) orderhub.Attributes {
	a, err := orderhub.ParseAttributes([]byte(object))
	if err != nil {
		panic(err)
	}
	return a
}

// by means a customer by the id in the shop's own system.
func by(external string) orderhub.CustomerRef { return orderhub.CustomerRef{ExternalID: external} }

func (t *town) service() *customers.Service { return &customers.Service{DB: t.db} }

func (t *town) register(c *orderhub.Customer) *orderhub.Customer {
	t.Helper()
	if err := t.service().Register(t.Context(), t.shop, c, nil); err != nil {
		t.Fatalf("Register(%s): %v", c.ExternalID, err)
	}
	return c
}

func (t *town) find(ref orderhub.CustomerRef) *customers.Known {
	t.Helper()
	k, err := t.service().Find(t.Context(), t.shop, ref, 10)
	if err != nil {
		t.Fatalf("Find(%s): %v", ref, err)
	}
	return k
}

// age makes a customer's last change older.
func (t *town) age(id orderhub.CustomerID, to time.Time) {
	t.Helper()
	err := t.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), "update customers set updated_at = $2 where customer_id = $1", id, to.UnixMicro())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// order stores an order of the shop with its customer.
func (t *town) order(number string, c orderhub.Contact) *orderhub.Order {
	t.Helper()
	return t.orderOn(storetest.Noon, number, c)
}

func (t *town) orderOn(placed time.Time, number string, c orderhub.Contact) *orderhub.Order {
	t.Helper()
	o := &orderhub.Order{
		Shop: t.shop.ID, Number: number, Contact: c, Status: orderhub.StatusReceived, Currency: "RUB",
		PlacedAt: placed, UpdatedAt: storetest.Noon,
	}
	var err error
	if o.Customer, err = resolve(t.Context(), t.db, t.shop, customers.ContactDetailsOf(&orderhub.Order{Contact: c})); err != nil {
		t.Fatalf("customer of order %s: %v", number, err)
	}
	email, _ := orderhub.ParseEmail(c.Email)
	keys := []orderdb.Keys{{Email: email, Phone: t.shop.Phone(c.Phone).Digits()}}
	err = t.db.Update(t.Context(), func(tx *store.Tx) error { return storetest.CreateOrders(t.Context(), tx, keys, o) })
	if err != nil {
		t.Fatalf("order %s: %v", number, err)
	}
	return o
}

// events are all that happened so far. In PostgreSQL they can be read when no
// transaction of the server is older, also of another test.
func (t *town) events() []orderhub.Event {
	t.Helper()
	return storetest.Events(t, t.db)
}

func (t *town) wantEvents(want ...orderhub.EventKind) {
	t.Helper()
	var got []orderhub.EventKind
	for _, e := range t.events() {
		got = append(got, e.Kind)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// wantFaults checks the kind of an error and the fields that it names.
func (t *town) wantFaults(err error, want orderhub.Kind, fields ...string) {
	t.Helper()
	var got []string
	for _, e := range orderhub.All(err) {
		if e.Kind != want {
			t.Errorf("error %v is of kind %v, want %v", e, e.Kind, want)
		}
		got = append(got, e.Field)
	}
	if diff := cmp.Diff(fields, got, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
		t.Errorf("error %v names the fields (-want +got):\n%s", err, diff)
	}
}

func TestRegisteredCustomerIsKept(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		c := t.register(olga())
		want := olga()
		want.ID, want.Shop = c.ID, t.shop.ID
		want.RegisteredAt, want.CreatedAt, want.UpdatedAt, want.Version = storetest.Noon, storetest.Noon, storetest.Noon, 1
		if diff := cmp.Diff(want, t.find(by("o-1")).Customer); diff != "" || c.ID == 0 {
			t.Errorf("customer %d is not as registered (-want +got):\n%s", c.ID, diff)
		}
		t.wantEvents(orderhub.CustomerRegistered)
	})
}

func TestOneIdentityIsEnoughToRegister(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(&orderhub.Customer{ExternalID: "o-1"})
		t.register(&orderhub.Customer{Email: "a@example.com"})
		t.register(&orderhub.Customer{Phone: "+79050001122"})
		t.wantCustomers(3)
	})
}

func TestCustomerThatMayNotBeKeptIsRefused(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		tests := []struct {
			name   string
			c      orderhub.Customer
			kind   orderhub.Kind
			fields []string
		}{
			{"nobody", orderhub.Customer{Name: "Olga", Attributes: facts(`{"a":1}`)}, orderhub.Missing, []string{"external_id"}},
			{"no address, no phone", orderhub.Customer{Email: "olga at example.com", Phone: "call me"}, orderhub.Invalid, []string{"email", "phone"}},
			{"a broken address beside a good id", orderhub.Customer{ExternalID: "o-1", Email: "@"}, orderhub.Invalid, []string{"email"}},
			{"an id that no database keeps", orderhub.Customer{ExternalID: "o\x00-1"}, orderhub.Invalid, []string{"external_id"}},
			{"an id that is no text", orderhub.Customer{ExternalID: "\xFF"}, orderhub.Invalid, []string{"external_id"}},
		}
		for _, tt := range tests {
			err := t.service().Register(t.Context(), t.shop, &tt.c, nil)
			t.wantFaults(err, tt.kind, tt.fields...)
		}
		t.wantCustomers(0)
		t.wantEvents()
	})
}

func TestTakenIdentitiesAreNamedAllAtOnce(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(olga())
		t.register(&orderhub.Customer{Phone: "+79050005566"})
		tests := []struct {
			c      orderhub.Customer
			fields []string
		}{
			{orderhub.Customer{ExternalID: "o-1"}, []string{"external_id"}},
			{orderhub.Customer{Email: " oLGA@eXAMPLE.COM"}, []string{"email"}},
			{orderhub.Customer{Phone: "+7 905 000 33 44"}, []string{"phone"}},
			{orderhub.Customer{ExternalID: "o-1", Email: "olga@example.com", Phone: "79050003344"}, []string{"email", "external_id", "phone"}},
			{orderhub.Customer{ExternalID: "o-1", Phone: "8-905-000-55-66"}, []string{"external_id", "phone"}}, // of two customers
			{orderhub.Customer{ExternalID: "new", Email: "OLGA@example.com"}, []string{"email"}},
		}
		for _, tt := range tests {
			t.wantFaults(t.service().Register(t.Context(), t.shop, &tt.c, nil), orderhub.Duplicate, tt.fields...)
		}
		t.wantCustomers(2)
		if _, err := t.service().Find(t.Context(), t.shop, by("new"), 1); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("a refused customer left its id behind: %v", err)
		}
	})
}

// A registration that cannot be answered is not stored; one whose key was used
// before is not done again.
func TestRegistrationStandsOrFallsWithItsAnswer(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		broken := errors.New("broken")
		once := func(answer func() (store.Answer, error)) *batch.Once {
			return &batch.Once{Key: "k", Fingerprint: []byte("1"), Answer: answer}
		}
		err := t.service().Register(t.Context(), t.shop, olga(), once(func() (store.Answer, error) { return store.Answer{}, broken }))
		if !errors.Is(err, broken) {
			t.Errorf("Register = %v, want %v", err, broken)
		}
		t.wantCustomers(0)
		t.wantEvents()
		for range 2 {
			c := olga()
			o := once(func() (store.Answer, error) { return store.Answer{Status: 201, Body: fmt.Append(nil, c.ID)}, nil })
			if err := t.service().Register(t.Context(), t.shop, c, o); err != nil {
				t.Fatal(err)
			}
			if want := t.find(by("o-1")).ID; c.ID == want && o.First != nil || c.ID != want && (o.First == nil || string(o.First.Body) != fmt.Sprint(want)) {
				t.Errorf("registered %d, first answer %+v, want %d once", c.ID, o.First, want)
			}
		}
		t.wantCustomers(1)
	})
}

func TestRegistrationsOfShopsDoNotMeet(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		here := t.register(olga())
		there := t.shopBy(orderhub.ByEmail)
		id := there.register(olga()).ID
		if got := there.find(by("o-1")).ID; got != id || got == here.ID {
			t.Errorf("the other shop's o-1 is customer %d, want %d, not %d", got, id, here.ID)
		}
		ref := orderhub.CustomerRef{ID: here.ID}
		if _, err := there.service().Find(t.Context(), there.shop, ref, 1); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("Find of a foreign customer = %v, want NotFound", err)
		}
		name := "Mallory"
		_, _, err := there.service().Amend(t.Context(), there.shop, ref, orderhub.CustomerChange{Name: &name}, both)
		if orderhub.KindOf(err) == orderhub.Internal || t.find(by("o-1")).Name == name {
			t.Errorf("Amend of a foreign customer = %v, its name is %q", err, t.find(by("o-1")).Name)
		}
		if err := there.service().Delete(t.Context(), there.shop, ref); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("Delete of a foreign customer = %v, want NotFound", err)
		}
		t.find(by("o-1"))
	})
}

// Whoever an order registered and whoever is named on purpose are the same
// people.
func TestOrdersAndRegistrationsMeet(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		c := t.register(olga())
		if o := t.order("A-1", orderhub.Contact{Email: "OLGA@example.com"}); o.Customer != c.ID {
			t.Errorf("the order is of customer %d, want the registered %d", o.Customer, c.ID)
		}
		o := t.order("A-2", orderhub.Contact{Phone: "+7 (912) 000-11-22", Name: "Пётр"})
		err := t.service().Register(t.Context(), t.shop, &orderhub.Customer{ExternalID: "p-1", Phone: "89120001122"}, nil)
		t.wantFaults(err, orderhub.Duplicate, "phone")
		id := "p-1"
		got, made, err := t.service().Amend(t.Context(), t.shop, orderhub.CustomerRef{ID: o.Customer}, orderhub.CustomerChange{ExternalID: &id}, both)
		if err != nil || made || got.ID != o.Customer || t.find(by("p-1")).ID != o.Customer {
			t.Errorf("Amend = %+v, %v, %v, want customer %d to get the id %s", got, made, err, o.Customer, id)
		}
		t.wantCustomers(2)
	})
}

// personOf is how an order would name a customer.
func personOf(c *orderhub.Customer) customers.ContactDetails {
	return customers.ContactDetails{ExternalID: c.ExternalID, Email: c.Email, Phone: c.Phone}
}
