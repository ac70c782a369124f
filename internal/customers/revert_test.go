package customers_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

type reversal = orderhub.Reversal[orderhub.Customer]

// undone is what takes verdicts back, as an import keeps it: as JSON.
func (t *town) undone(all ...orderhub.Verdict[orderhub.Customer]) []reversal {
	t.Helper()
	r := make([]reversal, len(all))
	for i, v := range all {
		r[i] = reversal{ID: int64(v.Now.ID), Stamp: v.Now.UpdatedAt, Version: v.Now.Version, Content: customers.Content(v.Now)}
		if v.Old == nil {
			continue
		}
		var err error
		r[i].Old, err = customers.ParseSnapshot(customers.Snapshot(v.Old))
		if diff := cmp.Diff(v.Old, r[i].Old); err != nil || diff != "" {
			t.Errorf("a customer comes back changed, %v (-kept +read):\n%s", err, diff)
		}
	}
	return r
}

func (t *town) revert(all ...reversal) (done []bool) {
	t.Helper()
	if err := t.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		done, err = customers.Revert(t.Context(), tx, t.shop, all)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return done
}

// wantContent checks that a customer is stored as it was, and that this is its
// version now: an undo is a change of its own, later than what it takes back.
func (t *town) wantContent(want *orderhub.Customer, version int64) {
	t.Helper()
	got := t.customer(want.ID)
	if got.Version != version || !got.UpdatedAt.After(want.UpdatedAt) {
		t.Errorf("customer %d has version %d, changed at %v, want %d, after %v", want.ID, got.Version, got.UpdatedAt, version, want.UpdatedAt)
	}
	got.Version, got.UpdatedAt = want.Version, want.UpdatedAt
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("customer %d (-before +after):\n%s", want.ID, diff)
	}
}

// rich is a customer with something in every field.
func rich() *orderhub.Customer {
	return &orderhub.Customer{
		ExternalID: "r-1", Email: "Rich@Shop.example", Phone: "8 (900) 000-00-01", Name: "РИХАРД Ёж", FirstName: "Рихард", MiddleName: "П.", LastName: "O'Ёж",
		Gender: orderhub.Male, Birthday: orderhub.Birthday{Year: 1990, Month: 2}, Unsubscribed: true, Complained: true, Bounced: true,
		Consents:     []orderhub.Consent{{ID: "sms", State: orderhub.AwaitingConfirmation}, {ID: "news", State: orderhub.Refused}},
		Attributes:   facts(`{"html":"<b>&\u2028","n":1.50e3,"big":12345678901234567890,"list":[null,{"a":""}],"ё":true}`),
		Extras:       orderhub.Extras{"virtpos": facts(`{"info":"<i>"}`), "ecdp": facts(`{"x":[1.0]}`)},
		RegisteredAt: time.Date(1999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	}
}

// each runs a test with a clock that can be moved.
func eachMoved(t *testing.T, test func(t *town, clock *storetest.Clock)) {
	t.Helper()
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		test(&town{T: t, db: db, shop: newShop(t, db, "main", orderhub.ByEmail)}, clock)
	})
}

// A customer that an import has changed, in every field, has its old content
// and keys again; one that it made is gone, and its keys are free.
func TestRevertBringsBackWhatWas(t *testing.T) {
	eachMoved(t, func(t *town, clock *storetest.Clock) {
		old := t.register(rich())
		anon := t.customer(t.resolve(customers.ContactDetails{Email: "anon@shop.example", Phone: "89000000002"}))
		clock.Offset += time.Hour
		change := row("r-1", "other@shop.example", "+79000000007", "Другой")
		change.FirstName, change.MiddleName, change.LastName = new("Д"), new(""), new("Р")
		change.Gender, change.Birthday, change.Group = new(orderhub.Female), &orderhub.Birthday{Year: 2000}, &orderhub.GroupRef{Name: "VIP"}
		change.Unsubscribed, change.Complained, change.Bounced = new(false), new(false), new(false)
		change.Consents = []orderhub.Consent{{ID: "news", State: orderhub.Given}}
		change.ClearAttributes, change.Attributes = true, facts(`{"new":1}`)
		change.Extras, change.RegisteredAt = orderhub.Extras{"ecdp": facts(`{"x":2}`)}, new(storetest.Noon)
		all := t.importAll(both, change, row("a-1", "anon@shop.example", "", "Анна"), row("n-1", "new@shop.example", "+79000000009", "Новая"))
		if want := []string{"updated", "updated", "created"}; !slices.Equal(toldAll(all), want) {
			t.Fatalf("imported %q, want %q", toldAll(all), want)
		}
		clock.Offset += time.Hour
		events := len(t.events())
		if got := t.revert(t.undone(all...)...); !slices.Equal(got, []bool{true, true, true}) {
			t.Errorf("reverted %v", got)
		}
		for _, want := range []*orderhub.Customer{old, anon} {
			t.wantContent(want, 3)
		}
		for ref, id := range map[orderhub.CustomerRef]orderhub.CustomerID{
			{Email: "rich@shop.example"}: old.ID, {Phone: "+79000000001"}: old.ID, by("r-1"): old.ID, {Email: "anon@shop.example"}: anon.ID,
		} {
			if k := t.find(ref); k.ID != id {
				t.Errorf("%s means customer %d, want %d", ref, k.ID, id)
			}
		}
		t.wantUnknown(by("n-1"), by("a-1"), orderhub.CustomerRef{Email: "new@shop.example"}, orderhub.CustomerRef{Phone: "+79000000009"},
			orderhub.CustomerRef{Email: "other@shop.example"}, orderhub.CustomerRef{Phone: "+79000000007"})
		t.wantCustomers(2)
		kinds := map[orderhub.EventKind]int{}
		for _, e := range t.events()[events:] {
			kinds[e.Kind]++
		}
		if kinds[orderhub.CustomerDeleted] != 1 || kinds[orderhub.CustomerChanged] != 2 || len(kinds) != 2 {
			t.Errorf("events of the undo: %v", kinds)
		}
		if got := t.revert(t.undone(all...)...); !slices.Equal(got, []bool{true, true, true}) || len(t.events()) != events+3 {
			t.Errorf("reverted once more: %v, with %d events more", got, len(t.events())-events-3)
		}
	})
}

// What somebody has touched or used since stays as it is.
func TestRevertLeavesWhatIsTouchedOrUsed(t *testing.T) {
	tests := map[string]struct {
		row  orderhub.CustomerChange
		then func(t *town, id orderhub.CustomerID)
		want bool
	}{
		"made, and left alone": {row("n-1", "n@shop.example", "", ""), func(*town, orderhub.CustomerID) {}, true},
		"made, then changed":   {row("n-1", "n@shop.example", "", ""), func(t *town, _ orderhub.CustomerID) { t.amend("n-1", row("", "", "", "Нина")) }, false},
		"made, then deleted":   {row("n-1", "n@shop.example", "", ""), func(t *town, _ orderhub.CustomerID) { t.remove(by("n-1")) }, true},
		"made, then bought":    {row("n-1", "n@shop.example", "", "Нина"), func(t *town, _ orderhub.CustomerID) { t.order("A-1", orderhub.Contact{Email: "n@shop.example"}) }, false},
		"made, then acted": {row("n-1", "n@shop.example", "", ""), func(t *town, _ orderhub.CustomerID) {
			if _, err := t.service().Acted(t.Context(), t.shop, by("n-1"), "opened", []byte("{}")); err != nil {
				t.Error(err)
			}
		}, false},
		"made, then given a card": {row("n-1", "", "", ""), func(t *town, id orderhub.CustomerID) {
			t.exec(`insert into cards (shop_id, number, external_id, ean13, barcode, medium, status, customer_id, activated_at, blocked_at, created_at, updated_at, deleted_at)
				values ($1, '1', '', '', '', 'APP', 'NEW', $2, 0, 0, 0, 0, 0)`, int64(t.shop.ID), int64(id))
		}, false},
		"made, then given points": {row("n-1", "", "", ""), func(t *town, id orderhub.CustomerID) {
			t.exec(`insert into bonus_entries (shop_id, customer_id, entry_key, cause, points, state, reason, created_at, state_at, expires_at)
				values ($1, $2, '', 2, 5, 1, '', 0, 0, 0)`, int64(t.shop.ID), int64(id))
		}, false},
		"made, then noted": {row("n-1", "", "", ""), func(t *town, id orderhub.CustomerID) {
			other := t.register(&orderhub.Customer{ExternalID: "o-1"}).ID
			err := t.db.Update(t.Context(), func(tx *store.Tx) error {
				return tx.Shop(t.shop.ID).NoteDuplicates(t.Context(), tx.Now(), [2]orderhub.CustomerID{id, other})
			})
			if err != nil {
				t.Error(err)
			}
		}, true},
		"changed, then bought":       {row("k-1", "", "", "Кира"), func(t *town, _ orderhub.CustomerID) { t.order("A-1", orderhub.Contact{Email: "kira@shop.example"}) }, true},
		"changed, then changed more": {row("k-1", "", "", "Кира"), func(t *town, _ orderhub.CustomerID) { t.amend("k-1", row("", "", "", "Кира Лис")) }, false},
		"changed, then changed back": {row("k-1", "", "", "Кира"), func(t *town, _ orderhub.CustomerID) {
			t.amend("k-1", orderhub.CustomerChange{Name: new("Ки"), FirstName: new("")})
		}, true},
		"changed, touched, changed back to that": {row("k-1", "", "", "Кира"), func(t *town, _ orderhub.CustomerID) {
			t.amend("k-1", row("", "", "", "Кира Лис"))
			t.amend("k-1", row("", "", "", "Кира"))
		}, true},
		"changed, then deleted": {row("k-1", "", "", "Кира"), func(t *town, _ orderhub.CustomerID) { t.remove(by("k-1")) }, false},
		"changed, its address taken": {row("k-1", "k@shop.example", "", ""), func(t *town, _ orderhub.CustomerID) {
			t.register(&orderhub.Customer{ExternalID: "o-1", Email: "kira@shop.example"})
		}, false},
	}
	eachMoved(t, func(first *town, clock *storetest.Clock) {
		for name, tt := range tests {
			t := first.shopBy(orderhub.ByEmail)
			t.register(&orderhub.Customer{ExternalID: "k-1", Email: "kira@shop.example", Name: "Ки"})
			clock.Offset += time.Hour
			v := t.importAll(both, tt.row)[0]
			clock.Offset += time.Hour
			tt.then(t, v.Now.ID)
			if got := t.revert(t.undone(v)...); got[0] != tt.want {
				t.Errorf("%s: reverted %v, want %v", name, got[0], tt.want)
			}
			if _, err := t.service().Find(t.Context(), t.shop, orderhub.CustomerRef{ID: v.Now.ID}, 0); v.Old == nil && tt.want && orderhub.KindOf(err) != orderhub.NotFound {
				t.Errorf("%s: it is still there: %v", name, err)
			}
		}
	})
}

// exec runs a statement for what this package has no method for.
func (t *town) exec(statement string, args ...any) {
	t.Helper()
	err := t.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// One customer that was changed twice goes back both steps, the last first.
func TestRevertOfTwoChangesOfOne(t *testing.T) {
	eachMoved(t, func(t *town, clock *storetest.Clock) {
		before := t.register(&orderhub.Customer{ExternalID: "k-1", Name: "Ки"})
		var all []orderhub.Verdict[orderhub.Customer]
		for _, name := range []string{"Кира", "Кира Лис"} {
			clock.Offset += time.Hour
			all = append(all, t.importAll(both, row("k-1", "", "", name))...)
		}
		slices.Reverse(all)
		if got := t.revert(t.undone(all...)...); !slices.Equal(got, []bool{true, true}) {
			t.Errorf("reverted %v", got)
		}
		t.wantContent(before, 5)
	})
}

// Nobody takes back what happened in another shop.
func TestRevertKeepsToTheShop(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		c := t.shopBy(orderhub.ByEmail).register(&orderhub.Customer{ExternalID: "n-1"})
		t.revert(reversal{ID: int64(c.ID), Stamp: c.UpdatedAt})
		t.wantCustomers(1)
	})
}
