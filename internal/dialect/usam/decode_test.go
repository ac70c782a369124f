package usam_test

import (
	"fmt"
	"net/http"
	"testing"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

func find(t *testing.T, h *dialecttest.Hub, id int) *orderhub.Order {
	t.Helper()
	o, err := h.Orders.Find(t.Context(), h.Main, orderhub.OrderRef{ID: orderhub.OrderID(id)})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// change sets the contact as another dialect does.
func change(t *testing.T, h *dialecttest.Hub, o *orderhub.Order, name, email, phone string) {
	t.Helper()
	_, _, err := h.Orders.Amend(t.Context(), h.Main, orderhub.OrderRef{ID: o.ID},
		orderhub.OrderChange{Name: &name, Email: &email, Phone: &phone}, orderhub.Mode{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
}

// Numbers come as numbers, as strings, with noise; what is none is refused.
func TestOddNumbers(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	c := till{t, h, h.Vars["key"]}
	for _, tt := range []struct {
		price, quantity string
		total           string // "" when it is refused
	}{
		{`345`, `1`, "345"}, {`"345.00"`, `"1.000"`, "345"}, {`64.900000000000006`, `2`, "129.8"}, {`"0"`, `1`, "0"}, {`1e2`, `3`, "300"},
		{`100.10`, `3.45`, "345.35"}, {`0.1`, `"0.5"`, "0.05"}, {`99999999.99`, `1`, "99999999.99"},
		{`-1`, `1`, ""}, {`""`, `1`, ""}, {`"1 000"`, `1`, ""}, {`true`, `1`, ""}, {`[1]`, `1`, ""}, {`{}`, `1`, ""}, {`1e99`, `1`, ""}, {`"NaN"`, `1`, ""},
		{`1`, `0`, ""}, {`1`, `-1`, ""}, {`1`, `"many"`, ""}, {`1`, `0.0001`, ""}, {`1`, `1e30`, ""}, {`1`, `""`, ""},
	} {
		w := c.ask("POST", "/wp-json/usam/v1/order", fmt.Sprintf(`{"products":[{"product_id":1,"price":%s,"quantity":%s}]}`, tt.price, tt.quantity))
		if tt.total == "" {
			if w.Code != http.StatusBadRequest {
				t.Errorf("%s × %s: %d %s, want 400", tt.price, tt.quantity, w.Code, w.Body)
			}
			continue
		}
		if w.Code != http.StatusOK {
			t.Errorf("%s × %s: %d %s", tt.price, tt.quantity, w.Code, w.Body)
			continue
		}
		page, err := h.Orders.List(t.Context(), h.Main, orderhub.OrderFilter{Limit: 1, Sort: []orderhub.Sort{{Field: orderhub.SortID, Descending: true}}})
		if err != nil || page.Orders[0].Total.String() != tt.total {
			t.Errorf("%s × %s makes %s (%v), want %s", tt.price, tt.quantity, page.Orders[0].Total, err, tt.total)
		}
	}
}

// Whatever a body holds, the answer is no fault of ours.
func FuzzOrder(f *testing.F) {
	for _, body := range []string{
		`{"products":[{"product_id":1,"price":1}],"properties":{"billingfirstname":"Анна"}}`,
		`{"products":{"0":{"code":"x","price":"1","id":100001}},"payments":[{"status":3,"sum":1,"id":"100002"}],"shipping":[{"price":1}],"taxes":[{"tax":1}]}`,
		`{"items":[{"id":1,"exchange":1},{"code":"x","status":"closed"}]}`, `products[0][price]=1&products[0][code]=x&exchange=1`,
		`{"products":[],"bonuses":5,"user_ID":"17","date_insert":"2026-03-29 02:30:00","exchange":true,"date_exchange":0}`,
	} {
		f.Add(body)
	}
	h := dialecttest.NewHub(f, storetest.Open(f))
	if _, err := h.Orders.Search(f.Context(), h.Main, "x", orderhub.OrderFilter{}, 0, 1); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c := till{t, h, h.Vars["key"]}
		for _, request := range []struct{ method, path string }{{"POST", "/order"}, {"POST", "/order/1"}, {"PUT", "/orders"}, {"GET", "/orders"}} {
			if w := c.ask(request.method, "/wp-json/usam/v1"+request.path, body); w.Code >= 500 {
				t.Errorf("%s %s: %d %s", request.method, request.path, w.Code, w.Body)
			}
		}
	})
}
