package feed

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// readMarked reads what begins with <!: a comment or a DOCTYPE, which are
// skipped, or CDATA, which is a text.
func (s *scanner) readMarked(t *token) (done bool, err error) {
	switch {
	case s.begins("<!--"):
		return false, s.skipComment()
	case s.begins("<![CDATA["):
		return true, s.readCDATA(t)
	case s.begins("<!DOCTYPE"):
		return false, s.skipDoctype()
	case s.failed != nil && s.top-s.pos < len("<![CDATA["):
		return false, s.cut("in a tag")
	}
	return false, broken(s.line, "there is a declaration that a YML file has no use for")
}

func (s *scanner) begins(mark string) bool {
	return s.has(len(mark)) && string(s.buf[s.pos:s.pos+len(mark)]) == mark
}

func (s *scanner) skipComment() error {
	n, err := s.until(len("<!--"), "--")
	if err != nil {
		return err
	}
	if n < 0 || !s.has(n+3) {
		return s.cut("in a comment")
	}
	if s.buf[s.pos+n+2] != '>' {
		return broken(s.line, "there is -- within a comment")
	}
	s.use(n + 3)
	return nil
}

func (s *scanner) readCDATA(t *token) error {
	if len(s.marks) == 0 {
		return broken(s.line, "there is text outside of the elements; it is not a YML file")
	}
	const begin = len("<![CDATA[")
	n, err := s.until(begin, "]]>")
	if err != nil {
		return err
	}
	if n < 0 {
		return s.cut("in CDATA")
	}
	t.kind = text
	if t.text, err = s.plain(s.buf[s.pos+begin:s.pos+n], ofCDATA); err != nil {
		return err
	}
	s.use(n + 3)
	return nil
}

// skipDoctype skips <!DOCTYPE yml_catalog SYSTEM "shops.dtd">. One with
// declarations of its own is refused: they can make a text grow without end.
func (s *scanner) skipDoctype() error {
	n, err := s.tagEnd()
	if err != nil {
		return err
	}
	inner := s.buf[s.pos+len("<!DOCTYPE") : s.pos+n-1]
	if s.typed || s.rooted || len(inner) == 0 || !isSpace(inner[0]) {
		return broken(s.line, "there is a DOCTYPE where none may be")
	}
	if bytes.ContainsAny(inner, "[]<") {
		return broken(s.line, "its DOCTYPE declares entities or elements of its own, which are not accepted; leave out what stands in the brackets")
	}
	s.typed = true
	s.use(n)
	return nil
}

// skipInstruction skips <?name …?>. The declaration of XML itself was read at
// the beginning, and can be nowhere else.
func (s *scanner) skipInstruction() error {
	n, err := s.until(2, "?>")
	if err != nil {
		return err
	}
	if n < 0 {
		return s.cut("in <?")
	}
	name, rest := cutName(s.buf[s.pos+2 : s.pos+n])
	if !isName(name) || len(rest) > 0 && !isSpace(rest[0]) {
		return broken(s.line, "<? has no name")
	}
	if bytes.EqualFold(name, []byte("xml")) {
		return broken(s.line, "<?xml is not at the beginning of the file")
	}
	s.use(n + 2)
	return nil
}

// cutName cuts a tag behind its first word.
func cutName(in []byte) (name, rest []byte) {
	for i, c := range in {
		if c <= ' ' || c == '=' || c == '/' || c == '"' || c == '\'' {
			return in[:i], in[i:]
		}
	}
	return in, nil
}

// isName says whether a name is one of those that we accept: letters, digits,
// dots, dashes and one colon between them. Beyond ASCII these are the letters
// of Russian and of Latin-1; XML has more, and no feed uses them.
func isName(name []byte) bool {
	if len(name) == 0 || name[0] == '-' || name[0] == '.' || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	colons := 0
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', c >= '0' && c <= '9', c == '-', c == '.':
		case c == ':' && i > 0 && i < len(name)-1:
			colons++
			if next := name[i+1]; next == '-' || next == '.' || next >= '0' && next <= '9' {
				return false
			}
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(name[i:])
			if !(r >= 'А' && r <= 'я' || r == 'Ё' || r == 'ё' || r >= 'À' && r <= 'ÿ' && r != '×' && r != '÷') {
				return false
			}
			i += size - 1
		default:
			return false
		}
	}
	return colons <= 1
}

// An origin is what a text was taken from.
type origin uint8

const (
	ofText origin = iota
	ofAttribute
	ofCDATA // has no entities
)

// plain is the text that was written as raw: entities are resolved, where they
// may be, and every line ends with \n alone. It refuses what is not UTF-8 and
// characters that XML does not have.
func (s *scanner) plain(raw []byte, from origin) ([]byte, error) {
	rewrite, err := s.look(raw, from)
	if err != nil || !rewrite {
		return raw, err
	}
	begin := len(s.scratch)
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\r':
			s.scratch = append(s.scratch, '\n')
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
		case c == '&' && from != ofCDATA:
			length := bytes.IndexByte(raw[i:], ';')
			r, ok := rune(0), length > 0
			if ok {
				r, ok = entity(raw[i+1 : i+length])
			}
			if !ok {
				return nil, broken(s.line, "%.20q is no entity of XML; write & as &amp;", raw[i:])
			}
			s.scratch = utf8.AppendRune(s.scratch, r)
			i += length
		default:
			s.scratch = append(s.scratch, c)
		}
	}
	return s.scratch[begin:], nil
}

// look says whether a text has to be rewritten, and refuses what no text may
// hold.
func (s *scanner) look(raw []byte, from origin) (rewrite bool, err error) {
	high, bracket := false, false
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			high = true
			continue
		}
		switch special[c] {
		case 0:
		case 'x':
			return false, broken(s.line, "the character %U is not allowed in XML", rune(c))
		case ']':
			bracket = true
		default:
			rewrite = rewrite || c == '\r' || from != ofCDATA
		}
	}
	if bracket && from == ofText && bytes.Contains(raw, []byte("]]>")) {
		return false, broken(s.line, "there is ]]> in a text")
	}
	if high && !utf8.Valid(raw) {
		return false, broken(s.line, "there are bytes that are not UTF-8; if the file is windows-1251, its first line must say so")
	}
	if high && (bytes.Contains(raw, []byte("\uFFFE")) || bytes.Contains(raw, []byte("\uFFFF"))) {
		return false, broken(s.line, "a character is not allowed in XML")
	}
	return rewrite, nil
}

// special marks what has to be looked at in a text: 'x' what is refused.
var special = func() (t [utf8.RuneSelf]byte) {
	for c := range ' ' {
		t[c] = 'x'
	}
	t['\t'], t['\n'], t['\r'], t['&'], t[']'] = 0, 0, '\r', '&', ']'
	return t
}()

// entity is the character that an entity stands for: one of the five of XML or
// a number.
func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	if len(name) < 2 || len(name) > 10 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil {
		return 0, false
	}
	r := rune(n)
	allowed := r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
	return r, allowed && n <= utf8.MaxRune
}
