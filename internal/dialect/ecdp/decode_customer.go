package ecdp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/dialect/wire"
)

// customerModes are how a batch of customers may meet those who are there.
var customerModes = map[string]orderhub.Mode{
	"add":         {New: true},
	"addorupdate": {New: true, Existing: true},
	"update":      {Existing: true},
}

// decodeCustomers reads a batch of customers, or says all that is wrong with it.
func decodeCustomers(body []byte, shop *orderhub.Shop) ([]orderhub.CustomerChange, orderhub.Mode, error) {
	r := newReader(body, shop)
	var changes []orderhub.CustomerChange
	mode := r.envelope(customerModes, "Add, Update or AddOrUpdate", "customers", customers.MaxBatch, func() {
		changes = append(changes, r.customer())
	})
	if r.full() {
		return changes, mode, r.faults.Err()
	}
	return changes, mode, r.faults.ErrWith(func() error {
		var f orderhub.Faults
		for i, change := range changes {
			c := new(orderhub.Customer)
			change.Apply(c)
			f.AddIn(fmt.Sprintf("customers[%d]", i), c.Validate(shop))
		}
		return f.Err()
	})
}

// shownCustomer is what the dialect prints otherwise than it is stored.
func shownCustomer(c *orderhub.Customer) orderhub.CustomerChange {
	return orderhub.CustomerChange{Attributes: textValues(c.Attributes, scalarValue)}
}

// matchings are the vendor's words for the field that tells customers apart.
var matchings = map[orderhub.Identity]string{
	orderhub.ByEmail: "Email", orderhub.ByPhone: "PhoneNumber", orderhub.ByExternal: "CrmId",
}

// matchBy checks by what customers are to be found: only what the shop has
// chosen will do, as the vendor has it.
func (r *reader) matchBy() {
	text := r.text("matchBy", 100)
	own := matchings[r.shop.Identify]
	if text != "" && !strings.EqualFold(text, own) {
		r.wrong("matchBy", "must be "+own+", by which this shop tells customers apart")
	}
}

// customer reads what is said of one customer. What is null is not said; a text
// that is empty clears its field.
func (r *reader) customer() orderhub.CustomerChange {
	var c orderhub.CustomerChange
	said := func(name string, limit int) *string {
		if r.json.PeekKind() == 'n' {
			r.skip()
			return nil
		}
		return new(r.text(name, limit))
	}
	before := r.count
	ok := r.members("", func(member string) {
		switch member {
		case "email":
			c.Email = said("email", 320)
		case "phone":
			c.Phone = said("phone", 20)
		case crmID:
			if c.ExternalID = said("external_id", 128); c.ExternalID != nil && *c.ExternalID == guest {
				c.ExternalID = nil
			}
		case visitorID:
			if text := said(visitorID, 38); text != nil {
				c.Extras = orderhub.Extras{Name: {{Name: visitorID, Value: textOrNull(*text)}}}
			}
		case "firstName":
			c.FirstName = said("first_name", 256)
		case "lastName":
			c.LastName = said("last_name", 256)
		case "dateOfBirth":
			c.Birthday = r.birthday()
		case "gender":
			c.Gender = r.gender()
		case "customAttributes":
			c.Attributes = r.attributes("attributes", asScalar)
			c.Shown = shownCustomer
		case "consentsData":
			c.Consents = r.consents("consentsData")
		}
	})
	if ok && r.count == before {
		r.identifyCustomer(&c)
	}
	return c
}

// identifyCustomer checks that what tells the shop's customers apart is there;
// the service checks whether it is what it should be.
func (r *reader) identifyCustomer(c *orderhub.CustomerChange) {
	name, value := "email", c.Email
	switch r.shop.Identify {
	case orderhub.ByPhone:
		name, value = "phone", c.Phone
	case orderhub.ByExternal:
		name, value = "external_id", c.ExternalID
	}
	if value == nil || *value == "" {
		r.absent(name)
	}
}

// birthday reads a date of birth; its time and zone say nothing.
func (r *reader) birthday() *orderhub.Birthday {
	if r.json.PeekKind() == 'n' {
		r.skip()
		return nil
	}
	text := r.text("birthday", 100)
	if text == "" {
		return new(orderhub.Birthday)
	}
	before := r.count
	r.instant("birthday", text, nil)
	day, ok := wire.Time(text[:min(len(text), len("2006-01-02"))], nil)
	if r.count > before || !ok {
		return nil
	}
	return &orderhub.Birthday{Year: day.Year(), Month: int(day.Month()), Day: day.Day()}
}

func (r *reader) gender() *orderhub.Gender {
	if r.json.PeekKind() == 'n' {
		r.skip()
		return nil
	}
	text := r.text("gender", 100)
	for gender, word := range genders {
		if strings.EqualFold(text, word) {
			return new(orderhub.Gender(gender))
		}
	}
	r.wrong("gender", "must be Male, Female or NotSpecified")
	return nil
}

// maxConsents is how many consents may come at once.
const maxConsents = 1_000

// consents reads what a customer agreed to.
func (r *reader) consents(name string) []orderhub.Consent {
	if r.json.PeekKind() == 'n' {
		r.skip()
		return nil
	}
	if r.json.PeekKind() == '[' { // PHP prints an empty object as an empty list
		r.elements(name, func(int) { r.wrong(name, "must be an object") })
		return nil
	}
	var all []orderhub.Consent
	before := r.place
	r.members(name, func(member string) {
		if member != "consents" {
			return // force and confirmationMessageId steer the vendor's mails
		}
		list := name + ".consents"
		r.elements(list, func(i int) {
			if len(all) == maxConsents {
				r.wrong(list, fmt.Sprintf("is too long; send at most %d elements", maxConsents))
			}
			if len(all) >= maxConsents || r.full() {
				return
			}
			r.place.attr, r.place.attrNum = list, i
			all = append(all, r.consent())
			r.place = before
		})
	})
	return all
}

func (r *reader) consent() orderhub.Consent {
	var c orderhub.Consent
	hasID, hasValue := false, false
	if !r.members("", func(member string) {
		switch member {
		case "id":
			var n int64
			if n, hasID = r.integer("id", 0, 1<<53); hasID {
				c.ID = strconv.FormatInt(n, 10)
			}
		case "value":
			hasValue = true
			c.State = r.consentState()
		}
	}) {
		return c
	}
	if !hasID {
		r.absent("id")
	}
	if !hasValue {
		r.absent("value")
	}
	return c
}

func (r *reader) consentState() orderhub.ConsentState {
	v := r.value()
	text, _ := asText(v)
	for state, word := range consents {
		if strings.EqualFold(strings.Trim(string(text), `"`), word) {
			return orderhub.ConsentState(state)
		}
	}
	r.wrong("value", "must be True, False or AwaitingConfirmation")
	return orderhub.Refused
}

// An event is something of the shop's own sort that a customer did.
type event struct {
	id       string
	number   int64
	customer orderhub.CustomerRef
}

func decodeEvent(body []byte) (event, error) {
	r := newReader(body, nil)
	var e event
	hasID, hasCustomer := false, false
	r.members("", func(member string) {
		switch member {
		case "customEventId":
			if e.number, hasID = r.integer(member, 0, 1<<53); hasID {
				e.id = strconv.FormatInt(e.number, 10)
			}
		case "customerId":
			n, given := r.integer(member, 0, 1<<62)
			e.customer.ID, hasCustomer = orderhub.CustomerID(n), hasCustomer || given
		case "customerEmail":
			e.customer.Email = r.text(member, 320)
		case "customerPhone":
			e.customer.Phone = r.text(member, 20)
		case "customerCrmId":
			e.customer.ExternalID = r.text(member, 128)
		case "customerEmailMd5", "customerEmailSha256":
			hasCustomer = r.text(member, 100) != "" || hasCustomer
		}
	})
	if !hasID {
		r.absent("customEventId")
	}
	if !hasCustomer && e.customer == (orderhub.CustomerRef{}) {
		r.absent("customerEmail")
	}
	if len(body) > customers.ActedMax {
		r.wrong("", fmt.Sprintf("is too long; send at most %d bytes", customers.ActedMax))
	}
	return e, r.faults.Err()
}

func textOrNull(text string) jsontext.Value {
	if text == "" {
		return jsontext.Value("null")
	}
	quoted, _ := jsontext.AppendQuote(nil, text)
	return quoted
}
