package importing

import (
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/money"
)

var salesShop = &orderhub.Shop{ID: 1, Name: "salesShop", Zone: "Europe/Moscow", Currency: "RUB"}

// salesFields are of every sort of value.
var salesFields = []Field{
	{Name: "number", Required: true, Own: true, Names: []string{"Номер заказа", "Numer zamówienia"}, About: "number of the order"},
	{Name: "email", Own: true, Names: []string{"consumer_email", "order.consumer_email", "E-mail", "почта"}},
	{Name: "created_at", Own: true, Names: []string{"Дата"}},
	{Name: "currency"},
	{Name: "line.price", Own: true, Names: []string{"Цена"}},
	{Name: "line.quantity", Own: true, Names: []string{"Количество"}},
	{Name: "total", Own: true},
	{Name: "points", Names: []string{"Баллы"}},
	{Name: "paid", Own: true},
	{Name: "birthday"},
	{Name: "pictures", Own: true},
	{Name: "extras"},
	{Name: "status", Own: true, Words: map[string]string{"Оплачен": "paid", "opłacone": "paid", "новый": "placed"}},
}

// salesReading makes a reading of a file of sales, which must be in order.
func salesReading(t testing.TB, plan orderhub.ImportPlan, header string) *reading {
	t.Helper()
	in, err := newReading(salesShop, plan, orderhub.ImportOrders, salesFields, strings.Split(header, ";"))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// salesRow reads one cell of a field in a file that has a number beside it.
func salesRow(t testing.TB, plan orderhub.ImportPlan, field, content string) *row {
	t.Helper()
	name := field
	if !strings.Contains(name, ".") {
		name = "order." + name
	}
	return salesReading(t, plan, "number;"+name).row(2, []string{"1", content})
}

// onlyFault is the fault of a row that should have one at most.
func onlyFault(t *testing.T, r *row) string {
	t.Helper()
	if len(r.faults) == 0 {
		return ""
	}
	if len(r.faults) > 1 || r.faults[0].Column == "" || r.faults[0].Line != 2 || r.faults[0].Outcome != orderhub.OutcomeInvalid {
		t.Errorf("faults %+v, want one of row 2 with its column", r.faults)
	}
	return r.faults[0].Text
}

func BenchmarkRow(b *testing.B) {
	in := salesReading(b, orderhub.ImportPlan{Decimal: ",", Dates: "dmy"}, "number;email;created_at;price;quantity;paid;Комментарий;status")
	cells := []string{"A-000123", "daria@example.org", "31.12.2018 15:04:05", "1 234,56", "2", "да", "позвонить заранее", "Оплачен"}
	b.ReportAllocs()
	var amounts money.Amount
	var last time.Time
	for b.Loop() {
		r := row{line: 2, cells: cells, in: in}
		number, email := r.text("number"), r.text("email")
		created := r.moment("created_at")
		price, quantity := r.amount("line.price"), r.quantity("line.quantity")
		paid, status := r.flag("paid"), r.word("status")
		more := r.attributes("attribute.")
		if number == nil || email == nil || quantity == nil || paid == nil || status == nil || len(more) != 1 || len(r.faults) > 0 {
			b.Fatal(r.faults)
		}
		amounts += *price
		last = *created
		for _, absent := range []string{"code", "address", "total", "note", "source", "coupon", "account", "cancel_reason"} {
			if r.text(absent) != nil {
				b.Fatal(absent)
			}
		}
	}
	_, _ = amounts, last
}

func TestTexts(t *testing.T) {
	for in, want := range map[string]string{
		"a": "a", " a b ": "a b", "\u00a0я\t": "я", "я": "я", "\n": "", "Ł ": "Ł", "à": "à", "日本": "日本", "x\u2003": "x", "\u3000ф": "ф", "́": "́", "фы\u0085": "фы",
	} {
		got := salesRow(t, orderhub.ImportPlan{Clear: true}, "email", in).text("email")
		if got == nil || *got != want {
			t.Errorf("%q is %v, want %q", in, got, want)
		}
	}
	if got := salesRow(t, orderhub.ImportPlan{}, "email", "  ").text("email"); got != nil {
		t.Errorf("an empty cell is %q", *got)
	}
}

// An empty cell keeps what is there, or clears it when the plan says so. A
// column that is not there keeps.
func TestEmptyCells(t *testing.T) {
	for _, clear := range []bool{false, true} {
		in := salesReading(t, orderhub.ImportPlan{Clear: clear}, "number;email;created_at;price;quantity;order.points;paid;order.birthday;pictures;order.extras;status;x")
		r := in.row(2, []string{"1", "", " ", "", "", "", "", "", "", "", "\t", ""})
		kept := []bool{
			r.text("email") == nil, r.moment("created_at") == nil, r.amount("line.price") == nil, r.quantity("line.quantity") == nil, r.whole("points") == nil,
			r.flag("paid") == nil, r.day("birthday") == nil, r.list("pictures") == nil, !r.json("extras", new(int)), r.word("status") == nil, len(r.attributes("attribute.")) == 0,
		}
		for i, keeps := range kept {
			if keeps == clear {
				t.Errorf("value %d: keeps %t when clear is %t", i, keeps, clear)
			}
		}
		if clear {
			if got := r.attributes("attribute.").JSON(); string(got) != `{"x":null}` {
				t.Errorf("attributes that are cleared: %s", got)
			}
			if !r.moment("created_at").IsZero() || *r.amount("line.price") != 0 || *r.flag("paid") || len(*r.list("pictures")) != 0 || *r.word("status") != "" {
				t.Error("a value that is cleared is not empty")
			}
		}
		if r.text("currency") != nil || r.has("currency") || !r.has("email") || len(r.faults) > 0 {
			t.Errorf("a column that is not there is; faults %v", r.faults)
		}
		if short := in.row(3, []string{"1"}); short.text("email") != nil || short.attributes("attribute.") != nil {
			t.Error("a row that ends early has values")
		}
	}
}

func TestWords(t *testing.T) {
	plan := orderhub.ImportPlan{Columns: []orderhub.ImportColumn{
		{Column: "status", Words: map[string]string{"Отгружен": "paid", "-": "", "новый": "paid"}},
		{Column: "paid", Words: map[string]string{"оплата  есть": "yes"}},
		{Column: "price", Words: map[string]string{"бесплатно": "0"}},
	}}
	in := salesReading(t, plan, "number;status;paid;price")
	tests := []struct{ status, paid, price, want string }{
		{"оплачен", "да", "1", "paid true 1"},
		{"ОПЛАЧЕН", "НЕТ", "бесплатно", "paid false 0"},
		{"OPŁACONE", "Оплата есть", "Бесплатно", "paid true 0"},
		{"PAID", "+", "-1", "paid true -1"},
		{"Новый", "0", "1", "paid false 1"}, // the plan's word wins
		{"placed", "fałsz", "1", "placed false 1"},
		{"-", "-", "1", "  1"},
	}
	for _, tt := range tests {
		r := in.row(2, []string{"1", tt.status, tt.paid, tt.price})
		var got [3]string
		if w := r.word("status"); w != nil {
			got[0] = *w
		}
		if b := r.flag("paid"); b != nil && tt.paid != "-" {
			got[1] = map[bool]string{true: "true", false: "false"}[*b]
		}
		if a := r.amount("line.price"); a != nil {
			got[2] = a.String()
		}
		if s := strings.Join(got[:], " "); s != tt.want || len(r.faults) > 0 {
			t.Errorf("%+v is %q, %v", tt, s, r.faults)
		}
	}
	r := in.row(2, []string{"1", "странно", "может быть", "x"})
	if r.word("status") != nil || r.flag("paid") != nil || len(r.faults) != 2 ||
		r.faults[0].Text != "is none of paid, placed" || r.faults[1].Text != "is neither yes nor no" || r.faults[0].Column != "status" {
		t.Errorf("words that mean nothing: %+v", r.faults)
	}
	r.word("status")
	if len(r.faults) != 2 {
		t.Errorf("what is read twice is wrong twice: %+v", r.faults)
	}
}

func TestLists(t *testing.T) {
	for in, want := range map[string]string{
		"a|b": "a,b", "a\nb\r\n c ": "a,b,c", "a, b": "a, b", "|": "", `["a|b","c"]`: "a|b,c", `[a]|b`: "[a],b", `[1]`: "[1]", "[]": "",
	} {
		got := salesRow(t, orderhub.ImportPlan{}, "pictures", in).list("pictures")
		if got == nil || strings.Join(*got, ",") != want {
			t.Errorf("%q is %v, want %s", in, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	type tax struct{ Name string }
	var taxes []tax
	if r := salesRow(t, orderhub.ImportPlan{}, "extras", `[{"Name":"НДС"}]`); !r.json("extras", &taxes) || len(taxes) != 1 || taxes[0].Name != "НДС" {
		t.Errorf("%v, %v", taxes, r.faults)
	}
	var extras orderhub.Extras
	if r := salesRow(t, orderhub.ImportPlan{}, "extras", `{"usam": {"a": 1.50}}`); !r.json("extras", &extras) || string(extras.JSON()) != `{"usam":{"a":1.50}}` {
		t.Errorf("%s, %v", extras.JSON(), r.faults)
	}
	var attributes orderhub.Attributes
	if r := salesRow(t, orderhub.ImportPlan{}, "extras", `{"b":1,"a":[]}`); !r.json("extras", &attributes) || string(attributes.JSON()) != `{"b":1,"a":[]}` {
		t.Errorf("%s, %v", attributes.JSON(), r.faults)
	}
	for _, in := range []string{"x", "{", "[] []", `[{"Nmae":"x"}]`, `[{"Name":1}]`, `{"a":1,"a":2}`, "[]]"} {
		var v any = &taxes
		if strings.HasPrefix(in, "{") {
			v = &attributes
		}
		if r := salesRow(t, orderhub.ImportPlan{}, "extras", in); r.json("extras", v) || onlyFault(t, r) != "is not the JSON that belongs here" {
			t.Errorf("%s is taken, %v", in, r.faults)
		}
	}
}

// Cells of plain columns are strings as they stand. Those of attribute.NAME
// are JSON where they can be, so that exported attributes keep their types.
func TestAttributes(t *testing.T) {
	in := salesReading(t, orderhub.ImportPlan{}, "number;plain;attribute.A;line.attribute.L;other")
	tests := []struct{ cell, plain, json string }{
		{"x", `"x"`, `"x"`},
		{"12.50", `"12.50"`, `12.50`},
		{"007", `"007"`, `"007"`},
		{"true", `"true"`, `true`},
		{"null", `"null"`, `null`},
		{"none", `"none"`, `"none"`},
		{`""`, `"\"\""`, `""`},
		{`"12"`, `"\"12\""`, `"12"`},
		{`{"a": [1, 2]}`, `"{\"a\": [1, 2]}"`, `{"a":[1,2]}`},
		{`{"a":1,"a":2}`, `"{\"a\":1,\"a\":2}"`, `"{\"a\":1,\"a\":2}"`},
		{`[2023] год`, `"[2023] год"`, `"[2023] год"`},
		{`"open`, `"\"open"`, `"\"open"`},
		{"two\nlines", `"two\nlines"`, `"two\nlines"`},
	}
	for _, tt := range tests {
		r := in.row(2, []string{"1", tt.cell, tt.cell, "", " "})
		want := `{"plain":` + tt.plain + `,"A":` + tt.json + `}`
		if got := string(r.attributes("attribute.").JSON()); got != want || len(r.faults) > 0 {
			t.Errorf("%q is %s, %v, want %s", tt.cell, got, r.faults, want)
		}
		r = in.row(2, []string{"1", "", "", tt.cell, ""})
		if got := string(r.attributes("line.attribute.").JSON()); got != `{"L":`+tt.json+`}` {
			t.Errorf("%q of a line is %s", tt.cell, got)
		}
	}
	r := in.row(2, []string{"1", "\xff", "a\x00", "", ""})
	if got := r.attributes("attribute."); len(got) != 0 || len(r.faults) != 2 || r.faults[0].Column != "plain" || r.faults[0].Field != "attribute.plain" {
		t.Errorf("%v, %+v", got, r.faults)
	}
}

// Whatever stands in a row, its methods give a value, nothing, or a fault.
func FuzzRow(f *testing.F) {
	f.Add("1", `{"a":1}`, true)
	f.Add("да", "a|b", false)
	f.Add("\xff", "\x00", true)
	f.Fuzz(func(t *testing.T, a, b string, clear bool) {
		in := salesReading(t, orderhub.ImportPlan{Clear: clear}, "number;price;quantity;created_at;paid;status;pictures;order.extras;order.points;attribute.x;plain")
		r := in.row(2, []string{a, a, b, a, b, a, b, a, b, a, b})
		r.text("number")
		r.amount("line.price")
		r.quantity("line.quantity")
		r.moment("created_at")
		r.flag("paid")
		r.word("status")
		r.list("pictures")
		r.json("extras", &orderhub.Extras{})
		r.whole("points")
		for _, x := range r.attributes("attribute.") {
			if !x.Value.IsValid() {
				t.Fatalf("%q is not JSON", x.Value)
			}
		}
		for _, fault := range r.faults {
			if fault.Column == "" || fault.Text == "" || !orderhub.Storable(fault.Text) {
				t.Fatalf("%+v", fault)
			}
		}
	})
}
