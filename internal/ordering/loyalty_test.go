package ordering_test

import (
	"testing"

	"orderhub"
	"orderhub/internal/loyalty"
)

// earns lets an order's first line earn points.
func earns(points int64) func(*orderhub.Order) {
	return func(o *orderhub.Order) { o.Lines[0].Bonus = points }
}

func (t *desk) wantPoints(after string, customer orderhub.CustomerID, active, pending int64) {
	t.Helper()
	all, err := (&loyalty.Service{DB: t.db}).Balance(t.Context(), t.shop, customer)
	if want := (orderhub.BonusBalance{Active: active, Pending: pending}); err != nil || all[customer] != want {
		t.Errorf("after %s: balance %+v, %v, want %+v", after, all[customer], err, want)
	}
}

// Each act that changes an order moves its points in the same transaction.
func TestEveryActMovesPoints(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("1", earns(15)))
		anna := o.Customer
		t.wantPoints("Place", anna, 0, 15)
		t.amend("1", orderhub.OrderChange{Status: new("closed")})
		t.wantPoints("Amend, closed", anna, 15, 0)
		t.amend("1", orderhub.OrderChange{Attributes: details(`{"fulfillment_status":"returned"}`)})
		t.wantPoints("Amend, returned", anna, 0, 0)
		t.amend("1", orderhub.OrderChange{Attributes: details(`{"fulfillment_status":"delivered"}`)})
		t.wantPoints("Amend, delivered after all", anna, 15, 0)
		t.delete("1")
		t.wantPoints("Delete", anna, 0, 0)

		if err := t.s.PlaceAll(t.Context(), t.shop, []*orderhub.Order{boots("2", earns(3)), boots("3"), boots("4", earns(5))}); err != nil {
			t.Fatal(err)
		}
		t.wantPoints("PlaceAll", anna, 0, 8)
		made := t.amend("5", orderhub.OrderChange{Email: new("anna@example.com"), Lines: orderhub.WholeLines([]orderhub.Line{boots("5", earns(2)).Lines[0]})})
		t.wantPoints("Amend of an unknown order", made.Customer, 0, 10)
		t.wantSound()
	})
}

func TestPointsOfALineAreBounded(t *testing.T) {
	each(t, func(t *desk) {
		for _, points := range []int64{-1, orderhub.MaxPoints + 1} {
			t.wantKind(t.s.Place(t.Context(), t.shop, boots("1", earns(points))), orderhub.Invalid, "lines[0].bonus")
		}
	})
}
