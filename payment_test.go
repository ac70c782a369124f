package orderhub_test

import (
	"math"
	"testing"
	"time"

	"orderhub"
	"orderhub/money"
)

func TestReckonPayment(t *testing.T) {
	at := noon
	first, second := at.AddDate(0, 0, -9), at.AddDate(0, 0, -2)
	doc := func(s orderhub.PaymentStatus, sum money.Amount, paid time.Time) orderhub.Payment {
		return orderhub.Payment{Status: s, Sum: sum, PaidAt: paid}
	}
	const paid, refunded = orderhub.PaymentPaid, orderhub.PaymentRefunded
	var never time.Time
	tests := []struct {
		name   string
		was    orderhub.PaymentState
		total  money.Amount
		docs   []orderhub.Payment
		want   orderhub.PaymentState
		paidAt time.Time
	}{
		{"none", orderhub.Unpaid, 100, nil, orderhub.Unpaid, never},
		{"none, and another says paid", orderhub.Paid, 100, nil, orderhub.Paid, first},
		{"open", orderhub.Unpaid, 100, []orderhub.Payment{doc(orderhub.PaymentOpen, 100, never)}, orderhub.Unpaid, never},
		{"open, and another says paid", orderhub.Paid, 100, []orderhub.Payment{doc(orderhub.PaymentOpen, 100, never)}, orderhub.Paid, first},
		{"on the way, and another says partly", orderhub.PartlyPaid, 100, []orderhub.Payment{
			doc(orderhub.PaymentDeclined, 100, never), doc(orderhub.PaymentFailed, 100, never), doc(orderhub.PaymentPending, 100, never),
			doc(orderhub.PaymentProcessing, 100, never), doc(orderhub.PaymentReserved, 100, never),
		}, orderhub.PartlyPaid, never},
		{"partly", orderhub.Unpaid, 100, []orderhub.Payment{doc(paid, 99, first)}, orderhub.PartlyPaid, never},
		{"partly, after it was paid", orderhub.Paid, 100, []orderhub.Payment{doc(paid, 99, first)}, orderhub.PartlyPaid, never},
		{"exactly", orderhub.Unpaid, 100, []orderhub.Payment{doc(paid, 100, second)}, orderhub.Paid, second},
		{"exactly, undated", orderhub.Unpaid, 100, []orderhub.Payment{doc(paid, 100, never)}, orderhub.Paid, at},
		{"exactly, undated, after another said so", orderhub.Paid, 100, []orderhub.Payment{doc(paid, 100, never)}, orderhub.Paid, first},
		{"exactly, dated, after another said so", orderhub.Paid, 100, []orderhub.Payment{doc(paid, 100, second)}, orderhub.Paid, second},
		{"too much", orderhub.Unpaid, 100, []orderhub.Payment{doc(paid, 500, first)}, orderhub.Paid, first},
		{"in two, the latest counts", orderhub.Unpaid, 100, []orderhub.Payment{doc(paid, 60, second), doc(paid, 40, first)}, orderhub.Paid, second},
		{"in two, the latest last", orderhub.Unpaid, 100, []orderhub.Payment{doc(paid, 60, first), doc(paid, 40, second)}, orderhub.Paid, second},
		{"in two, of which one is open", orderhub.Unpaid, 100, []orderhub.Payment{doc(paid, 60, first), doc(orderhub.PaymentOpen, 40, second)}, orderhub.PartlyPaid, never},
		{"refunded", orderhub.Paid, 100, []orderhub.Payment{doc(refunded, 100, first)}, orderhub.Refunded, first},
		{"refunded, then paid again", orderhub.Refunded, 100, []orderhub.Payment{doc(refunded, 100, first), doc(paid, 100, second)}, orderhub.Paid, second},
		{"refunded in part", orderhub.Paid, 100, []orderhub.Payment{doc(refunded, 40, first), doc(paid, 60, second)}, orderhub.PartlyPaid, never},
		{"nothing to pay, paid", orderhub.Unpaid, 0, []orderhub.Payment{doc(paid, 0, second)}, orderhub.Paid, second},
		{"nothing to pay, open", orderhub.Unpaid, 0, []orderhub.Payment{doc(orderhub.PaymentOpen, 0, never)}, orderhub.Unpaid, never},
		{"paid documents over nothing", orderhub.Paid, 100, []orderhub.Payment{doc(paid, 0, second)}, orderhub.Unpaid, never},
	}
	for _, tt := range tests {
		o := orderhub.Order{Payment: tt.was, Total: tt.total, Payments: tt.docs}
		if tt.was == orderhub.Paid {
			o.PaidAt = first
		}
		if err := o.ReckonPayment(at); err != nil || o.Payment != tt.want || !o.PaidAt.Equal(tt.paidAt) {
			t.Errorf("%s: %s at %v, %v, want %s at %v", tt.name, o.Payment, o.PaidAt, err, tt.want, tt.paidAt)
		}
	}
}

func TestPaymentsBeyondTheRangeOfMoney(t *testing.T) {
	doc := orderhub.Payment{Status: orderhub.PaymentPaid, Sum: math.MaxInt64/2 + 1}
	o := orderhub.Order{Payments: []orderhub.Payment{doc, doc}}
	err := o.ReckonPayment(time.Now())
	all := orderhub.All(err)
	if len(all) != 1 || all[0].Kind != orderhub.Invalid || all[0].Field != "payments[1].sum" {
		t.Errorf("error %v, want an Invalid one of payments[1].sum", err)
	}
}

func TestPaymentStateIsReadAsItIsPrinted(t *testing.T) {
	for s := orderhub.Unpaid; s <= orderhub.Refunded; s++ {
		if got, ok := orderhub.ParsePaymentState(s.String()); !ok || got != s {
			t.Errorf("%s is read as %s, %v", s, got, ok)
		}
	}
	for _, text := range []string{"", "Paid", "1", "paid "} {
		if got, ok := orderhub.ParsePaymentState(text); ok {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

// Each other status takes the mark of the accounting system away.
func TestSetStatusCountsMoves(t *testing.T) {
	at := noon
	received := orderhub.Status{Code: "received"}
	closed := orderhub.Status{Code: "closed", Stage: orderhub.StageCompleted, Closed: true}
	o := orderhub.Order{Status: "received", Exported: true}
	for i, step := range []struct {
		to       orderhub.Status
		moves    int
		exported bool
	}{{received, 0, true}, {closed, 1, false}, {closed, 1, true}, {received, 2, false}, {closed, 3, false}} {
		o.SetStatus(step.to, at)
		if o.Moves != step.moves || o.Exported != step.exported || o.Stage != step.to.Stage {
			t.Errorf("step %d: %d moves, exported %v, stage %s; want %d, %v, %s", i, o.Moves, o.Exported, o.Stage, step.moves, step.exported, step.to.Stage)
		}
		if o.Moves > 0 && !o.StatusAt.Equal(at) {
			t.Errorf("step %d: the status is of %v, want %v", i, o.StatusAt, at)
		}
		o.Exported = true // taken as it is
	}
}

func TestOrderRefIsNamedAsItsSenderDid(t *testing.T) {
	for _, tt := range []struct {
		ref  orderhub.OrderRef
		want string
	}{
		{orderhub.OrderRef{}, "0"},
		{orderhub.OrderRef{ID: 7}, "7"},
		{orderhub.OrderRef{Number: "A-1"}, "A-1"},
		{orderhub.OrderRef{Number: "A-1", ID: 7, Code: "УТ-1", Payment: "PH1"}, "A-1"},
		{orderhub.OrderRef{ID: 7, Code: "УТ-1", Payment: "PH1"}, "7"},
		{orderhub.OrderRef{Code: "УТ-1", Payment: "PH1"}, "УТ-1"},
		{orderhub.OrderRef{Payment: "PH1", Deleted: true}, "PH1"},
		{orderhub.OrderRef{Number: "a\xffb"}, "a\uFFFDb"},
		{orderhub.OrderRef{Code: "a\xff\xfeb"}, "a\uFFFDb"},
	} {
		if got := tt.ref.String(); got != tt.want {
			t.Errorf("%+v is named %q, want %q", tt.ref, got, tt.want)
		}
	}
}

func TestPointsOfSeveralChangesAddUp(t *testing.T) {
	var o orderhub.Order
	for _, points := range []int64{10, 0, 32} {
		change := orderhub.OrderChange{Spend: &points}
		change.Apply(&o)
	}
	none := orderhub.OrderChange{}
	none.Apply(&o)
	if o.Spend != 42 {
		t.Errorf("%d points are spent, want 42", o.Spend)
	}
}
