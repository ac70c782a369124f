package ordering

import (
	"cmp"
	"reflect"
	"time"

	"orderhub"
	"orderhub/money"
)

const unknownStatus = "is not a status of this shop"

// A change is what a command makes of an order. It is decided in memory: it
// knows the order as it was and its customer, the command, the shop and the
// time, and nothing else.
type change struct {
	*Command
	facts
	old *orderhub.Order // nil for a new order
	now *orderhub.Order
	f   orderhub.Faults
}

// Facts are what a command is decided by, beside itself and the order.
type facts struct {
	shop     *orderhub.Shop
	dialect  string             // of the sender
	at       time.Time          // now
	backfill bool               // it only records what happened before and elsewhere
	linked   *orderhub.Customer // the customer of the order as it was; nil for none
}

// changed decides what the order becomes: the one function for all doors. The
// error names all that the order may not be, and then there is no order.
//
// What needs other records is left to the caller: the buyer, the numbers of the
// order and its documents, points.
func changed(old *orderhub.Order, c *Command, facts facts) (*orderhub.Order, error) {
	x := &change{Command: c, facts: facts, old: old}
	x.begin()
	x.apply()
	x.computeTotals()
	x.setStates()
	x.dateDocuments()
	x.f.Add(x.now.CheckReturns(old))
	x.f.Add(x.now.Validate())
	if x.Check != nil && old != nil {
		x.f.Add(x.Check(old))
	}
	if err := x.f.Err(); err != nil {
		return nil, err
	}
	x.arrange()
	return x.now, nil
}

// begin is the order before the command's change: the one that is there, as far
// as it stays, or a new one.
func (x *change) begin() {
	switch {
	case x.old == nil:
		x.now = x.fresh()
	case x.Whole != nil:
		x.now = x.replaced()
	default:
		x.now = snapshot(x.old)
	}
}

// fresh is a new order before the command's change.
func (x *change) fresh() *orderhub.Order {
	o := new(orderhub.Order)
	if x.Whole != nil {
		o = snapshot(x.Whole)
	} else {
		o.Number = cmp.Or(x.Ref.Number, x.fileCode())
	}
	if !x.backfill {
		o.UpdatedAt = time.Time{} // ours: lists by it must be safe to poll
	}
	o.Shop = x.shop.ID
	o.Currency = cmp.Or(o.Currency, x.shop.Currency)
	if x.File != nil {
		if at := x.Change.UpdatedAt; at != nil && !at.IsZero() {
			o.UpdatedAt = exact(*at)
		}
		x.at = x.happened()
	}
	return o
}

// fileCode is the code by which a file names an order: without a number the
// order is refused, for a reason that is not the missing number.
func (x *change) fileCode() string {
	if x.File == nil {
		return ""
	}
	return x.Ref.Code
}

// happened is when what a file says of a new order came to be: now, or, when it
// is backfilled, the latest time that the file has for it.
func (x *change) happened() time.Time {
	if x.backfill {
		for _, at := range []*time.Time{x.File.StatusAt, x.Change.UpdatedAt, x.Change.PlacedAt} {
			if at != nil && !at.IsZero() {
				return exact(*at)
			}
		}
	}
	return x.at
}

// replaced is the order that is there with what a whole order replaces.
func (x *change) replaced() *orderhub.Order {
	whole := *x.Whole
	whole.Currency = cmp.Or(whole.Currency, x.shop.Currency)
	if whole.PlacedAt.IsZero() {
		whole.PlacedAt = x.old.PlacedAt
	}
	o := snapshot(x.View.Replace(x.old, &whole, x.linked))
	o.Buyer = whole.Buyer
	return o
}

// apply makes the fields what the command says.
func (x *change) apply() {
	c := x.Change
	if x.old != nil {
		c = c.Against(x.old)
	}
	if x.File != nil {
		c = x.File.sound(c, x.now, &x.f)
	}
	c.Apply(x.now)
	if c.Edit != nil {
		x.f.Add(c.Edit(x.before(), x.now))
	}
	if x.File != nil {
		x.File.apply(x.now, x.before().Lines, &x.f)
	}
	if c.Spend != nil && *c.Spend < 0 {
		x.f.Wrong("bonuses", "must not be less than 0")
	}
}

// before is the order as it was; an empty one before a new order.
func (x *change) before() *orderhub.Order {
	if x.old == nil {
		return new(orderhub.Order)
	}
	return x.old
}

// computeTotals computes the amounts. A new numbered order without payment
// documents gets a bill over its total.
func (x *change) computeTotals() {
	old, sent := x.old, x.sentTotal()
	if x.File != nil && x.File.OpenTotal && sent == nil {
		old = nil // the total follows the lines alone from now on
	}
	x.f.Add(x.now.ComputeTotals(old, sent))
	if x.old == nil && x.Numbered && len(x.now.Payments) == 0 {
		x.now.Payments = []orderhub.Payment{{Status: orderhub.PaymentOpen, Sum: x.now.Total}}
		if st, _ := x.shop.Status(x.status()); st.Stage == orderhub.StageCompleted {
			x.now.Payments[0].Status = orderhub.PaymentPaid
		}
	}
}

// sentTotal is the total that the sender sent, nil for none.
func (x *change) sentTotal() *money.Amount {
	switch {
	case x.File != nil:
		return x.File.Total
	case x.Whole != nil && x.Whole.TotalGiven:
		return &x.Whole.Total
	}
	return nil
}

// setStates sets the states of payment, fulfilment and deletion and the status:
// by words first, then by the status, then by documents, which decide alone
// about money.
func (x *change) setStates() {
	o := x.now
	o.ApplyStatusAttributes(x.shop, x.before().Attributes, x.words())
	x.setStatus()
	if x.Change.Delete && o.DeletedAt.IsZero() {
		o.DeletedAt = x.at
	}
	switch {
	case x.File != nil:
		x.f.Add(x.File.pay(x.old, o, x.at))
		assign(&o.Fulfilment, x.File.Fulfilment)
	case x.old == nil || orderhub.PaymentFactsDiffer(x.old, o):
		x.datePayments()
		x.f.Add(o.UpdatePaymentStatus(x.at))
	}
}

func assign[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// words are the attributes of this command, in which words speak of states.
func (x *change) words() orderhub.Attributes {
	if x.Whole != nil || x.old == nil {
		return x.now.Attributes
	}
	return x.Change.Attributes
}

// setStatus moves the order to the status that the command has for it. An order
// begins with a status, which is no move; setting one restores an order that is
// deleted, as in USAM.
func (x *change) setStatus() {
	o := x.now
	st, known := x.shop.Status(x.status())
	switch {
	case !known && (x.says() || x.old == nil):
		x.f.Wrong("status", unknownStatus)
	case x.Stage != nil && x.old != nil && x.View != nil && x.View.Order(x.old, x.linked).Stage == *x.Stage:
		// It is sent as it was shown.
	case x.Stage != nil:
		x.f.Add(o.EnterStage(x.dialect, x.old, st, x.at))
	case x.old == nil:
		o.BeginStatus(st, x.at)
	case x.says():
		o.SetStatus(st, x.at)
		o.DeletedAt = time.Time{}
	}
	if x.File != nil && x.File.StatusAt != nil {
		o.StatusAt = exact(*x.File.StatusAt)
	}
}

// status is the code of the status that the order is to have.
func (x *change) status() string {
	switch {
	case x.Stage != nil:
		return orderhub.StatusOf(*x.Stage)
	case x.Change.Status != nil:
		return *x.Change.Status
	case x.Whole != nil && x.Whole.Status != "":
		return x.Whole.Status
	case x.old == nil:
		return orderhub.StatusReceived
	}
	return x.old.Status
}

// says reports whether the command has a status for the order.
func (x *change) says() bool {
	return x.Stage != nil || x.Change.Status != nil || x.Whole != nil && x.Whole.Status != ""
}

// datePayments gives documents that are paid by this command the time of it.
func (x *change) datePayments() {
	if x.File != nil || !x.billed() {
		return
	}
	for i := range x.now.Payments {
		if p := &x.now.Payments[i]; p.Status == orderhub.PaymentPaid && p.PaidAt.IsZero() {
			p.PaidAt = x.at
		}
	}
}

// billed reports whether the command changes payment documents.
func (x *change) billed() bool { return !reflect.DeepEqual(x.before().Payments, x.now.Payments) }

// dateDocuments gives documents that were made now their times, unless a file
// brings them: these are kept as they were written.
func (x *change) dateDocuments() {
	if x.File != nil {
		return
	}
	x.datePayments()
	for i := range x.now.Payments {
		if p := &x.now.Payments[i]; p.No == 0 && p.CreatedAt.IsZero() {
			p.CreatedAt = x.at
		}
	}
	for i := range x.now.Shipments {
		if s := &x.now.Shipments[i]; s.No == 0 && s.CreatedAt.IsZero() {
			s.CreatedAt = x.at
		}
	}
}

// arrange puts lists that are sent anew into the sequence in which they are
// stored and numbers what is new.
func (x *change) arrange() {
	if x.old != nil && (x.Change.Lines != nil || x.Whole != nil) {
		x.now.ArrangeLines()
	}
	if x.old != nil && sameLines(x.old.Lines, x.now.Lines) {
		x.now.Lines = x.old.Lines // with their numbers
	}
	x.now.LastPart = x.now.NumberParts(x.now.LastPart)
}
