package form

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/money"
)

var rewriteOrder = flag.Bool("update-order", false, "write the body that the test makes into testdata/order.golden")

// everyMember is an order that has something in every member of a body.
func everyMember() *orderhub.Order {
	at := Instant(1_777_777_777_000_001)
	of := func(object string) orderhub.Attributes {
		a, err := orderhub.ParseAttributes([]byte(object))
		if err != nil {
			panic(err)
		}
		return a
	}
	return &orderhub.Order{
		PlacedAt: Instant(1_777_777_000_000_000),
		Contact:  orderhub.Contact{Name: "Żółć \"ŁUCJA\"", Email: "Lucja@Shop.example", Phone: "+48 600", Address: "ul. 1\nm. 2\t\\"},
		Note:     "n\u0000\u007f", Coupon: "SPRING", CancelReason: "передумал",
		Attributes: of(`{"region":74,"a":{"b":[]},"":1e400,"q\"":"]}\"","t":true}`),
		Extras:     orderhub.Extras{"usam": of(`{"x":"0"}`), "ecdp": of(`{"y":null}`)},
		Lines: []orderhub.Line{
			{No: 1, Product: "045", SKU: "АРТ-7", Name: "Кубок", Unit: "кг", Quantity: 3_450, Returned: 1_000, BasePrice: 1_001_000,
				Price: 971_435, Discount: 102_000, Amount: 3_351_500, Bonus: -37, Image: "https://shop.example/a.jpg?x=1&y='2'",
				Attributes: of(`{"z":[1,{"a":null}]}`), Extras: orderhub.Extras{"ecdp": of(`{"category":"Dom"}`)}},
			{}, // a line of nothing but zeros
		},
		Payments: []orderhub.Payment{{No: 3, Number: "PH1", Status: orderhub.PaymentReserved, Sum: 9_330_000, Method: "13", MethodName: "Картой",
			Reference: "tx-7", Note: "n", CreatedAt: at, PaidAt: at, Extras: orderhub.Extras{"usam": of(`{"gateway":""}`)}}},
		Shipments: []orderhub.Shipment{{No: 4, Number: "S-1", Status: "shipped", Method: "2", MethodName: "Курьером", Price: 2_000_000, Included: true,
			Track: "RR123", Pickup: "981", PickupName: "Просвещения", Address: "Дом 3", Note: "после шести", CreatedAt: at, DeliveredAt: at,
			Extras: orderhub.Extras{"virtpos": of(`{"pickup_receipt_id":"4"}`)}}},
		Taxes: []orderhub.Tax{{No: 5, Name: "НДС", Rate: 200_000, Amount: 155_000, InPrice: true, Extras: orderhub.Extras{"usam": of(`{"tax_id":"1"}`)}}},
	}
}

// Stored orders are never rewritten, so the form on the disk must not change.
func TestOrderForm(t *testing.T) {
	const file = "testdata/order.golden"
	o := everyMember()
	now := string(AppendOrder(nil, o, "lucja@shop.example")) + "\n"
	if *rewriteOrder {
		if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(golden), now); d != "" {
		t.Errorf("the form of stored orders changed (-golden +now):\n%s", d)
	}
	read := &orderhub.Order{PlacedAt: o.PlacedAt}
	if err := ReadOrder(strings.TrimSpace(string(golden)), read, "lucja@shop.example"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(o, read); d != "" {
		t.Errorf("the stored form is read otherwise (-written +read):\n%s", d)
	}
}

func TestOrderRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, body := range []string{
		``, `{}`, `null`, `{"v":2}`, `{"v":10}`, `{"name":"Anna"}`, `{"v":1`, `{"v":1}x`, `{"v":1,}`, `{"v":1,"name"}`, `{"v":1,"name":7}`,
		`{"v":1,"nome":"Anna"}`, `{"v":1,"lines":[{"colour":"red"}]}`, `{"v":1,"payments":[{"colour":"red"}]}`,
		`{"v":1,"shipments":[{"colour":"red"}]}`, `{"v":1,"taxes":[{"colour":"red"}]}`, `{"v":1,"lines":[]}`, `{"v":1,"lines":[{"no":1}`,
		`{"v":1,"lines":[{"no":1.5}]}`, `{"v":1,"lines":[{"no":-}]}`, `{"v":1,"lines":[{"no":9223372036854775808}]}`, `{"v":1,"lines":[{"no":92233720368547758080}]}`,
		`{"v":1,"lines":[{"base":-1}]}`, `{"v":1,"lines":[{"qty":1,"price":1}]}`, `{"v":1,"taxes":[{"incl":false}]}`, `{"v":1,"attr":{"a":}}`, `{"v":1,"attr":{"a":1]}`, `{"v":1,"attr":{"a":,}}`, `{"v":1,"attr":[]}`,
		`{"v":1,"name":"a`, `{"v":1,"name":"a\`, `{"v":1,"name":"\x"}`, `{"v":1,"ext":{"usam":7}}`,
	} {
		if err := ReadOrder(body, new(orderhub.Order), ""); err == nil {
			t.Errorf("%s was read", body)
		}
	}
}

// Whatever a door lets in comes back.
func TestAnyOrderComesBack(t *testing.T) {
	text := rapid.OneOf(rapid.Just(""), rapid.String())
	number := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64())
	attributes := rapid.Custom(func(t *rapid.T) (a orderhub.Attributes) {
		for _, name := range rapid.SliceOfNDistinct(rapid.String(), 0, 4, rapid.ID).Draw(t, "names") {
			value := rapid.SampledFrom([]string{`1`, `-1.50`, `true`, `null`, `""`, `"}]\\\""`, `{}`, `[]`, `[1,{"a":[{}]}]`, `{"a":{"b":"{"}}`}).Draw(t, "value")
			a = append(a, orderhub.Attribute{Name: name, Value: []byte(value)})
		}
		return a
	})
	// Numbers that are often as the form leaves them out.
	near := func(usual int64) *rapid.Generator[int64] {
		return rapid.OneOf(rapid.Just(usual), rapid.Just(usual), number)
	}
	rapid.Check(t, func(t *rapid.T) {
		o := &orderhub.Order{
			PlacedAt:   Instant(rapid.Int64Range(0, 3).Draw(t, "placed")),
			Contact:    orderhub.Contact{Name: text.Draw(t, "name"), Email: text.Draw(t, "email"), Address: text.Draw(t, "address")},
			Attributes: attributes.Draw(t, "attributes"),
		}
		for i := range rapid.IntRange(0, 5).Draw(t, "lines") {
			price := near(50).Draw(t, "price")
			l := orderhub.Line{
				No: int(near(int64(i+1)).Draw(t, "no")), Name: text.Draw(t, "name"), Quantity: orderhub.Quantity(near(2_000).Draw(t, "quantity")),
				Price: money.Amount(price), BasePrice: money.Amount(near(price).Draw(t, "base")), Discount: money.Amount(near(3).Draw(t, "discount")),
				Attributes: attributes.Draw(t, "attributes"),
			}
			l.Amount = money.Amount(near(97).Draw(t, "amount"))
			o.Lines = append(o.Lines, l)
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "documents") {
			at := Instant(rapid.Int64Range(0, 3).Draw(t, "made"))
			address := rapid.OneOf(rapid.Just(o.Contact.Address), text).Draw(t, "address")
			o.Payments = append(o.Payments, orderhub.Payment{No: int(near(int64(i)).Draw(t, "no")), CreatedAt: at})
			o.Shipments = append(o.Shipments, orderhub.Shipment{No: int(near(int64(i)).Draw(t, "no")), CreatedAt: at, Address: address})
			o.Taxes = append(o.Taxes, orderhub.Tax{No: int(near(int64(i)).Draw(t, "no"))})
		}
		if a := attributes.Draw(t, "extras"); len(a) > 0 {
			o.Extras = orderhub.Extras{text.Draw(t, "dialect"): a}
		}
		key := rapid.SampledFrom([]string{"", o.Contact.Email, "x"}).Draw(t, "key")
		body := string(AppendOrder(nil, o, key))
		read := &orderhub.Order{PlacedAt: o.PlacedAt}
		if err := ReadOrder(body, read, key); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if d := cmp.Diff(o, read); d != "" {
			t.Fatalf("%s came back changed (-written +read):\n%s", body, d)
		}
	})
}

func FuzzOrder(f *testing.F) {
	f.Add(string(AppendOrder(nil, everyMember(), "")))
	f.Add(`{"v":1,"attr":{"a":[{"b":"\u0000"}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		o := new(orderhub.Order)
		ReadOrder(body, o, "") // must end, without a panic
	})
}

// typicalOrder has three lines, an address and three details.
func typicalOrder() *orderhub.Order {
	o := everyMember()
	line := orderhub.Line{No: 1, Product: "100045", Name: "Winter boots, size 42", Quantity: orderhub.Piece, BasePrice: 68_000_000, Price: 68_000_000, Amount: 68_000_000}
	o.Lines = []orderhub.Line{line, line, line}
	o.Payments, o.Taxes, o.Extras, o.Shipments = nil, nil, nil, nil
	return o
}

func BenchmarkOrderWrite(b *testing.B) {
	o, buffer := typicalOrder(), make([]byte, 0, 2_000)
	for b.Loop() {
		buffer = AppendOrder(buffer[:0], o, "")
	}
	b.ReportMetric(float64(len(buffer)), "bytes")
}

func BenchmarkOrderRead(b *testing.B) {
	body := string(AppendOrder(nil, typicalOrder(), ""))
	for b.Loop() {
		var o orderhub.Order
		if err := ReadOrder(body, &o, ""); err != nil {
			b.Fatal(err)
		}
	}
}
