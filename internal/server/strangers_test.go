package server_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"orderhub/internal/server"
)

// A clock is moved by the test while the server reads it.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC).Add(c.offset)
}

func (c *clock) set(offset time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = offset
}

func TestStrangers(t *testing.T) {
	g, secret := gate(t)
	const known, stranger, refused = "known", "stranger", "refused"
	type step struct {
		at   time.Duration
		key  string
		want string
	}
	flood := []step{
		{0, "x", stranger}, {0, "", stranger}, {0, secret, known}, {0, "y", stranger}, {0, "x", stranger},
		{59 * time.Second, "x", refused},
		{59 * time.Second, secret, refused}, // whoever comes from there
		{60 * time.Second, secret, known},
		{60 * time.Second, "x", stranger},
	}
	tests := []struct {
		name   string
		limit  int
		status int // of the answer to a stranger
		steps  []step
	}{
		{"told by the status", 2, 401, flood},
		{"told by the gate", 2, 200, flood},
		{"no limit", -1, 401, []step{{0, "x", stranger}, {0, "x", stranger}, {0, "x", stranger}, {0, secret, known}}},
		// A client that sends its key only when asked is a stranger each time.
		{"asked first", 1, 401, []step{{0, "", stranger}, {0, secret, known}, {0, "", stranger}, {0, secret, known}, {0, "", stranger}, {0, secret, known}}},
		{"far between", 1, 401, []step{{0, "", stranger}, {time.Minute, "", stranger}, {2 * time.Minute, "", stranger}, {2 * time.Minute, "", stranger}, {2 * time.Minute, "", refused}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := new(clock)
			s := start(t, server.Options{Strangers: tt.limit, Now: c.Now}, keyed(g, tt.status))
			for i, step := range tt.steps {
				c.set(step.at)
				_, body, _ := s.send(t, "GET", "/api/get_orders?apikey="+step.key)
				got := refused
				switch {
				case body == "success=1":
					got = known
				case body == "success=0":
					got = stranger
				case body != fmt.Sprintf("virtpos says 10: more than %d requests a minute without a valid key came from your address; wait a minute", tt.limit):
					t.Errorf("step %d: the door says %q", i, body)
				}
				if got != step.want {
					t.Errorf("step %d: %s, want %s", i, got, step.want)
				}
			}
		})
	}
}

// Health is asked for from the same address as everything behind a proxy.
func TestStrangersSeeHealth(t *testing.T) {
	login := func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) } // asks no gate
	s := start(t, server.Options{Strangers: 1}, door("web", "/admin", login), server.Door{Name: "plain", Prefix: "/r", Handler: http.NotFoundHandler()})
	for range 2 {
		s.send(t, "GET", "/admin/login")
	}
	if status, _, header := s.send(t, "GET", "/r/x"); status != http.StatusTooManyRequests || header.Get("Retry-After") != "60" {
		t.Errorf("GET /r/x = %d with Retry-After %q, want 429 and 60", status, header.Get("Retry-After"))
	}
	if status, _, _ := s.send(t, "GET", "/healthz"); status != http.StatusOK {
		t.Errorf("GET /healthz = %d, want 200", status)
	}
}
