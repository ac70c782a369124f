package orderhub_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"orderhub"
	"orderhub/money"
)

// of makes an order of lines of one piece at these prices.
func of(t testing.TB, c money.Currency, prices ...string) *orderhub.Order {
	o := &orderhub.Order{Currency: c}
	for _, p := range prices {
		o.Lines = append(o.Lines, orderhub.Line{Quantity: orderhub.Piece, Price: amount(t, p)})
	}
	return o
}

func TestComputeTotalsAddsUpWhatPricesDoNotContain(t *testing.T) {
	o := &orderhub.Order{
		Currency: "RUB",
		Lines: []orderhub.Line{
			{Quantity: quantity(t, "3.450"), BasePrice: amount(t, "100.10"), Discount: amount(t, "10.20")},
			{Quantity: quantity(t, "2"), Price: amount(t, "320.72")},
		},
		Shipments: []orderhub.Shipment{{Price: amount(t, "130")}, {Price: amount(t, "99"), Included: true}},
		Taxes:     []orderhub.Tax{{Amount: amount(t, "20.05")}, {Amount: amount(t, "40"), InPrice: true}},
	}
	if err := o.ComputeTotals(nil, nil); err != nil {
		t.Fatal(err)
	}
	if want := amount(t, "1126.64"); o.Total != want || o.TotalGiven { // 335.15 + 641.44 + 130 + 20.05
		t.Errorf("Total = %v, given %v, want the computed %v", o.Total, o.TotalGiven, want)
	}
}

// T10: totals and sums of documents are in the currency's places, prices keep
// four.
func TestTotalsAreInThePlacesOfTheCurrency(t *testing.T) {
	tests := []struct {
		currency           money.Currency
		price, sent        string // "" is not sent
		wantPrice, want    string
		paid, sum, payment string // a paid document of so much is of sum, and makes the order this
	}{
		{"RUB", "99.994", "", "99.994", "99.99", "99.99", "99.99", "paid"},
		{"RUB", "99.994", "", "99.994", "99.99", "99.994", "99.99", "paid"},
		{"RUB", "99.994", "", "99.994", "99.99", "99.98", "99.98", "partly_paid"},
		{"RUB", "100", "99.994", "100", "99.99", "99.99", "99.99", "paid"},
		{"RUB", "33.3333", "", "33.3333", "33.33", "33.33", "33.33", "paid"},
		{"JPY", "100.5", "", "100.5", "101", "101", "101", "paid"},
		{"JPY", "100", "100.4", "100", "100", "100.4", "100", "paid"},
		{"KWD", "10.5555", "", "10.5555", "10.556", "10.556", "10.556", "paid"},
		{"KWD", "10", "10.5555", "10", "10.556", "10.555", "10.555", "partly_paid"},
	}
	for _, tt := range tests {
		o := of(t, tt.currency, tt.price)
		o.Payments = []orderhub.Payment{{Status: orderhub.PaymentPaid, Sum: amount(t, tt.paid)}}
		var sent *money.Amount
		if tt.sent != "" {
			sent = new(amount(t, tt.sent))
		}
		if err := o.ComputeTotals(nil, sent); err != nil {
			t.Fatal(err)
		}
		if update(t, o, noon); o.Lines[0].Price != amount(t, tt.wantPrice) || o.Total != amount(t, tt.want) || o.Payments[0].Sum != amount(t, tt.sum) || o.Payment.String() != tt.payment {
			t.Errorf("%+v: price %s, total %s, paid %s, %s", tt, o.Lines[0].Price, o.Total, o.Payments[0].Sum, o.Payment)
		}
	}
}

func TestShipmentsAndTaxesAreInThePlacesOfTheCurrency(t *testing.T) {
	o := of(t, "RUB", "1")
	o.Shipments = []orderhub.Shipment{{Price: amount(t, "0.005")}}
	o.Taxes = []orderhub.Tax{{Amount: amount(t, "0.005")}, {Amount: amount(t, "0.004")}}
	if err := o.ComputeTotals(nil, nil); err != nil || o.Total != amount(t, "1.02") || o.Shipments[0].Price != amount(t, "0.01") || o.Taxes[1].Amount != 0 {
		t.Errorf("total %s, shipment %s, tax %s, %v, want 1.02, 0.01, 0", o.Total, o.Shipments[0].Price, o.Taxes[1].Amount, err)
	}
}

// Sums of before the rule stay until they are sent again: nothing changes that
// no command has changed.
func TestOldSumsAreNotRoundedUnasked(t *testing.T) {
	old := of(t, "RUB", "99.994")
	old.Lines[0].BasePrice, old.Lines[0].Amount = old.Lines[0].Price, amount(t, "99.99")
	old.Total, old.TotalGiven = amount(t, "99.994"), true
	old.Payments = []orderhub.Payment{{No: 2, Status: orderhub.PaymentPaid, Sum: amount(t, "99.994")}, {No: 3, Sum: amount(t, "0.004")}}
	o := *old
	o.Payments = slices.Clone(old.Payments)
	o.Payments[1].Sum = amount(t, "0.005")
	o.Payments = append(o.Payments, orderhub.Payment{Sum: amount(t, "0.015")})
	for _, sent := range []*money.Amount{nil, new(amount(t, "99.99"))} { // as it is shown
		if err := o.ComputeTotals(old, sent); err != nil || o.Total != old.Total || !o.TotalGiven {
			t.Errorf("total %s, given %v, %v, want 99.994 as it was", o.Total, o.TotalGiven, err)
		}
	}
	for i, want := range []string{"99.994", "0.01", "0.02"} {
		if o.Payments[i].Sum != amount(t, want) {
			t.Errorf("payments[%d] is of %s, want %s", i, o.Payments[i].Sum, want)
		}
	}
}

// T11: what a sender added to or took off the computed total stays while lines,
// shipping and taxes change. Each row is a life of one order.
func TestTotalsFollowTheLines(t *testing.T) {
	tests := []struct {
		name  string
		lives []string // prices, a space, and the total that is sent with them, if any
		want  string   // totals; those that are not the computed ones in brackets
	}{
		{"computed", []string{"100+200", "100", "100+300"}, "300 100 400"},
		{"sent as computed counts as computed", []string{"100+200 300", "100", "100+200"}, "300 100 300"},
		{"a rounding of the shop stays", []string{"100+200 290", "100", "100+200"}, "(290) (90) (290)"},
		{"sent below what leaves", []string{"100+200 50", "100"}, "(50) (0)"},
		{"a surcharge stays", []string{"100+200 310", "100"}, "(310) (110)"},
		{"sent anew", []string{"100+200 290", "100 100", "100+200"}, "(290) 100 300"},
		{"sent as shown with other lines is sent", []string{"100+200 290", "100+250 290"}, "(290) (290)"},
		{"nothing changes", []string{"100+200 290", "100+200", "100+200 290", "200+100"}, "(290) (290) (290) (290)"},
		{"sent in more places", []string{"100 99.994", "100 99.994", "100"}, "(99.99) (99.99) (99.99)"},
		{"sent as nothing", []string{"100 0", "100+50"}, "(0) (50)"},
		{"no line is left", []string{"100+200 290", "", "100"}, "(290) 0 100"},
	}
	for _, tt := range tests {
		var old *orderhub.Order
		var got []string
		for _, life := range tt.lives {
			lines, total, _ := strings.Cut(life, " ")
			o := of(t, "RUB", strings.FieldsFunc(lines, func(r rune) bool { return r == '+' })...)
			var sent *money.Amount
			if total != "" {
				sent = new(amount(t, total))
			}
			if err := o.ComputeTotals(old, sent); err != nil {
				t.Fatal(err)
			}
			text := o.Total.String()
			if o.TotalGiven {
				text = "(" + text + ")"
			}
			if given := o.Adjustment() != 0; given != o.TotalGiven {
				t.Errorf("%s: adjustment %s, given %v", tt.name, o.Adjustment(), o.TotalGiven)
			}
			got, old = append(got, text), o
		}
		if all := strings.Join(got, " "); all != tt.want {
			t.Errorf("%s: totals %s, want %s", tt.name, all, tt.want)
		}
	}
}

func TestTotalsFollowShippingAndTaxes(t *testing.T) {
	old := of(t, "RUB", "300")
	if err := old.ComputeTotals(nil, new(amount(t, "290"))); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*orderhub.Order){
		"340": func(o *orderhub.Order) { o.Shipments = []orderhub.Shipment{{Price: amount(t, "50")}} },
		"290": func(o *orderhub.Order) {
			o.Shipments = []orderhub.Shipment{{Price: amount(t, "50"), Included: true}}
		},
		"300": func(o *orderhub.Order) { o.Taxes = []orderhub.Tax{{Amount: amount(t, "10")}} },
		"301": func(o *orderhub.Order) { o.Currency = "JPY"; o.Lines[0].Price = amount(t, "300.5") }, // the adjustment goes
	} {
		o := of(t, "RUB", "300")
		change(o)
		if o.Currency == "JPY" {
			o.Lines[0].BasePrice = 0
		}
		if err := o.ComputeTotals(old, nil); err != nil || o.Total != amount(t, want) {
			t.Errorf("total %s, %v, want %s", o.Total, err, want)
		}
	}
}

func TestComputeTotalsNamesWhatDoesNotFit(t *testing.T) {
	const most = money.Amount(math.MaxInt64)
	o := &orderhub.Order{
		Currency:  "RUB",
		Lines:     []orderhub.Line{{Quantity: 5_000, Price: most}, {Quantity: orderhub.Piece, Price: most / 2}},
		Shipments: []orderhub.Shipment{{Price: most}},
		Taxes:     []orderhub.Tax{{Amount: most, InPrice: true}},
	}
	if got, want := fields(o.ComputeTotals(nil, nil)), []string{"lines[0].price", "shipments[0].price"}; !slices.Equal(got, want) {
		t.Errorf("ComputeTotals blames %v, want %v", got, want)
	}
}

// T12: price × quantity = amount.
func TestLineUnitPrice(t *testing.T) {
	tests := []struct {
		quantity, base, price, discount string
		currency                        money.Currency
		pieces                          orderhub.Quantity // as the reader has them; 0 is the line's own
		want                            string
	}{
		{"1", "0", "6800", "0", "RUB", 0, "6800.00"},
		{"2", "100", "0", "20", "RUB", 0, "90.00"},
		{"3", "0", "33.3333", "0", "RUB", 0, "33.3333"}, // the price as it was sent
		{"3", "100", "0", "0.01", "RUB", 0, "99.997"},
		{"3.450", "100.10", "0", "10.20", "RUB", 0, "97.145"},
		{"3.450", "100.10", "0", "10.20", "RUB", 3_000, "111.717"}, // a reader without fractions
		{"2", "100", "90", "0", "RUB", 0, "90.00"},
		{"2", "100", "90", "5", "RUB", 0, "97.50"}, // the stated discount wins
		{"1", "120", "0", "0", "RUB", 0, "0.00"},
		{"3", "0", "33.4", "0", "JPY", 0, "33.40"},
		{"1.5", "0", "1.2345", "0", "KWD", 0, "1.2345"},
		{"1", "0", "5", "0", "KWD", 0, "5.000"},
	}
	for _, tt := range tests {
		l := orderhub.Line{
			Quantity: quantity(t, tt.quantity), BasePrice: amount(t, tt.base), Price: amount(t, tt.price), Discount: amount(t, tt.discount),
		}
		if err := l.ComputeAmount(tt.currency); err != nil {
			t.Fatal(err)
		}
		q := l.Quantity
		if tt.pieces != 0 {
			q = tt.pieces
		}
		if got := l.UnitPrice(q, tt.currency, 2); got != tt.want {
			t.Errorf("%+v: %s of amount %s, want %s", tt, got, l.Amount, tt.want)
		}
	}
}

// T18: amount + shipping is what the till takes.
func TestSplitTotal(t *testing.T) {
	free := orderhub.Shipment{Price: 50_0000, Included: true}
	paid, other := orderhub.Shipment{Price: 50_0000}, orderhub.Shipment{Price: 70_0000}
	for _, tt := range []struct {
		name            string
		total           money.Amount
		shipments       []orderhub.Shipment
		goods, shipping money.Amount
	}{
		{"no delivery", 100_0000, nil, 100_0000, 0},
		{"one", 150_0000, []orderhub.Shipment{paid}, 100_0000, 50_0000},
		{"the sum of several", 220_0000, []orderhub.Shipment{paid, other}, 100_0000, 120_0000},
		{"included ones are not on top", 170_0000, []orderhub.Shipment{free, other}, 100_0000, 70_0000},
		{"more than the total", 30_0000, []orderhub.Shipment{paid}, 0, 30_0000},
		{"below zero", -30_0000, []orderhub.Shipment{paid}, -30_0000, 0},
	} {
		o := orderhub.Order{Currency: "RUB", Total: tt.total, Shipments: tt.shipments}
		if goods, shipping := o.SplitTotal(); goods != tt.goods || shipping != tt.shipping {
			t.Errorf("%s: %s + %s, want %s + %s", tt.name, goods, shipping, tt.goods, tt.shipping)
		}
	}
}

func TestSpreadOverLines(t *testing.T) {
	for _, tt := range []struct {
		currency money.Currency
		lines    string // amounts
		amount   string
		want     string
	}{
		{"RUB", "100 200", "300", "100 200"},
		{"RUB", "100 200", "270", "90 180"},
		{"RUB", "10 10 10", "20", "6.67 6.66 6.67"},
		{"JPY", "10 10 10", "20", "7 6 7"},
		{"RUB", "100 0 200", "330", "110 0 220"},
		{"RUB", "0 0", "10", "10 0"},
		{"RUB", "100 200", "0", "0 0"},
		{"RUB", "100 -100", "5", "105 -100"},
		{"RUB", "0.01 0.01 0.01", "0.01", "0 0.01 0"},
		{"RUB", "", "10", ""},
	} {
		o := orderhub.Order{Currency: tt.currency}
		for _, a := range strings.Fields(tt.lines) {
			o.Lines = append(o.Lines, orderhub.Line{Amount: amount(t, a)})
		}
		if got := strings.Trim(fmt.Sprint(o.SpreadOverLines(amount(t, tt.amount))), "[]"); got != tt.want {
			t.Errorf("%s over %s = %s, want %s", tt.amount, tt.lines, got, tt.want)
		}
	}
}
