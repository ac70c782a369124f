package aplaut_test

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// ask makes a request with a key of the hub, "" for none.
func ask(h *dialecttest.Hub, key, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://hub.example"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/vnd.api+json")
	if key != "" {
		r.Header.Set("Authorization", "Token token="+key)
	}
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	return w
}

const (
	someOrder    = `{"data": {"type": "orders", "attributes": {"number": "A-1", "consumer_email": "olga@example.com"}}}`
	someConsumer = `{"data": {"type": "consumers", "attributes": {"external_id": "A-1", "email": "olga@example.com"}}}`
	firstID      = "000000000000000000000001"
)

// stocked is a hub whose shop main has an order and a consumer, both A-1 and
// the first of all.
func stocked(t *testing.T) *dialecttest.Hub {
	t.Helper()
	h := dialecttest.NewHub(t, storetest.Open(t))
	for path, body := range map[string]string{"/v4/orders": someOrder, "/v4/consumers": someConsumer} {
		if path == "/v4/orders" {
			body = strings.Replace(body, "olga@", "buyer@", 1)
		}
		if w := ask(h, h.Vars["key"], "POST", path, body); w.Code != 201 {
			t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
		}
	}
	return h
}

// idents are texts that may stand for an order or a consumer in an address.
var idents = map[string]string{
	"a number": "A-1", "an id of ours": firstID, "the second id": "000000000000000000000002", "an unknown number": "Z-9",
	"an unknown id": "00000000000000000000ffff", "an id too large": "ffffffffffffffffffffffff", "an id of the vendor": "66b1f0c2a4d7e80012a3b4c5",
	"a way up": "..%2Fx", "a NUL": "%00", "a NUL inside": "A%00-1", "10 kB": strings.Repeat("9", 10_000), "no UTF-8": "%FF%FE",
	"SQL": "%27%20or%201%3D1%20--%20", "more SQL": "1%29%3B%20drop%20table%20orders%3B", "a pattern": "%25", "a template": "%7B%7B7%2A7%7D%7D%24%7B7%2A7%7D%3C%25%3D7%2A7%25%3E",
	"a sign": "+" + firstID[1:], "a space": "A-1%20", "other letters": "a-1", "a line": "A-1%0D%0AX-A%3A%20b", "markup": "%3Cscript%3E",
}

// routes are all that the dialect serves.
var routes = []struct{ method, path, body string }{
	{"GET", "/v4/orders", ""}, {"POST", "/v4/orders", someOrder},
	{"GET", "/v4/orders/{id}", ""}, {"PUT", "/v4/orders/{id}", someOrder}, {"PATCH", "/v4/orders/{id}", someOrder}, {"DELETE", "/v4/orders/{id}", ""},
	{"GET", "/v4/consumers", ""}, {"POST", "/v4/consumers", someConsumer},
	{"GET", "/v4/consumers/{id}", ""}, {"PUT", "/v4/consumers/{id}", someConsumer}, {"PATCH", "/v4/consumers/{id}", someConsumer},
	{"DELETE", "/v4/consumers/{id}", ""}, {"GET", "/v4/consumers/{id}/orders", ""},
}

// Who has no key that is good for the act learns nothing, whatever is asked.
func TestStrangersLearnNothing(t *testing.T) {
	h := stocked(t)
	credentials := map[string]struct {
		key         string
		read, write int
	}{
		"none": {"", 401, 401}, "a wrong one": {strings.Repeat("x", 32), 401, 401}, "no token at all": {"é'--", 401, 401},
		"a revoked one": {h.Vars["revoked"], 401, 401}, "an expired one": {h.Vars["expired"], 401, 401},
		"one for another dialect": {h.Vars["usam"], 403, 403}, "one for reading": {h.Vars["reader"], 0, 403},
	}
	for who, c := range credentials {
		first := make(map[int]string) // answers by status: each is always the same
		for _, route := range routes {
			want := c.read
			if route.method != "GET" {
				want = c.write
			}
			if want == 0 {
				continue
			}
			for what, id := range idents {
				path := strings.Replace(route.path, "{id}", id, 1)
				w := ask(h, c.key, route.method, path, route.body)
				if w.Code != want {
					t.Fatalf("%s, %s %s (%s): %d %s, want %d", who, route.method, route.path, what, w.Code, w.Body, want)
				}
				if first[want] == "" {
					first[want] = w.Body.String()
				}
				if w.Body.String() != first[want] {
					t.Errorf("%s, %s %s (%s): %s, want %s as for all others", who, route.method, route.path, what, w.Body, first[want])
				}
			}
		}
	}
	if n, err := h.DB.Count(t.Context()); err != nil || n.Orders != 1 || n.Customers != 2 {
		t.Errorf("stored = %+v, %v, want what was there before", n, err)
	}
}

var hexID = regexp.MustCompile(`[0-9a-f]{24}`)

// said is an answer without what differs in every request. The ids of what a
// request has made count all that the hub has made.
func said(w *httptest.ResponseRecorder) string {
	headers := w.Header().Clone()
	headers.Del("X-Request-Id")
	text := fmt.Sprint(w.Code, headers, w.Body)
	if w.Code == 201 {
		return hexID.ReplaceAllString(text, "ID")
	}
	return text
}

// To the other shop everything of main is as unknown as what never was: it
// gets the answers of a hub that holds nothing.
func TestForeignIsAnsweredLikeUnknown(t *testing.T) {
	statuses := map[string]string{ // what each method may answer then
		"GET": "200 404", "POST": "201", "PUT": "201 422", "PATCH": "404", "DELETE": "404",
	}
	full, empty := stocked(t), dialecttest.NewHub(t, storetest.Open(t))
	for _, route := range routes {
		for what, id := range idents {
			path := strings.Replace(route.path, "{id}", id, 1)
			got := ask(full, full.Vars["foreign"], route.method, path, route.body)
			want := ask(empty, empty.Vars["foreign"], route.method, path, route.body)
			if diff := cmp.Diff(said(want), said(got)); diff != "" {
				t.Errorf("%s %s (%s) shows that there is something (-want +got):\n%s", route.method, route.path, what, diff)
			}
			if !strings.Contains(statuses[route.method], fmt.Sprint(got.Code)) {
				t.Errorf("%s %s (%s): %d %s, want %s", route.method, route.path, what, got.Code, got.Body, statuses[route.method])
			}
			if got.Code == 201 { // or the next would find it
				full, empty = stocked(t), dialecttest.NewHub(t, storetest.Open(t))
			}
		}
	}
}

// An id of ours is its 24 digits, nothing that a number could also be read from.
func TestIDsHaveOneForm(t *testing.T) {
	h := stocked(t)
	for id, want := range map[string]int{firstID: 200, "+" + firstID[1:]: 404, "-" + firstID[1:]: 404, firstID[1:]: 404, "0" + firstID: 404, "0x" + firstID[2:]: 404} {
		for _, collection := range []string{"orders", "consumers"} {
			if w := ask(h, h.Vars["key"], "GET", "/v4/"+collection+"/"+id, ""); w.Code != want {
				t.Errorf("GET %s/%s: %d, want %d", collection, id, w.Code, want)
			}
		}
	}
}

// What the other shop does under main's numbers and ids leaves main alone.
func TestForeignWritesTouchNothing(t *testing.T) {
	h := stocked(t)
	before := make(map[string]string)
	show := func(path string) string { return ask(h, h.Vars["key"], "GET", path, "").Body.String() }
	for _, path := range []string{"/v4/orders/A-1", "/v4/consumers/A-1", "/v4/orders", "/v4/consumers"} {
		before[path] = show(path)
	}
	for _, route := range routes {
		for _, id := range []string{"A-1", firstID, "000000000000000000000002"} {
			ask(h, h.Vars["foreign"], route.method, strings.Replace(route.path, "{id}", id, 1), route.body)
		}
	}
	for path, want := range before {
		if got := show(path); got != want {
			t.Errorf("GET %s = %s, want %s as before", path, got, want)
		}
	}
}

// Fields that are ours cannot be set from outside.
func TestFieldsOfOursAreNotTaken(t *testing.T) {
	const ours = `"shop_id": 2, "shop": "other", "id": "` + firstID + `", "type": "admins", "paid": true, "payment": "paid", "payments": [{"amount": 1}],
		"total": "0.01", "totalprice": 1, "status": "closed", "stage": "completed", "fulfilment": "delivered", "code": "X", "source": "X",
		"deleted_at": "2020-01-01T00:00:00Z", "created_by": "root", "customer_id": 7, "consumer_id": "x", "is_admin": true, "role": "admin", "age": 7,
		"balance": 100, "group": "vip", "consents": [1], "registered_at": "2020-01-01T00:00:00Z", "extras": {"usam": {"a": 1}}, "key": "x"`
	const around = `"links": {"self": "x"}, "meta": {"shop": 2}, "relationships": {"consumer": {"data": {"type": "consumers", "id": "` + firstID + `"}}, "shop": {"data": null}}`
	good, bad := dialecttest.NewHub(t, storetest.Open(t)), dialecttest.NewHub(t, storetest.Open(t))
	attack := strings.NewReplacer(`"attributes": {`, around+`, "attributes": {`+ours+`, `, `{"data"`, `{"shop_id": 2, "included": [{"type": "shops", "id": "1"}], "data"`)
	for _, step := range []struct{ method, path, body string }{
		{"POST", "/v4/orders", someOrder},
		{"PUT", "/v4/orders/A-2", `{"data": {"type": "orders", "attributes": {"consumer_name": "Olga", "order_lines": [{"product_id": 1, "price": 5}]}}}`},
		{"PATCH", "/v4/orders/A-1", `{"data": {"type": "orders", "attributes": {"consumer_name": "Olga"}}}`},
		{"POST", "/v4/consumers", strings.Replace(someConsumer, "olga", "other", 1)},
		{"PUT", "/v4/consumers/A-2", `{"data": {"type": "consumers", "attributes": {"name": "Olga"}}}`},
		{"PATCH", "/v4/consumers/A-1", `{"data": {"type": "consumers", "attributes": {"name": "Olga"}}}`},
	} {
		want := ask(good, good.Vars["key"], step.method, step.path, step.body)
		got := ask(bad, bad.Vars["key"], step.method, step.path, attack.Replace(step.body))
		if got.Code >= 300 || got.Body.String() != want.Body.String() {
			t.Errorf("%s %s: %d %s, want %s", step.method, step.path, got.Code, got.Body, want.Body)
		}
	}
	for _, number := range []string{"A-1", "A-2"} {
		want, err := good.Orders.Find(t.Context(), good.Main, orderhub.OrderRef{Number: number})
		if err != nil {
			t.Fatal(err)
		}
		got, err := bad.Orders.Find(t.Context(), bad.Main, orderhub.OrderRef{Number: number})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("order %s is stored otherwise, %v (-want +got):\n%s", number, err, diff)
		}
	}
}

// What the other shop asks, however it asks, shows nothing of main.
func TestRandomRequestsShowNothingOfAnotherShop(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	for i := range 100 {
		mark := func(what string) string { return fmt.Sprintf("marker%s%03d", what, i) }
		h := func(method, path, body string) {
			if w := ask(h, h.Vars["key"], method, path, body); w.Code != 201 {
				t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
		}
		h("PUT", fmt.Sprint("/v4/orders/N-", i), fmt.Sprintf(`{"data": {"type": "orders", "attributes": {"consumer_name": %q, "consumer_email": "%s@example.com",
			"details": {%q: "x"}, "order_lines": [{"product_id": %q, "price": 1}]}}}`, mark("name"), mark("mail"), mark("detail"), mark("product")))
		h("PUT", fmt.Sprint("/v4/consumers/N-x", i), fmt.Sprintf(`{"data": {"type": "consumers", "attributes": {"name": %q, "custom_attributes": {"a": %q}}}}`,
			mark("consumer"), mark("attribute")))
	}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range 2_000 {
		kind := pick("orders", "consumers")
		path := "/v4/" + kind
		if random.IntN(4) > 0 {
			path += "/" + pick(fmt.Sprint("N-", random.IntN(100)), fmt.Sprint("N-x", random.IntN(100)), fmt.Sprintf("%024x", random.IntN(400)), "%25", "N-%25")
			path += pick("", "", "", "/orders")
		}
		path += "?" + pick("", "include=consumer", "include=orders", "include=consumer,product&sort=updated_at:asc") +
			pick("", "&page="+fmt.Sprint(random.IntN(20)), "&per_page=25", "&page[after]=MTc3NzgwOTYwMDAwMDAwMC41MA") +
			pick("", "&filter=created_at:neq:2020-01-01", "&filter=unsubscribed:eq:false", "&fields[orders]=details,order_lines,consumer")
		body := fmt.Sprintf(`{"data": {"type": %q, "attributes": {"number": "N-%d", "external_id": "N-x%d", "email": "b%d@example.com", "consumer_email": "b@example.com"}}}`,
			kind, random.IntN(100), random.IntN(100), random.IntN(50))
		w := ask(h, h.Vars["foreign"], pick("GET", "GET", "GET", "PUT", "PATCH", "POST", "DELETE"), path, body)
		if text := fmt.Sprint(w.Header(), w.Body); strings.Contains(text, "marker") {
			t.Fatalf("%s shows something of the other shop: %s", path, text)
		}
	}
	page, err := h.Orders.List(t.Context(), h.Main, orderhub.OrderFilter{Limit: 1, Total: true})
	if err != nil || page.Total != 100 {
		t.Errorf("main has %d orders, %v, want all 100 left", page.Total, err)
	}
}
