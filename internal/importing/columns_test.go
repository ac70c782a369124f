package importing

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"orderhub"
)

// become is what each column of a header becomes, separated by |.
func become(in *reading) string {
	var all []string
	for _, c := range in.columns {
		all = append(all, c.field+c.prefix+c.attribute)
	}
	return strings.Join(all, "|")
}

func TestColumns(t *testing.T) {
	plan := func(pairs ...string) (p orderhub.ImportPlan) {
		for i := 0; i < len(pairs); i += 2 {
			p.Columns = append(p.Columns, orderhub.ImportColumn{Column: pairs[i], Field: pairs[i+1]})
		}
		return p
	}
	tests := []struct {
		name, header string
		plan         orderhub.ImportPlan
		want         string
		notes        string // a part of them
	}{
		{name: "own names", header: "number;email;price;status", want: "number|email|line.price|status"},
		{name: "spelling", header: "NUMBER;Created-At;created at x", want: "number|created_at|attribute.created at x"},
		{name: "dotted names", header: "order.number;order.email;line.price;order.currency", want: "number|email|line.price|currency"},
		{name: "a dotted name that the kind gives", header: "number;order.consumer_email", want: "number|email"},
		{name: "only dotted", header: "number;currency;points", want: "number|attribute.currency|attribute.points"},
		{name: "other names", header: "Номер заказа;E-mail;ДАТА", want: "number|email|created_at"},
		{name: "other names of what is there", header: "number;email;E-mail;почта", want: "number|email|attribute.E-mail|attribute.почта"},
		{name: "the first other name", header: "number;почта;e_mail", want: "number|attribute.почта|email"},
		{name: "attributes", header: "number;attribute.Цвет;line.attribute.Size;Прочее;attribute.;city", want: "number|attribute.Цвет|line.attribute.Size|attribute.Прочее|attribute.attribute.|attribute.city"},
		{name: "other names of what is not its own", header: "number;Баллы", want: "number|attribute.Баллы"},
		{name: "reasons", header: "number;orderhub.reason;OrderHub.Reason;orderhub.column 4", want: "number|||"},
		{name: "unknown dotted", header: "number;order.totl", want: "number|", notes: "did you mean total"},
		{name: "the plan wins", header: "number;email;price", plan: plan("email", "attribute.mail", "price", "-"), want: "number|attribute.mail|"},
		{name: "the plan by other spelling", header: "number;Цена за шт", plan: plan("цена_за шт", "price"), want: "number|line.price"},
		{name: "the plan, dotted", header: "number;валюта", plan: plan("валюта", "order.currency"), want: "number|currency"},
		{name: "the plan, line attribute", header: "number;a", plan: plan("a", "line.attribute.B"), want: "number|line.attribute.B"},
		{name: "the plan frees a name", header: "n;number", plan: plan("n", "number", "number", "-"), want: "number|"},
		{name: "the plan before other names", header: "number;почта;mail", plan: plan("mail", "email"), want: "number|attribute.почта|email"},
		{name: "only words", header: "number;status", plan: orderhub.ImportPlan{Columns: []orderhub.ImportColumn{{Column: "Status", Words: map[string]string{"ok": "paid"}}}}, want: "number|status"},
	}
	for _, tt := range tests {
		in, err := newReading(salesShop, tt.plan, orderhub.ImportOrders, salesFields, strings.Split(tt.header, ";"))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := become(in); got != tt.want || !strings.Contains(strings.Join(in.notes, " "), tt.notes) {
			t.Errorf("%s: %s becomes %s, %q, want %s", tt.name, tt.header, got, in.notes, tt.want)
		}
		for field, n := range in.byField {
			if in.places.find(field) != n || in.columnOf(field) != in.header[n] {
				t.Errorf("%s: %s is found at %d and in %q, want %d", tt.name, field, in.places.find(field), in.columnOf(field), n)
			}
		}
	}
}

func TestColumnsOfAKindWithoutAttributes(t *testing.T) {
	in, err := newReading(salesShop, orderhub.ImportPlan{}, orderhub.ImportStatuses, salesFields, []string{"number", "цвет", "attribute.x", "order.email"})
	if err != nil || become(in) != "number|||email" || !slices.Equal(in.notes, []string{"The columns цвет, attribute.x are ignored."}) {
		t.Errorf("%s, %q, %v", become(in), in.notes, err)
	}
}

func TestColumnsThatAreTooMany(t *testing.T) {
	header := []string{"number"}
	for i := range 2_000 {
		header = append(header, fmt.Sprint("order.x", i))
	}
	in, err := newReading(salesShop, orderhub.ImportPlan{}, orderhub.ImportOrders, salesFields, header)
	if err != nil || len(in.notes) != 21 || len(in.notes[20]) > 1000 {
		t.Errorf("%v", err)
	}
	for i := range header[1:] {
		header[i+1] = header[i+1][len("order."):]
	}
	if _, err = newReading(salesShop, orderhub.ImportPlan{}, orderhub.ImportOrders, salesFields, header); len(orderhub.All(err)) != 1 {
		t.Errorf("2,000 attributes: %.1000v", err)
	}
}

// All that is wrong is said at once.
func TestColumnsThatAreRefused(t *testing.T) {
	column := func(name, field string, words ...string) orderhub.ImportColumn {
		c := orderhub.ImportColumn{Column: name, Field: field, Words: map[string]string{}}
		for i := 0; i < len(words); i += 2 {
			c.Words[words[i]] = words[i+1]
		}
		return c
	}
	tests := []struct {
		header string
		plan   orderhub.ImportPlan
		want   []string
	}{
		{"", orderhub.ImportPlan{}, []string{"the file has no header: its first row must name the columns"}},
		{"почта;цена", orderhub.ImportPlan{}, []string{`the file has no column "number" (number of the order), and none called Номер заказа, Numer zamówienia; it has почта, цена`}},
		{"number;order.number", orderhub.ImportPlan{}, []string{`the columns "number" and "order.number" are both number; rename one of them, or say in the plan what it is`}},
		{"number;city;attribute.city", orderhub.ImportPlan{}, []string{`the columns "attribute.city" and "city" are both attribute.city; rename one of them, or say in the plan what it is`}},
		{"number;" + strings.Repeat("я", 257), orderhub.ImportPlan{}, []string{"has 257 characters; an attribute may have at most 256"}},
		{"number;a\x00b;\xff", orderhub.ImportPlan{}, []string{`the column "a\x00b" has characters that no`, `the column "\xff" has`}},
		{"number;a" + strings.Join(strings.Split(strings.Repeat("x", 1100), ""), ";a"), orderhub.ImportPlan{}, []string{"both attribute.ax"}},
		{"number;email;status", orderhub.ImportPlan{
			Zone: "Mars/Base", Decimal: ";", Dates: "dym", Encoding: "latin1", Separator: "ab", Header: -1, OnlyNew: true, OnlyOld: true,
			Columns: []orderhub.ImportColumn{
				column("Клиент", "email"), column("email", "emial"), column("status", "status", "sent", "shipped", "Да", "paid", "да", "new"), column("EMAIL", "-"),
			},
		}, []string{
			"encoding is not known; it is one of UTF-8, UTF-16LE,", "separator must be one character", "header must be", "decimal must be . or ,",
			"dates must be ymd, dmy or mdy", "zone is not a time zone", "only_new and only_old exclude each other",
			`the plan names a column "Клиент" that the file does not have; it has number, email, status`,
			`the plan makes the column "email" a field "emial", which there is not; did you mean email?`,
			`the plan names the column "email" twice`,
			`the plan says that "да" in the column "status" means "new", and "paid" as well`,
			`the plan says that "sent" in the column "status" means "shipped", which status cannot be; it can be paid, placed`,
		}},
	}
	for _, tt := range tests {
		_, err := newReading(salesShop, tt.plan, orderhub.ImportOrders, salesFields, strings.Split(tt.header, ";"))
		all := orderhub.All(err)
		for _, want := range tt.want {
			if !slices.ContainsFunc(all, func(e *orderhub.Error) bool {
				return strings.Contains(e.Error(), want) && e.Kind == orderhub.Invalid
			}) {
				t.Errorf("%.40s: %v\nwant among these: %s", tt.header, err, want)
			}
		}
		if err == nil {
			t.Errorf("%.40s is taken", tt.header)
		}
	}
}

func TestCheckPlan(t *testing.T) {
	good := orderhub.ImportPlan{Zone: "Europe/Warsaw", Decimal: ",", Dates: "dmy", Encoding: "WINDOWS-1251", Separator: "\t", Columns: []orderhub.ImportColumn{
		{Column: "Почта", Field: "order.email"}, {Column: "Сумма", Field: "total"}, {Column: "x", Field: "-"}, {Column: "y", Field: "attribute.Y"},
		{Column: "Цена", Field: "price"}, {Column: "st", Field: "status", Words: map[string]string{"done": "Paid", "none": ""}}, {Column: "anything"},
	}}
	if err := CheckPlan(orderhub.ImportOrders, salesFields, &good); err != nil {
		t.Errorf("a good plan: %v", err)
	}
	bad := orderhub.ImportPlan{Zone: "Local", Separator: "\"", Columns: []orderhub.ImportColumn{
		{Column: " ", Field: "email"}, {Column: "a", Field: "total"}, {Column: "A", Field: "-"}, {Column: "b", Field: "order.total"},
		{Column: "c", Field: "customer.gender"}, {Column: "d", Field: "status", Words: map[string]string{"x": "y"}}, {Column: "e", Field: "line.attribute."},
	}}
	err := CheckPlan(orderhub.ImportOrders, salesFields, &bad)
	for _, want := range []string{
		"zone is not", "separator must", "columns[0].column is empty", `the plan names the column "A" twice`, `the plan makes both the columns "a" and "b" total`,
		`a field "customer.gender", which there is not`, `means "y", which status cannot be`, `a field "line.attribute.", which there is not`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant among these: %s", err, want)
		}
	}
	if err := CheckPlan(orderhub.ImportStatuses, salesFields, &orderhub.ImportPlan{Columns: []orderhub.ImportColumn{{Column: "a", Field: "attribute.b"}}}); err == nil {
		t.Error("statuses take attributes")
	}
}

// Whatever a header and a plan hold, they are read or refused.
func FuzzColumns(f *testing.F) {
	f.Add("number;email", "email", "attribute.x")
	f.Add("number;.;..;a.b", ".", "order.")
	f.Fuzz(func(t *testing.T, header, column, field string) {
		plan := orderhub.ImportPlan{Columns: []orderhub.ImportColumn{{Column: column, Field: field}}}
		checked := CheckPlan(orderhub.ImportOrders, salesFields, &plan)
		in, err := newReading(salesShop, plan, orderhub.ImportOrders, salesFields, strings.Split(header, ";"))
		if (in == nil) != (err != nil) || checked != nil && err == nil {
			t.Fatalf("%v, %v; the plan alone: %v", in, err, checked)
		}
	})
}
