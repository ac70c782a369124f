package catalogue

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/money"
)

func TestChangeOfAProduct(t *testing.T) {
	noon := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	old := orderhub.Product{ID: 5, Shop: 2, ExternalID: "7", Name: "Ковш", Price: 50_000, Currency: "PLN", Pictures: []string{"https://a.example/7.jpg"},
		Attributes: orderhub.Attributes{{Name: "Цвет", Value: []byte(`"медный"`)}}, Available: true, Fed: true, CreatedAt: noon, UpdatedAt: noon, Version: 6}
	made := func(c orderhub.ProductChange) orderhub.ProductChange { c.ExternalID = "7"; return c }
	whole := &orderhub.Product{ID: 9, Shop: 9, ExternalID: "9", Name: "Миска", Pictures: []string{}, Version: 9, UpdatedAt: noon.Add(1)}
	tests := []struct {
		name    string
		made    bool
		command command
		do      func(*orderhub.Product)
		fields  string // at fault
	}{
		{name: "nothing", do: func(*orderhub.Product) {}},
		{name: "a new one", made: true, command: command{ProductChange: orderhub.ProductChange{Name: new("Ложка")}}, do: func(p *orderhub.Product) {
			*p = orderhub.Product{Shop: 2, ExternalID: "7", Name: "Ложка", Currency: "RUB", Available: true}
		}},
		{name: "a new one, whole", made: true, command: command{ProductChange: orderhub.ProductChange{Whole: whole}}, do: func(p *orderhub.Product) {
			*p = orderhub.Product{Shop: 2, ExternalID: "7", Name: "Миска", Currency: "RUB"}
		}},
		{name: "a new one of a feed", made: true, command: command{ProductChange: orderhub.ProductChange{Whole: whole}, fed: new(true)}, do: func(p *orderhub.Product) {
			*p = orderhub.Product{Shop: 2, ExternalID: "7", Name: "Миска", Currency: "RUB", Fed: true}
		}},
		{name: "a price", command: command{ProductChange: orderhub.ProductChange{Price: new(money.Amount(60_000))}}, do: func(p *orderhub.Product) { p.Price = 60_000 }},
		{name: "the shop's currency", command: command{ProductChange: orderhub.ProductChange{Currency: new(money.Currency(""))}}, do: func(p *orderhub.Product) { p.Currency = "RUB" }},
		{name: "no pictures", command: command{ProductChange: orderhub.ProductChange{Pictures: &[]string{}}}, do: func(p *orderhub.Product) { p.Pictures = nil }},
		{name: "no attributes", command: command{ProductChange: orderhub.ProductChange{Attributes: orderhub.Attributes{{Name: "Цвет", Value: []byte("null")}}}},
			do: func(p *orderhub.Product) { p.Attributes = nil }},
		{name: "whole", command: command{ProductChange: orderhub.ProductChange{Whole: whole}}, do: func(p *orderhub.Product) {
			*p = orderhub.Product{ID: 5, Shop: 2, ExternalID: "7", Name: "Миска", Currency: "RUB", Fed: true, CreatedAt: noon, UpdatedAt: noon, Version: 6}
		}},
		{name: "left out by its feed", command: command{ProductChange: orderhub.ProductChange{Available: new(false)}, lenient: true}, do: func(p *orderhub.Product) { p.Available = false }},
		{name: "as it was before it was in a feed", command: command{ProductChange: orderhub.ProductChange{Whole: &old}, fed: new(false), lenient: true},
			do: func(p *orderhub.Product) { p.Fed = false }},
		{name: "no name", command: command{ProductChange: orderhub.ProductChange{Name: new("")}}, fields: "name"},
		{name: "no name, which was checked before", command: command{ProductChange: orderhub.ProductChange{Name: new("")}, lenient: true}, do: func(p *orderhub.Product) { p.Name = "" }},
		{name: "all that is wrong", made: true, command: command{ProductChange: orderhub.ProductChange{Price: new(money.Amount(-1)), URL: new("shop"),
			Brand: new(strings.Repeat("x", 256)), Currency: new(money.Currency("₽"))}}, fields: "name brand price currency url"},
	}
	for _, tt := range tests {
		before, want := old, old
		from := &before
		if tt.made {
			from = nil
		}
		tt.command.ProductChange = made(tt.command.ProductChange)
		got, err := change(from, tt.command, &orderhub.Shop{ID: 2, Currency: "RUB"})
		var fields []string
		for _, e := range orderhub.All(err) {
			fields = append(fields, e.Field)
		}
		if text := strings.Join(fields, " "); text != tt.fields {
			t.Errorf("%s: faults of %q, want %q", tt.name, text, tt.fields)
		}
		if tt.do != nil {
			tt.do(&want)
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
		if diff := cmp.Diff(old, before); diff != "" || got == from {
			t.Errorf("%s: the old product was changed:\n%s", tt.name, diff)
		}
	}
}
