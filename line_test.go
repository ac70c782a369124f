package orderhub_test

import (
	"errors"
	"math"
	"testing"

	"orderhub"
	"orderhub/decimal"
	"orderhub/money"
)

// amount reads a number that the test wrote itself.
func amount(t testing.TB, text string) money.Amount {
	t.Helper()
	a, err := money.Parse(text)
	if err != nil {
		t.Fatalf("amount %q: %v", text, err)
	}
	return a
}

func quantity(t testing.TB, text string) orderhub.Quantity {
	t.Helper()
	q, err := orderhub.ParseQuantity(text)
	if err != nil {
		t.Fatalf("quantity %q: %v", text, err)
	}
	return q
}

func TestComputeAmount(t *testing.T) {
	tests := []struct {
		name                            string
		quantity, base, price, discount string // as sent; "0" is not sent
		currency                        money.Currency
		wantBase, wantDiscount, want    string
	}{
		{"a piece", "1", "0", "6800", "0", "RUB", "6800", "0", "6800"},
		{"by weight with a discount", "3.450", "100.10", "0", "10.20", "RUB", "100.1", "10.2", "335.15"},
		{"the other line of that order", "2.000", "320.72", "320.72", "0", "RUB", "320.72", "0", "641.44"},
		{"discount from two prices", "1", "930", "744", "0", "RUB", "930", "186", "744"},
		{"of several pieces", "3", "66.00", "63.00", "0", "RUB", "66", "9", "189"},
		{"stated discount wins over prices", "2", "100", "90", "5", "RUB", "100", "5", "195"},
		{"a gift", "1", "120", "0", "0", "RUB", "120", "120", "0"},
		{"free", "1", "0", "0", "0", "RUB", "0", "0", "0"},
		{"no places in yen", "3", "0", "33.4", "0", "JPY", "33.4", "0", "100"},
		{"three in dinars", "1.5", "0", "1.2345", "0", "KWD", "1.2345", "0", "1.852"},
		{"dearer than before", "2", "10", "12", "0", "PLN", "10", "-4", "24"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := orderhub.Line{
				Quantity: quantity(t, tt.quantity), BasePrice: amount(t, tt.base),
				Price: amount(t, tt.price), Discount: amount(t, tt.discount),
			}
			for range 2 { // computing again must change nothing
				if err := l.ComputeAmount(tt.currency); err != nil {
					t.Fatalf("ComputeAmount: %v", err)
				}
				if l.BasePrice != amount(t, tt.wantBase) || l.Discount != amount(t, tt.wantDiscount) || l.Amount != amount(t, tt.want) {
					t.Errorf("ComputeAmount = base %v, discount %v, amount %v; want %s, %s, %s",
						l.BasePrice, l.Discount, l.Amount, tt.wantBase, tt.wantDiscount, tt.want)
				}
			}
		})
	}
}

func TestComputeAmountRefusesWhatDoesNotFit(t *testing.T) {
	const most = money.Amount(math.MaxInt64)
	for _, l := range []orderhub.Line{
		{Quantity: 2_000, Price: most},
		{Quantity: orderhub.Piece, BasePrice: most, Price: -2},
		{Quantity: math.MaxInt64, BasePrice: 20_000, Price: 10_000},
		{Quantity: orderhub.Piece, BasePrice: most, Discount: -most},
	} {
		if err := l.ComputeAmount("RUB"); !errors.Is(err, decimal.ErrRange) {
			t.Errorf("ComputeAmount(%+v) = %v, want %v", l, err, decimal.ErrRange)
		}
	}
}

func TestQuantity(t *testing.T) {
	tests := []struct {
		in            string
		want          orderhub.Quantity
		short, places string
	}{
		{"1", orderhub.Piece, "1", "1.000"},
		{"1.000", orderhub.Piece, "1", "1.000"},
		{"3.450", 3_450, "3.45", "3.450"},
		{"0.0005", 1, "0.001", "0.001"},
		{"2147483647", 2_147_483_647_000, "2147483647", "2147483647.000"},
	}
	for _, tt := range tests {
		got, err := orderhub.ParseQuantity(tt.in)
		if err != nil || got != tt.want || got.String() != tt.short || got.Fixed() != tt.places {
			t.Errorf("ParseQuantity(%q) = %d %q %q, %v, want %d %q %q", tt.in, got, got, got.Fixed(), err, tt.want, tt.short, tt.places)
		}
	}
	for in, want := range map[string]error{"": decimal.ErrSyntax, "one": decimal.ErrSyntax, "1e17": decimal.ErrRange} {
		if got, err := orderhub.ParseQuantity(in); err != want {
			t.Errorf("ParseQuantity(%q) = %d, %v, want %v", in, got, err, want)
		}
	}
}
