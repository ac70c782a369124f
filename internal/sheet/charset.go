package sheet

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encodings are the encodings of CSV that can be read.
var Encodings = []string{"UTF-8", "UTF-16LE", "UTF-16BE", "windows-1251", "KOI8-R", "windows-1250"}

const utf8Mark = "\xef\xbb\xbf"

// singles are the encodings of one byte a character. All of them are ASCII
// below 128, so that rows are cut before they are decoded.
var singles = map[string]*charmap.Charmap{
	"windows-1251": charmap.Windows1251,
	"KOI8-R":       charmap.KOI8R,
	"windows-1250": charmap.Windows1250,
}

// A charset is how the text of one file is encoded.
type charset struct {
	name  string
	mark  int        // bytes of the byte order mark
	table *[256]rune // of an encoding of one byte a character, else nil
}

func newCharset(name string, mark int) charset {
	c := charset{name: name, mark: mark}
	if m := singles[name]; m != nil {
		c.table = new([256]rune)
		for b := range c.table {
			c.table[b] = m.DecodeByte(byte(b))
		}
	}
	return c
}

// reader gives the text behind the mark, in UTF-8 or in one byte a character.
func (c charset) reader(r io.Reader) io.Reader {
	switch c.name {
	case "UTF-16LE":
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case "UTF-16BE":
		return transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	}
	return r
}

// findCharset decides by the caller's word, the mark, the validity of UTF-8,
// the letters, and the default, in this order.
func findCharset(samples [][]byte, o Options) (charset, error) {
	head := samples[0]
	marked := charset{}
	switch {
	case bytes.HasPrefix(head, []byte(utf8Mark)):
		marked = newCharset("UTF-8", 3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		marked = newCharset("UTF-16LE", 2)
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		marked = newCharset("UTF-16BE", 2)
	}
	if o.Encoding != "" {
		name, err := encodingNamed(o.Encoding)
		if err == nil && name == marked.name {
			return marked, nil
		}
		return newCharset(name, 0), err
	}
	if marked.name != "" {
		return marked, nil
	}
	if err := refuseZeros(head); err != nil {
		return charset{}, err
	}
	if isUTF8(samples) {
		return newCharset("UTF-8", 0), nil
	}
	if name := byLetters(samples); name != "" {
		return newCharset(name, 0), nil
	}
	if o.Default == "" {
		return charset{}, refused("the encoding cannot be told: the file is not UTF-8; say which of %s it is, or save it as UTF-8", strings.Join(Encodings, ", "))
	}
	name, err := encodingNamed(o.Default)
	return newCharset(name, 0), err
}

func encodingNamed(name string) (string, error) {
	i := slices.IndexFunc(Encodings, func(e string) bool { return strings.EqualFold(e, name) })
	if i < 0 {
		return "", refused("the encoding %q is not known: it is one of %s", name, strings.Join(Encodings, ", "))
	}
	return Encodings[i], nil
}

// refuseZeros refuses what is no text. Within quotes a NUL is a character
// like any other.
func refuseZeros(head []byte) error {
	if zeros := bytes.Count(head, []byte{0}); zeros > 2 && zeros > len(head)/4 {
		return refused("the file looks like UTF-16 without its byte order mark, or is no text: save it as UTF-8")
	}
	quoted := false
	for _, b := range head {
		switch {
		case b == '"':
			quoted = !quoted
		case b == 0 && !quoted:
			return refused("the file holds NUL bytes: it is no text, and so no CSV")
		}
	}
	return nil
}

// isUTF8 reports whether the samples are UTF-8, but for a few broken bytes
// such as a letter cut in half by another program's limit.
func isUTF8(samples [][]byte) bool {
	letters, broken := 0, 0
	for i, s := range samples {
		if i > 0 {
			for k := 0; k < 3 && len(s) > 0 && !utf8.RuneStart(s[0]); k++ {
				s = s[1:]
			}
		}
		if utf8.Valid(s) {
			letters += (len(s) - utf8.RuneCount(s)) / 2
			continue
		}
		for len(s) > 0 {
			r, n := utf8.DecodeRune(s)
			switch {
			case r == utf8.RuneError && n == 1 && !utf8.FullRune(s):
				n = len(s) // cut by the sample, not by the file
			case r == utf8.RuneError && n == 1:
				broken++
			case n > 1:
				letters++
			}
			s = s[n:]
		}
	}
	return broken == 0 || letters > 20*broken
}

// polish are the letters beyond ASCII that Polish needs in windows-1250.
const polish = "\xb9\xe6\xea\xb3\xf1\xf3\x9c\x9f\xbf\xa5\xc6\xca\xa3\xd1\xd3\x8c\x8f\xaf"

// distinct are those of them that are no letters in Western Europe, or rare
// ones; western are letters that windows-1250 has where windows-1252 has them.
const (
	distinct = "\xb9\xb3\x9c\x9f\xbf\xa5\xa3\x8c\x8f\xaf"
	western  = "\xe4\xf6\xfc\xdf\xc4\xd6\xdc\xe9\xe1\xed\xfa\xeb\xe7\xc9\xc1\xcd\xda\xcb\xc7"
)

// byLetters tells an encoding of one byte a character, or returns "". In
// Polish the letters beyond ASCII stand alone between others, which no
// library looks at; in Russian they make whole words.
func byLetters(samples [][]byte) string {
	var high []byte // the lines that have such letters
	alone, runs, others := 0, 0, 0
	for _, s := range samples {
		for line := range bytes.FieldsFuncSeq(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if len(high) < 1<<16 && bytes.IndexFunc(line, func(r rune) bool { return r >= 0x80 }) >= 0 {
				high = append(append(high, line...), '\n')
			}
		}
	}
	for i := 0; i < len(high); i++ {
		n := 0
		for i+n < len(high) && high[i+n] >= 0x80 {
			if strings.IndexByte(polish, high[i+n]) < 0 {
				others++
			}
			n++
		}
		if n > 0 {
			runs++
			if n <= 2 && (i > 0 && isLetter(high[i-1]) || i+n < len(high) && isLetter(high[i+n])) {
				alone++
			}
		}
		i += n
	}
	if 10*alone >= 9*runs {
		if others == 0 || guests(high) {
			return "windows-1250"
		}
		return ""
	}
	return cyrillic(high)
}

// guests reports whether the letters of high that are not Polish are those of
// a few foreign names: every one stands in windows-1250 where it stands in
// windows-1252, and letters that only Polish has are no fewer.
func guests(high []byte) bool {
	var counts [256]int
	for _, b := range high {
		counts[b]++
	}
	sorts, own, others := 0, 0, 0
	for b := 0x80; b < 0x100; b++ {
		switch n := counts[b]; {
		case n == 0:
		case strings.IndexByte(distinct, byte(b)) >= 0:
			sorts, own = sorts+1, own+n
		case strings.IndexByte(western, byte(b)) >= 0:
			others += n
		case strings.IndexByte(polish, byte(b)) < 0:
			return false
		}
	}
	return sorts >= 2 && own >= others
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// cyrillic asks the library, and where it does not know, the case of the
// letters: windows-1251 and KOI8-R have small and capital letters the other
// way round, and nobody writes mostly capitals inside words.
func cyrillic(high []byte) string {
	if found := chardet.Detect(high); found.Confidence > 0.5 {
		if i := slices.IndexFunc(Encodings, func(e string) bool { return strings.EqualFold(e, found.Charset) }); i > 2 {
			return Encodings[i]
		}
	}
	upper, lower, other := 0, 0, 0 // halves of the letters, as bytes
	for i, b := range high {
		switch {
		case b >= 0xe0 && i > 0 && high[i-1] >= 0xc0:
			upper++
		case b >= 0xc0 && b < 0xe0 && i > 0 && high[i-1] >= 0xc0:
			lower++
		case b >= 0x80 && b < 0xc0 && b != 0xa8 && b != 0xb8 && b != 0xa3 && b != 0xb3 && b != 0xb9:
			other++
		}
	}
	switch {
	case upper+lower < 3 || 5*other > upper+lower:
		return ""
	case upper > 4*lower:
		return "windows-1251"
	case lower > 4*upper:
		return "KOI8-R"
	}
	return ""
}

// validUTF8 is utf8.Valid for text in which ASCII and Cyrillic take turns: it
// looks at eight bytes at once.
func validUTF8(b []byte) bool {
	const high, four, cyrillic = 0x8080808080808080, 0xc0fec0fec0fec0fe, 0x80d080d080d080d0
	for i := 0; i < len(b); {
		if i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			if w&high == 0 || w&four == cyrillic {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(w&high) / 8
		} else if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		if i+1 < len(b) && b[i] >= 0xc2 && b[i] <= 0xdf && b[i+1]&0xc0 == 0x80 {
			i += 2
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return false
		}
		i += n
	}
	return true
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
