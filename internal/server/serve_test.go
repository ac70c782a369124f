package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"orderhub/internal/server"
)

const get = "GET /v4 HTTP/1.1\r\nHost: hub\r\n\r\n"

// waiting is a door whose requests tell that they run and wait to be let go.
func waiting() (d server.Door, runs chan context.Context, let chan struct{}) {
	runs, let = make(chan context.Context, 1), make(chan struct{})
	return door("aplaut", "/v4", func(w http.ResponseWriter, r *http.Request) {
		runs <- r.Context()
		<-let
		io.WriteString(w, "done")
	}), runs, let
}

func TestRunningRequestsEndInPeace(t *testing.T) {
	d, runs, let := waiting()
	s := start(t, server.Options{}, d)
	c := s.dial(t, get)
	running := <-runs
	ended := make(chan error)
	go func() { ended <- s.stop() }()
	for { // until nobody new is let in
		late, err := net.Dial("tcp", s.address)
		if err != nil {
			break
		}
		late.Close()
		time.Sleep(time.Millisecond)
	}
	if err := running.Err(); err != nil {
		t.Errorf("the end of the server ends a running request: %v", err)
	}
	close(let)
	if _, body, open := answer(t, c); body != "done" || open {
		t.Errorf("the running request answers %q, open: %v", body, open)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}

func TestGraceIsOver(t *testing.T) {
	d, runs, let := waiting()
	defer close(let)
	s := start(t, server.Options{Grace: 10 * time.Millisecond}, d)
	c := s.dial(t, get)
	running := <-runs
	if err := s.stop(); err == nil || !strings.Contains(err.Error(), "were cut off") {
		t.Errorf("Serve = %v, want an error that tells of the cut", err)
	}
	mustBeClosed(t, c)
	select {
	case <-running.Done():
	case <-time.After(10 * time.Second):
		t.Error("the handler of a request that was cut off is not told")
	}
}

func TestListenerFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := server.New(server.Options{}).Serve(t.Context(), l); err == nil || !strings.HasPrefix(err.Error(), "server: serve: ") {
		t.Errorf("Serve on a closed listener = %v", err)
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	s := start(t, server.Options{Connections: 1}, door("aplaut", "/v4", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "done") }))
	first := s.dial(t, get)
	answer(t, first)
	second := s.dial(t, get) // taken by the system, not by us
	second.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := second.Read(make([]byte, 1)); !isTimeout(err) {
		t.Fatalf("a second connection is served while the first is open: %v", err)
	}
	second.SetReadDeadline(time.Now().Add(10 * time.Second))
	first.Close()
	if _, body, _ := answer(t, second); body != "done" {
		t.Errorf("the second connection answers %q", body)
	}
	second.Close()
	if _, body, _ := s.send(t, "GET", "/v4"); body != "done" {
		t.Errorf("a third connection answers %q", body)
	}
}

// A server that waits for a free connection can still be ended.
func TestFullServerEnds(t *testing.T) {
	s := start(t, server.Options{Connections: 1}, door("aplaut", "/v4", func(w http.ResponseWriter, r *http.Request) {}))
	answer(t, s.dial(t, get))
	if err := s.stop(); err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}

func TestDoorWithoutHandler(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New accepts a door without a handler")
		}
	}()
	server.New(server.Options{}, server.Door{Name: "void", Prefix: "/v4"})
}
