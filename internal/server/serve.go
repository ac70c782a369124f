package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// Serve answers requests on a listener until the context ends, then takes no
// new ones, gives those that run Options.Grace to end, and returns nil. An
// error says that it could not go on, or that requests were cut off. The
// listener is closed in any case.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	// Requests do not live in ctx: they may end in peace when it has ended.
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.o.HeaderTime,
		WriteTimeout:      s.o.Timeout + s.o.BodyTime + s.o.SendTime,
		IdleTimeout:       s.o.IdleTime,
		MaxHeaderBytes:    s.o.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(limit(l, s.o.Connections)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("server: serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Grace)
	defer cancel()
	err := h.Shutdown(grace)
	<-ended
	if err != nil {
		h.Close()
		return fmt.Errorf("server: requests still ran %v after the end and were cut off: %w", s.o.Grace, err)
	}
	return nil
}

// limit makes a listener accept no more than n connections at once. More wait
// in the queue of the operating system.
func limit(l net.Listener, n int) net.Listener {
	return &limited{Listener: l, free: make(chan struct{}, n), closed: make(chan struct{})}
}

type limited struct {
	net.Listener
	free   chan struct{} // holds a token for each connection
	closed chan struct{}
	once   sync.Once
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &counted{Conn: c, free: l.free}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// A counted connection gives its token back when it is closed, once.
type counted struct {
	net.Conn
	free chan struct{}
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { <-c.free })
	return c.Conn.Close()
}
