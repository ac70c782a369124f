package aplaut_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// consumer is the document of a consumer with attributes of JSON.
func consumer(attributes string) string {
	return `{"data": {"type": "consumers", "attributes": {` + attributes + `}}}`
}

// keys is an object of many names.
func keys(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"key%d": %d`, i, i)
	}
	return "{" + strings.Join(all, ", ") + "}"
}

func TestBadConsumersAreRefusedAtOnce(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	long := strings.Repeat("9", 10_000)
	tests := []struct {
		name, method, path, body string
		status                   int
		pointers                 string // of all that is wrong
	}{
		{"no address", "POST", "", consumer(`"email": "none"`), 422, "/data/attributes/email"},
		{"two addresses", "POST", "", consumer(`"email": "a@example.com, b@example.com"`), 422, "/data/attributes/email"},
		{"a phone of letters", "POST", "", consumer(`"phone": "ring twice"`), 422, "/data/attributes/phone"},
		{"an address that is an object", "POST", "", consumer(`"external_id": 1, "email": {"a": 1}`), 422, "/data/attributes/email"},
		{"attributes that are an array", "POST", "", consumer(`"external_id": 1, "custom_attributes": [1]`), 422, "/data/attributes/custom_attributes"},
		{"attributes that are a text", "PUT", "/c-1", consumer(`"custom_attributes": "vip"`), 422, "/data/attributes/custom_attributes"},
		{"a flag that is none", "POST", "", consumer(`"external_id": 1, "unsubscribed": "perhaps"`), 422, "/data/attributes/unsubscribed"},
		{"a time that is none", "POST", "", consumer(`"external_id": 1, "created_at": "yesterday"`), 422, "/data/attributes/created_at"},
		{"nested a thousand deep", "POST", "", consumer(`"custom_attributes": ` + strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000)), 400,
			"/data/attributes/custom_attributes" + strings.Repeat("/a", 61)},
		{"ten thousand names", "POST", "", consumer(`"external_id": 1, "custom_attributes": ` + keys(10_000)), 422, "/data/attributes/custom_attributes"},
		{"ten thousand attributes", "POST", "", `{"data": {"type": "consumers", "attributes": ` + keys(10_000) + `}}`, 422, "/data/attributes"},
		{"a name twice", "POST", "", consumer(`"email": "a@example.com", "email": "b@example.com"`), 400, "/data/attributes/email"},
		{"too large", "POST", "", consumer(`"name": "` + strings.Repeat("x", 1<<20) + `"`), 413, ""},
		{"a long id", "POST", "", consumer(`"external_id": "` + long + `"`), 422, "/data/attributes/external_id"},
		{"a long id in the address", "PUT", "/" + long, consumer(`"name": "Olga"`), 422, "/data/attributes"},
		{"an id that is no text", "PUT", "/%FF", consumer(`"name": "Olga"`), 422, "/data/attributes"},
		{"an id with a NUL", "PUT", "/a%00", `{"data": {"type": "consumers"}}`, 422, "/data"},
		{"a long name", "PUT", "/c-1", consumer(`"name": "` + long + `"`), 422, "/data/attributes/name /data/attributes"},
		{"nobody", "POST", "", consumer(`"name": "Olga", "email": null, "phone": ""`), 422, "/data/attributes"},
		{"no attributes at all", "POST", "", `{"data": {"type": "consumers"}}`, 422, "/data"},
		{"all at once", "POST", "", consumer(`"external_id": [], "email": "x", "phone": "y", "custom_attributes": 1`), 422,
			"/data/attributes/external_id /data/attributes/custom_attributes /data/attributes/email /data/attributes/phone"},
	}
	for _, tt := range tests {
		start := time.Now()
		w := answer(h, tt.method, "/v4/consumers"+tt.path, "application/vnd.api+json", tt.body)
		took := time.Since(start)
		got := pointersOf(w)
		if w.Code != tt.status || got != tt.pointers || took > time.Second {
			t.Errorf("%s: %d %.300s after %v, pointers %q, want %d and %q at once", tt.name, w.Code, w.Body, took, got, tt.status, tt.pointers)
		}
		for _, p := range strings.Fields(got) {
			if !leads(tt.body, p) {
				t.Errorf("%s: pointer %s leads nowhere", tt.name, p)
			}
		}
	}
	if n, err := h.DB.Count(t.Context()); err != nil || n.Customers != 0 {
		t.Errorf("%d customers are stored, %v, want none", n.Customers, err)
	}
}

func pointersOf(w *httptest.ResponseRecorder) string {
	var d struct {
		Errors []struct {
			Source struct {
				Pointer string `json:"pointer"`
			} `json:"source"`
		} `json:"errors"`
	}
	if json.Unmarshal(w.Body.Bytes(), &d) != nil {
		return "no JSON"
	}
	var all []string
	for _, e := range d.Errors {
		all = append(all, e.Source.Pointer)
	}
	return strings.TrimSpace(strings.Join(all, " "))
}

// What costs time grows with a body, not with its square.
func TestLargeBodiesAreAnsweredAtOnce(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	order := func(attributes string) string {
		return `{"data": {"type": "orders", "attributes": {` + attributes + `}}}`
	}
	times := func(n int, element string) string { return "[" + strings.Repeat(element+",", n-1) + element + "]" }
	for name, tt := range map[string]struct{ path, body string }{
		"attributes":      {"/v4/consumers/c-1", consumer(`"custom_attributes": ` + keys(50_000))},
		"details":         {"/v4/orders/A-1", order(`"details": ` + keys(50_000))},
		"names of a line": {"/v4/orders/A-1", order(`"order_lines": [` + keys(50_000) + `]`)},
		"lines":           {"/v4/orders/A-1", order(`"order_lines": ` + times(60_000, "{}"))},
		"bad lines":       {"/v4/orders/A-1", order(`"order_lines": ` + times(20_000, `{"price":"x"}`))},
		"no lines":        {"/v4/orders/A-1", order(`"order_lines": ` + times(60_000, "1"))},
	} {
		start := time.Now()
		w := answer(h, "PUT", tt.path, "", tt.body)
		if took := time.Since(start); w.Code != 422 || w.Body.Len() > 1<<20 || took > 3*time.Second {
			t.Errorf("%s: %d and %d bytes after %v, want 422 at once", name, w.Code, w.Body.Len(), took)
		}
	}
}

// What is wrong with an order is pointed at where it was sent, or as near to
// it as possible.
func TestPointersLeadToWhatWasSent(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	order := func(attributes string) string {
		return `{"data": {"type": "orders", "attributes": {` + attributes + `}}}`
	}
	for _, tt := range []struct{ method, path, body, pointers string }{
		{"PUT", "/A-1", order(`"order_lines": [{"price": 1}, {"count": "many"}]`), "/data/attributes/order_lines/1"},
		{"PUT", "/A-1", order(`"order_lines": [{"quantity": "many", "price": "x"}]`), "/data/attributes/order_lines/0/quantity /data/attributes/order_lines/0/price"},
		{"PUT", "/" + strings.Repeat("9", 300), order(`"consumer_name": "Olga"`), "/data/attributes"},
		{"POST", "", `{"data": {"type": "orders"}}`, "/data /data"},
		{"POST", "", `{"data": {"type": "orders", "attributes": null}}`, "/data/attributes /data/attributes"},
	} {
		if got := pointersOf(answer(h, tt.method, "/v4/orders"+tt.path, "", tt.body)); got != tt.pointers {
			t.Errorf("%s %.20s %s: pointers %q, want %q", tt.method, tt.path, tt.body, got, tt.pointers)
		}
	}
}

// Whatever arrives as a consumer is taken or refused, never a fault of ours,
// and what was taken can be read back.
func FuzzPutConsumer(f *testing.F) {
	h := dialecttest.NewHub(f, storetest.Open(f))
	for _, body := range []string{
		consumer(`"email": "A@example.com", "phone": "8 (905) 000-33-44", "name": "Olga Kim", "custom_attributes": {"ltv": 37456, "n": 1e400}`),
		consumer(`"unsubscribed": "1", "complained": 0, "permanent_failed": null, "avatar_url": "x", "created_at": "2026-05-02 10:15:00"`),
		consumer(`"custom_attributes": null, "avatar_url": null, "first_name": "", "external_id": "other"`),
		`{"data": {"type": "consumers", "id": "000000000000000000000001", "attributes": []}}`,
		`data[type]=consumers&data[attributes][custom_attributes][ltv]=27456&data[attributes][unsubscribed]=on`,
		"--x\r\nContent-Disposition: form-data; name=\"data[type]\"\r\n\r\nconsumers\r\n--x--\r\n",
		consumer(`"name": "\ud83d"`), consumer(`"email": "\u0000@a.b"`), `[[[[`, ``, `null`,
	} {
		f.Add("c-1", "application/vnd.api+json", body)
	}
	f.Add("a/b %2e.", "", `{"data": {"type": "consumers"}}`)
	f.Fuzz(func(t *testing.T, id, contentType, body string) {
		path := "/v4/consumers/" + url.PathEscape(id)
		w := answer(h, "PUT", path, strings.Map(printable, contentType), body)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("PUT %s %q: %d %s", path, body, w.Code, w.Body)
		}
		if w.Code >= 300 {
			return
		}
		if back := answer(h, "GET", path, "", ""); back.Code != 200 || back.Body.String() != w.Body.String() {
			t.Fatalf("PUT %s %q answered %s, GET answers %d %s", path, body, w.Body, back.Code, back.Body)
		}
		if again := answer(h, "PUT", path, strings.Map(printable, contentType), body); again.Code != 200 || again.Body.String() != w.Body.String() {
			t.Fatalf("PUT %s %q answered %s, and sent again %d %s", path, body, w.Body, again.Code, again.Body)
		}
	})
}

// The answer to a long list of nonsense stays readable.
func TestNoMoreProblemsThanSomebodyReads(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	body := `{"data": {"type": "orders", "attributes": {"order_lines": [` + strings.TrimSuffix(strings.Repeat(`{"price": "x"},`, 500), ",") + `]}}}`
	w := answer(h, "PUT", "/v4/orders/A-1", "", body)
	if got := strings.Count(w.Body.String(), `"status"`); w.Code != 422 || got != 101 || !strings.Contains(w.Body.String(), "and 400 more of the kind") {
		t.Errorf("%d with %d problems: …%s", w.Code, got, w.Body.String()[max(0, w.Body.Len()-200):])
	}
}
