package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const postgresEnv = "ORDERHUB_TEST_POSTGRES"

// prepare builds the program and makes the folder for the stores.
func (p *plan) prepare(ctx context.Context) (cleanUp func(), err error) {
	if p.dir == "" {
		if p.dir, err = os.MkdirTemp("", "orderhub-bench"); err != nil {
			return nil, err
		}
		cleanUp = func() { os.RemoveAll(p.dir) }
	} else {
		cleanUp = func() {}
	}
	p.program = filepath.Join(p.dir, "orderhub")
	build := exec.CommandContext(ctx, "go", "build", "-o", p.program, "./cmd/orderhub")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		cleanUp()
		return nil, fmt.Errorf("build the hub: %w", err)
	}
	return cleanUp, nil
}

// hubOptions are how a hub is started.
type hubOptions struct {
	maxGroup int  // writes that share a commit; 0 is the hub's own
	postgres bool // on a fresh database of the server
	share    int  // send only so big a part of the plan's orders: one in …
	old      bool // the binary that this checkout's is compared with

	filled func(*plan) *filled // on a store that is there already
}

// binary is the program that the options name.
func (p *plan) binary(o hubOptions) string {
	if o.old {
		return p.old
	}
	return p.program
}

// A hub is a running program on a fresh store.
type hub struct {
	cmd     *exec.Cmd
	program string
	store   []string // the flags that name its store
	base    string
	key     string
	started time.Duration // until it listened
	end     func()
}

// address is what a client connects to.
func (h *hub) address() string { return strings.TrimPrefix(h.base, "http://") }

// as is the hub for the holder of another key.
func (h *hub) as(key string) *hub {
	other := *h
	other.key = key
	return &other
}

var listening = regexp.MustCompile(`listening on (http://[0-9.:]+)`)

// start runs the hub on a fresh store with a shop and a key, or on a filled
// one.
func (p *plan) start(ctx context.Context, o hubOptions) (*hub, error) {
	h, err := p.newStore(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := h.serve(ctx, o); err != nil {
		h.end()
		return nil, err
	}
	return h, nil
}

// newStore makes a fresh store with a shop and a key, or takes the filled one,
// for a hub that does not run yet.
func (p *plan) newStore(ctx context.Context, o hubOptions) (*hub, error) {
	if o.filled != nil {
		f := o.filled(p)
		return &hub{program: p.binary(o), store: []string{"--data", f.dir}, key: f.key, end: func() {}}, nil
	}
	dir, err := os.MkdirTemp(p.dir, "store")
	if err != nil {
		return nil, err
	}
	h := &hub{program: p.binary(o), store: []string{"--data", dir}, end: func() { os.RemoveAll(dir) }}
	if o.postgres {
		address, drop, err := freshDatabase(ctx)
		if err != nil {
			h.end()
			return nil, err
		}
		h.end = func() { drop(); os.RemoveAll(dir) }
		h.store = append(h.store, "--database", address)
	}
	if _, err = h.command(ctx, "migrate"); err == nil {
		h.key, err = h.createShop(ctx, "main")
	}
	if err != nil {
		h.end()
		return nil, err
	}
	return h, nil
}

// createShop makes a shop and returns a key of it.
func (h *hub) createShop(ctx context.Context, name string) (key string, err error) {
	if _, err := h.command(ctx, "shop", "create", name); err != nil {
		return "", err
	}
	return h.command(ctx, "key", "create", "--shop", name, "--name", "bench")
}

// command runs the program on the hub's store and returns what it prints.
func (h *hub) command(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, h.program, append(args, h.store...)...).Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("orderhub %s: %s", args[0], e.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

// serve starts the server.
func (h *hub) serve(ctx context.Context, o hubOptions) error {
	args := append([]string{"serve", "--addr", "127.0.0.1:0", "--rate", "0", "--log-level", "error"}, h.store...)
	if o.maxGroup > 0 {
		args = append(args, "--max-group", strconv.Itoa(o.maxGroup))
	}
	return h.run(exec.CommandContext(ctx, h.program, args...))
}

// run starts the server and waits until it answers that it is ready.
func (h *hub) run(cmd *exec.Cmd) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	h.cmd = cmd
	lines := bufio.NewScanner(out)
	for h.base == "" && lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			h.base = m[1]
		}
	}
	if h.base == "" {
		cmd.Wait()
		return errors.New("the hub ended before it listened")
	}
	go io.Copy(io.Discard, out)
	r, err := http.Get(h.base + "/readyz")
	if err != nil {
		return err
	}
	r.Body.Close()
	h.started = time.Since(begin)
	return nil
}

// stop ends the server and throws its store away, when it was a fresh one.
func (h *hub) stop() {
	h.shutDown()
	h.end()
}

// shutDown ends the server and keeps its store.
func (h *hub) shutDown() {
	if h.cmd != nil {
		h.cmd.Process.Signal(syscall.SIGTERM)
		h.cmd.Wait()
		h.cmd = nil
	}
}

// settle waits until the server has nothing left to do, such as indexing what
// it stored: until it uses less than a twentieth of a core.
func (h *hub) settle() error {
	const pause = 200 * time.Millisecond
	before, err := h.processorTime()
	for deadline := time.Now().Add(time.Minute); err == nil && time.Now().Before(deadline); {
		time.Sleep(pause)
		var now time.Duration
		if now, err = h.processorTime(); err == nil && now-before <= pause/20 {
			return nil
		}
		before = now
	}
	return cmp.Or(err, errors.New("the hub is still at work a minute after the last request"))
}

// processorTime is how long the server has used a core.
func (h *hub) processorTime() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name of the program, in parentheses, may hold spaces. Times are in
	// ticks of 10 ms.
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, errors.New("the system does not say what processor time the hub has used")
	}
	user, err := strconv.Atoi(fields[11])
	system, other := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, cmp.Or(err, other)
}

// memory is what the server holds in memory, in MB.
func (h *hub) memory() (float64, error) { return memoryOf(h.cmd.Process.Pid, "VmRSS:") }

// memoryOf is what a process holds in memory, or has held at most, in MB.
func memoryOf(pid int, what string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, what); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("the system does not tell")
}

// freshDatabase makes an empty database on the server.
func freshDatabase(ctx context.Context) (address string, drop func(), err error) {
	server := os.Getenv(postgresEnv)
	name := fmt.Sprintf("bench_%d", time.Now().UnixNano())
	run := func(statement string) error {
		c, err := pgx.Connect(ctx, server)
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		_, err = c.Exec(ctx, statement)
		return err
	}
	if err := run("create database " + name); err != nil {
		return "", nil, err
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() { run("drop database " + name + " with (force)") }, nil
}
