package search_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store/storetest"
)

// walk reads page after page and returns the numbers of all hits.
func (t *shelf) walk(text string, f orderhub.OrderFilter, limit int) []string {
	t.Helper()
	all := []string{}
	for below, first := orderhub.OrderID(0), true; first || below != 0; first = false {
		p := t.page(text, f, below, limit)
		if len(p.Orders) > limit || len(p.Orders) < limit && p.Next != 0 || len(p.Orders) == 0 && below != 0 {
			t.Fatalf("%q below %d: %d orders of at most %d, the next below %d", text, below, len(p.Orders), limit, p.Next)
		}
		for _, o := range p.Orders {
			if below != 0 && o.ID >= below {
				t.Fatalf("%q: order %d on the page below %d", text, o.ID, below)
			}
			all = append(all, o.Number)
		}
		below = p.Next
	}
	return all
}

// fill puts orders on two shelves in turns: many with a common word, some by
// an exact product, some deleted, some with pieces of the word only. It
// returns what a full search must find, the newest first, by status.
func fill(t, there *shelf) map[string][]string {
	want := map[string][]string{}
	for i := range 150 {
		o := &orderhub.Order{Number: fmt.Sprintf("N-%03d", i), Lines: []orderhub.Line{{Name: "Зимние сапоги", Product: "45"}}}
		switch i % 5 {
		case 1:
			there.put(o)
			continue
		case 2:
			o.Lines[0].Name = "зимн имни мние, but apart" // the pieces and not the word
			o.Lines[0].Product = "46"
		case 3:
			o.Lines[0] = orderhub.Line{Name: "ЗИМНИЕ", Product: "47"}
		}
		t.put(o)
		if i%7 == 0 {
			t.delete(o)
			continue
		}
		status := []string{"received", "closed"}[i%2]
		o.Status, o.PlacedAt = status, storetest.Noon.Add(time.Duration(i)*time.Hour)
		t.change(o, orderhub.OrderChanged)
		if i%5 == 2 {
			continue
		}
		for _, s := range []string{"", status} {
			want[s] = append([]string{o.Number}, want[s]...)
		}
		if i < 75 {
			want["early"] = append([]string{o.Number}, want["early"]...)
		}
		if i%5 != 3 {
			want["45"] = append([]string{o.Number}, want["45"]...)
		}
	}
	return want
}

func TestPagesGiveEveryHitExactlyOnce(t *testing.T) {
	each(t, func(t *shelf) {
		want := fill(t, newShelf(t.T, t.db, "other"))
		before := orderhub.TimeBound{Op: orderhub.Before, At: storetest.Noon.Add(75 * time.Hour)}
		t.catchUp()
		for _, limit := range []int{1, 2, 7, 50, len(want[""]), 1000} {
			for _, tt := range []struct {
				text   string
				filter orderhub.OrderFilter
				want   string
			}{
				{"зимние", orderhub.OrderFilter{}, ""},
				{"зимние", orderhub.OrderFilter{Statuses: []string{"closed"}}, "closed"},
				{"ЗИМНИЕ", orderhub.OrderFilter{Statuses: []string{"received"}}, "received"},
				{"зимние", orderhub.OrderFilter{Placed: []orderhub.TimeBound{before}}, "early"},
				{"зимние", orderhub.OrderFilter{Statuses: []string{"sending"}}, "none"},
				{"45", orderhub.OrderFilter{}, "45"}, // in two letters, so without the index
				{"n-0 зимние сапоги", orderhub.OrderFilter{Customer: 1}, "none"},
			} {
				if diff := cmp.Diff(append([]string{}, want[tt.want]...), t.walk(tt.text, tt.filter, limit)); diff != "" {
					t.Errorf("%q by %d with %+v (-want +got):\n%s", tt.text, limit, tt.filter, diff)
				}
			}
		}
	})
}

// An order that is found both ways, to the letter and by its parts, is one.
func TestWholeAndPartialHitsCountOnce(t *testing.T) {
	each(t, func(t *shelf) {
		var want []string
		for i := range 60 {
			o := &orderhub.Order{Number: fmt.Sprintf("N-%03d", i)}
			switch i % 3 {
			case 0:
				o.Code = "boots"
			case 1:
				o.Lines = []orderhub.Line{{Product: "boots", SKU: "boots", Name: "Boots"}, {Product: "boots", Name: "Boots again"}}
			default:
				o.Contact.Name = "Mr Boots"
			}
			t.put(o)
			want = append([]string{o.Number}, want...)
		}
		t.catchUp()
		for _, limit := range []int{1, 8, 100} {
			if diff := cmp.Diff(want, t.walk("boots", orderhub.OrderFilter{}, limit)); diff != "" {
				t.Errorf("by %d (-want +got):\n%s", limit, diff)
			}
		}
	})
}

// Hits by the whole phone and hits by parts of its text are read from two
// lists that do not reach equally far down.
func TestPagesOfTwoKindsOfHits(t *testing.T) {
	each(t, func(t *shelf) {
		for _, often := range []string{"whole", "part"} {
			t := newShelf(t.T, t.db, often)
			var want []string
			for i := range 300 {
				o := &orderhub.Order{Number: fmt.Sprintf("%s-%03d", often, i)}
				if (i%4 == 0) == (often == "part") {
					o.Contact.Phone = "89120001122"
				} else {
					o.Contact.Address = "call 8 912 000-11-22"
				}
				t.put(o)
				if i%9 == 0 { // few, so that a page reads far down
					o.Status = "closed"
					t.change(o, orderhub.OrderChanged)
					want = append([]string{o.Number}, want...)
				}
			}
			t.catchUp()
			for _, limit := range []int{1, 10, 40} {
				got := t.walk("8 912 000-11-22", orderhub.OrderFilter{Statuses: []string{"closed"}}, limit)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("mostly %s hits by %d (-want +got):\n%s", often, limit, diff)
				}
			}
		}
	})
}
