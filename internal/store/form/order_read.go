package form

import (
	"fmt"
	"strings"

	"orderhub"
)

// ReadOrder fills an order, whose columns are already set, with what AppendOrder
// wrote of it. Any other text is an ErrForm. The texts of the order share the
// memory of the body.
func ReadOrder(body string, o *orderhub.Order, emailKey string) error {
	rest, ok := strings.CutPrefix(body, `{"v":1`)
	if !ok || rest == "" || rest[0] != ',' && rest[0] != '}' {
		return fmt.Errorf("%w: its form is not %d: %.40q", ErrForm, orderForm, body)
	}
	r := reader{s: body, at: len(body) - len(rest), order: o}
	o.Contact.Email = emailKey
	for name := range r.members() {
		switch name {
		case "name":
			o.Contact.Name = r.text()
		case "email":
			o.Contact.Email = r.text()
		case "phone":
			o.Contact.Phone = r.text()
		case "address":
			o.Contact.Address = r.text()
		case "note":
			o.Note = r.text()
		case "coupon":
			o.Coupon = r.text()
		case "cancel":
			o.CancelReason = r.text()
		case "attr":
			o.Attributes = r.attributes()
		case "ext":
			o.Extras = r.extras()
		case "lines":
			o.Lines = elements(&r, (*reader).line)
		case "payments":
			o.Payments = elements(&r, (*reader).payment)
		case "shipments":
			o.Shipments = elements(&r, (*reader).shipment)
		case "taxes":
			o.Taxes = elements(&r, (*reader).tax)
		default:
			r.unknown(name)
		}
	}
	if r.at != len(body) {
		r.fail("goes on")
	}
	return r.err
}

func (r *reader) line(l *orderhub.Line) {
	l.No, l.Quantity = r.last+1, orderhub.Piece
	base, amount := false, false
	for name := range r.object() {
		switch name {
		case "no":
			l.No = int(r.number())
		case "id":
			l.Product = r.text()
		case "sku":
			l.SKU = r.text()
		case "name":
			l.Name = r.text()
		case "unit":
			l.Unit = r.text()
		case "qty":
			readNumber(r, &l.Quantity)
		case "ret":
			readNumber(r, &l.Returned)
		case "base":
			readNumber(r, &l.BasePrice)
			base = true
		case "price":
			readNumber(r, &l.Price)
		case "disc":
			readNumber(r, &l.Discount)
		case "amt":
			readNumber(r, &l.Amount)
			amount = true
		case "bonus":
			l.Bonus = r.number()
		case "img":
			l.Image = r.text()
		case "attr":
			l.Attributes = r.attributes()
		case "ext":
			l.Extras = r.extras()
		default:
			r.unknown(name)
		}
	}
	if r.last = l.No; !base {
		l.BasePrice = l.Price
	}
	if !amount {
		l.Amount, amount = plainAmount(l)
	}
	if !amount {
		r.fail("has a line without an amount")
	}
}

func (r *reader) payment(p *orderhub.Payment) {
	p.No, p.CreatedAt = r.last+1, r.order.PlacedAt
	for name := range r.object() {
		switch name {
		case "no":
			p.No = int(r.number())
		case "num":
			p.Number = r.text()
		case "status":
			p.Status = orderhub.PaymentStatus(r.number())
		case "sum":
			readNumber(r, &p.Sum)
		case "method":
			p.Method = r.text()
		case "mname":
			p.MethodName = r.text()
		case "ref":
			p.Reference = r.text()
		case "note":
			p.Note = r.text()
		case "made":
			p.CreatedAt = Instant(r.number())
		case "paid":
			p.PaidAt = Instant(r.number())
		case "ext":
			p.Extras = r.extras()
		default:
			r.unknown(name)
		}
	}
	r.last = p.No
}

func (r *reader) shipment(s *orderhub.Shipment) {
	s.No, s.CreatedAt, s.Address = r.last+1, r.order.PlacedAt, r.order.Contact.Address
	for name := range r.object() {
		switch name {
		case "no":
			s.No = int(r.number())
		case "num":
			s.Number = r.text()
		case "status":
			s.Status = r.text()
		case "method":
			s.Method = r.text()
		case "mname":
			s.MethodName = r.text()
		case "price":
			readNumber(r, &s.Price)
		case "incl":
			s.Included = r.flag()
		case "track":
			s.Track = r.text()
		case "pickup":
			s.Pickup = r.text()
		case "pname":
			s.PickupName = r.text()
		case "address":
			s.Address = r.text()
		case "note":
			s.Note = r.text()
		case "made":
			s.CreatedAt = Instant(r.number())
		case "deliv":
			s.DeliveredAt = Instant(r.number())
		case "ext":
			s.Extras = r.extras()
		default:
			r.unknown(name)
		}
	}
	r.last = s.No
}

func (r *reader) tax(t *orderhub.Tax) {
	t.No = r.last + 1
	for name := range r.object() {
		switch name {
		case "no":
			t.No = int(r.number())
		case "name":
			t.Name = r.text()
		case "rate":
			readNumber(r, &t.Rate)
		case "amt":
			readNumber(r, &t.Amount)
		case "incl":
			t.InPrice = r.flag()
		case "ext":
			t.Extras = r.extras()
		default:
			r.unknown(name)
		}
	}
	r.last = t.No
}
