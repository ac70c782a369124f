package usam

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect/wire"
	"orderhub/money"
)

// lineKept are the members of a product that only this dialect has, and
// lineNone what is shown where none was sent; the date is the order's.
var (
	lineKept = map[string]kind{
		"product_day": whole, "used_bonuses": whole, "purchase_price": number, "subscribed": whole, "date_insert": text,
	}
	lineNone = none{"product_day": "0", "used_bonuses": "0", "purchase_price": "0.00", "subscribed": "0"}
)

// A basket is the full list of an order's lines, as a request sends it.
type basket struct {
	orderhub.SentLines
	priced []bool // the line was sent with a price, though perhaps a wrong one
}

func lineField(i int, name string) string { return fmt.Sprintf("lines[%d].%s", i, name) }

// products reads the list of lines, nil when there is none.
func (d *decoder) products(p params) *basket {
	v, sent := p["products"]
	if !sent || wire.IsNull(v) {
		return nil
	}
	all, ok := elements(v)
	if !ok {
		d.faults.Wrong("lines", "is not of type array")
		return nil
	}
	if len(all) > orderhub.MaxLines {
		d.faults.Wrong("lines", fmt.Sprintf("holds %d lines; send at most %d", len(all), orderhub.MaxLines))
		return nil
	}
	b := &basket{priced: make([]bool, len(all))}
	b.Lines, b.Show, b.MergeExtras = make([]orderhub.SentLine, len(all)), d.showLine, true
	for i, v := range all {
		if v.Kind() != '{' {
			d.faults.Wrong(fmt.Sprintf("lines[%d]", i), "is not of type object")
			b.Lines[i].Line, b.priced[i] = newLine(), true
			continue
		}
		b.Lines[i], b.priced[i] = d.product(v, func(name string) string { return lineField(i, name) })
	}
	return b
}

// newLine is a line of which nothing is said.
func newLine() orderhub.Line { return orderhub.Line{Unit: defaultUnit, Quantity: orderhub.Piece} }

// product reads one line: fields that are null or absent were not sent.
func (d *decoder) product(v jsontext.Value, field func(string) string) (x orderhub.SentLine, priced bool) {
	p := paramsOf(v)
	x.Line = newLine()
	l := &x.Line
	sent(&x, orderhub.LineProduct, &l.Product, d.text(p, "product_id", field("product")))
	sent(&x, orderhub.LineSKU, &l.SKU, d.text(p, "code", field("sku")))
	sent(&x, orderhub.LineName, &l.Name, d.text(p, "name", field("name")))
	sent(&x, orderhub.LineUnit, &l.Unit, d.text(p, "unit_measure", field("unit")))
	sent(&x, orderhub.LinePrice, &l.Price, d.amount(p, "price", field("price")))
	sent(&x, orderhub.LineBasePrice, &l.BasePrice, d.amount(p, "old_price", field("base_price")))
	sent(&x, orderhub.LineQuantity, &l.Quantity, d.quantity(p, field("quantity")))
	sent(&x, orderhub.LineBonus, &l.Bonus, d.count(p, "bonus", field("bonus")))
	if l.Product == "0" {
		l.Product = ""
	}
	if id, ok := wire.Int(p["id"]); ok {
		x.ID = id
	}
	l.Extras = orderhub.Extras{Name: d.kept(p, lineKept, field)}
	x.Fields |= orderhub.LineExtras
	return x, len(p["price"]) > 0 && !wire.IsNull(p["price"])
}

// sent sets a field of a line to what was sent, if anything was.
func sent[T any](x *orderhub.SentLine, field orderhub.LineFields, to, value *T) {
	if value != nil {
		*to = *value
		x.Fields |= field
	}
}

// count reads a whole number of at least 0, nil when none was sent or it is
// wrong.
func (d *decoder) count(p params, name, field string) *int64 {
	v, sent := p[name]
	if !sent || wire.IsNull(v) {
		return nil
	}
	n, ok := wire.Int(v)
	if !ok || n < 0 {
		d.faults.Wrong(field, "is not an integer of at least 0")
		return nil
	}
	return &n
}

// amount reads a price, which is never below zero.
func (d *decoder) amount(p params, name, field string) *money.Amount {
	return atLeast(d, p, name, field, money.Parse, 0, "must be greater than or equal to 0")
}

// quantity reads how much is bought: a thousandth at least.
func (d *decoder) quantity(p params, field string) *orderhub.Quantity {
	return atLeast(d, p, "quantity", field, orderhub.ParseQuantity, 1, "must be greater than 0")
}

// atLeast reads a number, nil when none was sent or it is wrong.
func atLeast[N ~int64](d *decoder, p params, name, field string, parse func(string) (N, error), least N, less string) *N {
	v, sent := p[name]
	if !sent || wire.IsNull(v) {
		return nil
	}
	text, ok := wire.Number(v)
	if !ok {
		d.faults.Wrong(field, "is not of type number")
		return nil
	}
	n, err := parse(text)
	switch {
	case err != nil:
		d.faults.Wrong(field, "is out of range")
		return nil
	case n < least:
		d.faults.Wrong(field, less)
		return nil
	}
	return &n
}

// check reports lines that are new and have no price. The order's lines are
// still in the sequence in which they were sent.
func (b *basket) check(o *orderhub.Order) error {
	var f orderhub.Faults
	for i, l := range o.Lines {
		if l.No == 0 && !b.priced[i] {
			f.Add(orderhub.Absent(lineField(i, "price")))
		}
	}
	return f.Err()
}

// showLine returns a line as the dialect prints it, and as it is read when it
// is sent back.
func (d *decoder) showLine(o *orderhub.Order, l *orderhub.Line) orderhub.SentLine {
	extras := shownExtras(l.Extras, lineNone)
	if _, ok := l.Extras[Name].Get("date_insert"); !ok {
		extras.SetText("date_insert", dateText(d.shop, o.PlacedAt))
	}
	shown := shownLine(o, l)
	shown.Extras = orderhub.Extras{Name: extras}
	return orderhub.SentLine{ID: partID(o, l.No), Line: shown, Fields: orderhub.AllLineFields}
}

// shownLine has the values of a line that the dialect prints, but for what
// only it has.
func shownLine(o *orderhub.Order, l *orderhub.Line) orderhub.Line {
	return orderhub.Line{
		Product: l.Product, SKU: l.SKU, Name: l.Name, Unit: orDefault(l.Unit, defaultUnit), Quantity: l.Quantity, Bonus: l.Bonus,
		Price: l.UnitAmount(l.Quantity, o.Currency), BasePrice: l.BasePrice,
	}
}

// defaultUnit is the vendor's word for a piece.
const defaultUnit = "thing"
