// Package dialecttest plays transcripts: conversations with a vendor's
// client, written down as text, held against a running hub over real HTTP.
//
// A transcript is a file testdata/*.http. Its lines say by their first
// character what they are:
//
//	# why this conversation matters
//
//	> POST /v4/orders
//	> X-Token: {{key}}
//	>
//	> {"number": "A-1"}
//	< 201 Created
//	< Location: {{base}}/v4/orders/{{id}}
//	<
//	< {
//	<   "id": "{{id}}",
//	<   "placed_at": "{{any}}"
//	< }
//	# capture id = /id
//
//	> DELETE /v4/orders/{{id}}
//	< 204 No Content
//
// A name in braces stands for a value: base is the hub's address, others
// come from the test or were captured by a JSON pointer from an answer
// (before it is compared, so it may use the name itself). {{any}} in an
// answer stands for anything. In a request's body, "> @file NAME" is a file
// of the same folder and "> @repeat 100000 [" a hundred thousand brackets.
//
// The status and the body are always compared, of the headers only those
// that the transcript lists. JSON is indented by two first, its members stay
// in the order in which they were sent; any other body is text.
//
// With go test -update the answers are rewritten; comments, requests and the
// lines with braces that still fit are kept. Read the diff.
package dialecttest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the answers of the transcripts")

// PlayDir plays every transcript that glob finds, each against a hub of its
// own. newHub returns the hub's address and the values its keys are known by.
func PlayDir(t *testing.T, newHub func(t *testing.T) (base string, vars map[string]string), glob string) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcript is called %s (%v)", glob, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			base, vars := newHub(t)
			Play(t, base, file, vars)
		})
	}
}

// Play plays one transcript against the hub at base.
func Play(t *testing.T, base, file string, vars map[string]string) {
	t.Helper()
	for _, problem := range play(t.Context(), base, file, vars, *update) {
		t.Error(problem)
	}
}

// A player is one client in conversation with a hub.
type player struct {
	base, file string
	client     *http.Client
	vars       map[string]string
}

// play returns what is wrong with the conversation. With update it is
// written down as it went instead.
func play(ctx context.Context, base, file string, vars map[string]string, update bool) []error {
	text, err := os.ReadFile(file)
	if err != nil {
		return []error{err}
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	exchanges, err := parse(lines)
	if err != nil {
		return []error{fmt.Errorf("%s: %w", file, err)}
	}
	p := newPlayer(base, file, vars)
	defer p.client.CloseIdleConnections()
	var problems []error
	var written []string
	kept := 0 // lines that are written already
	for _, e := range exchanges {
		answer, err := p.exchange(ctx, e, update)
		if err != nil {
			problems = append(problems, err)
		}
		if answer == nil {
			continue // not to be written, or the hub did not answer
		}
		written = append(written, lines[kept:e.from]...)
		for _, line := range answer {
			if line != "" {
				line = " " + line
			}
			written = append(written, "<"+line)
		}
		kept = e.to
	}
	written = append(written, lines[kept:]...)
	if update && !slices.Equal(lines, written) {
		if err := os.WriteFile(file, []byte(strings.Join(written, "\n")+"\n"), 0o644); err != nil {
			problems = append(problems, err)
		}
	}
	return problems
}

func newPlayer(base, file string, vars map[string]string) *player {
	p := &player{base: base, file: file, vars: map[string]string{"base": base}}
	maps.Copy(p.vars, vars)
	p.client = &http.Client{
		Timeout:       time.Minute,
		Transport:     &http.Transport{DisableCompression: true}, // answers as they are
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
}

// exchange sends one request and compares the answer. With update it returns
// the lines of the answer to write down.
func (p *player) exchange(ctx context.Context, e *exchange, update bool) ([]string, error) {
	failed := func(line int, err error) error {
		return fmt.Errorf("%s:%d: %w", p.file, line, err)
	}
	request, err := p.request(ctx, e)
	if err != nil {
		return nil, failed(e.line, err)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, failed(e.line, err)
	}
	body, err := io.ReadAll(response.Body)
	if err := cmp.Or(err, response.Body.Close()); err != nil {
		return nil, failed(e.line, err)
	}
	var missed []error
	for _, c := range e.captures {
		if p.vars[c.name], err = point(body, c.pointer); err != nil {
			delete(p.vars, c.name)
			missed = append(missed, failed(c.line, err))
		}
	}
	want, names, err := expectation(e.answer)
	if err != nil {
		return nil, failed(e.from+1, err)
	}
	if !update {
		missed = append(missed, p.compare(e, want, describe(response, body, names)))
		return nil, errors.Join(missed...)
	}
	for _, name := range worthy {
		names = addName(names, name)
	}
	return p.rewrite(want, describe(response, body, names)), errors.Join(missed...)
}

func (p *player) request(ctx context.Context, e *exchange) (*http.Request, error) {
	first, headers, lines, err := head(e.request)
	if err != nil {
		return nil, err
	}
	if first, err = fill(first, p.vars); err != nil {
		return nil, err
	}
	method, path, _ := strings.Cut(first, " ")
	if !strings.HasPrefix(path, "/") || strings.Contains(path, " ") {
		return nil, fmt.Errorf("want METHOD /PATH, not %q", first)
	}
	body, err := payload(lines, filepath.Dir(p.file), p.vars)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, p.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, h := range headers {
		value, err := fill(h[1], p.vars)
		if err != nil {
			return nil, err
		}
		r.Header.Add(h[0], value)
	}
	r.Host = cmp.Or(r.Header.Get("Host"), r.Host)
	return r, nil
}

// worthy are the headers that a rewritten answer lists of its own accord.
var worthy = []string{"Content-Type", "Location", "WWW-Authenticate", "Allow", "Retry-After"}

// expectation returns the lines of a wanted answer, its JSON indented, and
// the names of the headers it lists.
func expectation(answer []string) (lines, names []string, err error) {
	if len(answer) == 0 {
		return nil, nil, nil
	}
	first, headers, body, err := head(answer)
	if err != nil {
		return nil, nil, err
	}
	lines = append(lines, first)
	for _, h := range headers {
		lines = append(lines, h[0]+": "+h[1])
		names = addName(names, h[0])
	}
	return append(lines, bodyLines([]byte(strings.Join(body, "\n")))...), names, nil
}

// addName adds the name of a header unless it is there in any spelling.
func addName(names []string, name string) []string {
	if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
		return names
	}
	return append(names, name)
}

// describe writes an answer as the lines of a transcript with the given
// headers, in that order and spelling.
func describe(r *http.Response, body []byte, names []string) []string {
	lines := []string{strings.TrimSpace(r.Status)}
	for _, name := range names {
		for _, value := range r.Header.Values(name) {
			lines = append(lines, name+": "+value)
		}
	}
	return append(lines, bodyLines(body)...)
}

// bodyLines are the lines of a body with an empty one before them, JSON
// indented, or none if there is no body.
func bodyLines(body []byte) []string {
	var indented bytes.Buffer
	if first := bytes.TrimSpace(body); len(first) > 0 && (first[0] == '{' || first[0] == '[') &&
		json.Indent(&indented, first, "", "  ") == nil {
		body = indented.Bytes()
	}
	text := strings.TrimRight(string(body), "\n")
	if text == "" {
		return nil
	}
	return append([]string{""}, strings.Split(text, "\n")...)
}

// compare says, line by line, where an answer differs from the expected.
func (p *player) compare(e *exchange, want, got []string) error {
	if want == nil {
		return fmt.Errorf("%s:%d: %s has no answer yet: run go test -update", p.file, e.line, e.request[0])
	}
	var diff strings.Builder
	line := 0 // of the first difference
	for _, pair := range align(want, got, func(want, got string) bool { return matches(want, got, p.vars) }) {
		mark, text := "  ", ""
		switch {
		case pair.got < 0:
			mark, text = "- ", want[pair.want]
		case pair.want < 0:
			mark, text = "+ ", got[pair.got]
		default:
			text = want[pair.want]
			if line == 0 {
				continue // a difference is read with what follows it
			}
		}
		if line == 0 {
			line = e.from + 1 + max(pair.want, 0)
		}
		fmt.Fprintf(&diff, "\n\t%s%s", mark, text)
	}
	if line == 0 {
		return nil
	}
	return fmt.Errorf("%s:%d: %s is answered otherwise (-want +got):%s", p.file, line, e.request[0], diff.String())
}

// rewrite returns the answer to write down. A line that was written before
// and still fits is kept with its variables.
func (p *player) rewrite(want, got []string) []string {
	var lines []string
	for _, pair := range align(want, got, func(want, got string) bool { return matches(want, got, p.vars) }) {
		switch {
		case pair.got < 0:
		case pair.want < 0:
			lines = append(lines, unfill(got[pair.got], p.vars))
		default:
			lines = append(lines, want[pair.want])
		}
	}
	return lines
}

// point finds a value in JSON by its pointer. Numbers are kept as written.
func point(body []byte, pointer string) (string, error) {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return "", fmt.Errorf("cannot capture %s: the answer is no JSON: %w", pointer, err)
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[unescape.Replace(step)]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return "", fmt.Errorf("cannot capture %s: the list has %d elements", pointer, len(v))
			}
			value = v[i]
		default:
			value = nil
		}
	}
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", fmt.Errorf("cannot capture %s: the answer has no plain value there", pointer)
}
