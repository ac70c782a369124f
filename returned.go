package orderhub

import (
	"fmt"

	"orderhub/money"
)

// ReturnsExtra names the extra, a number, in which a dialect keeps the value of
// all that came back.
const ReturnsExtra = "returnsValue"

// ReturnedValue is what came back of an order, in the currency's places: the
// largest of what its returned lines, the value that a sender stated and its
// refunds say, the total at most. All of it came back when the order as a whole
// is returned or refunded.
func (o *Order) ReturnedValue() money.Amount {
	total := max(0, o.Total.Round(o.Currency))
	if o.Fulfilment == Returned || o.Payment == Refunded {
		return total
	}
	lines, refunds := money.Amount(0), money.Amount(0)
	for i := range o.Lines {
		lines = plus(lines, o.Lines[i].returnedValue(o.Currency))
	}
	for _, p := range o.Payments {
		if p.Status == PaymentRefunded {
			refunds = plus(refunds, p.Sum.Round(o.Currency))
		}
	}
	return min(total, max(lines, o.statedReturns(), refunds))
}

// NetValue is what an order is worth to the sales of its customer: its total
// less what came back.
func (o *Order) NetValue() money.Amount {
	return plus(o.Total.Round(o.Currency), -o.ReturnedValue())
}

// returnedValue is the part of a line's amount that was returned.
func (l *Line) returnedValue(c money.Currency) money.Amount {
	if l.Returned <= 0 || l.Quantity <= 0 {
		return 0
	}
	part := min(l.Returned, l.Quantity)
	value, err := money.Share(l.Amount, money.Amount(part), money.Amount(l.Quantity), c)
	if err != nil {
		return l.Amount
	}
	return value
}

// statedReturns is the largest value of returns that a dialect keeps.
func (o *Order) statedReturns() money.Amount {
	most := money.Amount(0)
	for _, extras := range o.Extras {
		value, ok := extras.Get(ReturnsExtra)
		if !ok {
			continue
		}
		text := string(value)
		if value.Kind() == '"' {
			text = extras.Text(ReturnsExtra)
		}
		if a, err := money.Parse(text); err == nil {
			most = max(most, a.Round(o.Currency))
		}
	}
	return most
}

// CheckReturns refuses returns of more than was bought, by line and in value,
// where they are new or grew; old is the order before, nil when it is new. What
// was returned of a line follows its quantity when only that became less.
func (o *Order) CheckReturns(old *Order) error {
	var f Faults
	was := make(map[int]Line)
	stated := money.Amount(0)
	if old != nil {
		for _, l := range old.Lines {
			was[l.No] = l
		}
		stated = old.statedReturns()
	}
	delete(was, 0)
	for i := range o.Lines {
		l := &o.Lines[i]
		before, known := was[l.No]
		switch {
		case l.Returned <= l.Quantity || known && l.Returned == before.Returned && l.Quantity == before.Quantity:
		case known && l.Returned <= before.Returned:
			l.Returned = max(0, l.Quantity)
		default:
			f.Wrong(lineField(i)+".returned", fmt.Sprintf("must not be more than the quantity, %s", l.Quantity))
		}
	}
	if now := o.statedReturns(); now > max(stated, o.Total.Round(o.Currency)) {
		f.Wrong(ReturnsExtra, fmt.Sprintf("must not be more than the total, %s", o.Total))
	}
	return f.Err()
}
