package ecdp_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// ask makes a request with one of the hub's keys, without a network in between.
func ask(h *dialecttest.Hub, key, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("x-api-key", h.Vars[key])
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	return w
}

// errorsOf are what an answer says is wrong, sorted.
func errorsOf(t testing.TB, w *httptest.ResponseRecorder) []string {
	t.Helper()
	var problem struct {
		Type, Title, Substatus, Detail, Instance string
		Status                                   int
		Errors                                   []string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if problem.Status != w.Code || problem.Type == "" || problem.Title == "" || problem.Substatus == "" || problem.Detail == "" || problem.Instance == "" {
		t.Errorf("status %d, and the problem is %+v; a member is missing", w.Code, problem)
	}
	return problem.Errors
}

// plainOrder is an order with all that is required, as members to be changed.
func plainOrder(id string) map[string]any {
	return map[string]any{
		"id": id, "date": "2026-05-01T08:12:30Z", "totalValue": 10,
		"customer": map[string]any{"email": "ola@example.com"},
		"products": []any{map[string]any{"id": "1", "name": "Lampa", "price": 10, "quantity": 1}},
	}
}

func batchOf(mode string, orders ...map[string]any) string {
	text, err := json.Marshal(map[string]any{"mode": mode, "data": orders})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// with puts a value into an order under a path such as customer.email or
// products.0.name; nil takes the member away.
func with(o map[string]any, path string, value any) map[string]any {
	at := o
	parts := strings.Split(path, ".")
	for i, part := range parts[:len(parts)-1] {
		switch next := at[part].(type) {
		case map[string]any:
			at = next
		case []any:
			at = next[0].(map[string]any)
		case nil:
			if i < len(parts)-2 && parts[i+1] == "0" {
				at[part] = []any{map[string]any{"name": "n", "value": "v"}}
				at = at[part].([]any)[0].(map[string]any)
			}
		}
	}
	if value == nil {
		delete(at, parts[len(parts)-1])
	} else {
		at[parts[len(parts)-1]] = value
	}
	return o
}

// TestLimits sends every text as long as it may be, and a character longer. The
// letters take two bytes: limits count characters.
func TestLimits(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	long := func(n int) string { return strings.Repeat("ż", n) }
	for _, tt := range []struct {
		path, field string
		limit       int
		around      string // what stands around the letters, %s being them
	}{
		{"id", "id", 128, "%s"},
		{"customer.email", "customer.email", 320, "%s@example.com"},
		{"customer.phone", "customer.phone", 20, "%s"},
		{"customer.crmId", "customer.crmId", 128, "%s"},
		{"products.0.id", "products[0].id", 128, "%s"},
		{"products.0.name", "products[0].name", 2048, "%s"},
		{"products.0.url", "products[0].url", 2048, "%s"},
		{"products.0.imageUrl", "products[0].imageUrl", 2048, "%s"},
		{"products.0.category", "products[0].category", 2048, "%s"},
		{"products.0.productAttributes.0.name", "products[0].productAttributes[0].name", 256, "%s"},
		{"orderAttributes.0.name", "orderAttributes[0].name", 256, "%s"},
	} {
		t.Run(tt.field, func(t *testing.T) {
			n := tt.limit - len(fmt.Sprintf(tt.around, ""))
			o := with(plainOrder("L-"+tt.field), tt.path, fmt.Sprintf(tt.around, long(n)))
			if w := ask(h, "key", "POST", "/orders", batchOf("AddOrReplace", o)); w.Code != 201 {
				t.Errorf("%d characters: %d %s, want 201", tt.limit, w.Code, w.Body)
			}
			o = with(plainOrder("over"), tt.path, fmt.Sprintf(tt.around, long(n+1)))
			w := ask(h, "key", "POST", "/orders", batchOf("Add", o))
			want := fmt.Sprintf("data[0].%s: The field is too long; send at most %d characters.", tt.field, tt.limit)
			if got := errorsOf(t, w); w.Code != 400 || !slices.Equal(got, []string{want}) {
				t.Errorf("a character more: %d %q, want 400 with %q", w.Code, got, want)
			}
			if w := ask(h, "key", "GET", "/orders/over", ""); w.Code != 404 {
				t.Errorf("the refused order: %d, want 404", w.Code)
			}
		})
	}
	zone := with(plainOrder("over"), "timeZone", long(101))
	if got := errorsOf(t, ask(h, "key", "POST", "/orders", batchOf("Add", zone))); len(got) == 0 || got[0] != "data[0].timeZone: The field is too long; send at most 100 characters." {
		t.Errorf("a long zone: %q", got)
	}
	// Values have no limit of their own.
	value := with(plainOrder("value"), "orderAttributes.0.value", long(20_000))
	if w := ask(h, "key", "POST", "/orders", batchOf("Add", value)); w.Code != 201 {
		t.Errorf("a long value: %d %s", w.Code, w.Body)
	}
}

// TestRequired takes each required field away, and sends it null and empty.
func TestRequired(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	for path, field := range map[string]string{
		"id": "id", "date": "date", "totalValue": "totalValue", "customer": "customer", "products": "products", "customer.email": "customer.email",
		"products.0.id": "products[0].id", "products.0.name": "products[0].name", "products.0.price": "products[0].price",
		"products.0.quantity": "products[0].quantity", "products.0.productAttributes.0.name": "products[0].productAttributes[0].name",
		"orderAttributes.0.name": "orderAttributes[0].name",
	} {
		want := []string{"data[0]." + field + ": The field is required."}
		sent := map[string]any{"missing": nil, "null": json.RawMessage("null"), "empty": ""}
		switch path {
		case "customer":
			delete(sent, "empty") // a text is no object, which is another fault
		case "products":
			sent["empty"] = []any{}
		}
		for what, value := range sent {
			t.Run(field+" "+what, func(t *testing.T) {
				w := ask(h, "key", "POST", "/orders", batchOf("AddOrReplace", with(plainOrder("A-1"), path, value)))
				if got := errorsOf(t, w); w.Code != 400 || !slices.Equal(got, want) {
					t.Errorf("%d %q, want 400 with %q", w.Code, got, want)
				}
			})
		}
	}
	if n, err := h.DB.Count(t.Context()); err != nil || n.Orders != 0 || n.Customers != 0 {
		t.Errorf("stored = %+v, %v; want nothing", n, err)
	}
}

// TestNumbers sends numbers as real senders write them, and as nobody should.
func TestNumbers(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	type sent struct {
		field, text string
		want        string // as it reads back; "" when it is refused
	}
	for i, tt := range []sent{
		{"products.0.quantity", `1`, `1`}, {"products.0.quantity", `2147483647`, `2147483647`}, {"products.0.quantity", `2147483648`, ``},
		{"products.0.quantity", `0`, ``}, {"products.0.quantity", `-1`, ``}, {"products.0.quantity", `1.5`, ``}, {"products.0.quantity", `"1.0000"`, `1`},
		{"products.0.quantity", `2.0`, `2`}, {"products.0.quantity", `2e0`, `2`}, {"products.0.quantity", `"two"`, ``}, {"products.0.quantity", `true`, ``},
		{"products.0.quantity", `1e400`, ``}, {"products.0.quantity", `[1]`, ``},
		{"products.0.returned", `0`, `0`}, {"products.0.returned", `2147483647`, ``}, {"products.0.returned", `2`, ``}, {"products.0.returned", `-1`, ``}, {"products.0.returned", `null`, `0`},
		{"products.0.returned", `"1"`, `1`},
		{"products.0.price", `"64.90"`, `64.9`}, {"products.0.price", `64.900000000000006`, `64.9`}, {"products.0.price", `0`, `0`}, {"products.0.price", `1.49e1`, `14.9`},
		{"products.0.price", `"1 299,90"`, ``}, {"products.0.price", `1e999999999`, ``}, {"products.0.price", `-5`, `-5`},
		{"totalValue", `0`, `0`}, {"totalValue", `299.99`, `299.99`}, {"totalValue", `-0.01`, ``}, {"totalValue", `"12.5000"`, `12.5`}, {"totalValue", `0.005`, `0.01`}, {"totalValue", `0.00005`, `0`},
		{"returnsValue", `0.10`, `0.1`}, {"returnsValue", `null`, `0`}, {"returnsValue", `10`, `10`}, {"returnsValue", `10.01`, ``}, {"returnsValue", `-1`, ``}, {"returnsValue", `{}`, ``},
		{"websiteId", `null`, `null`}, {"websiteId", `"7"`, `7`}, {"websiteId", `-2147483648`, `-2147483648`}, {"websiteId", `2147483648`, ``}, {"websiteId", `1.5`, ``},
		{"currency", `"pln"`, `"PLN"`}, {"currency", `null`, `"RUB"`}, {"currency", `"zł"`, ``}, {"currency", `"PLNN"`, ``}, {"currency", `"12A"`, ``}, {"currency", `985`, ``},
		{"status", `"PAID"`, `"paid"`}, {"status", `" Completed "`, `"completed"`}, {"status", `"cancelled"`, `"canceled"`}, {"status", `"Canceled"`, `"canceled"`},
		{"status", `null`, `"placed"`}, {"status", `"new"`, ``}, {"status", `1`, ``}, {"status", `""`, ``},
		{"id", `45`, `"45"`}, {"id", `"045"`, `"045"`}, {"id", `"a/b ?#%"`, `"a/b ?#%"`}, {"id", `true`, ``},
		{"date", `"2026-05-01T10:12:30.123456+02:00"`, `"2026-05-01T08:12:30.123456Z"`}, {"date", `"2026-05-01"`, `"2026-04-30T21:00:00.000Z"`},
		{"date", `"2026-05-01 08:12:30"`, `"2026-05-01T05:12:30.000Z"`}, {"date", `"2026-02-30T00:00:00Z"`, ``}, {"date", `1777622400`, ``}, {"date", `"0000-00-00"`, ``},
	} {
		t.Run(tt.field+" "+tt.text, func(t *testing.T) {
			o := with(plainOrder(fmt.Sprint("N-", i)), tt.field, json.RawMessage(tt.text))
			w := ask(h, "key", "POST", "/orders", batchOf("Add", o))
			if tt.want == "" {
				path := "data[0]." + strings.Replace(tt.field, ".0.", "[0].", 1) + ": "
				if got := errorsOf(t, w); w.Code != 400 || len(got) != 1 || !strings.HasPrefix(got[0], path) {
					t.Errorf("%d %q, want 400 with one of %s", w.Code, got, path)
				}
				return
			}
			if w.Code != 201 {
				t.Fatalf("%d %s, want 201", w.Code, w.Body)
			}
			var stored struct{ Data []struct{ ID string } }
			if err := json.Unmarshal(w.Body.Bytes(), &stored); err != nil {
				t.Fatal(err)
			}
			if got := read(t, h, stored.Data[0].ID, tt.field); got != tt.want {
				t.Errorf("reads back as %s, want %s", got, tt.want)
			}
		})
	}
}
