package store

import (
	"fmt"
	"math"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
)

// readBody fills an order with what appendBody wrote of it. It is strict: a
// member that it does not know would be lost when the order is next stored, so
// that is an error. The texts of the order are parts of the body.
func readBody(body string, o *orderhub.Order, emailKey string) error {
	rest, ok := strings.CutPrefix(body, `{"v":1`)
	if !ok || rest == "" || rest[0] != ',' && rest[0] != '}' {
		return fmt.Errorf("%w: its form is not %d: %.40q", errBody, bodyForm, body)
	}
	r := bodyReader{s: body, at: len(body) - len(rest)}
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
			o.Lines = elements(&r, (*bodyReader).line)
		case "payments":
			o.Payments = elements(&r, (*bodyReader).payment)
		case "shipments":
			o.Shipments = elements(&r, (*bodyReader).shipment)
		case "taxes":
			o.Taxes = elements(&r, (*bodyReader).tax)
		default:
			r.unknown(name)
		}
	}
	if r.at != len(body) {
		r.fail("goes on")
	}
	return r.err
}

// A bodyReader goes through a body once. After an error it stands at the end,
// and everything that is read is zero.
type bodyReader struct {
	s   string
	at  int
	err error
}

func (r *bodyReader) line(l *orderhub.Line) {
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
		case "price":
			readNumber(r, &l.Price)
		case "disc":
			readNumber(r, &l.Discount)
		case "amt":
			readNumber(r, &l.Amount)
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
}

func (r *bodyReader) payment(p *orderhub.Payment) {
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
			p.CreatedAt = instant(r.number())
		case "paid":
			p.PaidAt = instant(r.number())
		case "ext":
			p.Extras = r.extras()
		default:
			r.unknown(name)
		}
	}
}

func (r *bodyReader) shipment(s *orderhub.Shipment) {
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
			s.CreatedAt = instant(r.number())
		case "deliv":
			s.DeliveredAt = instant(r.number())
		case "ext":
			s.Extras = r.extras()
		default:
			r.unknown(name)
		}
	}
}

func (r *bodyReader) tax(t *orderhub.Tax) {
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
}

func readNumber[N ~int64](r *bodyReader, to *N) { *to = N(r.number()) }

// elements reads a list of objects.
func elements[E any](r *bodyReader, read func(*bodyReader, *E)) []E {
	if !r.take('[') {
		return nil
	}
	all := make([]E, 0, 3)
	for {
		all = append(all, *new(E))
		read(r, &all[len(all)-1])
		if r.peek() != ',' {
			break
		}
		r.at++
	}
	r.take(']')
	return all
}

// object goes through the members of an object; the loop's body reads each
// value.
func (r *bodyReader) object() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !r.take('{') {
			return
		}
		if r.peek() == '}' {
			r.at++
			return
		}
		for {
			yield(r.key())
			if r.peek() != ',' {
				r.take('}')
				return
			}
			r.at++
		}
	}
}

// members goes through the members that follow the first one of an object.
func (r *bodyReader) members() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for r.peek() == ',' {
			r.at++
			yield(r.key())
		}
		r.take('}')
	}
}

// key reads the name of a member and the colon behind it.
func (r *bodyReader) key() string {
	name := r.text()
	r.take(':')
	return name
}

func (r *bodyReader) peek() byte {
	if r.at < len(r.s) {
		return r.s[r.at]
	}
	return 0
}

func (r *bodyReader) take(c byte) bool {
	if r.peek() != c {
		r.fail("has no " + string(rune(c)))
		return false
	}
	r.at++
	return true
}

// text reads a string.
func (r *bodyReader) text() string {
	if !r.take('"') {
		return ""
	}
	begin, escaped := r.at, false
	for ; r.at < len(r.s); r.at++ {
		switch r.s[r.at] {
		case '\\':
			escaped = true
			r.at++
		case '"':
			r.at++
			if !escaped {
				return r.s[begin : r.at-1]
			}
			text, err := jsontext.AppendUnquote(nil, r.s[begin-1:r.at])
			if err != nil {
				r.fail("has a broken text")
			}
			return string(text)
		}
	}
	r.fail("ends in a text")
	return ""
}

// number reads an integer.
func (r *bodyReader) number() int64 {
	negative := r.peek() == '-'
	if negative {
		r.at++
	}
	begin, n := r.at, uint64(0)
	for ; r.at < len(r.s); r.at++ {
		d := r.s[r.at] - '0'
		if d > 9 {
			break
		}
		n = 10*n + uint64(d)
	}
	if digits := r.at - begin; digits == 0 || digits > 19 || n > math.MaxInt64 && !(negative && n == 1<<63) {
		r.fail("has a broken number")
		return 0
	}
	if negative {
		return -int64(n)
	}
	return int64(n)
}

// flag reads a member that is written only when it is true.
func (r *bodyReader) flag() bool {
	if !strings.HasPrefix(r.s[r.at:], "true") {
		r.fail("has a broken flag")
		return false
	}
	r.at += len("true")
	return true
}

// attributes reads an object of any values, which stay as they are and are
// copied: a caller may change their bytes.
func (r *bodyReader) attributes() orderhub.Attributes {
	var a orderhub.Attributes
	for name := range r.object() {
		value := r.at
		r.skip()
		a = append(a, orderhub.Attribute{Name: name, Value: jsontext.Value(r.s[value:r.at])})
	}
	return a
}

func (r *bodyReader) extras() orderhub.Extras {
	var e orderhub.Extras
	for dialect := range r.object() {
		if e == nil {
			e = make(orderhub.Extras, 1)
		}
		e[dialect] = r.attributes()
	}
	return e
}

// skip goes over one value.
func (r *bodyReader) skip() {
	for depth := 0; r.at < len(r.s); {
		switch c := r.s[r.at]; c {
		case '"':
			r.text()
		case '{', '[':
			depth++
			r.at++
			continue
		case '}', ']':
			if depth == 0 {
				r.fail("has no value")
				return
			}
			depth--
			r.at++
		case ',', ':':
			if depth == 0 {
				r.fail("has no value")
				return
			}
			r.at++
			continue
		default: // a number or a word
			for r.at < len(r.s) && !strings.ContainsRune(`,:]}"{[`, rune(r.s[r.at])) {
				r.at++
			}
		}
		if depth == 0 {
			return
		}
	}
}

func (r *bodyReader) unknown(name string) {
	r.fail(fmt.Sprintf("has the member %q, which this program does not know", name))
}

// fail notes the first error and leaves nothing to be read.
func (r *bodyReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: it %s at byte %d", errBody, what, r.at)
	}
	r.at = len(r.s)
}
