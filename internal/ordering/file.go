package ordering

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/money"
)

// sound is the change of a file as the store gives it back: what differs from
// the order only in how it is written does not count as a change.
func (e *FileChange) sound(c orderhub.OrderChange, o *orderhub.Order, f *orderhub.Faults) orderhub.OrderChange {
	c = spaced(c, o)
	c.Attributes = sound("attributes", c.Attributes, f)
	c.Extras = soundExtras("extras", c.Extras, f)
	return c
}

// apply makes of an order what only a file can say, but for states.
func (e *FileChange) apply(o *orderhub.Order, old []orderhub.Line, f *orderhub.Faults) {
	o.PlacedAt = exact(o.PlacedAt)
	soundLines(old, o.Lines, f)
	if e.Currency != nil {
		if _, err := money.ParseCurrency(string(*e.Currency)); err != nil {
			f.Wrong("currency", err.Error())
		} else {
			o.Currency = *e.Currency
		}
	}
	e.replaceDocuments(o, f)
	for field, at := range map[string]*time.Time{"status_at": e.StatusAt, "paid_at": e.PaidAt} {
		if at != nil && !at.IsZero() && !datable(exact(*at)) {
			f.Wrong(field, undatable)
		}
	}
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
func (e *FileChange) replaceDocuments(o *orderhub.Order, f *orderhub.Faults) {
	if e.Payments != nil {
		all := slices.Clone(*e.Payments)
		for i := range all {
			p, field := &all[i], fmt.Sprintf("payments[%d]", i)
			p.CreatedAt, p.PaidAt = soundTime(field, p.CreatedAt, f), soundTime(field, p.PaidAt, f)
			p.Extras = soundExtras(field, p.Extras, f)
		}
		o.Payments = numbered(o.Payments, all, o.Currency, func(p *orderhub.Payment) (*int, *money.Amount) { return &p.No, &p.Sum })
	}
	if e.Shipments != nil {
		all := slices.Clone(*e.Shipments)
		for i := range all {
			s, field := &all[i], fmt.Sprintf("shipments[%d]", i)
			s.CreatedAt, s.DeliveredAt = soundTime(field, s.CreatedAt, f), soundTime(field, s.DeliveredAt, f)
			s.Extras = soundExtras(field, s.Extras, f)
		}
		o.Shipments = numbered(o.Shipments, all, o.Currency, func(s *orderhub.Shipment) (*int, *money.Amount) { return &s.No, &s.Price })
	}
	if e.Taxes != nil {
		all := slices.Clone(*e.Taxes)
		for i := range all {
			all[i].Extras = soundExtras(fmt.Sprintf("taxes[%d]", i), all[i].Extras, f)
		}
		o.Taxes = numbered(o.Taxes, all, o.Currency, func(t *orderhub.Tax) (*int, *money.Amount) { return &t.No, &t.Amount })
	}
}

// numbered gives documents that are as before the numbers that they have, and
// all others none: they get new ones when they are stored. The sums of others
// are brought into the places of the currency, as they are stored.
func numbered[T any](old, now []T, c money.Currency, parts func(*T) (no *int, sum *money.Amount)) []T {
	if len(now) == 0 {
		return nil
	}
	for i := range now {
		no, sum := parts(&now[i])
		*no = 0
		as := func() bool {
			if i >= len(old) {
				return false
			}
			was := old[i]
			no, _ := parts(&was)
			*no = 0
			return reflect.DeepEqual(was, now[i])
		}
		if !as() {
			*sum = sum.Round(c)
		}
		if as() {
			now[i] = old[i]
		}
	}
	return now
}

// pay sets the payment state: the file's own word counts more than those of
// attributes and the stage, and like these only while no document decides.
func (e *FileChange) pay(old, o *orderhub.Order, at time.Time) error {
	if e.Payment != nil {
		o.SayPayment(old, *e.Payment)
	}
	if old == nil || orderhub.PaymentFactsDiffer(old, o) {
		if err := o.UpdatePaymentStatus(at); err != nil {
			return err
		}
	}
	if e.PaidAt != nil && o.Payment == orderhub.Paid {
		o.PaidAt = exact(*e.PaidAt)
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

// checkTime is the time of a change that is checked and not stored.
var checkTime = time.UnixMicro(1)

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
