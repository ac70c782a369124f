package dialect_test

import (
	"encoding/json"
	"net/url"
)

type ecdpAnswer struct {
	Data ecdpOrder `json:"data"`
}

type ecdpOrder struct {
	ID       string        `json:"id"`
	Date     string        `json:"date"`
	Status   string        `json:"status,omitzero"`
	Total    json.Number   `json:"totalValue"`
	Customer ecdpCustomer  `json:"customer"`
	Products []ecdpProduct `json:"products"`
}

type ecdpCustomer struct {
	Email string `json:"email"`
	Phone string `json:"phone"`
}

type ecdpProduct struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Price    json.Number `json:"price"`
	Quantity int         `json:"quantity"`
}

func (c client) ecdp(method, path string, body any) (int, []byte) {
	c.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	return c.do(method, path, string(text), "x-api-key", c.hub.Vars["key"], "Content-Type", "application/json")
}

func placeEcdp(c client, told tale) tale {
	o := ecdpOrder{ID: told.Number, Date: "2026-05-01T08:12:30Z", Total: "335.25", Customer: ecdpCustomer{told.Email, told.Phone}}
	for _, l := range told.Lines {
		o.Products = append(o.Products, ecdpProduct{l.Product, l.Name, json.Number(l.Price), 1})
	}
	if status, body := c.ecdp("POST", "/orders", map[string]any{"mode": "Add", "data": []ecdpOrder{o}}); status != 201 {
		c.Fatalf("place: %d %s", status, body)
	}
	return told
}

func readEcdp(c client, number string) (tale, bool) {
	status, body := c.ecdp("GET", "/orders/"+url.PathEscape(number), nil)
	if status != 200 {
		return tale{}, false
	}
	var a ecdpAnswer
	c.parse(body, &a)
	told := tale{Number: a.Data.ID, Email: a.Data.Customer.Email, Phone: a.Data.Customer.Phone, Paid: a.Data.Status == "paid"}
	for _, p := range a.Data.Products {
		told.Lines = append(told.Lines, taleLine{p.ID, p.Name, p.Price.String()})
	}
	return told, true
}

func payEcdp(c client, number string) {
	if status, body := c.ecdp("PUT", "/orders/status", map[string]string{"orderId": number, "orderStatus": "paid"}); status != 200 {
		c.Fatalf("pay: %d %s", status, body)
	}
}

func removeEcdp(c client, number string) {
	if status, body := c.ecdp("DELETE", "/orders/"+url.PathEscape(number), nil); status != 200 {
		c.Fatalf("remove: %d %s", status, body)
	}
}
