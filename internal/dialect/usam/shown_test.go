package usam_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
)

// field reads one member of an order as it is answered.
func (c till) field(id int, name string) string {
	c.Helper()
	w := c.ask("GET", fmt.Sprintf("/wp-json/usam/v1/order/%d", id), "")
	var o map[string]json.RawMessage
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
		c.Fatalf("order %d: %d %s", id, w.Code, w.Body)
	}
	return string(o[name])
}

func (c till) write(id int, body string) {
	c.Helper()
	if w := c.ask("POST", fmt.Sprintf("/wp-json/usam/v1/order/%d", id), body); w.Code != 200 || w.Body.String() != "true" {
		c.Fatalf("POST %s: %d %s", body, w.Code, w.Body)
	}
}

// user_ID is the external id of the linked customer, wherever the link came
// from, and naming another buyer moves the order (T1, T6).
func TestBuyerFollowsTheLink(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		c := till{t, h, h.Vars["key"]}
		for _, external := range []string{"505", "506", "0507", "K-8"} {
			if err := h.Customers.Register(t.Context(), h.Main, &orderhub.Customer{ExternalID: external, Email: "c" + external + "@example.com"}, nil); err != nil {
				t.Fatal(err)
			}
		}
		c.ask("POST", "/wp-json/usam/v1/order", `{"products": [{"product_id": 1, "price": 10}], "properties": {"billingemail": "c505@example.com"}}`)
		if got := c.field(1, "user_ID"); got != `"505"` {
			t.Errorf("the buyer is %s, want 505", got)
		}
		c.write(1, `{"user_ID": 506}`)
		if user, contact := c.field(1, "user_ID"), c.field(1, "contact_id"); user != `"506"` || contact != `"2"` {
			t.Errorf("the order belongs to %s, %s, want 506, customer 2", user, contact)
		}
		c.write(1, `{"contact_id": 2, "user_ID": 505}`) // as shown, but for the buyer
		if got := c.field(1, "user_ID"); got != `"505"` {
			t.Errorf("the buyer is %s, want 505", got)
		}
		for id, external := range map[int]string{3: "0507", 4: "K-8"} { // no numbers, and not to be taken for one
			c.write(1, fmt.Sprintf(`{"contact_id": %d}`, id))
			if got := c.field(1, "user_ID"); got != `"0"` {
				t.Errorf("the buyer %s is shown as %s, want 0", external, got)
			}
			before := find(t, h, 1)
			c.write(1, c.ask("GET", "/wp-json/usam/v1/order/1", "").Body.String())
			if now := find(t, h, 1); now.Customer != before.Customer || !now.UpdatedAt.Equal(before.UpdatedAt) {
				t.Errorf("sent back, the order of customer %d belongs to %d", before.Customer, now.Customer)
			}
		}
		list := c.ask("GET", "/wp-json/usam/v1/orders?_fields=items.user_ID&search="+url.QueryEscape("c505@example.com"), "")
		if got := list.Body.String(); got != `{"items":[{"user_ID":"0"}]}` {
			t.Errorf("the list shows %s", got)
		}
	})
}

// What could not be read is reported together with the rules that the rest
// breaks, in single orders and in lists of changes.
func TestFaultsOfReadingAndOfRulesTogether(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		c := till{t, h, h.Vars["key"]}
		c.ask("POST", "/wp-json/usam/v1/order", `{"products": [{"product_id": 1, "price": 10}]}`)
		long := fmt.Sprintf("%0300d", 1)
		wrong := fmt.Sprintf(`{"products": [{"product_id": 1, "price": "ten", "unit_measure": %q}], "code": %q}`, long, long)
		const want = `{"products":"products[0][price] is not of type number. products[0][unit_measure] is too long; send at most 50 characters.",` +
			`"code":"code is too long; send at most 255 characters."}`
		for path, body := range map[string]string{"/order": wrong, "/order/1": wrong} {
			w := c.ask("POST", "/wp-json/usam/v1"+path, body)
			var problem struct {
				Data struct{ Params json.RawMessage }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || w.Code != 400 || string(problem.Data.Params) != want {
				t.Errorf("POST %s: %d %s, want %s", path, w.Code, problem.Data.Params, want)
			}
		}
		w := c.ask("PUT", "/wp-json/usam/v1/orders", fmt.Sprintf(`{"items": [{"id": 1, "status": "sending"}, {"id": 1, "exchange": "maybe", "coupon_name": %q}]}`, long))
		var problem struct {
			Data struct{ Params json.RawMessage }
		}
		const both = `{"items":"items[1][exchange] is not one of 0 and 1. items[1][coupon_name] is too long; send at most 255 characters."}`
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || w.Code != 400 || string(problem.Data.Params) != both {
			t.Errorf("PUT: %d %s, want %s", w.Code, problem.Data.Params, both)
		}
	})
}

// A line that is sent without its id is found by product and unit, documents
// are found by their numbers and names, and what is sent as it is shown stays.
func TestPartsSentBackInPart(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		c := till{t, h, h.Vars["key"]}
		o := &orderhub.Order{
			Number: "A", Lines: []orderhub.Line{{Product: "1", Name: "Tea", Quantity: 3_000, Price: 33_3333, Bonus: 4, Image: "a.png"}},
			Payments: []orderhub.Payment{{Number: "PH-1", Status: orderhub.PaymentOpen, Sum: 99_9999}},
			Taxes:    []orderhub.Tax{{Name: "НДС", Rate: 20_0000, Amount: 16_6667, InPrice: true}},
		}
		if err := h.Orders.Place(t.Context(), h.Main, o); err != nil {
			t.Fatal(err)
		}
		c.write(1, `{"products": [{"product_id": "1", "quantity": "6.000", "price": "33.3333", "unit_measure": "thing"}],
			"payments": [{"document_number": "PH-1", "sum": "100.00", "status": 3}], "taxes": [{"name": "НДС", "tax": "16.67", "rate": 18}]}`)
		now := find(t, h, 1)
		if l := now.Lines[0]; l.No != 1 || l.Price != 33_3333 || l.Amount != 200_0000 || l.Bonus != 4 || l.Image != "a.png" {
			t.Errorf("the line is %+v", l)
		}
		if p := now.Payments[0]; len(now.Payments) != 1 || p.Sum != 100_0000 || p.Status != orderhub.PaymentPaid {
			t.Errorf("the payments are %+v", now.Payments)
		}
		if x := now.Taxes[0]; len(now.Taxes) != 1 || x.No != 3 || x.Amount != 16_6700 || x.Rate != 18_0000 || !x.InPrice {
			t.Errorf("the taxes are %+v", now.Taxes)
		}
	})
}
