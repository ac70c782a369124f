package orderhub_test

import (
	"slices"
	"testing"

	"orderhub"
)

// T16: what came back is no sale.
func TestNetValue(t *testing.T) {
	line := func(quantity, returned orderhub.Quantity) orderhub.Line {
		return orderhub.Line{Quantity: quantity, Returned: returned, Amount: 100_0000}
	}
	stated := func(value string) orderhub.Extras {
		return orderhub.Extras{"x": {{Name: orderhub.ReturnsExtra, Value: []byte(value)}}}
	}
	for _, tt := range []struct {
		name  string
		order orderhub.Order // of 300
		want  string
	}{
		{"nothing came back", orderhub.Order{Lines: []orderhub.Line{line(2_000, 0)}}, "300"},
		{"one of three", orderhub.Order{Lines: []orderhub.Line{line(3_000, 1_000), line(1_000, 0)}}, "266.67"},
		{"a whole line", orderhub.Order{Lines: []orderhub.Line{line(1_500, 1_500)}}, "200"},
		{"more than was bought, of before", orderhub.Order{Lines: []orderhub.Line{line(2_000, 3_000)}}, "200"},
		{"a value", orderhub.Order{Extras: stated("40.5")}, "259.5"},
		{"a value as text", orderhub.Order{Extras: stated(`"40.5"`)}, "259.5"},
		{"a value that is none", orderhub.Order{Extras: stated(`"much"`)}, "300"},
		{"the line and its value are one return", orderhub.Order{Lines: []orderhub.Line{line(1_000, 1_000)}, Extras: stated("90")}, "200"},
		{"and so is its refund", orderhub.Order{Lines: []orderhub.Line{line(1_000, 1_000)}, Payments: []orderhub.Payment{doc(paidDoc, 300_0000), doc(refundedDoc, 120_0000)}}, "180"},
		{"two refunds", orderhub.Order{Payments: []orderhub.Payment{doc(refundedDoc, 20_0000), doc(refundedDoc, 30_0000)}}, "250"},
		{"never more than the order", orderhub.Order{Extras: stated("400")}, "0"},
		{"returned", orderhub.Order{Fulfilment: orderhub.Returned}, "0"},
		{"refunded", orderhub.Order{Payment: orderhub.Refunded}, "0"},
	} {
		o := tt.order
		o.Currency, o.Total = "RUB", 300_0000
		if got := o.NetValue(); got != amount(t, tt.want) {
			t.Errorf("%s: worth %s, want %s", tt.name, got, tt.want)
		}
	}
}

// T19: at most what was bought comes back.
func TestCheckReturns(t *testing.T) {
	line := func(no int, quantity, returned orderhub.Quantity) orderhub.Line {
		return orderhub.Line{No: no, Quantity: quantity * orderhub.Piece, Returned: returned * orderhub.Piece}
	}
	order := func(total string, returns string, lines ...orderhub.Line) *orderhub.Order {
		o := &orderhub.Order{Currency: "RUB", Total: amount(t, total), Lines: lines}
		if returns != "" {
			o.Extras = orderhub.Extras{"x": {{Name: orderhub.ReturnsExtra, Value: []byte(returns)}}}
		}
		return o
	}
	for _, tt := range []struct {
		name     string
		old, now *orderhub.Order
		faults   []string
		returned orderhub.Quantity // of the first line afterwards
	}{
		{"all of it", nil, order("10", "10", line(0, 2, 2)), nil, 2},
		{"more than was bought", nil, order("10", "10.01", line(0, 2, 3), line(0, 1, 2)), []string{"lines[0].returned", "lines[1].returned", "returnsValue"}, 3},
		{"one more", order("10", "", line(1, 2, 2)), order("10", "", line(1, 2, 3)), []string{"lines[0].returned"}, 3},
		{"a smaller line", order("10", "", line(1, 3, 2)), order("10", "", line(1, 1, 2)), nil, 1},
		{"a new line", order("10", "", line(1, 3, 2)), order("10", "", line(0, 1, 2)), []string{"lines[0].returned"}, 2},
		{"of before the rule, untouched", order("10", "20", line(1, 2, 3)), order("10", "20", line(1, 2, 3)), nil, 3},
		{"of before the rule, corrected", order("10", "20", line(1, 2, 3)), order("10", "5", line(1, 2, 1)), nil, 1},
		{"a smaller total", order("10", "10", line(1, 2, 0)), order("5", "10", line(1, 1, 0)), nil, 0},
		{"a larger value", order("10", "10", line(1, 2, 0)), order("10", "11", line(1, 2, 0)), []string{"returnsValue"}, 0},
	} {
		if got := fields(tt.now.CheckReturns(tt.old)); !slices.Equal(got, tt.faults) {
			t.Errorf("%s: faults of %v, want %v", tt.name, got, tt.faults)
		}
		if got := tt.now.Lines[0].Returned; got != tt.returned*orderhub.Piece {
			t.Errorf("%s: %s returned, want %d", tt.name, got, tt.returned)
		}
	}
}
