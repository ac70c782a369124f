package ecdp

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect"
	"orderhub/internal/dialect/wire"
	"orderhub/internal/ordering"
	"orderhub/money"
)

// What only this dialect says is kept under the vendor's names.
const (
	timeZone     = "timeZone"
	websiteID    = "websiteId"
	returnsValue = "returnsValue"
	crmID        = "crmId"
	visitorID    = "visitorId"
	url          = "url"
	category     = "category"
)

// guest is the CRM id that the vendor's plug-in for Magento sends for those who
// buy without an account. It means nobody.
const guest = "0"

// orderRef is the order that the address means.
func orderRef(r *http.Request) orderhub.OrderRef {
	return orderhub.OrderRef{Number: dialect.Param(r, "id")}
}

// modes are how a batch may meet what is there.
var modes = map[string]orderhub.Mode{
	"add":          {New: true},
	"addorreplace": {New: true, Existing: true},
	"replace":      {Existing: true},
}

// decodeOrders reads a batch of orders, in one go through the body, or says all
// that is wrong with it.
func decodeOrders(body []byte, shop *orderhub.Shop) ([]ordering.Entry, orderhub.Mode, error) {
	r := newReader(body, shop)
	var entries []ordering.Entry
	mode := r.envelope(modes, "Add, AddOrReplace or Replace", "orders", ordering.MaxBatch, func() {
		entries = append(entries, r.order())
	})
	if r.full() {
		return entries, mode, r.faults.Err()
	}
	return entries, mode, r.faults.ErrWith(func() error {
		var f orderhub.Faults
		seen := make(map[string]bool, len(entries))
		for i, e := range entries {
			o := *e.Order
			o.Number = cmp.Or(o.Number, "missing") // has been said
			f.AddIn(fmt.Sprintf("orders[%d]", i), o.Validate())
			if number := e.Order.Number; seen[number] && number != "" {
				f.AddIn(fmt.Sprintf("orders[%d]", i), orderhub.Taken("number"))
			}
			seen[e.Order.Number] = true
		}
		return f.Err()
	})
}

// envelope reads what batches are sent in: a mode and a list called data.
func (r *reader) envelope(modes map[string]orderhub.Mode, known, list string, most int, take func()) orderhub.Mode {
	var mode orderhub.Mode
	hasMode, items := false, 0
	r.members("", func(member string) {
		switch member {
		case "mode":
			text := r.text("mode", 100)
			if hasMode = text != ""; hasMode {
				var ok bool
				if mode, ok = modes[strings.ToLower(text)]; !ok {
					r.wrong("mode", "must be "+known)
				}
			}
		case "data":
			if !r.elements("data", func(i int) {
				items++
				if i < most && !r.full() {
					r.place = place{list: list, item: i, line: -1}
					take()
					r.place = top
				}
			}) {
				items = -1 // said already
			}
		case "matchBy":
			if list == "customers" {
				r.matchBy()
			}
		}
	})
	if !hasMode {
		r.absent("mode")
	}
	switch {
	case items == 0:
		r.absent("data")
	case items > most:
		r.wrong("data", fmt.Sprintf("has %d elements; send at most %d", items, most))
	}
	return mode
}

// Members that an order or a product must have.
const (
	needsID = 1 << iota
	needsDate
	needsTotal
	needsCustomer
	needsProducts
	needsName
	needsPrice
	needsQuantity
)

// A need is a member that must be there, and what an error calls its field.
type need struct {
	bit  int
	name string
}

// require says which of the members that are needed have not come at all.
func (r *reader) require(missing int, all ...need) {
	for _, n := range all {
		if missing&n.bit != 0 {
			r.absent(n.name)
		}
	}
}

func (r *reader) order() ordering.Entry {
	o := &orderhub.Order{TotalGiven: true}
	e := ordering.Entry{Order: o, View: view}
	var date string
	extras := make(orderhub.Attributes, 0, 4)
	zone := r.shop.Location()
	missing := needsID | needsDate | needsTotal | needsCustomer | needsProducts
	ok := r.members("", func(member string) {
		switch member {
		case "id":
			missing &^= needsID
			o.Number = r.need("number", 128)
		case "date":
			missing &^= needsDate
			date = r.need("placed_at", 100)
		case timeZone:
			if text := r.text(timeZone, 100); text != "" {
				zone = r.zone(text)
				extras.SetText(timeZone, text)
			}
		case websiteID:
			if n, given := r.integer(websiteID, -maxInteger-1, maxInteger); given {
				extras.Set(websiteID, jsontext.Value(strconv.FormatInt(n, 10)))
			}
		case "status":
			e.Stage = r.stage("status")
		case "currency":
			o.Currency = r.currency()
		case "totalValue":
			missing &^= needsTotal
			var given bool
			if o.Total, given = r.notBelowZero("total"); !given {
				r.absent("total")
			}
		case returnsValue:
			if a, given := r.notBelowZero(returnsValue); given {
				extras.Set(returnsValue, jsontext.Value(a.String()))
			}
		case "customer":
			missing &^= needsCustomer
			extras = r.buyer(&e, extras)
		case "products":
			missing &^= needsProducts
			o.Lines = r.lines()
		case "orderAttributes":
			o.Attributes = r.attributes("attributes", asText)
		}
	})
	if !ok {
		return e
	}
	r.require(missing, need{needsID, "number"}, need{needsDate, "placed_at"}, need{needsTotal, "total"},
		need{needsCustomer, "customer"}, need{needsProducts, "lines"})
	if date != "" {
		o.PlacedAt = r.instant("placed_at", date, zone)
	}
	o.Extras = orderhub.Extras{Name: extras}
	return e
}

// zone reads the name of a zone; that of the shop stands in for a wrong one.
func (r *reader) zone(name string) *time.Location {
	zone, ok := wire.Zone(strings.TrimSpace(name))
	if !ok {
		r.wrong(timeZone, "is not a time zone; send a name such as Central European Standard Time or Europe/Warsaw")
		return r.shop.Location()
	}
	return zone
}

// instant reads a time, in a zone where it brings none of its own.
func (r *reader) instant(name, text string, zone *time.Location) time.Time {
	at, ok := wire.Time(text, zone)
	if !ok {
		r.wrong(name, "is not a date-time; send one such as 2026-05-03T10:15:00Z")
	}
	return at
}

// stage reads a status in any letter case and both spellings; nil is none.
func (r *reader) stage(name string) *orderhub.Stage {
	v := r.value()
	if wire.IsNull(v) {
		return nil
	}
	text, _ := wire.Text(v)
	word := strings.ToLower(strings.TrimSpace(text))
	if word == "cancelled" {
		word = "canceled"
	}
	stage, ok := orderhub.ParseStage(word)
	if !ok {
		r.wrong(name, "must be placed, paid, completed or canceled")
		return nil
	}
	return &stage
}

func (r *reader) currency() money.Currency {
	text := r.text("currency", 1_000)
	if text == "" {
		return ""
	}
	c, err := money.ParseCurrency(text)
	if err != nil {
		r.wrong("currency", "must have exactly three letters, such as PLN")
	}
	return c
}

// buyer reads the customer of an order. The shop's identifying field must be
// there and must recognise somebody; the others are kept as they are sent.
func (r *reader) buyer(e *ordering.Entry, extras orderhub.Attributes) orderhub.Attributes {
	if r.json.PeekKind() == 'n' {
		r.skip()
		r.absent("customer")
		return extras
	}
	c, external := &e.Order.Contact, ""
	before := r.count
	ok := r.members("customer", func(member string) {
		switch member {
		case "email":
			c.Email = r.text("contact.email", 320)
		case "phone":
			c.Phone = r.text("contact.phone", 20)
		case crmID:
			external = r.text("customer.crmId", 128)
		case "consentsData":
			e.Consents = r.consents("customer.consentsData")
		}
	})
	if !ok {
		return extras
	}
	if external != "" {
		extras.SetText(crmID, external)
	}
	e.Order.Buyer = buyerOf(external)
	if r.count == before {
		r.identify(c, external)
	}
	return extras
}

// identify checks what tells the shop's customers apart.
func (r *reader) identify(c *orderhub.Contact, external string) {
	switch r.shop.Identify {
	case orderhub.ByExternal:
		if external == "" {
			r.absent("customer.crmId")
		}
	case orderhub.ByPhone:
		if c.Phone == "" {
			r.absent("contact.phone")
		} else if r.shop.Phone(c.Phone) == "" {
			r.wrong("contact.phone", "is not a phone number")
		}
	default:
		if c.Email == "" {
			r.absent("contact.email")
		} else if _, ok := orderhub.ParseEmail(c.Email); !ok {
			r.wrong("contact.email", "is not an e-mail address")
		}
	}
}

// A statusChange is what the vendor's call for the status of one order sends.
type statusChange struct {
	order   string
	stage   orderhub.Stage
	website *int64 // nil is not said
}

func decodeStatus(body []byte) (statusChange, error) {
	r := newReader(body, nil)
	var s statusChange
	hasOrder, hasStatus := false, false
	r.members("", func(member string) {
		switch member {
		case "orderId":
			hasOrder = true
			s.order = r.need("orderId", 128)
		case "orderStatus":
			before := r.count
			stage := r.stage("orderStatus")
			if hasStatus = stage != nil || r.count > before; stage != nil {
				s.stage = *stage
			}
		case websiteID:
			if n, given := r.integer(websiteID, -maxInteger-1, maxInteger); given {
				s.website = &n
			}
		}
	})
	if !hasOrder {
		r.absent("orderId")
	}
	if !hasStatus {
		r.absent("orderStatus")
	}
	return s, r.faults.Err()
}

// sameWebsite refuses an order of another website of the shop than is meant.
func (s statusChange) sameWebsite(o *orderhub.Order) error {
	stored, ok := o.Extras[Name].Get(websiteID)
	if s.website == nil || !ok || string(stored) == strconv.FormatInt(*s.website, 10) {
		return nil
	}
	return orderhub.Wrong(websiteID, "is not that of the order")
}
