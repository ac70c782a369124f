package ecdp_test

import (
	"slices"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/definitions"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store"
)

// A shop that wants its attributes defined takes those that it has defined, and
// no others, though they were seen.
func TestDefinedAttributesOnly(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		err := h.DB.Update(t.Context(), func(tx *store.Tx) error {
			shop, err := tx.ShopByName(t.Context(), "crm")
			if err != nil {
				return err
			}
			if err := definitions.Define(t.Context(), tx, shop, orderhub.OrderDefinition, "Prezent", ""); err != nil {
				return err
			}
			if err := definitions.Define(t.Context(), tx, shop, orderhub.ConsentDefinition, "3", "Newsletter"); err != nil {
				return err
			}
			return tx.AddDefinitions(t.Context(), []orderhub.Definition{{Shop: shop.ID, Kind: orderhub.ProductDefinition, Name: "Kolor"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		order := with(plainOrder("A-1"), "customer.crmId", "K-1")
		with(order, "orderAttributes.0.name", "Prezent")
		if w := ask(h, "crm", "POST", "/orders", batchOf("Add", order)); w.Code != 201 {
			t.Errorf("a defined attribute: %d %s", w.Code, w.Body)
		}
		with(order, "products.0.productAttributes.0.name", "Kolor")
		w := ask(h, "crm", "POST", "/orders", batchOf("AddOrReplace", order))
		want := []string{"data[0].products[0].productAttributes[0].name: The field is not defined in this shop."}
		if got := errorsOf(t, w); w.Code != 400 || !slices.Equal(got, want) {
			t.Errorf("an attribute that was only seen: %d %q, want %q", w.Code, got, want)
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
		err := h.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
			kept, _, err = tx.ReadEvents(t.Context(), "test", 100)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		kept = slices.DeleteFunc(kept, func(e orderhub.Event) bool { return e.Kind != orderhub.CustomerActed })
		if len(kept) != 1 || kept[0].Customer == 0 || kept[0].Actor.Door != "ecdp" || kept[0].Changes[0].Field != "ecdp.custom_event.12" || kept[0].Changes[0].To != body {
			t.Errorf("events = %+v, want one with %s", kept, body)
		}
	})
}
