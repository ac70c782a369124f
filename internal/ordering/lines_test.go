package ordering_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

// numbers are the numbers of an order's lines, by their names.
func numbers(o *orderhub.Order) map[string]int {
	all := make(map[string]int)
	for _, l := range o.Lines {
		all[l.Name] = l.No
	}
	return all
}

func piece(name string) orderhub.Line {
	return orderhub.Line{Name: name, Quantity: orderhub.Piece, Price: amount("10")}
}

func (t *desk) wantLines(o *orderhub.Order, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, numbers(o), alike...); diff != "" {
		t.Errorf("lines of order %s (-want +got):\n%s", o.Number, diff)
	}
	t.wantSame(t.find(o.Number), o)
}

func TestLinesAreReplacedAsAWhole(t *testing.T) {
	each(t, func(t *desk) {
		t.place(boots("A-1", func(o *orderhub.Order) { o.Lines = append(o.Lines, piece("Laces")) }))
		o := t.amend("A-1", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{piece("Socks")})})
		t.wantLines(o, map[string]int{"Socks": 3}) // a number is never used again
		if o.Total != amount("10") {
			t.Errorf("total %s, want 10", o.Total)
		}
		o = t.amend("A-1", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{piece("Socks"), piece("Boots")})})
		t.wantLines(o, map[string]int{"Socks": 3, "Boots": 4}) // the line that is sent again is the same one
		o = t.amend("A-1", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{})})
		t.wantLines(o, map[string]int{})
		o = t.amend("A-1", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{piece("Boots")})})
		t.wantLines(o, map[string]int{"Boots": 5})
		t.wantSound()
	})
}

func TestLinesSentAsTheyWereKeepTheirNumbers(t *testing.T) {
	each(t, func(t *desk) {
		t.place(boots("A-1", func(o *orderhub.Order) { o.Lines = []orderhub.Line{piece("Socks"), piece("Boots")} }))
		o := t.amend("A-1", orderhub.OrderChange{Note: new("new"), Lines: orderhub.WholeLines([]orderhub.Line{piece("Socks"), piece("Boots")})})
		t.wantLines(o, map[string]int{"Socks": 1, "Boots": 2})
		o = t.amend("A-1", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{piece("Laces")})})
		t.wantLines(o, map[string]int{"Laces": 3})
	})
}

// Whoever sends a change may send it again, to another order, too.
func TestChangeIsNotWrittenTo(t *testing.T) {
	each(t, func(t *desk) {
		change := orderhub.OrderChange{
			Lines:      orderhub.WholeLines([]orderhub.Line{piece("Socks"), piece("Boots")}),
			Attributes: details(`{"a":1}`), Extras: orderhub.Extras{"usam": details(`{"y":2}`)},
		}
		t.amend("A-1", change)
		t.amend("A-1", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{piece("Laces")}), Attributes: details(`{"a":2}`),
			Extras: orderhub.Extras{"usam": details(`{"y":3}`)}})
		t.wantLines(t.amend("A-1", change), map[string]int{"Socks": 4, "Boots": 5})
		want := orderhub.OrderChange{
			Lines:      orderhub.WholeLines([]orderhub.Line{piece("Socks"), piece("Boots")}),
			Attributes: details(`{"a":1}`), Extras: orderhub.Extras{"usam": details(`{"y":2}`)},
		}
		if diff := cmp.Diff(want, change, alike...); diff != "" {
			t.Errorf("the change is not as it was (-want +got):\n%s", diff)
		}
	})
}
