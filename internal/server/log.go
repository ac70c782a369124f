package server

import (
	"log/slog"
	"net/http"
	"time"
)

// maxLogged is how many bytes of a path or method a log line holds.
const maxLogged = 300

// log writes one line a request and counts strangers. The line has neither
// the query, in which VirtPOS carries the key, nor a header. The path is
// logged as it was escaped, so that it cannot break the line.
func (s *Server) log(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		defer func() { // after a panic, too
			v := visitOf(r.Context())
			status := v.status()
			s.strangers.saw(v.address, v.seen, status)
			s.o.Log.LogAttrs(r.Context(), level(v, status), "request",
				slog.String("method", brief(r.Method)),
				slog.String("path", brief(r.URL.EscapedPath())),
				slog.Int("status", status),
				slog.Int("bytes", v.answer.BytesWritten()),
				slog.Float64("ms", float64(time.Since(start).Microseconds())/1000),
				slog.String("remote", v.address.String()),
				slog.String("request", v.id),
				slog.String("dialect", v.door),
				slog.String("shop", v.seen.Shop),
				slog.String("key", v.seen.Key),
			)
		}()
		next.ServeHTTP(w, r)
	})
}

// level keeps the probes of a monitor, every few seconds, out of the log, and
// lets what is ours to fix stand out.
func level(v *visit, status int) slog.Level {
	switch {
	case status >= http.StatusInternalServerError:
		return slog.LevelWarn
	case v.door == "" && status == http.StatusOK:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// status is what was sent; net/http sends 200 for a handler that says nothing.
func (v *visit) status() int {
	if status := v.answer.Status(); status != 0 {
		return status
	}
	return http.StatusOK
}

func brief(text string) string {
	if len(text) <= maxLogged {
		return text
	}
	return text[:maxLogged] + "…"
}
