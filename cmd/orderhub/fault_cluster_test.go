//go:build unix

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A cluster is a PostgreSQL server that a test may kill.
type cluster struct {
	bin, dir string
	port     int
	owner    *syscall.SysProcAttr // the server refuses to run as root
}

// newCluster makes and starts a server until the test ends. Its files are not
// forced to the disk: it will lose its processes, not its power.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	bin, err := exec.Command("../../scripts/need-postgres").Output()
	if err != nil {
		t.Fatalf("need-postgres: %v", err)
	}
	// Not t.TempDir: the path of a socket has room for a hundred characters.
	dir, err := os.MkdirTemp("/tmp", "orderhub-fault-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cluster{bin: strings.TrimSpace(string(bin)), dir: dir}
	if os.Getuid() == 0 {
		c.disown(t)
	}
	c.command(t, "initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = free.Addr().(*net.TCPAddr).Port
	free.Close()
	t.Cleanup(func() { c.pgctl("stop", "-m", "immediate").Run() })
	c.start(t)
	return c
}

// disown gives the folder to a user who may run the server.
func (c *cluster) disown(t *testing.T) {
	t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	if err := os.Chown(c.dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	c.owner = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) run(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, c.owner
	return cmd
}

func (c *cluster) command(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := c.run(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

func (c *cluster) pgctl(do string, args ...string) *exec.Cmd {
	return c.run("pg_ctl", append([]string{do, "-w", "-t", "60", "-D", c.data(), "-l", filepath.Join(c.dir, "log")}, args...)...)
}

// start tries for a while: right after a kill the old processes may still
// hold the folder.
func (c *cluster) start(t *testing.T) {
	t.Helper()
	options := fmt.Sprintf("-p %d -k %s -h 127.0.0.1 -c fsync=off", c.port, c.dir)
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = c.pgctl("start", "-o", options).Run(); err == nil {
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	t.Fatalf("start PostgreSQL: %v\n%s", err, log)
}

// stop ends the server as a crash would.
func (c *cluster) stop(t *testing.T) {
	t.Helper()
	if err := c.pgctl("stop", "-m", "immediate").Run(); err != nil {
		t.Fatalf("stop PostgreSQL: %v", err)
	}
}

// kill ends the server's first process; the others notice and end, too.
func (c *cluster) kill(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// killBackend kills the process that serves one of the hub's connections, on
// which the server ends all others and recovers.
func (c *cluster) killBackend(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	db, err := pgx.Connect(ctx, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres", c.port))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	var pid int
	err = db.QueryRow(ctx, `select pid from pg_stat_activity where application_name = 'orderhub' order by state = 'active' desc limit 1`).Scan(&pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
