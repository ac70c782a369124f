package exporting

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/sample"
	"orderhub/internal/sheet"
)

// written is what a reader finds in a file of one row: cells by their columns.
func written[T any](t *testing.T, o Options, tab table[T], of T) map[string]string {
	t.Helper()
	var file bytes.Buffer
	out, err := newOutput(&file, o, "table", tab, nil)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	if err := out.write(of); err != nil {
		t.Fatalf("write: %v", err)
	}
	if err := out.close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	if o.Format != XLSX {
		harmless(t, file.Bytes(), cmp.Or(rune(o.Separator), ','))
	}
	r, err := sheet.New(bytes.NewReader(file.Bytes()), int64(file.Len()), sheet.Options{})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	defer r.Close()
	cells := make(map[string]string)
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		for i, name := range r.Header() {
			cells[name] = row.Cells[i]
		}
	}
	if len(cells) != len(tab.header()) {
		t.Fatalf("read %d columns, want %d", len(cells), len(tab.header()))
	}
	return cells
}

var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// harmless looks at CSV as a spreadsheet does, which knows no guards.
func harmless(t *testing.T, file []byte, separator rune) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff"))))
	r.Comma = separator
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("read as CSV: %v", err)
	}
	for _, cell := range slices.Concat(rows...) {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n\x00") && !number.MatchString(cell) {
			t.Errorf("a cell begins dangerously: %q", cell)
		}
	}
}

// tables are all kinds of rows with a text in every field that holds one.
func tables(text string) map[string]func(*testing.T, Options) map[string]string {
	shop := sample.Shop()
	free := orderhub.Attributes{{Name: "known", Value: quoted(text)}, {Name: "other", Value: quoted(text)}}
	extras := orderhub.Extras{"aplaut": free}
	owner := &orderhub.Customer{
		ExternalID: text, Email: text, Phone: text, Name: text, FirstName: text, MiddleName: text, LastName: text,
		Consents: []orderhub.Consent{{ID: text, State: orderhub.Given}}, Attributes: free, Extras: extras, RegisteredAt: sample.Placed,
	}
	line := orderhub.Line{Product: text, SKU: text, Name: text, Unit: text, Quantity: 1_500, Price: -15_000, Image: text, Attributes: free, Extras: extras}
	payment := orderhub.Payment{No: 3, Number: text, Status: orderhub.PaymentPaid, Method: text, MethodName: text, Reference: text, Note: text, Extras: extras}
	o := &orderhub.Order{
		Number: text, Code: text, Status: text, Contact: orderhub.Contact{Name: text, Email: text, Phone: text, Address: text}, PlacedAt: sample.Placed,
		Currency: "RUB", Lines: []orderhub.Line{line}, Payments: []orderhub.Payment{payment}, Note: text, Source: text, Coupon: text, Account: text,
		CancelReason: text, Attributes: free, Extras: extras,
	}
	known := []string{"known"}
	return map[string]func(*testing.T, Options) map[string]string{
		"customers": func(t *testing.T, op Options) map[string]string {
			return written(t, op, customerTable(shop, known), person{owner, text})
		},
		"lines": func(t *testing.T, op Options) map[string]string {
			return written(t, op, lineTable(shop, known, known), sold{Order: o, buyer: text, first: true, line: &o.Lines[0]})
		},
		"orders": func(t *testing.T, op Options) map[string]string {
			return written(t, op, headTable(shop, known), sold{Order: o, buyer: text, first: true})
		},
		"payments": func(t *testing.T, op Options) map[string]string {
			return written(t, op, paymentTable(shop), sold{Order: o, payment: &o.Payments[0]})
		},
		"cards": func(t *testing.T, op Options) map[string]string {
			card := &orderhub.Card{Number: text, ExternalID: text, EAN13: text, Barcode: text, Medium: orderhub.Medium(text), Status: orderhub.CardStatus(text)}
			return written(t, op, cardTable(shop), held{card, text, owner})
		},
		"bonuses": func(t *testing.T, op Options) map[string]string {
			return written(t, op, bonusTable(shop), booked{&orderhub.BonusEntry{Key: text, Reason: text, Points: -5}, owner, text})
		},
		"products": func(t *testing.T, op Options) map[string]string {
			return written(t, op, productTable(known), &orderhub.Product{
				ExternalID: text, Group: text, Name: text, Brand: text, VendorCode: text, URL: text,
				Pictures: []string{text}, Categories: []string{text}, Description: text, Attributes: free,
			})
		},
	}
}

func quoted(text string) jsontext.Value {
	b, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		panic(err)
	}
	return b
}

// A text that a spreadsheet would run stands in no cell, and comes back as it
// was from every column that holds it.
func TestNoCellIsRun(t *testing.T) {
	const plain = "harmless"
	want := map[string]int{"customers": 9, "lines": 18, "orders": 14, "payments": 11, "cards": 10, "bonuses": 6, "products": 10}
	dangerous := []string{"=1+1", "+7 900", "-1 or 2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1", "＋1", "－1", "＠1", "'=1", "''@x", "'plain", `="a;b"|c,d`}
	for _, o := range []Options{{}, {Separator: ';', Mark: true}, {Separator: '\t'}, {Separator: '|'}, {Format: XLSX}} {
		for name, write := range tables(plain) {
			var texts []string
			for column, cell := range write(t, o) {
				if cell == plain {
					texts = append(texts, column)
				}
			}
			if len(texts) < want[name] {
				t.Errorf("%s: only %d columns hold the text: %q", name, len(texts), texts)
			}
			for _, text := range dangerous {
				if o.Separator != 0 && o.Separator != ',' && name != "lines" {
					continue // other separators are written alike everywhere
				}
				cells := tables(text)[name](t, o)
				for _, column := range texts {
					got := cells[column]
					if strings.Contains(column, "attribute.") || got != text && (column == "pictures" || column == "categories") {
						got = unquoted(got)
					}
					if got != text {
						t.Errorf("%s of %s with %+v is %q, want %q", column, name, o, got, text)
					}
				}
			}
		}
	}
}

// unquoted is the text that a cell of JSON holds: a string, or an array of one.
func unquoted(cell string) string {
	var text string
	if json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimPrefix(cell, "["), "]")), &text) == nil {
		return text
	}
	return cell
}

// Documents can be read back into the types of package orderhub.
func TestDocumentsComeBack(t *testing.T) {
	at := time.Date(2026, 5, 4, 9, 0, 0, 123_000, time.UTC)
	extras := orderhub.Extras{"usam": {{Name: "x", Value: jsontext.Value(`{"a":[1.50,null]}`)}}}
	payments := []orderhub.Payment{{No: 7, Number: "P-1", Status: orderhub.PaymentPaid, Sum: 12_345, CreatedAt: at, PaidAt: at, Extras: extras}}
	shipments := []orderhub.Shipment{{No: 8, Number: "S-1", Price: 1, Included: true, CreatedAt: at, Address: "<Торговая> & 1", Extras: extras}}
	taxes := []orderhub.Tax{{No: 9, Name: "VAT", Rate: 200_000, Amount: 5, InPrice: true, Extras: extras}}
	late := orderhub.Payment{Status: orderhub.PaymentOpen, CreatedAt: at.AddDate(10_000, 0, 0)}
	o := sample.Order(func(o *orderhub.Order) {
		o.Payments, o.Shipments, o.Taxes, o.Extras = append(payments, late), shipments, taxes, extras
	})
	cells := written(t, Options{}, headTable(sample.Shop(), nil), sold{Order: o, first: true})
	payments[0].No, shipments[0].No, taxes[0].No = 0, 0, 0
	late.CreatedAt = time.Time{}
	same(t, cells["order.payments"], append(payments, late))
	same(t, cells["order.shipments"], shipments)
	same(t, cells["order.taxes"], taxes)
	if got, err := orderhub.ParseExtras([]byte(cells["order.extras"])); err != nil || string(got.JSON()) != string(extras.JSON()) {
		t.Errorf("extras are %s, %v", got.JSON(), err)
	}
	if o.Payments[0].No != 7 {
		t.Error("the order that was written has been changed")
	}
}

// same says whether a cell holds a value.
func same[T any](t *testing.T, cell string, want T) {
	t.Helper()
	var got T
	if err := json.Unmarshal([]byte(cell), &got); err != nil {
		t.Errorf("%s: %v", cell, err)
		return
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if !bytes.Equal(a, b) {
		t.Errorf("got %s, want %s", a, b)
	}
}
