package aplaut_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// answer asks the hub without a network in between.
func answer(h *dialecttest.Hub, method, path, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Token token="+h.Vars["key"])
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	return w
}

// Whatever arrives as an order is taken or refused, never a fault of ours, and
// what was taken can be read back.
func FuzzPutOrder(f *testing.F) {
	h := dialecttest.NewHub(f, storetest.Open(f))
	for _, body := range []string{
		`{"data": {"type": "orders", "attributes": {"consumer_email": "a@example.com", "details": {"payment_status": "paid", "n": 1e400}}}}`,
		`{"data": {"type": "orders", "attributes": {"order_lines": [{"product_id": 45, "price": "64.900000000000006", "quantity": 1e-3}]}}}`,
		`{"data": {"type": "orders", "attributes": {"created_at": "2026-05-02 10:15:00", "order_lines": null, "details": null}}}`,
		`{"data": {"type": "orders", "id": "000000000000000000000001", "attributes": []}}`,
		`data[type]=orders&data[attributes][order_lines][][product_id]=45&data[attributes][order_lines][][price]=10`,
		"--x\r\nContent-Disposition: form-data; name=\"data[type]\"\r\n\r\norders\r\n--x--\r\n",
		`{"data": {"type": "orders", "attributes": {"number": "\ud83d"}}}`, `[[[[`, ``, `null`,
	} {
		f.Add("A-1", "application/vnd.api+json", body)
	}
	f.Add("a/b %2e.", "", `{"data": {"type": "orders"}}`)
	f.Fuzz(func(t *testing.T, number, contentType, body string) {
		path := "/v4/orders/" + url.PathEscape(number)
		w := answer(h, "PUT", path, strings.Map(printable, contentType), body)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("PUT %s %q: %d %s", path, body, w.Code, w.Body)
		}
		if w.Code >= 300 {
			return
		}
		if back := answer(h, "GET", path, "", ""); back.Code != http.StatusOK || back.Body.String() != w.Body.String() {
			t.Fatalf("PUT %s %q answered %s, GET answers %d %s", path, body, w.Body, back.Code, back.Body)
		}
	})
}

// Whatever stands behind the question mark, a list answers or refuses.
func FuzzListOrders(f *testing.F) {
	h := dialecttest.NewHub(f, storetest.Open(f))
	answer(h, "PUT", "/v4/orders/A-1", "", `{"data": {"type": "orders"}}`)
	for _, query := range []string{
		"filter=created_at:gte:2026-04-03T10:00:00%2B03:00,updated_at:neq:2026&sort=-created_at,updated_at:asc&page=2&per_page=7",
		"page[after]=MTIzLjQ&include=consumer,product&fields[orders]=number", "per_page=-1", "page=99999999999999999999", "%zz",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/v4/orders", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "Token token="+h.Vars["key"])
		w := httptest.NewRecorder()
		h.Handler.ServeHTTP(w, r)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("GET ?%s: %d %s", query, w.Code, w.Body)
		}
	})
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}
