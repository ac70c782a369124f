package main

import (
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

var powerCuts = flag.Int("powercut", 0, "how often TestPowerCut cuts the power; it needs root, loop devices and mkfs.ext4, and fails without them")

// TestPowerCut keeps the store on a disk of its own, an image in a file, and
// stops the server under load. A copy of the image holds what had reached the
// disk; what the system was still to write is missing, as after a power cut.
// The server goes on with the copy, and everything answered for must be there.
//
// The kills of TestCrash cannot show this: what a killed program has handed to
// the system is written all the same.
func TestPowerCut(t *testing.T) {
	if *powerCuts == 0 {
		t.Skip("it needs root; make crash runs it")
	}
	random := chance(t)
	d := newDisk(t)
	tr := newTrial(t, place{Data: filepath.Join(d.mount, "data")})
	command(t, "sync", "-f", d.mount) // the beginning is not what is tried
	repeats := 0
	for round := range *powerCuts {
		v := tr.start(t)
		tr.repeat(t, v)
		w := tr.load(v, round)
		time.Sleep(time.Duration(50+random.IntN(700)) * time.Millisecond)
		if err := v.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		// The clients run on, but nobody answers them any more.
		repeats += d.copy(t)
		v.kill()
		w.end()
		d.swap(t)
		if round%2 == 1 || round == *powerCuts-1 { // between, repeat has its turn
			tr.compare(t)
		}
	}
	tr.report(t, fmt.Sprintf("%d power cuts, %d copies repeated", *powerCuts, repeats))
}

// A disk is an ext4 file system in an image, mounted through a loop device.
type disk struct {
	image, next string // files in memory
	device      string // such as /dev/loop0; "" when none is attached
	mount       string
}

// newDisk makes a disk for the time of the test.
func newDisk(t *testing.T) *disk {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("a power cut needs root: run it with sudo, or leave -powercut away")
	}
	dir := t.TempDir()
	memory := filepath.Join(dir, "memory")
	d := &disk{image: filepath.Join(memory, "a"), next: filepath.Join(memory, "b"), mount: filepath.Join(dir, "disk")}
	for _, name := range []string{memory, d.mount} {
		if err := os.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	command(t, "mount", "-t", "tmpfs", "-o", "size=600m", "orderhub-test", memory)
	t.Cleanup(func() { unmount(t, memory) })
	command(t, "truncate", "-s", "256m", d.image)
	command(t, "mkfs.ext4", "-q", "-F", d.image)
	t.Cleanup(func() { d.detach(t) })
	d.attach(t)
	return d
}

func (d *disk) attach(t *testing.T) {
	t.Helper()
	d.device = command(t, "losetup", "--find", "--show", d.image)
	command(t, "mount", "-t", "ext4", d.device, d.mount)
}

func (d *disk) detach(t *testing.T) {
	t.Helper()
	if d.device == "" {
		return
	}
	unmount(t, d.mount)
	command(t, "losetup", "--detach", d.device)
	d.device = ""
}

// copy copies the image while nothing is written to it, and says how often it
// had to begin again.
func (d *disk) copy(t *testing.T) (again int) {
	t.Helper()
	for ; again < 100; again++ {
		before := d.written(t)
		command(t, "cp", "--sparse=always", d.image, d.next)
		if d.written(t) == before {
			return again
		}
	}
	t.Fatal("the disk does not come to rest")
	return again
}

// written is how many writes the device has done and how many are under way.
func (d *disk) written(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(d.device), "stat"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text))
	if len(fields) < 9 {
		t.Fatalf("cannot read the counters of %s: %q", d.device, text)
	}
	return fields[4] + " " + fields[8]
}

// swap goes on with the copy. To mount it, the system replays its journal.
func (d *disk) swap(t *testing.T) {
	t.Helper()
	d.detach(t)
	d.image, d.next = d.next, d.image
	d.attach(t)
}

// command runs a program and returns what it printed.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
