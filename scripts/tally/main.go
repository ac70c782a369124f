// Tally reads what go test -json writes, shows what go test itself would
// show, and closes with one line that counts the tests, subtests included.
//
// A passing package is its ok line; a failing one shows what its failing
// tests said; a skipped test is named with its reason, so that nothing is
// left out unseen. Whether the run succeeded is for go test to say, with its
// exit code: tally fails only when no test was run at all.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	tally := &tally{out: os.Stdout, packages: map[string]*run{}}
	if err := tally.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

// An event is one line of go test -json; see go doc test2json.
type event struct {
	Action, Package, ImportPath, Test, Output string
}

// A run is one package under test.
type run struct {
	output []event           // kept until the package ends
	ended  map[string]string // test → pass, fail or skip
	failed int
}

// A tally counts the tests of all packages.
type tally struct {
	out                     io.Writer
	packages                map[string]*run
	passed, failed, skipped int
}

// read shows packages as they end and counts at the end of the input. Lines
// that are no events, such as a tool's own complaint, are shown as they are.
func (t *tally) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		var e event
		if json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
			t.take(e)
		} else {
			fmt.Fprint(t.out, line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(t.out, "%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		fmt.Fprintf(t.out, ", %d skipped", t.skipped)
	}
	fmt.Fprintln(t.out)
	if t.passed+t.failed == 0 {
		return fmt.Errorf("no test was run")
	}
	return nil
}

func (t *tally) take(e event) {
	p := t.packages[e.Package]
	if p == nil {
		p = &run{ended: map[string]string{}}
		t.packages[e.Package] = p
	}
	switch {
	case e.Action == "build-output":
		fmt.Fprint(t.out, e.Output)
	case e.Action == "output":
		p.output = append(p.output, e)
	case !slices.Contains([]string{"pass", "fail", "skip"}, e.Action):
		// The start of something, or a pause.
	case e.Test != "":
		t.endTest(p, e)
	default:
		t.endPackage(p, e)
	}
}

func (t *tally) endTest(p *run, e event) {
	p.ended[e.Test] = e.Action
	switch e.Action {
	case "pass":
		t.passed++
		p.output = slices.DeleteFunc(p.output, func(o event) bool { return o.Test == e.Test })
	case "fail":
		t.failed++
		p.failed++
	case "skip":
		t.skipped++
	}
}

func (t *tally) endPackage(p *run, e event) {
	if e.Action == "fail" && p.failed == 0 {
		t.failed++ // it did not build, or ended itself: no test says so
	}
	for _, o := range p.output {
		verdict := strings.HasPrefix(o.Output, "ok ") || strings.HasPrefix(o.Output, "FAIL\t")
		noise := strings.HasPrefix(o.Output, "=== ") || o.Output == "PASS\n" || o.Output == "FAIL\n"
		if o.Test == "" && (verdict || e.Action == "fail" && !noise) ||
			o.Test != "" && p.ended[o.Test] != "pass" && !noise {
			fmt.Fprint(t.out, o.Output)
		}
	}
	delete(t.packages, e.Package)
}
