package importing

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/sheet"
)

// sales reads a field of every sort.
type sales struct{ kind }

func (sales) fields() []Field { return salesFields }

func (sales) read(r *record) {
	x := r.rows[0]
	x.text("number")
	x.moment("created_at")
	x.amount("line.price")
	x.quantity("line.quantity")
	x.amount("total")
	x.whole("points")
	x.day("birthday")
	x.word("status")
}

// inspected inspects a table, whose rows are separated by line ends and whose cells
// are by semicolons.
func inspected(t *testing.T, shop *orderhub.Shop, plan orderhub.ImportPlan, table string) (*reading, *Inspection) {
	t.Helper()
	r, err := sheet.New(strings.NewReader(table), int64(len(table)), sheet.Options{Separator: ';', Short: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in, err := newReading(shop, plan, orderhub.ImportOrders, salesFields, r.Header())
	if err != nil {
		t.Fatal(err)
	}
	sample, err := sampleOf(r)
	if err != nil {
		t.Fatal(err)
	}
	return in, in.inspect(sales{}, r.Format(), sample)
}

func TestDecimalSignIsRecognised(t *testing.T) {
	usd := &orderhub.Shop{Zone: "UTC", Currency: "USD"}
	tests := []struct {
		shop  *orderhub.Shop
		plan  string
		cells string
		want  string
		note  string
	}{
		{salesShop, "", "12.50 1 1,234.00", ".", ""},
		{salesShop, "", "12,50 1", ",", ""},
		{usd, "", "12,50 1,234", ",", ""},
		{usd, "", "1.234.567 5", ",", ""},
		{salesShop, "", "1,234,567", ".", ""},
		{salesShop, "", "0.500", ".", ""},
		{salesShop, "", "1234.567", ".", ""},
		{salesShop, "", "12.50₽ 1.234", ".", ""},
		{salesShop, "", "5 7", ",", ""},
		{usd, "", "5 7", ".", ""},
		{salesShop, "", "x abc", ",", ""},
		{salesShop, "", "1.234 7", ",", "Whether 1.234 has a decimal sign or groups of thousands cannot be told from the first rows. It is read with a decimal comma, which is not certain"},
		{usd, "", "1,234", ".", "It is read with a decimal point, which is not certain"},
		{usd, "", "12,50 9,90 1.20", ",", "Some numbers have a decimal point, such as 1.20, and others a decimal comma, such as 12,50. They are read with a decimal comma; the others are refused."},
		{salesShop, ".", "12,50", ".", ""},
	}
	for _, tt := range tests {
		table := "number;price\n"
		for i, c := range strings.Fields(tt.cells) {
			table += fmt.Sprintf("%d;%s\n", i, c)
		}
		in, seen := inspected(t, tt.shop, orderhub.ImportPlan{Decimal: tt.plan}, table)
		if string(in.decimal) != tt.want || seen.Plan.Decimal != tt.want || !strings.Contains(strings.Join(seen.Notes, " "), tt.note) || tt.note == "" && len(seen.Notes) > 0 {
			t.Errorf("%s in %s: %c, %q, want %s", tt.cells, tt.shop.Currency, in.decimal, seen.Notes, tt.want)
		}
	}
}

func TestOrderOfDatesIsRecognised(t *testing.T) {
	usd := &orderhub.Shop{Zone: "UTC", Currency: "USD"}
	tests := []struct {
		shop  *orderhub.Shop
		plan  string
		cells string
		want  string
		note  string
	}{
		{salesShop, "", "2018-01-02|2018-03-04 00:11:22", "ymd", ""},
		{usd, "", "31.12.2018", "dmy", ""},
		{usd, "", "03.04.2018", "dmy", ""}, // nobody writes the month first and dots
		{salesShop, "", "12/31/2018|03/04/2018", "mdy", ""},
		{usd, "", "13/01/2018|03/04/2018", "dmy", ""},
		{salesShop, "", "2018-01-02|31/12/2018", "dmy", ""},
		{salesShop, "", "05/05/2018", "dmy", ""},
		{salesShop, "", "", "dmy", ""},
		{usd, "", "вчера", "mdy", ""},
		{salesShop, "", "03/04/2018", "dmy", "Whether 03/04/2018 begins with the day or with the month cannot be told from the first rows. It is read as day, month, year, which is not certain"},
		{usd, "", "03/04/2018 10:00", "mdy", "It is read as month, day, year, which is not certain"},
		{usd, "", "31/12/2018|30/12/2018|12/31/2018", "dmy", "Some dates begin with the day, such as 31/12/2018, and others with the month, such as 12/31/2018."},
		{usd, "ymd", "31/12/2018", "ymd", ""},
	}
	for _, tt := range tests {
		table := "number;created_at\n"
		for i, c := range strings.Split(tt.cells, "|") {
			table += fmt.Sprintf("%d;%s\n", i, c)
		}
		in, seen := inspected(t, tt.shop, orderhub.ImportPlan{Dates: tt.plan}, table)
		if in.dates != tt.want || seen.Plan.Dates != tt.want || !strings.Contains(strings.Join(seen.Notes, " "), tt.note) || tt.note == "" && len(seen.Notes) > 0 {
			t.Errorf("%s in %s: %s, %q, want %s", tt.cells, tt.shop.Currency, in.dates, seen.Notes, tt.want)
		}
	}
}

// What we write ourselves is read as we write it, wherever the shop is.
func TestOurOwnFilesAreNotDoubted(t *testing.T) {
	in, seen := inspected(t, salesShop, orderhub.ImportPlan{}, "number;created_at;price;quantity;order.total\n1;;1.234;1.250;7\n")
	if in.decimal != '.' || in.dates != "ymd" {
		t.Errorf("%c, %s, %q", in.decimal, in.dates, seen.Notes)
	}
}

func TestInspection(t *testing.T) {
	_, seen := inspected(t, salesShop, orderhub.ImportPlan{Columns: []orderhub.ImportColumn{{Column: "status", Words: map[string]string{"ок": "paid"}}}},
		"Номер заказа;цена;status;order.totl;;Цвет\n1;12,5;ок;1;x;синий\n2;1,5;оплачен;2;;синий\n3;2;В пути;;;"+strings.Repeat("я", 100)+"\n4;2;Потерян;;;a\n5;2;в пути;;;b\n")
	var columns []string
	for _, c := range seen.Columns {
		columns = append(columns, fmt.Sprintf("%s=%s(%s)", c.Column, c.Field, strings.Join(c.Samples, ",")))
	}
	want := "Номер заказа=number(1,2,3) цена=line.price(12,5,1,5,2) status=status(ок,оплачен,В пути) order.totl=(1,2) =(x) Цвет=attribute.Цвет(синий," + strings.Repeat("я", 79) + "…,a)"
	if got := strings.Join(columns, " "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if seen.Columns[0].About != "number of the order" || !slices.Equal(seen.Columns[2].Unknown, []string{"В пути", "Потерян", "в пути"}) {
		t.Errorf("%+v", seen.Columns)
	}
	notes := strings.Join(seen.Notes, "\n")
	for _, want := range []string{
		`The column "order.totl" is ignored: there is no such field; did you mean total?`, "Column 5 has values, but no name. It is ignored.",
		`The column "status" has words of which it is not known what they mean: В пути, Потерян, в пути. Say in the plan what they mean; status can be paid, placed.`,
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("%s\nwant among these: %s", notes, want)
		}
	}
	if seen.Format != "CSV in UTF-8, separated by semicolons, lines ending in LF" || seen.Plan.Separator != ";" || seen.Plan.Encoding != "UTF-8" || seen.Plan.Sheet != "" {
		t.Errorf("%s, %+v", seen.Format, seen.Plan)
	}
}

func TestInspectionOfAWorkbook(t *testing.T) {
	var file bytes.Buffer
	w := sheet.NewXLSX(&file, "Продажи")
	for _, cells := range [][]sheet.Cell{
		{sheet.Text("number"), sheet.Text("price"), sheet.Text("quantity")},
		{sheet.Text("1"), sheet.Number("1.234"), sheet.Text("1 234,5")},
	} {
		if err := w.Write(cells...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := sheet.New(bytes.NewReader(file.Bytes()), int64(file.Len()), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in, err := newReading(salesShop, orderhub.ImportPlan{}, orderhub.ImportOrders, salesFields, r.Header())
	if err != nil {
		t.Fatal(err)
	}
	sample, err := sampleOf(r)
	if err != nil {
		t.Fatal(err)
	}
	seen := in.inspect(sales{}, r.Format(), sample)
	if seen.Format != `XLSX, sheet "Продажи"` || seen.Plan.Sheet != "Продажи" || seen.Plan.Decimal != "," || !in.workbook {
		t.Errorf("%+v", seen)
	}
	again, err := newReading(salesShop, seen.Plan, orderhub.ImportOrders, salesFields, r.Header())
	if err != nil || !again.workbook || again.decimal != ',' || again.dates != in.dates {
		t.Errorf("by the plan that was recognised: %+v, %v", again, err)
	}
}
