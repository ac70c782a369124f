package loyalty_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

var (
	onlyNew   = orderhub.Mode{New: true}
	onlyKnown = orderhub.Mode{Existing: true}
	either    = orderhub.Mode{New: true, Existing: true}
)

func (t *till) issue(number string, changes ...func(*orderhub.CardChange)) *orderhub.Card {
	t.Helper()
	change := orderhub.CardChange{Number: &number}
	for _, do := range changes {
		do(&change)
	}
	c, err := t.s.Issue(t.Context(), t.shop, change)
	if err != nil {
		t.Fatalf("issue %s: %v", number, err)
	}
	return c
}

func (t *till) amendCard(number string, change orderhub.CardChange) *orderhub.Card {
	t.Helper()
	c, made, err := t.s.AmendCard(t.Context(), t.shop, orderhub.CardRef{Number: number}, change, onlyKnown)
	if err != nil || made {
		t.Fatalf("amend card %s: made %v, %v", number, made, err)
	}
	return c
}

func (t *till) find(ref orderhub.CardRef) *orderhub.Card {
	t.Helper()
	c, err := t.s.FindCard(t.Context(), t.shop, ref)
	if err != nil && orderhub.KindOf(err) != orderhub.NotFound {
		t.Fatalf("find card %v: %v", ref, err)
	}
	return c
}

// cardEvents are the kinds of what happened to cards, and the changes.
func (t *till) cardEvents() (kinds []orderhub.EventKind, changes [][]orderhub.Change) {
	t.Helper()
	for _, e := range t.events() {
		if strings.HasPrefix(string(e.Kind), "card.") {
			kinds, changes = append(kinds, e.Kind), append(changes, e.Changes)
		}
	}
	return kinds, changes
}

func TestIssueFillsInWhatIsNotSaid(t *testing.T) {
	each(t, func(t *till) {
		owner := t.customer("1c-77")
		plain := t.issue("700123")
		want := &orderhub.Card{ID: plain.ID, Shop: t.shop.ID, Number: "700123", EAN13: "0000007001239", Barcode: "0000007001239",
			Medium: orderhub.Plastic, Status: orderhub.CardNew, CreatedAt: t.clock.Now(), UpdatedAt: t.clock.Now(), Version: 1}
		if diff := cmp.Diff(want, t.find(orderhub.CardRef{ID: plain.ID})); diff != "" {
			t.Errorf("a plain card (-want +got):\n%s", diff)
		}
		long := t.issue("GOLD-1", func(c *orderhub.CardChange) {
			c.ExternalID, c.Medium, c.Status = new("e-1"), new(orderhub.App), new(orderhub.CardActive)
			c.Type, c.Owner = &orderhub.CardTypeRef{Name: "Gold"}, &orderhub.CustomerRef{ExternalID: "1c-77"}
		})
		types, err := t.s.CardTypes(t.Context(), t.shop)
		if err != nil || len(types) != 1 || types[0].Name != "Gold" {
			t.Fatalf("types = %v, %v, want Gold", types, err)
		}
		want = &orderhub.Card{ID: long.ID, Shop: t.shop.ID, Number: "GOLD-1", ExternalID: "e-1", Barcode: "GOLD-1",
			Medium: orderhub.App, Status: orderhub.CardActive, Type: types[0].ID, Customer: owner,
			ActivatedAt: t.clock.Now(), CreatedAt: long.CreatedAt, UpdatedAt: long.CreatedAt, Version: 1}
		if !long.CreatedAt.After(plain.CreatedAt) {
			t.Errorf("the second card was made at %v, the first at %v", long.CreatedAt, plain.CreatedAt)
		}
		if diff := cmp.Diff(want, t.find(orderhub.CardRef{Number: "GOLD-1"})); diff != "" {
			t.Errorf("a long card (-want +got):\n%s", diff)
		}
		t.issue("2", func(c *orderhub.CardChange) { c.Type = &orderhub.CardTypeRef{ID: types[0].ID, Name: "Silver"} })
		if types, _ = t.s.CardTypes(t.Context(), t.shop); len(types) != 1 {
			t.Errorf("a name beside an id made a type: %v", types)
		}
		if kinds, _ := t.cardEvents(); len(kinds) != 3 || kinds[0] != orderhub.CardIssued {
			t.Errorf("events %v, want three cards issued", kinds)
		}
		t.wantSound()
	})
}

func TestCardNumberAndExternalIDAreUnique(t *testing.T) {
	each(t, func(t *till) {
		t.issue("1", func(c *orderhub.CardChange) { c.ExternalID = new("e") })
		t.issue("2")
		_, err := t.s.Issue(t.Context(), t.shop, orderhub.CardChange{Number: new("1"), ExternalID: new("e")})
		if all := orderhub.All(err); len(all) != 2 || all[0].Field != "external_id" || all[1].Field != "number" || all[1].Kind != orderhub.Duplicate {
			t.Errorf("Issue = %v, want both fields taken", err)
		}
		_, _, err = t.s.AmendCard(t.Context(), t.shop, orderhub.CardRef{Number: "2"}, orderhub.CardChange{Number: new("1")}, either)
		t.wantFault(err, orderhub.Duplicate, "number")
		_, _, err = t.s.AmendCard(t.Context(), t.shop, orderhub.CardRef{Number: "2"}, orderhub.CardChange{}, onlyNew)
		t.wantFault(err, orderhub.Duplicate, "number")
		t.amendCard("1", orderhub.CardChange{Number: new("3"), ExternalID: new("")})
		t.issue("1", func(c *orderhub.CardChange) { c.ExternalID = new("e") }) // both are free again
		if _, err := t.s.DeleteCard(t.Context(), t.shop, orderhub.CardRef{Number: "1"}); err != nil {
			t.Errorf("delete: %v", err)
		}
		t.issue("1", func(c *orderhub.CardChange) { c.ExternalID = new("e") })
		other := t.other()
		other.issue("1", func(c *orderhub.CardChange) { c.ExternalID = new("e") })
		t.wantSound()
	})
}

// T5: names of types are trimmed and compared without letter case.
func TestTypesOfOneNameAreOne(t *testing.T) {
	each(t, func(t *till) {
		for i, name := range []string{" Gold ", "gold", "GOLD", "Золото", "золото  "} {
			t.issue(fmt.Sprint(i), func(c *orderhub.CardChange) { c.Type = &orderhub.CardTypeRef{Name: name} })
		}
		t.issue("9", func(c *orderhub.CardChange) { c.Type = &orderhub.CardTypeRef{Name: "  "} })
		types, err := t.s.CardTypes(t.Context(), t.shop)
		if err != nil || len(types) != 2 || types[0].Name != "Gold" || types[1].Name != "Золото" {
			t.Errorf("types %+v, %v, want Gold and Золото", types, err)
		}
		if c := t.find(orderhub.CardRef{Number: "2"}); c.Type != types[0].ID {
			t.Errorf("GOLD is type %d, want %d", c.Type, types[0].ID)
		}
	})
}

// The next key is tried only when the former finds nothing.
func TestCardIsFoundInTheSequenceOfItsKeys(t *testing.T) {
	each(t, func(t *till) {
		barcode := func(code string) func(*orderhub.CardChange) {
			return func(c *orderhub.CardChange) { c.Barcode = &code }
		}
		external := func(id string) func(*orderhub.CardChange) {
			return func(c *orderhub.CardChange) { c.ExternalID = &id }
		}
		a := t.issue("A", external("B"), barcode("C"))
		b := t.issue("B", external("C"), barcode("A"))
		c := t.issue("C", external("A"), barcode("B"))
		t.issue("D", barcode("C")) // the oldest with a barcode is meant
		gone := t.issue("E", external("F"), barcode("G"))
		if _, err := t.s.DeleteCard(t.Context(), t.shop, orderhub.CardRef{ID: gone.ID}); err != nil {
			t.Fatal(err)
		}
		foreign := t.other().issue("X", external("Y"), barcode("Z"))
		for _, tt := range []struct {
			ref  orderhub.CardRef
			want *orderhub.Card
		}{
			{orderhub.CardRef{ID: a.ID, Number: "B", ExternalID: "A", Barcode: "B"}, a},
			{orderhub.CardRef{ID: 999_999, Number: "B", ExternalID: "A", Barcode: "B"}, b},
			{orderhub.CardRef{ID: foreign.ID, Number: "no", ExternalID: "A", Barcode: "A"}, c},
			{orderhub.CardRef{Number: "no", ExternalID: "no", Barcode: "A"}, b},
			{orderhub.CardRef{Barcode: "C"}, a},
			{orderhub.CardRef{Number: "A\x00", ExternalID: "\xff", Barcode: "B"}, c},
			{orderhub.CardRef{ID: gone.ID, Number: "E", ExternalID: "F", Barcode: "G"}, nil},
			{orderhub.CardRef{ID: foreign.ID, Number: "X", ExternalID: "Y", Barcode: "Z"}, nil},
			{orderhub.CardRef{}, nil},
		} {
			if got := t.find(tt.ref); (got == nil) != (tt.want == nil) || got != nil && got.ID != tt.want.ID {
				t.Errorf("find %+v = %+v, want %+v", tt.ref, got, tt.want)
			}
			got, _, err := t.s.AmendCard(t.Context(), t.shop, tt.ref, orderhub.CardChange{}, onlyKnown)
			if (err == nil) != (tt.want != nil) || err == nil && got.ID != tt.want.ID {
				t.Errorf("amend %+v = %+v, %v, want %+v", tt.ref, got, err, tt.want)
			}
		}
	})
}

func TestAmendCardChangesOnlyWhatIsGiven(t *testing.T) {
	each(t, func(t *till) {
		owner := t.customer("1c-77")
		first := t.issue("700123", func(c *orderhub.CardChange) { c.Owner = &orderhub.CustomerRef{ID: owner} })
		t.clock.Offset += time.Hour
		steps := []struct {
			name   string
			change orderhub.CardChange
			do     func(*orderhub.Card)
		}{
			{"nothing", orderhub.CardChange{}, nil},
			{"the same", orderhub.CardChange{Medium: new(orderhub.Plastic), Owner: &orderhub.CustomerRef{ExternalID: "1c-77"}}, nil},
			{"active", orderhub.CardChange{Status: new(orderhub.CardActive)}, func(c *orderhub.Card) {
				c.Status, c.ActivatedAt = orderhub.CardActive, t.clock.Now()
			}},
			{"blocked since noon", orderhub.CardChange{Status: new(orderhub.CardBlocked), BlockedAt: new(t.clock.Now().Add(-time.Hour))}, func(c *orderhub.Card) {
				c.Status, c.BlockedAt = orderhub.CardBlocked, t.clock.Now().Add(-time.Hour)
			}},
			{"active again", orderhub.CardChange{Status: new(orderhub.CardActive)}, func(c *orderhub.Card) {
				c.Status, c.BlockedAt = orderhub.CardActive, time.Time{}
			}},
			{"a barcode", orderhub.CardChange{Barcode: new("17")}, func(c *orderhub.Card) { c.Barcode = "17" }},
			{"another EAN", orderhub.CardChange{EAN13: new("4006381333931")}, func(c *orderhub.Card) { c.EAN13 = "4006381333931" }},
			{"back to its own codes", orderhub.CardChange{Barcode: new(""), EAN13: new("")}, func(c *orderhub.Card) {
				c.EAN13, c.Barcode = first.EAN13, first.EAN13
			}},
			{"nobody's", orderhub.CardChange{Owner: &orderhub.CustomerRef{}}, func(c *orderhub.Card) { c.Customer = 0 }},
		}
		want := *first
		for _, step := range steps {
			got := t.amendCard("700123", step.change)
			if step.do != nil {
				step.do(&want)
				if !got.UpdatedAt.After(want.UpdatedAt) {
					t.Errorf("%s: changed at %v, not after %v", step.name, got.UpdatedAt, want.UpdatedAt)
				}
				want.UpdatedAt, want.Version = got.UpdatedAt, want.Version+1
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step.name, diff)
			}
			if diff := cmp.Diff(&want, t.find(orderhub.CardRef{ID: first.ID})); diff != "" {
				t.Errorf("%s, stored (-want +got):\n%s", step.name, diff)
			}
		}
		renamed := t.amendCard("700123", orderhub.CardChange{Number: new("400638133393")})
		if renamed.EAN13 != "4006381333931" || renamed.Barcode != "4006381333931" {
			t.Errorf("with a new number the codes are %s and %s", renamed.EAN13, renamed.Barcode)
		}
		if got := t.find(orderhub.CardRef{Number: "700123"}); got != nil {
			t.Errorf("found by the old number: %+v", got)
		}
		if kinds, changes := t.cardEvents(); len(kinds) != len(steps) || changes[1][1].Field != "status" {
			t.Errorf("events %v, want one that the card was issued and one for each of %d changes", changes, len(steps)-1)
		}
		t.wantSound()
	})
}

func TestAmendCardMakesAnUnknownOne(t *testing.T) {
	each(t, func(t *till) {
		ref := orderhub.CardRef{Number: "9", ExternalID: "e-9", Barcode: "b"}
		_, _, err := t.s.AmendCard(t.Context(), t.shop, ref, orderhub.CardChange{}, onlyKnown)
		t.wantFault(err, orderhub.NotFound, "")
		c, made, err := t.s.AmendCard(t.Context(), t.shop, ref, orderhub.CardChange{Medium: new(orderhub.App)}, either)
		if err != nil || !made || c.Number != "9" || c.ExternalID != "e-9" || c.Medium != orderhub.App {
			t.Errorf("AmendCard = %+v, made %v, %v", c, made, err)
		}
		if _, made, err = t.s.AmendCard(t.Context(), t.shop, ref, orderhub.CardChange{}, either); err != nil || made {
			t.Errorf("AmendCard again: made %v, %v", made, err)
		}
	})
}

func TestDeletedCardIsGone(t *testing.T) {
	each(t, func(t *till) {
		owner := t.customer("x-1")
		c := t.issue("1", func(c *orderhub.CardChange) { c.Owner = &orderhub.CustomerRef{ID: owner} })
		_, err := t.s.DeleteCard(t.Context(), t.shop, orderhub.CardRef{})
		t.wantFault(err, orderhub.Missing, "number")
		_, err = t.s.DeleteCard(t.Context(), t.shop, orderhub.CardRef{Number: "2"})
		t.wantFault(err, orderhub.NotFound, "")
		if of, err := t.s.CardsOf(t.Context(), t.shop, owner); err != nil || len(of[owner]) != 1 {
			t.Errorf("CardsOf = %v, %v, want the card", of, err)
		}
		if _, err := t.s.DeleteCard(t.Context(), t.shop, orderhub.CardRef{Number: "1"}); err != nil {
			t.Errorf("delete: %v", err)
		}
		_, err = t.s.DeleteCard(t.Context(), t.shop, orderhub.CardRef{ID: c.ID})
		t.wantFault(err, orderhub.NotFound, "")
		if of, err := t.s.CardsOf(t.Context(), t.shop, owner); err != nil || len(of) != 0 {
			t.Errorf("CardsOf = %v, %v, want none", of, err)
		}
	})
}

func TestCardsOfManyCustomers(t *testing.T) {
	each(t, func(t *till) {
		a, b, none := t.customer("a"), t.customer("b"), t.customer("c")
		owner := func(id orderhub.CustomerID) func(*orderhub.CardChange) {
			return func(c *orderhub.CardChange) { c.Owner = &orderhub.CustomerRef{ID: id} }
		}
		t.issue("1", owner(b))
		t.issue("2", owner(a))
		t.issue("3", owner(b))
		t.issue("4")
		of, err := t.s.CardsOf(t.Context(), t.shop, a, b, none)
		if err != nil || len(of) != 2 || len(of[a]) != 1 || len(of[b]) != 2 || of[b][0].Number != "1" || of[b][1].Number != "3" {
			t.Errorf("CardsOf = %v, %v", of, err)
		}
		if of, err := t.s.CardsOf(t.Context(), t.other().shop, a, b); err != nil || len(of) != 0 {
			t.Errorf("another shop sees %v, %v", of, err)
		}
		if all, err := t.s.CardsOf(t.Context(), t.shop); err != nil || len(all) != 0 {
			t.Errorf("CardsOf nobody = %v, %v", all, err)
		}
	})
}

func TestCardRefusesWhatIsWrong(t *testing.T) {
	each(t, func(t *till) {
		foreign := t.other().customer("1c-1")
		long := strings.Repeat("7", orderhub.MaxCardText+1)
		_, err := t.s.Issue(t.Context(), t.shop, orderhub.CardChange{
			Number: new(""), ExternalID: &long, Barcode: new("b\x00"), EAN13: new("0000007001230"),
			Medium: new(orderhub.Medium("GOLD")), Status: new(orderhub.CardStatus("LOST")),
			Type: &orderhub.CardTypeRef{ID: 77}, Owner: &orderhub.CustomerRef{ID: foreign, ExternalID: "1c-1"},
			BlockedAt: new(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)),
		})
		var got []string
		for _, e := range orderhub.All(err) {
			got = append(got, e.Field)
		}
		want := []string{"number", "external_id", "barcode", "ean13", "medium", "status", "blocked_at", "type.id", "customer.id"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("faults of %v (-want +got):\n%s", err, diff)
		}
		_, err = t.s.Issue(t.Context(), t.shop, orderhub.CardChange{Number: new("1"), Type: &orderhub.CardTypeRef{Name: long},
			Owner: &orderhub.CustomerRef{ExternalID: "nobody"}})
		if all := orderhub.All(err); len(all) != 2 || all[0].Field != "type.name" || all[1].Field != "customer.external_id" {
			t.Errorf("Issue = %v, want faults of the type and the owner", err)
		}
		if kinds, _ := t.cardEvents(); len(kinds) > 0 {
			t.Errorf("events %v, want none", kinds)
		}
		if types, err := t.s.CardTypes(t.Context(), t.shop); err != nil || len(types) > 0 {
			t.Errorf("types %v, %v, want none", types, err)
		}
	})
}

func TestCardOfADeletedCustomerIsNobodys(t *testing.T) {
	each(t, func(t *till) {
		owner := t.customer("x-1")
		t.issue("1", func(c *orderhub.CardChange) { c.Owner = &orderhub.CustomerRef{ID: owner} })
		t.update(func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(t.shop.ID).DeleteCustomers(ctx, []orderdb.Deletion{{Customer: owner, At: tx.Now()}})
		})
		if c := t.find(orderhub.CardRef{Number: "1"}); c == nil || c.Customer != 0 {
			t.Errorf("the card is %+v, want nobody's", c)
		}
	})
}
