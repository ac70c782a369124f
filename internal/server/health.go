package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"orderhub"
)

// healthy says that the process answers, whatever else may be wrong.
func healthy(w http.ResponseWriter, r *http.Request) { say(w, "ok") }

// ready says whether requests can be taken. Why not is told to the world only
// where the reason was made to be shown; the log has it in full.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.o.Ready == nil {
		say(w, "ready")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	err := s.o.Ready(ctx)
	if err == nil {
		say(w, "ready")
		return
	}
	s.o.Log.WarnContext(ctx, "not ready", "error", err)
	reason := "the log tells why"
	if known := orderhub.All(err); len(known) > 0 {
		reason = known[0].Error()
	}
	http.Error(w, fmt.Sprintf("not ready: %s", reason), http.StatusServiceUnavailable)
}

func say(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, text+"\n")
}
