package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"orderhub"
)

// errSlow is what reading a body ends with when its sender is too slow.
var errSlow = orderhub.Errorf(orderhub.Malformed, "the body took too long to arrive; nothing of it was used")

// paceBody cuts off senders that are too slow. The deadline stands before the
// handler runs: a body that it leaves unread is read by net/http, which would
// wait for it without end.
func (s *Server) paceBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			end, _ := r.Context().Deadline()
			b := &pacedBody{ReadCloser: r.Body, control: http.NewResponseController(w), patience: s.o.BodyGrace, rate: s.o.BodyRate, end: end}
			b.wait(time.Now())
			r.Body = b
		}
		next.ServeHTTP(w, r)
	})
}

// A pacedBody is read with patience, which each byte that comes renews a
// little. Time that the handler spends elsewhere does not count.
type pacedBody struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration // how long the sender may still make us wait
	rate     int           // bytes that earn a second of it
	end      time.Time     // when all patience ends
}

// wait lets the next read last as long as there is patience. The error is
// left aside: on a connection that is gone the read says it again.
func (b *pacedBody) wait(now time.Time) {
	until := now.Add(b.patience)
	if until.After(b.end) {
		until = b.end
	}
	b.control.SetReadDeadline(until)
}

func (b *pacedBody) Read(p []byte) (int, error) {
	start := time.Now()
	b.wait(start)
	n, err := b.ReadCloser.Read(p)
	b.patience += time.Duration(n)*time.Second/time.Duration(b.rate) - time.Since(start)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, fmt.Errorf("%w (%w)", errSlow, err)
	}
	if err != nil {
		// Nothing more will come. At the end of the body net/http begins to
		// listen for the client hanging up, and would take a deadline for that.
		b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
