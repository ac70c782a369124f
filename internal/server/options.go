package server

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options are the server's limits. The zero value is right for a server.
type Options struct {
	// Log gets a line a request, and the stack of a panic; nil is
	// slog.Default.
	Log *slog.Logger
	// Ready says why the server cannot take requests now; nil: it always can.
	// It is given two seconds.
	Ready func(context.Context) error
	// Metrics is where others of the process put theirs; nil makes one.
	Metrics *prometheus.Registry

	// HeaderTime is how long the headers of a request may take; 0 is 10 s.
	HeaderTime time.Duration
	// HeaderBytes is how long they may be; 0 is 32 KB, give or take 4.
	HeaderBytes int
	// Timeout is the time for the work of a request; 0 is 10 s.
	Timeout time.Duration
	// BodyTime is what a request with a body gets on top of Timeout, because
	// its sender's line is not our work; 0 is 20 s.
	BodyTime time.Duration
	// BodyGrace is how long we wait for a body before it must have come at
	// BodyRate; 0 is 10 s.
	BodyGrace time.Duration
	// BodyRate is how many bytes of a body a second must come; 0 is 1,000.
	BodyRate int
	// SendTime is what the client gets on top of all that to take the answer;
	// 0 is 20 s.
	SendTime time.Duration
	// IdleTime is how long a connection may wait for its next request; 0 is
	// 120 s.
	IdleTime time.Duration
	// Grace is how long running requests may take when the server ends; 0 is
	// 20 s.
	Grace time.Duration
	// Connections is how many there may be at once; more wait until one ends.
	// 0 is 10,000.
	Connections int
	// Strangers is how many more requests without a valid key than with one
	// an address may make a minute; 0 is 60, less than 0 is no limit.
	Strangers int
	// Now is the clock of the strangers' minute; nil is time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.Log = cmp.Or(o.Log, slog.Default())
	o.Metrics = cmp.Or(o.Metrics, prometheus.NewRegistry())
	o.HeaderTime = cmp.Or(o.HeaderTime, 10*time.Second)
	o.HeaderBytes = cmp.Or(o.HeaderBytes, 32<<10)
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.BodyTime = cmp.Or(o.BodyTime, 20*time.Second)
	o.BodyGrace = cmp.Or(o.BodyGrace, 10*time.Second)
	o.BodyRate = cmp.Or(o.BodyRate, 1000)
	o.SendTime = cmp.Or(o.SendTime, 20*time.Second)
	o.IdleTime = cmp.Or(o.IdleTime, 120*time.Second)
	o.Grace = cmp.Or(o.Grace, 20*time.Second)
	o.Connections = cmp.Or(o.Connections, 10_000)
	o.Strangers = cmp.Or(o.Strangers, 60)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
