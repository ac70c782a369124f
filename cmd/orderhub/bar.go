package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A bar shows on a terminal how far long work is; elsewhere it is silent.
type bar struct{ *progressbar.ProgressBar }

// barSteps is how fine a bar is.
const barSteps = 1000

func newBar(w io.Writer, what string) bar {
	return bar{progressbar.NewOptions(barSteps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetVisibility(isTerminal(w)),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
	)}
}

// show says which part of the work is done, from 0 to 1, and how many things
// were seen.
func (b bar) show(what string, part float64, seen int64, unit string) {
	b.Describe(fmt.Sprintf("%s, %d %s", what, seen, unit))
	b.Set(int(part * barSteps)) // an error is one of the terminal's
}
