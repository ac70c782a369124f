package ordering_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store/storetest"
)

// old is an order with something in every field that a change can reach,
// brought along from yesterday.
func old(number string) *orderhub.Order {
	return boots(number, func(o *orderhub.Order) {
		o.PlacedAt, o.UpdatedAt = storetest.Noon.AddDate(0, 0, -2), storetest.Noon.AddDate(0, 0, -1)
		o.Code, o.Note, o.Source, o.Coupon, o.CancelReason = "УТ-1", "note", "call", "SPRING", "reason"
		o.Attributes = details(`{"a":1,"b":{"c":[2]},"payment_status":"paid"}`)
		o.Extras = orderhub.Extras{"aplaut": details(`{"x":1}`), "usam": details(`{"y":2}`)}
	})
}

func TestAmendChangesOnlyWhatIsSent(t *testing.T) {
	sent, empty := "sent now", ""
	yearAgo := storetest.Noon.AddDate(-1, 0, 0)
	tests := []struct {
		name   string
		change orderhub.OrderChange
		want   func(o *orderhub.Order)
	}{
		{"code", orderhub.OrderChange{Code: &sent}, func(o *orderhub.Order) { o.Code = sent }},
		{"placed", orderhub.OrderChange{PlacedAt: &yearAgo}, func(o *orderhub.Order) { o.PlacedAt = yearAgo }},
		{"name", orderhub.OrderChange{Name: &sent}, func(o *orderhub.Order) { o.Contact.Name = sent }},
		{"email", orderhub.OrderChange{Email: &sent}, func(o *orderhub.Order) { o.Contact.Email = sent }},
		{"phone", orderhub.OrderChange{Phone: &sent}, func(o *orderhub.Order) { o.Contact.Phone = sent }},
		{"address", orderhub.OrderChange{Address: &sent}, func(o *orderhub.Order) { o.Contact.Address = sent }},
		{"note", orderhub.OrderChange{Note: &sent}, func(o *orderhub.Order) { o.Note = sent }},
		{"source", orderhub.OrderChange{Source: &sent}, func(o *orderhub.Order) { o.Source = sent }},
		{"coupon", orderhub.OrderChange{Coupon: &sent}, func(o *orderhub.Order) { o.Coupon = sent }},
		{"reason", orderhub.OrderChange{CancelReason: &sent}, func(o *orderhub.Order) { o.CancelReason = sent }},
		{"nothing for the note", orderhub.OrderChange{Note: &empty}, func(o *orderhub.Order) { o.Note = "" }},
		{"nothing for the contact", orderhub.OrderChange{Name: &empty, Email: &empty, Phone: &empty, Address: &empty},
			func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }},
		{"status", orderhub.OrderChange{Status: new("closed")}, func(o *orderhub.Order) {
			o.Status, o.Stage, o.StatusAt, o.Moves, o.Fulfilment = "closed", orderhub.StageCompleted, storetest.Noon, 1, orderhub.Delivered
		}},
		{"no lines", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{})}, func(o *orderhub.Order) { o.Lines, o.Total = nil, 0 }},
		{"a new attribute", orderhub.OrderChange{Attributes: details(`{"d":"new"}`)},
			func(o *orderhub.Order) {
				o.Attributes = details(`{"a":1,"b":{"c":[2]},"payment_status":"paid","d":"new"}`)
			}},
		{"other attributes", orderhub.OrderChange{Attributes: details(`{"b":{"e":3},"a":"one"}`)},
			func(o *orderhub.Order) { o.Attributes = details(`{"a":"one","b":{"e":3},"payment_status":"paid"}`) }},
		{"null for an attribute", orderhub.OrderChange{Attributes: details(`{"b":null,"unknown":null}`)},
			func(o *orderhub.Order) { o.Attributes = details(`{"a":1,"payment_status":"paid"}`) }},
		{"null for a word", orderhub.OrderChange{Attributes: details(`{"payment_status":null}`)},
			func(o *orderhub.Order) { o.Attributes = details(`{"a":1,"b":{"c":[2]}}`) }},
		{"null for all attributes", orderhub.OrderChange{ClearAttributes: true}, func(o *orderhub.Order) { o.Attributes = nil }},
		{"attributes anew", orderhub.OrderChange{ClearAttributes: true, Attributes: details(`{"d":1}`)},
			func(o *orderhub.Order) { o.Attributes = details(`{"d":1}`) }},
		{"an extra", orderhub.OrderChange{Extras: orderhub.Extras{"usam": details(`{"z":3}`), "ecdp": details(`{"w":4}`)}},
			func(o *orderhub.Order) {
				o.Extras = orderhub.Extras{"aplaut": details(`{"x":1}`), "usam": details(`{"y":2,"z":3}`), "ecdp": details(`{"w":4}`)}
			}},
		{"null for an extra", orderhub.OrderChange{Extras: orderhub.Extras{"usam": details(`{"y":null,"z":3}`)}},
			func(o *orderhub.Order) {
				o.Extras = orderhub.Extras{"aplaut": details(`{"x":1}`), "usam": details(`{"z":3}`)}
			}},
	}
	each(t, func(t *desk) {
		for _, tt := range tests {
			t.place(old(tt.name))
			want := t.find(tt.name)
			tt.want(want)
			want.UpdatedAt = storetest.Noon
			got := t.amend(tt.name, tt.change)
			t.wantSame(got, want)
			t.wantSame(t.find(tt.name), want)
			t.wantEvents(want.ID, orderhub.OrderPlaced, orderhub.OrderChanged)
		}
		t.wantSound()
	})
}

func TestAmendTellsWhatItChanged(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("A-1"))
		actor := orderhub.Actor{Door: "usam", Key: "1C"}
		_, _, err := t.s.Amend(orderhub.WithActor(t.Context(), actor), t.shop, number("A-1"),
			orderhub.OrderChange{Status: new("closed"), Attributes: details(`{"payment_status":"paid"}`)}, onlyKnown)
		if err != nil {
			t.Fatal(err)
		}
		all := t.events(o.ID)
		got := all[len(all)-1]
		want := orderhub.Event{ID: got.ID, Shop: t.shop.ID, At: storetest.Noon, Kind: orderhub.OrderChanged,
			Order: o.ID, Customer: o.Customer, Actor: actor,
			Changes: []orderhub.Change{
				{Field: "status", From: "received", To: "closed"},
				{Field: "payment", From: "unpaid", To: "paid"},
				{Field: "fulfilment", From: "none", To: "delivered"},
				{Field: "attributes.payment_status", To: `"paid"`},
			}}
		if diff := cmp.Diff(want, got, alike...); len(all) != 2 || diff != "" {
			t.Errorf("%d events, the last (-want +got):\n%s", len(all), diff)
		}
	})
}

func TestStatusAtIsWhenTheStatusBecameAnother(t *testing.T) {
	clock := new(storetest.Clock)
	d := newDesk(t, storetest.OpenFile(t, t.TempDir()+"/hub.db", clock.Now), "main")
	d.place(boots("A-1"))
	for i, step := range []struct {
		status string
		stage  orderhub.Stage
		hour   int
	}{
		{"received", orderhub.StagePlaced, 0}, // as it was
		{"accepted_payment", orderhub.StagePaid, 2},
		{"accepted_payment", orderhub.StagePaid, 2},
		{"canceled", orderhub.StageCanceled, 4},
		{"received", orderhub.StagePlaced, 5},
	} {
		clock.Offset = time.Duration(i+1) * time.Hour
		o := d.amend("A-1", orderhub.OrderChange{Status: &step.status, Note: new(clock.Offset.String())})
		if want := storetest.Noon.Add(time.Duration(step.hour) * time.Hour); o.Stage != step.stage || !o.StatusAt.Equal(want) {
			t.Errorf("step %d: stage %s since %v, want %s since %v", i+1, o.Stage, o.StatusAt, step.stage, want)
		}
		d.wantSame(d.find("A-1"), o)
	}
}

func TestChangeThatChangesNothingIsNotStored(t *testing.T) {
	change := orderhub.OrderChange{
		Code: new("УТ-2"), Status: new("sending"), PlacedAt: new(storetest.Noon.Add(time.Microsecond)), Name: new("Anna"), Email: new("new@example.com"),
		Lines:      orderhub.WholeLines([]orderhub.Line{{Product: "46", Name: "Laces", Quantity: 3450, Price: amount("100.10"), BasePrice: amount("110"), Attributes: details(`{"a":1}`)}}),
		Attributes: details(`{"payment_status":"refunded","gone":null,"n":1.0}`), Extras: orderhub.Extras{"usam": details(`{"y":[]}`)},
	}
	clock := new(storetest.Clock)
	d := newDesk(t, storetest.OpenFile(t, t.TempDir()+"/hub.db", clock.Now), "main")
	d.place(old("A-1"))
	for name, c := range map[string]orderhub.OrderChange{"empty": {}, "repeated": change} {
		want := d.amend("A-1", c)
		for range 2 {
			clock.Offset += time.Hour
			d.storesNothing(func() {
				d.wantSame(d.amend("A-1", c), want)
				d.wantSame(d.find("A-1"), want)
			})
		}
		if t.Failed() {
			t.Fatalf("with the %s change", name)
		}
	}
}

func TestRefusedChangeChangesNothing(t *testing.T) {
	each(t, func(t *desk) {
		t.place(old("A-1"))
		before := t.find("A-1")
		for name, refused := range map[string]struct {
			change orderhub.OrderChange
			fields []string
		}{
			"unknown status": {orderhub.OrderChange{Status: new("on the moon"), Note: new("new")}, []string{"status"}},
			"empty status":   {orderhub.OrderChange{Status: new("")}, []string{"status"}},
			"several": {orderhub.OrderChange{Status: new("?"), Note: new("\x00"), Email: new("new@example.com"),
				Lines: orderhub.WholeLines([]orderhub.Line{{Name: "Boots", Quantity: orderhub.Piece}, {Name: "Nothing"}})},
				[]string{"status", "note", "lines[1].quantity"}},
		} {
			t.storesNothing(func() {
				_, _, err := t.s.Amend(t.Context(), t.shop, number("A-1"), refused.change, onlyKnown)
				var fields []string
				for _, e := range orderhub.All(err) {
					fields = append(fields, e.Field)
					if e.Kind != orderhub.Invalid {
						t.Errorf("%s: %v is of kind %d, want Invalid", name, e, e.Kind)
					}
				}
				if diff := cmp.Diff(refused.fields, fields, alike...); diff != "" {
					t.Errorf("%s: faults of fields (-want +got):\n%s", name, diff)
				}
			})
			t.wantSame(t.find("A-1"), before)
		}
	})
}

func TestNewContactLeavesTheLinkedCustomer(t *testing.T) {
	each(t, func(t *desk) {
		first := t.place(boots("A-1"))
		before := t.customer(first.Customer)
		o := t.amend("A-1", orderhub.OrderChange{Email: new("new@example.com"), Phone: new("+79990000000"), Name: new("Boris")})
		if o.Customer != first.Customer {
			t.Errorf("the order is of customer %d, want %d still", o.Customer, first.Customer)
		}
		if diff := cmp.Diff(before, t.customer(first.Customer), alike...); diff != "" {
			t.Errorf("the customer changed (-was +is):\n%s", diff)
		}
		if got := t.count().Customers; got != 1 {
			t.Errorf("%d customers, want 1", got)
		}
	})
}

func TestOrderGetsItsCustomerWhenAContactArrives(t *testing.T) {
	each(t, func(t *desk) {
		known := t.place(boots("A-0"))
		t.place(boots("A-1", func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }))
		t.place(boots("A-2", func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }))
		if o := t.amend("A-1", orderhub.OrderChange{Name: new("Anna"), Email: new("none")}); o.Customer != 0 {
			t.Errorf("a contact that recognises nobody gave customer %d", o.Customer)
		}
		if o := t.amend("A-1", orderhub.OrderChange{Phone: new("89120001122")}); o.Customer != known.Customer {
			t.Errorf("the order is of customer %d, want %d", o.Customer, known.Customer)
		}
		o := t.amend("A-2", orderhub.OrderChange{Email: new("new@example.com")})
		if o.Customer == 0 || o.Customer == known.Customer {
			t.Errorf("the order is of customer %d, want a new one", o.Customer)
		}
		t.wantSame(t.find("A-2"), o)
		if all := t.events(o.ID); all[len(all)-1].Customer != o.Customer {
			t.Errorf("the event is of customer %d, want %d", all[len(all)-1].Customer, o.Customer)
		}
	})
}
