package dialect_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

type usamOrder struct {
	ID         string                  `json:"id"`
	Number     string                  `json:"number"`
	Total      string                  `json:"totalprice"`
	Paid       string                  `json:"paid"`
	Products   []usamProduct           `json:"products"`
	Properties map[string]usamProperty `json:"properties"`
}

type usamProduct struct {
	Product string `json:"product_id"`
	Name    string `json:"name"`
	Price   string `json:"price"`
}

type usamProperty struct {
	Value any `json:"value"`
}

func (c client) usam(method, path string, body any) (int, []byte) {
	c.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	return c.do(method, "/wp-json/usam/v1"+path, string(text),
		"Authorization", "Basic "+c.hub.Vars["key_basic"], "Content-Type", "application/json")
}

// placeUsam places an order, which gets a number of the shop's.
func placeUsam(c client, told tale) tale {
	var products []usamProduct
	for _, l := range told.Lines {
		products = append(products, usamProduct(l))
	}
	status, body := c.usam("POST", "/order", map[string]any{
		"products":   products,
		"properties": map[string]string{"billingemail": told.Email, "billingmobilephone": told.Phone},
	})
	if status != 200 {
		c.Fatalf("place: %d %s", status, body)
	}
	var placed struct {
		ID json.Number `json:"order_id"`
	}
	c.parse(body, &placed)
	var o usamOrder
	_, body = c.usam("GET", "/order/"+placed.ID.String(), nil)
	c.parse(body, &o)
	told.Number = o.Number
	return told
}

// findUsam finds an order by its number.
func findUsam(c client, number string) (usamOrder, bool) {
	c.Helper()
	status, body := c.usam("GET", "/orders?fields=products,properties&search="+url.QueryEscape(number), nil)
	if status != 200 {
		c.Fatalf("find: %d %s", status, body)
	}
	var found struct {
		Items []usamOrder `json:"items"`
	}
	c.parse(body, &found)
	for _, o := range found.Items {
		if o.Number == number {
			return o, true
		}
	}
	return usamOrder{}, false
}

func readUsam(c client, number string) (tale, bool) {
	o, found := findUsam(c, number)
	if !found {
		return tale{}, false
	}
	told := tale{Number: o.Number, Paid: o.Paid == "2",
		Email: fmt.Sprint(o.Properties["billingemail"].Value), Phone: fmt.Sprint(o.Properties["billingmobilephone"].Value)}
	for _, p := range o.Products {
		price := strings.TrimRight(strings.TrimRight(p.Price, "0"), ".") // the dialect prints two places
		told.Lines = append(told.Lines, taleLine{p.Product, p.Name, price})
	}
	return told, true
}

func payUsam(c client, number string) {
	o, found := findUsam(c, number)
	if !found {
		c.Fatalf("pay: no order %s", number)
	}
	status, body := c.usam("POST", "/order/"+o.ID, map[string]any{"payments": []map[string]any{{"sum": o.Total, "status": 3}}})
	if status != 200 || string(body) != "true" {
		c.Fatalf("pay: %d %s", status, body)
	}
}

func removeUsam(c client, number string) {
	o, found := findUsam(c, number)
	if !found {
		c.Fatalf("remove: no order %s", number)
	}
	if status, body := c.usam("DELETE", "/order/"+o.ID, nil); status != 200 || string(body) != "true" {
		c.Fatalf("remove: %d %s", status, body)
	}
}
