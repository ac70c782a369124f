package virtpos_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// Whatever is asked, the answer is 200 and well-formed in the asked format, and
// what was taken can be shown.
func FuzzAsk(f *testing.F) {
	h := dialecttest.NewHub(f, storetest.Open(f))
	for _, seed := range [][3]string{
		{"/customer/update", "external_id=1&create_if_not_exist=1&fname=%3C&birth_day=4", "phone=8921&group_name=VIP"},
		{"/card/update", "uid=700123&create_if_not_exist=1&type_name=%26&status=ACTIVE&block_date=2026-02-30", "customer_external_id=1"},
		{"/customer", "page=2&page_size=7&cards=1&bonuses=true&with_phone=on", "format=json"},
		{"/orders", "datefrom=20260101&dateto=2026-01-02&days=7&id=1", "a[b]=1&=2&c"},
		{"/card/barcode.svg", "uid=700123&code=gs1-128", ""},
		{"/card/barcode.png", "uid=700123&scale=1", "--x\r\nContent-Disposition: form-data; name=\"uid\"\r\n\r\n1\r\n--x--\r\n"},
		{"/customer/delete", "id=1", "%zz"}, {"/", "format=json", "{}"}, {"/CARD/Delete/", "uid=%00", "<a/>"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, path, query, body string) {
		r := httptest.NewRequest("POST", "/api", strings.NewReader(body))
		r.URL.Path = "/api/" + strings.TrimPrefix(path, "/")
		r.URL.RawQuery = "apikey=" + h.Vars["key"] + "&" + query
		w := httptest.NewRecorder()
		h.Handler.ServeHTTP(w, r)
		checkAnswer(t, w)
		for _, shown := range []string{"/api/customer?cards=1&format=json", "/api/customer?cards=1"} {
			path, query, _ := strings.Cut(shown, "?")
			checkAnswer(t, ask(h, h.Vars["key"], path, query+"&page_size=5"))
		}
	})
}

func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	switch kind := w.Header().Get("Content-Type"); kind {
	case "application/json; charset=utf-8":
		if !json.Valid(w.Body.Bytes()) {
			t.Fatalf("no JSON: %s", w.Body)
		}
	case "text/xml; charset=utf-8", "image/svg+xml":
		readXML(t, w.Body.String())
	case "image/png":
	default:
		t.Fatalf("Content-Type %s", kind)
	}
}
