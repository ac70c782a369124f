package orderhub

import "orderhub/decimal"

// A Quantity counts pieces, kilograms or metres in thousandths: vendors write
// 1, "1.000" and 3.450.
type Quantity int64

// Piece is the quantity of one.
const Piece Quantity = 1_000

// ParseQuantity reads a decimal number exactly; more than three places are
// rounded half away from zero. Errors are decimal.ErrSyntax and
// decimal.ErrRange.
func ParseQuantity(text string) (Quantity, error) {
	q, err := decimal.Parse(text, 3)
	return Quantity(q), err
}

// String prints the shortest exact form: "1", "3.45".
func (q Quantity) String() string { return decimal.Format(int64(q), 3) }

// Fixed prints all three places: "1.000", "3.450".
func (q Quantity) Fixed() string { return decimal.FormatFixed(int64(q), 3, 3) }
