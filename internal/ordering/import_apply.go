package ordering

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/money"
)

// begin is an order that the file makes, before it says anything.
func (b *imports) begin(e *ImportEntry) *orderhub.Order {
	st, _ := b.shop.Status(orderhub.StatusReceived)
	o := &orderhub.Order{
		Shop: b.shop.ID, Number: cmp.Or(e.Ref.Number, e.Ref.Code), // without a number it is refused
		PlacedAt: b.now, UpdatedAt: b.now, Status: orderhub.StatusReceived, Stage: st.Stage, StatusAt: b.happened(e),
		Currency: b.shop.Currency, Exported: b.history,
	}
	if at := e.Change.UpdatedAt; at != nil && !at.IsZero() {
		o.UpdatedAt = exact(*at)
	}
	return o
}

// happened is when what the file says of a new order came to be: now, or, when
// it is history, the latest that the file tells of it.
func (b *imports) happened(e *ImportEntry) time.Time {
	if b.history {
		for _, at := range []*time.Time{e.StatusAt, e.Change.UpdatedAt, e.Change.PlacedAt} {
			if at != nil && !at.IsZero() {
				return exact(*at)
			}
		}
	}
	return b.now
}

// Check says what is wrong with an entry by itself, whatever is stored: for
// files of which a part could not be read, so that all is told at once.
func (e *ImportEntry) Check(shop *orderhub.Shop) error {
	b := &imports{shop: shop, now: time.UnixMicro(1)}
	return e.apply(shop, b.begin(e), b.now)
}

// apply changes an order in memory as the file says. The error names all that
// it may not hold then.
func (e *ImportEntry) apply(shop *orderhub.Shop, o *orderhub.Order, at time.Time) error {
	var f orderhub.Faults
	old := *o
	change := spaced(e.Change, o)
	change.Attributes = sound("attributes", change.Attributes, &f)
	change.Extras = soundExtras("extras", change.Extras, &f)
	change.Apply(o)
	o.PlacedAt = exact(o.PlacedAt)
	if e.Change.Lines != nil {
		soundLines(old.Lines, o.Lines, &f)
	}
	e.replaceDocuments(o, &f)
	if e.Currency != nil {
		if _, err := money.ParseCurrency(string(*e.Currency)); err != nil {
			f.Wrong("currency", err.Error())
		} else {
			o.Currency = *e.Currency
		}
	}
	if tellsOfMoney(&old) && !tellsOfMoney(o) {
		o.SetPayment(orderhub.Unpaid, at)
	}
	o.ReadWords(shop, change.Attributes, at)
	f.Add(e.reckon(o))
	f.Add(e.pay(&old, o, at))
	if e.Fulfilment != nil {
		o.Fulfilment = *e.Fulfilment
	}
	f.Add(e.enter(shop, o, at))
	for _, x := range []struct {
		field string
		at    *time.Time
	}{{"status_at", e.StatusAt}, {"paid_at", e.PaidAt}, {"updated_at", e.Change.UpdatedAt}} {
		if x.at != nil && !x.at.IsZero() && !datable(exact(*x.at)) {
			f.Wrong(x.field, undatable)
		}
	}
	f.Add(o.Validate())
	return f.Err()
}

// spaced leaves those texts of an order alone from which what the file says
// differs only by spaces and line ends around: cells of tables have none.
func spaced(c orderhub.OrderChange, o *orderhub.Order) orderhub.OrderChange {
	for _, x := range []struct {
		told **string
		old  string
	}{
		{&c.Code, o.Code}, {&c.Name, o.Contact.Name}, {&c.Email, o.Contact.Email}, {&c.Phone, o.Contact.Phone}, {&c.Address, o.Contact.Address},
		{&c.Note, o.Note}, {&c.Source, o.Source}, {&c.Coupon, o.Coupon}, {&c.Account, o.Account}, {&c.CancelReason, o.CancelReason},
	} {
		if *x.told != nil && sameWords(x.old, **x.told) {
			*x.told = nil
		}
	}
	return c
}

func sameWords(old, told string) bool { return told == old || told == strings.TrimSpace(old) }

// replaceDocuments takes over the documents that the file tells.
func (e *ImportEntry) replaceDocuments(o *orderhub.Order, f *orderhub.Faults) {
	if e.Payments != nil {
		all := slices.Clone(*e.Payments)
		for i := range all {
			p, field := &all[i], fmt.Sprintf("payments[%d]", i)
			p.CreatedAt, p.PaidAt = soundTime(field, p.CreatedAt, f), soundTime(field, p.PaidAt, f)
			p.Extras = soundExtras(field, p.Extras, f)
		}
		o.Payments = numbered(o.Payments, all, func(p *orderhub.Payment) *int { return &p.No })
	}
	if e.Shipments != nil {
		all := slices.Clone(*e.Shipments)
		for i := range all {
			s, field := &all[i], fmt.Sprintf("shipments[%d]", i)
			s.CreatedAt, s.DeliveredAt = soundTime(field, s.CreatedAt, f), soundTime(field, s.DeliveredAt, f)
			s.Extras = soundExtras(field, s.Extras, f)
		}
		o.Shipments = numbered(o.Shipments, all, func(s *orderhub.Shipment) *int { return &s.No })
	}
	if e.Taxes != nil {
		all := slices.Clone(*e.Taxes)
		for i := range all {
			all[i].Extras = soundExtras(fmt.Sprintf("taxes[%d]", i), all[i].Extras, f)
		}
		o.Taxes = numbered(o.Taxes, all, func(t *orderhub.Tax) *int { return &t.No })
	}
}

// numbered gives documents that are as before the numbers that they have, and
// all others none: they get new ones when they are stored.
func numbered[T any](old, now []T, no func(*T) *int) []T {
	if len(now) == 0 {
		return nil
	}
	for i := range now {
		*no(&now[i]) = 0
		if i >= len(old) {
			continue
		}
		was := old[i]
		*no(&was) = 0
		if reflect.DeepEqual(was, now[i]) {
			now[i] = old[i]
		}
	}
	return now
}

// reckon computes the amounts. A total that the file gives, and that is the
// computed one of an order that is there or has no lines, stays a computed one.
func (e *ImportEntry) reckon(o *orderhub.Order) error {
	given := o.TotalGiven || o.ID == 0 && len(o.Lines) > 0
	if e.OpenTotal || e.Total != nil {
		o.TotalGiven = false
	}
	err := o.Reckon()
	if e.Total != nil && (given || o.Total != *e.Total) {
		o.Total, o.TotalGiven = *e.Total, true
	}
	return err
}

// pay sets the payment state: to what the file says, else to what payment
// documents make it, else as the words have set it.
func (e *ImportEntry) pay(old, o *orderhub.Order, at time.Time) error {
	var err error
	documents := e.Payments != nil && !reflect.DeepEqual(old.Payments, o.Payments)
	switch {
	case e.Payment != nil:
		o.Payment, o.PaidAt = old.Payment, old.PaidAt // whatever the words say
		o.SetPayment(*e.Payment, at)
	case tellsOfMoney(o):
		o.Payment, o.PaidAt = old.Payment, old.PaidAt
		if documents || old.Total != o.Total {
			err = o.ReckonPayment(at)
		}
	}
	if e.PaidAt != nil && (o.Payment == orderhub.Paid || o.Payment == orderhub.Refunded) {
		o.PaidAt = exact(*e.PaidAt)
	}
	return err
}

// enter sets the status.
func (e *ImportEntry) enter(shop *orderhub.Shop, o *orderhub.Order, at time.Time) error {
	code := o.Status
	if e.Change.Status != nil {
		code = *e.Change.Status
	}
	st, known := shop.Status(code)
	if !known && (e.Change.Status != nil || o.ID == 0) {
		return orderhub.Wrong("status", unknownStatus)
	}
	switch {
	case o.ID == 0: // it begins with the status, which is no move
		o.Status, o.Stage = st.Code, st.Stage
	case known:
		o.SetStatus(st, at)
	}
	if e.StatusAt != nil {
		o.StatusAt = exact(*e.StatusAt)
	}
	return nil
}

// exact is a time as the store keeps it: in UTC, in microseconds, and never the
// one that means none.
func exact(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	if t = t.UTC().Truncate(time.Microsecond); t.UnixMicro() == 0 {
		t = t.Add(time.Microsecond)
	}
	return t
}

const undatable = "is not a date of our calendar"

func datable(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

func soundTime(field string, t time.Time, f *orderhub.Faults) time.Time {
	if t = exact(t); !t.IsZero() && !datable(t) {
		f.Wrong(field, "has a time that "+undatable)
	}
	return t
}

// sound are attributes as the store gives them back: compact, each name once.
func sound(field string, a orderhub.Attributes, f *orderhub.Faults) orderhub.Attributes {
	if len(a) == 0 {
		return nil
	}
	read, err := orderhub.ParseAttributes(a.JSON())
	if err != nil {
		f.Wrong(field, "is not a JSON object whose names are there once")
		return nil
	}
	return read
}

func soundExtras(field string, e orderhub.Extras, f *orderhub.Faults) orderhub.Extras {
	if len(e) == 0 {
		return nil
	}
	read, err := orderhub.ParseExtras(e.JSON())
	if err != nil {
		f.Wrong(field, "has extras that are no JSON objects whose names are there once")
		return nil
	}
	return read
}

// soundLines makes lines ready to be compared with those of before. The
// sequence of a line's attributes tells nothing, nor do spaces around its
// texts, so they stay as they were.
func soundLines(old, now []orderhub.Line, f *orderhub.Faults) {
	for i := range now {
		l, field := &now[i], fmt.Sprintf("lines[%d].", i)
		l.No = 0
		l.Attributes = sound(field+"attributes", l.Attributes, f)
		l.Extras = soundExtras(field+"extras", l.Extras, f)
		if i >= len(old) {
			continue
		}
		if was := &old[i]; slices.EqualFunc(sorted(was.Attributes), sorted(l.Attributes), sameAttribute) {
			l.Attributes = was.Attributes
		}
		for _, x := range []struct{ old, told *string }{
			{&old[i].Product, &l.Product}, {&old[i].SKU, &l.SKU}, {&old[i].Name, &l.Name}, {&old[i].Unit, &l.Unit}, {&old[i].Image, &l.Image},
		} {
			if sameWords(*x.old, *x.told) {
				*x.told = *x.old
			}
		}
	}
}

func sorted(a orderhub.Attributes) orderhub.Attributes {
	return slices.SortedFunc(slices.Values(a), func(x, y orderhub.Attribute) int { return strings.Compare(x.Name, y.Name) })
}

func sameAttribute(a, b orderhub.Attribute) bool {
	return a.Name == b.Name && string(a.Value) == string(b.Value)
}
