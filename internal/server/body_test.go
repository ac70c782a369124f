package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/server"
)

// reader is a door that reads a body and says how that went.
func reader() server.Door {
	return door("ecdp", "/orders", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, "%d %d: %v", len(body), orderhub.KindOf(err), orderhub.All(err))
			return
		}
		fmt.Fprintf(w, "%d read", len(body))
	})
}

const slow = "the body took too long to arrive; nothing of it was used"

func TestSlowBody(t *testing.T) {
	lax := server.Options{BodyGrace: time.Hour, BodyTime: time.Hour}
	tests := []struct {
		name string
		o    server.Options
		sent string
		want string
	}{
		{"nothing comes", server.Options{BodyGrace: 30 * time.Millisecond}, "Content-Length: 100\r\n\r\n", "0 1: [" + slow + "]"},
		{"it stops", server.Options{BodyGrace: 30 * time.Millisecond}, "Content-Length: 100\r\n\r\n" + strings.Repeat("x", 50), "50 1: [" + slow + "]"},
		{"chunks stop", server.Options{BodyGrace: 30 * time.Millisecond}, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "3 1: [" + slow + "]"},
		{"all time is over", server.Options{BodyGrace: time.Hour, Timeout: 15 * time.Millisecond, BodyTime: 15 * time.Millisecond},
			"Content-Length: 100\r\n\r\n" + strings.Repeat("x", 50), "50 1: [" + slow + "]"},
		{"in time", lax, "Content-Length: 5\r\n\r\nabcde", "5 read"},
		{"in chunks", lax, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "5 read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, tt.o, reader())
			c := s.dial(t, "POST /orders HTTP/1.1\r\nHost: hub\r\n"+tt.sent)
			_, body, open := answer(t, c)
			if body != tt.want {
				t.Errorf("the door says %q, want %q", body, tt.want)
			}
			if whole := strings.HasSuffix(tt.want, "read"); open != whole {
				t.Errorf("connection open: %v, want %v", open, whole)
			} else if !whole {
				mustBeClosed(t, c)
			}
		})
	}
}

// Each byte earns its sender some time: this one is slower than the grace,
// but has sent a minute's worth.
func TestSteadyBody(t *testing.T) {
	s := start(t, server.Options{BodyGrace: 50 * time.Millisecond, BodyRate: 1, BodyTime: time.Hour}, reader())
	c := s.dial(t, "POST /orders HTTP/1.1\r\nHost: hub\r\nContent-Length: 61\r\n\r\n"+strings.Repeat("x", 60))
	time.Sleep(200 * time.Millisecond)
	io.WriteString(c, "x")
	if _, body, _ := answer(t, c); body != "61 read" {
		t.Errorf("the door says %q, want all read", body)
	}
}

// A body that nobody reads must not hold the connection: net/http would wait
// for it before it answers.
func TestUnreadBody(t *testing.T) {
	for _, target := range []string{"/orders", "/nowhere", "/healthz"} {
		s := start(t, server.Options{BodyGrace: 50 * time.Millisecond}, door("ecdp", "/orders", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
		}))
		c := s.dial(t, "POST "+target+" HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\nx")
		if _, _, open := answer(t, c); open {
			t.Errorf("after an unread body of %s the connection stays open", target)
		}
		mustBeClosed(t, c)
	}
}

// Time that a handler takes for itself is not the sender's fault: neither
// before it reads nor after.
func TestSlowHandler(t *testing.T) {
	const grace = 150 * time.Millisecond
	s := start(t, server.Options{BodyGrace: grace, BodyRate: 1e9, BodyTime: time.Hour}, door("ecdp", "/orders", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(2 * grace)
		body, err := io.ReadAll(r.Body)
		_, end := r.Body.Read(make([]byte, 1)) // as decoders do that look for more
		time.Sleep(2 * grace)
		fmt.Fprint(w, len(body), err, end, r.Context().Err())
	}))
	c := s.dial(t, "")
	for range 2 { // the second request finds no deadline of the first
		io.WriteString(c, "POST /orders HTTP/1.1\r\nHost: hub\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 100_000))
		if _, body, open := answer(t, c); body != "100000 <nil> EOF <nil>" || !open {
			t.Fatalf("the door says %q (open: %v), want all bytes and no error", body, open)
		}
		time.Sleep(2 * grace)
	}
}

func TestSlowHeaders(t *testing.T) {
	s := start(t, server.Options{HeaderTime: 30 * time.Millisecond}, reader())
	for _, sent := range []string{"", "GET", "GET /orders HTTP/1.1\r\nHost: hub\r\nX-Slow: "} {
		mustBeClosed(t, s.dial(t, sent))
	}
}

func TestIdleConnection(t *testing.T) {
	s := start(t, server.Options{IdleTime: 30 * time.Millisecond}, reader())
	c := s.dial(t, "POST /orders HTTP/1.1\r\nHost: hub\r\nContent-Length: 1\r\n\r\nx")
	if _, body, open := answer(t, c); body != "1 read" || !open {
		t.Fatalf("the door says %q, open: %v", body, open)
	}
	mustBeClosed(t, c)
}
