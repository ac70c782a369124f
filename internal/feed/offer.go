package feed

import (
	"fmt"
	"slices"
	"strings"

	"orderhub"
	"orderhub/money"
)

// A field is what an element of an offer tells.
type field uint8

const (
	none field = iota
	name
	typePrefix
	vendor
	model
	vendorCode
	page
	price
	oldPrice
	currency
	categoryID
	description
	texts // how many fields there are that are one text
	picture
	param
)

// fieldOf is the field of an element; none of those that we do not use.
func fieldOf(element []byte) field {
	switch string(element) {
	case "name":
		return name
	case "typePrefix":
		return typePrefix
	case "vendor":
		return vendor
	case "model":
		return model
	case "vendorCode":
		return vendorCode
	case "url":
		return page
	case "price":
		return price
	case "oldprice":
		return oldPrice
	case "currencyId":
		return currency
	case "categoryId":
		return categoryID
	case "description":
		return description
	case "picture":
		return picture
	case "param":
		return param
	}
	return none
}

// A draft is an offer that is being read.
type draft struct {
	id, group, kind, available string
	line                       int
	given                      [texts]string
	pictures                   []string
	param, unit                string // of the parameter that is being read
	params                     int    // that were read
	attributes                 orderhub.Attributes
	faults                     []orderhub.OfferFault
}

// begin starts a new offer from its tag.
func (d *draft) begin(t *token) {
	*d = draft{
		pictures: d.pictures[:0], attributes: d.attributes[:0], // their room is used again
		line: t.line, id: value(t, "id"), group: value(t, "group_id"),
		kind: value(t, "type"), available: value(t, "available"),
	}
}

// put keeps the text of an element. Of two elements where there should be one
// it is the first that tells anything.
func (d *draft) put(f field, in []byte) {
	switch {
	case f == picture:
		if in = trimLeft(trimRight(in)); len(in) > 0 {
			d.pictures = append(d.pictures, string(in))
		}
	case f == param:
		d.putParam(clean(in))
	case d.given[f] != "":
	case f == description:
		d.given[f] = string(trimLeft(trimRight(in)))
	default:
		d.given[f] = clean(in)
	}
}

// putParam keeps a parameter. Values of one name, such as several colours,
// stand in one text.
func (d *draft) putParam(text string) {
	if d.param == "" || text == "" {
		return
	}
	if d.params++; d.params > orderhub.MaxAttributes {
		if d.params == orderhub.MaxAttributes+1 {
			d.kept("there are over %d parameters; the first were taken", orderhub.MaxAttributes)
		}
		return
	}
	if d.unit != "" {
		text += " " + d.unit
	}
	if before := d.attributes.Text(d.param); before != "" {
		text = before + ", " + text
	}
	d.attributes.SetText(d.param, text)
}

// finish makes the offer.
func (d *draft) finish(c *categories) *Offer {
	p := &orderhub.Product{
		ExternalID: d.id, Group: d.group, Name: d.title(), Brand: d.given[vendor], VendorCode: d.given[vendorCode],
		URL: d.given[page], Pictures: d.goodPictures(), Description: d.given[description], Attributes: slices.Clone(d.attributes), Available: true,
	}
	if len(p.Attributes) == 0 {
		p.Attributes = nil
	}
	if p.URL != "" && orderhub.CheckWebAddress("url", p.URL) != nil {
		d.kept("url %.100q is not a web address; it was left out", p.URL)
		p.URL = ""
	}
	d.price(p)
	switch d.available {
	case "false":
		p.Available = false
	case "true", "":
	default:
		d.kept("available is %.40q; it was taken as true", d.available)
	}
	if id := d.given[categoryID]; id != "" {
		if p.Categories = c.chain(id); p.Categories == nil {
			d.kept("categoryId %.40q is not among the categories; the product has none", id)
		}
	}
	o := &Offer{ID: d.id, Line: d.line, Product: p}
	if err := p.Validate(); err != nil {
		for _, e := range orderhub.All(err) {
			d.wrong("%s", e.Error())
		}
	}
	for _, f := range d.faults {
		if !f.Kept {
			o.Product = nil
		}
	}
	o.Faults = d.faults
	return o
}

// title is the name of the product. Offers of the type vendor.model are named
// by their parts, others by their name.
func (d *draft) title() string {
	if d.given[name] != "" && (d.kind != "vendor.model" || d.given[model] == "") {
		return d.given[name]
	}
	parts := make([]string, 0, 3)
	for _, f := range []field{typePrefix, vendor, model} {
		if d.given[f] != "" {
			parts = append(parts, d.given[f])
		}
	}
	return strings.Join(parts, " ")
}

// price reads the prices. An offer whose price cannot be read is of no use.
func (d *draft) price(p *orderhub.Product) {
	var err error
	if text := d.given[price]; text != "" {
		if p.Price, err = money.Parse(text); err != nil {
			d.wrong("price %.40q %s", text, err)
		}
	}
	if text := d.given[oldPrice]; text != "" {
		if p.OldPrice, err = money.Parse(text); err != nil || p.OldPrice < 0 {
			p.OldPrice = 0
			d.kept("oldprice %.40q is not an amount; it was left out", text)
		}
	}
	text := d.given[currency]
	if text == "RUR" || text == "RUB" {
		p.Currency = "RUB" // the old code and the one that is in use
	} else if text != "" {
		if p.Currency, err = money.ParseCurrency(text); err != nil {
			d.kept("currencyId %.40q is not a currency; the shop's was taken", text)
		}
	}
}

// goodPictures leaves out addresses that lead nowhere: the product is worth
// having without them.
func (d *draft) goodPictures() []string {
	good := make([]string, 0, min(len(d.pictures), orderhub.MaxPictures))
	left := 0
	for _, address := range d.pictures {
		switch {
		case orderhub.CheckWebAddress("picture", address) != nil:
			d.kept("picture %.100q is not a web address; it was left out", address)
		case len(good) == orderhub.MaxPictures:
			left++
		default:
			good = append(good, address)
		}
	}
	if left > 0 {
		d.kept("there are %d pictures; the first %d were taken", len(good)+left, orderhub.MaxPictures)
	}
	if len(good) == 0 {
		return nil
	}
	return good
}

// maxOfferFaults bounds what one offer can say is wrong with it.
const maxOfferFaults = 20

func (d *draft) kept(format string, args ...any)  { d.fault(true, format, args...) }
func (d *draft) wrong(format string, args ...any) { d.fault(false, format, args...) }

func (d *draft) fault(kept bool, format string, args ...any) {
	if kept && len(d.faults) >= maxOfferFaults {
		return
	}
	id := d.id
	if len(id) > 255 {
		id = strings.ToValidUTF8(id[:255], "")
	}
	d.faults = append(d.faults, orderhub.OfferFault{Line: d.line, Offer: id, Reason: fmt.Sprintf(format, args...), Kept: kept})
}
