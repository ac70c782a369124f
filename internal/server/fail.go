package server

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"

	"orderhub"
	"orderhub/internal/access"
)

// recoverPlainly is the last net, for our own pages and for a door whose Fail
// panics itself.
func (s *Server) recoverPlainly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.rescue(w, r, failPlainly)
		next.ServeHTTP(w, r)
	})
}

// rescue is deferred around a handler and answers for it when it panicked.
func (s *Server) rescue(w http.ResponseWriter, r *http.Request, fail func(http.ResponseWriter, *http.Request, error)) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p) // somebody's wish to cut the connection
	}
	v := visitOf(r.Context())
	s.o.Log.ErrorContext(r.Context(), "panic", "request", v.id, "dialect", v.door, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if v.answer.Status() != 0 {
		// A part of the answer is on its way and must not look like all of it.
		panic(http.ErrAbortHandler)
	}
	// What the handler said of a body that it will not send.
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Type", "ETag", "Location"} {
		w.Header().Del(name)
	}
	fail(w, r, fmt.Errorf("server: panic: %v", p))
}

// plainStatuses are for what belongs to no door.
var plainStatuses = map[orderhub.Kind]int{
	orderhub.TooMany:     http.StatusTooManyRequests,
	orderhub.Unavailable: http.StatusServiceUnavailable,
}

// failPlainly answers where no door has words of its own.
func failPlainly(w http.ResponseWriter, r *http.Request, err error) {
	status, ok := plainStatuses[orderhub.KindOf(err)]
	text := "something went wrong here; the log knows it as request " + RequestID(r.Context())
	if ok {
		text = err.Error()
	} else {
		status = http.StatusInternalServerError
	}
	if busy, ok := err.(*access.Busy); ok {
		w.Header().Set("Retry-After", strconv.Itoa(busy.Seconds()))
	}
	http.Error(w, text, status)
}
