package server_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/server"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// gate makes a shop with one key.
func gate(t *testing.T) (g *access.Gate, secret string) {
	t.Helper()
	db := storetest.Open(t)
	shop := &orderhub.Shop{Name: "main", Zone: "UTC", Currency: "RUB", Identify: orderhub.ByEmail}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), shop) }); err != nil {
		t.Fatal(err)
	}
	g = access.New(db, access.Options{})
	made := access.NewSecret()
	key := &orderhub.Key{Shop: shop.ID, Name: "till 1", Hint: made.Hint()}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateKey(t.Context(), key, made.Hash()) }); err != nil {
		t.Fatal(err)
	}
	return g, string(made)
}

// keyed is a door like VirtPOS: the key is in the query, and strangers are
// answered with the given status.
func keyed(g *access.Gate, stranger int) server.Door {
	return door("virtpos", "/api", func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := g.Admit(r.Context(), r.URL.Query().Get("apikey"), "virtpos", false); err != nil {
			w.WriteHeader(stranger)
			io.WriteString(w, "success=0")
			return
		}
		io.WriteString(w, "success=1")
	})
}

func TestLogLine(t *testing.T) {
	g, secret := gate(t)
	s := start(t, server.Options{}, keyed(g, 401))
	s.send(t, "GET", "/api/orders/A%0Alevel=ERROR%20msg=forged%22?apikey="+secret, "X-Request-Id: r1", "Authorization: Bearer "+secret)
	s.send(t, "GET", "/api/"+strings.Repeat("x", 1000)+"?apikey=wrong")
	s.send(t, "GET", "/nowhere")
	s.send(t, "GET", "/healthz")
	s.stop()

	wants := []string{
		`level=INFO msg=request method=GET path="/api/orders/A%0Alevel=ERROR%20msg=forged%22" status=200 bytes=9 ms=N remote=127.0.0.1 request=r1 dialect=virtpos shop=main key="till 1"`,
		`level=INFO msg=request method=GET path=/api/` + strings.Repeat("x", 295) + `… status=401 bytes=9 ms=N remote=127.0.0.1 request=ID dialect=virtpos shop="" key=""`,
		`level=INFO msg=request method=GET path=/nowhere status=404 bytes=56 ms=N remote=127.0.0.1 request=ID dialect="" shop="" key=""`,
		`level=DEBUG msg=request method=GET path=/healthz status=200 bytes=3 ms=N remote=127.0.0.1 request=ID dialect="" shop="" key=""`,
	}
	log := s.log.String()
	if strings.Contains(log, secret) || strings.Contains(log, "apikey") || strings.Contains(log, "Bearer") {
		t.Errorf("the log holds a secret: %s", log)
	}
	log = regexp.MustCompile(`(?m)^time=\S+ `).ReplaceAllString(log, "")
	log = regexp.MustCompile(`ms=[0-9.e-]+`).ReplaceAllString(log, "ms=N")
	log = regexp.MustCompile(`request=[A-Z2-7]{26}`).ReplaceAllString(log, "request=ID")
	lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
	if len(lines) != len(wants) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(wants), log)
	}
	for i, want := range wants {
		if lines[i] != want {
			t.Errorf("line %d\n got %s\nwant %s", i, lines[i], want)
		}
	}
}

func TestMetrics(t *testing.T) {
	orders := chiRoutes(map[string]http.HandlerFunc{
		"GET /orders/{number}": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") },
		"PUT /orders/{number}": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(422) },
	})
	s := start(t, server.Options{}, door("aplaut", "/v4", orders.ServeHTTP), door("virtpos", "/api", func(w http.ResponseWriter, r *http.Request) {}))
	for _, request := range []string{
		"GET /v4/orders/1", "GET /v4/orders/2?a=b", "PUT /v4/orders/3", "GET /v4/customers", "BREW /v4/orders/1",
		"GET /api/get_orders", "GET /nowhere/1", "GET /nowhere/2",
	} {
		method, target, _ := bytes.Cut([]byte(request), []byte(" "))
		s.send(t, string(method), string(target))
	}
	_, page, _ := s.send(t, "GET", "/metrics")
	for _, want := range []string{
		`orderhub_http_requests_total{code="200",dialect="aplaut",method="GET",route="/v4/orders/{number}"} 2`,
		`orderhub_http_requests_total{code="422",dialect="aplaut",method="PUT",route="/v4/orders/{number}"} 1`,
		`orderhub_http_requests_total{code="404",dialect="aplaut",method="GET",route="/v4/*"} 1`,
		`orderhub_http_requests_total{code="405",dialect="aplaut",method="other",route="none"} 1`,
		`orderhub_http_requests_total{code="200",dialect="virtpos",method="GET",route="/api/*"} 1`,
		`orderhub_http_requests_total{code="404",dialect="",method="GET",route="none"} 2`,
		`orderhub_http_request_seconds_count{dialect="aplaut",route="/v4/orders/{number}"} 3`,
		`orderhub_http_requests_in_flight 1`, // this one
		`go_goroutines `,
		`process_open_fds `,
	} {
		if !strings.Contains(page, "\n"+want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(page, "BREW") || strings.Contains(page, "nowhere") {
		t.Error("a client chose the value of a label")
	}
}
