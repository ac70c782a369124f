package ordering_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

func TestPlaceFillsInWhatIsLeftOpen(t *testing.T) {
	each(t, func(t *desk) {
		t.place(boots("A-1"))
		o := t.find("A-1")
		type open struct {
			Shop                       orderhub.ShopID
			Currency                   money.Currency
			Status                     string
			Stage                      orderhub.Stage
			Placed, Created, Up, State time.Time
		}
		noon := storetest.Noon
		got := open{o.Shop, o.Currency, o.Status, o.Stage, o.PlacedAt, o.CreatedAt, o.UpdatedAt, o.StatusAt}
		want := open{t.shop.ID, "RUB", "received", orderhub.StagePlaced, noon, noon, noon, noon}
		if diff := cmp.Diff(want, got, alike...); diff != "" {
			t.Errorf("filled in (-want +got):\n%s", diff)
		}
		if o.ID == 0 || o.Customer == 0 {
			t.Errorf("order has the id %d and the customer %d, want some", o.ID, o.Customer)
		}
	})
}

func TestPlaceKeepsWhatIsGiven(t *testing.T) {
	each(t, func(t *desk) {
		last := storetest.Noon.AddDate(-1, 0, 0)
		t.place(boots("A-1", func(o *orderhub.Order) {
			o.Currency, o.Status = "PLN", "closed"
			o.PlacedAt, o.UpdatedAt = last, last.Add(time.Hour)
		}))
		o := t.find("A-1")
		if o.Currency != "PLN" || o.Status != "closed" || o.Stage != orderhub.StageCompleted {
			t.Errorf("order in %s is %s in stage %s, want PLN, closed, completed", o.Currency, o.Status, o.Stage)
		}
		if !o.PlacedAt.Equal(last) || !o.UpdatedAt.Equal(storetest.Noon) { // when it changed here is ours to say
			t.Errorf("placed at %v, updated at %v, want %v and %v", o.PlacedAt, o.UpdatedAt, last, storetest.Noon)
		}
		if !o.CreatedAt.Equal(storetest.Noon) {
			t.Errorf("created at %v, want %v", o.CreatedAt, storetest.Noon)
		}
	})
}

func TestPlaceAnswersWhatFindFinds(t *testing.T) {
	each(t, func(t *desk) {
		placed := t.place(boots("Заказ №1 / ü", func(o *orderhub.Order) {
			o.Code, o.Note, o.Source, o.Coupon, o.CancelReason = "УТ-1", "two\nlines", "call", "SPRING", "none"
			o.Lines = append(o.Lines, orderhub.Line{SKU: "B-2", Name: "Laces", Unit: "m", Quantity: 3450, BasePrice: amount("100.10"),
				Price: amount("90"), Bonus: 7, Attributes: details(`{"colour":"red"}`), Extras: orderhub.Extras{"usam": details(`{"x":1.50}`)}})
			o.Payments = []orderhub.Payment{{Number: "PH1", Status: orderhub.PaymentPaid, Sum: amount("10"), PaidAt: storetest.Noon}}
			o.Shipments = []orderhub.Shipment{{Method: "5", Price: amount("300"), Track: "RR1"}}
			o.Taxes = []orderhub.Tax{{Name: "VAT", Rate: amount("20"), Amount: amount("1.5")}}
			o.Attributes = details(`{"b":{"c":[1,2]},"a":1e2,"payment_status":"paid"}`)
			o.Extras = orderhub.Extras{"aplaut": details(`{"z":null}`)}
		}))
		t.wantSame(t.find("Заказ №1 / ü"), placed)
		t.wantSound()
	})
}

func TestPlaceTellsAllFaultsAtOnceAndStoresNothing(t *testing.T) {
	each(t, func(t *desk) {
		bad := boots("", func(o *orderhub.Order) {
			o.Status = "on the moon"
			o.Contact.Email = strings.Repeat("a", 400) + "@example.com"
			o.Lines = []orderhub.Line{
				{Name: "Boots", Price: amount("6800")},
				{Name: "\xff", Quantity: math.MaxInt64, Price: math.MaxInt64},
			}
			o.Note = "a\x00b"
		})
		t.storesNothing(func() {
			err := t.s.Place(t.Context(), t.shop, bad)
			got := map[string]orderhub.Kind{}
			for _, e := range orderhub.All(err) {
				got[e.Field] = e.Kind
			}
			want := map[string]orderhub.Kind{
				"number": orderhub.Missing, "status": orderhub.Invalid, "contact.email": orderhub.Invalid, "note": orderhub.Invalid,
				"lines[0].quantity": orderhub.Invalid, "lines[1].name": orderhub.Invalid, "lines[1].price": orderhub.Invalid,
			}
			if diff := cmp.Diff(want, got, alike...); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	})
}

func TestTakenNumberIsRefused(t *testing.T) {
	each(t, func(t *desk) {
		first := t.place(boots("A-1"))
		t.storesNothing(func() {
			err := t.s.Place(t.Context(), t.shop, boots("A-1", func(o *orderhub.Order) { o.Contact.Email = "new@example.com" }))
			t.wantKind(err, orderhub.Duplicate, "number")
		})
		t.wantSame(t.find("A-1"), first)
	})
}

// Numbers are compared to the letter.
func TestNumbersAreNotFolded(t *testing.T) {
	each(t, func(t *desk) {
		ids := map[orderhub.OrderID]bool{}
		for _, text := range []string{"a-1", "A-1", " a-1", "a-1 ", "45", "045", "ё", "е"} {
			ids[t.place(boots(text)).ID] = true
			if got := t.find(text).Number; got != text {
				t.Errorf("Find(%q) found %q", text, got)
			}
		}
		if len(ids) != 8 {
			t.Errorf("%d orders, want 8", len(ids))
		}
	})
}

func TestNumberBelongsToOneShop(t *testing.T) {
	each(t, func(t *desk) {
		here := t.place(boots("A-1"))
		there := t.other()
		o := there.place(boots("A-1", func(o *orderhub.Order) { o.Note = "the other one" }))
		if o.ID == here.ID || o.Customer == here.Customer {
			t.Errorf("orders %d and %d of customers %d and %d, want two of each", here.ID, o.ID, here.Customer, o.Customer)
		}
		t.wantSame(t.find("A-1"), here)
		t.wantSame(there.find("A-1"), o)
	})
}

func TestNumberIsFreeAgainAfterDelete(t *testing.T) {
	each(t, func(t *desk) {
		for range 3 {
			first := t.place(boots("A-1"))
			t.delete("A-1")
			second := t.place(boots("A-1", func(o *orderhub.Order) { o.Note = "again" }))
			if first.ID == second.ID {
				t.Errorf("the new order has the id %d of the deleted one", second.ID)
			}
			t.wantSame(t.find("A-1"), second)
			t.wantEvents(first.ID, orderhub.OrderPlaced, orderhub.OrderDeleted) // its history stays
			t.wantEvents(second.ID, orderhub.OrderPlaced)
			t.delete("A-1")
		}
		t.wantSound()
	})
}

func TestPlacingIsAnEvent(t *testing.T) {
	each(t, func(t *desk) {
		o := boots("A-1", func(o *orderhub.Order) { o.Attributes = details(`{"payment_status":"paid"}`) })
		actor := orderhub.Actor{Door: "aplaut", Key: "site"}
		if err := t.s.Place(orderhub.WithActor(t.Context(), actor), t.shop, o); err != nil {
			t.Fatal(err)
		}
		got := t.events(o.ID)
		if len(got) != 1 {
			t.Fatalf("events %+v, want one", got)
		}
		want := orderhub.Event{ID: got[0].ID, Shop: t.shop.ID, At: storetest.Noon, Kind: orderhub.OrderPlaced,
			Order: o.ID, Customer: o.Customer, Actor: actor,
			Changes: []orderhub.Change{{Field: "status", To: "received"}, {Field: "payment", From: "unpaid", To: "paid"}}}
		if diff := cmp.Diff(want, got[0], alike...); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
}

func TestOrderWithoutContactHasNoCustomer(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("A-1", func(o *orderhub.Order) { o.Contact = orderhub.Contact{Name: "Anna"} }))
		if got := t.count().Customers; o.Customer != 0 || got != 0 {
			t.Errorf("order of customer %d, %d customers, want none", o.Customer, got)
		}
	})
}

func TestOrdersOfOnePersonHaveOneCustomer(t *testing.T) {
	each(t, func(t *desk) {
		first := t.place(boots("A-1"))
		for text, contact := range map[string]orderhub.Contact{
			"A-2": {Email: " ANNA@Example.com"},
			"A-3": {Phone: "8 (912) 000 11 22"},
			"A-4": {Email: "anna@example.com", Phone: "+79990000000", Name: "Other"},
		} {
			o := t.place(boots(text, func(o *orderhub.Order) { o.Contact = contact }))
			if o.Customer != first.Customer {
				t.Errorf("order %s is of customer %d, want %d", text, o.Customer, first.Customer)
			}
			if got := t.find(text).Contact; got != contact {
				t.Errorf("order %s keeps the contact %+v, want %+v as sent", text, got, contact)
			}
		}
		if got := t.customer(first.Customer).Name; got != "Анна де Вриз" {
			t.Errorf("the customer is called %q, want the first name told", got)
		}
	})
}
