package orderhub

import (
	"time"

	"orderhub/money"
)

// A FulfilmentState is how far the goods of an order have come.
type FulfilmentState uint8

const (
	Unfulfilled FulfilmentState = iota
	Packed
	Shipped
	Delivered
	Returned
)

var fulfilmentStates = [...]string{"none", "packed", "shipped", "delivered", "returned"}

func (s FulfilmentState) String() string { return fulfilmentStates[s] }

// ParseFulfilmentState reads what String prints.
func ParseFulfilmentState(text string) (FulfilmentState, bool) {
	for i, name := range fulfilmentStates {
		if name == text {
			return FulfilmentState(i), true
		}
	}
	return 0, false
}

// fulfilmentWords are the words of details.fulfillment_status that say
// something about the fulfilment state. Words that are not here are only kept.
var fulfilmentWords = map[string]FulfilmentState{
	"packed":    Packed,
	"shipped":   Shipped,
	"delivered": Delivered,
	"returned":  Returned,
}

// A Shipment is one delivery document of an order: how the goods go, what it
// costs and how far it has come. VirtPOS shows the first one.
type Shipment struct {
	No          int    // number within the order, ours
	Number      string // of the document
	Status      string // the shop's code, such as pending or shipped
	Method      string // the delivery method's id in the shop
	MethodName  string // as people read it: "By courier"
	Price       money.Amount
	Included    bool   // Price is part of the prices of the lines, so not added to the total
	Track       string // the carrier's tracking number
	Pickup      string // id of the place where the customer collects; "" when delivered
	PickupName  string
	Address     string
	Note        string
	CreatedAt   time.Time
	DeliveredAt time.Time // zero until known
	Extras      Extras
}

// validate reports what a stored shipment may not hold, as faults of the field.
func (s *Shipment) validate(field string, f *Faults) {
	checkText(field+".number", s.Number, 255, f)
	checkText(field+".status", s.Status, 255, f)
	checkText(field+".method", s.Method, 255, f)
	checkText(field+".method_name", s.MethodName, 255, f)
	checkText(field+".track", s.Track, 255, f)
	checkText(field+".pickup", s.Pickup, 255, f)
	checkText(field+".pickup_name", s.PickupName, 255, f)
	checkText(field+".address", s.Address, MaxAddress, f)
	checkText(field+".note", s.Note, MaxNote, f)
}
