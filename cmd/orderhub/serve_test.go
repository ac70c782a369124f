package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRequestMayFinishAfterSIGTERM sends the signal between the two halves of
// an order: it must be taken all the same, and the program must end in peace.
func TestRequestMayFinishAfterSIGTERM(t *testing.T) {
	data := t.TempDir()
	cmd := exec.Command("orderhub", "serve", "--addr", "127.0.0.1:0", "--data", data)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	address, key := "", ""
	for key == "" && lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			address = strings.TrimPrefix(m[1], "http://")
		}
		if line := strings.TrimSpace(lines.Text()); strings.HasPrefix(line, "oh_") {
			key = line
		}
	}
	go io.Copy(io.Discard, out)

	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	body := `{"data": {"type": "orders", "attributes": {"number": "late-1", "consumer_email": "vera@example.com"}}}`
	fmt.Fprintf(c, "POST /v4/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/vnd.api+json\r\nContent-Length: %d\r\n\r\n%s",
		address, key, len(body), body[:20])
	time.Sleep(100 * time.Millisecond) // let the server read so far
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		other, err := net.Dial("tcp", address)
		if err != nil {
			break // the signal has arrived: nobody new is let in
		}
		other.Close()
	}
	io.WriteString(c, body[20:])
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("the answer to a request that ran at SIGTERM: %v", err)
	}
	if answer.StatusCode != http.StatusCreated {
		t.Errorf("a request that ran at SIGTERM was answered %s, want 201", answer.Status)
	}
	answer.Body.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM the program ended with %v, want no error", err)
	}
	var found strings.Builder
	if err := run(t.Context(), []string{"check", "--data", data}, func(string) string { return "" }, &found, t.Output()); err != nil || !strings.Contains(found.String(), "orders 1,") {
		t.Errorf("afterwards check says %q, %v, want one order", found.String(), err)
	}
}

// TestWorkEndsInOrder: what works behind the server outlives it.
func TestWorkEndsInOrder(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var ended []string
	served := make(chan bool)
	err := work(ctx,
		func(ctx context.Context) error {
			cancel()
			<-ctx.Done()
			time.Sleep(50 * time.Millisecond) // the last requests
			ended = append(ended, "server")
			close(served)
			return nil
		},
		func(ctx context.Context) error {
			<-ctx.Done()
			<-served
			ended = append(ended, "jobs")
			return nil
		},
		func(ctx context.Context) error {
			<-ctx.Done()
			select {
			case <-served:
			default:
				t.Error("what works behind the server was ended before it")
			}
			return nil
		},
	)
	if err != nil || strings.Join(ended, " ") != "server jobs" {
		t.Errorf("work = %v, ended %q, want nil and the server before the jobs", err, ended)
	}
}

// TestWorkFailsAsOne: a server without its jobs would take orders that
// nothing comes of.
func TestWorkFailsAsOne(t *testing.T) {
	broken := errors.New("the jobs cannot start")
	for _, fails := range []string{"server", "jobs"} {
		end := func(name string) func(context.Context) error {
			return func(ctx context.Context) error {
				if name == fails {
					return broken
				}
				<-ctx.Done()
				return nil
			}
		}
		if err := work(t.Context(), end("server"), end("jobs"), end("index")); !errors.Is(err, broken) {
			t.Errorf("when the %s fail, work = %v, want %v", fails, err, broken)
		}
	}
}

func TestAddressOf(t *testing.T) {
	tests := []struct{ listens, want string }{
		{"127.0.0.1:0", "http://127.0.0.1:%d"},
		{"0.0.0.0:0", "http://127.0.0.1:%d"},
	}
	for _, tt := range tests {
		l, err := listen(t.Context(), tt.listens)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := addressOf(l), fmt.Sprintf(tt.want, l.Addr().(*net.TCPAddr).Port); got != want {
			t.Errorf("listening on %s, the address is %s, want %s", tt.listens, got, want)
		}
		l.Close()
	}
}
