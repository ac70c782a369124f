package aplaut

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect"
	"orderhub/internal/dialect/wire"
)

// consumerRef is the consumer that the address means: by its id in the shop's
// own system or, failing that, by its id of 24 hex digits.
func consumerRef(r *http.Request) orderhub.CustomerRef {
	id := dialect.Param(r, "id")
	return orderhub.CustomerRef{ExternalID: id, ID: orderhub.CustomerID(parseID(id))}
}

// decodeConsumer reads a new consumer.
func decodeConsumer(body []byte, shop *orderhub.Shop) (*orderhub.Customer, error) {
	res, err := decodeResource(body, "consumers")
	if err != nil {
		return nil, err
	}
	if err := noClientID(res, "external_id"); err != nil {
		return nil, err
	}
	d := &decoder{shop: shop}
	change, external := d.consumer(res.Attributes)
	c := &orderhub.Customer{ExternalID: external}
	change.Apply(c)
	return c, d.consumerErr(c)
}

// decodeConsumerChange reads what an update sends. The external id stands in
// the address; one in the body is ignored, as the vendor does. E-mail and
// phone are set where there is none and then kept, as the vendor does.
func decodeConsumerChange(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) (orderhub.CustomerChange, documentID, error) {
	res, err := readResource(w, r, shop, "consumers")
	if err != nil {
		return orderhub.CustomerChange{}, "", err
	}
	d := &decoder{shop: shop}
	change, _ := d.consumer(res.Attributes)
	change.KeepContact = true
	changed := new(orderhub.Customer)
	change.Apply(changed)
	return change, idOf(res), d.consumerErr(changed)
}

// consumerErr returns all that is wrong with a request about a consumer.
func (d *decoder) consumerErr(c *orderhub.Customer) error {
	return d.faults.ErrWith(func() error { return c.Validate(d.shop) })
}

func (d *decoder) shownConsumer(c *orderhub.Customer) orderhub.CustomerChange {
	return orderhub.CustomerChange{RegisteredAt: shownTime(d.shop, c.RegisteredAt)}
}

func (d *decoder) consumer(attributes jsontext.Value) (c orderhub.CustomerChange, external string) {
	for name, value := range members(attributes) {
		switch name {
		case "external_id":
			set(&external, d.text("external_id", value))
		case "email":
			c.Email = d.text("email", value)
		case "phone":
			c.Phone = d.text("phone", value)
		case "name":
			c.Name = d.text("name", value)
		case "first_name":
			c.FirstName = d.text("first_name", value)
		case "unsubscribed":
			c.Unsubscribed = d.flag("unsubscribed", value)
		case "complained":
			c.Complained = d.flag("complained", value)
		case "permanent_failed":
			c.Bounced = d.flag("bounced", value)
		case "created_at":
			c.RegisteredAt = d.time("registered_at", value)
			c.Shown = d.shownConsumer
		case "custom_attributes":
			c.ClearAttributes, c.Attributes = d.details(value)
		case "avatar_url":
			if text := d.text("avatar_url", value); text != nil {
				c.Extras = orderhub.Extras{Name: {{Name: name, Value: textOrNull(*text)}}}
			}
		}
	}
	return c, external
}

// flag reads true or false; null is false, and so is nothing: PHP writes
// false into a form as an empty text.
func (d *decoder) flag(field string, value jsontext.Value) *bool {
	if text, ok := wire.Text(value); wire.IsNull(value) || ok && text == "" {
		return new(false)
	}
	b, ok := wire.Flag(value)
	if !ok {
		d.faults.Wrong(field, "must be true or false")
		return nil
	}
	return &b
}
