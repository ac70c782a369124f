package aplaut_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"orderhub/internal/dialect/dialecttest"
)

// post sends a document under a key and returns the answer with its bytes.
func post(t *testing.T, h *dialecttest.Hub, path, key, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", h.Base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Token token="+h.Vars["key"])
	r.Header.Set("Content-Type", "application/vnd.api+json")
	r.Header.Set("Idempotency-Key", key)
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
	return answer.StatusCode, answer.Header.Get("Location") + "\n" + string(text)
}

func TestFiftyParallelRequestsWithOneKeyAreDoneOnce(t *testing.T) {
	orders := map[string]int{"/v4/orders": 1}
	for path, body := range map[string]string{
		"/v4/orders":    `{"data": {"type": "orders", "attributes": {"number": "A-1", "consumer_email": "olga@example.com"}}}`,
		"/v4/consumers": `{"data": {"type": "consumers", "attributes": {"email": "olga@example.com"}}}`,
	} {
		t.Run(path[4:], func(t *testing.T) {
			dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
				var mu sync.Mutex
				bodies := make(map[string]int)
				statuses := parallel(50, func(int) int {
					status, text := post(t, h, path, "k", body)
					mu.Lock()
					defer mu.Unlock()
					if status == 201 {
						bodies[text]++
					}
					return status
				})
				if statuses[201]+statuses[409] != 50 || statuses[201] == 0 || len(bodies) != 1 {
					t.Errorf("statuses = %v with %d different answers, want the first answer or 409", statuses, len(bodies))
				}
				if _, text := post(t, h, path, "k", body); bodies[text] == 0 {
					t.Errorf("a later answer is %s, want the first one of %v", text, bodies)
				}
				n, err := h.DB.Count(t.Context())
				if err != nil || n.Customers != 1 || n.Orders != orders[path] {
					t.Errorf("stored = %+v, %v, want one customer and %d orders", n, err, orders[path])
				}
			})
		})
	}
}

// Answers of refused requests are not kept: corrected, they are done.
func TestRefusedRequestsMayBeCorrectedUnderTheirKey(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		for i, body := range []string{`{`, `{"data": {"type": "consumers"}}`, `{"data": {"type": "consumers", "attributes": {"email": "none"}}}`} {
			key := fmt.Sprint("k-", i)
			if status, text := post(t, h, "/v4/consumers", key, body); status < 400 || status >= 500 {
				t.Errorf("POST %s: %d %s, want it refused", body, status, text)
			}
			good := fmt.Sprintf(`{"data": {"type": "consumers", "attributes": {"email": "a%d@example.com"}}}`, i)
			if status, text := post(t, h, "/v4/consumers", key, good); status != 201 {
				t.Errorf("POST %s: %d %s, want 201", good, status, text)
			}
		}
	})
}
