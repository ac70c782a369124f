package main

import (
	"bufio"
	"flag"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

var flushes = flag.Int("flushes", 0, "how many rounds TestFailingFlush plays; it needs strace and the right to trace, and fails without them")

// TestFailingFlush lets flushes to the disk fail under load: the n-th of each
// thread in round n, or that and all after it until the disk is mended. The
// requests of such a commit are answered 503, writes go on without a restart,
// and then the server is killed, in every third round while the disk still
// fails: what was answered for is there, and nothing that was refused.
func TestFailingFlush(t *testing.T) {
	if *flushes == 0 {
		t.Skip("it needs strace; make crash runs it")
	}
	tr := newTrial(t, place{Data: t.TempDir()})
	var refusals int64
	for round := range *flushes {
		v := tr.start(t)
		tr.repeat(t, v)
		when := fmt.Sprint(round%20 + 1)
		if round%3 != 0 {
			when += "+" // and all after it
		}
		w := tr.load(v, round)
		mend := injure(t, v, when)
		await(t, "a failed flush, or many that did not", func() bool { return w.refused.Load() > 0 || w.placed.Load() > 400 })
		if round%3 != 1 { // else it dies while the disk fails
			mend()
			before := w.placed.Load()
			await(t, "writes after the flush that failed", func() bool { return w.placed.Load() > before+20 })
		}
		v.kill()
		w.end()
		mend()
		refusals += w.refused.Load()
		if round%2 == 1 || round == *flushes-1 {
			tr.compare(t)
		}
	}
	tr.report(t, fmt.Sprintf("%d rounds of failing flushes, %d requests answered 503", *flushes, refusals))
	if refusals == 0 {
		t.Error("no request was refused: no flush failed")
	}
}

// injure lets flushes of a running server fail until mend is called.
func injure(t *testing.T, v *victim, when string) (mend func()) {
	t.Helper()
	cmd := exec.Command("strace", "-f", "-p", fmt.Sprint(v.cmd.Process.Pid), "-o", "/dev/null",
		"-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when="+when)
	says, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("strace is needed: %v", err)
	}
	attached := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(says); lines.Scan(); {
			if strings.Contains(lines.Text(), "attached") {
				select {
				case attached <- true:
				default:
				}
			}
		}
		close(attached)
	}()
	mended := false
	mend = func() {
		if !mended {
			mended = true
			cmd.Process.Signal(syscall.SIGINT) // on which it lets go
			cmd.Wait()
		}
	}
	t.Cleanup(mend)
	select {
	case ok := <-attached:
		if !ok {
			t.Fatal("strace may not trace the server here")
		}
	case <-time.After(patience):
		t.Fatal("strace does not begin")
	}
	return mend
}
