package ordering_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// batchShop makes a store with a shop.
func batchShop(t *testing.T, db *store.DB) (*ordering.Service, *orderhub.Shop) {
	t.Helper()
	shop := sample.Shop()
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), shop) })
	if err != nil {
		t.Fatal(err)
	}
	return &ordering.Service{DB: db}, shop
}

// Placing many orders at once leaves what placing them one by one does.
func TestPlaceAllIsPlaceForMany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, shop := batchShop(t, db)
		one := sample.Shop(func(s *orderhub.Shop) { s.Name = "one" })
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), one) }); err != nil {
			t.Fatal(err)
		}
		if err := s.PlaceAll(t.Context(), shop, slices.Collect(sample.Orders(1, 300, storetest.Noon))); err != nil {
			t.Fatal(err)
		}
		for o := range sample.Orders(1, 300, storetest.Noon) {
			if err := s.Place(t.Context(), one, o); err != nil {
				t.Fatal(err)
			}
		}
		together, singly := told(t, s, shop), told(t, s, one)
		if !slices.Equal(together, singly) {
			for i := range together {
				if together[i] != singly[i] {
					t.Fatalf("together %s\n  singly %s", together[i], singly[i])
				}
			}
			t.Fatalf("together %d orders, singly %d", len(together), len(singly))
		}
	})
}

// told writes down the orders of a shop with their customers, in words that
// do not tell the shop.
func told(t *testing.T, s *ordering.Service, shop *orderhub.Shop) []string {
	t.Helper()
	page, linked, err := s.ListWithCustomers(t.Context(), shop, orderhub.OrderFilter{Limit: orderhub.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	buyers := make(map[orderhub.CustomerID]string)
	for _, c := range linked {
		buyers[c.ID] = fmt.Sprint(c.ExternalID, c.Name, c.Email, c.Phone)
	}
	var all []string
	for _, o := range page.Orders {
		all = append(all, fmt.Sprint(o.Number, o.Total, o.Status, o.Payment, len(o.Lines), o.Lines, buyers[o.Customer]))
	}
	return all
}

func TestPlaceAllIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, shop := batchShop(t, db)
		if err := s.Place(t.Context(), shop, sample.Order(func(o *orderhub.Order) { o.Number = "taken" })); err != nil {
			t.Fatal(err)
		}
		before, _ := db.Count(t.Context())
		number := func(n string) *orderhub.Order { return sample.Order(func(o *orderhub.Order) { o.Number = n }) }
		bad := number("bad")
		bad.Lines[1].Quantity = 0
		tests := []struct {
			name   string
			orders []*orderhub.Order
			want   string
		}{
			{"a number that is taken", []*orderhub.Order{number("a"), number("taken")}, "[orders[1].number is already taken]"},
			{"a number twice", []*orderhub.Order{number("a"), number("b"), number("a")}, "[orders[2].number is already taken]"},
			{"two that are wrong", []*orderhub.Order{bad, number("a"), number("")},
				"[orders[0].lines[1].quantity must be more than zero orders[2].number can't be blank]"},
			{"too many", make([]*orderhub.Order, ordering.MaxBatch+1), "[orders are too many at once; send at most 1000]"},
		}
		for _, tt := range tests {
			err := s.PlaceAll(t.Context(), shop, tt.orders)
			if got := fmt.Sprint(orderhub.All(err)); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
		if after, _ := db.Count(t.Context()); after != before {
			t.Errorf("stored %+v, want %+v", after, before)
		}
	})
}

// Batches with the same customers in another sequence neither wait for each
// other for ever nor make anybody twice.
func TestBatchesOfTheSameCustomersAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, shop := batchShop(t, db)
		var wg sync.WaitGroup
		for b := range 8 {
			wg.Go(func() {
				var orders []*orderhub.Order
				for i := range 40 {
					c := i
					if b%2 == 1 {
						c = 39 - i
					}
					orders = append(orders, sample.Order(func(o *orderhub.Order) {
						o.Number = fmt.Sprintf("%d-%d", b, i)
						o.Contact = orderhub.Contact{Email: fmt.Sprintf("c%d@example.com", c), Phone: fmt.Sprintf("+7912000%04d", c)}
					}))
				}
				if err := s.PlaceAll(t.Context(), shop, orders); err != nil {
					t.Errorf("batch %d: %v", b, err)
				}
			})
		}
		wg.Wait()
		if n, err := db.Count(t.Context()); err != nil || n.Orders != 320 || n.Customers != 40 {
			t.Errorf("stored %+v, %v; want 320 orders of 40 customers", n, err)
		}
	})
}
