package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"orderhub"
	"orderhub/internal/server"
	"orderhub/internal/store"
)

// migrateServing brings the schema of a store up to date. While that moves many
// rows, which takes minutes on a large store, /readyz says how far it has come,
// and other requests are asked to come back.
func migrateServing(ctx context.Context, db *store.DB, l net.Listener, log *slog.Logger) error {
	if orderhub.KindOf(db.Ready(ctx)) != orderhub.Unavailable { // up to date, or a store that is made now
		_, err := db.Migrate(ctx)
		return err
	}
	health := server.New(server.Options{Log: log, Ready: db.Ready})
	h := &http.Server{ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/healthz", "/readyz", "/metrics":
				health.ServeHTTP(w, r)
			default:
				w.Header().Set("Retry-After", "30")
				http.Error(w, "the store is being brought up to date; try again later", http.StatusServiceUnavailable)
			}
		})}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(&lent{Listener: l}) }()
	last := -1
	steps, err := db.MigrateReporting(ctx, func(p store.Progress) {
		if percent := p.Percent() / 10 * 10; percent != last {
			last = percent
			log.InfoContext(ctx, "moving the orders to a new form", "percent", percent)
		}
	})
	if len(steps) > 0 {
		log.InfoContext(ctx, "the schema was brought up to date", "steps", steps)
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if h.Shutdown(grace) != nil {
		h.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, stopAccepting(l, time.Time{}))
}

// A lent listener is given back: closing it ends Accept and nothing else.
type lent struct{ net.Listener }

func (l *lent) Close() error { return stopAccepting(l.Listener, time.Now()) }

// stopAccepting ends Accept of a TCP listener at a time, never when it is zero.
func stopAccepting(l net.Listener, at time.Time) error {
	if tcp, ok := l.(*net.TCPListener); ok {
		return tcp.SetDeadline(at)
	}
	return errors.New("the listener is none of TCP")
}
