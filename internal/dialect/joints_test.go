package dialect_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"orderhub/internal/dialect/dialecttest"
)

// What ExpertSender's clients write is the same order and the same customer for
// those of Aplaut and USAM: equal money, names and time, and the CRM id is the
// external id.
func TestEcdpOrderIsEverybodysOrder(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		c := client{t, h}
		const body = `{"mode": "Add", "data": [{"id": "ZK/2041 №1", "date": "2026-05-02T14:20:00.055Z", "totalValue": 231.47, "status": "Paid",
			"customer": {"email": "zofia.maj@zakatek.example", "phone": "+48600111222", "crmId": "K-318"},
			"products": [{"id": "0072", "name": "Lampka „Żaba”", "price": 59.99, "quantity": 3}, {"id": "0310", "name": "Żarówka E27", "price": 19.9901, "quantity": 1}],
			"orderAttributes": [{"name": "Prezent", "value": "Tak"}]}]}`
		if status, answer := c.do("POST", "/orders", body, "x-api-key", h.Vars["key"]); status != 201 {
			t.Fatalf("POST /orders: %d %s", status, answer)
		}
		status, answer := c.aplaut("GET", "/v4/orders/"+url.PathEscape("ZK/2041 №1")+"?include=consumer", nil)
		var order struct {
			Data struct {
				Attributes struct {
					Number, ConsumerEmail string
					ConsumerPhone         string          `json:"consumer_phone"`
					CreatedAt             string          `json:"created_at"`
					Details               json.RawMessage `json:"details"`
					Lines                 json.RawMessage `json:"order_lines"`
				}
			}
			Included []struct {
				Attributes struct {
					ExternalID string `json:"external_id"`
					Email      string
				}
			}
		}
		c.parse(answer, &order)
		a := order.Data.Attributes
		const lines = `[{"product_id":"0072","name":"Lampka „Żaba”","price":59.99,"quantity":3},{"product_id":"0310","name":"Żarówka E27","price":19.9901}]`
		if status != 200 || a.Number != "ZK/2041 №1" || a.ConsumerPhone != "+48600111222" || a.CreatedAt != "2026-05-02T17:20:00.055+03:00" ||
			string(a.Lines) != lines || string(a.Details) != `{"Prezent":"Tak"}` {
			t.Errorf("Aplaut reads %d %s", status, answer)
		}
		if len(order.Included) != 1 || order.Included[0].Attributes.ExternalID != "K-318" || order.Included[0].Attributes.Email != "zofia.maj@zakatek.example" {
			t.Errorf("Aplaut's consumer is %+v", order.Included)
		}
		if status, answer := c.aplaut("GET", "/v4/consumers/K-318", nil); status != 200 {
			t.Errorf("GET /v4/consumers/K-318: %d %s", status, answer)
		}
		status, answer = c.usam("GET", "/orders?fields=products&search="+url.QueryEscape("ZK/2041 №1"), nil)
		var found struct {
			Items []struct {
				Total    string `json:"totalprice"`
				Placed   string `json:"date_insert"`
				Status   string
				Paid     string
				Products []usamProduct
			}
		}
		c.parse(answer, &found)
		if status != 200 || len(found.Items) != 1 {
			t.Fatalf("USAM finds %d %s", status, answer)
		}
		u := found.Items[0]
		if u.Total != "231.47" || u.Placed != "2026-05-02 17:20:00" || u.Status != "accepted_payment" || u.Paid != "2" || u.Products[0] != (usamProduct{"0072", "Lampka „Żaba”", "59.99"}) {
			t.Errorf("USAM reads %+v", u)
		}
	})
}

// A consumer of Aplaut is the customer with that CRM id, an order of Aplaut has
// taken its number, and what was deleted there is gone here.
func TestAplautOrderIsAnEcdpOrder(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		c := client{t, h}
		const attributes = `{"data": {"type": "orders", "attributes": {"number": "A-1", "consumer_email": "ola@example.com", "created_at": "2026-05-02T17:20:00+03:00",
			"details": {"payment_status": "paid", "n": 7, "list": [1]}, "order_lines": [{"product_id": 45, "name": "Boots", "price": 10.5, "quantity": 1.5}]}}}`
		headers := []string{"Authorization", "Token token=" + h.Vars["key"], "Content-Type", "application/vnd.api+json"}
		c.do("PUT", "/v4/consumers/K-7", `{"data": {"type": "consumers", "attributes": {"email": "ola@example.com", "name": "Ola Maj"}}}`, headers...)
		if status, answer := c.do("POST", "/v4/orders", attributes, headers...); status != 201 {
			t.Fatalf("POST /v4/orders: %d %s", status, answer)
		}
		status, answer := c.ecdp("GET", "/orders/A-1", nil)
		var order struct {
			Data struct {
				Date, Status string
				TotalValue   json.Number
				Customer     struct {
					ID    int64
					CRMID string
				}
				Products        []struct{ Quantity json.Number }
				OrderAttributes json.RawMessage
			}
		}
		c.parse(answer, &order)
		o := order.Data
		const want = `[{"name":"payment_status","value":"paid"},{"name":"n","value":"7"},{"name":"list","value":"[1]"}]`
		if status != 200 || o.Date != "2026-05-02T14:20:00.000Z" || o.Status != "paid" || o.TotalValue != "15.75" || o.Customer.CRMID != "K-7" ||
			o.Products[0].Quantity != "2" || string(o.OrderAttributes) != want {
			t.Errorf("ExpertSender reads %d %s", status, answer)
		}
		const again = `{"mode": "Add", "data": [{"id": "A-1", "date": "2026-05-02", "totalValue": 1, "customer": {"email": "ola@example.com"},
			"products": [{"id": "1", "name": "a", "price": 1, "quantity": 1}]}]}`
		if status, answer := c.do("POST", "/orders", again, "x-api-key", h.Vars["key"]); status != 400 {
			t.Errorf("Add of a number that Aplaut has taken: %d %s", status, answer)
		}
		c.do("DELETE", "/v4/orders/A-1", "", headers...)
		if status, _ := c.ecdp("GET", "/orders/A-1", nil); status != 404 {
			t.Errorf("GET of an order that Aplaut has deleted: %d", status)
		}
		if status, answer := c.do("POST", "/orders", again, "x-api-key", h.Vars["key"]); status != 201 {
			t.Errorf("Add of a number that is free again: %d %s", status, answer)
		}
	})
}
