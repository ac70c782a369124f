// Package money keeps amounts of money and unit prices exactly, and knows how
// many places a currency has.
//
// An Amount has no currency of its own: all amounts of an order share the
// order's, and what depends on it, rounding, takes it as an argument. Nothing
// here converts currencies, and no amount ever passes through a float.
//
// Go's own + and - wrap around in silence at the ends of the range. For what
// comes from outside there are Add, Product and Extension, which refuse with
// decimal.ErrRange instead.
package money

import (
	"math/big"
	"strings"

	"orderhub/decimal"
)

// An Amount counts ten-thousandths of its currency's unit, from about
// -922 trillion to +922 trillion units. It has four places because senders
// print unit prices with more places than the currency has: the price of one
// piece of a dozen, the rouble value of a bonus point.
type Amount int64

// Places is the number of decimal places that an Amount keeps.
const Places = 4

// Parse reads a decimal number of currency units, such as "933.00"; digits
// beyond the fourth place are rounded half away from zero. The grammar, the
// limits and the errors, decimal.ErrSyntax and decimal.ErrRange, are those of
// decimal.Parse.
func Parse(text string) (Amount, error) {
	v, err := decimal.Parse(text, Places)
	return Amount(v), err
}

// String prints the shortest exact form: "6800", "64.9", "-0.0005".
func (a Amount) String() string { return decimal.Format(int64(a), Places) }

// Fixed prints exactly so many places, 0 to 18, rounded half away from zero:
// with two, 933 units are "933.00".
func (a Amount) Fixed(places int) string {
	return decimal.FormatFixed(int64(a), Places, places)
}

// AtLeast prints at least so many places, and more of the four only where they
// are not zero: with two, 10 units are "10.00" and a third of them "3.3333".
func (a Amount) AtLeast(places int) string {
	for p := places; p < Places; p++ {
		if decimal.Round(int64(a), Places, p) == int64(a) {
			return a.Fixed(p)
		}
	}
	return a.Fixed(max(places, Places))
}

// Round rounds half away from zero to the places of the currency. In the last
// unit before the ends of the range it cuts toward zero; see decimal.Round.
func (a Amount) Round(c Currency) Amount {
	return Amount(decimal.Round(int64(a), Places, c.Places()))
}

// Add returns a + b, or decimal.ErrRange when the sum leaves the range.
func Add(a, b Amount) (Amount, error) {
	sum := a + b
	if (sum > a) != (b > 0) {
		return 0, decimal.ErrRange
	}
	return sum, nil
}

// Product returns price × quantity, the quantity in thousandths, rounded half
// away from zero to the four places of an Amount, or decimal.ErrRange when
// the product leaves the range.
func Product(price Amount, milli int64) (Amount, error) {
	return round(product(price, milli), Places)
}

// Extension returns the line extension amount: price × quantity − discount,
// the quantity in thousandths, the discount that of the whole line. It is
// computed exactly and rounded once, half away from zero, to the places of
// the currency: 3.450 × 100.10 − 10.20 = 335.145 is 335.15 roubles. It
// returns decimal.ErrRange when the result leaves the range.
func Extension(price Amount, milli int64, discount Amount, c Currency) (Amount, error) {
	if small(int64(price), 1<<40) && small(milli, 1<<21) && small(int64(discount), 1<<50) {
		// What fits an int64 wherever it is rounded: nearly all lines.
		n := int64(price)*milli - int64(discount)*1000
		return Amount(decimal.Round(n, 7, c.Places()) / 1000), nil
	}
	total := product(price, milli)
	total.Sub(total, product(discount, 1000))
	return round(total, c.Places())
}

func small(n, limit int64) bool { return -limit < n && n < limit }

// Share returns amount × part / whole, computed exactly and rounded once, half
// away from zero, to the places of the currency, or decimal.ErrRange when the
// result leaves the range. Whole must not be zero.
func Share(amount, part, whole Amount, c Currency) (Amount, error) {
	n := new(big.Int).Mul(big.NewInt(int64(amount)), big.NewInt(int64(part)))
	unit := power(Places - c.Places())
	n = divide(n, new(big.Int).Mul(big.NewInt(int64(whole)), unit))
	if n.Mul(n, unit); !n.IsInt64() {
		return 0, decimal.ErrRange
	}
	return Amount(n.Int64()), nil
}

// divide returns n / d, rounded half away from zero.
func divide(n, d *big.Int) *big.Int {
	negative := n.Sign()*d.Sign() < 0
	n, d = new(big.Int).Abs(n), new(big.Int).Abs(d)
	n.Add(n.Lsh(n, 1), d) // (2n + d) / 2d
	n.Quo(n, d.Lsh(d, 1))
	if negative {
		n.Neg(n)
	}
	return n
}

// UnitPrice prints the price of one unit when milli thousandths of it, more
// than none, cost an amount together: with as few places as make price ×
// quantity round to the amount in the currency's places, at least so many as
// given and as the currency has, at most 12.
func UnitPrice(amount Amount, milli int64, c Currency, least int) string {
	const most = 12
	least = max(least, c.Places())
	quantity, total := big.NewInt(milli), big.NewInt(int64(amount))
	for places := least; ; places++ {
		price := new(big.Int).Mul(total, power(places+3)) // over units of 10^-7
		price = divide(price, new(big.Int).Mul(quantity, power(Places)))
		back := new(big.Int).Mul(price, quantity)
		back = divide(back, power(places+3-c.Places()))
		if places >= most || back.Mul(back, power(Places-c.Places())).Cmp(total) == 0 {
			return fixed(price, places)
		}
	}
}

// fixed prints units of 10^-places.
func fixed(n *big.Int, places int) string {
	text := new(big.Int).Abs(n).String()
	if places > 0 {
		text = strings.Repeat("0", max(0, places+1-len(text))) + text
		text = text[:len(text)-places] + "." + text[len(text)-places:]
	}
	if n.Sign() < 0 {
		return "-" + text
	}
	return text
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// product is exact: it counts units of 10^-7, four places of the price and
// three of the quantity. It is big because no bound on prices and quantities
// would make the bare product fit an int64.
func product(price Amount, milli int64) *big.Int {
	p := big.NewInt(int64(price))
	return p.Mul(p, big.NewInt(milli))
}

// round makes an Amount of units of 10^-7, keeping so many places.
func round(n *big.Int, places int) (Amount, error) {
	step := int64(1) // one unit of the last place, as an Amount
	for range Places - places {
		step *= 10
	}
	// Quo cuts toward zero: from half a step further out, that is rounding.
	half := big.NewInt(step * 1000 / 2)
	if n.Sign() < 0 {
		half.Neg(half)
	}
	n.Add(n, half)
	n.Quo(n, big.NewInt(step*1000))
	n.Mul(n, big.NewInt(step))
	if !n.IsInt64() {
		return 0, decimal.ErrRange
	}
	return Amount(n.Int64()), nil
}
