package orderhub_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

func TestOrderChangesOfANewOrderTellWhereItBegan(t *testing.T) {
	o := validOrder()
	o.Payment = orderhub.Paid
	o.Attributes = attributes(t, `{"region":74}`)
	want := []orderhub.Change{{Field: "status", To: "received"}, {Field: "payment", From: "unpaid", To: "paid"}}
	if d := cmp.Diff(want, orderhub.OrderChanges(nil, o)); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}

func TestOrderChangesListEveryField(t *testing.T) {
	old := validOrder()
	old.Lines[0].No = 1
	old.Attributes = attributes(t, `{"kept":1,"changed":"a","gone":[]}`)
	now := validOrder()
	now.Lines[0].No = 1
	now.Status, now.Payment, now.Fulfilment = "closed", orderhub.Paid, orderhub.Delivered
	now.Code, now.PlacedAt, now.Customer = "1c-7", noon.Add(1), 12
	now.Contact = orderhub.Contact{Name: "Ольга", Email: "o@shop.example", Phone: "+7", Address: "Тула"}
	now.Currency, now.Total, now.Note, now.Source, now.Coupon, now.CancelReason = "PLN", 10_000, "n", "call", "c", "r"
	now.Attributes = attributes(t, `{"kept":1,"changed":"b","new":{"x":null}}`)
	want := []orderhub.Change{
		{"status", "received", "closed"},
		{"payment", "unpaid", "paid"},
		{"fulfilment", "none", "delivered"},
		{"code", "", "1c-7"},
		{"placed_at", "2026-05-03T12:00:00Z", "2026-05-03T12:00:00.000000001Z"},
		{"customer", "0", "12"},
		{"contact.name", "", "Ольга"},
		{"contact.email", "", "o@shop.example"},
		{"contact.phone", "", "+7"},
		{"contact.address", "", "Тула"},
		{"currency", "RUB", "PLN"},
		{"total", "0", "1"},
		{"adjustment", "0", "1"},
		{"note", "", "n"},
		{"source", "", "call"},
		{"coupon", "", "c"},
		{"cancel_reason", "", "r"},
		{"attributes.changed", `"a"`, `"b"`},
		{"attributes.new", "", `{"x":null}`},
		{"attributes.gone", "[]", ""},
	}
	if d := cmp.Diff(want, orderhub.OrderChanges(old, now)); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	if got := orderhub.OrderChanges(now, now); got != nil {
		t.Errorf("an order differs from itself by %v", got)
	}
}

func TestOrderChangesCutLongValues(t *testing.T) {
	old := validOrder()
	now := validOrder()
	now.Lines = old.Lines
	now.Contact.Name = strings.Repeat("ж", 101) // 202 bytes, the cut falls behind a whole letter
	now.Contact.Phone = "1" + strings.Repeat("ж", 100)
	got := orderhub.OrderChanges(old, now)
	want := []orderhub.Change{
		{Field: "contact.name", To: strings.Repeat("ж", 100) + "…"},
		{Field: "contact.phone", To: "1" + strings.Repeat("ж", 99) + "…"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}

func TestOrderChangesListLinesAndDocuments(t *testing.T) {
	old := validOrder()
	old.Lines = []orderhub.Line{
		{No: 1, Product: "45", Name: "Boots", Quantity: 2_000, Price: 100_0000, BasePrice: 100_0000, Amount: 200_0000},
		{No: 2, Product: "46", Quantity: 1_000, Price: 5_0000, Amount: 5_0000},
		{No: 3, Name: "Socks", Quantity: 1_000},
	}
	old.Payments = []orderhub.Payment{{No: 4, Number: "PH1", Status: orderhub.PaymentOpen, Sum: 205_0000}}
	old.Shipments = []orderhub.Shipment{{No: 5, MethodName: "Courier", Status: "pending", Price: 50_0000}}
	old.Taxes = []orderhub.Tax{{No: 6, Name: "VAT", Amount: 10_0000}}
	now := validOrder()
	now.Lines = []orderhub.Line{
		{No: 3, Name: "Socks", Quantity: 1_000, Attributes: attributes(t, `{"size":42}`)},
		{No: 1, Product: "45", Name: "Boots", Quantity: 3_000, Price: 100_0000, BasePrice: 100_0000, Returned: 1_000, Amount: 300_0000},
		{Name: "Laces", Quantity: 1_500, Amount: 1_0000},
	}
	now.Payments = []orderhub.Payment{{No: 4, Number: "PH1", Status: orderhub.PaymentPaid, Sum: 205_0000, PaidAt: noon}, {No: 7, Number: "PH2", Status: orderhub.PaymentRefunded, Sum: 5_0000}}
	now.Shipments = []orderhub.Shipment{{No: 5, MethodName: "Courier", Status: "shipped", Price: 50_0000, Track: "T-1"}}
	want := []orderhub.Change{
		{"adjustment", "-265", "-351"}, // the total stayed
		{"lines[3].attributes", "{}", `{"size":42}`},
		{"lines[1].quantity", "2", "3"},
		{"lines[1].returned", "0", "1"},
		{"lines[1].amount", "200", "300"},
		{"lines[new]", "", "Laces × 1.5 = 1"},
		{"lines[2]", "46 × 1 = 5", ""},
		{"payments[4].status", "open", "paid"},
		{"payments[4].paid_at", "", "2026-05-03T12:00:00Z"},
		{"payments[7]", "", "PH2 refunded 5"},
		{"shipments[5].status", "pending", "shipped"},
		{"shipments[5].track", "", "T-1"},
		{"taxes[6]", "VAT 10", ""},
	}
	if d := cmp.Diff(want, orderhub.OrderChanges(old, now)); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}

func TestOrderChangesAreBounded(t *testing.T) {
	old, now := validOrder(), validOrder()
	for i := range 60 {
		old.Lines = append(old.Lines, orderhub.Line{No: i + 1, Quantity: orderhub.Piece})
		now.Lines = append(now.Lines, orderhub.Line{No: i + 1, Quantity: 2 * orderhub.Piece})
	}
	old.Lines, now.Lines, now.Note = old.Lines[1:], now.Lines[1:], "n"
	got := orderhub.OrderChanges(old, now)
	if len(got) != 52 || got[0].Field != "note" || got[50].Field != "lines[50].quantity" ||
		got[51] != (orderhub.Change{Field: "more", To: "10 more changes of lines and documents"}) {
		t.Errorf("%d changes: %v", len(got), got)
	}
}

func TestActorTravelsWithTheContext(t *testing.T) {
	ctx := context.Background()
	if got := orderhub.ActorOf(ctx); got != (orderhub.Actor{}) {
		t.Errorf("without an actor = %v, want the program itself", got)
	}
	a := orderhub.Actor{Door: "usam", Key: "1c"}
	if got := orderhub.ActorOf(orderhub.WithActor(ctx, a)); got != a {
		t.Errorf("ActorOf = %v, want %v", got, a)
	}
}
