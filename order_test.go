package orderhub_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// validOrder is the smallest order that may be stored.
func validOrder() *orderhub.Order {
	return &orderhub.Order{
		Shop: 1, Number: "A-1", PlacedAt: noon, Status: orderhub.StatusReceived, Currency: "RUB",
		Lines: []orderhub.Line{{Product: "45", Name: "Boots", Quantity: orderhub.Piece, Price: 68_000_000}},
	}
}

// fields names the fields of all errors in err.
func fields(err error) []string {
	var all []string
	for _, e := range orderhub.All(err) {
		all = append(all, e.Field)
	}
	return all
}

func TestApplyStatusAttributes(t *testing.T) {
	shop := &orderhub.Shop{
		PaymentWords:    map[string]orderhub.PaymentState{"оплачен": orderhub.Paid, "paid": orderhub.PartlyPaid},
		FulfilmentWords: map[string]orderhub.FulfilmentState{"у курьера": orderhub.Shipped},
	}
	plain := new(orderhub.Shop)
	tests := []struct {
		name, arrived string
		shop          *orderhub.Shop
		payment       orderhub.PaymentState
		fulfilment    orderhub.FulfilmentState
	}{
		{"nothing arrived", `{}`, plain, orderhub.PartlyPaid, orderhub.Packed},
		{"not paid", `{"payment_status":"not-paid"}`, plain, orderhub.Unpaid, orderhub.Packed},
		{"paid", `{"payment_status":"paid"}`, plain, orderhub.Paid, orderhub.Packed},
		{"partially", `{"payment_status":"partially-paid"}`, plain, orderhub.PartlyPaid, orderhub.Packed},
		{"refunded", `{"payment_status":"refunded"}`, plain, orderhub.Refunded, orderhub.Packed},
		{"any case, spaces around", `{"payment_status":" PAID "}`, plain, orderhub.Paid, orderhub.Packed},
		{"packed", `{"fulfillment_status":"packed"}`, plain, orderhub.PartlyPaid, orderhub.Packed},
		{"shipped", `{"fulfillment_status":"shipped"}`, plain, orderhub.PartlyPaid, orderhub.Shipped},
		{"delivered", `{"fulfillment_status":"delivered"}`, plain, orderhub.PartlyPaid, orderhub.Delivered},
		{"returned", `{"fulfillment_status":"returned"}`, plain, orderhub.PartlyPaid, orderhub.Returned},
		{"misspelt name", `{"fullfilment_status":"shipped"}`, plain, orderhub.PartlyPaid, orderhub.Shipped},
		{"unknown words", `{"payment_status":"soon","fulfillment_status":"on its way"}`, plain, orderhub.PartlyPaid, orderhub.Packed},
		{"no words", `{"payment_status":2,"fulfillment_status":null}`, plain, orderhub.PartlyPaid, orderhub.Packed},
		{"the shop's own word", `{"payment_status":"Оплачен","fulfillment_status":"У  курьера"}`, shop, orderhub.Paid, orderhub.Shipped},
		{"its own meaning wins", `{"payment_status":"paid"}`, shop, orderhub.PartlyPaid, orderhub.Packed},
		{"known words still known", `{"payment_status":"refunded"}`, shop, orderhub.Refunded, orderhub.Packed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := validOrder()
			o.Total, o.PaidWord, o.Fulfilment = 100, orderhub.WordPartly, orderhub.Packed
			o.ApplyStatusAttributes(tt.shop, nil, attributes(t, tt.arrived))
			if err := o.UpdatePaymentStatus(noon); err != nil {
				t.Fatal(err)
			}
			if o.Payment != tt.payment || o.Fulfilment != tt.fulfilment {
				t.Errorf("%s = %v, %v, want %v, %v", tt.arrived, o.Payment, o.Fulfilment, tt.payment, tt.fulfilment)
			}
			if o.Attributes != nil {
				t.Errorf("attributes were rewritten to %s", o.Attributes.JSON())
			}
		})
	}
}

func TestSetStatusRemembersWhen(t *testing.T) {
	o := validOrder()
	closed := orderhub.Status{Code: "closed", Stage: orderhub.StageCompleted, Closed: true}
	o.SetStatus(closed, noon)
	if o.Status != "closed" || o.Stage != orderhub.StageCompleted || !o.StatusAt.Equal(noon) {
		t.Errorf("SetStatus = %s, %v, %v", o.Status, o.Stage, o.StatusAt)
	}
	o.SetStatus(closed, noon.Add(time.Hour))
	if !o.StatusAt.Equal(noon) {
		t.Errorf("setting the same status moved its time to %v", o.StatusAt)
	}
}

// What is sent again as it is kept says nothing new: other doors may have said
// something since.
func TestStatusAttributesAsTheyWereSayNothing(t *testing.T) {
	before := attributes(t, `{"payment_status":"paid","fulfillment_status":"shipped"}`)
	o := validOrder()
	o.Total, o.PaidWord, o.Fulfilment = 100, orderhub.WordUnpaid, orderhub.Delivered
	o.ApplyStatusAttributes(new(orderhub.Shop), before, before)
	if o.PaidWord != orderhub.WordUnpaid || o.Fulfilment != orderhub.Delivered {
		t.Errorf("word %d, %s, want that of before, delivered", o.PaidWord, o.Fulfilment)
	}
	o.ApplyStatusAttributes(new(orderhub.Shop), before, attributes(t, `{"payment_status":"refunded","fulfillment_status":"shipped"}`))
	if o.PaidWord != orderhub.WordRefunded || o.Fulfilment != orderhub.Delivered {
		t.Errorf("word %d, %s, want refunded, delivered", o.PaidWord, o.Fulfilment)
	}
}

func TestNumberPartsNeverUsesANumberAgain(t *testing.T) {
	o := validOrder()
	o.Lines = []orderhub.Line{{No: 3}, {}}
	o.Payments = []orderhub.Payment{{}}
	o.Shipments = []orderhub.Shipment{{No: 12}}
	o.Taxes = []orderhub.Tax{{}}
	last := o.NumberParts(9)
	got := []int{o.Lines[0].No, o.Lines[1].No, o.Payments[0].No, o.Shipments[0].No, o.Taxes[0].No, last}
	if want := []int{3, 10, 11, 12, 13, 13}; !slices.Equal(got, want) {
		t.Errorf("numbers and the last one = %v, want %v", got, want)
	}
}

func TestOrderChangeApply(t *testing.T) {
	o := validOrder()
	o.Code, o.Note, o.Contact.Name = "1c-7", "ring twice", "Ольга Тис"
	o.Attributes = attributes(t, `{"a":1,"b":2}`)
	o.Extras = orderhub.Extras{"usam": attributes(t, `{"type_price":"tp_1"}`)}
	before := *o
	new(orderhub.OrderChange).Apply(o)
	if d := cmp.Diff(&before, o); d != "" {
		t.Fatalf("an empty change changed (-before +after):\n%s", d)
	}

	at := noon.Add(time.Hour)
	c := orderhub.OrderChange{
		Code: new(""), PlacedAt: &at, Name: new("Олег"), Email: new("o@shop.example"), Phone: new("1"), Address: new("2"),
		Note: new("n"), Source: new("call"), Coupon: new("c"), CancelReason: new("r"), Lines: orderhub.WholeLines([]orderhub.Line{}),
		Attributes: attributes(t, `{"b":null,"c":3}`),
		Extras:     orderhub.Extras{"usam": attributes(t, `{"exchange":1}`), "ecdp": attributes(t, `{"websiteId":4}`)},
	}
	c.Apply(o)
	want := before
	want.Code, want.PlacedAt, want.Note, want.Source, want.Coupon, want.CancelReason = "", at, "n", "call", "c", "r"
	want.Contact = orderhub.Contact{Name: "Олег", Email: "o@shop.example", Phone: "1", Address: "2"}
	want.Lines = []orderhub.Line{}
	want.Attributes = attributes(t, `{"a":1,"c":3}`)
	want.Extras = orderhub.Extras{"usam": attributes(t, `{"type_price":"tp_1","exchange":1}`), "ecdp": attributes(t, `{"websiteId":4}`)}
	if d := cmp.Diff(&want, o); d != "" {
		t.Errorf("after Apply (-want +got):\n%s", d)
	}

	c = orderhub.OrderChange{ClearAttributes: true, Attributes: attributes(t, `{"z":1,"a":null}`)}
	c.Apply(o)
	if got := string(o.Attributes.JSON()); got != `{"z":1}` {
		t.Errorf("cleared and merged = %s, want {\"z\":1}", got)
	}
}

func TestValidateNamesAllFaultsAtOnce(t *testing.T) {
	o := &orderhub.Order{
		Code: strings.Repeat("c", 256), PlacedAt: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC),
		Contact: orderhub.Contact{
			Name: strings.Repeat("Ж", orderhub.MaxName+1), Email: "\xff", Phone: "1\x00",
			Address: strings.Repeat("a", orderhub.MaxAddress+1),
		},
		Note: strings.Repeat("n", orderhub.MaxNote+1), Source: "\x00", Coupon: "\x00", CancelReason: "\x00",
		Lines: []orderhub.Line{
			{Quantity: orderhub.Piece, Name: "fine", Price: -1}, // a discount may stand as a line
			{Quantity: 0, Returned: -1, Price: -1, Product: "\x00", SKU: "\xff", Name: strings.Repeat("x", 2_049), Unit: strings.Repeat("u", 51), Image: "\x00"},
		},
		Payments:  []orderhub.Payment{{Note: "\x00", Status: orderhub.PaymentOpen}, {Method: "\xff"}},
		Shipments: []orderhub.Shipment{{Track: "\x00"}, {Address: strings.Repeat("a", orderhub.MaxAddress+1)}},
		Taxes:     []orderhub.Tax{{Name: "\x00"}},
	}
	want := []string{
		"number", "code", "contact.name", "contact.email", "contact.phone", "contact.address",
		"note", "source", "coupon", "cancel_reason", "placed_at",
		"lines[1].quantity", "lines[1].returned", "lines[1].product", "lines[1].sku", "lines[1].name", "lines[1].unit", "lines[1].image",
		"payments[0].note", "payments[1].status", "payments[1].method",
		"shipments[0].track", "shipments[1].address", "taxes[0].name",
	}
	if d := cmp.Diff(want, fields(o.Validate())); d != "" {
		t.Errorf("faults (-want +got):\n%s", d)
	}
	if err := validOrder().Validate(); err != nil {
		t.Errorf("a valid order: %v", err)
	}
}

func TestValidateCountsCharactersNotBytes(t *testing.T) {
	o := validOrder()
	o.Number = strings.Repeat("Ж", orderhub.MaxNumber)
	if err := o.Validate(); err != nil {
		t.Errorf("a number of %d Cyrillic letters: %v", orderhub.MaxNumber, err)
	}
	o.Number += "Ж"
	if got := fields(o.Validate()); !slices.Equal(got, []string{"number"}) {
		t.Errorf("one letter more: faults of %v, want of number", got)
	}
}

func TestValidateBoundsTheLines(t *testing.T) {
	o := validOrder()
	o.Lines = slices.Repeat(o.Lines, orderhub.MaxLines)
	if err := o.Validate(); err != nil {
		t.Errorf("%d lines: %v", len(o.Lines), err)
	}
	o.Lines = append(o.Lines, orderhub.Line{}) // its own faults are not even looked for
	if got := fields(o.Validate()); !slices.Equal(got, []string{"lines"}) {
		t.Errorf("%d lines: faults of %v, want of lines", len(o.Lines), got)
	}
}

func TestOrderRefSpeaksAsItsSender(t *testing.T) {
	for want, ref := range map[string]orderhub.OrderRef{
		"A-7":     {Number: "A-7", ID: 3},
		"3":       {ID: 3},
		"A\uFFFD": {Number: "A\xff"}, // what could not be shown
	} {
		if got := ref.String(); got != want {
			t.Errorf("%#v prints %q, want %q", ref, got, want)
		}
	}
}
