package store

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/money"
)

// The column body of an order holds what no list filters or sorts by, as one
// compact JSON object that begins with the number of its form:
//
//	{"v":1,"name":"Anna","lines":[{"id":"45","name":"Boots","qty":2000,"price":68000000}]}
//
// Amounts and quantities are scaled integers, times microseconds since 1970.
// Left out is what is zero, and what is as it mostly is:
//
//	email    as its key, which is a column
//	no       the next number behind that of the former line or document
//	qty      one piece
//	base     as price
//	amt      base × qty − disc, where that is exact
//	address  of a shipment: as that of the contact
//	made     as the order was placed
//
// testdata/body.golden holds every member. A change of the form is a new
// number: stored orders are not rewritten, so every form that was ever stored
// must be read.
const bodyForm = 1

// appendBody appends the body of an order.
func appendBody(b []byte, o *orderhub.Order, emailKey string) []byte {
	w := bodyWriter{b: append(b, `{"v":1`...)}
	w.text("name", o.Contact.Name)
	w.textUnless("email", o.Contact.Email, emailKey)
	w.text("phone", o.Contact.Phone)
	w.text("address", o.Contact.Address)
	w.text("note", o.Note)
	w.text("coupon", o.Coupon)
	w.text("cancel", o.CancelReason)
	w.attributes("attr", o.Attributes)
	w.extras(o.Extras)
	if len(o.Lines) > 0 {
		w.name("lines")
		for i := range o.Lines {
			w.element(i)
			w.line(&o.Lines[i])
		}
		w.b = append(w.b, ']')
	}
	if len(o.Payments) > 0 {
		w.name("payments")
		for i := range o.Payments {
			w.element(i)
			w.payment(&o.Payments[i], o)
		}
		w.b = append(w.b, ']')
	}
	if len(o.Shipments) > 0 {
		w.name("shipments")
		for i := range o.Shipments {
			w.element(i)
			w.shipment(&o.Shipments[i], o)
		}
		w.b = append(w.b, ']')
	}
	if len(o.Taxes) > 0 {
		w.name("taxes")
		for i := range o.Taxes {
			w.element(i)
			w.tax(&o.Taxes[i])
		}
		w.b = append(w.b, ']')
	}
	return append(w.b, '}')
}

// A bodyWriter appends the members of objects.
type bodyWriter struct {
	b    []byte
	last int // number of the former line or document
}

func (w *bodyWriter) line(l *orderhub.Line) {
	w.part(l.No)
	w.text("id", l.Product)
	w.text("sku", l.SKU)
	w.text("name", l.Name)
	w.text("unit", l.Unit)
	w.numberUnless("qty", int64(l.Quantity), int64(orderhub.Piece))
	w.number("ret", int64(l.Returned))
	w.numberUnless("base", int64(l.BasePrice), int64(l.Price))
	w.number("price", int64(l.Price))
	w.number("disc", int64(l.Discount))
	if amount, exact := plainAmount(l); !exact || amount != l.Amount {
		w.name("amt")
		w.b = strconv.AppendInt(w.b, int64(l.Amount), 10)
	}
	w.number("bonus", l.Bonus)
	w.text("img", l.Image)
	w.attributes("attr", l.Attributes)
	w.extras(l.Extras)
	w.b = append(w.b, '}')
}

// plainAmount is base × quantity − discount where that is exact and surely in
// the range of money.
func plainAmount(l *orderhub.Line) (money.Amount, bool) {
	const mostPrice, mostQuantity, mostDiscount = 1 << 40, 1 << 20, 1 << 60
	base, quantity, discount := int64(l.BasePrice), int64(l.Quantity), int64(l.Discount)
	if base < 0 || base > mostPrice || quantity < 0 || quantity > mostQuantity || discount < 0 || discount > mostDiscount {
		return 0, false
	}
	product := base * quantity
	return money.Amount(product/int64(orderhub.Piece) - discount), product%int64(orderhub.Piece) == 0
}

func (w *bodyWriter) payment(p *orderhub.Payment, o *orderhub.Order) {
	w.part(p.No)
	w.text("num", p.Number)
	w.number("status", int64(p.Status))
	w.number("sum", int64(p.Sum))
	w.text("method", p.Method)
	w.text("mname", p.MethodName)
	w.text("ref", p.Reference)
	w.text("note", p.Note)
	w.numberUnless("made", micros(p.CreatedAt), micros(o.PlacedAt))
	w.number("paid", micros(p.PaidAt))
	w.extras(p.Extras)
	w.b = append(w.b, '}')
}

func (w *bodyWriter) shipment(s *orderhub.Shipment, o *orderhub.Order) {
	w.part(s.No)
	w.text("num", s.Number)
	w.text("status", s.Status)
	w.text("method", s.Method)
	w.text("mname", s.MethodName)
	w.number("price", int64(s.Price))
	w.flag("incl", s.Included)
	w.text("track", s.Track)
	w.text("pickup", s.Pickup)
	w.text("pname", s.PickupName)
	w.textUnless("address", s.Address, o.Contact.Address)
	w.text("note", s.Note)
	w.numberUnless("made", micros(s.CreatedAt), micros(o.PlacedAt))
	w.number("deliv", micros(s.DeliveredAt))
	w.extras(s.Extras)
	w.b = append(w.b, '}')
}

func (w *bodyWriter) tax(t *orderhub.Tax) {
	w.part(t.No)
	w.text("name", t.Name)
	w.number("rate", int64(t.Rate))
	w.number("amt", int64(t.Amount))
	w.flag("incl", t.InPrice)
	w.extras(t.Extras)
	w.b = append(w.b, '}')
}

// name begins a member.
func (w *bodyWriter) name(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// element begins the object number i of a list.
func (w *bodyWriter) element(i int) {
	if i == 0 {
		w.b = append(w.b, '[', '{')
	} else {
		w.b = append(w.b, ',', '{')
	}
}

// part writes the number of a line or document.
func (w *bodyWriter) part(no int) {
	w.numberUnless("no", int64(no), int64(w.last)+1)
	w.last = no
}

func (w *bodyWriter) text(name, value string) { w.textUnless(name, value, "") }

func (w *bodyWriter) textUnless(name, value, left string) {
	if value != left {
		w.name(name)
		w.b = appendText(w.b, value)
	}
}

func (w *bodyWriter) number(name string, value int64) { w.numberUnless(name, value, 0) }

func (w *bodyWriter) numberUnless(name string, value, left int64) {
	if value != left {
		w.name(name)
		w.b = strconv.AppendInt(w.b, value, 10)
	}
}

func (w *bodyWriter) flag(name string, value bool) {
	if value {
		w.name(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *bodyWriter) attributes(name string, a orderhub.Attributes) {
	if len(a) > 0 {
		w.name(name)
		w.b = appendAttributes(w.b, a)
	}
}

// extras writes the dialects in the order of their names.
func (w *bodyWriter) extras(e orderhub.Extras) {
	if len(e) == 0 {
		return
	}
	some := false
	for _, dialect := range slices.Sorted(maps.Keys(e)) {
		if len(e[dialect]) == 0 {
			continue
		}
		if !some {
			w.name("ext")
			w.b = append(w.b, '{')
			some = true
		} else {
			w.b = append(w.b, ',')
		}
		w.b = append(appendText(w.b, dialect), ':')
		w.b = appendAttributes(w.b, e[dialect])
	}
	if some {
		w.b = append(w.b, '}')
	}
}

func appendAttributes(b []byte, a orderhub.Attributes) []byte {
	b = append(b, '{')
	for i, x := range a {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, x.Name), ':')
		b = append(b, x.Value...)
	}
	return append(b, '}')
}

// appendText appends a JSON string. Most texts need no escapes, and are
// copied.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			return appendEscaped(b, text)
		}
	}
	if !utf8.ValidString(text) {
		return appendEscaped(b, text)
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

func appendEscaped(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text) // a wrong byte becomes the replacement sign
	return b
}

// errForm is the error of a text that no version of this program has written.
var errForm = errors.New("a stored text cannot be read")
