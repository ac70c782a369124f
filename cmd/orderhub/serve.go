package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/lmittmann/tint"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"orderhub/internal/access"
	"orderhub/internal/catalogue"
	"orderhub/internal/customers"
	"orderhub/internal/definitions"
	"orderhub/internal/doors"
	"orderhub/internal/events"
	"orderhub/internal/jobs"
	"orderhub/internal/loyalty"
	"orderhub/internal/once"
	"orderhub/internal/ordering"
	"orderhub/internal/search"
	"orderhub/internal/server"
	"orderhub/internal/store/sqlite"
)

type serveCommand struct {
	Addr        string  `placeholder:"HOST:PORT" default:"127.0.0.1:8080" help:"Address to listen on, ${default} when nothing is said; port 0 takes a free one (ORDERHUB_ADDR)."`
	Place       place   `embed:""`
	Demo        bool    `help:"Add a shop with sample orders; orderhub demo remove takes it away again."`
	Rate        float64 `placeholder:"N" default:"1000" help:"Requests a second that each key may make, ${default} when nothing is said, 0 for no limit."`
	ClockOffset period  `placeholder:"TIME" help:"Let the clock run ahead, such as 72h, or behind, such as -1d; for tests and demonstrations."`
	LogFormat   string  `enum:"auto,text,json" default:"auto" help:"Write the log as text or json; auto is text on a terminal, json elsewhere."`
	LogLevel    string  `enum:"debug,info,warn,error" default:"info" help:"Leave out of the log what is less than debug, info, warn or error."`
	MaxGroup    int     `hidden:"" default:"256" help:"Writes that share a commit at most, with SQLite."`
}

// Help is shown below the summary of the command.
func (serveCommand) Help() string {
	return `The first start needs no preparation: it makes the store, a shop called main and
a key to it, and prints what to send. The server ends on SIGINT and SIGTERM,
after the requests that run; a second signal ends it at once.

    orderhub serve --demo

It speaks HTTP only and leaves TLS to what stands in front of it. GET /healthz
says whether it is alive, /readyz whether it can work, /metrics how it does.`
}

// Run serves until the context ends. This is where the parts of the program
// meet, and the order matters: what is started later ends earlier.
func (c *serveCommand) Run(ctx context.Context, s streams) (err error) {
	if c.Rate < 0 || c.MaxGroup < 1 {
		return errors.New("--rate must not be negative and --max-group must be 1 at least")
	}
	collectLessOften()
	log := c.logger(s.err)
	l, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer l.Close()
	now := func() time.Time { return time.Now().Add(time.Duration(c.ClockOffset)) }
	db, err := c.Place.open(ctx, sqlite.Options{MaxGroup: c.MaxGroup, Now: now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrateServing(ctx, db, l, log); err != nil {
		return err
	}
	gate := access.New(db, access.Options{Rate: c.Rate, Now: now, Log: log})
	orders := &ordering.Service{DB: db}
	answers := &once.Keeper{DB: db}

	greeting, err := c.begin(ctx, shopsOf(db), orders, addressOf(l))
	if err != nil {
		return err
	}
	if _, err := io.WriteString(s.out, greeting); err != nil {
		return err
	}
	names := &definitions.Keeper{DB: db}
	outbox := &events.Outbox{DB: db, Log: log, Consumers: []*events.Consumer{search.Consumer(), definitions.Consumer()}}
	points := &loyalty.Service{DB: db}
	products := &catalogue.Service{DB: db, Log: log}
	imports := importsOf(db, c.Place)
	imports.Log = log
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(outbox)
	web := server.New(server.Options{Log: log, Ready: db.Ready, Metrics: metrics}, doors.All(doors.Services{
		Gate: gate, Orders: orders, Customers: &customers.Service{DB: db}, Answers: answers, Definitions: names, Loyalty: points,
	}, log)...)
	return work(ctx,
		func(ctx context.Context) error { return web.Serve(ctx, l) },
		(&jobs.Runner{DB: db, Log: log, Kinds: []jobs.Kind{
			jobs.Tidy(db),
			jobs.Chore("answers.sweep", time.Hour, answers.Sweep),
			jobs.Chore("bonus.expire", time.Hour, points.Expire),
			jobs.Chore("feeds.refresh", time.Minute, products.RefreshDue),
			products.FeedJobs(),
			jobs.Chore("imports.sweep", time.Hour, imports.Sweep),
		}}).Run,
		func(ctx context.Context) error { outbox.Run(ctx); return nil },
		func(ctx context.Context) error { imports.Run(ctx); return nil },
		func(ctx context.Context) error { gate.Run(ctx); return nil },
	)
}

// collectLessOften lets the garbage wait unless the operator has decided. The
// heap is small and its garbage short-lived: collecting half as often saves a
// tenth of the processor time and costs few megabytes.
func collectLessOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// work runs the server and, until it has ended, what works behind it: the
// last requests still find it at work. When something behind fails, the
// server ends too.
func work(ctx context.Context, serve func(context.Context) error, behind ...func(context.Context) error) error {
	while, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, while := errgroup.WithContext(while)
	serving, end := context.WithCancel(ctx)
	defer end()
	context.AfterFunc(while, end)
	for _, run := range behind {
		g.Go(func() error { return run(while) })
	}
	g.Go(func() error {
		defer stop()
		return serve(serving)
	})
	return g.Wait()
}

// listen takes the address before anything else is done: a second server
// that was started by mistake shall not touch the store.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is taken by another program; end that one, or choose another address with --addr, such as --addr 127.0.0.1:0 for any free port", address)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s; --addr wants HOST:PORT, such as 127.0.0.1:8080: %w", address, err)
	}
	return l, nil
}

// addressOf is where a program on this machine reaches the listener.
func addressOf(l net.Listener) string {
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok || !a.IP.IsUnspecified() {
		return "http://" + l.Addr().String()
	}
	return fmt.Sprintf("http://127.0.0.1:%d", a.Port)
}

// logger writes the log as the flags say.
func (c *serveCommand) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(c.LogLevel)) // one of the four, as the flag's enum has it
	if c.LogFormat == "text" || c.LogFormat == "auto" && isTerminal(w) {
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.DateTime, NoColor: !isTerminal(w)}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
