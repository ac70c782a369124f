package main

import (
	"bufio"
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

	filled func(*plan) *filled // on a store that is there already
}

// A hub is a running program on a fresh store.
type hub struct {
	cmd     *exec.Cmd
	base    string
	key     string
	started time.Duration // until it listened
	end     func()
}

var listening = regexp.MustCompile(`listening on (http://[0-9.:]+)`)

// start runs the hub on a fresh store with a shop and a key, or on a filled
// one.
func (p *plan) start(ctx context.Context, o hubOptions) (*hub, error) {
	if o.filled != nil {
		f := o.filled(p)
		h := &hub{key: f.key, end: func() {}}
		return h, p.serve(ctx, h, o, "--data", f.dir)
	}
	dir, err := os.MkdirTemp(p.dir, "store")
	if err != nil {
		return nil, err
	}
	h := &hub{end: func() { os.RemoveAll(dir) }}
	store := []string{"--data", dir}
	if o.postgres {
		address, drop, err := freshDatabase(ctx)
		if err != nil {
			return nil, err
		}
		h.end = func() { drop(); os.RemoveAll(dir) }
		store = append(store, "--database", address)
	}
	if err := p.admit(ctx, h, store); err != nil {
		h.end()
		return nil, err
	}
	if err := p.serve(ctx, h, o, store...); err != nil {
		h.end()
		return nil, err
	}
	return h, nil
}

// serve starts the server on a store.
func (p *plan) serve(ctx context.Context, h *hub, o hubOptions, store ...string) error {
	args := append([]string{"serve", "--addr", "127.0.0.1:0", "--rate", "0", "--log-level", "error"}, store...)
	if o.maxGroup > 0 {
		args = append(args, "--max-group", strconv.Itoa(o.maxGroup))
	}
	return h.run(exec.CommandContext(ctx, p.program, args...))
}

// admit makes a shop and its key.
func (p *plan) admit(ctx context.Context, h *hub, store []string) error {
	for _, args := range [][]string{
		{"migrate"},
		{"shop", "create", "main"},
		{"key", "create", "--shop", "main", "--name", "bench"},
	} {
		out, err := exec.CommandContext(ctx, p.program, append(args, store...)...).Output()
		if err != nil {
			if e, ok := errors.AsType[*exec.ExitError](err); ok {
				return fmt.Errorf("orderhub %s: %s", args[0], e.Stderr)
			}
			return err
		}
		h.key = strings.TrimSpace(string(out))
	}
	return nil
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
	h.cmd.Process.Signal(syscall.SIGTERM)
	h.cmd.Wait()
	h.end()
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
