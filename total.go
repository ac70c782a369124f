package orderhub

import (
	"fmt"
	"math"

	"orderhub/decimal"
	"orderhub/money"
)

// ComputeTotals computes the amounts of the lines and the total of an order
// that was old before; old is nil for a new one. Sums of documents that are new
// or changed are rounded to the currency's places. The total is
//   - the sent one, rounded to the currency's places;
//   - else, for a new order or in another currency, the computed one: line
//     amounts + shipping + taxes that prices do not contain;
//   - else old total + the difference of the computed ones, zero at least, so
//     what a sender had added to or taken off the computed one stays.
//
// TotalGiven says afterwards that the total is another one than the computed.
// What does not fit the range of money is a fault of its field.
func (o *Order) ComputeTotals(old *Order, sent *money.Amount) error {
	var f Faults
	for i := range o.Lines {
		if err := o.Lines[i].ComputeAmount(o.Currency); err != nil {
			f.Wrong(lineField(i)+".price", decimal.ErrRange.Error())
		}
	}
	o.roundDocuments(old)
	computed := o.computed(&f)
	if err := f.Err(); err != nil {
		return err
	}
	before := computed // without an order of before nothing moves
	moves := old == nil || old.Currency != o.Currency
	if !moves {
		before = old.computed(&f)
		moves = before != computed
	}
	switch {
	case sent != nil && !moves && sent.Round(o.Currency) == old.Total.Round(o.Currency):
		o.Total = old.Total // as it is shown, perhaps in fewer places
	case sent != nil:
		o.Total = sent.Round(o.Currency)
	case old == nil || old.Currency != o.Currency:
		o.Total = computed
	case !moves:
		o.Total = old.Total
	default:
		o.Total = max(0, plus(old.Total, plus(computed, -before)).Round(o.Currency))
	}
	if moves || o.Total != old.Total {
		o.TotalGiven = o.Total != computed
	} else {
		o.TotalGiven = old.TotalGiven
	}
	return f.Err()
}

// computed is the total that lines, shipments and taxes make up, in the
// currency's places.
func (o *Order) computed(f *Faults) money.Amount {
	total := money.Amount(0)
	add := func(field string, a money.Amount) {
		sum, err := money.Add(total, a.Round(o.Currency))
		if err != nil {
			f.Wrong(field, decimal.ErrRange.Error())
		}
		total = sum
	}
	for i := range o.Lines {
		add(lineField(i)+".price", o.Lines[i].Amount)
	}
	for i, s := range o.Shipments {
		if !s.Included {
			add(fmt.Sprintf("shipments[%d].price", i), s.Price)
		}
	}
	for i, t := range o.Taxes {
		if !t.InPrice {
			add(fmt.Sprintf("taxes[%d].amount", i), t.Amount)
		}
	}
	return total
}

// roundDocuments brings the sums of documents into the currency's places, but
// for those that are as they were: nothing is changed that was not sent.
func (o *Order) roundDocuments(old *Order) {
	was := make(map[int]money.Amount)
	same := func(no int, a money.Amount) bool {
		known, ok := was[no]
		return ok && known == a
	}
	if old != nil && old.Currency == o.Currency {
		for _, p := range old.Payments {
			was[p.No] = p.Sum
		}
		for _, s := range old.Shipments {
			was[s.No] = s.Price
		}
		for _, t := range old.Taxes {
			was[t.No] = t.Amount
		}
	}
	delete(was, 0)
	for i := range o.Payments {
		if p := &o.Payments[i]; !same(p.No, p.Sum) {
			p.Sum = p.Sum.Round(o.Currency)
		}
	}
	for i := range o.Shipments {
		if s := &o.Shipments[i]; !same(s.No, s.Price) {
			s.Price = s.Price.Round(o.Currency)
		}
	}
	for i := range o.Taxes {
		if t := &o.Taxes[i]; !same(t.No, t.Amount) {
			t.Amount = t.Amount.Round(o.Currency)
		}
	}
}

// Adjustment is what the total has more than the computed one, less when it is
// negative: an order-wide discount, a rounding of the shop's own. It is kept in
// the total alone.
func (o *Order) Adjustment() money.Amount {
	return plus(o.Total, -o.computed(new(Faults)))
}

// SplitTotal splits the total, in the currency's places, into what the goods
// cost and what their delivery costs on top. Deliveries within the prices of
// the lines cost nothing more; a delivery that costs more than the total costs
// the total.
func (o *Order) SplitTotal() (goods, shipping money.Amount) {
	for _, s := range o.Shipments {
		if !s.Included {
			shipping = plus(shipping, s.Price.Round(o.Currency))
		}
	}
	total := o.Total.Round(o.Currency)
	shipping = min(shipping, max(0, total))
	return plus(total, -shipping), shipping
}

// SpreadOverLines shares an amount among the lines in proportion to theirs, in
// the currency's places and without a remainder: for readers that know lines
// only, so that a discount of the whole order is seen. Lines that cost nothing
// together leave all to the first.
func (o *Order) SpreadOverLines(amount money.Amount) []money.Amount {
	shares := make([]money.Amount, len(o.Lines))
	whole := money.Amount(0)
	for i, l := range o.Lines {
		shares[i] = l.Amount
		whole = plus(whole, l.Amount)
	}
	if len(shares) == 0 || whole == amount {
		return shares
	}
	if whole == 0 {
		shares[0] = plus(shares[0], amount)
		return shares
	}
	upTo, given := money.Amount(0), money.Amount(0)
	for i, l := range o.Lines {
		upTo = plus(upTo, l.Amount)
		part, err := money.Share(amount, upTo, whole, o.Currency)
		if err != nil || i == len(o.Lines)-1 {
			part = amount
		}
		shares[i] = plus(part, -given)
		given = part
	}
	return shares
}

// plus adds and stops at the ends of the range of money.
func plus(a, b money.Amount) money.Amount {
	sum, err := money.Add(a, b)
	switch {
	case err == nil:
		return sum
	case b < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}
