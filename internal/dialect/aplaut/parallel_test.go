package aplaut_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// send makes one request of the shop main and returns the status and body.
func send(t *testing.T, h *dialecttest.Hub, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.Base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Token token="+h.Vars["key"])
	r.Header.Set("Content-Type", "application/vnd.api+json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return answer.StatusCode, string(text)
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

func TestFiftyParallelPostsOfOneNumberPlaceOneOrder(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		statuses := parallel(50, func(i int) int {
			status, _ := send(t, h, "POST", "/v4/orders", fmt.Sprintf(
				`{"data": {"type": "orders", "attributes": {"number": "A-1", "consumer_email": "c%d@example.com"}}}`, i))
			return status
		})
		if statuses[201] != 1 || statuses[422] != 49 {
			t.Errorf("statuses = %v, want one 201 and 49 times 422", statuses)
		}
		if n, err := h.DB.Count(t.Context()); err != nil || n.Orders != 1 || n.Customers != 1 {
			t.Errorf("stored = %+v, %v; want one order and its customer", n, err)
		}
	})
}

func TestFiftyParallelPutsOfOtherDetailsLoseNone(t *testing.T) {
	for name, place := range map[string]bool{"of a known order": true, "of an unknown order": false} {
		t.Run(name, func(t *testing.T) {
			dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
				if place {
					send(t, h, "PUT", "/v4/orders/A-1", `{"data": {"type": "orders"}}`)
				}
				statuses := parallel(50, func(i int) int {
					status, body := send(t, h, "PUT", "/v4/orders/A-1", fmt.Sprintf(
						`{"data": {"type": "orders", "attributes": {"details": {"key%d": %d}}}}`, i, i))
					if status >= 300 {
						t.Errorf("PUT %d: %d %s", i, status, body)
					}
					return status
				})
				if want := 50; statuses[200]+statuses[201] != want {
					t.Errorf("statuses = %v, want %d successes", statuses, want)
				}
				if !place && statuses[201] != 1 {
					t.Errorf("statuses = %v, want the order made once", statuses)
				}
				details := detailsOf(t, h, "A-1")
				for i := range 50 {
					if details[fmt.Sprintf("key%d", i)] != float64(i) {
						t.Errorf("key%d is lost; details = %v", i, details)
					}
				}
			})
		})
	}
}

func detailsOf(t *testing.T, h *dialecttest.Hub, number string) map[string]any {
	t.Helper()
	_, body := send(t, h, "GET", "/v4/orders/"+number, "")
	var d struct {
		Data struct {
			Attributes struct {
				Details map[string]any `json:"details"`
			} `json:"attributes"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatalf("GET %s: %v in %s", number, err, body)
	}
	return d.Data.Attributes.Details
}

// Pages behind the fiftieth go by a cursor; walking by links.next sees every
// order once, also while others arrive.
func TestLinksLeadThroughAllOrders(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	const orders = 270 // 54 pages of five
	for i := range orders {
		send(t, h, "PUT", fmt.Sprintf("/v4/orders/L-%d", i), fmt.Sprintf(
			`{"data": {"type": "orders", "attributes": {"created_at": "2026-04-%02dT10:00:00Z"}}}`, 1+i%28))
	}
	seen := make(map[string]int)
	next := "/v4/orders?per_page=5"
	pages := 0
	for ; next != ""; pages++ {
		_, body := send(t, h, "GET", next, "")
		var page struct {
			Data []struct {
				ID string `json:"id"`
			} `json:"data"`
			Links struct {
				Next string `json:"next"`
			} `json:"links"`
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatalf("page %d: %v in %s", pages, err, body)
		}
		for _, o := range page.Data {
			seen[o.ID]++
		}
		next = strings.TrimPrefix(page.Links.Next, h.Base)
		if pages == 51 { // by now the list goes by a cursor; a page by number would shift
			send(t, h, "PUT", "/v4/orders/NEW", `{"data": {"type": "orders"}}`)
		}
	}
	if pages != orders/5 || len(seen) != orders {
		t.Errorf("%d pages showed %d orders, want %d and %d", pages, len(seen), orders/5, orders)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("order %s was shown %d times", id, n)
		}
	}
}
