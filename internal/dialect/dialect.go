// Package dialect is what all dialects share as doors: showing what a handler
// returned, reading a body within limits, and the parts of an address.
//
// A dialect translates and decides nothing. Each handler does the same four
// things: decode, ask a service, encode, or return the error, which the
// dialect then says in its own words. A dialect is a package of the files
// doc.go, routes.go, decode.go, encode.go and errors.go.
package dialect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"

	"github.com/go-chi/chi/v5"

	"orderhub"
)

// A Door shows what the handlers of one dialect return.
type Door struct {
	// Say writes an error in the dialect's words. Of an Internal error it must
	// show nothing but the request's id.
	Say func(w http.ResponseWriter, r *http.Request, err error)
	Log *slog.Logger
}

// Show makes a handler of a function that returns its error instead of
// writing it.
func (d Door) Show(handle func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			d.Fail(w, r, err)
		}
	}
}

// Fail logs an error that is ours in full and says every error in the
// dialect's words.
func (d Door) Fail(w http.ResponseWriter, r *http.Request, err error) {
	switch kind := orderhub.KindOf(err); {
	case kind == orderhub.Internal && errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w (%w)", tooSlow, err)
		fallthrough
	case kind == orderhub.Internal, kind == orderhub.Unavailable:
		if !errors.Is(err, context.Canceled) { // else the caller went away
			d.Log.ErrorContext(r.Context(), "request failed", "error", err, "request", RequestID(w))
		}
	}
	d.Say(w, r, err)
}

var tooSlow = orderhub.Errorf(orderhub.Unavailable, "the request took too long; nothing was changed, try again soon")

// RequestID is the id of the request that w answers, by which its log lines
// are found; "" when none was given.
func RequestID(w http.ResponseWriter) string { return w.Header().Get("X-Request-Id") }

// ReadBody reads a body of at most limit bytes. A longer one is a TooLarge
// error; one that breaks off or comes too slowly is Malformed.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		return body, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, orderhub.Errorf(orderhub.Malformed, "the body came too slowly; send it again")
	}
	return nil, orderhub.Errorf(orderhub.Malformed, "the body broke off; send it again")
}

func tooLarge(limit int64) error {
	return orderhub.Errorf(orderhub.TooLarge, "the body is too large; send at most %d bytes", limit)
}

// Param is a part of the address, unescaped: "a%2Fb" is "a/b".
func Param(r *http.Request, name string) string {
	text := chi.URLParam(r, name)
	if r.URL.RawPath == "" {
		return text // chi matched the unescaped path
	}
	plain, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// Base is the address under which the caller reached us, such as
// https://hub.example, for links. A proxy that ends TLS says so in
// X-Forwarded-Proto.
func Base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
