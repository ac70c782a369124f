package customers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
	"orderhub/internal/store"
)

// buyer finds the customer of an order that names its buyer.
func (t *town) buyer(ref orderhub.CustomerRef, p customers.ContactDetails) (orderhub.CustomerID, error) {
	t.Helper()
	var found *orderhub.Customer
	u := batch.New(t.Context(), t.shop)
	u.Decide = func(b *batch.Batch) error {
		c, made, err := customers.In(b).MatchBuyer(ref, p)
		if found = c; err != nil || !made {
			return err
		}
		return registered(b, c.ID)
	}
	if err := batch.Do(t.Context(), t.db, u); err != nil || found == nil {
		return 0, err
	}
	return found.ID, nil
}

// T1: whoever is named on purpose wins over the contact's e-mail address and
// phone number, and is never replaced by another person. 505 has both, 506 has
// an external id alone, and anon has only a phone number.
func TestNamedBuyerWinsOverTheContact(t *testing.T) {
	five := customers.ContactDetails{Email: "five@shop.example", Phone: "+79000000005", Name: "Пять"}
	tests := []struct {
		name     string
		ref      orderhub.CustomerRef // ID 505, 506 or 1 stand for their ids
		contact  customers.ContactDetails
		want     string // who it is: 505, 506, anon, new; or an error
		email    string // that this one has then
		external string
		pairs    int // of possible duplicates
	}{
		{"only the contact", orderhub.CustomerRef{}, five, "505", "five@shop.example", "c-505", 0},
		{"our id", orderhub.CustomerRef{ID: 506}, five, "506", "", "c-506", 0},
		{"our id, unknown", orderhub.CustomerRef{ID: 1 << 40}, five, "not found", "", "", 0},
		{"an id that no caller can know", orderhub.CustomerRef{ID: -1}, five, "not found", "", "", 0},
		{"external id", by("c-506"), five, "506", "", "c-506", 1},
		{"external id, new contact", by("c-506"), customers.ContactDetails{Email: "six@shop.example"}, "506", "six@shop.example", "c-506", 0},
		{"unknown external id, contact of another", by("c-507"), five, "new", "", "c-507", 1},
		{"unknown external id, half the contact of another", by("c-507"), customers.ContactDetails{Email: "seven@shop.example", Phone: five.Phone}, "new", "seven@shop.example", "c-507", 1},
		{"unknown external id, contact of one without", by("c-507"), customers.ContactDetails{Phone: "8 900 000 00 09"}, "anon", "", "c-507", 0},
		{"unknown external id, no contact", by("c-507"), customers.ContactDetails{}, "new", "", "c-507", 0},
		{"nothing", orderhub.CustomerRef{}, customers.ContactDetails{Name: "Пять"}, "none", "", "", 0},
	}
	each(t, orderhub.ByEmail, func(first *town) {
		for _, tt := range tests {
			t := first.shopBy(orderhub.ByEmail)
			ids := map[string]orderhub.CustomerID{
				"505":  t.register(&orderhub.Customer{ExternalID: "c-505", Email: five.Email, Phone: five.Phone, Name: five.Name}).ID,
				"506":  t.register(&orderhub.Customer{ExternalID: "c-506", Name: "Шесть"}).ID,
				"anon": t.resolve(customers.ContactDetails{Phone: "+79000000009"}),
			}
			if tt.ref.ID == 506 {
				tt.ref.ID = ids["506"]
			}
			id, err := t.buyer(tt.ref, tt.contact)
			got := "new"
			for name, x := range ids {
				if x == id {
					got = name
				}
			}
			switch {
			case orderhub.KindOf(err) == orderhub.NotFound:
				got = "not found"
			case err != nil:
				t.Errorf("%s: %v", tt.name, err)
			case id == 0:
				got = "none"
			}
			if got != tt.want || len(t.duplicates()) != tt.pairs {
				t.Errorf("%s: %s with %d possible duplicates, want %s with %d", tt.name, got, len(t.duplicates()), tt.want, tt.pairs)
			}
			if id != 0 {
				if c := t.customer(id); c.Email != tt.email || c.ExternalID != tt.external {
					t.Errorf("%s: it has the address %q and the id %q, want %q and %q", tt.name, c.Email, c.ExternalID, tt.email, tt.external)
				}
			}
			if k := t.find(orderhub.CustomerRef{Email: five.Email}); k.ID != ids["505"] {
				t.Errorf("%s: the address finds %d, want 505 still", tt.name, k.ID)
			}
		}
	})
}

// T3: that an address gets no mail belongs to the address: nothing that an API
// or a file says, and no change of customers, lifts it.
func TestSuppressionBelongsToTheAddress(t *testing.T) {
	unsubscribe := orderhub.CustomerChange{Unsubscribed: new(true)}
	tests := map[string]func(t *town) *orderhub.Customer{
		"unsubscribed=false by an API": func(t *town) *orderhub.Customer {
			return t.amend("a-1", orderhub.CustomerChange{Unsubscribed: new(false), Complained: new(false), Bounced: new(false)})
		},
		"unsubscribed=false in a file": func(t *town) *orderhub.Customer {
			r := row("a-1", "", "", "Анна Лис")
			r.Unsubscribed = new(false)
			return t.importAll(both, r)[0].Now
		},
		"deleted, and ordered again": func(t *town) *orderhub.Customer {
			t.remove(by("a-1"))
			return t.customer(t.resolve(customers.ContactDetails{Email: "Anna@shop.example"}))
		},
		"deleted, and registered again": func(t *town) *orderhub.Customer {
			t.remove(by("a-1"))
			return t.register(&orderhub.Customer{ExternalID: "a-2", Email: "ANNA@shop.example"})
		},
		"deleted, and in a file": func(t *town) *orderhub.Customer {
			t.remove(by("a-1"))
			return t.importAll(both, row("a-2", "anna@shop.example", "", ""))[0].Now
		},
		"a second customer with the address": func(t *town) *orderhub.Customer {
			return t.amend("a-2", orderhub.CustomerChange{Email: new("anna@shop.example"), ShareContact: true})
		},
		"the address moved away, to another": func(t *town) *orderhub.Customer {
			t.amend("a-1", orderhub.CustomerChange{Email: new("other@shop.example")})
			return t.amend("a-2", orderhub.CustomerChange{Email: new("anna@shop.example")})
		},
		"the customer has another address": func(t *town) *orderhub.Customer {
			return t.amend("a-1", orderhub.CustomerChange{Email: new("other@shop.example")})
		},
		"merged into another": func(t *town) *orderhub.Customer {
			keep := t.register(&orderhub.Customer{ExternalID: "a-2"})
			c, err := t.service().Merge(t.Context(), t.shop, keep.ID, t.find(by("a-1")).ID)
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
	}
	each(t, orderhub.ByEmail, func(first *town) {
		for name, then := range tests {
			for _, before := range []bool{false, true} { // there were suppressions
				t := first.shopBy(orderhub.ByEmail)
				t.register(&orderhub.Customer{ExternalID: "a-1", Email: "anna@shop.example"})
				t.amend("a-1", unsubscribe)
				if before {
					t.exec(`delete from suppressions where shop_id = $1`, int64(t.shop.ID))
				}
				c := then(t)
				if stored := t.customer(c.ID); !stored.Unsubscribed || !c.Unsubscribed {
					t.Errorf("%s, a flag of before %v: the customer wants mail again: %v, stored %v", name, before, c, stored)
				}
			}
		}
	})
}

// A bounce says something of the address alone, so that a corrected one gets
// mail; the former one keeps it.
func TestBouncedAddressIsCorrected(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(&orderhub.Customer{ExternalID: "a-1", Email: "ana@shop.example"})
		t.amend("a-1", orderhub.CustomerChange{Bounced: new(true)})
		if c := t.amend("a-1", orderhub.CustomerChange{Email: new("anna@shop.example")}); c.Bounced {
			t.Error("the corrected address bounces, too")
		}
		if c := t.register(&orderhub.Customer{ExternalID: "a-2", Email: "ana@shop.example"}); !c.Bounced {
			t.Error("the former address does not bounce any more")
		}
	})
}

// Two customers share an address: that it wants no mail is known of both.
func TestOwnerOfASharedAddressLearnsOfIt(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		first := t.register(&orderhub.Customer{ExternalID: "a-1", Email: "a@shop.example"})
		t.amend("a-2", orderhub.CustomerChange{Email: new("a@shop.example"), ShareContact: true, Complained: new(true)})
		if c := t.customer(first.ID); !c.Complained || c.Version != 2 {
			t.Errorf("the owner of the address is %+v, want one who has complained", c)
		}
	})
}

func TestOnlyAUserLiftsASuppression(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(&orderhub.Customer{ExternalID: "a-1", Email: "Anna@shop.example", Unsubscribed: true, Complained: true})
		lift := func(email, user, reason string) error {
			return t.service().Lift(t.Context(), t.shop, email, user, reason)
		}
		t.wantFaults(lift("anna", "olga", "she asked"), orderhub.Invalid, "email")
		t.wantFaults(lift("anna@shop.example", "", ""), orderhub.Missing, "user", "reason")
		if err := lift("ANNA@shop.example", "olga", "she called and asked for it"); err != nil {
			t.Fatal(err)
		}
		if c := t.find(by("a-1")); c.Unsubscribed || c.Complained || c.Version != 2 {
			t.Errorf("after it was lifted: %+v", c.Customer)
		}
		t.remove(by("a-1"))
		if c := t.register(&orderhub.Customer{Email: "anna@shop.example"}); c.Unsubscribed {
			t.Error("the address gets no mail though it was lifted")
		}
		if err := lift("anna@shop.example", "olga", "once more"); err != nil { // changes nothing
			t.Fatal(err)
		}
		t.wantEvents(orderhub.CustomerRegistered, orderhub.CustomerChanged, orderhub.CustomerDeleted, orderhub.CustomerRegistered)
	})
}

// T5: names of groups are trimmed and compared without letter case, in all
// doors; what is stored already stays.
func TestGroupsAreComparedByTheirFoldedNames(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		vip := t.amend("o-1", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: " VIP "}}).Group
		for i, name := range []string{"VIP", "vip", "\tViP", " vip "} {
			if got := t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: name}}).Group; got != vip {
				t.Errorf("%q is group %d, want %d", name, got, vip)
			}
			if v := t.importAll(both, inGroup("o-3", name))[0]; v.Now.Group != vip || i > 0 && v.Outcome != orderhub.OutcomeUnchanged {
				t.Errorf("a file's %q is group %d, %s, want %d", name, v.Now.Group, v.Outcome, vip)
			}
		}
		if got := t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "  "}}).Group; got != 0 {
			t.Errorf("a blank name is group %d, want none", got)
		}
		// Two that are there from before stay two, each found by its own name.
		t.exec(`insert into customer_groups (group_id, shop_id, name) values (777, $1, 'vip')`, int64(t.shop.ID))
		if got := t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "vip"}}).Group; got != 777 {
			t.Errorf("vip is group %d, want 777", got)
		}
		if got := t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "Vip"}}).Group; got != vip {
			t.Errorf("Vip is group %d, want the older %d", got, vip)
		}
	})
}

// T8: possible duplicates are listed and merged.
func TestDuplicatesAreListedAndMerged(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		anna := t.register(&orderhub.Customer{ExternalID: "a-1", Email: "anna@shop.example", Attributes: facts(`{"size":1,"city":"A"}`)})
		other := t.register(&orderhub.Customer{ExternalID: "a-2", Phone: "+79000000002", Name: "Анна Лис", Attributes: facts(`{"size":2,"pet":"cat"}`),
			Consents: []orderhub.Consent{{ID: "news", State: orderhub.Given}}})
		card := &orderhub.Card{Shop: t.shop.ID, Number: "17", Medium: orderhub.Plastic, Status: orderhub.CardNew, Customer: other.ID}
		if err := t.db.Update(t.Context(), func(tx *store.Tx) error { return tx.Shop(t.shop.ID).AddCards(t.Context(), []*orderhub.Card{card}) }); err != nil {
			t.Fatal(err)
		}
		t.exec(`insert into bonus_entries (shop_id, customer_id, entry_key, cause, points, state, reason, created_at, state_at, expires_at)
			values ($1, $2, '', 2, 5, 1, '', 0, 0, 0)`, int64(t.shop.ID), int64(other.ID))
		t.resolve(customers.ContactDetails{Email: "anna@shop.example", Phone: "89000000002"})
		pairs, more, err := t.service().Duplicates(t.Context(), t.shop, 0)
		if err != nil || more || len(pairs) != 1 || pairs[0][0].ID != anna.ID || pairs[0][1].ID != other.ID {
			t.Fatalf("Duplicates = %v, %v, %v, want %d and %d", pairs, more, err, anna.ID, other.ID)
		}
		s := t.service()
		got, err := s.Merge(t.Context(), t.shop, anna.ID, other.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := t.customer(anna.ID)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Merge returned (-stored +got):\n%s", diff)
		}
		if want.ExternalID != "a-1" || want.Phone != "+79000000002" || want.Name != "Анна Лис" || len(want.Consents) != 1 || want.Version != 2 ||
			string(want.Attributes.JSON()) != `{"size":1,"pet":"cat","city":"A"}` {
			t.Errorf("merged into %+v", want)
		}
		for _, ref := range []orderhub.CustomerRef{by("a-1"), by("a-2"), {ID: anna.ID}, {ID: other.ID}, {Phone: "+79000000002"}, {Email: "anna@shop.example"}} {
			if k := t.find(ref); k.ID != anna.ID {
				t.Errorf("%s finds customer %d, want %d", ref, k.ID, anna.ID)
			}
			if c, _, err := s.Amend(t.Context(), t.shop, ref, nothing, onlyOld); err != nil || c.ID != anna.ID {
				t.Errorf("Amend(%s) = %v, %v, want customer %d", ref, c, err, anna.ID)
			}
		}
		if v := t.importAll(both, row("a-2", "", "", ""))[0]; v.Outcome != orderhub.OutcomeUnchanged || v.Now.ID != anna.ID {
			t.Errorf("a file of the former id: %s, %+v", told(v), v.Now)
		}
		if d := t.duplicates(); len(d) > 0 {
			t.Errorf("pairs %v are left", d)
		}
		t.view(func(tx *store.Tx) error {
			owned, err := tx.Shop(t.shop.ID).CardsOfCustomers(t.Context(), []orderhub.CustomerID{anna.ID})
			if err == nil && (len(owned) != 1 || owned[0].ID != card.ID || owned[0].Version != 1) {
				t.Errorf("cards %v, want that of the other, changed once", owned)
			}
			if err != nil {
				return err
			}
			used, err := tx.Shop(t.shop.ID).CustomersInUse(t.Context(), []orderhub.CustomerID{anna.ID, other.ID})
			if err == nil && (!used[anna.ID] || used[other.ID]) {
				t.Errorf("in use: %v, want the points with %d", used, anna.ID)
			}
			return err
		})
		t.wantEvents(orderhub.CustomerRegistered, orderhub.CustomerRegistered, orderhub.CardChanged, orderhub.CustomerMerged, orderhub.CustomerChanged)
		if again, err := s.Merge(t.Context(), t.shop, anna.ID, other.ID); err != nil || again.Version != 2 {
			t.Errorf("merged again: %+v, %v", again, err)
		}
		if _, err := s.Merge(t.Context(), t.shop, anna.ID, anna.ID); orderhub.KindOf(err) != orderhub.Invalid {
			t.Errorf("merged with itself: %v", err)
		}
		// The one that is kept keeps all its identities when it is deleted: none.
		t.remove(by("a-2"))
		t.wantUnknown(by("a-1"), by("a-2"), orderhub.CustomerRef{ID: other.ID})
	})
}

// A change may name the version that it expects: of two that expect one
// version, the second is refused.
func TestChangeExpectsAVersion(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(olga())
		change := orderhub.CustomerChange{Name: new("Ольга Пак"), IfVersion: 1}
		if c := t.amend("o-1", change); c.Version != 2 {
			t.Errorf("version %d, want 2", c.Version)
		}
		_, _, err := t.service().Amend(t.Context(), t.shop, by("o-1"), change, both)
		t.wantFaults(err, orderhub.Conflict, "")
	})
}

// Ledger events raise the version and leave the time of the last change alone.
func TestTouchRaisesTheVersionAlone(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		before := t.register(olga())
		if _, err := t.service().Acted(t.Context(), t.shop, by("o-1"), "basket", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		want := *before
		want.Version = 2
		if diff := cmp.Diff(&want, t.customer(before.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if e := t.events()[1]; e.Version != 2 {
			t.Errorf("the event has version %d, want 2", e.Version)
		}
	})
}
