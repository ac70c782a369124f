package orderhub_test

import (
	"testing"

	"orderhub"
	"orderhub/money"
)

var (
	received  = orderhub.Status{Code: "received"}
	sending   = orderhub.Status{Code: "sending"}
	accepted  = orderhub.Status{Code: "accepted_payment", Stage: orderhub.StagePaid}
	completed = orderhub.Status{Code: "closed", Stage: orderhub.StageCompleted, Closed: true}
	canceled  = orderhub.Status{Code: "canceled", Stage: orderhub.StageCanceled, Closed: true}
)

// T30, T31: what a sender that knows stages only wrote is what it reads, and a
// paid order stays paid until that is taken back. Each row is a life of one
// order of 100; stages are written by the dialect x.
func TestStagesAreReadBack(t *testing.T) {
	type step func(*orderhub.Order) *orderhub.Order
	change := func(do func(*orderhub.Order)) step {
		return func(old *orderhub.Order) *orderhub.Order {
			o := *old
			do(&o)
			update(t, &o, noon)
			return &o
		}
	}
	stage := func(s orderhub.Status) step {
		return func(old *orderhub.Order) *orderhub.Order {
			o := *old
			if err := o.EnterStage("x", old, s, noon); err != nil {
				t.Fatal(err)
			}
			update(t, &o, noon)
			return &o
		}
	}
	status := func(s orderhub.Status) step { return change(func(o *orderhub.Order) { o.SetStatus(s, noon) }) }
	word := func(w orderhub.PaidWord) step { return change(func(o *orderhub.Order) { o.SetPaymentWord(w) }) }
	bill := func(docs ...orderhub.Payment) step { return change(func(o *orderhub.Order) { o.Payments = docs }) }
	grow := change(func(o *orderhub.Order) { o.Total = 500_0000 })
	growPaid := func(old *orderhub.Order) *orderhub.Order { // one command
		o := *old
		o.Total = 500_0000
		if err := o.EnterStage("x", old, accepted, noon); err != nil {
			t.Fatal(err)
		}
		return &o
	}
	paid := doc(orderhub.PaymentPaid, 100_0000)
	tests := []struct {
		name    string
		steps   []step
		shown   []orderhub.Stage
		status  string
		payment orderhub.PaymentState
	}{
		{"placed follows paid", []step{stage(accepted), stage(received)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePlaced}, "received", orderhub.Unpaid},
		{"placed follows the word paid", []step{word(orderhub.WordPaid), stage(received)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePlaced}, "received", orderhub.Unpaid},
		{"placed against documents", []step{bill(paid), stage(received), stage(received)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePlaced, orderhub.StagePlaced}, "received", orderhub.Paid},
		{"until the payment state changes", []step{bill(paid), stage(received), bill(), bill(paid)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePlaced, orderhub.StagePlaced, orderhub.StagePaid}, "received", orderhub.Paid},
		{"until the stage changes", []step{bill(paid), stage(received), status(accepted), status(received)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePlaced, orderhub.StagePaid, orderhub.StagePaid}, "received", orderhub.Paid},
		{"another status of the stage placed", []step{bill(paid), stage(received), status(sending)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePlaced, orderhub.StagePlaced}, "sending", orderhub.Paid},
		{"placed, then paid again", []step{bill(paid), stage(received), stage(accepted)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePlaced, orderhub.StagePaid}, "accepted_payment", orderhub.Paid},
		{"sending stays paid", []step{status(accepted), status(sending)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePaid}, "sending", orderhub.Paid},
		{"paid again keeps the shop's status", []step{status(accepted), status(sending), stage(accepted)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePaid, orderhub.StagePaid}, "sending", orderhub.Paid},
		{"as shown, of an order that has grown", []step{stage(accepted), grow, stage(accepted)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePaid, orderhub.StagePaid}, "accepted_payment", orderhub.PartlyPaid},
		{"paid of the larger total", []step{stage(accepted), growPaid}, []orderhub.Stage{orderhub.StagePaid, orderhub.StagePaid}, "accepted_payment", orderhub.Paid},
		{"placed as shown says nothing", []step{word(orderhub.WordPartly), stage(received)}, []orderhub.Stage{orderhub.StagePlaced, orderhub.StagePlaced}, "received", orderhub.PartlyPaid},
		{"completed, then placed", []step{stage(completed), stage(received)}, []orderhub.Stage{orderhub.StageCompleted, orderhub.StagePlaced}, "received", orderhub.Unpaid},
		{"canceled", []step{stage(accepted), stage(canceled)}, []orderhub.Stage{orderhub.StagePaid, orderhub.StageCanceled}, "canceled", orderhub.Paid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := &orderhub.Order{Status: "received", Currency: "RUB", Total: 100_0000, Extras: orderhub.Extras{"x": attributes(t, `{"zone":"UTC"}`)}}
			for i, do := range tt.steps {
				o = do(o)
				if got := o.ShownStage("x"); got != tt.shown[i] {
					t.Errorf("step %d: %s is read, want %s", i, got, tt.shown[i])
				}
				if o.Extras["x"].Text("zone") != "UTC" {
					t.Errorf("step %d: the extras became %s", i, o.Extras.JSON())
				}
			}
			if o.Status != tt.status || o.Payment != tt.payment {
				t.Errorf("ends in %s, %s, want %s, %s", o.Status, o.Payment, tt.status, tt.payment)
			}
		})
	}
}

func TestNewOrdersBeginInTheStageTheyAreSent(t *testing.T) {
	for _, tt := range []struct {
		status orderhub.Status
		total  money.Amount
		want   orderhub.PaymentState
	}{
		{received, 100_0000, orderhub.Unpaid}, {received, 0, orderhub.Paid}, {accepted, 100_0000, orderhub.Paid},
		{completed, 100_0000, orderhub.Paid}, {canceled, 100_0000, orderhub.Unpaid}, {canceled, 0, orderhub.Paid},
	} {
		o := of(t, "RUB", "100")
		if err := o.ComputeTotals(nil, &tt.total); err != nil {
			t.Fatal(err)
		}
		if err := o.EnterStage("x", nil, tt.status, noon); err != nil {
			t.Fatal(err)
		}
		if update(t, o, noon); o.ShownStage("x") != tt.status.Stage || o.Payment != tt.want || o.Moves != 0 || !o.StatusAt.Equal(noon) {
			t.Errorf("%s of %d: %s, %s, %d moves at %v", tt.status.Code, tt.total, o.ShownStage("x"), o.Payment, o.Moves, o.StatusAt)
		}
	}
}

// T32: completed means delivered, unless documents say otherwise.
func TestCompletedIsDelivered(t *testing.T) {
	parcels := func(status ...string) (all []orderhub.Shipment) {
		for _, s := range status {
			all = append(all, orderhub.Shipment{Status: s})
		}
		return all
	}
	for _, tt := range []struct {
		was     orderhub.FulfilmentState
		parcels []orderhub.Shipment
		want    orderhub.FulfilmentState
	}{
		{orderhub.Unfulfilled, nil, orderhub.Delivered},
		{orderhub.Packed, nil, orderhub.Delivered}, // a word
		{orderhub.Shipped, parcels("shipped"), orderhub.Delivered},
		{orderhub.Unfulfilled, parcels("pending"), orderhub.Delivered}, // says nothing
		{orderhub.Packed, parcels("collected"), orderhub.Packed},
		{orderhub.PartlyShipped, parcels("shipped", "pending"), orderhub.PartlyShipped},
		{orderhub.Returned, parcels("shipped"), orderhub.Returned},
	} {
		o := orderhub.Order{Fulfilment: tt.was, Shipments: tt.parcels}
		if o.SetStatus(completed, noon); o.Fulfilment != tt.want {
			t.Errorf("%s with %d parcels: %s when completed, want %s", tt.was, len(tt.parcels), o.Fulfilment, tt.want)
		}
		if o.SetStatus(received, noon); o.Fulfilment != tt.want {
			t.Errorf("%s when opened again, want %s as before", o.Fulfilment, tt.want)
		}
	}
}

// T17, T18: documents that say nothing change nothing, and shipped means that
// all parcels have left.
func TestUpdateFulfilment(t *testing.T) {
	const none, packed, partly, shipped = orderhub.Unfulfilled, orderhub.Packed, orderhub.PartlyShipped, orderhub.Shipped
	for _, tt := range []struct {
		name     string
		was      orderhub.FulfilmentState
		old, now string // the statuses of the documents
		want     orderhub.FulfilmentState
	}{
		{"a parcel that has not left", none, "", "p", none},
		{"the same, of an order that is shipped", shipped, "", "p", shipped},
		{"a second one beside one that left", shipped, "s", "sp", shipped},
		{"one left", none, "p", "s", shipped},
		{"one of two left", none, "pp", "sp", partly},
		{"both at once", none, "", "sp", partly},
		{"the other one, too", partly, "sp", "ss", shipped},
		{"by courier and by post", none, "pp", "kr", shipped},
		{"collected", none, "p", "c", packed},
		{"one collected, one left", none, "pp", "cs", partly},
		{"collected, of an order that is shipped", shipped, "p", "c", shipped},
		{"one of two left, of an order that is shipped", shipped, "pp", "sp", shipped},
		{"taken back", shipped, "s", "p", none},
		{"one of two taken back", shipped, "ss", "sp", partly},
		{"one of two taken back to collected", shipped, "ss", "cs", partly},
		{"sent again as it is", shipped, "sp", "sp", shipped},
		{"delivered stays", orderhub.Delivered, "s", "p", orderhub.Delivered},
		{"returned stays", orderhub.Returned, "p", "s", orderhub.Returned},
		{"a word that was said since stays", packed, "s", "s", packed},
		{"no document", packed, "", "", packed},
	} {
		o := orderhub.Order{Fulfilment: tt.was, Shipments: documents(tt.now)}
		if o.UpdateFulfilment(documents(tt.old)); o.Fulfilment != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, o.Fulfilment, tt.want)
		}
	}
}

func documents(letters string) (all []orderhub.Shipment) {
	for _, r := range letters {
		status := map[rune]string{'p': "pending", 'c': "collected", 's': "shipped", 'k': "courier", 'r': "referred"}[r]
		all = append(all, orderhub.Shipment{Status: status})
	}
	return all
}

func TestFulfilmentStateIsReadAsItIsPrinted(t *testing.T) {
	for s := orderhub.Unfulfilled; s <= orderhub.PartlyShipped; s++ {
		if got, ok := orderhub.ParseFulfilmentState(s.String()); !ok || got != s {
			t.Errorf("%s is read as %s, %v", s, got, ok)
		}
	}
}

// T34 and T15.
func TestNothingIsSpentOnACanceledOrder(t *testing.T) {
	for name, tt := range map[string]struct {
		order       orderhub.Order
		spend, over bool
	}{
		"placed":               {orderhub.Order{Customer: 1}, true, false},
		"completed":            {orderhub.Order{Customer: 1, Stage: orderhub.StageCompleted}, true, false},
		"canceled":             {orderhub.Order{Customer: 1, Stage: orderhub.StageCanceled}, false, true},
		"deleted":              {orderhub.Order{Customer: 1, DeletedAt: noon}, false, true},
		"returned":             {orderhub.Order{Customer: 1, Fulfilment: orderhub.Returned}, true, true},
		"refunded":             {orderhub.Order{Customer: 1, Payment: orderhub.Refunded}, true, true},
		"without its customer": {orderhub.Order{}, false, false},
	} {
		err := tt.order.CheckSpend()
		if (err == nil) != tt.spend || tt.order.Over() != tt.over {
			t.Errorf("%s: %v, over %v, want points to be spent %v, over %v", name, err, tt.order.Over(), tt.spend, tt.over)
		}
		if err != nil && (orderhub.KindOf(err) != orderhub.Invalid || fields(err)[0] != "bonuses") {
			t.Errorf("%s: %v, want an Invalid error of bonuses", name, err)
		}
	}
}
