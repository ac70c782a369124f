package customers_test

import (
	"strings"
	"testing"

	"orderhub"
)

func TestGroupIsFoundByIDOrByNameAndMadeWhenMissing(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		first := t.amend("o-1", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "VIP"}})
		second := t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "VIP"}})
		if first.Group == 0 || second.Group != first.Group {
			t.Errorf("groups %d and %d, want one", first.Group, second.Group)
		}
		other := t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "Новые"}})
		all, err := t.service().Groups(t.Context(), t.shop)
		if err != nil || len(all) != 2 || all[1].ID != other.Group || all[1].Name != "Новые" {
			t.Errorf("Groups = %v, %v, want both", all, err)
		}
		back := t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{ID: first.Group, Name: "not asked"}})
		if stored := t.customer(back.ID); stored.Group != first.Group {
			t.Errorf("by id the group is %d, want %d", stored.Group, first.Group)
		}
		none := t.amend("o-2", orderhub.CustomerChange{Group: &orderhub.GroupRef{}})
		if stored := t.customer(none.ID); stored.Group != 0 {
			t.Errorf("the group is %d, want none", stored.Group)
		}
	})
}

func TestGroupThatIsNoneIsRefused(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		foreign := t.shopBy(orderhub.ByPhone).amend("o-9", orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "VIP"}}).Group
		for _, tt := range []struct {
			ref   orderhub.GroupRef
			field string
		}{
			{orderhub.GroupRef{ID: 999_999}, "group.id"},
			{orderhub.GroupRef{ID: foreign, Name: "VIP"}, "group.id"},
			{orderhub.GroupRef{Name: strings.Repeat("ж", 256)}, "group.name"},
			{orderhub.GroupRef{Name: "x\x00"}, "group.name"},
		} {
			for _, mode := range []orderhub.Mode{both, onlyNew} {
				change := orderhub.CustomerChange{Email: new("no address"), Group: &tt.ref}
				_, _, err := t.service().Amend(t.Context(), t.shop, by("o-1"), change, mode)
				if all := orderhub.All(err); len(all) != 2 || all[0].Field != "email" || all[1].Field != tt.field {
					t.Errorf("Amend to the group %+v: %v, want faults of email and %s", tt.ref, err, tt.field)
				}
			}
		}
		if all, err := t.service().Groups(t.Context(), t.shop); err != nil || len(all) > 0 {
			t.Errorf("Groups = %v, %v, want none", all, err)
		}
	})
}
