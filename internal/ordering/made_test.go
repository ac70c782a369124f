package ordering_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store/storetest"
)

func TestUnknownOrderIsMadeWhenAllowed(t *testing.T) {
	each(t, func(t *desk) {
		for i, mode := range []orderhub.Mode{onlyNew, either} {
			text := fmt.Sprint("A-", i)
			yesterday := storetest.Noon.AddDate(0, 0, -1)
			change := orderhub.OrderChange{
				Code: new("УТ-1"), Status: new("closed"), PlacedAt: &yesterday, UpdatedAt: &yesterday,
				Name: new("Anna"), Email: new("anna@example.com"), Note: new("note"),
				Lines:      orderhub.WholeLines([]orderhub.Line{{Name: "Boots", Quantity: 2 * orderhub.Piece, Price: amount("6800")}}),
				Attributes: details(`{"payment_status":"paid","gone":null}`), Extras: orderhub.Extras{"ecdp": details(`{"x":1}`)},
			}
			o, made, err := t.s.Amend(t.Context(), t.shop, number(text), change, mode)
			if err != nil || !made {
				t.Fatalf("Amend %s made %v, %v, want a new order", text, made, err)
			}
			got := t.find(text)
			t.wantSame(o, got)
			want := &orderhub.Order{
				ID: got.ID, Shop: t.shop.ID, Number: text, Code: "УТ-1", Customer: got.Customer,
				PlacedAt: yesterday, UpdatedAt: got.CreatedAt, CreatedAt: storetest.Noon,
				Status: "closed", Stage: orderhub.StageCompleted, StatusAt: storetest.Noon, Payment: orderhub.Paid, PaidAt: storetest.Noon,
				PaidWord: orderhub.WordPaid, PaidSum: amount("13600"), Fulfilment: orderhub.Delivered,
				Contact: orderhub.Contact{Name: "Anna", Email: "anna@example.com"}, Currency: "RUB", Total: amount("13600"), Note: "note",
				Lines:      []orderhub.Line{{No: 1, Name: "Boots", Quantity: 2 * orderhub.Piece, BasePrice: amount("6800"), Price: amount("6800"), Amount: amount("13600")}},
				Attributes: details(`{"payment_status":"paid"}`), Extras: orderhub.Extras{"ecdp": details(`{"x":1}`)},
			}
			t.wantSame(got, want)
			t.wantEvents(got.ID, orderhub.OrderPlaced)
		}
	})
}

func TestUnknownOrderIsNotFoundWhenNoneMayBeMade(t *testing.T) {
	each(t, func(t *desk) {
		t.other().place(boots("A-1"))
		t.place(boots("A-2"))
		t.delete("A-2")
		for _, text := range []string{"A-1", "A-2", "A-3", "", "a\x00", "\xff"} {
			t.storesNothing(func() {
				_, made, err := t.s.Amend(t.Context(), t.shop, number(text), orderhub.OrderChange{Email: new("new@example.com")}, onlyKnown)
				t.wantKind(err, orderhub.NotFound, "")
				if made {
					t.Errorf("Amend %q says it made an order", text)
				}
			})
		}
	})
}

func TestKnownOrderIsTakenWhenNoneMayBeChanged(t *testing.T) {
	each(t, func(t *desk) {
		want := t.place(old("A-1"))
		t.storesNothing(func() {
			_, _, err := t.s.Amend(t.Context(), t.shop, number("A-1"), orderhub.OrderChange{Note: new("new")}, onlyNew)
			t.wantKind(err, orderhub.Duplicate, "number")
		})
		t.wantSame(t.find("A-1"), want)
	})
}

func TestOrderThatMayNotBeStoredIsNotMade(t *testing.T) {
	each(t, func(t *desk) {
		bad := orderhub.OrderChange{Status: new("on the moon"), Email: new("new@example.com"), Lines: orderhub.WholeLines([]orderhub.Line{{Name: "Nothing"}})}
		for text, want := range map[string][]string{
			"A-1":   {"status", "lines[0].quantity"},
			"":      {"status", "number", "lines[0].quantity"},
			"\xff":  {"status", "number", "lines[0].quantity"},
			"a\x00": {"status", "number", "lines[0].quantity"},
		} {
			t.storesNothing(func() {
				_, _, err := t.s.Amend(t.Context(), t.shop, number(text), bad, either)
				var fields []string
				for _, e := range orderhub.All(err) {
					fields = append(fields, e.Field)
				}
				if diff := cmp.Diff(want, fields, alike...); diff != "" {
					t.Errorf("order %q: faults %v of fields (-want +got):\n%s", text, err, diff)
				}
			})
		}
	})
}

func TestOrderIsFoundByIDToo(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("A-1"))
		byID := orderhub.OrderRef{ID: o.ID}
		found, err := t.s.Find(t.Context(), t.shop, byID)
		if err != nil {
			t.Fatal(err)
		}
		t.wantSame(found, o)
		changed, made, err := t.s.Amend(t.Context(), t.shop, byID, orderhub.OrderChange{Note: new("new")}, either)
		if err != nil || made || changed.ID != o.ID || changed.Note != "new" {
			t.Errorf("Amend by id = %+v, made %v, %v, want the order changed", changed, made, err)
		}
		if _, err := t.s.Delete(t.Context(), t.shop, byID); err != nil {
			t.Errorf("Delete by id: %v", err)
		}
		_, err = t.s.Find(t.Context(), t.shop, byID)
		t.wantKind(err, orderhub.NotFound, "")
	})
}

// A number that looks like the id of another order is that number first.
func TestNumberIsTriedBeforeTheID(t *testing.T) {
	each(t, func(t *desk) {
		first := t.place(boots("A-1"))
		text := fmt.Sprintf("%024x", int64(first.ID))
		ref := orderhub.OrderRef{Number: text, ID: first.ID}
		if o, err := t.s.Find(t.Context(), t.shop, ref); err != nil || o.ID != first.ID {
			t.Errorf("Find(%+v) = %v, %v, want the order with that id", ref, o, err)
		}
		second := t.place(boots(text))
		if o, err := t.s.Find(t.Context(), t.shop, ref); err != nil || o.ID != second.ID {
			t.Errorf("Find(%+v) = %v, %v, want the order with that number", ref, o, err)
		}
		o, _, err := t.s.Amend(t.Context(), t.shop, ref, orderhub.OrderChange{Note: new("new")}, onlyKnown)
		if err != nil || o.ID != second.ID {
			t.Errorf("Amend(%+v) = %v, %v, want the order with that number", ref, o, err)
		}
		if o, err := t.s.Delete(t.Context(), t.shop, ref); err != nil || o.ID != second.ID {
			t.Errorf("Delete(%+v) = %v, %v, want the order with that number", ref, o, err)
		}
		t.wantSame(t.find("A-1"), first)
	})
}
