package money_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"orderhub/decimal"
	"orderhub/money"
)

func ExampleParse() {
	price, err := money.Parse("64.900000000000006") // a float printed by its sender
	if err != nil {
		fmt.Println("price", err)
		return
	}
	fmt.Println(price, price.Fixed(2))

	_, err = money.Parse("12 pcs")
	fmt.Println("price", err)
	// Output:
	// 64.9 64.90
	// price is not a number
}

func ExampleExtension() {
	price, _ := money.Parse("100.10")
	discount, _ := money.Parse("10.20")
	amount, err := money.Extension(price, 3450, discount, "RUB")
	fmt.Println(amount, err)
	// Output: 335.15 <nil>
}

func ExampleAmount_Round() {
	price, _ := money.Parse("1234.5678")
	fmt.Println(price.Round("RUB"), price.Round("JPY"), price.Round("KWD"))
	// Output: 1234.57 1235 1234.568
}

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want money.Amount
		err  error
	}{
		{in: "6800", want: 68000000},
		{in: "933.00", want: 9330000},
		{in: "-10.2", want: -102000},
		{in: "0.0833", want: 833}, // one twelfth of a rouble
		{in: "64.900000000000006", want: 649000},
		{in: "922337203685477.5807", want: math.MaxInt64},
		{in: "922337203685477.5808", err: decimal.ErrRange},
		{in: "1 299,90", err: decimal.ErrSyntax},
		{in: "", err: decimal.ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := money.Parse(tt.in)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Parse(%q) = %d, %v, want %d, %v", tt.in, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestAdd(t *testing.T) {
	tests := []struct {
		a, b, want money.Amount
		err        error
	}{
		{a: 10000, b: -25000, want: -15000},
		{a: 10000, b: 0, want: 10000},
		{a: math.MaxInt64, b: math.MinInt64, want: -1},
		{a: math.MaxInt64 - 1, b: 1, want: math.MaxInt64},
		{a: math.MaxInt64, b: 1, err: decimal.ErrRange},
		{a: math.MinInt64, b: -1, err: decimal.ErrRange},
		{a: math.MinInt64, b: math.MinInt64, err: decimal.ErrRange},
	}
	for _, tt := range tests {
		got, err := money.Add(tt.a, tt.b)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Add(%d, %d) = %d, %v, want %d, %v", tt.a, tt.b, got, err, tt.want, tt.err)
		}
	}
}

func TestExtension(t *testing.T) {
	tests := []struct {
		price    money.Amount
		milli    int64
		discount money.Amount
		currency money.Currency
		want     money.Amount
		err      error
	}{
		{price: 1001000, milli: 3450, discount: 102000, currency: "RUB", want: 3351500},
		{price: 1001000, milli: -3450, discount: -102000, currency: "RUB", want: -3351500}, // its return
		{price: 1001000, milli: 3450, discount: 102000, currency: "KWD", want: 3351450},
		{price: 1001000, milli: 3450, discount: 102000, currency: "JPY", want: 3350000},
		{price: 68000000, milli: 1000, currency: "RUB", want: 68000000},
		{price: 68000000, milli: 1000, discount: 68000000, currency: "RUB", want: 0}, // a gift
		{price: 833, milli: 12000, currency: "RUB", want: 10000},                     // twelve pieces of 0.0833 are 0.9996
		{price: 10000, milli: 5, currency: "RUB", want: 100},                         // half a kopeck
		{price: -10000, milli: 5, currency: "RUB", want: -100},
		{price: 10000, milli: 4, currency: "RUB", want: 0},
		{price: 10000, milli: 5, discount: 1, currency: "RUB", want: 0}, // the discount tips the half

		// Only the result must fit, not what leads to it.
		{price: math.MaxInt64, milli: 2000, discount: math.MaxInt64 - 100, currency: "RUB", err: decimal.ErrRange},
		{price: math.MaxInt64 - 7, milli: 2000, discount: math.MaxInt64 - 7, currency: "RUB", want: math.MaxInt64 - 7},
		{price: math.MaxInt64, milli: 1000, currency: "RUB", want: math.MaxInt64 - 7},
		{price: math.MaxInt64, milli: 1000, currency: "JPY", err: decimal.ErrRange}, // by rounding alone
		{price: math.MinInt64, milli: math.MinInt64, currency: "RUB", err: decimal.ErrRange},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.milli, "×", tt.price, "−", tt.discount, tt.currency), func(t *testing.T) {
			got, err := money.Extension(tt.price, tt.milli, tt.discount, tt.currency)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Extension = %d, %v, want %d, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestProduct(t *testing.T) {
	tests := []struct {
		price money.Amount
		milli int64
		want  money.Amount
		err   error
	}{
		{price: 1001000, milli: 3450, want: 3453450},
		{price: 1, milli: 500, want: 1},
		{price: -1, milli: 500, want: -1},
		{price: 1, milli: 499, want: 0},
		{price: math.MinInt64, milli: 1000, want: math.MinInt64},
		{price: math.MinInt64, milli: -1000, err: decimal.ErrRange},
		{price: math.MaxInt64, milli: math.MaxInt64, err: decimal.ErrRange},
	}
	for _, tt := range tests {
		got, err := money.Product(tt.price, tt.milli)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Product(%d, %d) = %d, %v, want %d, %v", tt.price, tt.milli, got, err, tt.want, tt.err)
		}
	}
}

func TestParseCurrency(t *testing.T) {
	tests := []struct {
		in     string
		want   money.Currency
		places int
	}{
		{in: "RUB", want: "RUB", places: 2},
		{in: "pln", want: "PLN", places: 2},
		{in: "Jpy", want: "JPY", places: 0},
		{in: "KWD", want: "KWD", places: 3},
		{in: "ZZZ", want: "ZZZ", places: 2}, // unknown, not refused
	}
	for _, tt := range tests {
		got, err := money.ParseCurrency(tt.in)
		if err != nil || got != tt.want || got.Places() != tt.places {
			t.Errorf("ParseCurrency(%q) = %q of %d places, %v, want %q of %d",
				tt.in, got, got.Places(), err, tt.want, tt.places)
		}
	}
	for _, in := range []string{"", "RU", "RUBL", "643", "R B", "руб", "₽", "R[B", "ruб", " RUB"} {
		if got, err := money.ParseCurrency(in); err != money.ErrCurrency {
			t.Errorf("ParseCurrency(%q) = %q, %v, want %v", in, got, err, money.ErrCurrency)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("6800")
	f.Add("-0.00005")
	f.Add("1e12")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := money.Parse(text)
		if err != nil {
			return
		}
		if again, err := money.Parse(a.String()); err != nil || again != a {
			t.Errorf("Parse(%q) = %d, printed %q, read back %d, %v", text, a, a, again, err)
		}
		if again, err := money.Parse(a.Fixed(money.Places)); err != nil || again != a {
			t.Errorf("Parse(%q) = %d, printed %q, read back %d, %v", text, a, a.Fixed(money.Places), again, err)
		}
	})
}

func FuzzParseCurrency(f *testing.F) {
	f.Add("rub")
	f.Add("ſſk") // long s has an ASCII capital
	f.Fuzz(func(t *testing.T, text string) {
		c, err := money.ParseCurrency(text)
		if err != nil {
			return
		}
		if again, err := money.ParseCurrency(string(c)); err != nil || again != c {
			t.Errorf("ParseCurrency(%q) = %q, read back %q, %v", text, c, again, err)
		}
	})
}

// The amounts must agree with fractions of big integers for all arguments.
func FuzzExtension(f *testing.F) {
	f.Add(int64(1001000), int64(3450), int64(102000), uint8(0))
	f.Add(int64(math.MaxInt64), int64(1000), int64(0), uint8(1))
	f.Add(int64(math.MaxInt64), int64(2000), int64(math.MaxInt64), uint8(2))
	f.Fuzz(func(t *testing.T, price, milli, discount int64, which uint8) {
		c := []money.Currency{"RUB", "JPY", "KWD"}[which%3]
		product := new(big.Rat).Mul(big.NewRat(price, 1), big.NewRat(milli, 1000))

		got, err := money.Product(money.Amount(price), milli)
		check(t, "Product", got, err, product, 1)

		got, err = money.Extension(money.Amount(price), milli, money.Amount(discount), c)
		step := map[int]int64{0: 10000, 2: 100, 3: 10}[c.Places()]
		check(t, "Extension", got, err, product.Sub(product, big.NewRat(discount, 1)), step)
	})
}

// check compares with exact, rounded half away from zero to a multiple of step.
func check(t *testing.T, act string, got money.Amount, err error, exact *big.Rat, step int64) {
	t.Helper()
	steps := new(big.Rat).Quo(exact, big.NewRat(step, 1))
	steps.Abs(steps).Add(steps, big.NewRat(1, 2))
	want := new(big.Int).Quo(steps.Num(), steps.Denom())
	want.Mul(want, big.NewInt(step*int64(exact.Sign())))
	if !want.IsInt64() {
		if err != decimal.ErrRange {
			t.Errorf("%s = %d, %v, want %v for %s", act, got, err, decimal.ErrRange, want)
		}
		return
	}
	if err != nil || int64(got) != want.Int64() {
		t.Errorf("%s = %d, %v, want %s", act, got, err, want)
	}
}

func BenchmarkExtension(b *testing.B) {
	for b.Loop() {
		if _, err := money.Extension(1001000, 3450, 102000, "RUB"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAtLeast(t *testing.T) {
	for _, tt := range []struct {
		amount money.Amount
		places int
		want   string
	}{
		{6800_0000, 2, "6800.00"}, {10_5550, 2, "10.555"}, {10_5550, 3, "10.555"}, {33_3333, 2, "33.3333"},
		{33_3300, 2, "33.33"}, {100_0000, 0, "100"}, {100_5000, 0, "100.5"}, {-1, 2, "-0.0001"}, {1_0000, 4, "1.0000"}, {1_0000, 6, "1.000000"},
	} {
		if got := tt.amount.AtLeast(tt.places); got != tt.want {
			t.Errorf("%d with at least %d places = %s, want %s", tt.amount, tt.places, got, tt.want)
		}
	}
}

func TestShare(t *testing.T) {
	for _, tt := range []struct {
		amount, part, whole money.Amount
		currency            money.Currency
		want                money.Amount
		err                 error
	}{
		{amount: 100_0000, part: 1_0000, whole: 3_0000, currency: "RUB", want: 33_3300},
		{amount: 100_0000, part: 2_0000, whole: 3_0000, currency: "RUB", want: 66_6700},
		{amount: 100_0000, part: 2_0000, whole: 3_0000, currency: "JPY", want: 67_0000},
		{amount: 100_0000, part: 2_0000, whole: 3_0000, currency: "KWD", want: 66_6670},
		{amount: -100_0000, part: 1_0000, whole: 3_0000, currency: "RUB", want: -33_3300},
		{amount: 1_0000, part: 1, whole: -2, currency: "RUB", want: -5000},
		{amount: math.MaxInt64, part: math.MaxInt64, whole: math.MaxInt64, currency: "RUB", want: math.MaxInt64 - 7},
		{amount: math.MaxInt64, part: 2, whole: 1, currency: "RUB", err: decimal.ErrRange},
	} {
		if got, err := money.Share(tt.amount, tt.part, tt.whole, tt.currency); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Share(%d, %d/%d, %s) = %d, %v, want %d, %v", tt.amount, tt.part, tt.whole, tt.currency, got, err, tt.want, tt.err)
		}
	}
}

func TestUnitPrice(t *testing.T) {
	for _, tt := range []struct {
		amount   money.Amount
		milli    int64
		currency money.Currency
		least    int
		want     string
	}{
		{180_0000, 2_000, "RUB", 2, "90.00"},
		{100_0000, 3_000, "RUB", 2, "33.333"},      // 33.33 would be 99.99
		{335_1500, 3_450, "RUB", 2, "97.145"},      // 97.14 would be 335.13
		{10_0000, 7_000_000, "RUB", 2, "0.001429"}, // seven thousand pieces
		{100_0000, 3_000, "JPY", 0, "33.3"},
		{100_0000, 3_000, "JPY", 2, "33.33"},
		{1_8520, 1_500, "KWD", 2, "1.2347"}, // 1.235 would be 1.853
		{0, 1_000, "RUB", 2, "0.00"},
		{-100_0000, 3_000, "RUB", 2, "-33.333"},
		{math.MaxInt64 - 7, 1_000, "RUB", 2, "922337203685477.58"},
		{1_0000, math.MaxInt64, "RUB", 2, "0.000000000000"}, // no price of twelve places says it
	} {
		if got := money.UnitPrice(tt.amount, tt.milli, tt.currency, tt.least); got != tt.want {
			t.Errorf("UnitPrice(%s, %d, %s, %d) = %s, want %s", tt.amount, tt.milli, tt.currency, tt.least, got, tt.want)
		}
	}
}

// Most lines are computed in machine words: they come out as exact ones do.
func TestExtensionInMachineWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		price, milli, discount := r.Int64N(1<<41)-1<<40, r.Int64N(1<<22), r.Int64N(1<<34)-1<<33
		for c, unit := range map[money.Currency]int64{"JPY": 10_000, "RUB": 100, "KWD": 10} {
			n := new(big.Int).Mul(big.NewInt(price), big.NewInt(milli)) // of 10^-7
			n.Sub(n, big.NewInt(discount*1000))
			half := big.NewInt(unit * 1000 / 2)
			if n.Sign() < 0 {
				half.Neg(half)
			}
			n.Quo(n.Add(n, half), big.NewInt(unit*1000))
			want := money.Amount(n.Int64() * unit)
			if got, err := money.Extension(money.Amount(price), milli, money.Amount(discount), c); got != want || err != nil {
				t.Fatalf("%d × %d − %d in %s = %d, %v, want %d", price, milli, discount, c, got, err, want)
			}
		}
	}
}
