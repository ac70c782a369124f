package ordering

import (
	"fmt"
	"slices"
	"time"

	"orderhub"
	"orderhub/money"
)

// A Command is one change of one order, whatever it came by: a dialect, a file,
// the dashboard. There is no other way to change an order.
type Command struct {
	Ref     orderhub.OrderRef // which order; a new one gets the number of the reference
	Mode    orderhub.Mode     // what the command may meet
	Version int64             // the order must have this version; 0 is any

	// Whole is what the sender says as a whole order. A new order is made of it.
	// It takes the place of an order that is there, which keeps its ID, when it
	// was made, its status when none is sent, and what only other dialects can
	// say: the accounting number, payment and shipping documents, taxes, notes,
	// the states of payment and fulfilment, and the extras of dialects for which
	// the new one has none.
	Whole *orderhub.Order
	// Stage is for senders who know stages only, and then the whole order has no
	// status: it gets the one that the stage has in the default list, unless it
	// is at the stage already.
	Stage *orderhub.Stage
	// View is how the sender's dialect shows a stored order: a whole order that
	// is sent back as it was shown changes nothing.
	View *orderhub.View

	Change orderhub.OrderChange
	File   *FileChange // what only files say

	Consents []orderhub.Consent // that the buyer has given or refused

	Numbered bool // a new order gets the next number of the shop, and a bill over its total
	Purge    bool // removes a deleted order for good

	// Check may refuse the order that is there; nil checks nothing.
	Check func(*orderhub.Order) error

	field    string          // of one of several commands, before the fields of its faults: orders[3]
	optional bool            // an order that is not there is passed over
	repeated bool            // one of the commands before it has the same number
	into     *orderhub.Order // becomes what the order is then; nil for nothing
}

// A FileChange is what only a file says of an order. What is nil is not said:
// an order that is there keeps it, and a new one has what it would have if it
// came by an API without it.
type FileChange struct {
	StatusAt   *time.Time // when the status was set
	Payment    *orderhub.PaymentState
	PaidAt     *time.Time
	Fulfilment *orderhub.FulfilmentState
	Currency   *money.Currency
	Total      *money.Amount
	OpenTotal  bool // the total is computed from now on

	// Each replaces the documents as a whole. They get no numbers and dates of
	// ours: they are kept as they were written.
	Payments  *[]orderhub.Payment
	Shipments *[]orderhub.Shipment
	Taxes     *[]orderhub.Tax
}

// unknown is the error for an order that is not there and must be.
func (c *Command) unknown() error {
	if c.field == "" && c.File == nil {
		return orderhub.Errorf(orderhub.NotFound, "no order %s", c.Ref)
	}
	field := "number"
	if c.Ref.Number == "" && c.Ref.Code != "" {
		field = "code"
	}
	return &orderhub.Error{Kind: orderhub.NotFound, Field: field, Text: "is unknown"}
}

// asRef is how the order of a command is looked up: a whole order is known by
// its number.
func (c *Command) asRef() orderhub.OrderRef {
	if c.Whole != nil && !c.Numbered {
		return orderhub.OrderRef{Number: c.Whole.Number}
	}
	return c.Ref
}

func entryField(i int) string { return fmt.Sprintf("orders[%d]", i) }

// refuseRepeated marks those of several whole orders whose number came before.
func refuseRepeated(all []*Command) {
	seen := make(map[string]bool, len(all))
	for _, c := range all {
		c.repeated = seen[c.Whole.Number] && c.Whole.Number != ""
		seen[c.Whole.Number] = true
	}
}

// snapshot copies an order, so that a change of the copy leaves it as it is.
// Attributes are replaced and never modified in place.
func snapshot(o *orderhub.Order) *orderhub.Order {
	now := *o
	now.Extras = cloneExtras(o.Extras)
	now.Lines, now.Payments = slices.Clone(o.Lines), slices.Clone(o.Payments)
	now.Shipments, now.Taxes = slices.Clone(o.Shipments), slices.Clone(o.Taxes)
	return &now
}
