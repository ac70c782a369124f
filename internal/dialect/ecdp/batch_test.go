package ecdp_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// read returns one member of an order as it is answered.
func read(t testing.TB, h *dialecttest.Hub, id, path string) string {
	t.Helper()
	w := ask(h, "key", "GET", "/orders/"+url.PathEscape(id), "")
	var value any = map[string]any{}
	d := json.NewDecoder(w.Body)
	d.UseNumber()
	if err := d.Decode(&value); err != nil || w.Code != 200 {
		t.Fatalf("GET %s: %d, %v", id, w.Code, err)
	}
	for _, part := range append([]string{"data"}, strings.Split(path, ".")...) {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			value = v[0]
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(`\u0026`, "&").Replace(string(text))
}

// parallel makes n requests at the same time and counts the statuses.
func parallel(n int, request func(i int) int) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	statuses := make(map[int]int)
	for i := range n {
		wg.Go(func() {
			status := request(i)
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	wg.Wait()
	return statuses
}

// The six cells of mode and order, each under thirty requests at once.
func TestModesInParallel(t *testing.T) {
	for _, tt := range []struct {
		mode   string
		exists bool
		want   map[int]int
	}{
		{"Add", false, map[int]int{201: 1, 400: 29}},
		{"Add", true, map[int]int{400: 30}},
		{"AddOrReplace", false, map[int]int{201: 30}},
		{"AddOrReplace", true, map[int]int{201: 30}},
		{"Replace", false, map[int]int{400: 30}},
		{"Replace", true, map[int]int{201: 30}},
	} {
		t.Run(fmt.Sprintf("%s, exists %v", tt.mode, tt.exists), func(t *testing.T) {
			dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
				if tt.exists {
					ask(h, "key", "POST", "/orders", batchOf("Add", with(plainOrder("A-1"), "totalValue", 999)))
				}
				got := parallel(30, func(i int) int {
					o := with(plainOrder("A-1"), "totalValue", 100+i)
					o["products"] = []any{map[string]any{"id": fmt.Sprint(i), "name": "Lampa", "price": 100 + i, "quantity": 1}}
					return ask(h, "key", "POST", "/orders", batchOf(tt.mode, o)).Code
				})
				if fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("statuses = %v, want %v", got, tt.want)
				}
				stored := tt.exists || tt.want[201] > 0
				if w := ask(h, "key", "GET", "/orders/A-1", ""); (w.Code == 200) != stored {
					t.Fatalf("GET = %d, want the order: %v", w.Code, stored)
				}
				if !stored {
					return
				}
				// Whole orders win: no lines of one with the total of another.
				total := read(t, h, "A-1", "totalValue")
				if price := read(t, h, "A-1", "products.0.price"); total != "999" && price != total {
					t.Errorf("the total is %s and the price %s: two orders in one", total, price)
				}
				if n, err := h.DB.Count(t.Context()); err != nil || n.Orders != 1 || n.Customers != 1 {
					t.Errorf("stored = %+v, %v; want one order of one customer", n, err)
				}
				wantChain(t, h.History(t, "A-1"))
			})
		})
	}
}

// wantChain checks that every change of a total begins where the one before it
// ended: no writer has changed what was no longer so.
func wantChain(t *testing.T, events []orderhub.Event) {
	t.Helper()
	last := ""
	for _, e := range events {
		for _, c := range e.Changes {
			if c.Field != "total" {
				continue
			}
			if last != "" && c.From != last {
				t.Errorf("a total was changed from %s to %s, when it was %s", c.From, c.To, last)
			}
			last = c.To
		}
	}
}

// manyOrders are n orders of n customers with two identities each.
func manyOrders(n int) []map[string]any {
	all := make([]map[string]any, n)
	for i := range all {
		all[i] = with(plainOrder(fmt.Sprintf("B-%04d", i)), "customer", map[string]any{
			"email": fmt.Sprintf("b%d@example.com", i), "crmId": fmt.Sprint("K-", i)})
	}
	return all
}

// Batches with the same orders in other sequences wait for each other, and
// none of them for ever: a database that has to break a circle does so after a
// second, and gives up on who is in one circle after the other.
func TestBatchesInOtherSequencesNeverBlockEachOther(t *testing.T) {
	for name, known := range map[string]bool{"of new customers": false, "of one known customer": true} {
		t.Run(name, func(t *testing.T) {
			dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
				orders, customers := manyOrders(400), 400
				if known {
					for _, o := range orders {
						o["customer"] = map[string]any{"email": "ola@example.com"}
					}
					ask(h, "key", "POST", "/customers", `{"mode": "Add", "data": [{"email": "ola@example.com"}]}`)
					customers = 1
				}
				random := rand.New(rand.NewPCG(1, 2))
				shuffled := func() []map[string]any {
					all := slices.Clone(orders)
					random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
					return all
				}
				for _, round := range []struct {
					mode string
					want map[int]int
				}{{"Add", map[int]int{201: 1, 400: 7}}, {"AddOrReplace", map[int]int{201: 8}}, {"Replace", map[int]int{201: 8}}} {
					var bodies []string
					for range 8 {
						bodies = append(bodies, batchOf(round.mode, shuffled()...))
					}
					got := parallel(8, func(i int) int { return ask(h, "key", "POST", "/orders", bodies[i]).Code })
					if fmt.Sprint(got) != fmt.Sprint(round.want) {
						t.Errorf("%s: statuses = %v, want %v", round.mode, got, round.want)
					}
				}
				if n, err := h.DB.Count(t.Context()); err != nil || n.Orders != 400 || n.Customers != customers {
					t.Errorf("stored = %+v, %v; want 400 orders of %d customers", n, err, customers)
				}
			})
		})
	}
}

// A full batch is one act: all of it is stored, or one bad order keeps all out.
func TestThousandOrders(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		all := manyOrders(1_000)
		all[617] = with(all[617], "products.0.quantity", 0)
		w := ask(h, "key", "POST", "/orders", batchOf("Add", all...))
		want := []string{"data[617].products[0].quantity: The field must be a whole number from 1 to 2147483647."}
		if got := errorsOf(t, w); w.Code != 400 || !slices.Equal(got, want) {
			t.Errorf("one bad among a thousand: %d %q, want %q", w.Code, got, want)
		}
		if n, err := h.DB.Count(t.Context()); err != nil || n.Orders != 0 || n.Customers != 0 || n.Events != 0 {
			t.Errorf("stored = %+v, %v; want nothing", n, err)
		}
		all[617] = with(all[617], "products.0.quantity", 1)
		for _, mode := range []string{"Add", "AddOrReplace", "Replace"} {
			w := ask(h, "key", "POST", "/orders", batchOf(mode, all...))
			var said struct{ Data []struct{ ID string } }
			if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != 201 || len(said.Data) != 1_000 || said.Data[617].ID != "B-0617" {
				t.Fatalf("%s of a thousand: %d %.200s, %v", mode, w.Code, w.Body, err)
			}
		}
		// An order and its new customer share an event, and what is sent again unchanged causes none.
		if n, err := h.DB.Count(t.Context()); err != nil || n.Orders != 1_000 || n.Customers != 1_000 || n.Events != 1_000 {
			t.Errorf("stored = %+v, %v; want a thousand orders, customers and events", n, err)
		}
		for i := range all {
			with(all[i], "products.0.price", 12.5)
		}
		if w := ask(h, "key", "POST", "/orders", batchOf("Replace", all...)); w.Code != 201 {
			t.Fatalf("other prices: %d %.200s", w.Code, w.Body)
		}
		for _, id := range []string{"B-0000", "B-0617", "B-0999"} {
			if got := read(t, h, id, "products.0.price"); got != "12.5" {
				t.Errorf("the price of %s is %s, want 12.5", id, got)
			}
		}
	})
}

func TestTooMuchAtOnce(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	w := ask(h, "key", "POST", "/orders", batchOf("Add", manyOrders(1_001)...))
	if got := errorsOf(t, w); w.Code != 400 || !slices.Equal(got, []string{"data: The field has 1001 elements; send at most 1000."}) {
		t.Errorf("1,001 orders: %d %q", w.Code, got)
	}
	w = ask(h, "key", "POST", "/orders", batchOf("Add", plainOrder(strings.Repeat("x", 10<<20))))
	if errorsOf(t, w) != nil || w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB: %d %.200s, want 413 without errors", w.Code, w.Body)
	}
	// Nonsense in masses is refused with a short answer.
	for what, body := range map[string]string{
		"empty orders":   `{"mode": "Add", "data": [` + strings.Repeat("{},", 3_000_000) + `{}]}`,
		"empty products": `{"mode": "Add", "data": [{"products": [` + strings.Repeat("{},", 3_000_000) + `{}]}]}`,
		"attributes":     `{"mode": "Add", "data": [{"orderAttributes": [` + strings.Repeat(`{"name":"a"},`, 700_000) + `{}]}]}`,
		"deep":           `{"mode": "Add", "data": [` + strings.Repeat("[", 5_000_000),
	} {
		if w := ask(h, "key", "POST", "/orders", body); w.Code != 400 || w.Body.Len() > 20_000 {
			t.Errorf("%s: %d with %d bytes, want 400 and few", what, w.Code, w.Body.Len())
		}
	}
	if n, err := h.DB.Count(t.Context()); err != nil || n.Orders != 0 {
		t.Errorf("stored = %+v, %v; want nothing", n, err)
	}
}

// What other dialects have put into an order stays when it is replaced here.
func TestReplaceKeepsWhatOthersSay(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		ask(h, "key", "POST", "/orders", batchOf("Add", with(plainOrder("A-1"), "orderAttributes.0.name", "Prezent")))
		code, note := "1C-7", "call first"
		before, _, err := h.Orders.Amend(t.Context(), h.Main, orderhub.OrderRef{Number: "A-1"}, orderhub.OrderChange{
			Code: &code, Note: &note, Status: new("sending"), Name: new("Ola Maj"), Extras: orderhub.Extras{"usam": {{Name: "manager_id", Value: []byte(`"3"`)}}},
		}, orderhub.Mode{Existing: true})
		if err != nil {
			t.Fatal(err)
		}
		if w := ask(h, "key", "POST", "/orders", batchOf("AddOrReplace", with(plainOrder("A-1"), "status", "Placed"))); w.Code != 201 {
			t.Fatalf("replace: %d %s", w.Code, w.Body)
		}
		o, err := h.Orders.Find(t.Context(), h.Main, orderhub.OrderRef{Number: "A-1"})
		if err != nil {
			t.Fatal(err)
		}
		if o.ID != before.ID || o.Code != code || o.Note != note || o.Status != "sending" || o.Contact.Name != "Ola Maj" || len(o.Extras["usam"]) != 1 {
			t.Errorf("the order is %+v, and has lost what others said", o)
		}
		if len(o.Attributes) != 0 {
			t.Errorf("attributes = %s, want none: they were not sent again", o.Attributes.JSON())
		}
	})
}
