package form

import (
	"strconv"

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
// testdata/order.golden holds every member. A change of the form is a new
// number: stored orders are not rewritten, so every form that was ever stored
// must be read.
const orderForm = 1

// AppendOrder appends the body of an order. The address is left out when it is
// the key, which is a column.
func AppendOrder(b []byte, o *orderhub.Order, emailKey string) []byte {
	w := writer{b: append(b, `{"v":1`...)}
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

func (w *writer) line(l *orderhub.Line) {
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

func (w *writer) payment(p *orderhub.Payment, o *orderhub.Order) {
	w.part(p.No)
	w.text("num", p.Number)
	w.number("status", int64(p.Status))
	w.number("sum", int64(p.Sum))
	w.text("method", p.Method)
	w.text("mname", p.MethodName)
	w.text("ref", p.Reference)
	w.text("note", p.Note)
	w.numberUnless("made", Micros(p.CreatedAt), Micros(o.PlacedAt))
	w.number("paid", Micros(p.PaidAt))
	w.extras(p.Extras)
	w.b = append(w.b, '}')
}

func (w *writer) shipment(s *orderhub.Shipment, o *orderhub.Order) {
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
	w.numberUnless("made", Micros(s.CreatedAt), Micros(o.PlacedAt))
	w.number("deliv", Micros(s.DeliveredAt))
	w.extras(s.Extras)
	w.b = append(w.b, '}')
}

func (w *writer) tax(t *orderhub.Tax) {
	w.part(t.No)
	w.text("name", t.Name)
	w.number("rate", int64(t.Rate))
	w.number("amt", int64(t.Amount))
	w.flag("incl", t.InPrice)
	w.extras(t.Extras)
	w.b = append(w.b, '}')
}
