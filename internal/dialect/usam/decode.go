package usam

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/decimal"
	"orderhub/internal/dialect/wire"
	"orderhub/money"
)

// statusDelete is the status that an order has when it is deleted.
const statusDelete = "delete"

// kept are the parameters of an order that only this dialect has: plain
// values that come back as they were sent. Those of orderNone are always shown.
var (
	kept = map[string]kind{
		"type_price": text, "price_external_code": text, "manager_id": whole, "company_id": whole, "type_payer": whole,
		"cost_price": number, "order_type": text, "address_id": whole, "store_code": text,
		"external_document": text, "external_document_date": text, "date_pay_up": text,
	}
	orderNone = none{
		"cost_price": "0.00", "type_price": "", "type_payer": "1", "company_id": "0", "manager_id": "0", "order_type": "order",
	}
)

// A kind is what a plain value must be.
type kind uint8

const (
	text kind = iota
	whole
	number
)

// maxPlain is how long a plain value may be, in characters.
const maxPlain = 255

// A decoder reads one order's parameters and gathers what is wrong with them,
// under the names of our fields.
type decoder struct {
	shop   *orderhub.Shop
	faults orderhub.Faults
}

// decodeOrder reads a new order.
func decodeOrder(p params, shop *orderhub.Shop) (*orderhub.Order, error) {
	d := &decoder{shop: shop}
	if v, ok := p["products"]; !ok || wire.IsNull(v) {
		d.faults.Add(orderhub.Absent("products"))
	}
	change := d.change(p)
	o := &orderhub.Order{Status: orderhub.StatusReceived, Source: "order"}
	change.Apply(o)
	if change.Status != nil {
		o.Status = *change.Status
	}
	if change.Delete {
		d.faults.Wrong("status", "is not one in which an order can begin")
	}
	if change.Export != nil {
		o.Exported = change.Export.Taken
	}
	if change.Edit != nil {
		d.faults.Add(change.Edit(new(orderhub.Order), o))
	}
	for i, l := range o.Lines {
		if l.Product == "" && l.SKU == "" && !d.reported(fmt.Sprintf("lines[%d]", i)) {
			d.faults.Wrong(lineField(i, "product"), "or code is required")
		}
	}
	return o, d.err(o)
}

// err returns all that is wrong with an order that is made or changed.
func (d *decoder) err(o *orderhub.Order) error {
	return d.faults.ErrWith(func() error {
		numbered := *o
		numbered.Number = cmp.Or(o.Number, "known") // it is given by us
		return numbered.Validate()
	})
}

// reported says whether a field as a whole is known to be wrong.
func (d *decoder) reported(field string) bool {
	return slices.ContainsFunc(orderhub.All(d.faults.Err()), func(e *orderhub.Error) bool { return e.Field == field })
}

// decodeChange reads what an update sends.
func decodeChange(p params, shop *orderhub.Shop) (orderhub.OrderChange, error) {
	d := &decoder{shop: shop}
	c := d.change(p)
	return c, d.changeErr(c)
}

// changeErr returns all that is wrong with a change by itself, whatever is
// stored.
func (d *decoder) changeErr(c orderhub.OrderChange) error {
	if d.faults.Err() == nil {
		return nil
	}
	o := new(orderhub.Order)
	c.Apply(o)
	if c.Edit != nil {
		c.Edit(new(orderhub.Order), o) // its own faults are about lines that may be stored ones
	}
	return d.err(o)
}

// change reads the parameters that creating and updating share.
func (d *decoder) change(p params) orderhub.OrderChange {
	c := orderhub.OrderChange{
		Status: d.text(p, "status", "status"), Source: d.text(p, "source", "source"), Code: d.text(p, "code", "code"),
		Coupon: d.text(p, "coupon_name", "coupon"), CancelReason: d.text(p, "cancellation_reason", "cancel_reason"),
		Note: d.text(p, "note", "note"), Account: d.id(p, "bank_account_id", "account"), PlacedAt: d.time(p, "date_insert", "placed_at"),
	}
	if own := d.kept(p, kept, func(name string) string { return name }); len(own) > 0 {
		c.Extras = orderhub.Extras{Name: d.priceType(own)}
	}
	if c.Note == nil {
		c.Note = d.text(p, "notes", "note")
	}
	if c.Status != nil && *c.Status == statusDelete {
		c.Status, c.Delete = nil, true
	} else if c.Status != nil {
		if _, known := d.shop.Status(*c.Status); !known {
			d.faults.Wrong("status", "is not a status of this shop")
		}
	}
	if c.Code != nil && *c.Code == "" && len(p["code"]) == 0 {
		c.Code = nil
	}
	c.Buyer, c.Export = d.buyer(p), d.export(p)
	c.Spend = d.spend(p, c.Buyer)
	products := d.products(p)
	if products != nil {
		c.Lines = &products.SentLines
	}
	c.Edit = d.edit(p, products)
	if c.PlacedAt != nil || c.Source != nil || c.Account != nil || c.Extras != nil {
		c.Shown = d.shown
	}
	return c
}

// shown is what the dialect prints otherwise than it is stored.
func (d *decoder) shown(o *orderhub.Order) orderhub.OrderChange {
	account := shownID(o.Account)
	if account == "0" {
		account = ""
	}
	return orderhub.OrderChange{
		PlacedAt: new(shownTime(d.shop, o.PlacedAt)), Source: new(shownSource(o)), Account: &account,
		Extras: orderhub.Extras{Name: shownExtras(o.Extras, orderNone)},
	}
}

// kept reads the plain values that are kept for this dialect, as faults of
// the field that their name makes. What is cleared is null, which takes the
// name away.
func (d *decoder) kept(p params, kept map[string]kind, field func(name string) string) orderhub.Attributes {
	var a orderhub.Attributes
	for _, name := range slices.Sorted(maps.Keys(p)) {
		v := p[name]
		if _, known := kept[name]; !known {
			continue
		}
		value, ok := plainValue(v, kept[name])
		switch {
		case wire.IsNull(v):
			a.Set(name, v)
		case ok:
			a.SetText(name, value)
		default:
			d.faults.Wrong(field(name), [...]string{"is not of type string", "is not of type integer", "is not of type number"}[kept[name]])
		}
	}
	return a
}

// priceType finds the price type that is named by its outer code, where none
// is named by its own.
func (d *decoder) priceType(extras orderhub.Attributes) orderhub.Attributes {
	outer := extras.Text("price_external_code")
	if outer == "" || extras.Text("type_price") != "" {
		return extras
	}
	for _, known := range priceTypes(d.shop) {
		if known.more == outer {
			extras.SetText("type_price", known.code)
		}
	}
	return extras
}

// plainValue reads a plain value as text, whatever it is sent as.
func plainValue(v jsontext.Value, k kind) (string, bool) {
	switch k {
	case whole:
		n, ok := wire.Int(v)
		if s, _ := wire.Text(v); !ok && s == "" {
			return "0", v.Kind() == '"'
		}
		return fmt.Sprint(n), ok
	case number:
		s, ok := wire.Number(v)
		if !ok {
			return "", false
		}
		a, err := money.Parse(s)
		return a.Fixed(2), err == nil
	}
	s, ok := wire.Text(v)
	return s, ok && len([]rune(s)) <= maxPlain && orderhub.Storable(s)
}

// text reads a parameter that is text; null is "".
func (d *decoder) text(p params, name, field string) *string {
	v, sent := p[name]
	if !sent {
		return nil
	}
	if wire.IsNull(v) {
		return new(string)
	}
	s, ok := wire.Text(v)
	if !ok {
		d.faults.Wrong(field, "is not of type string")
		return nil
	}
	return &s
}

// id reads a parameter that is the number of something, 0 for nothing.
func (d *decoder) id(p params, name, field string) *string {
	v, sent := p[name]
	if !sent {
		return nil
	}
	if wire.IsNull(v) {
		return new(string)
	}
	s, ok := plainValue(v, whole)
	if !ok || strings.HasPrefix(s, "-") {
		d.faults.Wrong(field, "is not of type integer")
		return nil
	}
	if s == "0" {
		s = ""
	}
	return &s
}

func (d *decoder) time(p params, name, field string) *time.Time {
	v, sent := p[name]
	if !sent || wire.IsNull(v) {
		return nil
	}
	return d.instant(v, field)
}

func (d *decoder) instant(v jsontext.Value, field string) *time.Time {
	s, ok := wire.Text(v)
	t, isTime := wire.Time(s, d.shop.Location())
	if !ok || !isTime {
		d.faults.Wrong(field, "is not a date such as 2026-03-02 10:05:00")
		return nil
	}
	return &t
}

// buyer is the customer that the parameters name: user_ID is the id in the
// shop's own system, contact_id is ours.
func (d *decoder) buyer(p params) *orderhub.CustomerRef {
	user, contact := d.user(p), d.id(p, "contact_id", "contact_id")
	if user == nil && contact == nil {
		return nil
	}
	ref := new(orderhub.CustomerRef)
	if user != nil {
		ref.ExternalID = *user
	}
	if contact != nil {
		n, err := decimal.Parse(*contact, 0)
		if err == nil {
			ref.ID = orderhub.CustomerID(n)
		}
	}
	if *ref == (orderhub.CustomerRef{}) {
		return nil
	}
	return ref
}

// user reads the registered buyer, whose name clients spell in two ways.
func (d *decoder) user(p params) *string {
	name := "user_ID"
	if len(p[name]) == 0 {
		name = "user_id"
	}
	return d.id(p, name, "user_ID")
}

// export reads the mark of the caller's reader.
func (d *decoder) export(p params) *orderhub.Export {
	v, sent := p["exchange"]
	if !sent || wire.IsNull(v) {
		return nil
	}
	taken, ok := wire.Flag(v)
	if !ok {
		d.faults.Wrong("exchange", "is not one of 0 and 1")
		return nil
	}
	e := &orderhub.Export{Taken: taken}
	if at := d.time(p, "date_exchange", "date_exchange"); at != nil {
		e.At = *at // a change within the same second comes again: better twice than never
	}
	return e
}

// spend reads how many points are written off, which needs a buyer.
func (d *decoder) spend(p params, buyer *orderhub.CustomerRef) *int64 {
	v, sent := p["bonuses"]
	if s, isText := wire.Text(v); !sent || wire.IsNull(v) || isText && s == "" {
		return nil
	}
	n, ok := wire.Int(v)
	if !ok || n < 0 {
		d.faults.Wrong("bonuses", "is not an integer of at least 0")
		return nil
	}
	if n > 0 && (buyer == nil || buyer.ExternalID == "") {
		d.faults.Add(orderhub.Absent("user_ID"))
	}
	return &n
}

// edit reads what is merged into an order: properties and documents.
func (d *decoder) edit(p params, products *basket) func(old, o *orderhub.Order) error {
	properties := d.properties(p)
	payments := d.payments(p)
	shipments := d.shipments(p)
	taxes, hasTaxes := d.taxes(p)
	if products == nil && properties == nil && len(payments) == 0 && len(shipments) == 0 && !hasTaxes {
		return nil
	}
	return func(old, o *orderhub.Order) error {
		mergeProperties(o, properties)
		mergePayments(d.shop, old, o, payments)
		mergeShipments(d.shop, old, o, shipments)
		if hasTaxes {
			replaceTaxes(old, o, taxes)
		}
		if products == nil {
			return nil
		}
		return products.check(o)
	}
}
