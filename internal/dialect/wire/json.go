package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxPointer bounds the JSON Pointer of an error, which an answer will
	// repeat: a longer one is cut back to the nearest object or array around
	// the place that is short enough.
	maxPointer = 500

	// deepest is what jsontext itself can follow.
	deepest = 10_000
)

// A JSONError says why a body is refused before it is decoded.
type JSONError struct {
	Pointer string // RFC 6901; the offending place or the nearest known around it, "" for the whole body
	Offset  int64  // of the offending byte, from 0
	Text    string // for the caller: "is nested deeper than 64 levels"
}

func (e *JSONError) Error() string { return "wire: the body " + e.Text }

// CheckJSON guards a JSON body before it is decoded. It accepts exactly one
// JSON value in UTF-8 whose objects have no name twice, whose arrays and
// objects are nested at most maxDepth deep (a bare string has depth 0, and
// more than 10,000 levels are never accepted), and whose strings and names
// have no NUL character, not even as \u0000: PostgreSQL cannot keep one. Half
// of a surrogate pair (\ud83d alone, a smiley cut in two) is refused as well.
//
// A refusal is always a *JSONError. The time is proportional to the length of
// the body; no memory is taken for a good body, nor for its nesting.
func CheckJSON(body []byte, maxDepth int) error {
	maxDepth = min(maxDepth, deepest)
	at, text := scan(body, maxDepth)
	if text == "" && jsontext.Value(body).IsValid() {
		return nil
	}
	return explain(body, at, text)
}

// scan looks for what the JSON reader would put up with: nesting beyond
// maxDepth and an escaped NUL. It returns the place of the first one and the
// text about it, or len(body) and "". In a body that is not JSON it may take
// one thing for another; explain sorts that out.
func scan(body []byte, maxDepth int) (at int, text string) {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '[':
			depth++
			if depth > maxDepth {
				return i, fmt.Sprintf("is nested deeper than %d levels", max(maxDepth, 0))
			}
		case '}', ']':
			depth--
		case '"':
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] != '\\' {
					continue
				}
				if bytes.HasPrefix(body[i:], []byte(`\u0000`)) {
					return i, fmt.Sprintf("contains a NUL character at byte %d", i)
				}
				i++ // the next byte is escaped: neither a quote nor the start of an escape
			}
		}
	}
	return len(body), ""
}

// explain reads a bad body again, token by token, up to the place that scan
// found. What the JSON reader finds wrong before that place comes first.
func explain(body []byte, at int, text string) *JSONError {
	d := jsontext.NewDecoder(bytes.NewBuffer(body))
	for d.InputOffset() <= int64(at) {
		if d.InputOffset() > 0 && d.StackDepth() == 0 {
			return trailing(body, d.InputOffset())
		}
		if _, err := d.ReadToken(); err != nil {
			return syntax(body, err)
		}
	}
	return &JSONError{Pointer: short(d.StackPointer()), Offset: int64(at), Text: text}
}

// trailing explains a body that goes on after its value, which ends at end.
func trailing(body []byte, end int64) *JSONError {
	rest := bytes.TrimLeft(body[end:], " \t\r\n")
	at := len(body) - len(rest)
	return &JSONError{
		Offset: int64(at),
		Text:   fmt.Sprintf("is not valid JSON: something follows the value at byte %d", at),
	}
}

// syntax puts an error of the JSON reader into our words.
func syntax(body []byte, err error) *JSONError {
	if len(bytes.TrimLeft(body, " \t\r\n")) == 0 {
		return &JSONError{Text: "is empty"}
	}
	e := &JSONError{Offset: int64(len(body))}
	reason := "it ends too early"
	if se, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		e.Offset = se.ByteOffset
		e.Pointer = short(se.JSONPointer)
		if !errors.Is(se.Err, io.ErrUnexpectedEOF) {
			reason = se.Err.Error()
		}
		if errors.Is(se.Err, jsontext.ErrDuplicateName) {
			e.Text = fmt.Sprintf("has the name %s twice", quote(se.JSONPointer.LastToken()))
			return e
		}
	}
	// A byte outside UTF-8 is found in different guises: as such, as a wrong
	// character between values, as the end of a body cut within a letter.
	if bad := firstInvalid(body); int64(bad) <= e.Offset && bad < len(body) {
		e.Offset = int64(bad)
		e.Text = fmt.Sprintf("is not valid UTF-8 at byte %d", bad)
		return e
	}
	if e.Offset < int64(len(body)) && body[e.Offset] == 0 {
		e.Text = fmt.Sprintf("contains a NUL character at byte %d", e.Offset)
		return e
	}
	e.Text = fmt.Sprintf("is not valid JSON: %s at byte %d", reason, e.Offset)
	return e
}

// firstInvalid returns the place of the first byte that is not UTF-8, or the
// length of the body.
func firstInvalid(body []byte) int {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(body)
}

// short cuts a pointer back until it is fit to be shown. A name with a NUL
// must not be repeated: whoever stores the answer could not store it either.
func short(p jsontext.Pointer) string {
	for len(p) > maxPointer || strings.ContainsRune(string(p), 0) {
		p = p.Parent()
	}
	return string(p)
}

// quote shows a name that a caller sent: its first 60 letters, in quotes.
func quote(name string) string {
	n := 0
	for i := range name {
		if n == 60 {
			name = name[:i] + "…"
			break
		}
		n++
	}
	return strconv.Quote(name)
}
