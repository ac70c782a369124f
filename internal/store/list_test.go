package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// list reads one page and returns its numbers with the page.
func list(t testing.TB, db *store.DB, shop orderhub.ShopID, f orderhub.OrderFilter) ([]string, *orderhub.OrderPage) {
	t.Helper()
	var page *orderhub.OrderPage
	view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		page, err = tx.Shop(shop).ListOrders(ctx, f)
		return err
	})
	return numbers(page.Orders), page
}

func numbers(orders []*orderhub.Order) []string {
	var all []string
	for _, o := range orders {
		all = append(all, o.Number)
	}
	return all
}

// day is midnight of a day of May 2026.
func day(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }

func TestListFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		many(t, db, shop.ID, 6, func(i int, o *orderhub.Order) {
			o.PlacedAt, o.UpdatedAt = day(i+1), day(20-i)
			o.Status = []string{"received", "closed", "canceled"}[i%3]
			if i >= 3 {
				o.Customer = c.ID
			}
			if i == 5 {
				o.DeletedAt = storetest.Noon
			}
		})
		many(t, db, other.ID, 1, nil)
		tests := []struct {
			name   string
			filter orderhub.OrderFilter
			want   string // numbers, the newest first
		}{
			{"all but the deleted", orderhub.OrderFilter{}, "5 4 3 2 1"},
			{"of a status", orderhub.OrderFilter{Statuses: []string{"received"}}, "4 1"},
			{"of several", orderhub.OrderFilter{Statuses: []string{"closed", "canceled", "no such"}}, "5 3 2"},
			{"of none there is", orderhub.OrderFilter{Statuses: []string{"Received"}}, ""},
			{"of a customer", orderhub.OrderFilter{Customer: c.ID}, "5 4"},
			{"placed at", orderhub.OrderFilter{Placed: bounds(orderhub.Equal, 3)}, "3"},
			{"not placed at", orderhub.OrderFilter{Placed: bounds(orderhub.NotEqual, 3)}, "5 4 2 1"},
			{"placed before", orderhub.OrderFilter{Placed: bounds(orderhub.Before, 3)}, "2 1"},
			{"placed at the latest", orderhub.OrderFilter{Placed: bounds(orderhub.BeforeOrAt, 3)}, "3 2 1"},
			{"placed after", orderhub.OrderFilter{Placed: bounds(orderhub.After, 3)}, "5 4"},
			{"placed at the earliest", orderhub.OrderFilter{Placed: bounds(orderhub.AfterOrAt, 3)}, "5 4 3"},
			{"placed between", orderhub.OrderFilter{Placed: slices.Concat(bounds(orderhub.After, 1), bounds(orderhub.Before, 4))}, "3 2"},
			{"updated at", orderhub.OrderFilter{Updated: bounds(orderhub.Equal, 18)}, "3"},
			{"not updated at", orderhub.OrderFilter{Updated: bounds(orderhub.NotEqual, 18)}, "5 4 2 1"},
			{"updated before", orderhub.OrderFilter{Updated: bounds(orderhub.Before, 18)}, "5 4"},
			{"updated at the latest", orderhub.OrderFilter{Updated: bounds(orderhub.BeforeOrAt, 18)}, "5 4 3"},
			{"updated after", orderhub.OrderFilter{Updated: bounds(orderhub.After, 18)}, "2 1"},
			{"updated at the earliest", orderhub.OrderFilter{Updated: bounds(orderhub.AfterOrAt, 18)}, "3 2 1"},
			{"all at once", orderhub.OrderFilter{Statuses: []string{"closed"}, Customer: c.ID, Placed: bounds(orderhub.After, 1), Updated: bounds(orderhub.Before, 20)}, "5"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				tt.filter.Limit, tt.filter.Total = 10, true
				got, page := list(t, db, shop.ID, tt.filter)
				if strings.Join(got, " ") != tt.want {
					t.Errorf("numbers = %v, want %s", got, tt.want)
				}
				if page.Total != len(got) || page.More || page.Next != nil {
					t.Errorf("total %d, more %v, next %v; want %d and no more", page.Total, page.More, page.Next, len(got))
				}
			})
		}
	})
}

func bounds(op orderhub.TimeOp, n int) []orderhub.TimeBound {
	return []orderhub.TimeBound{{Op: op, At: day(n)}}
}

func TestListSorts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		placed, updated := []int{1, 3, 2, 3}, []int{9, 8, 9, 7} // of 1, 2, 3, 4
		many(t, db, shop.ID, 4, func(i int, o *orderhub.Order) { o.PlacedAt, o.UpdatedAt = day(placed[i]), day(updated[i]) })
		asc := func(f orderhub.SortField) orderhub.Sort { return orderhub.Sort{Field: f} }
		desc := func(f orderhub.SortField) orderhub.Sort {
			return orderhub.Sort{Field: f, Descending: true}
		}
		for _, tt := range []struct {
			sort []orderhub.Sort
			want string
		}{
			{nil, "4 2 3 1"},
			{[]orderhub.Sort{asc(orderhub.SortCreated)}, "1 3 2 4"},
			{[]orderhub.Sort{desc(orderhub.SortCreated)}, "4 2 3 1"},
			{[]orderhub.Sort{asc(orderhub.SortUpdated)}, "4 2 1 3"},
			{[]orderhub.Sort{desc(orderhub.SortUpdated)}, "3 1 2 4"},
			{[]orderhub.Sort{desc(orderhub.SortUpdated), asc(orderhub.SortCreated)}, "1 3 2 4"},
			{[]orderhub.Sort{asc(orderhub.SortCreated), desc(orderhub.SortUpdated)}, "1 3 2 4"},
		} {
			if got, _ := list(t, db, shop.ID, orderhub.OrderFilter{Sort: tt.sort, Limit: 10}); strings.Join(got, " ") != tt.want {
				t.Errorf("sorted by %v = %v, want %s", tt.sort, got, tt.want)
			}
		}
	})
}

// Hundreds of orders of one instant are what an import leaves behind.
func TestPagingByKeyVisitsEveryOrderOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		tied := func(i int, o *orderhub.Order) { o.PlacedAt, o.UpdatedAt = day(1+i%3), day(1+i%2) }
		many(t, db, shop.ID, 100, tied)
		many(t, db, other.ID, 20, tied)
		for _, field := range []orderhub.SortField{orderhub.SortCreated, orderhub.SortUpdated} {
			for _, descending := range []bool{false, true} {
				sort := orderhub.Sort{Field: field, Descending: descending}
				t.Run(fmt.Sprint(sort), func(t *testing.T) {
					visit(t, db, shop.ID, sort, 100, nil)
				})
			}
		}
	})
}

func TestPagingByKeyGoesOnWhileOrdersArrive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i, descending := range []bool{false, true} {
			shop := newShop(t, db, fmt.Sprint("shop-", i))
			tied := func(i int, o *orderhub.Order) { o.PlacedAt = day(1 + i%3) }
			many(t, db, shop.ID, 60, tied)
			arrived := 0
			visit(t, db, shop.ID, orderhub.Sort{Descending: descending}, 60, func() {
				if arrived < 20 {
					o := plainOrder(shop.ID, fmt.Sprint("late ", arrived))
					tied(arrived, o)
					create(t, db, o)
					arrived++
				}
			})
			if arrived < 5 {
				t.Errorf("only %d orders arrived in the meantime", arrived)
			}
		}
	})
}

// visit pages through all orders, seven at a time, and calls between after
// each page. The orders 1 to n must be seen, none of all twice.
func visit(t *testing.T, db *store.DB, shop orderhub.ShopID, sort orderhub.Sort, n int, between func()) {
	t.Helper()
	seen := map[string]int{}
	f := orderhub.OrderFilter{Sort: []orderhub.Sort{sort}, Limit: 7}
	for {
		got, page := list(t, db, shop, f)
		for _, number := range got {
			seen[number]++
		}
		if page.More != (page.Next != nil) || page.More && len(got) != 7 {
			t.Fatalf("a page of %d orders says more: %v, next: %v", len(got), page.More, page.Next)
		}
		if f.After = page.Next; f.After == nil {
			break
		}
		if between != nil {
			between()
		}
	}
	for i := range n {
		if seen[fmt.Sprint(i+1)] != 1 {
			t.Errorf("order %d was seen %d times", i+1, seen[fmt.Sprint(i+1)])
		}
	}
	for number, times := range seen {
		if times > 1 {
			t.Errorf("order %s was seen %d times", number, times)
		}
	}
	if between == nil && len(seen) != n {
		t.Errorf("%d orders were seen, want %d", len(seen), n)
	}
}

func TestListSkipsAndCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		many(t, db, shop.ID, 10, func(i int, o *orderhub.Order) { o.PlacedAt = day(i + 1) })
		for _, tt := range []struct {
			skip, limit int
			want        string
			more        bool
		}{
			{0, 3, "10 9 8", true},
			{3, 3, "7 6 5", true},
			{7, 3, "3 2 1", false},
			{9, 3, "1", false},
			{10, 3, "", false},
			{0, 10, "10 9 8 7 6 5 4 3 2 1", false},
		} {
			got, page := list(t, db, shop.ID, orderhub.OrderFilter{Skip: tt.skip, Limit: tt.limit, Total: true})
			if strings.Join(got, " ") != tt.want || page.More != tt.more || page.Total != 10 {
				t.Errorf("skip %d, limit %d = %v, more %v, total %d; want %s, %v, 10", tt.skip, tt.limit, got, page.More, page.Total, tt.want, tt.more)
			}
		}
		if _, page := list(t, db, shop.ID, orderhub.OrderFilter{Limit: 1}); page.Total != 0 {
			t.Errorf("nobody asked for the total, it is %d", page.Total)
		}
		_, page := list(t, db, shop.ID, orderhub.OrderFilter{Limit: 2, Sort: []orderhub.Sort{{}, {Field: orderhub.SortUpdated}}})
		if !page.More || page.Next != nil {
			t.Errorf("sorted by two fields: more %v, next %v; want more, and no cursor", page.More, page.Next)
		}
	})
}

func TestListRefusesWhatIsOverItsLimits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		for field, f := range map[string]orderhub.OrderFilter{
			"limit":  {Limit: 0},
			"limit ": {Limit: orderhub.MaxLimit + 1},
			"skip":   {Limit: 1, Skip: -1},
			"skip ":  {Limit: 1, Skip: orderhub.MaxSkip + 1},
			"after":  {Limit: 1, After: &orderhub.Cursor{}, Sort: []orderhub.Sort{{}, {}}},
			"skip  ": {Limit: 1, After: &orderhub.Cursor{}, Skip: 1}, // a cursor says all there is to say
		} {
			err := db.View(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Shop(shop.ID).ListOrders(t.Context(), f)
				return err
			})
			all := orderhub.All(err)
			if len(all) != 1 || all[0].Kind != orderhub.Invalid || all[0].Field != strings.TrimSpace(field) {
				t.Errorf("%+v: %v, want one invalid field %s", f, err, field)
			}
		}
		if got, _ := list(t, db, shop.ID, orderhub.OrderFilter{Limit: orderhub.MaxLimit, Skip: orderhub.MaxSkip}); got != nil {
			t.Errorf("an empty shop lists %v", got)
		}
	})
}

func TestOrdersAmongKeepsToTheShopAndTheFilter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		mine := many(t, db, shop.ID, 4, func(i int, o *orderhub.Order) {
			o.Status = []string{"received", "closed"}[i%2]
			if i == 3 {
				o.DeletedAt = storetest.Noon
			}
		})
		theirs := many(t, db, other.ID, 1, nil)
		ids := []orderhub.OrderID{theirs[0].ID, 999_999}
		for _, o := range mine {
			ids = append(ids, o.ID)
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			for want, f := range map[string]orderhub.OrderFilter{"3 2 1": {}, "2": {Statuses: []string{"closed"}}} {
				orders, err := tx.Shop(shop.ID).OrdersAmong(ctx, ids, f)
				if got := strings.Join(numbers(orders), " "); err != nil || got != want {
					t.Errorf("among all with %v = %s, %v, want %s", f, got, err, want)
				}
			}
			if orders, err := tx.Shop(shop.ID).OrdersAmong(ctx, nil, orderhub.OrderFilter{}); orders != nil || err != nil {
				t.Errorf("among none = %v, %v", orders, err)
			}
			return nil
		})
	})
}

// Counting stops where it would take longer than the page.
func TestTotalStopsCounting(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	var orders []*orderhub.Order
	for i := range orderhub.MaxTotal + 5 {
		orders = append(orders, plainOrder(shop.ID, fmt.Sprint(i)))
	}
	create(t, db, orders...)
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		page, err := tx.Shop(shop.ID).ListOrders(ctx, orderhub.OrderFilter{Limit: 1, Total: true})
		if err == nil && page.Total != orderhub.MaxTotal+1 {
			t.Errorf("total %d, want %d", page.Total, orderhub.MaxTotal+1)
		}
		return err
	})
}
