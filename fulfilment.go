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
	PartlyShipped // some parcels have left, others not; between Packed and Shipped
)

var fulfilmentStates = [...]string{"none", "packed", "shipped", "delivered", "returned", "partly_shipped"}

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

// shipmentWords are what the statuses of delivery documents say of their
// parcel. All others, such as pending, say nothing.
var shipmentWords = map[string]FulfilmentState{
	"collected": Packed,
	"referred":  Shipped,
	"courier":   Shipped,
	"shipped":   Shipped,
}

// UpdateFulfilment sets the fulfilment state after delivery documents changed,
// old being those of before in the same sequence. Only a document whose status
// says something else than before has a say: a parcel that is added and has not
// left changes nothing. Shipped means that all parcels have left; some make the
// order partly shipped. A step forward never takes back what was said before,
// and delivered and returned, which no document says, stay.
func (o *Order) UpdateFulfilment(old []Shipment) {
	said, takenBack := false, false
	for i, s := range o.Shipments {
		was := Unfulfilled
		if i < len(old) {
			was = shipmentWords[old[i].Status]
		}
		is := shipmentWords[s.Status]
		said = said || is > was
		takenBack = takenBack || is < was
	}
	if o.Fulfilment == Delivered || o.Fulfilment == Returned || !said && !takenBack {
		return
	}
	if state := o.parcels(); takenBack || far(state) > far(o.Fulfilment) {
		o.Fulfilment = state
	}
}

// far puts the states up to Shipped in their sequence.
func far(s FulfilmentState) int {
	return [...]int{Unfulfilled: 0, Packed: 1, PartlyShipped: 2, Shipped: 3, Delivered: 4, Returned: 5}[s]
}

// parcels is how far delivery documents say that the parcels have come.
func (o *Order) parcels() FulfilmentState {
	left, packed := 0, false
	for _, s := range o.Shipments {
		switch shipmentWords[s.Status] {
		case Shipped:
			left++
		case Packed:
			packed = true
		}
	}
	switch {
	case left > 0 && left == len(o.Shipments):
		return Shipped
	case left > 0:
		return PartlyShipped
	case packed:
		return Packed
	}
	return Unfulfilled
}

// deliver makes a completed order a delivered one, unless documents say that
// parcels are still here, or the goods came back.
func (o *Order) deliver() {
	parcels := o.parcels()
	if o.Fulfilment != Returned && parcels != Packed && parcels != PartlyShipped {
		o.Fulfilment = Delivered
	}
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
