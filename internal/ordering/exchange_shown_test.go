package ordering

import (
	"testing"
	"time"

	"orderhub"
)

// What the exchange shows, and so what offers an order again (rule T35).
func TestShownByExchange(t *testing.T) {
	extra := func(dialect string) orderhub.Extras {
		var a orderhub.Attributes
		a.SetText("x", "y")
		return orderhub.Extras{dialect: a}
	}
	now := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		change func(o *orderhub.Order)
		want   bool
	}{
		"nothing":                  {func(*orderhub.Order) {}, false},
		"status":                   {func(o *orderhub.Order) { o.Status = "closed" }, true},
		"deleted":                  {func(o *orderhub.Order) { o.DeletedAt = now }, true},
		"payment":                  {func(o *orderhub.Order) { o.Payment = orderhub.Paid }, true},
		"time of payment":          {func(o *orderhub.Order) { o.PaidAt = now }, true},
		"payment document":         {func(o *orderhub.Order) { o.Payments = []orderhub.Payment{{Sum: 5}} }, true},
		"shipment":                 {func(o *orderhub.Order) { o.Shipments = []orderhub.Shipment{{Track: "RA1"}} }, true},
		"tax":                      {func(o *orderhub.Order) { o.Taxes = []orderhub.Tax{{Name: "VAT"}} }, true},
		"name":                     {func(o *orderhub.Order) { o.Contact.Name = "Ewa" }, true},
		"phone":                    {func(o *orderhub.Order) { o.Contact.Phone = "+48 1" }, true},
		"customer":                 {func(o *orderhub.Order) { o.Customer = 9 }, true},
		"line added":               {func(o *orderhub.Order) { o.Lines = append(o.Lines, orderhub.Line{Name: "Laces"}) }, true},
		"line removed":             {func(o *orderhub.Order) { o.Lines = nil }, true},
		"price":                    {func(o *orderhub.Order) { o.Lines[0].Price = 7 }, true},
		"total":                    {func(o *orderhub.Order) { o.Total = 7 }, true},
		"accounting number":        {func(o *orderhub.Order) { o.Code = "1C" }, true},
		"note":                     {func(o *orderhub.Order) { o.Note = "ring twice" }, true},
		"extras of the exchange":   {func(o *orderhub.Order) { o.Extras = extra("usam") }, true},
		"its extras of a line":     {func(o *orderhub.Order) { o.Lines[0].Extras = extra("usam") }, true},
		"extras of others":         {func(o *orderhub.Order) { o.Extras = extra("aplaut") }, false},
		"others' extras of a line": {func(o *orderhub.Order) { o.Lines[0].Extras = extra("ecdp") }, false},
		"attributes":               {func(o *orderhub.Order) { o.Attributes.SetText("x", "y") }, false},
		"attributes of a line":     {func(o *orderhub.Order) { o.Lines[0].Attributes.SetText("x", "y") }, false},
		"points of a line":         {func(o *orderhub.Order) { o.Lines[0].Bonus = 5 }, false},
		"returned":                 {func(o *orderhub.Order) { o.Lines[0].Returned = 5 }, false},
		"fulfilment":               {func(o *orderhub.Order) { o.Fulfilment = orderhub.Delivered }, false},
		"word of payment":          {func(o *orderhub.Order) { o.PaidWord = orderhub.WordPaid }, false},
		"mark":                     {func(o *orderhub.Order) { o.Exported = true }, false},
		"version and times":        {func(o *orderhub.Order) { o.Version, o.UpdatedAt, o.ExchangeAt, o.LastPart = 9, now, now, 9 }, false},
	}
	for name, tt := range tests {
		old := &orderhub.Order{Number: "A-1", Lines: []orderhub.Line{{No: 1, Name: "Boots", Price: 5}}}
		changed := snapshot(old)
		tt.change(changed)
		if got := shownByExchange(old, changed); got != tt.want {
			t.Errorf("%s: shown %v, want %v", name, got, tt.want)
		}
	}
}
