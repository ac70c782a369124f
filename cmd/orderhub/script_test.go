package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
)

// A hub is the server that a script runs.
type hub struct {
	cmd   *exec.Cmd
	ended chan error
}

type hubKey struct{}

// patience is how long a test waits for what must come.
const patience = 60 * time.Second

var listening = regexp.MustCompile(`listening on (http://\S+)`)

// hubCommand is "hub start ARGS…", which runs orderhub serve on a free port,
// waits until it is ready and puts its address into $HUB, or "hub stop",
// which ends it with SIGTERM. Its output is in hub.out and hub.err.
func hubCommand(ts *testscript.TestScript, neg bool, args []string) {
	h := ts.Value(hubKey{}).(*hub)
	switch {
	case neg || len(args) == 0:
		ts.Fatalf("usage: hub start ARGS… | hub stop")
	case args[0] == "start":
		h.start(ts, args[1:])
	case args[0] == "stop" && len(args) == 1:
		if err := h.stop(); err != nil {
			ts.Fatalf("hub stop: %v\n%s", err, ts.ReadFile("hub.err"))
		}
	default:
		ts.Fatalf("unknown: hub %q", args)
	}
}

func (h *hub) start(ts *testscript.TestScript, args []string) {
	out, err := os.Create(ts.MkAbs("hub.out"))
	ts.Check(err)
	defer out.Close()
	errs, err := os.Create(ts.MkAbs("hub.err"))
	ts.Check(err)
	defer errs.Close()
	cmd, ended := exec.Command("orderhub", append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...), make(chan error, 1)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), out, errs
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "GORACE", "ORDERHUB_DATA", "ORDERHUB_DATABASE"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(cmd.Start())
	go func() { ended <- cmd.Wait() }()
	h.cmd, h.ended = cmd, ended
	ts.Defer(func() { h.stop() })
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-ended:
			h.cmd = nil
			ts.Fatalf("the server ended early: %v\n%s", err, ts.ReadFile("hub.err"))
		default:
		}
		m := listening.FindStringSubmatch(ts.ReadFile("hub.out"))
		if m == nil {
			continue
		}
		if status, _, err := send("GET", m[1]+"/readyz", "", ""); err == nil && status == http.StatusOK {
			ts.Setenv("HUB", m[1])
			return
		}
	}
	ts.Fatalf("the server did not become ready in %v\n%s", patience, ts.ReadFile("hub.err"))
}

// stop ends the server in peace, if there is one.
func (h *hub) stop() error {
	if h.cmd == nil {
		return nil
	}
	cmd := h.cmd
	h.cmd = nil
	cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-h.ended:
		return err
	case <-time.After(patience):
		cmd.Process.Kill()
		return errors.New("it went on in spite of SIGTERM")
	}
}

// send sends one JSON:API request.
func send(method, address, key, body string) (status int, answer string, err error) {
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if key != "" {
		r.Header.Set("Authorization", "Token token="+key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/vnd.api+json")
	}
	return do(r)
}

func do(r *http.Request) (status int, answer string, err error) {
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	return w.StatusCode, string(b), err
}

// httpCommand is "http STATUS METHOD URL [KEY [FILE]]": it sends the file and
// wants the status; the answer is its stdout.
func httpCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 5 {
		ts.Fatalf("usage: http STATUS METHOD URL [KEY [FILE]]")
	}
	key, body := "", ""
	if len(args) > 3 {
		key = args[3]
	}
	if len(args) > 4 {
		body = ts.ReadFile(args[4])
	}
	status, answer, err := send(args[1], args[2], key, body)
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), answer)
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("%s %s: status %d, want %s\n%s", args[1], args[2], status, args[0], answer)
	}
}

// pasteCommand is "paste STATUS FILE N": it does what the Nth curl command in
// the file would do and wants the status; the answer is its stdout.
func pasteCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: paste STATUS FILE N")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	printed := strings.Split(ts.ReadFile(args[1]), "\n  curl ")
	if n < 1 || n >= len(printed) {
		ts.Fatalf("%s holds %d curl commands", args[1], len(printed)-1)
	}
	r, err := curl(words(printed[n]))
	ts.Check(err)
	status, answer, err := do(r)
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), answer)
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("curl %d: status %d, want %s\n%s", n, status, args[0], answer)
	}
}

// words splits a command as a shell does, as far as ours go: single quotes
// and lines that go on after a backslash.
func words(text string) []string {
	var all []string
	var word strings.Builder
	quoted, begun := false, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\'':
			quoted, begun = !quoted, true
		case quoted:
			word.WriteByte(c)
		case c == '\\' && strings.HasPrefix(text[i:], "\\\n"):
			i++
		case c == ' ' || c == '\n':
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
			if c == '\n' {
				return all
			}
		default:
			begun = true
			word.WriteByte(c)
		}
	}
	return all
}

// curl makes the request of a curl command.
func curl(args []string) (*http.Request, error) {
	method, address, body := "GET", "", ""
	header := http.Header{}
	for i := 0; i < len(args); i++ {
		option := args[i]
		if !strings.HasPrefix(option, "-") {
			address = option
			continue
		}
		if i++; i == len(args) {
			return nil, fmt.Errorf("curl %s has no value", option)
		}
		switch option {
		case "-X":
			method = args[i]
		case "-d":
			body = args[i]
		case "-H":
			name, value, _ := strings.Cut(args[i], ": ")
			header.Set(name, value)
		default:
			return nil, fmt.Errorf("curl %s is not known to this test", option)
		}
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = header
	return r, nil
}

// takeCommand is "take NAME FILE PATTERN": it puts what the pattern's group
// finds in the file into the variable.
func takeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: take NAME FILE PATTERN")
	}
	m := regexp.MustCompile("(?m)" + args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(m) != 2 {
		ts.Fatalf("%s holds nothing like %s", args[1], args[2])
	}
	ts.Setenv(args[0], m[1])
}

// sqlCommand is "sql STATEMENT": it changes the store behind the program's
// back.
func sqlCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sql STATEMENT")
	}
	if address := ts.Getenv("ORDERHUB_DATABASE"); address != "" {
		ctx := context.Background()
		c, err := pgx.Connect(ctx, address)
		ts.Check(err)
		defer c.Close(ctx)
		_, err = c.Exec(ctx, args[0])
		ts.Check(err)
		return
	}
	db, err := sql.Open("sqlite", filepath.Join(ts.MkAbs("."), "orderhub-data", "orderhub.db"))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[0])
	ts.Check(err)
}
