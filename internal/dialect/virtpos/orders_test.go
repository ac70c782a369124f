package virtpos_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// ask makes a request with a key of the hub and a query behind it.
func ask(h *dialecttest.Hub, key, path, query string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://hub.example"+path, nil)
	r.URL.RawQuery = "apikey=" + key + "&" + query
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	return w
}

// told asks as the shop main and returns the answer, whose status must be 200.
func told(t *testing.T, h *dialecttest.Hub, path, query string) string {
	t.Helper()
	w := ask(h, h.Vars["key"], path, query)
	if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("GET %s?%s: %d, Cache-Control %q, %s", path, query, w.Code, w.Header().Get("Cache-Control"), w.Body)
	}
	return w.Body.String()
}

// customer makes a customer of main and returns its id.
func customer(t *testing.T, h *dialecttest.Hub, external string) orderhub.CustomerID {
	t.Helper()
	var made struct{ Success, ID int64 }
	answer := told(t, h, "/api/customer/update", "format=json&create_if_not_exist=1&external_id="+url.QueryEscape(external))
	if err := json.Unmarshal([]byte(answer), &made); err != nil || made.Success != 1 {
		t.Fatalf("customer %s: %s", external, answer)
	}
	return orderhub.CustomerID(made.ID)
}

// sampleOrder is the order of the vendor's page in goods of ours: the numbers
// are those of the page.
func sampleOrder(buyer orderhub.CustomerID) *orderhub.Order {
	return &orderhub.Order{
		Number: "D-1", Buyer: orderhub.CustomerRef{ID: buyer}, Note: "После шести",
		PlacedAt: time.Date(2026, 4, 11, 15, 45, 8, 0, time.UTC),
		Contact:  orderhub.Contact{Address: "Садовая, 3, корпус 5"},
		Lines: []orderhub.Line{
			{Product: "789", Name: `Сыр "Пастух" выдержанный 45,0% на вес`, Quantity: 3_450, BasePrice: 1_001_000, Price: 1_001_000, Discount: 102_000},
			{Product: "787", Name: `Кофе "O'Hara' в зёрнах 1 кг`, Quantity: 2_000, Price: 3_207_200},
		},
		Shipments: []orderhub.Shipment{{Method: "1", MethodName: "Самовывоз", Price: 1_300_000, Pickup: "2", PickupName: "На Просвещения"}},
		Payments:  []orderhub.Payment{{Status: orderhub.PaymentOpen, Method: "1", MethodName: "При получении"}},
	}
}

// The order of the vendor's page is shown as the page shows it, byte by byte,
// with its id before it.
func TestOrderOfTheDocument(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		customer(t, h, "c-1")
		customer(t, h, "c-2")
		if err := h.Orders.Place(t.Context(), h.Main, sampleOrder(customer(t, h, "c-3"))); err != nil {
			t.Fatal(err)
		}
		for file, query := range map[string]string{"document.xml": "id=3", "document.json": "format=json&external_id=c-3"} {
			want, err := os.ReadFile("testdata/" + file)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(t, h, "/api/orders", query); got != string(want) {
				t.Errorf("%s reads\n%s\nwant\n%s", query, got, want)
			}
		}
		readXML(t, told(t, h, "/api/orders", "id=3"))
	})
}

// readXML reads a document to its end by two readers that are not ours; the
// second only where it is installed.
func readXML(t testing.TB, text string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	if tool, err := exec.LookPath("xmllint"); err == nil {
		c := exec.Command(tool, "--noout", "-")
		c.Stdin = strings.NewReader(text)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("xmllint: %v %s", err, out)
		}
	}
}

// The states of payment, fulfilment and stage are yes or no here.
func TestStatesAreYesOrNo(t *testing.T) {
	for _, tt := range []struct {
		payment orderhub.PaidWord
		goods   orderhub.FulfilmentState
		status  string
		want    string
	}{
		{orderhub.WordUnpaid, orderhub.Unfulfilled, "", "0 0 0"},
		{orderhub.WordPartly, orderhub.Packed, "", "0 0 0"},
		{orderhub.WordPaid, orderhub.Shipped, "closed", "1 1 0"},
		{orderhub.WordRefunded, orderhub.Delivered, "canceled", "0 1 1"},
		{orderhub.WordPaid, orderhub.Returned, "not_picked", "1 0 1"},
		{orderhub.WordNone, orderhub.Unfulfilled, "accepted_payment", "1 0 0"},
		{orderhub.WordUnpaid, orderhub.Packed, "closed", "1 1 0"},
		{orderhub.WordPaid, orderhub.PartlyShipped, "sending", "1 0 0"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			h := dialecttest.NewHub(t, storetest.Open(t))
			o := &orderhub.Order{Number: "S-1", PaidWord: tt.payment, Fulfilment: tt.goods, Status: tt.status}
			if err := h.Orders.Place(t.Context(), h.Main, o); err != nil {
				t.Fatal(err)
			}
			var got struct {
				Orders []struct {
					Paid, Shipped, Cancelled int
					Items                    []any
				}
			}
			answer := told(t, h, "/api/orders", "format=json")
			if err := json.Unmarshal([]byte(answer), &got); err != nil || len(got.Orders) != 1 {
				t.Fatalf("%v in %s", err, answer)
			}
			one := got.Orders[0]
			if s := fmt.Sprint(one.Paid, one.Shipped, one.Cancelled); s != tt.want || one.Items == nil {
				t.Errorf("the order reads %s, items %v, want %s and an empty list", s, one.Items, tt.want)
			}
			if !strings.Contains(told(t, h, "/api/orders", ""), "<items />") {
				t.Error("an order without lines has no empty items in XML")
			}
		})
	}
}

// Ids of the shop's are numbers where no reader of JSON changes them.
func TestIdsOfTheShop(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	ids := map[string]string{
		"45": `45`, "0": `0`, "045": `"045"`, "A-1": `"A-1"`, "": `null`, "999999999999999": `999999999999999`,
		"9999999999999999": `"9999999999999999"`, "-7": `-7`, "+7": `"+7"`, "4.5": `"4.5"`, "1e3": `"1e3"`, "null": `"null"`,
	}
	o := &orderhub.Order{Number: "I-1"}
	for id := range ids {
		o.Lines = append(o.Lines, orderhub.Line{Product: id, Name: id, Quantity: 1_000})
	}
	if err := h.Orders.Place(t.Context(), h.Main, o); err != nil {
		t.Fatal(err)
	}
	answer := told(t, h, "/api/orders", "format=json")
	for id, want := range ids {
		name, _ := json.Marshal(id)
		if id == "" {
			name = []byte("null")
		}
		if !strings.Contains(answer, fmt.Sprintf(`{"item_id":%s,"item_name":%s,`, want, name)) {
			t.Errorf("the id %q does not read %s in %s", id, want, answer)
		}
	}
}

// A day is the shop's, both of its ends belong to the list, and days are
// counted back from today: the clock of the test stands at noon.
func TestOrdersOfSomeDays(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		zone := h.Main.Location()
		year, month, day := h.DB.Now().In(zone).Date()
		today := time.Date(year, month, day, 0, 0, 0, 0, zone)
		for name, at := range map[string]time.Time{
			"future": today.AddDate(0, 0, 1), "last": today.AddDate(0, 0, 1).Add(-time.Microsecond), "first": today,
			"yesterday": today.Add(-time.Microsecond), "older": today.AddDate(0, 0, -1).Add(-time.Microsecond),
		} {
			if err := h.Orders.Place(t.Context(), h.Main, &orderhub.Order{Number: name, Note: name, PlacedAt: at}); err != nil {
				t.Fatal(err)
			}
		}
		on := func(days int) string { return today.AddDate(0, 0, days).Format("20060102") }
		for query, want := range map[string]string{
			"":                  "future last first yesterday older",
			"days=0":            "future last first",
			"days=1":            "future last first yesterday",
			"days=36500":        "future last first yesterday older",
			"datefrom=" + on(0): "future last first",
			"dateto=" + on(0):   "last first yesterday older",
			"datefrom=" + on(-1) + "&dateto=" + on(-1): "yesterday",
			"datefrom=" + on(0) + "&dateto=" + on(-1):  "",
			"days=0&dateto=" + on(0):                   "last first",
			"datefrom=&dateto=&days=":                  "future last first yesterday older",
		} {
			var all struct{ Orders []struct{ Comment string } }
			answer := told(t, h, "/api/orders", "format=json&"+query)
			if err := json.Unmarshal([]byte(answer), &all); err != nil {
				t.Fatalf("%v in %s", err, answer)
			}
			var got []string
			for _, o := range all.Orders {
				got = append(got, o.Comment)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q shows %v, want %s", query, got, want)
			}
		}
	})
}

// 3.450 x 100.10 - 10.20 is 335.15 whoever brought the order. ExpertSender has
// no parts of a piece: it brings the same sum otherwise.
func TestExactDecimalsOfEveryDialect(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		for _, request := range []struct{ method, path, kind, header, value, body string }{
			{"POST", "/v4/orders", "application/vnd.api+json", "Authorization", "Token token=" + h.Vars["key"],
				`{"data": {"type": "orders", "attributes": {"number": "A-1", "consumer_email": "a@example.org", "order_lines": [{"product_id": 1, "name": "aplaut", "price": 97.1435, "quantity": 3.45}]}}}`},
			{"POST", "/wp-json/usam/v1/order", "application/json", "Authorization", "Basic " + h.Vars["key_basic"],
				`{"products": [{"product_id": "1", "name": "usam", "old_price": "100.10", "price": "97.1435", "quantity": "3.450"}]}`},
			{"POST", "/orders", "application/json", "x-api-key", h.Vars["key"],
				`{"mode": "Add", "data": [{"id": "E-1", "date": "2026-05-01T08:12:30Z", "totalValue": 335.15, "customer": {"email": "e@example.org"},
				"products": [{"id": "1", "name": "ecdp", "price": 67.03, "quantity": 5}]}]}`},
		} {
			r := httptest.NewRequest(request.method, request.path, strings.NewReader(request.body))
			r.Header.Set("Content-Type", request.kind)
			r.Header.Set(request.header, request.value)
			w := httptest.NewRecorder()
			if h.Handler.ServeHTTP(w, r); w.Code >= 300 {
				t.Fatalf("%s: %d %s", request.path, w.Code, w.Body)
			}
		}
		answer := told(t, h, "/api/orders", "")
		for name, want := range map[string]string{
			"usam":   "<quantity>3.450</quantity><unit_base_price>100.10</unit_base_price><discount>10.20</discount><amount>335.15</amount>",
			"aplaut": "<quantity>3.450</quantity><unit_base_price>97.1435</unit_base_price><discount>0.00</discount><amount>335.15</amount>",
			"ecdp":   "<quantity>5.000</quantity><unit_base_price>67.03</unit_base_price><discount>0.00</discount><amount>335.15</amount>",
		} {
			flat := strings.ReplaceAll(strings.ReplaceAll(answer, "\n", ""), "   ", "")
			if !strings.Contains(flat, "<item_name>"+name+"</item_name><image />"+want) {
				t.Errorf("the line of %s does not read %s in %s", name, want, answer)
			}
		}
		if n := strings.Count(answer, "<amount>335.15</amount>"); n != 6 {
			t.Errorf("%d amounts are 335.15, want those of three lines and three orders", n)
		}
	})
}

// pieces notes how an answer is written.
type pieces struct {
	http.ResponseWriter
	all bytes.Buffer
	n   int
	max int
}

func (p *pieces) Write(b []byte) (int, error) {
	p.n, p.max = p.n+1, max(p.max, len(b))
	return p.all.Write(b)
}

// Many orders are written as they are read: no piece of the answer grows with
// their number, and none of them is missing.
func TestManyOrdersAreStreamed(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	customer(t, h, "many")
	const n = 1_200
	var all []*orderhub.Order
	for i := range n {
		o := sampleOrder(0)
		o.Number, o.Note, o.Buyer.ExternalID = fmt.Sprint("M-", i), fmt.Sprint("note ", i), "many"
		o.PlacedAt = o.PlacedAt.Add(time.Duration(i%7) * time.Hour)
		all = append(all, o)
	}
	for some := range slices.Chunk(all, 400) {
		if err := h.Orders.PlaceAll(t.Context(), h.Main, some); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest("GET", "/api/orders?apikey="+h.Vars["key"]+"&external_id=many", nil)
	w := &pieces{ResponseWriter: httptest.NewRecorder()}
	h.Handler.ServeHTTP(w, r)
	if w.n < 10 || w.max > 1<<17 {
		t.Errorf("the answer came in %d pieces, the largest of %d bytes", w.n, w.max)
	}
	text := w.all.String()
	readXML(t, text)
	for i := range n {
		if strings.Count(text, fmt.Sprintf("<comment>note %d</comment>", i)) != 1 {
			t.Fatalf("order %d is not there once", i)
		}
	}
}

// More orders than an answer takes are not cut off: the caller learns how to
// ask for fewer.
func TestTooManyOrdersAreRefused(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	for i := range 11 {
		var some []*orderhub.Order
		for j := range 1_000 {
			if i < 10 || j == 0 {
				some = append(some, &orderhub.Order{Number: fmt.Sprint(i, "-", j)})
			}
		}
		if err := h.Orders.PlaceAll(t.Context(), h.Main, some); err != nil {
			t.Fatal(err)
		}
		if i == 9 && strings.Count(told(t, h, "/api/orders", ""), "<orders>") != 10_000 {
			t.Error("ten thousand orders are not all shown")
		}
	}
	if answer := told(t, h, "/api/orders", ""); !strings.Contains(answer, "<success>0</success>") || !strings.Contains(answer, "datefrom") {
		t.Errorf("ten thousand and one orders: %.300s", answer)
	}
}
