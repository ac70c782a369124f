package usam_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/sample"
	"orderhub/internal/search"
	"orderhub/internal/store/storetest"
)

// A till sends requests of one key to a hub, without a network in between.
type till struct {
	*testing.T
	hub *dialecttest.Hub
	key string
}

// each runs a test on every database, with a key that may do everything.
func each(t *testing.T, test func(c till)) {
	t.Helper()
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) { test(till{t, h, h.Vars["key"]}) })
}

// ask sends a request with a JSON body, "" for none.
func (c till) ask(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(c.Context(), method, "http://hub.example"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		r.SetBasicAuth("exchange", c.key)
	}
	w := httptest.NewRecorder()
	c.hub.Handler.ServeHTTP(w, r)
	return w
}

// want sends a request that must succeed and reads its answer.
func (c till) want(method, path, body string, into any) {
	c.Helper()
	w := c.ask(method, "/wp-json/usam/v1"+path, body)
	if w.Code != http.StatusOK {
		c.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			c.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
		}
	}
}

// place makes an order and returns its id.
func (c till) place(body string) int {
	c.Helper()
	var placed struct {
		ID int `json:"order_id"`
	}
	c.want("POST", "/order", body, &placed)
	return placed.ID
}

type listed struct {
	Count int `json:"count"`
	Items []struct {
		ID, Number, Code, Status, Paid, Totalprice string
	} `json:"items"`
}

// An order that came by another dialect goes the whole way of an accounting
// system, and is seen so by the others.
func TestOrderOfAnotherDialectIsExchanged(t *testing.T) {
	each(t, func(c till) {
		other := func(method, path, body string, headers ...string) []byte {
			r := httptest.NewRequestWithContext(c.Context(), method, "http://hub.example"+path, strings.NewReader(body))
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			w := httptest.NewRecorder()
			c.hub.Handler.ServeHTTP(w, r)
			if w.Code >= 300 {
				c.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
			return w.Body.Bytes()
		}
		aplaut := []string{"Authorization", "Token token=" + c.key, "Content-Type", "application/vnd.api+json"}
		other("POST", "/v4/orders", `{"data":{"type":"orders","attributes":{"number":"S-7","consumer_name":"Ева Нильсен",
			"consumer_email":"eva@example.org","order_lines":[{"product_id":"46","name":"Лодка","price":335.15}]}}}`, aplaut...)

		var l listed
		c.want("GET", "/orders", `{"fields":["products","properties"],"exchange":1}`, &l)
		if l.Count != 1 || l.Items[0].Number != "S-7" || l.Items[0].Totalprice != "335.15" {
			t.Fatalf("to be taken: %+v", l)
		}
		id := l.Items[0].ID
		c.want("POST", "/order/"+id, `{"code":"УТ-77","exchange":1}`, nil)
		c.want("POST", "/order/"+id, `{"payments":[{"sum":"335.15","status":3}]}`, nil)
		c.want("PUT", "/orders", `{"items":[{"code":"УТ-77","status":"closed","exchange":1}]}`, nil)
		c.want("GET", "/orders?exchange=1", "", &l)
		if l.Count != 0 {
			t.Errorf("still to be taken: %+v", l)
		}

		var document struct {
			Data struct {
				Meta map[string]string `json:"meta"`
			} `json:"data"`
		}
		json.Unmarshal(other("GET", "/v4/orders/S-7", "", aplaut...), &document)
		if got := fmt.Sprint(document.Data.Meta); got != "map[code:УТ-77 fulfilment:delivered payment:paid stage:completed status:closed]" {
			t.Errorf("Aplaut tells %s", got)
		}
		if answer := other("GET", "/orders/S-7", "", "x-api-key", c.key); !strings.Contains(string(answer), `"completed"`) {
			c.Errorf("ExpertSender tells %s", answer)
		}
		till := string(other("GET", "/api/orders?apikey="+c.key, ""))
		for _, want := range []string{"<paid>1</paid>", "<guid>УТ-77</guid>", "<amount>335.15</amount>", "<item_name>Лодка</item_name>"} {
			if !strings.Contains(till, want) {
				c.Errorf("VirtPOS does not tell %s:\n%s", want, till)
			}
		}
	})
}

// Two workers pull and mark at once, while orders arrive: in the end each order
// was taken in the status that it has, and none is left.
func TestTwoWorkersAtOnce(t *testing.T) {
	each(t, func(c till) {
		const orders = 60
		var mu sync.Mutex
		seen := make(map[string]string) // the last status that a worker has read and marked
		arrived := make(chan struct{})
		var work, arrive sync.WaitGroup
		worker := func() {
			for last := false; ; {
				var l listed
				c.want("GET", "/orders?exchange=1&count=7", "", &l)
				if len(l.Items) == 0 {
					if last {
						return
					}
					select {
					case <-arrived:
						last = true
					default:
					}
					continue
				}
				for _, o := range l.Items {
					c.want("PUT", "/orders", fmt.Sprintf(`{"items":[{"id":%s,"exchange":1}]}`, o.ID), nil)
					mu.Lock()
					seen[o.ID] = o.Status
					mu.Unlock()
				}
			}
		}
		arrive.Go(func() {
			for i := range orders {
				c.place(fmt.Sprintf(`{"products":[{"product_id":"%d","price":1}]}`, i+1))
			}
		})
		go func() { arrive.Wait(); close(arrived) }()
		work.Go(worker)
		work.Go(worker)
		work.Wait()
		var l listed
		c.want("GET", "/orders?count=1000", "", &l)
		if l.Count != orders || len(seen) != orders {
			t.Fatalf("%d orders, %d of them taken, want %d", l.Count, len(seen), orders)
		}
		for _, o := range l.Items {
			if seen[o.ID] != o.Status {
				t.Errorf("order %s is %s, taken as %q", o.ID, o.Status, seen[o.ID])
			}
		}
	})
}

// Long lists are read in steps; they hold each order once, in sequence.
func TestLongList(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	c := till{t, h, h.Vars["key"]}
	var all []*orderhub.Order
	for o := range sample.Orders(1, 1_300, storetest.Noon) {
		all = append(all, o)
	}
	for len(all) > 0 {
		n := min(len(all), 1_000)
		if err := h.Orders.PlaceAll(t.Context(), h.Main, all[:n]); err != nil {
			t.Fatal(err)
		}
		all = all[n:]
	}
	for _, tt := range []struct {
		query string
		want  int
	}{
		{"count=10000", 1_300}, {"count=1200", 1_200}, {"count=10000&orderby=totalprice", 1_300}, {"count=600&paged=2", 600}, {"count=600&paged=3", 100},
		{"count=10000&orderby=number&order=asc", 1_300}, {"count=500", 500}, {"count=501&orderby=date", 501},
	} {
		var l listed
		c.want("GET", "/orders?"+tt.query, "", &l)
		ids := make(map[string]bool)
		for _, o := range l.Items {
			ids[o.ID] = true
		}
		if l.Count != 1_300 || len(l.Items) != tt.want || len(ids) != tt.want {
			t.Errorf("%s: count %d, %d items, %d of them different; want %d", tt.query, l.Count, len(l.Items), len(ids), tt.want)
		}
		sorted := slices.IsSortedFunc(l.Items, func(a, b struct{ ID, Number, Code, Status, Paid, Totalprice string }) int {
			return len(b.ID)*1_000_000 - len(a.ID)*1_000_000 + strings.Compare(b.ID, a.ID)
		})
		if strings.HasPrefix(tt.query, "count=1") && !strings.Contains(tt.query, "orderby") && !sorted {
			t.Errorf("%s is not sorted by id", tt.query)
		}
	}
}

// Points come in when an order closes, go out at once, and never below zero,
// however many spend them at the same time.
func TestPointsOfABuyer(t *testing.T) {
	each(t, func(c till) {
		buyer := `"user_ID": 17, "properties": {"billingemail": "anna@example.com"}`
		id := c.place(`{"status":"received","products":[{"product_id":"1","price":1000,"bonus":37},{"product_id":"2","price":63,"quantity":3,"bonus":3}],` + buyer + `}`)
		spend := fmt.Sprintf(`{"products":[{"product_id":"3","price":100}],"bonuses":"10",%s}`, buyer)
		refuse := func(when string) {
			c.Helper()
			if w := c.ask("POST", "/wp-json/usam/v1/order", spend); w.Code != 400 || !strings.Contains(w.Body.String(), `"bonuses"`) {
				c.Errorf("%s: %d %s", when, w.Code, w.Body)
			}
		}
		refuse("before the order closes")
		c.want("POST", fmt.Sprintf("/order/%d", id), `{"status":"closed"}`, nil)

		statuses := make(chan int, 20)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { statuses <- c.ask("POST", "/wp-json/usam/v1/order", spend).Code })
		}
		wg.Wait()
		close(statuses)
		spent := 0
		for status := range statuses {
			if status == 200 {
				spent++
			}
		}
		if spent != 4 {
			c.Errorf("40 points were spent %d times by 10, want 4 times", spent)
		}
		refuse("when nothing is left")
		var l listed
		c.want("GET", "/orders?count=100", "", &l)
		if l.Count != 1+spent {
			c.Errorf("%d orders, want %d: a refused one is not stored", l.Count, 1+spent)
		}
		// An order that is cancelled gives the points back.
		c.want("POST", "/order/"+l.Items[0].ID, `{"status":"canceled"}`, nil)
		c.place(spend)
		refuse("after the points that came back were spent")
	})
}

// Another shop's orders are as unknown as those that never were.
func TestWalls(t *testing.T) {
	each(t, func(c till) {
		id := c.place(`{"products":[{"product_id":"1","price":1}],"code":"УТ-1"}`)
		var placed struct {
			Payment string `json:"payment_number"`
		}
		c.want("GET", fmt.Sprintf("/order/copy/%d", id), "", nil)
		c.want("POST", "/order", `{"products":[]}`, &placed)
		stranger := till{c.T, c.hub, c.hub.Vars["foreign"]}
		for _, ask := range []struct{ method, path, body string }{
			{"GET", "/order/%s", ""}, {"POST", "/order/%s", `{"exchange":1}`}, {"POST", "/order/%s", `{"status":"delete"}`}, {"DELETE", "/order/%s", ""},
			{"GET", "/order/status/%s", ""}, {"GET", "/order/copy/%s", ""}, {"PUT", "/orders", `{"items":[{"id":%s,"exchange":1}]}`},
			{"PUT", "/orders", `{"items":[{"code":"УТ-1","exchange":1}]}`}, {"GET", "/orders?exchange=1", ""}, {"GET", "/orders?search=1", ""},
			{"GET", "/order/payment_number/" + placed.Payment, ""},
		} {
			fill := func(id int) *httptest.ResponseRecorder {
				return stranger.ask(ask.method, "/wp-json/usam/v1"+strings.ReplaceAll(ask.path, "%s", fmt.Sprint(id)), strings.ReplaceAll(ask.body, "%s", fmt.Sprint(id)))
			}
			foreign, unknown := fill(id), fill(id+1_000)
			if foreign.Code != unknown.Code || foreign.Body.String() != unknown.Body.String() {
				c.Errorf("%s %s: a foreign order answers %d %s, an unknown one %d %s", ask.method, ask.path, foreign.Code, foreign.Body, unknown.Code, unknown.Body)
			}
		}
		var l listed
		c.want("GET", "/orders?exchange=1", "", &l)
		if l.Count != 3 {
			c.Errorf("%d orders to be taken, want 3: strangers have marked or deleted some", l.Count)
		}
	})
}

// What people remember of an order finds it, in any letter case of any
// language; what is a pattern elsewhere is a sign like any other.
func TestSearchFindsParts(t *testing.T) {
	each(t, func(c till) {
		id := c.place(`{"products":[{"code":"LAMP-7","name":"Лампа «Ёжик» 50%","price":100},{"product_id":"88","name":"Żabka ogrodowa","price":7}],
			"properties":{"billingfirstname":"Зофья","billinglastname":"Łąkowska","billingmobilephone":"+7 921 000-40-18","billingemail":"zofia@zakatek.example","shippingaddress":"Тверь, ул. Садовая, 1"}}`)
		c.place(`{"products":[{"code":"other","name":"Чайник","price":1}]}`)
		// On PostgreSQL an event waits for all transactions that began before it.
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if err := search.CatchUp(c.Context(), c.hub.DB); err != nil {
				c.Fatal(err)
			}
			var last listed
			if c.want("GET", "/orders?search="+url.QueryEscape("чайн"), "", &last); last.Count == 1 {
				break
			}
			if time.Now().After(deadline) {
				c.Fatal("the index does not catch up")
			}
		}
		for _, text := range []string{
			"лампа", "ЁЖИК", "ежик", "żABKA", "ŻABKA OGRODOWA", "łąkowska", "ŁĄKOWSKA", "садовая", "САДОВАЯ", "zofia@", "ZAKATEK", "0004018", "0000001", "lamp-7", "LAMP",
			"50%", "*садов*", "Зофья Łąkowska",
		} {
			var l listed
			c.want("GET", "/orders?search="+url.QueryEscape(text), "", &l)
			if l.Count != 1 || l.Items[0].ID != fmt.Sprint(id) {
				c.Errorf("%q finds %+v, want order %d", text, l, id)
			}
		}
		for _, text := range []string{"%", "_", "Ёжик_50", "сад%вая", "no such thing", "лампа чайник"} {
			var l listed
			c.want("GET", "/orders?search="+url.QueryEscape(text), "", &l)
			if l.Count != 0 {
				c.Errorf("%q finds %+v, want nothing", text, l)
			}
		}
	})
}
