package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var fullDisk = flag.Bool("fulldisk", false, "fail where TestFullDisk cannot mount a disk, instead of skipping it")

// TestFullDisk fills the disk of a server under load: writes are refused in
// the dialect's words, reads go on, and when there is space again so do
// writes, without a restart.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "12m")
	if dir == "" {
		return // it ran in a namespace of its own
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 10<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	tr := newTrial(t, place{Data: filepath.Join(dir, "data")})
	v := tr.start(t)
	w := tr.load(v, 0)
	defer w.end()
	await(t, "a full disk", func() bool { return w.placed.Load() >= 5 && w.refused.Load() >= 50 })
	tr.reads(t, v)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	before := w.placed.Load()
	begin := time.Now()
	await(t, "a write after space was made", func() bool { return w.placed.Load() > before })
	t.Logf("the first write %v after space was made", time.Since(begin).Round(time.Millisecond))
	await(t, "more of them", func() bool { return w.placed.Load() > before+50 })
	w.end()
	v.kill()
	tr.compare(t)
	tr.report(t, "a full disk")
	if tr.tally.refused == 0 {
		t.Error("no order was refused: the disk was not full")
	}
}

// reads makes requests that a full disk must not stop.
func (tr *trial) reads(t *testing.T, v *victim) {
	t.Helper()
	for range 10 {
		for _, path := range []string{"/v4/orders", "/v4/orders/K0000w0n00000z"} {
			if a := tr.send(v, "GET", path, ""); a.status != 200 {
				t.Errorf("GET %s on a full disk = %d, %v, want 200:\n%s", path, a.status, a.err, a.body)
			}
		}
	}
}

// inside marks the test that runs in a namespace of its own.
const inside = "ORDERHUB_TEST_INSIDE"

// smallDisk mounts a disk in memory for the time of the test. Who may not
// mount gets a namespace where he may: the test runs once more inside it, and
// here there is no disk. Where neither works, the test says so.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "orderhub-test", dir).CombinedOutput()
	if err == nil {
		t.Cleanup(func() { unmount(t, dir) })
		return dir
	}
	if os.Getenv(inside) != "" {
		t.Fatalf("mount: %v\n%s", err, out)
	}
	if err := exec.Command("unshare", "--user", "--map-root-user", "--mount", "true").Run(); err != nil {
		text := fmt.Sprintf("a full disk cannot be tried here: this user may neither mount (%s) nor make a namespace (%v); run it as root", strings.TrimSpace(string(out)), err)
		if *fullDisk {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	again := exec.Command("unshare", "--user", "--map-root-user", "--mount", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m")
	again.Env = append(os.Environ(), inside+"=1")
	out, err = again.CombinedOutput()
	t.Logf("in a namespace of its own:\n%s", out)
	if err != nil {
		t.Error(err)
	}
	return ""
}

// unmount takes a disk away, at once when nobody uses it any more.
func unmount(t *testing.T, dir string) {
	t.Helper()
	for range 100 {
		if err := syscall.Unmount(dir, 0); err == nil || errors.Is(err, syscall.EINVAL) {
			return // EINVAL: it is not mounted
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
		t.Errorf("unmount %s: %v", dir, err)
	}
}
