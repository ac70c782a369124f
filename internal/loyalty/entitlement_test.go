package loyalty

import (
	"testing"
	"time"

	"orderhub"
)

func TestPointsOfALine(t *testing.T) {
	const piece = orderhub.Piece
	tests := []struct {
		name               string
		bonus              int64
		quantity, returned orderhub.Quantity
		want               int64
	}{
		{"one piece", 5, piece, 0, 5},
		{"three pieces", 5, 3 * piece, 0, 15},
		{"no bonus", 0, 3 * piece, 0, 0},
		{"3.45 kg are three whole ones", 5, 3_450, 0, 15},
		{"half a metre is none", 5, 500, 0, 0},
		{"one of three returned", 5, 3 * piece, piece, 10},
		{"all returned", 5, 3 * piece, 3 * piece, 0},
		{"more returned than bought", 5, piece, 3 * piece, 0},
		{"half a kilogram of 3.45 returned", 5, 3_450, 500, 10},
		{"at most as many as a line can earn", orderhub.MaxPoints, 2 * piece, 0, orderhub.MaxPoints},
		{"of any quantity", 7, 1 << 62, 0, orderhub.MaxPoints},
	}
	for _, tt := range tests {
		if got := pointsOf(&orderhub.Line{Bonus: tt.bonus, Quantity: tt.quantity, Returned: tt.returned}); got != tt.want {
			t.Errorf("%s: %d points, want %d", tt.name, got, tt.want)
		}
	}
}

func TestEntitlementOfAnOrder(t *testing.T) {
	shop := &orderhub.Shop{Statuses: append(orderhub.DefaultStatuses(), orderhub.Status{Code: "handed", Stage: orderhub.StageCompleted})}
	status := func(code string) func(*orderhub.Order) {
		return func(o *orderhub.Order) {
			st, _ := shop.Status(code)
			o.Status, o.Stage = code, st.Stage
		}
	}
	const pending, active, void, none = "pending", "active", "void", "none"
	tests := []struct {
		name   string
		change func(*orderhub.Order)
		want   string
	}{
		{"open", status("received"), pending},
		{"paid", status("accepted_payment"), pending},
		{"closed", status("closed"), active},
		{"completed, and something is still to happen", status("handed"), pending},
		{"completed by a status that the shop has no more", func(o *orderhub.Order) { o.Status, o.Stage = "old", orderhub.StageCompleted }, active},
		{"canceled", status("canceled"), void},
		{"not collected", status("not_picked"), void},
		{"deleted", func(o *orderhub.Order) { o.DeletedAt = time.Unix(1, 0) }, void},
		{"returned", func(o *orderhub.Order) { status("closed")(o); o.Fulfilment = orderhub.Returned }, void},
		{"refunded in full", func(o *orderhub.Order) { status("closed")(o); o.Payment = orderhub.Refunded }, void}, // T15
		{"without a customer", func(o *orderhub.Order) { o.Customer = 0 }, none},
		{"without points", func(o *orderhub.Order) { o.Lines = nil }, none},
	}
	for _, tt := range tests {
		o := &orderhub.Order{Customer: 7, Lines: []orderhub.Line{{Bonus: 5, Quantity: 2 * orderhub.Piece}, {Bonus: 3, Quantity: orderhub.Piece}}}
		tt.change(o)
		want := map[string]entitlement{pending: {customer: 7, pending: 13}, active: {customer: 7, active: 13}, void: {void: true}, none: {}}[tt.want]
		if got := entitlementOf(shop, o); got != want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, want)
		}
	}
	if got := entitlementOf(shop, nil); got != (entitlement{}) {
		t.Errorf("no order is entitled to %+v", got)
	}
}
