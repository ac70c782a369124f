package ecdp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

const (
	someOrder    = `{"mode": "AddOrReplace", "data": [{"id": "A-1", "date": "2026-05-01", "totalValue": 1, "customer": {"email": "olga@example.com", "crmId": "K-1"}, "orderAttributes": [{"name": "a", "value": "b"}], "products": [{"id": "1", "name": "a", "price": 1, "quantity": 1}]}]}`
	someCustomer = `{"mode": "AddOrUpdate", "data": [{"email": "olga@example.com", "phone": "+48600123456", "customAttributes": [{"name": "a", "value": 1}], "consentsData": {"consents": [{"id": 1, "value": "True"}]}}]}`
	someEvent    = `{"customEventId": 1, "customerEmail": "olga@example.com"}`
)

// routes are all that the dialect serves.
var routes = []struct{ method, path, body string }{
	{"POST", "/orders", someOrder}, {"GET", "/orders/{id}", ""}, {"PUT", "/orders/status", `{"orderId": "A-1", "orderStatus": "paid"}`}, {"DELETE", "/orders/{id}", ""},
	{"POST", "/customers", someCustomer}, {"GET", "/customers/{id}", ""}, {"GET", "/customers/email/{id}", ""}, {"GET", "/customers/phone/{id}", ""}, {"GET", "/customers/crmId/{id}", ""},
	{"GET", "/customerconsents", ""}, {"GET", "/customerattributes", ""}, {"GET", "/productattributes", ""}, {"GET", "/orderattributes", ""},
	{"POST", "/scenariocustomevents", someEvent},
}

// idents are texts that may stand for an order or a customer in an address.
var idents = []string{"A-1", "1", "olga@example.com", "+48600123456", "K-1", "Z-9", "..%2Fx", "%00", "A%00-1", strings.Repeat("9", 10_000), "%FF%FE",
	"%27%20or%201%3D1%20--%20", "%25", "A-1%20", "a-1", "A-1%0D%0AX-A%3A%20b", "-1", "0x1", "99999999999999999999"}

func stocked(t *testing.T) *dialecttest.Hub {
	t.Helper()
	h := dialecttest.NewHub(t, storetest.Open(t))
	for path, body := range map[string]string{"/orders": someOrder, "/customers": someCustomer} {
		if w := ask(h, "key", "POST", path, body); w.Code != 201 {
			t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
		}
	}
	return h
}

// Who has no key that is good for the act learns nothing, whatever is asked.
func TestStrangersLearnNothing(t *testing.T) {
	h := stocked(t)
	before, _ := h.DB.Count(t.Context())
	for _, key := range []string{"nobody", "revoked", "expired", "usam", "reader"} {
		for _, route := range routes {
			if key == "reader" && route.method == "GET" {
				continue
			}
			for _, id := range idents {
				w := ask(h, key, route.method, strings.Replace(route.path, "{id}", id, 1), route.body)
				if w.Code != 401 || errorsOf(t, w) != nil || strings.Contains(w.Body.String(), "olga") && !strings.Contains(id, "olga") {
					t.Fatalf("%s, %s %s: %d %s, want 401", key, route.method, route.path, w.Code, w.Body)
				}
			}
		}
	}
	if after, err := h.DB.Count(t.Context()); err != nil || after != before {
		t.Errorf("stored = %+v, %v, want %+v as before", after, err, before)
	}
}

// To the other shop everything of main is as unknown as what never was: it gets
// the answers of a hub that holds nothing, and changes nothing of main's.
func TestForeignIsAnsweredLikeUnknown(t *testing.T) {
	full, empty := stocked(t), dialecttest.NewHub(t, storetest.Open(t))
	shown := ask(full, "key", "GET", "/orders/A-1", "").Body.String()
	for _, route := range routes {
		for _, id := range idents {
			path := strings.Replace(route.path, "{id}", id, 1)
			if route.method == "POST" && id != "A-1" {
				continue
			}
			got, want := ask(full, "foreign", route.method, path, route.body), ask(empty, "foreign", route.method, path, route.body)
			if got.Code != want.Code || got.Code != 201 && cmp.Diff(got.Body.String(), want.Body.String()) != "" && !strings.Contains(route.path, "attributes") {
				t.Errorf("%s %s: %d %s, want %d %s", route.method, path, got.Code, got.Body, want.Code, want.Body)
			}
			if got.Code >= 500 {
				t.Errorf("%s %s: %d %s", route.method, path, got.Code, got.Body)
			}
			if got.Code == 201 { // or the next would find it
				full, empty = stocked(t), dialecttest.NewHub(t, storetest.Open(t))
			}
		}
	}
	if now := ask(full, "key", "GET", "/orders/A-1", "").Body.String(); now != shown {
		t.Errorf("the order of main is %s, want %s", now, shown)
	}
}

// Fields that are ours cannot be set from outside.
func TestFieldsOfOursAreNotTaken(t *testing.T) {
	const ours = `"shop_id": 2, "shop": "other", "code": "X", "note": "X", "paid": true, "payment": "paid", "payments": [{"sum": 1}], "stage": "completed",
		"deletedAt": "2020-01-01T00:00:00Z", "isDeleted": true, "orderId": 7, "extras": {"usam": {"a": 1}}, "source": "X", "fulfilment": "delivered", `
	good, bad := dialecttest.NewHub(t, storetest.Open(t)), dialecttest.NewHub(t, storetest.Open(t))
	attack := strings.NewReplacer(`{"id": "A-1", `, `{`+ours+`"id": "A-1", `, `{"mode"`, `{"shop_id": 2, "mode"`,
		`{"email": `, `{"id": 99, "shop": 2, "group": "vip", "unsubscribed": true, "registeredAt": "2020-01-01", "email": `)
	for path, body := range map[string]string{"/orders": someOrder, "/customers": someCustomer} {
		want, got := ask(good, "key", "POST", path, body), ask(bad, "key", "POST", path, attack.Replace(body))
		if got.Code != 201 || got.Body.String() != want.Body.String() {
			t.Errorf("POST %s: %d %s, want %s", path, got.Code, got.Body, want.Body)
		}
	}
	want, err := good.Orders.Find(t.Context(), good.Main, orderhub.OrderRef{Number: "A-1"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := bad.Orders.Find(t.Context(), bad.Main, orderhub.OrderRef{Number: "A-1"})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the order is stored otherwise, %v (-want +got):\n%s", err, diff)
	}
}

// Whatever arrives as a batch is taken or refused, never a fault of ours; what
// was taken can be read back, and taken again.
func FuzzPostOrders(f *testing.F) {
	h := dialecttest.NewHub(f, storetest.Open(f))
	for _, body := range []string{
		someOrder, strings.Replace(someOrder, "AddOrReplace", "Add", 1), `{}`, `[[[`, `{"mode": "replace", "data": [{}]}`, `null`, ``,
		`{"data": [{"id": 1e3, "date": "2026-03-29T02:30:00", "timeZone": "Europe/Warsaw", "totalValue": "1e2", "returnsValue": 0.1, "websiteId": -1, "status": "Cancelled",
		 "customer": {"email": "a@b.c", "crmId": 0, "consentsData": {"consents": [{"id": "3", "value": true}]}}, "currency": "usd",
		 "products": [{"id": 0, "name": "\ud83d\ude00", "price": -1.00005, "quantity": "2.0", "returned": 1, "url": "u", "imageUrl": "i", "category": "c",
		 "productAttributes": [{"value": 1e400, "name": "n"}, {"name": "n", "value": null}]}], "orderAttributes": [{"name": "payment_status", "value": "paid"}]}], "mode": "ADDorREPLACE"}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := ask(h, "key", "POST", "/orders", body)
		var said struct {
			Errors []string
			Data   []struct{ ID string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code >= 500 {
			t.Fatalf("POST %q: %d %s", body, w.Code, w.Body)
		}
		if w.Code == 400 && len(said.Errors) == 0 || w.Code == 201 && said.Errors != nil {
			t.Fatalf("POST %q: %d %s", body, w.Code, w.Body)
		}
		for _, o := range said.Data {
			if back := read(t, h, o.ID, "id"); back != fmt.Sprintf("%q", o.ID) && !strings.ContainsAny(back, `\<>&`) {
				t.Fatalf("POST %q: order %q reads back as %s", body, o.ID, back)
			}
		}
	})
}

// Whatever arrives about customers and events does no harm.
func FuzzOtherBodies(f *testing.F) {
	h := dialecttest.NewHub(f, storetest.Open(f))
	for _, body := range []string{someCustomer, someEvent, `{"orderId": "A-1", "orderStatus": "paid", "websiteId": 1}`, `{"mode": "update", "matchBy": "email", "data": [{"gender": 1}]}`,
		`{"mode": "Add", "data": [{"email": "a@b.c", "dateOfBirth": "0000-00-00", "consentsData": []}]}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for path, method := range map[string]string{"/customers": "POST", "/scenariocustomevents": "POST", "/orders/status": "PUT"} {
			if w := ask(h, "key", method, path, body); w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%s %s %q: %d %s", method, path, body, w.Code, w.Body)
			}
		}
	})
}
