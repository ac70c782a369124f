package loyalty

import "orderhub"

// An entitlement is what an order says about points.
type entitlement struct {
	customer orderhub.CustomerID // who earns them; 0 when there are none
	pending  int64               // to come
	active   int64               // earned
	void     bool                // it earns nothing, and nothing is spent on it
}

// entitlementOf is what an order earns: pending points until its status is a
// closed one of the stage completed. An order without a customer earns nothing.
// A nil order has no entitlement.
func entitlementOf(shop *orderhub.Shop, o *orderhub.Order) entitlement {
	if o == nil {
		return entitlement{}
	}
	e := entitlement{void: void(o)}
	points := int64(0)
	for i := range o.Lines {
		points += pointsOf(&o.Lines[i])
	}
	if e.void || points == 0 || o.Customer == 0 {
		return e
	}
	e.customer = o.Customer
	if st, known := shop.Status(o.Status); o.Stage == orderhub.StageCompleted && (!known || st.Closed) {
		e.active = points
	} else {
		e.pending = points
	}
	return e
}

// void reports whether an order ended without a sale: it was canceled, deleted,
// returned or refunded in full.
func void(o *orderhub.Order) bool {
	return !o.DeletedAt.IsZero() || o.Stage == orderhub.StageCanceled || o.Fulfilment == orderhub.Returned || o.Payment == orderhub.Refunded
}

// pointsOf is what a line earns: its bonus for each whole piece that the
// customer keeps, at most MaxPoints. A part of a piece, such as the last 0.45
// of 3.45 kg, earns nothing.
func pointsOf(l *orderhub.Line) int64 {
	pieces := int64(max(l.Quantity-l.Returned, 0) / orderhub.Piece)
	if l.Bonus <= 0 || pieces == 0 {
		return 0
	}
	if pieces > orderhub.MaxPoints/l.Bonus {
		return orderhub.MaxPoints
	}
	return l.Bonus * pieces
}
