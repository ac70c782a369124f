package ecdp

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect/wire"
)

func (r *reader) lines() []orderhub.Line {
	var lines []orderhub.Line
	count := 0
	ok := r.elements("lines", func(i int) {
		if count++; count <= orderhub.MaxLines && !r.full() {
			r.place.line = i
			lines = append(lines, r.line())
			r.place.line = -1
		}
	})
	switch {
	case ok && count == 0:
		r.absent("lines")
	case count > orderhub.MaxLines:
		r.wrong("lines", fmt.Sprintf("has %d elements; send at most %d", count, orderhub.MaxLines))
	}
	return lines
}

func (r *reader) line() orderhub.Line {
	l := orderhub.Line{Quantity: orderhub.Piece}
	var extras orderhub.Attributes
	missing := needsID | needsName | needsPrice | needsQuantity
	ok := r.members("", func(member string) {
		var given bool
		switch member {
		case "id":
			missing &^= needsID
			l.Product = r.need("product", 128)
		case "name":
			missing &^= needsName
			l.Name = r.need("name", 2_048)
		case "price":
			missing &^= needsPrice
			if l.Price, given = r.amount("price"); !given {
				r.absent("price")
			}
		case "quantity":
			missing &^= needsQuantity
			var n int64
			if n, given = r.integer("quantity", 1, maxInteger); !given {
				r.absent("quantity")
				n = 1
			}
			l.Quantity = orderhub.Quantity(n) * orderhub.Piece
		case "returned":
			n, _ := r.integer("returned", 0, maxInteger)
			l.Returned = orderhub.Quantity(n) * orderhub.Piece
		case "imageUrl":
			l.Image = r.text("image", 2_048)
		case url, category:
			if text := r.text(member, 2_048); text != "" {
				extras.SetText(member, text)
			}
		case "productAttributes":
			l.Attributes = r.attributes("attributes", asText)
		}
	})
	if !ok {
		return l
	}
	r.require(missing, need{needsID, "product"}, need{needsName, "name"}, need{needsPrice, "price"}, need{needsQuantity, "quantity"})
	if extras != nil {
		l.Extras = orderhub.Extras{Name: extras}
	}
	return l
}

// attributes reads a list of names and values, keep being how a value is
// kept. Of equal names the last counts, in the place of the first.
func (r *reader) attributes(name string, keep func(jsontext.Value) (jsontext.Value, bool)) orderhub.Attributes {
	var a orderhub.Attributes
	places := make(map[string]int)
	before := r.place
	r.elements(name, func(i int) {
		if len(a) > orderhub.MaxAttributes || r.full() {
			return // it is refused, and long lists take their time
		}
		r.place.attr, r.place.attrNum = name, i
		defer func() { r.place = before }()
		x := orderhub.Attribute{Value: jsontext.Value("null")}
		hasName, faults := false, r.count
		if !r.members("", func(member string) {
			switch member {
			case "name":
				hasName = true
				x.Name = r.need("name", orderhub.MaxAttributeName)
			case "value":
				var ok bool
				if x.Value, ok = keep(r.value()); !ok {
					r.wrong("value", "must be a text, a number or null")
				}
			}
		}) {
			return
		}
		if !hasName {
			r.absent("name")
		}
		if r.count > faults {
			return // said already
		}
		if at, known := places[x.Name]; known {
			a[at] = x
			return
		}
		places[x.Name] = len(a)
		a = append(a, x)
	})
	return a
}

// asText keeps a value as text, or null. Numbers and flags become their text.
func asText(v jsontext.Value) (jsontext.Value, bool) {
	switch v.Kind() {
	case 'n':
		return jsontext.Value("null"), true
	case '"':
		text, _ := wire.Text(v)
		quoted, _ := jsontext.AppendQuote(nil, text)
		return quoted, true
	case '0', 't', 'f':
		quoted, _ := jsontext.AppendQuote(nil, string(v))
		return quoted, true
	}
	return jsontext.Value("null"), false
}

// asScalar keeps a value as it is sent; lists and objects are no values.
func asScalar(v jsontext.Value) (jsontext.Value, bool) {
	if kind := v.Kind(); kind == '[' || kind == '{' {
		return jsontext.Value("null"), false
	}
	if v.Kind() == '"' {
		return asText(v)
	}
	return v.Clone(), true
}
