package dialect_test

import (
	"encoding/json"
	"net/url"
)

type aplautDocument struct {
	Data aplautOrder `json:"data"`
}

type aplautStates struct {
	Payment string `json:"payment"`
	Stage   string `json:"stage"`
	Code    string `json:"code"`
}

type aplautOrder struct {
	Type       string `json:"type"`
	Attributes struct {
		Number  string            `json:"number,omitzero"`
		Email   string            `json:"consumer_email,omitzero"`
		Phone   string            `json:"consumer_phone,omitzero"`
		Details map[string]string `json:"details,omitzero"`
		Lines   []aplautLine      `json:"order_lines,omitzero"`
	} `json:"attributes"`
	Meta *aplautStates `json:"meta,omitzero"`
}

type aplautLine struct {
	Product string      `json:"product_id"`
	Name    string      `json:"name"`
	Price   json.Number `json:"price"`
}

func (c client) aplaut(method, path string, body any) (int, []byte) {
	c.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	return c.do(method, path, string(text),
		"Authorization", "Token token="+c.hub.Vars["key"], "Content-Type", "application/vnd.api+json")
}

func placeAplaut(c client, told tale) tale {
	d := aplautDocument{aplautOrder{Type: "orders"}}
	a := &d.Data.Attributes
	a.Number, a.Email, a.Phone = told.Number, told.Email, told.Phone
	for _, l := range told.Lines {
		a.Lines = append(a.Lines, aplautLine{l.Product, l.Name, json.Number(l.Price)})
	}
	if status, body := c.aplaut("POST", "/v4/orders", d); status != 201 {
		c.Fatalf("place: %d %s", status, body)
	}
	return told
}

func readAplaut(c client, number string) (tale, bool) {
	status, body := c.aplaut("GET", "/v4/orders/"+url.PathEscape(number), nil)
	if status != 200 {
		return tale{}, false
	}
	var d aplautDocument
	c.parse(body, &d)
	a := d.Data.Attributes
	told := tale{Number: a.Number, Email: a.Email, Phone: a.Phone, Paid: d.Data.Meta.Payment == "paid"}
	for _, l := range a.Lines {
		told.Lines = append(told.Lines, taleLine{l.Product, l.Name, l.Price.String()})
	}
	return told, true
}

func payAplaut(c client, number string) {
	d := aplautDocument{aplautOrder{Type: "orders"}}
	d.Data.Attributes.Details = map[string]string{"payment_status": "paid"}
	if status, body := c.aplaut("PUT", "/v4/orders/"+url.PathEscape(number), d); status != 200 {
		c.Fatalf("pay: %d %s", status, body)
	}
}

func removeAplaut(c client, number string) {
	if status, body := c.aplaut("DELETE", "/v4/orders/"+url.PathEscape(number), nil); status != 204 {
		c.Fatalf("remove: %d %s", status, body)
	}
}
