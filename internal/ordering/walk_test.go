package ordering_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store/storetest"
)

// walk lists orders and returns their numbers and how many there are in all.
func (t *desk) walk(text string, f orderhub.OrderFilter, most int) ([]string, int) {
	t.Helper()
	total, orders, err := t.s.Walk(t.Context(), t.shop, text, f, most)
	if err != nil {
		t.Fatalf("Walk: %v", err)
	}
	return t.collect(orders), total
}

func (t *desk) collect(orders ordering.Orders) []string {
	t.Helper()
	all := []string{}
	for o, err := range orders {
		if err != nil {
			t.Fatalf("after %d orders: %v", len(all), err)
		}
		all = append(all, o.Number)
	}
	return all
}

// placeMany places n orders with the numbers 10001 and so on, in batches.
func (t *desk) placeMany(n int, change func(i int, o *orderhub.Order)) {
	t.Helper()
	var all []*orderhub.Order
	for i := range n {
		all = append(all, boots(fmt.Sprint(10_001+i), func(o *orderhub.Order) {
			o.Contact = orderhub.Contact{}
			if change != nil {
				change(i, o)
			}
		}))
	}
	for some := range slices.Chunk(all, ordering.MaxBatch) {
		if err := t.s.PlaceAll(t.Context(), t.shop, some); err != nil {
			t.Fatalf("PlaceAll: %v", err)
		}
	}
}

func sorted(f orderhub.SortField, descending bool) []orderhub.Sort {
	return []orderhub.Sort{{Field: f, Descending: descending}}
}

// More than two steps, by every sort, with and without a cursor.
func TestWalkGoesThroughAllOnce(t *testing.T) {
	each(t, func(t *desk) {
		const n = 1_210
		t.placeMany(n, func(i int, o *orderhub.Order) { // many are of one time, one price, one source
			o.PlacedAt = storetest.Noon.Add(-time.Duration(i%3) * time.Hour)
			o.Lines[0].Price, o.Source = amount(fmt.Sprint(100+i%2)), []string{"call", "web"}[i%2]
		})
		t.other().placeMany(3, nil)
		for field := orderhub.SortCreated; field <= orderhub.SortCustomer; field++ {
			var last []string
			for _, descending := range []bool{false, true} {
				got, total := t.walk("", orderhub.OrderFilter{Sort: sorted(field, descending)}, 10_000)
				if seen := slices.Compact(slices.Sorted(slices.Values(got))); len(got) != n || len(seen) != n || total != n {
					t.Errorf("by field %d, descending %v: %d orders, %d different, total %d, want %d", field, descending, len(got), len(seen), total, n)
				}
				if slices.Reverse(got); descending && !slices.Equal(got, last) {
					t.Errorf("by field %d: down is not up turned round", field)
				}
				last = slices.Clone(got)
				slices.Reverse(last)
			}
		}
	})
}

func TestWalkEndsWhereItIsToldTo(t *testing.T) {
	each(t, func(t *desk) {
		const n = 1_005
		t.placeMany(n, nil)
		for _, field := range []orderhub.SortField{orderhub.SortID, orderhub.SortTotal} { // by cursor and by skip
			for _, tt := range []struct{ skip, most, want int }{
				{0, 0, 0}, {0, -1, 0}, {0, 1, 1}, {0, 499, 499}, {0, 500, 500}, {0, 501, 501}, {0, 1_000, 1_000}, {0, 1_004, 1_004}, {0, 1_005, 1_005}, {0, 9_999, 1_005},
				{7, 3, 3}, {7, 600, 600}, {7, 2_000, 998}, {600, 2_000, 405}, {1_004, 10, 1}, {1_005, 10, 0}, {5_000, 10, 0},
			} {
				got, total := t.walk("", orderhub.OrderFilter{Sort: sorted(field, false), Skip: tt.skip}, tt.most)
				if len(got) != tt.want || total != n {
					t.Errorf("by field %d, %d after %d: %d of %d, want %d of %d", field, tt.most, tt.skip, len(got), total, tt.want, n)
					continue
				}
				for i, number := range got {
					if want := fmt.Sprint(10_001 + tt.skip + i); number != want {
						t.Errorf("by field %d, %d after %d: order %d is %s, want %s", field, tt.most, tt.skip, i, number, want)
						break
					}
				}
			}
		}
		// A cursor begins behind an order, and who stops early asks for no more.
		middle := t.find("10600")
		got, _ := t.walk("", orderhub.OrderFilter{Sort: sorted(orderhub.SortID, false), After: &orderhub.Cursor{ID: int64(middle.ID)}}, 10_000)
		if len(got) != 405 || got[0] != "10601" {
			t.Errorf("%d orders behind 10600, the first %s, want 405 from 10601", len(got), got[0])
		}
		_, orders, err := t.s.Walk(t.Context(), t.shop, "", orderhub.OrderFilter{Sort: sorted(orderhub.SortID, true)}, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for o := range orders {
			if o.Number == "10400" { // in the second step
				break
			}
		}
		if again := t.collect(orders); len(again) != n || again[0] != "11005" {
			t.Errorf("walked again: %d orders from %s, want all", len(again), again[0])
		}
	})
}

// The total is that of all orders, however many they are.
func TestWalkCountsAll(t *testing.T) {
	d := newDesk(t, storetest.Open(t), "main") // so many take a while
	const n = orderhub.MaxTotal + 10
	d.placeMany(n, nil)
	got, total := d.walk("", orderhub.OrderFilter{Sort: sorted(orderhub.SortID, true)}, n)
	if len(got) != n || total != n || got[n-1] != "10001" {
		t.Errorf("%d orders of %d, want %d", len(got), total, n)
	}
}

// Orders that come in meanwhile are neither shown twice nor put others out of
// the list.
func TestWalkWhileOrdersComeIn(t *testing.T) {
	each(t, func(t *desk) {
		const n, step = 1_100, 100
		t.placeMany(n, func(_ int, o *orderhub.Order) { o.PlacedAt = storetest.Noon.AddDate(0, 0, -1) })
		comers := 0
		for _, field := range []orderhub.SortField{orderhub.SortCreated, orderhub.SortID} {
			for _, descending := range []bool{false, true} {
				there := t.count().Orders
				_, orders, err := t.s.Walk(t.Context(), t.shop, "", orderhub.OrderFilter{Sort: sorted(field, descending)}, 10_000)
				if err != nil {
					t.Fatal(err)
				}
				seen := map[string]int{}
				for o, err := range orders {
					if err != nil {
						t.Fatal(err)
					}
					if seen[o.Number]++; len(seen)%step == 0 && len(seen) <= n {
						comers++
						t.place(boots(fmt.Sprint("B-", comers), func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }))
					}
				}
				old := 0
				for number, times := range seen {
					if times != 1 {
						t.Errorf("by field %d, descending %v: %s is shown %d times", field, descending, number, times)
					}
					if !strings.HasPrefix(number, "B") {
						old++
					}
				}
				if old != n || len(seen) < there {
					t.Errorf("by field %d, descending %v: %d of %d old orders and %d in all, of %d that were there", field, descending, old, n, len(seen), there)
				}
			}
		}
	})
}

func TestWalkFiltersAndSearches(t *testing.T) {
	each(t, func(t *desk) {
		names := []string{"Boots", "Brown boots", "Laces", "Boots", "Socks", "Boots"}
		for i, name := range names {
			t.place(boots(fmt.Sprint("A-", i+1), func(o *orderhub.Order) {
				o.Lines = []orderhub.Line{{Name: name, Quantity: orderhub.Piece, Price: amount(fmt.Sprint(100 - i))}}
				o.Status = []string{"received", "closed"}[i%2]
			}))
		}
		t.other().place(boots("A-1"))
		t.amendAll(take, "A-1", "A-2")
		t.delete("A-6")
		t.catchUp()
		closed := []string{"closed"}
		byID := sorted(orderhub.SortID, false)
		for _, tt := range []struct {
			name   string
			text   string
			filter orderhub.OrderFilter
			most   int
			want   string
			total  int
		}{
			{"all", "", orderhub.OrderFilter{Sort: byID}, 100, "A-1 A-2 A-3 A-4 A-5", 5},
			{"to export", "", orderhub.OrderFilter{Sort: byID, ToExport: true}, 100, "A-3 A-4 A-5 A-6", 4},
			{"deleted", "", orderhub.OrderFilter{Deleted: true}, 100, "A-6", 1},
			{"found", "BOOTS", orderhub.OrderFilter{Sort: byID}, 100, "A-1 A-2 A-4", 3},
			{"found, by total", "boots", orderhub.OrderFilter{Sort: sorted(orderhub.SortTotal, false)}, 100, "A-4 A-2 A-1", 3},
			{"found, the newest first", "boots", orderhub.OrderFilter{}, 100, "A-4 A-2 A-1", 3},
			{"found, but one", "boots", orderhub.OrderFilter{Sort: byID, Skip: 1}, 100, "A-2 A-4", 3},
			{"found, one only", "boots", orderhub.OrderFilter{Sort: byID}, 1, "A-1", 3},
			{"found and closed", "boots", orderhub.OrderFilter{Sort: byID, Statuses: closed}, 100, "A-2 A-4", 2},
			{"found, closed and to export", "boots", orderhub.OrderFilter{Sort: byID, Statuses: closed, ToExport: true}, 100, "A-4", 1},
			{"found and not closed", "boots", orderhub.OrderFilter{Sort: byID, Except: closed}, 100, "A-1", 1},
			{"found by number", "A-3", orderhub.OrderFilter{}, 100, "A-3", 1},
			{"found by two words", "boots brown", orderhub.OrderFilter{}, 100, "A-2", 1},
			{"found none", "slippers", orderhub.OrderFilter{}, 100, "", 0},
			{"found none with the filter", "laces", orderhub.OrderFilter{Statuses: closed}, 100, "", 0},
			{"no word", " ", orderhub.OrderFilter{}, 100, "", 0},
			{"no wildcard", "b%ts", orderhub.OrderFilter{}, 100, "", 0},
		} {
			got, total := t.walk(tt.text, tt.filter, tt.most)
			if strings.Join(got, " ") != tt.want || total != tt.total {
				t.Errorf("%s: %v of %d, want %s of %d", tt.name, got, total, tt.want, tt.total)
			}
		}
	})
}

func TestWalkPassesOnWhatIsWrong(t *testing.T) {
	each(t, func(t *desk) {
		t.placeMany(3, nil)
		for name, f := range map[string]orderhub.OrderFilter{
			"skip":  {Skip: -1},
			"sort":  {Sort: sorted(orderhub.SortCustomer+1, false)},
			"after": {Sort: sorted(orderhub.SortTotal, false), After: &orderhub.Cursor{ID: 1}},
		} {
			for _, text := range []string{"", "10001"} {
				_, _, err := t.s.Walk(t.Context(), t.shop, text, f, 10)
				t.wantKind(err, orderhub.Invalid, name)
			}
		}
	})
}

// A list that cannot be read on ends with its error.
func TestWalkEndsWithAnError(t *testing.T) {
	each(t, func(t *desk) {
		t.placeMany(502, nil)
		_, orders, err := t.s.Walk(t.Context(), t.shop, "", orderhub.OrderFilter{Sort: sorted(orderhub.SortTotal, false), Skip: 1}, 1_000)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		_, broken, err := t.s.Walk(ctx, t.shop, "", orderhub.OrderFilter{Sort: sorted(orderhub.SortTotal, false)}, 1_000)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		n, ends := 0, 0
		for o, err := range broken {
			if err == nil {
				n++
				continue
			}
			if ends++; o != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("the list ends with %v, %v", o, err)
			}
		}
		if n != 500 || ends != 1 {
			t.Errorf("%d orders and %d errors, want a step and one", n, ends)
		}
		if got := t.collect(orders); len(got) != 501 {
			t.Errorf("%d orders of another list, want 501", len(got))
		}
	})
}
