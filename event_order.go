package orderhub

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// maxListChanges is how many changes of lines and documents an event lists.
const maxListChanges = 50

// OrderChanges lists the fields in which two states of an order differ; of
// extras an event says only that the order changed. Lines and documents that
// were added or removed are described in one change each, such as lines[3];
// others are listed field by field, such as lines[3].quantity, by their number
// within the order, "new" when they have none yet. Of these at most 50 are
// listed, and one more change says how many were left out. The old state may be
// nil: then the list holds the states in which the order began.
func OrderChanges(old, now *Order) []Change {
	begins := old == nil
	if begins {
		old = &Order{}
	}
	var changes []Change
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, Change{field, brief(from), brief(to)})
		}
	}
	add("status", old.Status, now.Status)
	add("payment", old.Payment.String(), now.Payment.String())
	add("fulfilment", old.Fulfilment.String(), now.Fulfilment.String())
	if begins {
		return changes // the order itself says the rest
	}
	add("code", old.Code, now.Code)
	add("placed_at", old.PlacedAt.Format(time.RFC3339Nano), now.PlacedAt.Format(time.RFC3339Nano))
	add("customer", fmt.Sprint(old.Customer), fmt.Sprint(now.Customer))
	add("contact.name", old.Contact.Name, now.Contact.Name)
	add("contact.email", old.Contact.Email, now.Contact.Email)
	add("contact.phone", old.Contact.Phone, now.Contact.Phone)
	add("contact.address", old.Contact.Address, now.Contact.Address)
	add("currency", string(old.Currency), string(now.Currency))
	add("total", old.Total.String(), now.Total.String())
	add("adjustment", old.Adjustment().String(), now.Adjustment().String())
	add("note", old.Note, now.Note)
	add("source", old.Source, now.Source)
	add("coupon", old.Coupon, now.Coupon)
	add("account", old.Account, now.Account)
	add("cancel_reason", old.CancelReason, now.CancelReason)
	for _, x := range now.Attributes {
		before, _ := old.Attributes.Get(x.Name)
		add("attributes."+x.Name, string(before), string(x.Value))
	}
	for _, x := range old.Attributes {
		if _, kept := now.Attributes.Get(x.Name); !kept {
			add("attributes."+x.Name, string(x.Value), "")
		}
	}
	return append(changes, partChanges(old, now)...)
}

// partChanges are those of lines and documents.
func partChanges(old, now *Order) []Change {
	var changes []Change
	changes = listChanges(changes, "lines", old.Lines, now.Lines, (*Line).described)
	changes = listChanges(changes, "payments", old.Payments, now.Payments, (*Payment).described)
	changes = listChanges(changes, "shipments", old.Shipments, now.Shipments, (*Shipment).described)
	changes = listChanges(changes, "taxes", old.Taxes, now.Taxes, (*Tax).described)
	if more := len(changes) - maxListChanges; more > 0 {
		changes = append(changes[:maxListChanges], Change{Field: "more", To: fmt.Sprintf("%d more changes of lines and documents", more)})
	}
	return changes
}

// A described part is a line or a document as events describe it.
type described struct {
	no     int
	text   func() string   // the whole in one text
	fields func() []Change // a field's change is To now and From nothing
}

// listChanges adds what differs between two lists of parts.
func listChanges[T any](changes []Change, list string, old, now []T, describe func(*T) described) []Change {
	if len(old) == len(now) && (len(old) == 0 || &old[0] == &now[0]) {
		return changes // nothing has touched the list
	}
	was := make(map[int]*T, len(old))
	for i := range old {
		was[describe(&old[i]).no] = &old[i]
	}
	delete(was, 0)
	kept := make(map[int]bool, len(now))
	for i := range now {
		p := describe(&now[i])
		before, known := was[p.no]
		if !known {
			changes = append(changes, Change{partField(list, p.no), "", brief(p.text())})
			continue
		}
		kept[p.no] = true
		if reflect.DeepEqual(before, &now[i]) {
			continue
		}
		fields := p.fields()
		for j, from := range describe(before).fields() {
			if to := fields[j]; from.To != to.To {
				changes = append(changes, Change{partField(list, p.no) + "." + to.Field, brief(from.To), brief(to.To)})
			}
		}
	}
	for i := range old {
		if p := describe(&old[i]); !kept[p.no] {
			changes = append(changes, Change{partField(list, p.no), brief(p.text()), ""})
		}
	}
	return changes
}

func partField(list string, no int) string {
	if no == 0 {
		return list + "[new]"
	}
	return fmt.Sprintf("%s[%d]", list, no)
}

// value is a field of a part.
func value(name, text string) Change { return Change{Field: name, To: text} }

func (l *Line) described() described {
	return described{l.No, func() string {
		return fmt.Sprintf("%s × %s = %s", cmp.Or(l.Name, l.Product, l.SKU), l.Quantity, l.Amount)
	}, func() []Change {
		return []Change{
			value("product", l.Product), value("sku", l.SKU), value("name", l.Name), value("unit", l.Unit),
			value("quantity", l.Quantity.String()), value("returned", l.Returned.String()),
			value("base_price", l.BasePrice.String()), value("price", l.Price.String()), value("discount", l.Discount.String()),
			value("amount", l.Amount.String()), value("bonus", fmt.Sprint(l.Bonus)), value("image", l.Image),
			value("attributes", string(l.Attributes.JSON())),
		}
	}}
}

func (p *Payment) described() described {
	return described{p.No, func() string {
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", p.Number, p.Status, p.Sum))
	}, func() []Change {
		return []Change{
			value("number", p.Number), value("status", p.Status.String()), value("sum", p.Sum.String()),
			value("method", p.Method), value("method_name", p.MethodName), value("reference", p.Reference),
			value("note", p.Note), value("paid_at", instantText(p.PaidAt)),
		}
	}}
}

func (s *Shipment) described() described {
	return described{s.No, func() string {
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", cmp.Or(s.Number, s.MethodName, s.Method), s.Status, s.Price))
	}, func() []Change {
		return []Change{
			value("number", s.Number), value("status", s.Status), value("method", s.Method), value("method_name", s.MethodName),
			value("price", s.Price.String()), value("included", fmt.Sprint(s.Included)), value("track", s.Track),
			value("pickup", s.Pickup), value("pickup_name", s.PickupName), value("address", s.Address),
			value("note", s.Note), value("delivered_at", instantText(s.DeliveredAt)),
		}
	}}
}

func (t *Tax) described() described {
	return described{t.No, func() string {
		return strings.TrimSpace(fmt.Sprintf("%s %s", t.Name, t.Amount))
	}, func() []Change {
		return []Change{
			value("name", t.Name), value("rate", t.Rate.String()), value("amount", t.Amount.String()),
			value("in_price", fmt.Sprint(t.InPrice)),
		}
	}}
}
