package feed

import (
	"bytes"
	"io"
)

// A kind is what a token is.
type kind uint8

const (
	startTag kind = iota
	endTag
	text
	end // of the file
)

// A token is a tag or a text. Its bytes are good until the next one.
type token struct {
	kind  kind
	line  int    // where it begins
	name  []byte // of a tag
	attrs []attr // of a start tag
	text  []byte // without entities and CDATA marks
}

// An attr is an attribute of a start tag.
type attr struct{ name, value []byte }

// A scanner cuts a file into tokens, and refuses what is not well-formed.
type scanner struct {
	in     io.Reader
	limits Limits
	buf    []byte
	pos    int // buf[pos:top] is read and not yet used
	top    int
	taken  int64 // bytes read from in
	failed error // of in, io.EOF at its end
	line   int

	open    []byte // the names of the open elements, one behind the other
	marks   []int  // where in open each begins
	closing bool   // the last tag was <a/>, and its end is due
	rooted  bool   // the root element was seen
	typed   bool   // a DOCTYPE was seen
	attrs   []attr
	scratch []byte // what had to be rewritten of the last token
}

const firstBuffer = 256 << 10

func newScanner(r io.Reader, l Limits) (*scanner, error) {
	s := &scanner{in: r, limits: l, buf: make([]byte, firstBuffer), line: 1}
	return s, s.begin()
}

// next reads the next token into t.
func (s *scanner) next(t *token) error {
	s.scratch = s.scratch[:0]
	if s.closing {
		s.closing = false
		return s.close(t, s.open[s.marks[len(s.marks)-1]:])
	}
	for {
		if !s.has(1) {
			return s.ends(t)
		}
		t.line = s.line
		if s.buf[s.pos] != '<' {
			skip, err := s.readText(t)
			if skip && err == nil {
				continue
			}
			return err
		}
		if !s.has(2) {
			return s.cut("in a tag")
		}
		switch s.buf[s.pos+1] {
		case '/':
			return s.readEnd(t)
		case '?':
			if err := s.skipInstruction(); err != nil {
				return err
			}
		case '!':
			if done, err := s.readMarked(t); done || err != nil {
				return err
			}
		default:
			return s.readStart(t)
		}
	}
}

// ends is the end of the file, where it may be.
func (s *scanner) ends(t *token) error {
	switch {
	case s.failed != io.EOF:
		return s.failed
	case len(s.marks) > 0:
		return s.cut("before </" + string(s.open[s.marks[len(s.marks)-1]:]) + ">")
	case !s.rooted:
		return broken(s.line, "there is no XML in it")
	}
	t.kind = end
	return nil
}

// cut is the error of a file that ends too early, or cannot be read further.
func (s *scanner) cut(where string) error {
	if s.failed != nil && s.failed != io.EOF {
		return s.failed
	}
	return broken(s.line, "the file ends %s; it is not whole", where)
}

// has says whether n bytes are there to be used, and reads them if it can.
func (s *scanner) has(n int) bool {
	for s.top-s.pos < n {
		if !s.more() {
			return false
		}
	}
	return true
}

// more reads more of the file behind what is there.
func (s *scanner) more() bool {
	if s.failed != nil {
		return false
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.top])
		s.top -= s.pos
		s.pos = 0
	}
	if s.top == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 { // a reader may give nothing for a while
		n, err := s.in.Read(s.buf[s.top:])
		s.top += n
		s.taken += int64(n)
		s.failed = err
		if s.taken > s.limits.Bytes {
			s.failed = tooLarge(s.line, "the file is over %d bytes", s.limits.Bytes)
			return false
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.failed = io.ErrNoProgress
	return false
}

// until finds a mark at or behind an offset from pos and returns the offset
// of its first byte, -1 when the file ends before. Offsets stay right when
// more is read, places in buf do not.
func (s *scanner) until(from int, mark string) (int, error) {
	for {
		i := -1
		if rest := s.buf[s.pos+from : s.top]; len(mark) == 1 {
			i = bytes.IndexByte(rest, mark[0])
		} else {
			i = bytes.Index(rest, []byte(mark))
		}
		if i >= 0 {
			if from += i; from > s.limits.Token {
				break
			}
			return from, nil
		}
		from = max(from, s.top-s.pos-len(mark)+1)
		if from > s.limits.Token {
			break
		}
		if !s.more() {
			return -1, nil
		}
	}
	return 0, tooLarge(s.line, "a text or a tag is over %d bytes", s.limits.Token)
}

// use moves past n bytes.
func (s *scanner) use(n int) {
	s.line += bytes.Count(s.buf[s.pos:s.pos+n], newline)
	s.pos += n
}

var newline = []byte("\n")

// readText reads up to the next tag. What stands around the root element is
// skipped, and can only be space.
func (s *scanner) readText(t *token) (skip bool, err error) {
	n, err := s.until(0, "<")
	if err != nil {
		return false, err
	}
	if n < 0 {
		if s.failed != io.EOF {
			return false, s.failed
		}
		n = s.top - s.pos
	}
	raw := s.buf[s.pos : s.pos+n]
	if len(s.marks) == 0 {
		if len(trimLeft(raw)) > 0 {
			return false, broken(s.line, "there is text outside of the elements; it is not a YML file")
		}
		s.use(n)
		return true, nil
	}
	t.kind = text
	if t.text, err = s.plain(raw, ofText); err != nil {
		return false, err
	}
	s.use(n)
	return false, nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func trimLeft(in []byte) []byte {
	for len(in) > 0 && isSpace(in[0]) {
		in = in[1:]
	}
	return in
}

func trimRight(in []byte) []byte {
	for len(in) > 0 && isSpace(in[len(in)-1]) {
		in = in[:len(in)-1]
	}
	return in
}

// readEnd reads </name>.
func (s *scanner) readEnd(t *token) error {
	n, err := s.until(2, ">")
	if err != nil {
		return err
	}
	if n < 0 {
		return s.cut("in a tag")
	}
	name := trimRight(s.buf[s.pos+2 : s.pos+n])
	if len(s.marks) == 0 || !bytes.Equal(name, s.open[s.marks[len(s.marks)-1]:]) {
		return broken(s.line, "</%.40q> closes nothing", name)
	}
	s.use(n + 1)
	return s.close(t, name)
}

func (s *scanner) close(t *token, name []byte) error {
	last := s.marks[len(s.marks)-1]
	s.open, s.marks = s.open[:last], s.marks[:len(s.marks)-1]
	t.kind, t.line, t.name, t.attrs = endTag, s.line, name, nil
	return nil
}

// readStart reads <name attribute="value"> and <name/>.
func (s *scanner) readStart(t *token) error {
	n, err := s.tagEnd()
	if err != nil {
		return err
	}
	inner := s.buf[s.pos+1 : s.pos+n-1]
	if len(inner) > 0 && inner[len(inner)-1] == '/' {
		s.closing = true
		inner = inner[:len(inner)-1]
	}
	name, rest := cutName(inner)
	if !isName(name) {
		return broken(s.line, "<%.40q is no tag", inner)
	}
	if len(s.marks) == 0 && s.rooted {
		return broken(s.line, "there is more behind the end of the first element")
	}
	if len(s.marks) >= s.limits.Depth {
		return tooLarge(s.line, "elements are nested over %d deep", s.limits.Depth)
	}
	if s.attrs = s.attrs[:0]; len(rest) > 0 {
		if err := s.readAttrs(rest); err != nil {
			return err
		}
	}
	s.rooted = true
	s.marks = append(s.marks, len(s.open))
	s.open = append(s.open, name...)
	t.kind, t.name, t.attrs = startTag, name, s.attrs
	s.use(n)
	return nil
}

// tagEnd is the length of the tag at pos. A > in quotes does not end it.
func (s *scanner) tagEnd() (int, error) {
	if n := bytes.IndexByte(s.buf[s.pos:s.top], '>'); n > 0 && n <= s.limits.Token && bytes.IndexByte(s.buf[s.pos:s.pos+n], '=') < 0 &&
		s.buf[s.pos+1] != '!' {
		return n + 1, nil // a tag without attributes, as most are
	}
	quote := byte(0)
	for i := 1; i <= s.limits.Token; i++ {
		if s.pos+i >= s.top && !s.has(i+1) {
			return 0, s.cut("in a tag")
		}
		switch c := s.buf[s.pos+i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1, nil
		}
	}
	return 0, tooLarge(s.line, "a tag is over %d bytes", s.limits.Token)
}

// readAttrs reads the attributes of a tag.
func (s *scanner) readAttrs(in []byte) error {
	s.attrs = s.attrs[:0]
	for {
		trimmed := trimLeft(in)
		if len(trimmed) == 0 {
			return nil
		}
		if len(trimmed) == len(in) {
			return broken(s.line, "there is no space before the attribute %.40q", in)
		}
		name, rest := cutName(trimmed)
		rest = trimLeft(rest)
		if !isName(name) || len(rest) == 0 || rest[0] != '=' {
			return broken(s.line, "%.40q is no attribute", trimmed)
		}
		rest = trimLeft(rest[1:])
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return broken(s.line, "the attribute %.40q has no quotes", name)
		}
		length := bytes.IndexByte(rest[1:], rest[0])
		if length < 0 || bytes.IndexByte(rest[1:1+length], '<') >= 0 {
			return broken(s.line, "the attribute %.40q does not end", name)
		}
		value, err := s.plain(rest[1:1+length], ofAttribute)
		if err != nil {
			return err
		}
		for _, a := range s.attrs {
			if bytes.Equal(a.name, name) {
				return broken(s.line, "the attribute %.40q is there twice", name)
			}
		}
		if len(s.attrs) == maxAttrs {
			return tooLarge(s.line, "a tag has over %d attributes", maxAttrs)
		}
		s.attrs = append(s.attrs, attr{name, value})
		in = rest[length+2:]
	}
}

// maxAttrs keeps the search for attributes that are there twice short.
const maxAttrs = 100
