package orderhub

import (
	"fmt"
	"slices"
	"time"

	"orderhub/decimal"
	"orderhub/money"
)

// A PaidWord is what a word such as details.payment_status, or a stage, said of
// the payment of an order. It counts while no payment document says anything
// about money.
type PaidWord uint8

const (
	WordNone PaidWord = iota // nothing was said
	WordUnpaid
	WordPartly
	WordPaid // of the total that the order had then: Order.PaidSum
	WordRefunded
)

// paidWordOf is the word that says a payment state.
func paidWordOf(s PaymentState) PaidWord {
	return [...]PaidWord{Unpaid: WordUnpaid, PartlyPaid: WordPartly, Paid: WordPaid, Refunded: WordRefunded}[s]
}

// paymentWords are the words of details.payment_status that say something
// about the payment state. Words that are not here are only kept.
var paymentWords = map[string]PaymentState{
	"not-paid":       Unpaid,
	"paid":           Paid,
	"partially-paid": PartlyPaid,
	"refunded":       Refunded,
}

// SetPaymentWord keeps a word about the payment. The word paid covers the total
// that the order has now, so it is said after ComputeTotals; what the word
// makes of the order is seen after UpdatePaymentStatus.
func (o *Order) SetPaymentWord(word PaidWord) {
	o.PaidWord, o.PaidSum = word, 0
	if word == WordPaid {
		o.PaidSum = o.Total
	}
}

// SayPayment keeps the word that says a payment state, unless the order, which
// was old before and nil when it is new, shows that state already.
func (o *Order) SayPayment(old *Order, s PaymentState) {
	if old != nil && old.Payment == s && !PaymentFactsDiffer(old, o) {
		return
	}
	if state, _, err := o.paymentState(); err != nil || state != s {
		o.SetPaymentWord(paidWordOf(s))
	}
}

// ResolvePaymentWord is called on an order as it was read, before it is
// changed. Orders from before words were kept have a PaidSum of -1: their
// payment state was set by a word that covers their total, unless documents
// made it.
func (o *Order) ResolvePaymentWord() {
	if o.PaidSum >= 0 {
		return
	}
	o.PaidWord, o.PaidSum = WordNone, 0
	if o.Payment != Unpaid && !slices.ContainsFunc(o.Payments, Payment.tellsOfMoney) {
		o.SetPaymentWord(paidWordOf(o.Payment))
	}
}

// tellsOfMoney says whether a document has a say in the payment state: money
// has come or gone. Open bills and payments on their way say nothing.
func (p Payment) tellsOfMoney() bool {
	return p.Status == PaymentPaid || p.Status == PaymentRefunded
}

// UpdatePaymentStatus sets the payment state, which follows from total,
// documents and word alone:
//   - Documents that are paid or refunded decide alone: paid when what is paid
//     less what is refunded makes up the total, partly paid when it makes up
//     some of it, else unpaid; refunded when all that came was given back.
//   - Else an order whose lines cost nothing is paid. What an order without
//     lines will cost is not known.
//   - Else the word counts: paid while it covers the total, then partly paid.
//
// Amounts are compared in the currency's places: who pays what is shown has
// paid. An order became paid when the last paid document was, or at the given
// time when documents have no dates; only a paid one has that date.
func (o *Order) UpdatePaymentStatus(at time.Time) error {
	state, last, err := o.paymentState()
	if err != nil {
		return err
	}
	switch {
	case state != Paid:
		o.PaidAt = time.Time{}
	case !last.IsZero():
		o.PaidAt = last
	case o.Payment != Paid || o.PaidAt.IsZero():
		o.PaidAt = at
	}
	if o.Payment != state {
		o.Payment = state
		o.forgetSentStage()
	}
	return nil
}

// PaymentFactsDiffer says whether anything differs between two states of an
// order of which UpdatePaymentStatus computes the payment state.
func PaymentFactsDiffer(a, b *Order) bool {
	return a.Total != b.Total || a.Currency != b.Currency || a.PaidWord != b.PaidWord || a.PaidSum != b.PaidSum ||
		(len(a.Lines) == 0) != (len(b.Lines) == 0) ||
		!slices.EqualFunc(a.Payments, b.Payments, func(x, y Payment) bool {
			return x.Status == y.Status && x.Sum == y.Sum && x.PaidAt.Equal(y.PaidAt)
		})
}

// paymentState is the state and the date of the last paid document.
func (o *Order) paymentState() (state PaymentState, last time.Time, err error) {
	total := o.Total.Round(o.Currency)
	tells, refunded, left := false, false, money.Amount(0)
	for i, p := range o.Payments {
		sum := p.Sum.Round(o.Currency)
		switch p.Status {
		case PaymentPaid:
			if p.PaidAt.After(last) {
				last = p.PaidAt
			}
		case PaymentRefunded:
			refunded, sum = true, -sum
		default:
			continue
		}
		tells = true
		if left, err = money.Add(left, sum); err != nil {
			return 0, last, Wrong(fmt.Sprintf("payments[%d].sum", i), decimal.ErrRange.Error())
		}
	}
	switch {
	case refunded && left <= 0:
		return Refunded, last, nil
	case tells && left >= total:
		return Paid, last, nil
	case left > 0:
		return PartlyPaid, last, nil
	case tells:
		return Unpaid, last, nil
	case total <= 0 && len(o.Lines) > 0:
		return Paid, last, nil
	}
	return o.stateOfWord(total), last, nil
}

// stateOfWord is what the word alone makes of an order.
func (o *Order) stateOfWord(total money.Amount) PaymentState {
	switch o.PaidWord {
	case WordPaid:
		if o.PaidSum >= 0 && o.PaidSum.Round(o.Currency) < total {
			return PartlyPaid
		}
		return Paid
	case WordPartly:
		return PartlyPaid
	case WordRefunded:
		return Refunded
	}
	return Unpaid
}
