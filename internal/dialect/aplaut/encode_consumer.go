package aplaut

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/dialect"
)

func consumerAddress(r *http.Request, id orderhub.CustomerID) string {
	return dialect.Base(r) + Prefix + "/consumers/" + formatID(int64(id))
}

func singleConsumer(r *http.Request, shop *orderhub.Shop, k *customers.Known, v view) document {
	return document{Data: knownObject(r, shop, k, v), Included: includedOrders(r, shop, []*customers.Known{k}, v)}
}

// includedOrders are the orders of consumers, if they were asked for, each
// once.
func includedOrders(r *http.Request, shop *orderhub.Shop, all []*customers.Known, v view) *[]object {
	if v.include == nil {
		return nil
	}
	objects := []object{}
	if v.include["orders"] {
		for _, k := range all {
			for _, o := range k.Orders {
				objects = append(objects, orderObject(r, shop, o, v))
			}
		}
	}
	return &objects
}

// knownObject shows a consumer with its relationships.
func knownObject(r *http.Request, shop *orderhub.Shop, k *customers.Known, v view) object {
	o := consumerObject(r, shop, k.Customer, v)
	orders := []byte{'['}
	for i, order := range k.Orders {
		if i > 0 {
			orders = append(orders, ',')
		}
		orders = append(orders, identifier("orders", int64(order.ID))...)
	}
	var links orderhub.Attributes
	links.SetText("related", consumerAddress(r, k.ID)+"/orders")
	o.Relationships = orNone(v.only("consumers", orderhub.Attributes{
		{Name: "orders", Value: orderhub.Attributes{
			{Name: "data", Value: append(orders, ']')},
			{Name: "links", Value: links.JSON()},
		}.JSON()},
		{Name: "reviews", Value: dataMember(jsontext.Value("[]"))},
		{Name: "questions", Value: dataMember(jsontext.Value("[]"))},
	}))
	return o
}

// consumerObject shows a customer as the vendor's consumer. Of a phone number
// the vendor keeps the digits.
func consumerObject(r *http.Request, shop *orderhub.Shop, c *orderhub.Customer, v view) object {
	var a orderhub.Attributes
	a.Set("external_id", textOrNull(c.ExternalID))
	a.Set("name", textOrNull(c.Name))
	a.Set("first_name", textOrNull(c.FirstName))
	a.Set("email", textOrNull(c.Email))
	a.Set("phone", textOrNull(shop.Phone(c.Phone).Digits()))
	a.Set("unsubscribed", flag(c.Unsubscribed))
	a.Set("complained", flag(c.Complained))
	a.Set("permanent_failed", flag(c.Bounced))
	a.Set("custom_attributes", c.Attributes.JSON())
	a.Set("avatar_url", orNull(c.Extras[Name].Get("avatar_url")))
	a.SetText("created_at", moment(shop, c.RegisteredAt))
	a.SetText("updated_at", moment(shop, c.UpdatedAt))
	return object{
		ID: formatID(int64(c.ID)), Type: "consumers",
		Attributes: v.only("consumers", a).JSON(),
		Links:      &selfLink{consumerAddress(r, c.ID)},
	}
}
