package dialect_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"orderhub/internal/dialect/dialecttest"
)

type virtposAnswer struct {
	Success   int
	Info      string
	ID        int64
	IsNew     int
	Orders    []virtposOrder
	Customers []virtposCustomer
}

type virtposOrder struct {
	Customer int64 `json:"customer_id"`
	Paid     int
	Items    []struct {
		Item  json.RawMessage `json:"item_id"`
		Name  string          `json:"item_name"`
		Price string          `json:"unit_base_price"`
	}
}

type virtposCustomer struct {
	ID         int64
	External   string `json:"external_id"`
	First      string `json:"fname"`
	Last       string `json:"lname"`
	Email      string
	Phone      string
	Year       int    `json:"birth_year"`
	Sales      string `json:"accumulated_sales"`
	Points     int    `json:"bonuses"`
	PointsSoon int    `json:"bonuses_pending"`
	Cards      []struct {
		Number string `json:"uid"`
		Status string
	}
}

// virtpos asks with parameters, which stand in pairs.
func (c client) virtpos(path string, parameters ...string) virtposAnswer {
	c.Helper()
	query := url.Values{"apikey": {c.hub.Vars["key"]}, "format": {"json"}}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	status, body := c.do("POST", "/api/"+path, query.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	var a virtposAnswer
	c.parse(body, &a)
	if status != 200 {
		c.Errorf("%s: %d %s", path, status, body)
	}
	return a
}

// readVirtpos reads the only order. The dialect has no number of an order, and
// who bought it is known by the customer.
func readVirtpos(c client, number string) (tale, bool) {
	orders := c.virtpos("orders").Orders
	if len(orders) != 1 {
		return tale{}, false
	}
	o := orders[0]
	buyers := c.virtpos("customer", "id", fmt.Sprint(o.Customer)).Customers
	if len(buyers) != 1 {
		return tale{}, false
	}
	told := tale{Number: number, Email: buyers[0].Email, Phone: buyers[0].Phone, Paid: o.Paid == 1}
	for _, l := range o.Items {
		price := strings.TrimRight(strings.TrimRight(l.Price, "0"), ".") // the dialect prints two places
		told.Lines = append(told.Lines, taleLine{strings.Trim(string(l.Item), `"`), l.Name, price})
	}
	return told, true
}

// A customer of a till is Aplaut's consumer, ExpertSender's customer and the
// user of USAM with the same id in the shop's own system, and the other way
// round; what one changes the others see.
func TestOneCustomerInEveryTongue(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		c := client{t, h}
		made := c.virtpos("customer/update", "external_id", "1077", "create_if_not_exist", "1",
			"fname", "Ирина", "lname", "Котова", "phone", "+7 921 100-00-01", "birth_day", "4", "birth_month", "9", "birth_year", "1990")
		if made.Success != 1 || made.IsNew != 1 {
			t.Fatalf("customer/update: %+v", made)
		}
		status, body := c.aplaut("GET", "/v4/consumers/1077", nil)
		var consumer struct {
			Data struct{ Attributes struct{ Name, Phone string } }
		}
		c.parse(body, &consumer)
		if a := consumer.Data.Attributes; status != 200 || a.Name != "Ирина Котова" || a.Phone != "79211000001" {
			t.Errorf("Aplaut reads %d %s", status, body)
		}
		status, body = c.ecdp("GET", fmt.Sprint("/customers/", made.ID), nil)
		var customer struct {
			Data struct{ CRMID, FirstName, LastName, DateOfBirth string }
		}
		c.parse(body, &customer)
		if d := customer.Data; status != 200 || d.CRMID != "1077" || d.FirstName != "Ирина" || d.LastName != "Котова" || !strings.HasPrefix(d.DateOfBirth, "1990-09-04") {
			t.Errorf("ExpertSender reads %d %s", status, body)
		}
		c.aplaut("PUT", "/v4/consumers/1077", map[string]any{"data": map[string]any{"type": "consumers", "attributes": map[string]string{"email": "kotova@example.org"}}})
		c.ecdp("POST", "/customers", map[string]any{"mode": "AddOrUpdate", "matchBy": "Email", "data": []map[string]string{{"email": "kotova@example.org", "lastName": "Лисина"}}})
		status, body = c.usam("POST", "/order", map[string]any{"user_ID": 1077, "products": []map[string]any{{"product_id": 1, "price": "335.15", "bonus": 15}}})
		if status != 200 {
			t.Fatalf("USAM places: %d %s", status, body)
		}
		seen := c.virtpos("customer", "external_id", "1077", "bonuses", "true").Customers[0]
		want := virtposCustomer{ID: made.ID, External: "1077", First: "Ирина", Last: "Лисина", Email: "kotova@example.org", Phone: "+7 921 100-00-01",
			Year: 1990, Sales: "0.00", PointsSoon: 15}
		if fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Errorf("VirtPOS reads %+v, want %+v", seen, want)
		}
		if o := c.virtpos("orders", "external_id", "1077").Orders; len(o) != 1 || o[0].Customer != made.ID || o[0].Items[0].Price != "335.15" {
			t.Errorf("the orders are %+v", o)
		}
		c.virtpos("customer/delete", "external_id", "1077")
		if status, body := c.aplaut("GET", "/v4/consumers/1077", nil); status != 404 {
			t.Errorf("Aplaut reads a deleted customer: %d %s", status, body)
		}
	})
}

// Cards are issued to customers whom other dialects have brought. Points come
// when USAM closes an order, are spent with USAM, and are seen at the till.
func TestCardsAndPointsInEveryTongue(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		c := client{t, h}
		c.aplaut("PUT", "/v4/consumers/1001", map[string]any{"data": map[string]any{"type": "consumers", "attributes": map[string]string{"name": "Мария Анна Белова", "email": "mb@example.org"}}})
		if a := c.virtpos("customer/updateCard", "uid", "700123", "create_if_not_exist", "1", "status", "ACTIVE", "type_name", "Silver", "customer_external_id", "1001"); a.IsNew != 1 {
			t.Fatalf("updateCard: %+v", a)
		}
		points := func(active, pending int, sales string) {
			t.Helper()
			seen := c.virtpos("customer", "external_id", "1001", "bonuses", "1", "cards", "1").Customers[0]
			if seen.Points != active || seen.PointsSoon != pending || seen.Sales != sales || seen.First != "Мария" || seen.Last != "Анна Белова" ||
				len(seen.Cards) != 1 || seen.Cards[0].Number != "700123" || seen.Cards[0].Status != "ACTIVE" {
				t.Errorf("VirtPOS reads %+v, want %d points, %d to come and %s", seen, active, pending, sales)
			}
		}
		points(0, 0, "0.00")
		order := func(more map[string]any) string {
			t.Helper()
			more["user_ID"], more["products"] = 1001, []map[string]any{{"product_id": 1, "price": "100.00", "bonus": 15}}
			status, body := c.usam("POST", "/order", more)
			var placed struct {
				ID json.Number `json:"order_id"`
			}
			if c.parse(body, &placed); status != 200 {
				t.Fatalf("USAM places: %d %s", status, body)
			}
			return placed.ID.String()
		}
		set := func(id, status string) { c.usam("POST", "/order/"+id, map[string]any{"status": status}) }
		first := order(map[string]any{})
		points(0, 15, "0.00")
		set(first, "closed")
		points(15, 0, "100.00")
		second := order(map[string]any{"bonuses": 10})
		points(5, 15, "100.00")
		set(second, "canceled")
		points(15, 0, "100.00")
		c.usam("DELETE", "/order/"+first, nil)
		points(0, 0, "0.00")
	})
}
