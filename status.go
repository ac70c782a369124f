package orderhub

// A Stage is what a status means to every shop, whatever the shop calls it.
type Stage uint8

const (
	StagePlaced Stage = iota
	StagePaid
	StageCompleted
	StageCanceled
)

var stages = [...]string{"placed", "paid", "completed", "canceled"}

func (s Stage) String() string { return stages[s] }

// ParseStage reads what String prints.
func ParseStage(text string) (Stage, bool) {
	for i, name := range stages {
		if name == text {
			return Stage(i), true
		}
	}
	return 0, false
}

// A Status is one entry of a shop's status list. Owners add their own, so
// statuses are data; the Stage is what code may ask about.
type Status struct {
	Code   string // at most 20 characters
	Name   string
	Stage  Stage
	Closed bool // nothing more will happen to the order
}

// StatusReceived is the status of an order that arrives without one: what
// comes by an API is a finished checkout.
const StatusReceived = "received"

// StatusOf returns the status of the default list that an order of a stage
// gets when its sender knows stages only (ExpertSender).
func StatusOf(s Stage) string {
	return [...]string{StatusReceived, "accepted_payment", "closed", "canceled"}[s]
}

// DefaultStatuses is the list that a new shop begins with: the sixteen codes
// of USAM.
func DefaultStatuses() []Status {
	return []Status{
		{"incomplete_sale", "Unfinished sale", StagePlaced, false},
		{"received", "Order received", StagePlaced, false},
		{"job_dispatched", "Being processed", StagePlaced, false},
		{"waiting_payment", "Waiting for payment", StagePlaced, false},
		{"accepted_payment", "Payment accepted", StagePaid, false},
		{"customer_waiting", "Ready for pick-up", StagePlaced, false},
		{"preparing_delivery", "Delivery is prepared", StagePlaced, false},
		{"sending", "Sent", StagePlaced, false},
		{"courier", "Handed to courier", StagePlaced, false},
		{"canceled", "Cancelled", StageCanceled, true},
		{"credit_approved", "Credit approved", StagePaid, true},
		{"credit_rejected", "Credit refused", StagePlaced, false},
		{"bank_review", "Bank is checking", StagePlaced, false},
		{"not_picked", "Customer did not collect", StageCanceled, true},
		{"closed", "Closed", StageCompleted, true},
		{"delete", "Deleted", StageCanceled, true},
	}
}
