package server

import (
	"context"
	"errors"
	"net/http"

	"orderhub"
)

// errTimeout is Unavailable for want of a better kind, but promises less:
// nobody knows how far the handler came.
var errTimeout = orderhub.Errorf(orderhub.Unavailable, "this took too long; see whether it was done before you try again")

// limitTime ends the context of a request after its time, which is longer for
// one that brings a body.
func (s *Server) limitTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := s.o.Timeout
		if r.ContentLength != 0 {
			limit += s.o.BodyTime
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// answerForTheSilent speaks for a handler that gave up without a word when its
// time was over: an empty 200 would pass for success.
func (s *Server) answerForTheSilent(w http.ResponseWriter, r *http.Request, fail func(http.ResponseWriter, *http.Request, error)) {
	if errors.Is(r.Context().Err(), context.DeadlineExceeded) && visitOf(r.Context()).answer.Status() == 0 {
		fail(w, r, errTimeout)
	}
}
