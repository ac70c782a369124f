package ecdp_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
)

// A shop that wants its attributes defined takes those that it has defined, and
// no others.
func TestDefinedAttributesOnly(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		h.Define(t, "crm", orderhub.OrderDefinition, "Prezent", "")
		h.Define(t, "crm", orderhub.ConsentDefinition, "3", "Newsletter")
		order := with(plainOrder("A-1"), "customer.crmId", "K-1")
		with(order, "orderAttributes.0.name", "Prezent")
		if w := ask(h, "crm", "POST", "/orders", batchOf("Add", order)); w.Code != 201 {
			t.Errorf("a defined attribute: %d %s", w.Code, w.Body)
		}
		with(order, "products.0.productAttributes.0.name", "Kolor")
		w := ask(h, "crm", "POST", "/orders", batchOf("AddOrReplace", order))
		want := []string{"data[0].products[0].productAttributes[0].name: The field is not defined in this shop."}
		if got := errorsOf(t, w); w.Code != 400 || !slices.Equal(got, want) {
			t.Errorf("an attribute that is not defined: %d %q, want %q", w.Code, got, want)
		}
		if w := ask(h, "crm", "GET", "/customerconsents", ""); !strings.Contains(w.Body.String(), `{"id":3,"name":"Newsletter","type":"Consent"}`) {
			t.Errorf("consents: %s", w.Body)
		}
	})
}

// An event of the shop's marketing is kept word for word, with the customer who
// caused it.
func TestCustomEventsAreKept(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		ask(h, "key", "POST", "/orders", batchOf("Add", plainOrder("A-1")))
		const body = `{"customEventId": 12, "customerEmail": "OLA@example.com", "dataFields": [{"name": "koszyk", "type": "string", "value": "żaba"}]}`
		if w := ask(h, "key", "POST", "/scenariocustomevents", body); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := ask(h, "key", "POST", "/scenariocustomevents", `{"customEventId": 12, "customerEmail": "ola@example.com", "x": "`+strings.Repeat("x", 20_000)+`"}`); w.Code != 400 {
			t.Errorf("a long event: %d %s", w.Code, w.Body)
		}
		var kept []orderhub.Event
		for try := 0; try < 600 && len(kept) == 0; try++ { // transactions of other tests on the server hold events back
			time.Sleep(time.Duration(min(try, 1)) * 50 * time.Millisecond)
			kept = slices.DeleteFunc(h.Events(t), func(e orderhub.Event) bool { return e.Kind != orderhub.CustomerActed })
		}
		if len(kept) != 1 || kept[0].Customer == 0 || kept[0].Actor.Door != "ecdp" || kept[0].Changes[0].Field != "ecdp.custom_event.12" || kept[0].Changes[0].To != body {
			t.Errorf("events = %+v, want one with %s", kept, body)
		}
	})
}
