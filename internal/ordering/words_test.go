package ordering_test

import (
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

func TestDetailsSetTheStates(t *testing.T) {
	tests := []struct {
		details    string
		payment    orderhub.PaymentState
		fulfilment orderhub.FulfilmentState
	}{
		{details: `{}`},
		{details: `{"payment_status":"paid"}`, payment: orderhub.Paid},
		{details: `{"payment_status":"not-paid"}`},
		{details: `{"payment_status":"partially-paid"}`, payment: orderhub.PartlyPaid},
		{details: `{"payment_status":"refunded"}`, payment: orderhub.Refunded},
		{details: `{"payment_status":" Paid "}`, payment: orderhub.Paid},
		{details: `{"fulfillment_status":"packed"}`, fulfilment: orderhub.Packed},
		{details: `{"fulfillment_status":"shipped"}`, fulfilment: orderhub.Shipped},
		{details: `{"fulfillment_status":"delivered"}`, fulfilment: orderhub.Delivered},
		{details: `{"fulfillment_status":"returned"}`, fulfilment: orderhub.Returned},
		{details: `{"fullfilment_status":"shipped"}`, fulfilment: orderhub.Shipped}, // as an old page has it
		{details: `{"payment_status":"paid","fulfillment_status":"shipped"}`, payment: orderhub.Paid, fulfilment: orderhub.Shipped},

		// These are only kept.
		{details: `{"payment_status":"in the mail"}`},
		{details: `{"payment_status":true}`},
		{details: `{"payment_status":["paid"]}`},
		{details: `{"payment":"paid","status":"delivered"}`},
		{details: `{"fulfillment_status":"paid","payment_status":"shipped"}`},
	}
	each(t, func(t *desk) {
		for _, tt := range tests {
			for _, how := range []string{"placed", "made by a change", "changed"} {
				text := how + tt.details
				switch how {
				case "placed":
					t.place(boots(text, func(o *orderhub.Order) { o.Attributes = details(tt.details) }))
				case "changed":
					t.place(boots(text))
					fallthrough
				default:
					t.amend(text, orderhub.OrderChange{Attributes: details(tt.details)})
				}
				o := t.find(text)
				if o.Payment != tt.payment || o.Fulfilment != tt.fulfilment {
					t.Errorf("%s: payment %s, fulfilment %s, want %s, %s", text, o.Payment, o.Fulfilment, tt.payment, tt.fulfilment)
				}
				if got := string(o.Attributes.JSON()); got != tt.details {
					t.Errorf("%s: the details became %s", text, got)
				}
				if o.Status != "received" {
					t.Errorf("%s: the status became %s", text, o.Status)
				}
			}
		}
	})
}

func TestShopsOwnWordsWin(t *testing.T) {
	each(t, func(t *desk) {
		own := t.other(func(s *orderhub.Shop) {
			s.PaymentWords = map[string]orderhub.PaymentState{"оплачен": orderhub.Paid, "paid": orderhub.PartlyPaid}
			s.FulfilmentWords = map[string]orderhub.FulfilmentState{"w drodze": orderhub.Shipped}
		})
		for text, want := range map[string]struct {
			payment    orderhub.PaymentState
			fulfilment orderhub.FulfilmentState
		}{
			`{"payment_status":"ОПЛАЧЁН"}`:            {payment: orderhub.Paid},
			`{"payment_status":"paid"}`:               {payment: orderhub.PartlyPaid}, // our word, their meaning
			`{"payment_status":"refunded"}`:           {payment: orderhub.Refunded},
			`{"fulfillment_status":"W  drodze"}`:      {fulfilment: orderhub.Shipped},
			`{"fullfilment_status":"w drodze"}`:       {fulfilment: orderhub.Shipped},
			`{"fulfillment_status":"В пути (никак)"}`: {},
		} {
			o := own.place(boots(text, func(o *orderhub.Order) { o.Attributes = details(text) }))
			if o.Payment != want.payment || o.Fulfilment != want.fulfilment {
				t.Errorf("%s: payment %s, fulfilment %s, want %s, %s", text, o.Payment, o.Fulfilment, want.payment, want.fulfilment)
			}
		}
		if o := t.place(boots("A-1", func(o *orderhub.Order) { o.Attributes = details(`{"payment_status":"оплачен"}`) })); o.Payment != orderhub.Unpaid {
			t.Errorf("another shop's word made an order %s", o.Payment)
		}
	})
}

// PaidAt is when an order became wholly paid, and goes when the money turns out
// not to be there.
func TestPaidAtFollowsThePaymentState(t *testing.T) {
	clock := new(storetest.Clock)
	d := newDesk(t, storetest.OpenFile(t, t.TempDir()+"/hub.db", clock.Now), "main")
	d.place(boots("A-1"))
	hour := func(n int) time.Time { return storetest.Noon.Add(time.Duration(n) * time.Hour) }
	for i, step := range []struct {
		word string
		want time.Time
	}{
		{"not-paid", time.Time{}},
		{"partially-paid", time.Time{}},
		{"paid", hour(3)},
		{"paid", hour(3)},
		{"refunded", time.Time{}},
		{"paid", hour(6)},
		{"partially-paid", time.Time{}},
		{"refunded", time.Time{}},
		{"unheard of", time.Time{}},
	} {
		clock.Offset = time.Duration(i+1) * time.Hour
		var c orderhub.OrderChange
		c.Attributes.SetText("payment_status", step.word)
		d.amend("A-1", c)
		if got := d.find("A-1").PaidAt; !got.Equal(step.want) {
			t.Errorf("step %d, %s: paid at %v, want %v", i+1, step.word, got, step.want)
		}
	}
}

func TestPlacedAsPaidIsPaidNow(t *testing.T) {
	each(t, func(t *desk) {
		t.place(boots("A-1", func(o *orderhub.Order) { o.Attributes = details(`{"payment_status":"paid"}`) }))
		if got := t.find("A-1").PaidAt; !got.Equal(storetest.Noon) {
			t.Errorf("paid at %v, want %v", got, storetest.Noon)
		}
	})
}

func TestTotals(t *testing.T) {
	line := func(quantity orderhub.Quantity, base, price, discount string) orderhub.Line {
		return orderhub.Line{Name: "Boots", Quantity: quantity, BasePrice: amount(base), Price: amount(price), Discount: amount(discount)}
	}
	tests := []struct {
		name  string
		given string // "" when it is left to us
		lines []orderhub.Line
		more  func(*orderhub.Order)
		want  string
	}{
		{name: "no line", want: "0"},
		{name: "no float", lines: []orderhub.Line{line(1000, "0", "0.1", "0"), line(1000, "0", "0.2", "0")}, want: "0.3"},
		{name: "the contract's sum", lines: []orderhub.Line{line(3450, "0", "100.10", "10.20")}, want: "335.15"},
		{name: "discount from prices", lines: []orderhub.Line{line(2000, "100", "90", "0")}, want: "180"},
		{name: "lines are rounded, then added", lines: []orderhub.Line{line(1000, "0", "0.005", "0"), line(1000, "0", "0.005", "0")}, want: "0.02"},
		{name: "shipping and tax", lines: []orderhub.Line{line(1000, "0", "100", "0")}, want: "360.5", more: func(o *orderhub.Order) {
			o.Shipments = []orderhub.Shipment{{Price: amount("250")}, {Price: amount("99"), Included: true}}
			o.Taxes = []orderhub.Tax{{Name: "duty", Amount: amount("10.5")}, {Name: "VAT", Amount: amount("20"), InPrice: true}}
		}},
		{name: "given", given: "1.2345", lines: []orderhub.Line{line(1000, "0", "100", "0")}, want: "1.23"},
		{name: "given as nothing", given: "0", lines: []orderhub.Line{line(1000, "0", "100", "0")}, want: "0"},
		{name: "places of the currency", lines: []orderhub.Line{line(1000, "0", "99.5", "0")}, want: "100", more: func(o *orderhub.Order) { o.Currency = "JPY" }},
	}
	each(t, func(t *desk) {
		for _, tt := range tests {
			t.place(boots(tt.name, func(o *orderhub.Order) {
				o.Lines = tt.lines
				if tt.given != "" {
					o.Total, o.TotalGiven = amount(tt.given), true
				}
				if tt.more != nil {
					tt.more(o)
				}
			}))
			if got := t.find(tt.name).Total; got != amount(tt.want) {
				t.Errorf("%s: total %s, want %s", tt.name, got, tt.want)
			}
		}
	})
}

func TestTotalBeyondTheRangeOfMoneyIsAFault(t *testing.T) {
	each(t, func(t *desk) {
		most := money.Amount(922337203685477_0000)
		t.storesNothing(func() {
			err := t.s.Place(t.Context(), t.shop, boots("A-1", func(o *orderhub.Order) {
				o.Lines = []orderhub.Line{
					{Name: "A castle", Quantity: orderhub.Piece, Price: most},
					{Name: "Another", Quantity: orderhub.Piece, Price: most},
				}
			}))
			t.wantKind(err, orderhub.Invalid, "lines[1].price")
		})
	})
}
