package orderhub

import (
	"maps"
	"slices"
	"time"
)

// BeginStatus gives a new order its first status, which is no move. It is
// called after ComputeTotals; see SetStatus for what a stage says.
func (o *Order) BeginStatus(s Status, at time.Time) {
	o.Status, o.Stage, o.StatusAt = s.Code, s.Stage, at
	o.applyStage()
}

// SetStatus moves the order to a status of its shop's list. Setting the status
// that it has changes nothing.
//
// A status of the stage paid or completed says, like the word paid, that the
// order is paid, and completed that it is delivered too, unless documents say
// otherwise. Both stay when the order moves on; only a word takes them back.
// SetStatus is called after ComputeTotals and before UpdatePaymentStatus.
func (o *Order) SetStatus(s Status, at time.Time) {
	if o.Status == s.Code {
		return
	}
	if o.Stage != s.Stage {
		o.forgetSentStage()
	}
	o.Status, o.Stage, o.StatusAt = s.Code, s.Stage, at
	o.Moves++
	o.applyStage()
}

func (o *Order) applyStage() {
	if o.Stage == StagePaid || o.Stage == StageCompleted {
		o.SetPaymentWord(WordPaid)
	}
	if o.Stage == StageCompleted {
		o.deliver()
	}
}

// ApplyStatusAttributes says what words among attributes that arrived just now
// mean for payment and fulfilment. Words that mean nothing to the shop and
// words that are those of before say nothing; the attributes themselves are
// never rewritten. It is called after ComputeTotals and before
// UpdatePaymentStatus.
func (o *Order) ApplyStatusAttributes(s *Shop, before, arrived Attributes) {
	word := func(name string) string {
		text := arrived.Text(name)
		if text == before.Text(name) {
			return ""
		}
		return text
	}
	if state, ok := s.PaymentWord(word("payment_status")); ok {
		o.SetPaymentWord(paidWordOf(state))
	}
	for _, name := range []string{"fulfillment_status", "fullfilment_status"} { // an old page misspells it
		if state, ok := s.FulfilmentWord(word(name)); ok {
			o.Fulfilment = state
		}
	}
}

// StageAsSent names the extra in which a dialect keeps a stage that its sender
// wrote and that payment documents contradict. It counts until the stage or
// the payment state of the order changes.
const StageAsSent = "stage"

// ShownStage is the stage of an order for senders who know stages only: a
// placed order that is paid is paid, unless the dialect wrote placed since.
func (o *Order) ShownStage(dialect string) Stage {
	if o.Stage == StagePlaced && o.Payment == Paid && o.Extras[dialect].Text(StageAsSent) == "" {
		return StagePaid
	}
	return o.Stage
}

// EnterStage brings an order, which was old before and nil when it is new, to
// the stage of a status for a dialect that knows stages only, and updates the
// payment state. An order that shows the stage already keeps its status; said
// with another total, paid covers that one. Placed takes back what a word or a
// stage said of payment. What documents or a total of zero say against it stays
// in the payment state, while the dialect reads back the stage that it wrote.
func (o *Order) EnterStage(dialect string, old *Order, s Status, at time.Time) error {
	switch {
	case old == nil:
		o.BeginStatus(s, at)
	case old.ShownStage(dialect) == s.Stage:
		if s.Stage == StagePaid && old.Total != o.Total {
			o.SetPaymentWord(WordPaid)
		}
		return o.UpdatePaymentStatus(at)
	case o.Stage != s.Stage:
		o.SetStatus(s, at)
	}
	if s.Stage == StagePlaced && o.PaidWord != WordNone {
		o.SetPaymentWord(WordUnpaid)
	}
	err := o.UpdatePaymentStatus(at)
	if o.ShownStage(dialect) != s.Stage {
		o.Extras = maps.Clone(o.Extras)
		if o.Extras == nil {
			o.Extras = make(Extras)
		}
		var sent Attributes
		sent.SetText(StageAsSent, s.Stage.String())
		o.Extras[dialect] = o.Extras[dialect].Merge(sent)
	}
	return err
}

// forgetSentStage drops the stages that dialects wrote.
func (o *Order) forgetSentStage() {
	for dialect, extras := range o.Extras {
		if _, kept := extras.Get(StageAsSent); !kept {
			continue
		}
		o.Extras = maps.Clone(o.Extras)
		rest := slices.DeleteFunc(slices.Clone(extras), func(x Attribute) bool { return x.Name == StageAsSent })
		if o.Extras[dialect] = rest; len(rest) == 0 {
			delete(o.Extras, dialect)
		}
	}
}

// keepSentStage keeps the stages that dialects wrote, while their other extras
// are replaced.
func (o *Order) keepSentStage(old *Order) {
	for dialect, extras := range old.Extras {
		stage, ok := extras.Get(StageAsSent)
		if !ok {
			continue
		}
		if o.Extras = maps.Clone(o.Extras); o.Extras == nil {
			o.Extras = make(Extras)
		}
		o.Extras[dialect] = o.Extras[dialect].Merge(Attributes{{Name: StageAsSent, Value: stage}})
	}
}

// Over says whether nothing is earned by an order and nothing spent on it: it
// is canceled, deleted or returned, or all money was given back.
func (o *Order) Over() bool {
	return o.Stage == StageCanceled || !o.DeletedAt.IsZero() || o.Fulfilment == Returned || o.Payment == Refunded
}

// CheckSpend refuses points to be spent on an order that has no customer to
// spend them or that is canceled or deleted.
func (o *Order) CheckSpend() error {
	switch {
	case o.Stage == StageCanceled || !o.DeletedAt.IsZero():
		return Wrong("bonuses", "can not be spent on a canceled order")
	case o.Customer == 0:
		return Wrong("bonuses", "can be spent by a customer only; the order has none")
	}
	return nil
}
