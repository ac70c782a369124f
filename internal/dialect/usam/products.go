package usam

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect/wire"
	"orderhub/money"
)

// lineKept are the members of a product that only this dialect has.
var lineKept = map[string]kind{
	"product_day": whole, "used_bonuses": whole, "purchase_price": number, "subscribed": whole, "date_insert": text,
}

// A product is what a request says of one line: what is nil was not sent.
type product struct {
	id        int64 // of the line, as we show it
	productID *string
	code      *string
	name      *string
	unit      *string
	price     *money.Amount
	wrong     bool // what was sent as the price or the product is reported already
	oldPrice  *money.Amount
	quantity  *orderhub.Quantity
	bonus     *int64
	extras    orderhub.Attributes
}

// A basket is the full list of an order's lines, as a request sends it.
type basket []product

func lineField(i int, name string) string { return fmt.Sprintf("lines[%d].%s", i, name) }

// products reads the list of lines, nil when there is none.
func (d *decoder) products(p params) basket {
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
	list := make(basket, len(all))
	for i, v := range all {
		if v.Kind() != '{' {
			d.faults.Wrong(fmt.Sprintf("lines[%d]", i), "is not of type object")
			list[i].wrong = true
			continue
		}
		list[i] = d.product(v, func(name string) string { return lineField(i, name) })
	}
	return list
}

func (d *decoder) product(v jsontext.Value, field func(string) string) product {
	p := paramsOf(v)
	l := product{
		productID: d.text(p, "product_id", field("product")), code: d.text(p, "code", field("sku")),
		name: d.text(p, "name", field("name")), unit: d.text(p, "unit_measure", field("unit")),
		price: d.amount(p, "price", field("price")), oldPrice: d.amount(p, "old_price", field("base_price")),
	}
	l.wrong = l.price == nil && len(p["price"]) > 0 && !wire.IsNull(p["price"])
	if l.productID != nil && *l.productID == "0" {
		*l.productID = ""
	}
	if id, ok := wire.Int(p["id"]); ok {
		l.id = id
	}
	l.quantity = d.quantity(p, field("quantity"))
	if v, sent := p["bonus"]; sent && !wire.IsNull(v) {
		if n, ok := wire.Int(v); ok && n >= 0 {
			l.bonus = &n
		} else {
			d.faults.Wrong(field("bonus"), "is not an integer of at least 0")
		}
	}
	l.extras = d.kept(p, lineKept, field)
	return l
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

// merge makes the order's lines those of the list: a line that is there, by
// its id or else by product and unit, changes in what is sent, others are
// added, and lines that the list leaves out are gone.
func (b basket) merge(o *orderhub.Order) error {
	var f orderhub.Faults
	used := make(map[int]bool, len(o.Lines))
	lines := make([]orderhub.Line, 0, len(b))
	for i, p := range b {
		at := p.find(o, used)
		l := orderhub.Line{Unit: defaultUnit, Quantity: orderhub.Piece}
		if at >= 0 {
			used[at] = true
			l = o.Lines[at]
		} else if p.price == nil && !p.wrong {
			f.Add(orderhub.Absent(lineField(i, "price")))
		}
		p.apply(&l)
		lines = append(lines, l)
	}
	o.Lines = lines
	return f.Err()
}

// defaultUnit is the vendor's word for a piece.
const defaultUnit = "thing"

// find is the place of the stored line that a product means, -1 when it is
// another one.
func (p product) find(o *orderhub.Order, used map[int]bool) int {
	for i, l := range o.Lines {
		if p.id != 0 && p.id == partID(o, l.No) && !used[i] {
			return i
		}
	}
	if p.id != 0 && p.productID == nil && p.code == nil {
		return -1
	}
	for i, l := range o.Lines {
		if !used[i] && p.means(l) {
			return i
		}
	}
	return -1
}

// means says whether a stored line has the product and the unit.
func (p product) means(l orderhub.Line) bool {
	if p.unit != nil && *p.unit != unitOf(l) {
		return false
	}
	if p.code != nil && *p.code != "" && l.SKU != "" {
		return *p.code == l.SKU
	}
	return p.productID != nil && *p.productID != "" && *p.productID == l.Product
}

func (p product) apply(l *orderhub.Line) {
	assign(&l.Product, p.productID)
	assign(&l.SKU, p.code)
	assign(&l.Name, p.name)
	assign(&l.Unit, p.unit)
	assign(&l.Price, p.price)
	assign(&l.BasePrice, p.oldPrice)
	assign(&l.Quantity, p.quantity)
	assign(&l.Bonus, p.bonus)
	if p.price != nil || p.oldPrice != nil || p.quantity != nil {
		l.Discount = 0 // it follows from these
	}
	if p.price != nil && l.BasePrice < l.Price && p.oldPrice == nil {
		l.BasePrice = l.Price
	}
	l.Extras = mergeExtras(l.Extras, p.extras)
}

func assign[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// mergeExtras changes what this dialect keeps, in a copy.
func mergeExtras(e orderhub.Extras, changes orderhub.Attributes) orderhub.Extras {
	if len(changes) == 0 {
		return e
	}
	merged := make(orderhub.Extras, len(e)+1)
	for dialect, a := range e {
		merged[dialect] = a
	}
	merged[Name] = merged[Name].Merge(changes)
	return merged
}

func unitOf(l orderhub.Line) string {
	if l.Unit == "" {
		return defaultUnit
	}
	return l.Unit
}
