package orderhub

import (
	"time"

	"orderhub/money"
)

// A PaymentStatus is where one payment document stands.
type PaymentStatus uint8

const (
	PaymentOpen       PaymentStatus = iota + 1 // asked for, not paid
	PaymentDeclined                            // the payer or the bank said no
	PaymentPaid                                // the money is here
	PaymentRefunded                            // given back
	PaymentFailed                              // ended by an error
	PaymentPending                             // waits for the payer
	PaymentProcessing                          // at the bank
	PaymentReserved                            // held on the card, not taken
)

var paymentStatuses = [...]string{"", "open", "declined", "paid", "refunded", "failed", "pending", "processing", "reserved"}

// String names the status, as events show it; one that is none is "".
func (s PaymentStatus) String() string {
	if int(s) < len(paymentStatuses) {
		return paymentStatuses[s]
	}
	return ""
}

// A Payment is one payment document of an order. Its states are those of
// USAM; VirtPOS knows the method only.
type Payment struct {
	No         int    // number within the order, ours
	Number     string // of the document, such as PH0000000010564
	Status     PaymentStatus
	Sum        money.Amount
	Method     string // the method's id in the shop
	MethodName string // as people read it: "Card on delivery"
	Reference  string // of the bank or gateway
	Note       string
	CreatedAt  time.Time
	PaidAt     time.Time // zero until paid
	Extras     Extras
}

// validate reports what a stored payment may not hold, as faults of the field.
func (p *Payment) validate(field string, f *Faults) {
	if p.Status < PaymentOpen || p.Status > PaymentReserved {
		f.Wrong(field+".status", "is not a status of a payment")
	}
	checkText(field+".number", p.Number, 255, f)
	checkText(field+".method", p.Method, 255, f)
	checkText(field+".method_name", p.MethodName, 255, f)
	checkText(field+".reference", p.Reference, 255, f)
	checkText(field+".note", p.Note, MaxNote, f)
}

// A PaymentState is how much of an order is paid.
type PaymentState uint8

const (
	Unpaid PaymentState = iota
	PartlyPaid
	Paid
	Refunded
)

var paymentStates = [...]string{"unpaid", "partly_paid", "paid", "refunded"}

func (s PaymentState) String() string { return paymentStates[s] }

// ParsePaymentState reads what String prints.
func ParsePaymentState(text string) (PaymentState, bool) {
	for i, name := range paymentStates {
		if name == text {
			return PaymentState(i), true
		}
	}
	return 0, false
}

// A Tax is a tax on an order.
type Tax struct {
	No      int // number within the order, ours
	Name    string
	Rate    money.Amount // per cent, four places
	Amount  money.Amount
	InPrice bool // contained in the prices of the lines, so not added to the total
	Extras  Extras
}
