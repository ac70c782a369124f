package decimal_test

import (
	"errors"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"orderhub/decimal"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in     string
		places int
		want   int64
	}{
		{in: "6800", places: 4, want: 68000000},
		{in: "933.00", places: 4, want: 9330000},
		{in: "-10.2", places: 4, want: -102000},
		{in: "+3", places: 4, want: 30000},
		{in: "3.450", places: 3, want: 3450},
		{in: ".5", places: 4, want: 5000},
		{in: "1.", places: 4, want: 10000},
		{in: "1e3", places: 4, want: 10000000},
		{in: "6.49E+1", places: 4, want: 649000},
		{in: "649e-1", places: 4, want: 649000},
		{in: "1e-0000000002", places: 4, want: 100},
		{in: "007.50", places: 2, want: 750},
		{in: " \t12.5\r\n", places: 1, want: 125},
		{in: strings.Repeat(" ", 100) + "1", places: 0, want: 1}, // an indented XML element
		{in: "0", places: 4, want: 0},
		{in: "-0.0", places: 4, want: 0},
		{in: "0e64", places: 18, want: 0},
		{in: "1e-64", places: 18, want: 0},

		{in: "64.900000000000006", places: 4, want: 649000}, // a float printed by its sender
		{in: "64.899999999999999", places: 4, want: 649000},
		{in: "0.00005", places: 4, want: 1},
		{in: "-0.00005", places: 4, want: -1},
		{in: "0.00004999999999999999999999999999999999999999", places: 4, want: 0},
		{in: "0.5", places: 0, want: 1},
		{in: "-2.5", places: 0, want: -3},
		{in: "5e-1", places: 0, want: 1},
		{in: "5e-2", places: 0, want: 0},
		{in: "9.9999", places: 3, want: 10000},

		{in: "922337203685477.5807", places: 4, want: math.MaxInt64},
		{in: "-922337203685477.5808", places: 4, want: math.MinInt64},
		{in: "922337203685477.58074", places: 4, want: math.MaxInt64},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := decimal.Parse(tt.in, tt.places)
			if err != nil || got != tt.want {
				t.Errorf("Parse(%q, %d) = %d, %v, want %d", tt.in, tt.places, got, err, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		in   string
		want error
	}{
		{"", decimal.ErrSyntax},
		{" ", decimal.ErrSyntax},
		{"abc", decimal.ErrSyntax},
		{"1 000", decimal.ErrSyntax},
		{"1\u00a0000", decimal.ErrSyntax},
		{"1,5", decimal.ErrSyntax},
		{"1_000", decimal.ErrSyntax},
		{"0x10", decimal.ErrSyntax},
		{"NaN", decimal.ErrSyntax},
		{"Inf", decimal.ErrSyntax},
		{"1e", decimal.ErrSyntax},
		{"1e+", decimal.ErrSyntax},
		{"1e5.0", decimal.ErrSyntax},
		{"e5", decimal.ErrSyntax},
		{"--1", decimal.ErrSyntax},
		{"+-1", decimal.ErrSyntax},
		{"-", decimal.ErrSyntax},
		{".", decimal.ErrSyntax},
		{"1.2.3", decimal.ErrSyntax},
		{"12 pcs", decimal.ErrSyntax},
		{"1/2", decimal.ErrSyntax},
		{"１２", decimal.ErrSyntax},
		{"١٢", decimal.ErrSyntax},

		{"922337203685477.5808", decimal.ErrRange},
		{"922337203685477.58075", decimal.ErrRange}, // by rounding alone
		{"-922337203685477.58085", decimal.ErrRange},
		{"1844674407370955.1617", decimal.ErrRange}, // twice around
		{"1e64", decimal.ErrRange},
		{"1e65", decimal.ErrRange},
		{"1e-65", decimal.ErrRange},
		{"1e1000000000", decimal.ErrRange},
		{"0e9999", decimal.ErrRange},
		{"1e99999999999999999999999999999999", decimal.ErrRange},
		{strings.Repeat("1", 65), decimal.ErrRange},
		{"0." + strings.Repeat("0", 63), decimal.ErrRange}, // by length alone
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := decimal.Parse(tt.in, 4)
			if !errors.Is(err, tt.want) || got != 0 {
				t.Errorf("Parse(%q, 4) = %d, %v, want 0, %v", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	tests := []struct {
		v     int64
		scale int
		want  string
	}{
		{649000, 4, "64.9"},
		{68000000, 4, "6800"},
		{-5, 4, "-0.0005"},
		{0, 4, "0"},
		{100, 0, "100"},
		{3450, 3, "3.45"},
		{math.MaxInt64, 4, "922337203685477.5807"},
		{math.MinInt64, 4, "-922337203685477.5808"},
		{math.MinInt64, 18, "-9.223372036854775808"},
		{math.MinInt64, 0, "-9223372036854775808"},
	}
	for _, tt := range tests {
		if got := decimal.Format(tt.v, tt.scale); got != tt.want {
			t.Errorf("Format(%d, %d) = %q, want %q", tt.v, tt.scale, got, tt.want)
		}
	}
}

func TestFormatFixed(t *testing.T) {
	tests := []struct {
		v             int64
		scale, places int
		want          string
	}{
		{9330000, 4, 2, "933.00"},
		{9330000, 4, 0, "933"},
		{9330000, 4, 6, "933.000000"},
		{5, 0, 2, "5.00"},
		{1005, 3, 2, "1.01"},
		{-1005, 3, 2, "-1.01"},
		{-1004, 3, 2, "-1.00"},
		{-49, 4, 2, "0.00"}, // a minus sign before nothing would puzzle the reader
		{-50, 4, 2, "-0.01"},
		{999999, 4, 2, "100.00"},
		{math.MaxInt64, 4, 0, "922337203685478"},
		{math.MinInt64, 18, 0, "-9"},
		{math.MinInt64, 0, 18, "-9223372036854775808.000000000000000000"},
	}
	for _, tt := range tests {
		if got := decimal.FormatFixed(tt.v, tt.scale, tt.places); got != tt.want {
			t.Errorf("FormatFixed(%d, %d, %d) = %q, want %q", tt.v, tt.scale, tt.places, got, tt.want)
		}
	}
}

func TestRound(t *testing.T) {
	tests := []struct {
		v             int64
		scale, places int
		want          int64
	}{
		{3351450, 4, 2, 3351500},
		{-3351450, 4, 2, -3351500},
		{3351449, 4, 2, 3351400},
		{3351449, 4, 0, 3350000},
		{3351449, 4, 4, 3351449},
		{3351449, 4, 9, 3351449},
		{math.MaxInt64, 4, 2, 9223372036854775800},
		{math.MaxInt64, 4, 0, 9223372036854770000}, // …4780000 has no room
		{math.MinInt64, 4, 0, -9223372036854770000},
		{math.MaxInt64, 18, 0, 9e18},
	}
	for _, tt := range tests {
		if got := decimal.Round(tt.v, tt.scale, tt.places); got != tt.want {
			t.Errorf("Round(%d, %d, %d) = %d, want %d", tt.v, tt.scale, tt.places, got, tt.want)
		}
	}
}

// Rounding twice changes nothing, what is printed is exact, and the shortest
// form reads back.
func FuzzFormat(f *testing.F) {
	f.Add(int64(3351450), uint8(4), uint8(2))
	f.Add(int64(math.MinInt64), uint8(18), uint8(0))
	f.Fuzz(func(t *testing.T, v int64, s, p uint8) {
		scale, places := int(s%19), int(p%19)
		once := decimal.Round(v, scale, places)
		if twice := decimal.Round(once, scale, places); twice != once {
			t.Errorf("Round(%d, %d, %d) = %d, again %d", v, scale, places, once, twice)
		}
		if got, err := decimal.Parse(decimal.Format(v, scale), scale); err != nil || got != v {
			t.Errorf("Parse(Format(%d, %d)) = %d, %v", v, scale, got, err)
		}
		exact := halfAway(fraction(v, scale), places)
		text := decimal.FormatFixed(v, scale, places)
		printed, ok := new(big.Rat).SetString(text)
		if !ok || halfAway(printed, places).Cmp(exact) != 0 {
			t.Errorf("FormatFixed(%d, %d, %d) = %s, want %s", v, scale, places, text, exact)
		}
		if _, after, _ := strings.Cut(text, "."); len(after) != places {
			t.Errorf("FormatFixed(%d, %d, %d) = %s, want %d places", v, scale, places, text, places)
		}
	})
}

var grammar = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE]([+-]?[0-9]+))?$`)

// Parse must agree with exact arithmetic on every text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"6800", "-933.005", ".5", "1.", "6.49E+1", "1e1000000000",
		"922337203685477.58075", "-9223372036854775808", "abc", " 1 "} {
		f.Add(text, uint8(4))
	}
	f.Fuzz(func(t *testing.T, text string, p uint8) {
		places := int(p % 19)
		got, err := decimal.Parse(text, places)
		want, wantErr := reference(text, places)
		if got != want || err != wantErr {
			t.Fatalf("Parse(%q, %d) = %d, %v, want %d, %v", text, places, got, err, want, wantErr)
		}
	})
}

// reference reads a text by the grammar and with fractions of big integers.
func reference(text string, places int) (int64, error) {
	text = strings.Trim(text, " \t\n\v\f\r")
	if len(text) > 64 {
		return 0, decimal.ErrRange
	}
	m := grammar.FindStringSubmatch(text)
	if m == nil {
		return 0, decimal.ErrSyntax
	}
	if e, err := strconv.Atoi(m[3]); m[3] != "" && (err != nil || e < -64 || e > 64) {
		return 0, decimal.ErrRange
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, decimal.ErrSyntax
	}
	n := halfAway(r, places)
	if !n.IsInt64() {
		return 0, decimal.ErrRange
	}
	return n.Int64(), nil
}

func power(places int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
}

func fraction(v int64, scale int) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(v), power(scale))
}

// halfAway returns r in units of 10^-places: the whole part of |r| + 1/2.
func halfAway(r *big.Rat, places int) *big.Int {
	r = new(big.Rat).Mul(r, new(big.Rat).SetInt(power(places)))
	sign := r.Sign()
	r.Abs(r).Add(r, big.NewRat(1, 2))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	if sign < 0 {
		n.Neg(n)
	}
	return n
}
