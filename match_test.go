package orderhub_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"orderhub"
	"orderhub/money"
)

// priced is how a dialect that knows product, name, price in full units and
// quantity shows a line.
func priced(_ *orderhub.Order, l *orderhub.Line) orderhub.SentLine {
	return orderhub.SentLine{
		Line:   orderhub.Line{Product: l.Product, Name: l.Name, Price: l.Price / 10_000 * 10_000, Quantity: l.Quantity},
		Fields: orderhub.LineProduct | orderhub.LineName | orderhub.LinePrice | orderhub.LineQuantity,
	}
}

// numbered shows all fields and the line's number as its id.
func numbered(_ *orderhub.Order, l *orderhub.Line) orderhub.SentLine {
	return orderhub.SentLine{ID: int64(l.No), Line: *l, Fields: orderhub.AllLineFields}
}

// sent reads a line such as "2 product=45 name=Boots price=10 quantity=2", of
// which the number is the id that was sent.
func sent(t testing.TB, text string) orderhub.SentLine {
	t.Helper()
	x := orderhub.SentLine{Line: orderhub.Line{Quantity: orderhub.Piece}}
	for _, word := range strings.Fields(text) {
		name, value, _ := strings.Cut(word, "=")
		var field orderhub.LineFields
		var err error
		switch name {
		case "product":
			x.Line.Product, field = value, orderhub.LineProduct
		case "sku":
			x.Line.SKU, field = value, orderhub.LineSKU
		case "name":
			x.Line.Name, field = value, orderhub.LineName
		case "unit":
			x.Line.Unit, field = value, orderhub.LineUnit
		case "price":
			x.Line.Price, err = money.Parse(value)
			field = orderhub.LinePrice
		case "base":
			x.Line.BasePrice, err = money.Parse(value)
			field = orderhub.LineBasePrice
		case "quantity":
			x.Line.Quantity, err = orderhub.ParseQuantity(value)
			field = orderhub.LineQuantity
		default:
			_, err = fmt.Sscan(name, &x.ID)
		}
		if err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		x.Fields |= field
	}
	return x
}

func TestLinesAreMatched(t *testing.T) {
	stored := []orderhub.Line{
		{No: 1, Product: "45", Name: "Boots", Price: 10_0000, Quantity: orderhub.Piece},
		{No: 2, Product: "45", Name: "Boots", Price: 20_0000, Quantity: orderhub.Piece},
		{No: 3, SKU: "s-1", Name: "Laces", Price: 5_0000, Quantity: orderhub.Piece},
		{No: 4, Name: "Delivery", Price: 1_0000, Quantity: orderhub.Piece},
		{No: 5, Product: "46", SKU: "s-2", Name: "Tea", Unit: "kg", Price: 3_0000, Quantity: orderhub.Piece},
	}
	for _, tt := range []struct {
		name string
		sent []string
		want []int // the numbers of the lines, 0 for new ones
	}{
		{"by id, whatever else is sent", []string{"2 product=9 price=1", "1"}, []int{2, 1}},
		{"an id that no line has", []string{"9 product=45 price=20"}, []int{2}},
		{"an id twice", []string{"5 product=46", "5 product=46"}, []int{5, 0}},
		{"by values, in any sequence", []string{"product=45 price=20", "product=45 price=10"}, []int{2, 1}},
		{"equal values, in sequence", []string{"product=45", "product=45", "product=45"}, []int{1, 2, 0}},
		{"by product, those with equal values first", []string{"product=45 price=11", "product=45 price=10"}, []int{2, 1}},
		{"by SKU", []string{"sku=s-1 price=6"}, []int{3}},
		{"by product and SKU", []string{"product=46 sku=s-2 price=4"}, []int{5}},
		{"the SKU of a line without a product", []string{"product=47 sku=s-1 price=4"}, []int{3}},
		{"the SKU of another product", []string{"product=47 sku=s-2 price=4"}, []int{0}},
		{"another unit", []string{"product=46 unit=g price=4"}, []int{0}},
		{"the unit", []string{"product=46 unit=kg price=4"}, []int{5}},
		{"by place", []string{"price=1.5", "", "name=Laces price=6", "name=Delivery price=2"}, []int{1, 2, 3, 4}},
		{"in the place of another name", []string{"", "", "name=Socks price=6"}, []int{1, 2, 0}},
		{"sent without a product in the place of a product", []string{"product= name=Boots price=6"}, []int{0}},
		{"C in place of A", []string{"product=99 name=Hat price=1", "product=46 price=3"}, []int{0, 5}},
		{"nothing", nil, []int{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := &orderhub.Order{Lines: slices.Clone(stored)}
			lines := &orderhub.SentLines{Show: numbered}
			for _, text := range tt.sent {
				lines.Lines = append(lines.Lines, sent(t, text))
			}
			got := []int{}
			for range 2 { // a decision may be made twice
				got = got[:0]
				for _, l := range orderhub.MatchLines(o, lines) {
					got = append(got, l.No)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("lines %v, want %v", got, tt.want)
			}
			if diff := cmp.Diff(stored, o.Lines); diff != "" {
				t.Errorf("the stored lines were changed:\n%s", diff)
			}
		})
	}
}

func TestMatchedLineKeepsWhatWasSentAsShown(t *testing.T) {
	full := orderhub.Line{
		No: 7, Product: "45", SKU: "s-1", Name: "Boots", Unit: "pair", Quantity: 3_000, Returned: 1_000, BasePrice: 40_0000, Price: 33_3333,
		Discount: 20_0001, Bonus: 5, Image: "a.png", Attributes: attributes(t, `{"size":41}`), Extras: orderhub.Extras{"usam": attributes(t, `{"x":1}`)},
	}
	for _, tt := range []struct {
		name, sent string
		want       func(l *orderhub.Line)
	}{
		{"as shown", "product=45 name=Boots price=33 quantity=3", func(*orderhub.Line) {}},
		{"another name", "product=45 name=Shoes price=33 quantity=3", func(l *orderhub.Line) { l.Name = "Shoes" }},
		{"another price", "product=45 name=Boots price=30 quantity=3", func(l *orderhub.Line) { l.Price, l.Discount = 30_0000, 0 }},
		{"a price above the base", "product=45 name=Boots price=50 quantity=3", func(l *orderhub.Line) { l.Price, l.BasePrice, l.Discount = 50_0000, 50_0000, 0 }},
		{"twice as many", "product=45 name=Boots price=33 quantity=6", func(l *orderhub.Line) { l.Quantity, l.Discount = 6_000, 0 }}, // follows: 6 × 6.6667
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := full
			tt.want(&want)
			o := &orderhub.Order{Lines: []orderhub.Line{full}}
			got := orderhub.MatchLines(o, &orderhub.SentLines{Show: priced, Lines: []orderhub.SentLine{sent(t, tt.sent)}})
			if diff := cmp.Diff([]orderhub.Line{want}, got); diff != "" {
				t.Errorf("the line (-want +got):\n%s", diff)
			}
		})
	}
}

// A discount of the whole line goes with the quantity and the base price, so
// that a piece costs what it did.
func TestDiscountGoesWithTheQuantity(t *testing.T) {
	for _, tt := range []struct {
		discount, sent, want string // of two pieces at 100
	}{
		{"20", "product=1", "20"},
		{"20", "product=1 quantity=3", "30"},
		{"20", "product=1 quantity=1", "10"},
		{"20", "product=1 base=110", "40"},
		{"20", "product=1 base=90 quantity=4", "0"},
		{"0.0001", "product=1 quantity=3", "0.0002"}, // 0.00015
		{"0", "product=1 quantity=3", "0"},
		{"20", "product=1 price=80", "0"},                                    // it follows from the prices when the amount is computed
		{"20", "product=1 quantity=900000000000000", "922337203685477.5807"}, // the end of the range: refused when the amount is computed
	} {
		t.Run(tt.sent, func(t *testing.T) {
			discount, _ := money.Parse(tt.discount)
			o := &orderhub.Order{Currency: "RUB", Lines: []orderhub.Line{{No: 1, Product: "1", Quantity: 2_000, BasePrice: 100_0000, Price: 100_0000, Discount: discount}}}
			got := orderhub.MatchLines(o, &orderhub.SentLines{Show: numbered, Lines: []orderhub.SentLine{sent(t, tt.sent)}})
			if got := got[0].Discount.String(); got != tt.want {
				t.Errorf("discount %s, want %s", got, tt.want)
			}
		})
	}
}

// C that takes the place of A gets nothing of A.
func TestOtherProductGetsNothing(t *testing.T) {
	o := &orderhub.Order{Lines: []orderhub.Line{
		{No: 1, Product: "A", Name: "Boots", Quantity: 2_000, BasePrice: 20_0000, Price: 10_0000, Discount: 20_0000, Bonus: 5, Image: "a.png", SKU: "s"},
		{No: 2, Product: "B", Name: "Laces", Quantity: orderhub.Piece, Price: 1_0000, Bonus: 7},
	}}
	got := orderhub.MatchLines(o, &orderhub.SentLines{Show: priced, Lines: []orderhub.SentLine{
		sent(t, "product=C name=Boots price=10 quantity=2"), sent(t, "product=B name=Laces price=1 quantity=1"),
	}})
	want := []orderhub.Line{{Product: "C", Name: "Boots", Quantity: 2_000, Price: 10_0000}, o.Lines[1]}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestExtrasOfLinesAreMergedOrReplaced(t *testing.T) {
	extras := func(text string) orderhub.Extras {
		e, err := orderhub.ParseExtras([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	const stored = `{"a":{"x":"1","y":"\/"},"b":{"z":1}}`
	for _, tt := range []struct {
		merge             bool
		shown, sent, want string
	}{
		{false, `{"a":{"x":"1","y":"/"}}`, `{"a":{"y":"/","x":"1"}}`, stored},
		{false, `{"a":{"x":"1","y":"/"}}`, `{"a":{"x":"2"}}`, `{"a":{"x":"2"},"b":{"z":1}}`},
		{false, `{"a":{"x":"1","y":"/","d":0}}`, `{"a":{"n":null,"d":0,"y":"/"}}`, `{"a":{"y":"\/","n":null},"b":{"z":1}}`},
		{true, `{"a":{"x":"1","y":"/","d":"0"}}`, `{"a":{"x":null,"d":"0","n":2}}`, `{"a":{"y":"\/","n":2},"b":{"z":1}}`},
	} {
		o := &orderhub.Order{Lines: []orderhub.Line{{No: 1, Product: "1", Extras: extras(stored)}}}
		lines := &orderhub.SentLines{
			MergeExtras: tt.merge,
			Show: func(*orderhub.Order, *orderhub.Line) orderhub.SentLine {
				return orderhub.SentLine{Line: orderhub.Line{Product: "1", Extras: extras(tt.shown)}, Fields: orderhub.LineProduct | orderhub.LineExtras}
			},
			Lines: []orderhub.SentLine{{Line: orderhub.Line{Product: "1", Extras: extras(tt.sent)}, Fields: orderhub.LineProduct | orderhub.LineExtras}},
		}
		if got := string(orderhub.MatchLines(o, lines)[0].Extras.JSON()); got != tt.want {
			t.Errorf("%s shown as %s and sent as %s: %s, want %s", stored, tt.shown, tt.sent, got, tt.want)
		}
	}
}

func BenchmarkMatchLines(b *testing.B) {
	for _, tt := range []struct {
		name string
		sku  func(i int) string
	}{
		{"as shown", func(i int) string { return fmt.Sprint(i) }},
		{"all alike", func(int) string { return "1" }},
	} {
		b.Run(tt.name, func(b *testing.B) {
			o := &orderhub.Order{}
			lines := &orderhub.SentLines{Show: priced}
			for i := range orderhub.MaxLines {
				l := orderhub.Line{No: i + 1, Product: tt.sku(i), Name: "Boots", Price: 33_3333, Quantity: orderhub.Piece, Attributes: attributes(b, `{"size":41}`)}
				o.Lines = append(o.Lines, l)
				x := priced(o, &l)
				x.Line.Price += money.Amount(i % 2 * 10_000)
				lines.Lines = append(lines.Lines, x)
			}
			for b.Loop() {
				orderhub.MatchLines(o, lines)
			}
		})
	}
}
