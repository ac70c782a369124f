package main

import (
	"fmt"
	"os"
)

// A progress tells on standard error how far the work is: on a terminal in
// one line that is written over, elsewhere in one line a step.
type progress struct{ terminal bool }

func newProgress() progress {
	info, err := os.Stderr.Stat()
	return progress{err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (p progress) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p.terminal {
		fmt.Fprintf(os.Stderr, "\r%-78s", text)
	} else {
		fmt.Fprintln(os.Stderr, text)
	}
}

// done leaves a terminal's line empty.
func (p progress) done() {
	if p.terminal {
		fmt.Fprintf(os.Stderr, "\r%-78s\r", "")
	}
}
