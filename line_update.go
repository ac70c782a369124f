package orderhub

import (
	"math"
	"math/big"

	"orderhub/money"
)

// changed are the fields that were sent with another value than the shown one.
func (x *SentLine) changed(shown *SentLine) LineFields {
	a, b := &x.Line, &shown.Line
	set := LineAttributes | LineExtras // compared name by name
	for _, f := range [...]struct {
		field   LineFields
		differs bool
	}{
		{LineProduct, a.Product != b.Product}, {LineSKU, a.SKU != b.SKU}, {LineName, a.Name != b.Name}, {LineUnit, a.Unit != b.Unit},
		{LineQuantity, a.Quantity != b.Quantity}, {LineReturned, a.Returned != b.Returned}, {LineBasePrice, a.BasePrice != b.BasePrice},
		{LinePrice, a.Price != b.Price}, {LineDiscount, a.Discount != b.Discount}, {LineBonus, a.Bonus != b.Bonus}, {LineImage, a.Image != b.Image},
	} {
		if f.differs {
			set |= f.field
		}
	}
	return set & x.Fields
}

// begin is a sent line that is new.
func (s *SentLines) begin(x *SentLine) Line {
	l := x.Line
	l.No = 0
	if s.Show != nil {
		l.Extras = s.extras(nil, nil, l.Extras)
	}
	return l
}

// update is a stored line after it was sent again.
func (s *SentLines) update(l Line, shown, x *SentLine) Line {
	if s.Show == nil {
		next := x.Line
		next.No = l.No
		return next
	}
	set, v := x.changed(shown), &x.Line
	for _, f := range []struct {
		field    LineFields
		to, from *string
	}{
		{LineProduct, &l.Product, &v.Product}, {LineSKU, &l.SKU, &v.SKU}, {LineName, &l.Name, &v.Name},
		{LineUnit, &l.Unit, &v.Unit}, {LineImage, &l.Image, &v.Image},
	} {
		if set&f.field != 0 {
			*f.to = *f.from
		}
	}
	if set&LineReturned != 0 {
		l.Returned = v.Returned
	}
	if set&LineBonus != 0 {
		l.Bonus = v.Bonus
	}
	if set&LineAttributes != 0 {
		l.Attributes = l.Attributes.Replace(v.Attributes, shown.Line.Attributes)
	}
	if set&LineExtras != 0 {
		l.Extras = s.extras(l.Extras, shown.Line.Extras, v.Extras)
	}
	l.reprice(v, set)
	return l
}

// reprice sets price, base price, quantity and discount, as far as they are in
// set. A new price keeps the base price above it and makes the discount follow
// from both. Otherwise the discount goes with the quantity and with the base
// price, so that the net price of a unit stays, also when the discount is not
// in the price.
func (l *Line) reprice(v *Line, set LineFields) {
	old := *l
	if set&LineQuantity != 0 {
		l.Quantity = v.Quantity
	}
	if set&LineBasePrice != 0 {
		l.BasePrice = v.BasePrice
	}
	switch {
	case set&LineDiscount != 0:
		l.Discount = v.Discount
		if set&LinePrice != 0 {
			l.Price = v.Price
		}
	case set&LinePrice != 0:
		l.Price, l.Discount = v.Price, 0
		if set&LineBasePrice == 0 {
			l.BasePrice = max(old.BasePrice, l.Price)
		}
	case set&(LineQuantity|LineBasePrice) != 0:
		l.Discount = discountOf(l, &old)
	}
}

// discountOf is the discount of a line whose quantity or base price has
// changed and whose price has not: new quantity × (old discount / old quantity
// + new base − old base). What exceeds the range of money is cut, and refused
// when the amount is computed.
func discountOf(l, old *Line) money.Amount {
	if old.Quantity == 0 {
		return 0
	}
	if d, err := money.Product(old.BasePrice-old.Price, int64(old.Quantity)); err == nil && d == old.Discount {
		return 0 // it follows from the prices
	}
	// In units of 10^-4 × 10^-3 × 10^-3, over the old quantity.
	n := new(big.Int).Mul(big.NewInt(int64(l.BasePrice)-int64(old.BasePrice)), big.NewInt(int64(old.Quantity)))
	n.Add(n, new(big.Int).Mul(big.NewInt(int64(old.Discount)), big.NewInt(int64(Piece))))
	n.Mul(n, big.NewInt(int64(l.Quantity)))
	by := new(big.Int).Mul(big.NewInt(int64(old.Quantity)), big.NewInt(int64(Piece)))
	half := new(big.Int).Quo(by, big.NewInt(2))
	if n.Sign() < 0 {
		half.Neg(half)
	}
	n.Quo(n.Add(n, half), by)
	switch {
	case n.IsInt64():
		return money.Amount(n.Int64())
	case n.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// extras are stored extras after others were sent, in a copy. Names that are
// sent as shown keep what is stored.
func (s *SentLines) extras(stored, shown, sent Extras) Extras {
	if s.MergeExtras {
		return stored.Merge(sent.Without(shown))
	}
	return stored.Replace(sent, shown)
}
