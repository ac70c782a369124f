package orderhub

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"orderhub/money"
)

// An OrderID is ours and never changes.
type OrderID int64

// An Order is one purchase of one customer in one shop.
type Order struct {
	ID     OrderID
	Shop   ShopID
	Number string // chosen by the shop, any characters, unique among its orders that are not deleted
	Code   string // the accounting system's number, not unique

	PlacedAt  time.Time // when the customer ordered
	CreatedAt time.Time // when the hub first stored it
	UpdatedAt time.Time // when it last changed
	DeletedAt time.Time // zero unless deleted
	Version   int64     // raised by one by each event of the order; 1 when new, 0 unknown

	Status   string    // a code of the shop's status list
	Stage    Stage     // of that status
	StatusAt time.Time // when the status was last set to another one
	Moves    int       // how often the status was set to another one
	// ExchangeAt is when the order last changed in a way that readers of the
	// exchange see. History has times before 1970: see ExchangeTime.
	ExchangeAt time.Time
	// Exported reports that the reader who was asked for has taken the order as
	// it is; a new order begins with the mark of its sender. It is not stored
	// with the order: see ExchangeReader.
	Exported bool

	Payment    PaymentState // computed of total, documents and word: see UpdatePaymentStatus
	PaidAt     time.Time    // when it became wholly paid; zero unless Paid
	PaidWord   PaidWord     // what a word or a stage said of payment
	PaidSum    money.Amount // the total that the word Paid covered; -1 when unknown: see ResolvePaymentWord
	Fulfilment FulfilmentState

	Customer CustomerID // 0 when none is linked
	Contact  Contact
	// Buyer is whom the sender names beside the contact: the order is linked
	// to this customer. Spend is how many bonus points the customer pays with,
	// written off when the order is stored; they change no amount. Neither is
	// stored with the order.
	Buyer CustomerRef
	Spend int64

	Currency   money.Currency
	Total      money.Amount // see ComputeTotals
	TotalGiven bool         // Total is another than the computed one; of a new order: Total was sent
	Lines      []Line
	Payments   []Payment
	Shipments  []Shipment
	Taxes      []Tax
	LastPart   int // the highest number that a line or document of the order ever had

	Note         string
	Source       string // where the order came from in the shop's words: call, webform, …
	Coupon       string
	Account      string // the shop's bank account that is to be paid, by the shop's own id
	CancelReason string

	Attributes Attributes // Aplaut's details, ExpertSender's orderAttributes
	Extras     Extras
}

// A Contact is who ordered, as written on the order. The linked customer may
// have moved on since; the order keeps what was said then.
type Contact struct {
	Name    string // as people write it; never re-cased
	Email   string
	Phone   string
	Address string
}

// Limits of an order's own texts, in characters.
const (
	MaxNumber  = 255 // ExpertSender's clients stay below 128
	MaxName    = 512
	MaxEmail   = 320
	MaxPhone   = 64
	MaxAddress = 2_048
	MaxNote    = 14_000
)

// NumberParts gives lines, payments, shipments and taxes that have no number yet
// the next free ones above last, and returns the highest number in use.
func (o *Order) NumberParts(last int) int {
	next := func(no *int) {
		if *no == 0 {
			last++
			*no = last
		}
		last = max(last, *no)
	}
	for i := range o.Lines {
		next(&o.Lines[i].No)
	}
	for i := range o.Payments {
		next(&o.Payments[i].No)
	}
	for i := range o.Shipments {
		next(&o.Shipments[i].No)
	}
	for i := range o.Taxes {
		next(&o.Taxes[i].No)
	}
	return last
}

// Validate reports all that a stored order may not hold.
func (o *Order) Validate() error {
	var f Faults
	if o.Number == "" {
		f.Add(Absent("number"))
	}
	checkText("number", o.Number, MaxNumber, &f)
	checkText("code", o.Code, 255, &f)
	checkText("contact.name", o.Contact.Name, MaxName, &f)
	checkText("contact.email", o.Contact.Email, MaxEmail, &f)
	checkText("contact.phone", o.Contact.Phone, MaxPhone, &f)
	checkText("contact.address", o.Contact.Address, MaxAddress, &f)
	checkText("note", o.Note, MaxNote, &f)
	checkText("source", o.Source, 255, &f)
	checkText("coupon", o.Coupon, 255, &f)
	checkText("account", o.Account, 255, &f)
	checkText("cancel_reason", o.CancelReason, 2_048, &f)
	checkTime("placed_at", o.PlacedAt, &f)
	checkTime("updated_at", o.UpdatedAt, &f)
	if len(o.Lines) > MaxLines {
		f.Wrong("lines", fmt.Sprintf("has %d lines; send at most %d", len(o.Lines), MaxLines))
	} else {
		for i := range o.Lines {
			o.Lines[i].validate(lineField(i), &f)
		}
	}
	for i := range o.Payments {
		o.Payments[i].validate(fmt.Sprintf("payments[%d]", i), &f)
	}
	for i := range o.Shipments {
		o.Shipments[i].validate(fmt.Sprintf("shipments[%d]", i), &f)
	}
	for i := range o.Taxes {
		checkText(fmt.Sprintf("taxes[%d].name", i), o.Taxes[i].Name, 255, &f)
	}
	o.Attributes.check("attributes", &f)
	return f.Err()
}

// checkTime notes a time that no calendar of ours has.
func checkTime(field string, t time.Time, f *Faults) {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		f.Wrong(field, "is not a date of our calendar")
	}
}

// An OrderRef says which order is meant. What is given is tried in the order
// of the fields; the first that finds an order wins.
type OrderRef struct {
	Number  string
	ID      OrderID
	Code    string // several orders may have one: the youngest is meant
	Payment string // the number of one of the order's payment documents

	Deleted bool // a deleted order is meant, too, but by Number: that is free again
}

// String names the order as its sender did, as text that can be shown.
func (r OrderRef) String() string {
	if name := cmp.Or(r.Number, r.Code, r.Payment); name != "" && (r.ID == 0 || r.Number != "") {
		return strings.ToValidUTF8(name, "\uFFFD")
	}
	return fmt.Sprint(r.ID)
}

// A Mode says what a write may meet. Vendors' verbs are points of this
// square: POST and Add are New only, PATCH and Replace are Existing only, PUT
// and AddOrReplace are both.
type Mode struct {
	New      bool // an order that is not there may be made
	Existing bool // an order that is there may be changed
}

// An OrderChange holds what a partial update was given: nil leaves a field as
// it is, a pointer to an empty value clears it.
type OrderChange struct {
	Code         *string
	Status       *string // a code of the shop's list
	PlacedAt     *time.Time
	UpdatedAt    *time.Time // kept only when a file makes the order: history that is brought along
	Name         *string
	Email        *string
	Phone        *string
	Address      *string
	Note         *string
	Source       *string
	Coupon       *string
	Account      *string
	CancelReason *string
	Buyer        *CustomerRef // links the order to this customer
	Lines        *SentLines   // replaces the lines as a whole; see MatchLines
	Export       *Export
	Delete       bool   // marks the order deleted
	Spend        *int64 // bonus points to write off, beside those of before

	// Edit changes what new values cannot say, such as one payment document
	// among several. It gets the order as it is stored, which it must not
	// change, and as it is after the other changes. It must be pure, as it may
	// be called again for another order; its faults are reported with theirs.
	Edit func(old, o *Order) error

	// Shown returns values of an order as the sender's dialect shows them,
	// where these are not the stored ones. Nil says that there are none.
	Shown func(o *Order) OrderChange

	ClearAttributes bool       // before merging
	Attributes      Attributes // merged by name; null removes a name
	Extras          Extras     // merged by name within each dialect
}

// Against returns the change without what it sends as the order is or as the
// sender's dialect shows it: what is written back as shown changes nothing.
// Lines are compared by Apply, documents by Edit. It must be called before
// Apply, with the stored order.
func (c OrderChange) Against(o *Order) OrderChange {
	var shown OrderChange
	if c.Shown != nil {
		shown = c.Shown(o)
	}
	for _, x := range []struct{ sent, shown **string }{
		{&c.Code, &shown.Code}, {&c.Name, &shown.Name}, {&c.Email, &shown.Email}, {&c.Phone, &shown.Phone}, {&c.Address, &shown.Address},
		{&c.Note, &shown.Note}, {&c.Source, &shown.Source}, {&c.Coupon, &shown.Coupon}, {&c.Account, &shown.Account}, {&c.CancelReason, &shown.CancelReason},
	} {
		unsend(x.sent, *x.shown)
	}
	if c.PlacedAt != nil && shown.PlacedAt != nil && c.PlacedAt.Equal(*shown.PlacedAt) {
		c.PlacedAt = nil
	}
	if !c.ClearAttributes {
		c.Attributes = c.Attributes.Without(o.Attributes).Without(shown.Attributes)
	}
	c.Extras = c.Extras.Without(shown.Extras)
	if c.Buyer != nil && c.Buyer.ID != 0 && c.Buyer.ID == o.Customer {
		rest := *c.Buyer
		rest.ID = 0 // the link as it is: whatever else names the buyer is what is meant
		if c.Buyer = &rest; rest == (CustomerRef{}) {
			c.Buyer = nil
		}
	}
	return c
}

// unsend takes a value that equals the shown one out of a change.
func unsend[T comparable](sent **T, shown *T) {
	if *sent != nil && shown != nil && **sent == *shown {
		*sent = nil
	}
}

// Apply changes the order's own fields. What needs the shop, its statuses and
// words, is the service's to do.
func (c *OrderChange) Apply(o *Order) {
	if c.Lines != nil {
		o.Lines = MatchLines(o, c.Lines) // first: a dialect may show other fields with a line
	}
	set(&o.Code, c.Code)
	set(&o.PlacedAt, c.PlacedAt)
	set(&o.Contact.Name, c.Name)
	set(&o.Contact.Email, c.Email)
	set(&o.Contact.Phone, c.Phone)
	set(&o.Contact.Address, c.Address)
	set(&o.Note, c.Note)
	set(&o.Source, c.Source)
	set(&o.Coupon, c.Coupon)
	set(&o.Account, c.Account)
	set(&o.Buyer, c.Buyer)
	set(&o.CancelReason, c.CancelReason)
	if c.Spend != nil {
		o.Spend += *c.Spend
	}
	if c.ClearAttributes {
		o.Attributes = o.Attributes.Replace(Attributes(nil).Merge(c.Attributes), nil)
	} else {
		o.Attributes = o.Attributes.Merge(c.Attributes)
	}
	o.Extras = o.Extras.Merge(c.Extras)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
