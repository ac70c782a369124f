package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// errOdd says that the XML is not of the form that spreadsheets write. It
// may be right nevertheless: the library decides.
var errOdd = errors.New("sheet: XML in an unusual form")

// errEntities refuses a document type: no spreadsheet writes one, and bombs
// are made of them.
var errEntities = refused("the workbook declares XML entities, which no spreadsheet does: open it in one, save it anew and send that")

// A scanner cuts XML into tags and texts. What it returns is valid until it
// is called again.
type scanner struct {
	r        io.Reader
	buf      []byte
	pos, end int
	eof      bool
	read     int64 // bytes taken from r
	names    []string
}

func newScanner(r io.Reader) *scanner { return &scanner{r: r, buf: make([]byte, 64<<10)} }

// more reads on, and fails when what lies behind pos is longer than any text
// may be, or ends.
func (s *scanner) more() error {
	if s.eof {
		return io.ErrUnexpectedEOF
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxCell {
			return refused("the workbook holds a text of more than 1 MB in one cell")
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	s.read += int64(n)
	if err == io.EOF {
		s.eof = true
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	return err
}

// raw returns what stands before the next tag.
func (s *scanner) raw() ([]byte, error) {
	for from := 0; ; {
		if i := bytes.IndexByte(s.buf[s.pos+from:s.end], '<'); i >= 0 {
			text := s.buf[s.pos : s.pos+from+i]
			s.pos += from + i
			return text, nil
		}
		from = s.end - s.pos
		if err := s.more(); err != nil {
			return nil, err
		}
	}
}

// tag returns the next tag without its brackets. Only white space may stand
// before it.
func (s *scanner) tag() ([]byte, error) {
	if s.pos == s.end || s.buf[s.pos] != '<' {
		text, err := s.raw()
		if err != nil {
			return nil, err
		}
		if len(bytes.Trim(text, " \t\r\n")) > 0 {
			return nil, errOdd
		}
	}
	for from := 1; ; {
		i := bytes.IndexByte(s.buf[s.pos+from:max(s.end, s.pos+from)], '>')
		if i < 0 {
			from = max(s.end-s.pos, 1)
			if err := s.more(); err != nil {
				return nil, err
			}
			continue
		}
		from += i
		t := s.buf[s.pos+1 : s.pos+from]
		from++
		if bytes.Count(t, []byte{'"'})%2 != 0 {
			continue // the bracket stands within a value
		}
		s.pos += from
		switch {
		case len(t) == 0:
			return nil, errOdd
		case t[0] == '!' && bytes.HasPrefix(t, []byte("!DOCTYPE")):
			return nil, errEntities
		case t[0] == '!' || t[0] == '?' || bytes.IndexByte(t, '\'') >= 0 || bytes.IndexByte(t, '<') >= 0:
			return nil, errOdd
		}
		return t, nil
	}
}

// start goes behind the declaration and returns the tag of the root.
func (s *scanner) start() ([]byte, error) {
	for s.end < 5 {
		if err := s.more(); err != nil {
			return nil, err
		}
	}
	if bytes.HasPrefix(s.buf[:s.end], []byte(utf8Mark)) {
		s.pos += len(utf8Mark)
	}
	if bytes.HasPrefix(s.buf[s.pos:s.end], []byte("<?xml")) {
		for {
			if i := bytes.Index(s.buf[s.pos:s.end], []byte("?>")); i >= 0 {
				d := bytes.ToLower(s.buf[s.pos : s.pos+i])
				if bytes.Contains(d, []byte("encoding")) && !bytes.Contains(d, []byte(`encoding="utf-8"`)) || !bytes.Contains(d, []byte(`version="1.0"`)) {
					return nil, errOdd
				}
				s.pos += i + 2
				break
			}
			if s.end > 1024 {
				return nil, errOdd
			}
			if err := s.more(); err != nil {
				return nil, err
			}
		}
	}
	return s.tag()
}

// name returns the name of a tag, as written.
func name(tag []byte) []byte {
	for i, b := range tag {
		if b <= ' ' || b == '/' && i > 0 {
			return tag[:i]
		}
	}
	return tag
}

// alone reports whether a tag is its own end.
func alone(tag []byte) bool { return tag[len(tag)-1] == '/' }

// attribute cuts the next attribute off; key is nil behind the last one.
func attribute(rest []byte) (key, value, left []byte, err error) {
	n := 0
	for n < len(rest) && (rest[n] == ' ' || rest[n] == '\n' || rest[n] == '\r' || rest[n] == '\t') {
		n++
	}
	if n == len(rest) || n == len(rest)-1 && rest[n] == '/' {
		return nil, nil, nil, nil
	}
	if n == 0 {
		return nil, nil, nil, errOdd
	}
	rest = rest[n:]
	eq := bytes.IndexByte(rest, '=')
	if eq < 1 || eq+1 >= len(rest) || rest[eq+1] != '"' || !isName(rest[:eq]) {
		return nil, nil, nil, errOdd
	}
	end := bytes.IndexByte(rest[eq+2:], '"')
	if end < 0 {
		return nil, nil, nil, errOdd
	}
	return rest[:eq], rest[eq+2 : eq+2+end], rest[eq+3+end:], nil
}

func isName(b []byte) bool {
	for i, c := range b {
		if !isLetter(c) && c != '_' && (i == 0 || c != ':' && c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return len(b) > 0 && bytes.Count(b, []byte{':'}) <= 1 && b[len(b)-1] != ':'
}

// sound checks the attributes of a tag that nobody asks for.
func sound(tag []byte) error {
	rest := tag[len(name(tag)):]
	for {
		key, value, left, err := attribute(rest)
		if err != nil || key == nil {
			return err
		}
		if bytes.IndexByte(value, '&') >= 0 || !plain(value) {
			if _, err := appendText(nil, value); err != nil {
				return err
			}
		}
		rest = left
	}
}

// over goes behind the element that the tag begins.
func (s *scanner) over(tag []byte) error {
	s.names = s.names[:0]
	for {
		n := name(tag)
		switch {
		case tag[0] == '/':
			last := len(s.names) - 1
			if last < 0 || s.names[last] != string(bytes.TrimRight(tag[1:], " \t\r\n")) {
				return errOdd
			}
			s.names = s.names[:last]
		case !isName(n):
			return errOdd
		default:
			if err := sound(tag); err != nil {
				return err
			}
			if !alone(tag) {
				s.names = append(s.names, string(n))
			}
		}
		if len(s.names) == 0 {
			return nil
		}
		if len(s.names) > maxDepth {
			return refused("the workbook holds elements %d deep within each other", maxDepth)
		}
		text, err := s.raw()
		if err == nil && !plain(text) {
			_, err = appendText(nil, text)
		}
		if err != nil {
			return err
		}
		if tag, err = s.tag(); err != nil {
			return err
		}
	}
}

// plain reports whether a text is ASCII that stands for itself.
func plain(text []byte) bool {
	for _, b := range text {
		if special[b] {
			return false
		}
	}
	return true
}

// special are the bytes at which a text has to be looked at.
var special = func() (t [256]bool) {
	for b := range t {
		t[b] = b < ' ' && b != '\n' && b != '\t' || b >= utf8.RuneSelf || b == '&' || b == ']'
	}
	return t
}()

// appendText appends a text with its entities resolved and its line ends
// made one, as XML wants.
func appendText(dst, raw []byte) ([]byte, error) {
	if plain(raw) {
		return append(dst, raw...), nil
	}
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte("]]>")) || bytes.Contains(raw, []byte("\ufffe")) || bytes.Contains(raw, []byte("\uffff")) {
		return nil, errOdd
	}
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case b == '\r':
			if i+1 == len(raw) || raw[i+1] != '\n' {
				dst = append(dst, '\n')
			}
		case b < ' ' && b != '\n' && b != '\t':
			return nil, errOdd
		case b == '&':
			end := bytes.IndexByte(raw[i:min(i+12, len(raw))], ';')
			if end < 0 {
				return nil, errOdd
			}
			r, err := entity(string(raw[i+1 : i+end]))
			if err != nil {
				return nil, err
			}
			dst = utf8.AppendRune(dst, r)
			i += end
		default:
			dst = append(dst, b)
		}
	}
	return dst, nil
}

// entity resolves one of the five names, or a number.
func entity(name string) (rune, error) {
	switch name {
	case "amp":
		return '&', nil
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	format := "#%d"
	if len(name) > 1 && name[1] == 'x' {
		format = "#x%x"
	}
	var r rune
	if _, err := fmt.Sscanf(name, format, &r); err != nil || fmt.Sprintf(format, r) != string(bytes.ToLower([]byte(name))) {
		return 0, errOdd // leading zeros among them
	}
	if r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff {
		return r, nil
	}
	return 0, errOdd
}

// unescape appends a text with the escapes of workbooks resolved: _x000D_
// stands for a character that XML cannot hold.
func unescape(dst, text []byte) []byte {
	for {
		i := bytes.Index(text, []byte("_x"))
		if i < 0 {
			return append(dst, text...)
		}
		r, ok := escaped(text[i:])
		if !ok {
			dst = append(dst, text[:i+1]...)
			text = text[i+1:]
			continue
		}
		dst = append(dst, text[:i]...)
		if r < 0xd800 || r > 0xdfff { // half of a pair means nothing
			dst = utf8.AppendRune(dst, r)
		}
		text = text[i+7:]
	}
}

// escaped reads an escape at the beginning of a text.
func escaped(text []byte) (rune, bool) {
	if len(text) < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_' {
		return 0, false
	}
	var r rune
	for _, b := range text[2:6] {
		switch {
		case '0' <= b && b <= '9':
			r = r<<4 | rune(b-'0')
		case 'a' <= b|0x20 && b|0x20 <= 'f':
			r = r<<4 | rune(b|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
