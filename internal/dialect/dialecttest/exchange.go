package dialecttest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An exchange is one request of a transcript and the answer it expects.
type exchange struct {
	line     int      // where the request begins, counted from 1
	request  []string // without the "> "
	answer   []string // without the "< "
	from, to int      // the lines of the answer: lines[from:to]; empty when it is still to be written
	captures []capture
}

// A capture gives a name to a part of the answer's JSON.
type capture struct {
	line          int
	name, pointer string
}

var capturing = regexp.MustCompile(`^# capture ([\w-]+) = (\S*)$`)

// parse reads the lines of a transcript. A comment belongs to the exchange
// below it, or to the one above when it touches it.
func parse(lines []string) ([]*exchange, error) {
	var all []*exchange
	var early []capture // of the next exchange
	var last *exchange
	before := "" // the line above
	for i, line := range lines {
		switch {
		case line == ">" || strings.HasPrefix(line, "> "):
			if !strings.HasPrefix(before, ">") {
				last = &exchange{line: i + 1, captures: early}
				all, early = append(all, last), nil
			}
			last.request = append(last.request, strings.TrimPrefix(line[1:], " "))
			last.from, last.to = i+1, i+1
		case line == "<" || strings.HasPrefix(line, "< "):
			if last == nil || len(last.answer) > 0 && !strings.HasPrefix(before, "<") {
				return nil, fmt.Errorf("line %d: an answer without a request of its own", i+1)
			}
			if len(last.answer) == 0 {
				last.from = i
			}
			last.answer, last.to = append(last.answer, strings.TrimPrefix(line[1:], " ")), i+1
		case strings.HasPrefix(line, "#"):
			c := capturing.FindStringSubmatch(line)
			switch {
			case c == nil && strings.HasPrefix(line, "# capture "):
				return nil, fmt.Errorf("line %d: want # capture NAME = /JSON/POINTER", i+1)
			case c == nil:
			case last != nil && before != "":
				last.captures = append(last.captures, capture{i + 1, c[1], c[2]})
			default:
				early = append(early, capture{i + 1, c[1], c[2]})
			}
			if before == "" {
				last = nil // the paragraph opens something new
			}
		case line != "":
			return nil, fmt.Errorf("line %d: want a line that begins with >, < or #", i+1)
		}
		before = line
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("holds no request")
	}
	return all, nil
}

// head cuts a message at its first empty line: the first line, the headers,
// and the lines of the body.
func head(message []string) (first string, headers [][2]string, body []string, err error) {
	first, rest := message[0], message[1:]
	for i, line := range rest {
		if line == "" {
			return first, headers, rest[i+1:], nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return "", nil, nil, fmt.Errorf("want a header or an empty line, not %q", line)
		}
		headers = append(headers, [2]string{name, strings.TrimSpace(value)})
	}
	return first, headers, nil, nil
}

// payload makes the bytes of a request's body. A line end stands between two
// lines of text, but none beside the bytes of @file and @repeat.
func payload(lines []string, folder string, vars map[string]string) ([]byte, error) {
	var body bytes.Buffer
	text := false // the piece before was text
	for _, line := range lines {
		if name, ok := strings.CutPrefix(line, "@file "); ok {
			b, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				return nil, err
			}
			body.Write(b)
			text = false
			continue
		}
		if what, ok := strings.CutPrefix(line, "@repeat "); ok {
			times, piece, _ := strings.Cut(what, " ")
			n, err := strconv.Atoi(times)
			if err != nil || n < 0 {
				return nil, fmt.Errorf("want @repeat TIMES TEXT, not %q", line)
			}
			body.WriteString(strings.Repeat(piece, n))
			text = false
			continue
		}
		if text {
			body.WriteByte('\n')
		}
		filled, err := fill(line, vars)
		if err != nil {
			return nil, err
		}
		body.WriteString(filled)
		text = true
	}
	return body.Bytes(), nil
}

// variable is what stands in a transcript for a value, such as {{key}}.
var variable = regexp.MustCompile(`\{\{[\w-]+\}\}`)

// fill puts the values into a line of a request. A name without a value is a
// slip of the pen.
func fill(line string, vars map[string]string) (string, error) {
	var unknown string
	filled := variable.ReplaceAllStringFunc(line, func(p string) string {
		value, ok := vars[p[2:len(p)-2]]
		if !ok {
			unknown = p
		}
		return value
	})
	if unknown != "" {
		return "", fmt.Errorf("nothing is known by the name of %s", unknown)
	}
	return filled, nil
}

// matches reports whether a line of an answer is as expected. {{any}} stands
// for anything, a known name for its value, and other braces for themselves.
func matches(want, got string, vars map[string]string) bool {
	if !strings.Contains(want, "{{") {
		return want == got
	}
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	at := 0
	for _, p := range variable.FindAllStringIndex(want, -1) {
		pattern.WriteString(regexp.QuoteMeta(want[at:p[0]]))
		name := want[p[0]+2 : p[1]-2]
		value, ok := vars[name]
		switch {
		case name == "any":
			pattern.WriteString(`.*`)
		case ok:
			pattern.WriteString(regexp.QuoteMeta(value))
		default:
			pattern.WriteString(regexp.QuoteMeta(want[p[0]:p[1]]))
		}
		at = p[1]
	}
	pattern.WriteString(regexp.QuoteMeta(want[at:]) + `$`)
	return regexp.MustCompile(pattern.String()).MatchString(got)
}

// A pair is a line of the wanted answer, a line of the one we got, or both
// when the one matches the other. A missing side is -1.
type pair struct{ want, got int }

// align finds the longest common story of two answers.
func align(want, got []string, same func(want, got string) bool) []pair {
	// length[i][j] is how many lines want[i:] and got[j:] have in common.
	length := make([][]int, len(want)+1)
	length[len(want)] = make([]int, len(got)+1)
	for i := len(want) - 1; i >= 0; i-- {
		length[i] = make([]int, len(got)+1)
		for j := len(got) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if same(want[i], got[j]) {
				length[i][j] = max(length[i][j], length[i+1][j+1]+1)
			}
		}
	}
	var pairs []pair
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && length[i][j] == length[i+1][j+1]+1 && same(want[i], got[j]):
			pairs = append(pairs, pair{i, j})
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && length[i+1][j] >= length[i][j+1]:
			pairs = append(pairs, pair{i, -1})
			i++
		default:
			pairs = append(pairs, pair{-1, j})
			j++
		}
	}
	return pairs
}

// unfill puts names in the place of values, so that an answer written down
// is the same next time. Short values are left: they occur by chance.
func unfill(line string, vars map[string]string) string {
	names := make([]string, 0, len(vars))
	for name, value := range vars {
		if len(value) >= 8 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := len(vars[b]) - len(vars[a]); d != 0 {
			return d // the longest first: it may contain the others
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		line = strings.ReplaceAll(line, vars[name], "{{"+name+"}}")
	}
	return line
}
