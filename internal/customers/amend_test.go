package customers_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store/storetest"
)

var (
	both     = orderhub.Mode{New: true, Existing: true}
	onlyNew  = orderhub.Mode{New: true}
	onlyOld  = orderhub.Mode{Existing: true}
	nothing  = orderhub.CustomerChange{}
	nobodyID = orderhub.CustomerID(1 << 40)
)

// tick is the time of a shop's change while the clock stands at Noon: the first
// is at Noon, and each later one a microsecond after that before it.
func tick(n int) time.Time { return storetest.Noon.Add(time.Duration(n) * time.Microsecond) }

func (t *town) amend(external string, change orderhub.CustomerChange) *orderhub.Customer {
	t.Helper()
	c, _, err := t.service().Amend(t.Context(), t.shop, by(external), change, both)
	if err != nil {
		t.Fatalf("Amend(%s): %v", external, err)
	}
	return c
}

func TestAmendChangesOnlyWhatIsSent(t *testing.T) {
	empty, yearAgo := "", storetest.Noon.AddDate(-1, 0, 0)
	tests := []struct {
		name   string
		change orderhub.CustomerChange
		want   func(c *orderhub.Customer)
	}{
		{"name", orderhub.CustomerChange{Name: new("Ольга Пак")}, func(c *orderhub.Customer) { c.Name, c.FirstName = "Ольга Пак", "Ольга" }},
		{"both names", orderhub.CustomerChange{Name: new("Ольга Пак"), FirstName: new("Оля")},
			func(c *orderhub.Customer) { c.Name, c.FirstName = "Ольга Пак", "Оля" }},
		{"middle and last name", orderhub.CustomerChange{MiddleName: new("Ивановна"), LastName: new("Пак")},
			func(c *orderhub.Customer) {
				c.Name, c.MiddleName, c.LastName = "Оля Пак", "Ивановна", "Пак"
			}},
		{"nothing for the name", orderhub.CustomerChange{Name: &empty}, func(c *orderhub.Customer) { c.Name, c.FirstName = "", "" }},
		{"gender and birthday", orderhub.CustomerChange{Gender: new(orderhub.Female), Birthday: &orderhub.Birthday{Month: 5, Day: 9}},
			func(c *orderhub.Customer) {
				c.Gender, c.Birthday = orderhub.Female, orderhub.Birthday{Month: 5, Day: 9}
			}},
		{"flags", orderhub.CustomerChange{Unsubscribed: new(true), Complained: new(true), Bounced: new(true)},
			func(c *orderhub.Customer) { c.Unsubscribed, c.Complained, c.Bounced = true, true, true }},
		{"registered", orderhub.CustomerChange{RegisteredAt: &yearAgo}, func(c *orderhub.Customer) { c.RegisteredAt = yearAgo }},
		{"attributes are merged", orderhub.CustomerChange{Attributes: facts(`{"region":"66","pets":[1]}`)},
			func(c *orderhub.Customer) { c.Attributes = facts(`{"ltv":27456,"region":"66","pets":[1]}`) }},
		{"null removes one", orderhub.CustomerChange{Attributes: facts(`{"ltv":null,"none":null}`)},
			func(c *orderhub.Customer) { c.Attributes = facts(`{"region":"74"}`) }},
		{"attributes anew", orderhub.CustomerChange{ClearAttributes: true, Attributes: facts(`{"n":1}`)},
			func(c *orderhub.Customer) { c.Attributes = facts(`{"n":1}`) }},
		{"extras", orderhub.CustomerChange{Extras: orderhub.Extras{"aplaut": facts(`{"x":1}`)}},
			func(c *orderhub.Customer) { c.Extras = orderhub.Extras{"aplaut": facts(`{"x":1}`)} }},
		{"other address", orderhub.CustomerChange{Email: new("new@example.com")}, func(c *orderhub.Customer) { c.Email = "new@example.com" }},
		{"no phone", orderhub.CustomerChange{Phone: &empty}, func(c *orderhub.Customer) { c.Phone = "" }},
		{"kept contact", orderhub.CustomerChange{KeepContact: true, Email: new("new@example.com"), Phone: &empty, Unsubscribed: new(true)},
			func(c *orderhub.Customer) { c.Unsubscribed = true }},
	}
	each(t, orderhub.ByEmail, func(t *town) {
		for _, tt := range tests {
			t := t.shopBy(orderhub.ByEmail)
			want := t.register(olga())
			got := t.amend("o-1", tt.change)
			tt.want(want)
			want.Version, want.UpdatedAt = 2, tick(1) // the shop's second change
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: Amend returned (-want +got):\n%s", tt.name, diff)
			}
			if diff := cmp.Diff(want, t.find(by("o-1")).Customer); diff != "" {
				t.Errorf("%s: stored is (-want +got):\n%s", tt.name, diff)
			}
		}
	})
}

// Where there is no contact yet, one may be given also to those who keep it.
func TestKeptContactIsFilledWhereThereIsNone(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(&orderhub.Customer{ExternalID: "o-1", Phone: "+79050001122"})
		change := orderhub.CustomerChange{KeepContact: true, Email: new("olga@example.com"), Phone: new("+79990001122")}
		if c := t.amend("o-1", change); c.Email != "olga@example.com" || c.Phone != "+79050001122" {
			t.Errorf("contact = %s, %s, want the new address and the old phone", c.Email, c.Phone)
		}
		if o := t.order("A-1", orderhub.Contact{Email: "OLGA@EXAMPLE.COM"}); o.Customer != t.find(by("o-1")).ID {
			t.Errorf("an order by the new address is of customer %d, want o-1", o.Customer)
		}
	})
}

func TestMovedIdentitiesAreFreeForOthers(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(olga())
		t.amend("o-1", orderhub.CustomerChange{ExternalID: new("o-2"), Email: new("o2@example.com"), Phone: new("+79050007788")})
		first, second := t.find(by("o-2")).Customer, t.register(olga())
		for _, tt := range []struct {
			contact orderhub.Contact
			want    orderhub.CustomerID
		}{
			{orderhub.Contact{Email: "O2@example.com"}, first.ID}, {orderhub.Contact{Phone: "8 905 000-77-88"}, first.ID},
			{orderhub.Contact{Email: "olga@example.com"}, second.ID}, {orderhub.Contact{Phone: "+79050003344"}, second.ID},
		} {
			if o := t.order("A"+tt.contact.Email+tt.contact.Phone, tt.contact); o.Customer != tt.want {
				t.Errorf("an order of %+v is of customer %d, want %d", tt.contact, o.Customer, tt.want)
			}
		}
		t.wantCustomers(2)
	})
}

// The same identity in another spelling is no move.
func TestAddressInOtherLettersStaysOnesOwn(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.register(olga()).ID
		c := t.amend("o-1", orderhub.CustomerChange{Email: new("OLGA@example.COM"), Phone: new("+7 905 0003344")})
		if c.ID != id || c.Email != "OLGA@example.COM" || t.resolve(customers.ContactDetails{Email: "olga@example.com"}) != id {
			t.Errorf("Amend = customer %d with %s, want %d with the new spelling, still recognised", c.ID, c.Email, id)
		}
	})
}

func TestTakenIdentityIsRefusedAndNothingChanges(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(olga())
		other := t.register(&orderhub.Customer{ExternalID: "p-1", Email: "p@example.com", Phone: "+79120001122", Name: "Пётр"})
		_, _, err := t.service().Amend(t.Context(), t.shop, by("p-1"), orderhub.CustomerChange{
			Name: new("Пётр Первый"), Email: new("olga@EXAMPLE.com"), Phone: new("8 905 000 33 44"), ExternalID: new("o-1"),
		}, both)
		t.wantFaults(err, orderhub.Duplicate, "email", "external_id", "phone")
		// One that is free does not move either when another one is taken.
		_, _, err = t.service().Amend(t.Context(), t.shop, by("p-1"), orderhub.CustomerChange{Email: new("free@example.com"), Phone: new("89050003344")}, both)
		t.wantFaults(err, orderhub.Duplicate, "phone")
		if diff := cmp.Diff(other, t.find(by("p-1")).Customer); diff != "" {
			t.Errorf("a refused change was stored (-want +got):\n%s", diff)
		}
		t.register(&orderhub.Customer{Email: "free@example.com"})
		t.wantEvents(orderhub.CustomerRegistered, orderhub.CustomerRegistered, orderhub.CustomerRegistered)
	})
}

func TestUnknownCustomerIsMadeWhereAllowed(t *testing.T) {
	change := orderhub.CustomerChange{KeepContact: true, Name: new("Ольга Ким"), Email: new("olga@example.com"), Attributes: facts(`{"a":1,"b":null}`)}
	each(t, orderhub.ByEmail, func(t *town) {
		_, _, err := t.service().Amend(t.Context(), t.shop, by("o-1"), change, onlyOld)
		t.wantFaults(err, orderhub.NotFound, "")
		t.wantCustomers(0)
		c, made, err := t.service().Amend(t.Context(), t.shop, by("o-1"), change, both)
		want := &orderhub.Customer{
			Shop: t.shop.ID, ExternalID: "o-1", Email: "olga@example.com", Name: "Ольга Ким", FirstName: "Ольга", Attributes: facts(`{"a":1}`),
			RegisteredAt: storetest.Noon, CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon, Version: 1,
		}
		if err != nil || !made {
			t.Fatalf("Amend = %v, %v, want one made", made, err)
		}
		want.ID = c.ID
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("Amend made (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, t.find(by("o-1")).Customer); diff != "" {
			t.Errorf("stored is (-want +got):\n%s", diff)
		}
		_, _, err = t.service().Amend(t.Context(), t.shop, by("o-1"), change, onlyNew)
		t.wantFaults(err, orderhub.Duplicate, "external_id")
		_, _, err = t.service().Amend(t.Context(), t.shop, by("o-2"), change, both) // the address is o-1's
		t.wantFaults(err, orderhub.Duplicate, "email")
		t.wantCustomers(1)
		t.wantEvents(orderhub.CustomerRegistered)
	})
}

// Our own ids are never chosen by callers.
func TestNobodyIsMadeUnderAnIDOfOurs(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		_, _, err := t.service().Amend(t.Context(), t.shop, orderhub.CustomerRef{ID: nobodyID}, orderhub.CustomerChange{Name: new("Olga")}, both)
		t.wantFaults(err, orderhub.Missing, "external_id")
		t.wantCustomers(0)
	})
}

func TestChangeThatChangesNothingIsNotStored(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		c := olga()
		c.Extras = orderhub.Extras{"aplaut": facts(`{"x":1}`)}
		t.register(c)
		ago := storetest.Noon.Add(-time.Hour)
		t.age(c.ID, ago)
		for name, change := range map[string]orderhub.CustomerChange{
			"nothing":         nothing,
			"what it has":     {Email: &c.Email, Name: &c.Name, Unsubscribed: new(false), Attributes: facts(`{"region":"74"}`)},
			"a null of none":  {Attributes: facts(`{"none":null}`)},
			"kept contact":    {KeepContact: true, Email: new("new@example.com"), Phone: new("")},
			"the same extras": {Extras: orderhub.Extras{"aplaut": facts(`{"x":1}`), "usam": nil}},
		} {
			if got := t.amend("o-1", change); !got.UpdatedAt.Equal(ago) {
				t.Errorf("%s: changed at %v, want %v as before", name, got.UpdatedAt, ago)
			}
			if got := t.find(by("o-1")).UpdatedAt; !got.Equal(ago) {
				t.Errorf("%s: stored as changed at %v, want %v as before", name, got, ago)
			}
		}
		t.wantEvents(orderhub.CustomerRegistered)
	})
}

func TestChangeIsAnEventThatTellsWhat(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		c := t.register(olga())
		ctx := orderhub.WithActor(t.Context(), orderhub.Actor{Door: "aplaut", Key: "site"})
		_, _, err := t.service().Amend(ctx, t.shop, by("o-1"), orderhub.CustomerChange{Name: new("Ольга Пак"), Unsubscribed: new(true)}, both)
		if err != nil {
			t.Fatal(err)
		}
		want := orderhub.Event{
			ID: 2, Shop: t.shop.ID, At: tick(1), Kind: orderhub.CustomerChanged, Customer: c.ID, Version: 2,
			Actor:   orderhub.Actor{Door: "aplaut", Key: "site"},
			Changes: []orderhub.Change{{Field: "name", From: "Ольга Ким", To: "Ольга Пак"}, {Field: "unsubscribed", From: "false", To: "true"}},
		}
		if diff := cmp.Diff(want, t.events()[1]); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
}

// What an order said of its buyer does not stand in the way of a later change.
func TestCustomerWithABrokenAddressCanBeChanged(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		id := t.order("A-1", orderhub.Contact{Email: "none", Phone: "+79050003344"}).Customer
		ref := orderhub.CustomerRef{ID: id}
		_, _, err := t.service().Amend(t.Context(), t.shop, ref, orderhub.CustomerChange{Attributes: facts(`{"a":1}`)}, both)
		if err != nil {
			t.Errorf("Amend = %v, want the attribute stored", err)
		}
		_, _, err = t.service().Amend(t.Context(), t.shop, ref, orderhub.CustomerChange{Email: new("still none")}, both)
		t.wantFaults(err, orderhub.Invalid, "email")
		_, _, err = t.service().Amend(t.Context(), t.shop, ref, orderhub.CustomerChange{KeepContact: true, Email: new("olga@example.com")}, both)
		if err != nil || t.resolve(customers.ContactDetails{Email: "olga@example.com"}) != id {
			t.Errorf("Amend = %v, want the address given", err)
		}
	})
}
