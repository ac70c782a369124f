package server_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"orderhub"
	"orderhub/internal/server"
)

// chiRoutes makes a router as dialects have it, of "METHOD /pattern".
func chiRoutes(routes map[string]http.HandlerFunc) chi.Router {
	r := chi.NewRouter()
	for route, handler := range routes {
		r.HandleFunc(route, handler)
	}
	return r
}

func TestPanic(t *testing.T) {
	handlers := chiRoutes(map[string]http.HandlerFunc{
		"GET /soon": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "7")
			panic("on the till")
		},
		"GET /late":  func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "half"); panic("on the way") },
		"GET /abort": func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"GET /well":  func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "well") },
	})
	broken := door("broken", "/api", handlers.ServeHTTP)
	broken.Fail = func(http.ResponseWriter, *http.Request, error) { panic("in Fail") }
	plain := server.Door{Name: "plain", Prefix: "/r", Handler: handlers}
	s := start(t, server.Options{}, door("usam", "/wp-json", handlers.ServeHTTP), broken, plain)

	const text = "something went wrong here; the log knows it as request r7\n"
	tests := []struct {
		target string
		status int // 0: the connection is cut
		want   string
	}{
		{"/wp-json/soon", http.StatusTeapot, "usam says 0: server: panic: on the till"},
		{"/wp-json/late", 0, ""},
		{"/wp-json/abort", 0, ""},
		{"/api/soon", http.StatusInternalServerError, text},
		{"/r/soon", http.StatusInternalServerError, text},
		{"/wp-json/well", http.StatusOK, "well"},
	}
	for _, tt := range tests {
		c := s.dial(t, "GET "+tt.target+" HTTP/1.1\r\nHost: hub\r\nX-Request-Id: r7\r\n\r\n")
		if tt.status == 0 {
			if whole, err := wholeAnswer(c); whole {
				t.Errorf("GET %s looks whole (%v), want it cut", tt.target, err)
			}
			continue
		}
		if status, body, _ := answer(t, c); status != tt.status || body != tt.want {
			t.Errorf("GET %s = %d %q, want %d %q", tt.target, status, body, tt.status, tt.want)
		}
	}
	s.stop()
	log := s.log.String()
	for _, want := range []string{
		`msg=panic request=r7 dialect=usam panic="on the till" stack=`, "fail_test.go", `panic="on the way"`, `panic="in Fail"`,
		`path=/wp-json/late status=200 bytes=4`, `path=/api/soon status=500`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log, "panic="+http.ErrAbortHandler.Error()) {
		t.Error("a wish to cut the connection was logged as a panic")
	}
}

// wholeAnswer says whether an answer arrived with its end.
func wholeAnswer(c io.Reader) (bool, error) {
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	return err == nil, err
}

func TestTimeout(t *testing.T) {
	s := start(t, server.Options{Timeout: 20 * time.Millisecond}, door("aplaut", "/v4", func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		if r.URL.Path == "/v4/says" {
			w.WriteHeader(http.StatusGatewayTimeout)
		}
	}))
	if status, body, _ := s.send(t, "GET", "/v4/silent"); status != http.StatusTeapot || !strings.HasPrefix(body, "aplaut says 11: this took too long") {
		t.Errorf("a silent handler answers %d %q, want Unavailable through the door", status, body)
	}
	if status, body, _ := s.send(t, "GET", "/v4/says"); status != http.StatusGatewayTimeout || body != "" {
		t.Errorf("a handler with words of its own answers %d %q, want 504", status, body)
	}
	if kind := orderhub.Unavailable; kind != 11 {
		t.Errorf("Unavailable is %d, so the test above is wrong", kind)
	}
}

// The work has Timeout; who sends a body gets BodyTime for that.
func TestTimeIsLongerWithBody(t *testing.T) {
	s := start(t, server.Options{Timeout: time.Hour, BodyTime: time.Hour}, door("aplaut", "/v4", func(w http.ResponseWriter, r *http.Request) {
		end, ok := r.Context().Deadline()
		if !ok {
			io.WriteString(w, "no end")
			return
		}
		io.WriteString(w, time.Until(end).Round(time.Hour).String())
	}))
	for body, want := range map[string]string{
		"\r\n":                       "1h0m0s",
		"Content-Length: 0\r\n\r\n":  "1h0m0s",
		"Content-Length: 1\r\n\r\nx": "2h0m0s",
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n": "2h0m0s",
	} {
		c := s.dial(t, "POST /v4/orders HTTP/1.1\r\nHost: hub\r\n"+body)
		if _, got, _ := answer(t, c); got != want {
			t.Errorf("with %q the time is %s, want %s", body, got, want)
		}
	}
}

// A client that does not take its answer is left alone in the end.
func TestSlowReader(t *testing.T) {
	ended := make(chan error, 1)
	o := server.Options{Timeout: time.Millisecond, BodyTime: time.Millisecond, SendTime: 50 * time.Millisecond}
	s := start(t, o, door("usam", "/wp-json", func(w http.ResponseWriter, r *http.Request) {
		piece := make([]byte, 1<<20)
		for {
			if _, err := w.Write(piece); err != nil {
				ended <- err
				return
			}
		}
	}))
	s.dial(t, "GET /wp-json HTTP/1.1\r\nHost: hub\r\n\r\n")
	select {
	case err := <-ended:
		if !isTimeout(err) {
			t.Errorf("writing ended with %v, want a timeout", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the handler still writes to a client that does not read")
	}
}

func TestLongHeaders(t *testing.T) {
	s := start(t, server.Options{}, door("usam", "/wp-json", func(w http.ResponseWriter, r *http.Request) {}))
	const start, end = "GET /wp-json HTTP/1.1\r\nHost: hub\r\nX-Long: ", "\r\n\r\n"
	tests := []struct {
		name, sent string
		want       int
	}{
		{"below the limit", start + strings.Repeat("x", 30<<10) + end, http.StatusOK},
		{"without end", (start + strings.Repeat("x", 36<<10))[:36<<10], http.StatusRequestHeaderFieldsTooLarge},
	}
	for _, tt := range tests {
		if status, _, _ := answer(t, s.dial(t, tt.sent)); status != tt.want {
			t.Errorf("headers %s = %d, want %d", tt.name, status, tt.want)
		}
	}
}

// Two ways to say where a body ends are how requests are smuggled.
func TestSmuggling(t *testing.T) {
	var bodies []string
	s := start(t, server.Options{}, door("usam", "/wp-json", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	for _, headers := range []string{
		"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcdefgh",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"Content-Length: -1\r\n\r\n",
	} {
		c := s.dial(t, "POST /wp-json HTTP/1.1\r\nHost: hub\r\n"+headers)
		if status, _, open := answer(t, c); status < 400 || open {
			t.Errorf("%q = %d, still open: %v", headers, status, open)
		}
	}
	if len(bodies) != 0 {
		t.Errorf("a door saw %q", bodies)
	}
}
