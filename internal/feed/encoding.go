package feed

import (
	"bytes"
	"io"

	"golang.org/x/text/encoding/charmap"
)

// maxDeclaration is how long <?xml …?> may be.
const maxDeclaration = 1 << 10

// begin reads the first bytes of the file: its byte order mark and the line
// that tells its encoding.
func (s *scanner) begin() error {
	s.has(4)
	head := s.buf[:s.top]
	switch {
	case len(head) == 0 && s.failed != nil && s.failed != io.EOF:
		return s.failed
	case len(head) == 0:
		return broken(1, "it is empty")
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.IndexByte(head[:min(4, len(head))], 0) >= 0:
		return broken(1, "it is UTF-16; save it as UTF-8 or windows-1251")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return broken(1, "it is a ZIP archive, and YML is wanted; unpack it first")
	case bytes.HasPrefix(head, []byte("\x1F\x8B")):
		return broken(1, "it is packed with gzip, and YML is wanted; unpack it first")
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		s.pos = 3
	}
	for s.has(1) && isSpace(s.buf[s.pos]) {
		s.use(1) // some shops' programs print an empty line first
	}
	if !s.begins("<?xml") || !s.has(len("<?xml")+1) || !isSpace(s.buf[s.pos+len("<?xml")]) {
		return nil
	}
	n, err := s.until(2, "?>")
	if err != nil || n > maxDeclaration {
		return tooLarge(s.line, "<?xml …?> is over %d bytes", maxDeclaration)
	}
	if n < 0 {
		return s.cut("in <?xml")
	}
	if err := s.readAttrs(trimRight(s.buf[s.pos+len("<?xml") : s.pos+n])); err != nil {
		return err
	}
	return s.declare(n + 2)
}

// declare does what the declaration says, and moves past its n bytes.
func (s *scanner) declare(n int) error {
	if len(s.attrs) == 0 || string(s.attrs[0].name) != "version" {
		return broken(s.line, "<?xml does not say its version")
	}
	encoding := "utf-8"
	for i, a := range s.attrs {
		switch string(a.name) {
		case "version":
			if string(a.value) != "1.0" || i != 0 {
				return broken(s.line, "it is not XML 1.0")
			}
		case "encoding":
			encoding = string(bytes.ToLower(a.value))
		case "standalone":
		default:
			return broken(s.line, "%.40q is nothing that <?xml can say", a.name)
		}
	}
	marked := s.pos >= 3 && bytes.HasPrefix(s.buf, []byte("\xEF\xBB\xBF"))
	s.use(n)
	switch encoding {
	case "utf-8", "utf8":
		return nil
	case "windows-1251", "cp1251", "win-1251":
		if marked {
			return broken(s.line, "it says windows-1251 and has the mark of UTF-8")
		}
		s.recode()
		return nil
	}
	return broken(s.line, "the encoding %.40q is not one of YML; save the file as UTF-8 or windows-1251", encoding)
}

// recode reads the rest of the file as windows-1251. The limit on bytes stays
// that of the text.
func (s *scanner) recode() {
	rest := bytes.Clone(s.buf[s.pos:s.top])
	in := io.MultiReader(bytes.NewReader(rest), s.in)
	if s.failed != nil {
		in = io.MultiReader(bytes.NewReader(rest), failing{s.failed})
	}
	s.in = charmap.Windows1251.NewDecoder().Reader(in)
	s.pos, s.top, s.failed = 0, 0, nil
}

// failing is a reader that has come to an error before.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
