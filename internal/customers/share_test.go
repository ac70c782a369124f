package customers_test

import (
	"testing"

	"orderhub"
)

// Where contacts are no keys, somebody may have the phone number of another:
// it goes on to mean the other, and the two are noted.
func TestSharedContactStaysWithItsFirstOwner(t *testing.T) {
	for name, change := range map[string]orderhub.CustomerChange{
		"phone": {Phone: new("8 905 000 33 44")}, "e-mail": {Email: new("OLGA@example.com")},
		"both": {Phone: new("+79050003344"), Email: new("olga@example.com")},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, orderhub.ByEmail, func(t *town) {
				first := t.register(olga())
				change.ShareContact = true
				for _, external := range []string{"o-2", "o-2", "o-3"} { // made, changed, made
					t.amend(external, change)
				}
				second, third := t.find(by("o-2")), t.find(by("o-3"))
				if d := t.duplicates(); len(d) != 2 {
					t.Errorf("possible duplicates: %v, want %d and each of %d, %d", d, first.ID, second.ID, third.ID)
				}
				for _, ref := range []orderhub.CustomerRef{{Phone: first.Phone}, {Email: "olga@example.com"}} {
					if k := t.find(ref); k.ID != first.ID {
						t.Errorf("%s means customer %d, want %d", ref, k.ID, first.ID)
					}
				}
				t.remove(by("o-2"))
				t.find(orderhub.CustomerRef{Phone: first.Phone})
				change.ShareContact = false
				_, _, err := t.service().Amend(t.Context(), t.shop, by("o-4"), change, both)
				if orderhub.KindOf(err) != orderhub.Duplicate {
					t.Errorf("without sharing: %v, want a Duplicate error", err)
				}
			})
		})
	}
}

func TestSharedExternalIDIsRefused(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(olga())
		c := t.amend("o-2", nothing)
		_, _, err := t.service().Amend(t.Context(), t.shop, orderhub.CustomerRef{ID: c.ID}, orderhub.CustomerChange{ExternalID: new("o-1"), ShareContact: true}, both)
		t.wantFaults(err, orderhub.Duplicate, "external_id")
	})
}

func TestPartsOfTheBirthdayAndOfTheName(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		c := t.amend("b-1", orderhub.CustomerChange{BirthYear: new(1990), BirthMonth: new(2), FirstName: new("Вера"), LastName: new("Лис"), NameFromParts: true})
		if c.Birthday != (orderhub.Birthday{Year: 1990, Month: 2}) || c.Name != "Вера Лис" {
			t.Errorf("made with the birthday %v and the name %q", c.Birthday, c.Name)
		}
		c = t.amend("b-1", orderhub.CustomerChange{BirthDay: new(28), LastName: new("Волк"), NameFromParts: true})
		if c.Birthday != (orderhub.Birthday{Year: 1990, Month: 2, Day: 28}) || c.Name != "Вера Волк" {
			t.Errorf("changed to the birthday %v and the name %q", c.Birthday, c.Name)
		}
		_, _, err := t.service().Amend(t.Context(), t.shop, by("b-1"), orderhub.CustomerChange{BirthDay: new(29)}, both)
		t.wantFaults(err, orderhub.Invalid, "birthday")
		if c = t.customer(c.ID); c.Birthday.Day != 28 {
			t.Errorf("a birthday that is none was stored: %v", c.Birthday)
		}
		t.amend("b-1", orderhub.CustomerChange{BirthYear: new(0), BirthDay: new(29)}) // some year has it
		t.amend("b-1", orderhub.CustomerChange{Name: new("Волк Вера")})
		if c = t.amend("b-1", orderhub.CustomerChange{FirstName: new("Вероника"), NameFromParts: true}); c.Name != "Вероника Вера" {
			t.Errorf("new parts made the name %q", c.Name)
		}
	})
}

func TestNamesOfGroups(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		vip := t.amend("o-1", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "VIP"}}).Group
		t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "Новые"}})
		theirs := t.shopBy(orderhub.ByPhone).amend("o-9", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "VIP"}}).Group
		names, err := t.service().GroupNames(t.Context(), t.shop, vip, vip, 0, theirs, 999_999)
		if err != nil || len(names) != 1 || names[vip] != "VIP" {
			t.Errorf("GroupNames = %v, %v, want VIP alone", names, err)
		}
		if names, err := t.service().GroupNames(t.Context(), t.shop); err != nil || len(names) != 0 {
			t.Errorf("GroupNames of none = %v, %v", names, err)
		}
	})
}
