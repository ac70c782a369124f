package orderhub

import (
	"fmt"
	"strings"

	"orderhub/money"
)

// MaxLines is how many lines an order may have.
const MaxLines = 2_000

// A Line is one position of an order: a product, how much of it, at which
// price.
type Line struct {
	No        int    // number within the order, ours: never changes, never used again; 0 before it is stored
	Product   string // the product's id, equal to the offer id of the catalogue; "" when the sender gave none
	SKU       string // the article number, where the sender has one beside the product's id
	Name      string
	Unit      string   // unit of measure as the sender calls it; "" is a piece
	Quantity  Quantity // ordered
	Returned  Quantity // of these, given back
	BasePrice money.Amount
	Price     money.Amount // one unit as paid
	Discount  money.Amount // of the whole line
	Amount    money.Amount // the line extension amount; see ComputeAmount
	Bonus     int64        // bonus points that each piece earns when the order closes
	Image     string       // address of a picture

	Attributes Attributes // what the shop keeps with the line
	Extras     Extras
}

// ComputeAmount fills in what the sender left open and computes the amount:
// BasePrice is the price unless given, Discount is quantity × (base − price)
// unless stated, and Amount = quantity × base − discount, rounded half up to
// the currency's places, so 3.450 × 100.10 − 10.20 = 335.15. The discount
// counts as stated when it is not zero. It fails only when an amount
// leaves the range of money.
func (l *Line) ComputeAmount(c money.Currency) error {
	if l.BasePrice == 0 {
		l.BasePrice = l.Price
	}
	if l.Discount == 0 && l.BasePrice != l.Price {
		less, err := money.Add(l.BasePrice, -l.Price)
		if err != nil {
			return err
		}
		d, err := money.Product(less, int64(l.Quantity))
		if err != nil {
			return err
		}
		l.Discount = d
	}
	amount, err := money.Extension(l.BasePrice, int64(l.Quantity), l.Discount, c)
	if err != nil {
		return err
	}
	l.Amount = amount
	return nil
}

// validate reports what a stored line may not hold, as faults of the field.
func (l *Line) validate(field string, f *Faults) {
	if l.Quantity <= 0 {
		f.Wrong(field+".quantity", "must be more than zero")
	}
	if l.Returned < 0 {
		f.Wrong(field+".returned", "must not be negative")
	}
	if l.Bonus < 0 || l.Bonus > MaxPoints {
		f.Wrong(field+".bonus", fmt.Sprintf("must be 0 to %d", MaxPoints))
	}
	checkText(field+".product", l.Product, 255, f)
	checkText(field+".sku", l.SKU, 255, f)
	checkText(field+".name", l.Name, 2_048, f)
	checkText(field+".unit", l.Unit, 50, f)
	checkText(field+".image", l.Image, 2_048, f)
	l.Attributes.check(field+".attributes", f)
	for _, e := range l.Extras {
		e.check(field+".attributes", f)
	}
}

// UnitPrice prints the price of one unit as paid, of quantity units: times the
// quantity it makes up the amount in the currency's places. A discount of the
// line is spread over the units. It has at least so many places, and more where
// fewer would not make up the amount.
func (l *Line) UnitPrice(quantity Quantity, c money.Currency, least int) string {
	least = max(least, c.Places())
	if quantity <= 0 {
		return l.Price.AtLeast(least)
	}
	if paid, err := money.Extension(l.Price, int64(quantity), 0, c); err == nil && paid == l.Amount {
		return l.Price.AtLeast(least)
	}
	return money.UnitPrice(l.Amount, int64(quantity), c, least)
}

// UnitAmount is UnitPrice as an amount, as it is read when it is sent back.
func (l *Line) UnitAmount(quantity Quantity, c money.Currency) money.Amount {
	a, err := money.Parse(l.UnitPrice(quantity, c, 0))
	if err != nil {
		return l.Price // beyond the range of money
	}
	return a
}

// UnitNumber is UnitPrice without zeros at its end.
func (l *Line) UnitNumber(quantity Quantity, c money.Currency) string {
	text := l.UnitPrice(quantity, c, 0)
	if !strings.Contains(text, ".") {
		return text
	}
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

func lineField(i int) string { return fmt.Sprintf("lines[%d]", i) }
