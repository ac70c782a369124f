package importing

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"orderhub"
	"orderhub/money"
)

func TestAmounts(t *testing.T) {
	const comma, point = "is not a number with a decimal comma", "is not a number with a decimal point"
	tests := []struct {
		decimal, in string
		want        string // "" when it is refused
		complaint   string
	}{
		{",", "1 234,56", "1234.56", ""},
		{",", "1\u00a0234,56", "1234.56", ""},
		{",", "1\u2009234\u2009567,8", "1234567.8", ""},
		{",", "1\u202f234,56", "1234.56", ""},
		{",", "1.234,56", "1234.56", ""},
		{",", "1.234.567", "1234567", ""},
		{",", "1'234,5", "1234.5", ""},
		{".", "1'234.56", "1234.56", ""},
		{".", "1’234’567.89", "1234567.89", ""},
		{".", "1,234.56", "1234.56", ""},
		{".", "1,234", "1234", ""},
		{".", "-5", "-5", ""},
		{".", "−5", "-5", ""},
		{".", "+5", "5", ""},
		{".", "007", "7", ""},
		{".", ".5", "0.5", ""},
		{",", ",5", "0.5", ""},
		{".", "5.", "5", ""},
		{".", "0.0000", "0", ""},
		{".", "12.50 руб.", "12.5", ""},
		{".", "руб.12.50", "12.5", ""},
		{",", "12,50 ₽", "12.5", ""},
		{",", "1 234 р.", "1234", ""},
		{",", "-12,50₽", "-12.5", ""},
		{",", "12,50 RUB", "12.5", ""},
		{",", "RUB 12,50", "12.5", ""},
		{",", "₽ -12", "-12", ""},
		{",", "-₽12", "-12", ""},
		{".", "64.900000000000006", "64.9", ""}, // a float printed by its sender
		{".", "922337203685477.5807", "922337203685477.5807", ""},

		{",", "12.50", "", comma},
		{".", "12,50", "", point},
		{",", "0.500", "", comma}, // no thousands begin with zero
		{".", "0,500", "", point},
		{".", "1,23,456", "", point},
		{".", "1,23.5", "", point},
		{".", "12,34,567", "", point},
		{".", "1,234 567", "", point},
		{".", "1234,567", "", point},
		{".", "1 234,56", "", point},
		{".", "1.2.3", "", point},
		{",", "1,2,3", "", comma},
		{",", "1 23", "", comma},
		{",", "1,234.5", "", comma},
		{".", "--5", "", point},
		{".", "5-", "", point},
		{".", "(5)", "", point},
		{".", "- 5 -", "", point},
		{".", "1e3", "", "is not a number, having an exponent"},
		{".", "1E+3", "", "is not a number, having an exponent"},
		{".", "0x10", "", point},
		{".", "NaN", "", point},
		{".", "∞", "", point},
		{".", "٣", "", point},
		{".", "руб.", "", point},
		{".", "5 шт", "", point},
		{".", "10%", "", point},
		{".", "$ 5", "", "is in another currency than RUB"},
		{".", "5 zł", "", "is in another currency than RUB"},
		{".", "руб 5 руб", "", point},
		{".", "922337203685477.5808", "", "is too large"},
		{".", strings.Repeat("9", 100), "", "is too large"},
		{".", "0." + strings.Repeat("0", 300), "", "is too large"},
		{".", "1\x002", "", "contains a NUL character"},
		{".", "\xff", "", "is not valid UTF-8"},
		{".", strings.Repeat("1", maxCell+1), "", "is longer than 262144 bytes"},
	}
	for _, tt := range tests {
		r := salesRow(t, orderhub.ImportPlan{Decimal: tt.decimal}, "total", tt.in)
		got, text := r.amount("total"), onlyFault(t, r)
		if tt.want == "" {
			if got != nil || !strings.HasPrefix(text, tt.complaint) || text == "" {
				t.Errorf("%.40q with %s is %v, %q, want %q", tt.in, tt.decimal, got, text, tt.complaint)
			}
		} else if got == nil || got.String() != tt.want || text != "" {
			t.Errorf("%q with %s is %v, %q, want %s", tt.in, tt.decimal, got, text, tt.want)
		}
	}
}

// In a workbook number cells have a point, while people write commas in text
// cells.
func TestAmountsOfWorkbooks(t *testing.T) {
	for in, want := range map[string]string{
		"1234.5": "1234.5", "0.125": "0.125", "1.5": "1.5", "1 234,56": "1234.56", "1.234,56": "1234.56", "1.234.567": "1234567", "7": "7",
		"1.234": "", "12.500": "",
	} {
		r := salesRow(t, orderhub.ImportPlan{Decimal: ",", Sheet: "Лист1"}, "total", in)
		got, text := r.amount("total"), onlyFault(t, r)
		if want == "" && (got != nil || !strings.Contains(text, "in two ways")) || want != "" && (got == nil || got.String() != want) {
			t.Errorf("%q is %v, %q, want %q", in, got, text, want)
		}
	}
}

// An amount's unit is that of its row, when the row says so.
func TestAmountsAgreeWithTheirCurrency(t *testing.T) {
	in := salesReading(t, orderhub.ImportPlan{Decimal: "."}, "number;order.currency;total")
	tests := []struct {
		currency, total string
		ok              bool
	}{
		{"PLN", "12.5 zł", true}, {"pln", "12.5 PLN", true}, {"PLN", "12.5 руб.", false}, {"", "12.5 руб.", true},
		{"BYN", "12.5 руб.", true}, {"CAD", "$12.5", true}, {"CHF", "CHF 12.5", true}, {"CHF", "12.5", true}, {"USD", "12.5 €", false},
	}
	for _, tt := range tests {
		r := in.row(2, []string{"1", tt.currency, tt.total})
		if got := r.amount("total"); (got != nil) != tt.ok || tt.ok && *got != 125000 {
			t.Errorf("%q in %q is %v, %q", tt.total, tt.currency, got, onlyFault(t, r))
		}
	}
}

func TestWholeNumbers(t *testing.T) {
	for in, want := range map[string]string{
		"5": "5", "5.0": "5", "5.000000": "5", "-12": "-12", "1,234": "1234", "9223372036854775807": "9223372036854775807",
		"5.5": "is not a whole number", "5.00001": "is not a whole number", "9223372036854775808": "is too large",
		"5 ₽": "is not a number with a decimal point, such as 1234.50", "пять": "is not a number with a decimal point, such as 1234.50",
	} {
		r := salesRow(t, orderhub.ImportPlan{Decimal: "."}, "points", in)
		n := r.whole("points")
		got := onlyFault(t, r)
		if n != nil {
			got += fmt.Sprint(*n)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

// printedForms are a number's accepted forms, for a decimal sign.
func printedForms(plain, sign string) []string {
	negative, rest := strings.HasPrefix(plain, "-"), strings.TrimPrefix(plain, "-")
	whole, fraction, _ := strings.Cut(rest, ".")
	if fraction != "" {
		fraction = sign + fraction
	}
	groups := []string{"", " ", "\u00a0", "\u2009", "\u202f", "'", "’", map[string]string{".": ",", ",": "."}[sign]}
	var all []string
	for _, group := range groups {
		text := whole
		for i := len(whole) - 3; i > 0; i -= 3 {
			text = text[:i] + group + text[i:]
		}
		text += fraction
		signs := []string{"", "+"}
		if negative {
			signs = []string{"-", "−"}
		}
		for _, s := range signs {
			all = append(all, s+text, "  "+s+text+"\u00a0", s+text+" руб.", s+text+"₽", "RUB "+s+text)
		}
	}
	return all
}

// What is printed in any of the accepted forms is read exactly.
func TestNumbersReadBack(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 26))
	for _, sign := range []string{".", ","} {
		in := salesReading(t, orderhub.ImportPlan{Decimal: sign}, "number;total;order.points;quantity")
		for range 500 {
			n := random.Int64() >> random.IntN(63)
			if random.IntN(2) == 0 {
				n = -n
			}
			for _, text := range printedForms(money.Amount(n).String(), sign) {
				r := in.row(2, []string{"1", text, "", ""})
				if got := r.amount("total"); got == nil || int64(*got) != n {
					t.Fatalf("%q is %v, want %d; %v", text, got, n, r.faults)
				}
			}
			for _, text := range printedForms(orderhub.Quantity(n).String(), sign) {
				r := in.row(2, []string{"1", "", "", text})
				got := r.quantity("line.quantity")
				if strings.ContainsAny(text, "₽рR") {
					if got != nil {
						t.Fatalf("%q is the quantity %v", text, got)
					}
				} else if got == nil || int64(*got) != n {
					t.Fatalf("%q is %v, want %d; %v", text, got, n, r.faults)
				}
			}
		}
	}
}

// No text is two numbers: what both signs read differently is told apart by
// the sign that was chosen alone.
func FuzzNumbers(f *testing.F) {
	for _, text := range []string{"1 234,56", "$-5", "руб.5", "1e3", "1.234", "-,5", "'5", "５", "1,,2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, plan := range []orderhub.ImportPlan{{Decimal: "."}, {Decimal: ","}, {Decimal: ",", Sheet: "1"}} {
			r := salesRow(t, plan, "total", text)
			a := r.amount("total")
			empty := strings.TrimSpace(text) == ""
			if (a == nil) != (len(r.faults) > 0 || empty) {
				t.Fatalf("%q is %v with the faults %v", text, a, r.faults)
			}
			if a == nil {
				continue
			}
			again := salesRow(t, orderhub.ImportPlan{Decimal: "."}, "total", a.String()).amount("total")
			if again == nil || *again != *a {
				t.Fatalf("%q is %v, which is read as %v", text, *a, again)
			}
			if digits := strings.Trim(text, "0123456789"); digits == "" && plan.Sheet == "" {
				if b, err := money.Parse(text); err != nil || b != *a {
					t.Fatalf("%q is %v", text, *a)
				}
			}
		}
	})
}
