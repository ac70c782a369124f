package server_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"orderhub"
	"orderhub/internal/server"
)

// A journal is a log that a test reads while it is written.
type journal struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.String()
}

// A running server is one on a port of its own.
type running struct {
	address string
	log     *journal
	stop    func() error // ends the server and returns what Serve returned
}

// start runs a server until the test ends.
func start(t *testing.T, o server.Options, doors ...server.Door) *running {
	t.Helper()
	r := &running{log: new(journal)}
	o.Log = slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.New(o, doors...).Serve(ctx, l) }()
	r.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { r.stop() })
	return r
}

// door is a door whose Fail says who says it, and the kind of error.
func door(name, prefix string, h http.HandlerFunc) server.Door {
	return server.Door{Name: name, Prefix: prefix, Handler: h, Fail: func(w http.ResponseWriter, r *http.Request, err error) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s says %d: %v", name, orderhub.KindOf(err), err)
	}}
}

// send makes one request on a connection of its own and returns status, body
// and headers. It follows no redirect.
func (r *running) send(t *testing.T, method, target string, header ...string) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+r.address+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Add(name, value)
	}
	request.Close = true
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return response.StatusCode, string(body), response.Header
}

// dial opens a connection on which every read and write ends in ten seconds.
func (r *running) dial(t *testing.T, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// answer reads one answer from a connection.
func answer(t *testing.T, c net.Conn) (status int, body string, open bool) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("the answer is cut short: %v", err)
	}
	return response.StatusCode, string(text), !response.Close
}

// mustBeClosed waits for the server to close a connection.
func mustBeClosed(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c); isTimeout(err) {
		t.Error("the connection is still open")
	}
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

func TestDoors(t *testing.T) {
	echo := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s %s %s", name, r.Method, r.URL.Path) }
	}
	orders := chi.NewRouter()
	orders.Get("/", echo("list"))
	orders.Post("/{id}/lines", echo("lines"))
	orders.NotFound(echo("unknown"))
	orders.MethodNotAllowed(echo("method"))
	s := start(t, server.Options{},
		door("aplaut", "/v4", echo("aplaut")),
		door("ecdp", "/orders", orders.ServeHTTP),
		door("ecdp", "/customers", echo("customers")),
	)
	const nothing = "nothing is served at this path; this server serves /v4, /orders, /customers\n"
	tests := []struct {
		method, target string
		status         int
		want           string
	}{
		{"GET", "/v4", 200, "aplaut GET /v4"},
		{"GET", "/v4/", 200, "aplaut GET /v4/"},
		{"PATCH", "/v4/orders/1?x=y", 200, "aplaut PATCH /v4/orders/1"},
		{"FOO", "/v4/orders/1", 200, "aplaut FOO /v4/orders/1"},
		{"GET", "/v4//../orders", 200, "aplaut GET /v4//../orders"}, // not cleaned, not redirected
		{"GET", "/orders", 200, "list GET /orders"},
		{"GET", "/orders/", 200, "list GET /orders/"},
		{"POST", "/orders/7/lines", 200, "lines POST /orders/7/lines"},
		{"GET", "/orders/7", 200, "unknown GET /orders/7"},
		{"PUT", "/orders/7/lines", 200, "method PUT /orders/7/lines"},
		{"FOO", "/orders", 200, "method FOO /orders"},
		{"GET", "/customers/1", 200, "customers GET /customers/1"},
		{"GET", "/", 404, nothing},
		{"GET", "/v40", 404, nothing},
		{"FOO", "/v40", 404, nothing},
		{"GET", "//v4", 404, nothing},
		{"GET", "/V4", 404, nothing},
		{"POST", "/healthz", 405, "this page can only be read\n"},
		{"FOO", "/metrics", 405, "this page can only be read\n"},
	}
	for _, tt := range tests {
		status, body, header := s.send(t, tt.method, tt.target)
		if status != tt.status || body != tt.want {
			t.Errorf("%s %s = %d %q, want %d %q", tt.method, tt.target, status, body, tt.status, tt.want)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s %s lacks a header that browsers need: %v", tt.method, tt.target, header)
		}
	}
}

func TestServerWithoutDoors(t *testing.T) {
	s := start(t, server.Options{})
	if status, body, _ := s.send(t, "GET", "/v4"); status != 404 || !strings.Contains(body, "nothing but its own health") {
		t.Errorf("GET /v4 = %d %q", status, body)
	}
}

func TestRequestID(t *testing.T) {
	s := start(t, server.Options{}, door("usam", "/wp-json", func(w http.ResponseWriter, r *http.Request) {
		if actor := orderhub.ActorOf(r.Context()); actor.Request != server.RequestID(r.Context()) {
			t.Errorf("events would have the request %q, want %q", actor.Request, server.RequestID(r.Context()))
		}
		io.WriteString(w, server.RequestID(r.Context()))
	}))
	tests := []struct {
		sent string
		kept bool
	}{
		{"a.B-9_c", true},
		{strings.Repeat("x", 64), true},
		{strings.Repeat("x", 65), false},
		{"", false},
		{"a b", false},
		{`a"level=ERROR`, false},
		{"номер", false},
	}
	made := make(map[string]bool)
	for _, tt := range tests {
		_, id, header := s.send(t, "GET", "/wp-json", "X-Request-Id: "+tt.sent)
		if (id == tt.sent) != tt.kept || header.Get("X-Request-Id") != id || len(id) == 0 {
			t.Errorf("with %q the id is %q and the answer's %q", tt.sent, id, header.Get("X-Request-Id"))
		}
		if made[id] {
			t.Errorf("the id %q is not new", id)
		}
		made[id] = true
	}
	if id := server.RequestID(t.Context()); id != "" {
		t.Errorf("outside of a request the id is %q", id)
	}
}

func TestHealth(t *testing.T) {
	tests := []struct {
		name   string
		ready  func(context.Context) error
		status int
		want   string
	}{
		{"always", nil, 200, "ready\n"},
		{"ready", func(context.Context) error { return nil }, 200, "ready\n"},
		{"a known reason", func(context.Context) error {
			return fmt.Errorf("store: %w", orderhub.Errorf(orderhub.Unavailable, "the schema is older than this program"))
		}, 503, "not ready: the schema is older than this program\n"},
		{"a reason that is ours", func(context.Context) error {
			return errors.New("dial tcp 10.0.0.7: password wrong")
		}, 503, "not ready: the log tells why\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, server.Options{Ready: tt.ready})
			if status, body, _ := s.send(t, "GET", "/readyz"); status != tt.status || body != tt.want {
				t.Errorf("GET /readyz = %d %q, want %d %q", status, body, tt.status, tt.want)
			}
			if status, body, _ := s.send(t, "GET", "/healthz"); status != 200 || body != "ok\n" {
				t.Errorf("GET /healthz = %d %q, want ok", status, body)
			}
			if status, _, _ := s.send(t, "HEAD", "/readyz"); status != tt.status {
				t.Errorf("HEAD /readyz = %d, want %d", status, tt.status)
			}
			if log := s.log.String(); tt.status == 503 && !strings.Contains(log, tt.ready(t.Context()).Error()) {
				t.Errorf("the log does not tell why: %s", log)
			}
		})
	}
}
