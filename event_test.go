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
	old.Attributes = attributes(t, `{"kept":1,"changed":"a","gone":[]}`)
	now := validOrder()
	now.Status, now.Payment, now.Fulfilment = "closed", orderhub.Paid, orderhub.Delivered
	now.Code, now.PlacedAt, now.Customer = "1c-7", noon.Add(1), 12
	now.Contact = orderhub.Contact{Name: "Ольга", Email: "o@shop.example", Phone: "+7", Address: "Тула"}
	now.Total, now.Note, now.Source, now.Coupon, now.CancelReason = 10_000, "n", "call", "c", "r"
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
		{"total", "0", "1"},
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
	old, now := validOrder(), validOrder()
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
