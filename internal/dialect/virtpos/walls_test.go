package virtpos_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// routes are all that the dialect serves, and whether they write.
var routes = map[string]bool{
	"/api/orders": false, "/api/customer": false, "/api/customer/update": true, "/api/customer/delete": true,
	"/api/customer/updateCard": true, "/api/customer/insertCard": true, "/api/customer/deleteCard": true,
	"/api/orders/updateCard": true, "/api/card/update": true, "/api/card/insert": true, "/api/card/delete": true,
	"/api/card/barcode.svg": false, "/api/card/barcode.png": false,
}

// queries are parameters that may mean something of main.
var queries = map[string]string{
	"nothing": "", "ids": "id=1&card_id=1", "unknown ids": "id=999&card_id=999", "codes": "external_id=A-1&uid=700123",
	"barcode": "card_barcode=0000007001239", "contact": "phone=%2B79210000000&email=olga@example.com", "owner": "uid=1&customer_id=1",
	"owner's code": "uid=1&customer_external_id=A-1", "group": "external_id=Z&create_if_not_exist=1&group_id=1",
	"type": "uid=5&create_if_not_exist=1&type_id=1", "everything": "cards=1&bonuses=1&page=1", "SQL": "id=1&external_id=%27%20or%201%3D1%20--%20",
	"markup": "external_id=%3C%2Finfo%3E&uid=%3Cx%3E", "too large": "id=99999999999999999999&card_id=99999999999999999999", "10 kB": "uid=" + strings.Repeat("9", 10_000),
	"another shop": "shop=main&shop_id=1&company=main&external_id=A-1",
}

// stocked is a hub whose shop main has a customer with a group, an order and a
// card, the first of all.
func stocked(t *testing.T) *dialecttest.Hub {
	t.Helper()
	h := dialecttest.NewHub(t, storetest.Open(t))
	for _, request := range []string{
		"/api/customer/update?create_if_not_exist=1&external_id=A-1&fname=Olga&phone=%2B79210000000&email=olga@example.com&group_name=VIP",
		"/api/card/insert?uid=700123&external_id=A-1&type_name=Silver&customer_id=1",
	} {
		path, query, _ := strings.Cut(request, "?")
		if answer := told(t, h, path, query); !strings.Contains(answer, "<success>1</success>") {
			t.Fatalf("%s: %s", request, answer)
		}
	}
	if err := h.Orders.Place(t.Context(), h.Main, sampleOrder(1)); err != nil {
		t.Fatal(err)
	}
	return h
}

// Who has no key that is good for the act learns nothing, whatever is asked.
func TestStrangersLearnNothing(t *testing.T) {
	h := stocked(t)
	before, err := h.DB.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const wrong, denied = "Неверный apikey", "Этому apikey это не разрешено"
	for who, c := range map[string]struct{ key, read, write string }{
		"none": {"", wrong, wrong}, "a wrong one": {strings.Repeat("x", 32), wrong, wrong}, "no token at all": {"%C3%A9'--", wrong, wrong},
		"a revoked one": {h.Vars["revoked"], wrong, wrong}, "an expired one": {h.Vars["expired"], wrong, wrong},
		"one for another dialect": {h.Vars["usam"], denied, denied}, "one for reading": {h.Vars["reader"], "", denied},
	} {
		for path, write := range routes {
			want := c.read
			if write {
				want = c.write
			}
			for what, query := range queries {
				w := ask(h, c.key, path, query)
				if w.Code != 200 || want != "" && !strings.Contains(w.Body.String(), "<info>"+want) {
					t.Errorf("%s, %s (%s): %d %s, want %s", who, path, what, w.Code, w.Body, want)
				}
			}
		}
	}
	if n, err := h.DB.Count(t.Context()); err != nil || n != before {
		t.Errorf("stored = %+v, %v, want %+v as before", n, err, before)
	}
}

var madeID = regexp.MustCompile(`<id>\d+</id>`)

// said is an answer without what differs in every request. The ids of what a
// request has made count all that the hub has made.
func said(w *httptest.ResponseRecorder) string {
	headers := w.Header().Clone()
	headers.Del("X-Request-Id")
	text := fmt.Sprint(w.Code, headers, w.Body)
	if strings.Contains(text, "<isnew>1</isnew>") {
		return madeID.ReplaceAllString(text, "<id>made</id>")
	}
	return text
}

// To the other shop everything of main is as unknown as what never was: it
// gets the answers of a hub that holds nothing. Main stays as it is.
func TestForeignIsAnsweredLikeUnknown(t *testing.T) {
	full, empty := stocked(t), dialecttest.NewHub(t, storetest.Open(t))
	show := func() string {
		return told(t, full, "/api/orders", "id=1") + told(t, full, "/api/customer", "cards=1&bonuses=1")
	}
	before := show()
	for path := range routes {
		for what, query := range queries {
			got := ask(full, full.Vars["foreign"], path, query)
			want := ask(empty, empty.Vars["foreign"], path, query)
			if diff := cmp.Diff(said(want), said(got)); diff != "" {
				t.Errorf("%s (%s) shows that there is something (-want +got):\n%s", path, what, diff)
			}
			if made := strings.Contains(got.Body.String(), "<isnew>"); made { // or the next would find it
				if after := show(); after != before {
					t.Fatalf("%s (%s) has changed main from\n%s\nto\n%s", path, what, before, after)
				}
				full, empty = stocked(t), dialecttest.NewHub(t, storetest.Open(t))
			}
		}
	}
	if after := show(); after != before {
		t.Errorf("main was\n%s\nand is\n%s", before, after)
	}
}

// Any text that a customer may have is read back as it was sent, in XML and in
// JSON; but for characters that XML forbids.
func TestAnyTextIsWellFormed(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	for i, text := range []string{
		`<b>&amp;</b>`, "]]>", "a\r\nb\tc", "\x01\x1f\x7f", "\ufffe\uffff\ufffd", "\U0001F600 ё", `"'`, "<!--", "<![CDATA[", "&#0;", " ", "\u2028", "-->",
	} {
		external := fmt.Sprint("t-", i)
		customer(t, h, external)
		told(t, h, "/api/customer/update", url.Values{"external_id": {external}, "fname": {text}, "custom_information": {text}}.Encode())
		o := sampleOrder(0)
		o.Number, o.Buyer, o.Note, o.Contact.Phone = external, orderhub.CustomerRef{ExternalID: external}, text, "+7921000000"+fmt.Sprint(i%10)
		o.Lines[0].Name, o.Code = text, text
		if err := h.Orders.Place(t.Context(), h.Main, o); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/api/customer", "/api/orders"} {
		readXML(t, told(t, h, path, ""))
	}
}
