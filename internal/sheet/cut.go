package sheet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// cut finds the row at pos and goes behind it, or behind its first line when
// it is broken.
func (s *csvSource) cut() error {
	for {
		w := s.buf[s.pos:s.end]
		n, more, err := s.parse(w, s.eof)
		switch {
		case err != nil:
			s.pos += n
			if n > 0 {
				s.line += bytes.Count(w[:n], []byte{s.eol})
			}
			s.skipLine()
			return err
		case more == 0:
			s.pos += n
			s.line++
			if s.eol == '\n' || s.eol == '\r' {
				s.line += s.within(w[:n])
			}
			return nil
		case len(w) >= more && more == maxQuoted:
			s.skipLine()
			return &Error{Column: len(s.spans) + 1, Text: "the quote that opens here is not closed within 1 MB"}
		case len(w) >= more:
			s.skipLine()
			return &Error{Text: "the line is longer than 4 MB"}
		}
		if err := s.fill(min(max(2*len(w), window), more)); err != nil {
			return err
		}
	}
}

// within counts the line ends inside the cells of a row.
func (s *csvSource) within(row []byte) int {
	quoted := false
	for _, c := range s.spans {
		quoted = quoted || c.quoted
	}
	if !quoted || len(row) == 0 {
		return 0
	}
	return bytes.Count(row[:len(row)-1], []byte{s.eol})
}

// skipLine goes behind the next line end.
func (s *csvSource) skipLine() {
	s.line++
	for s.fill(1) == nil && s.pos < s.end {
		if i := bytes.IndexByte(s.buf[s.pos:s.end], s.eol); i >= 0 {
			s.pos += i + 1
			return
		}
		s.pos = s.end
	}
}

// parse cuts the row at the beginning of w into spans of s.row and returns
// its bytes. When w ends within the row, more is the largest w that may be
// asked for instead. With an error, n is where it was found.
func (s *csvSource) parse(w []byte, last bool) (n, more int, err error) {
	s.spans = s.spans[:0]
	n = bytes.IndexByte(w, s.eol)
	line := w
	if n >= 0 {
		line = w[:n]
	}
	quotes := bytes.IndexByte(line, '"') >= 0
	if n < 0 && !last && !quotes {
		return 0, maxRow, nil
	}
	n = min(len(line)+1, len(w))
	if s.eol == '\n' && len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	if !s.split(line, quotes) || quotes && n == len(w) && !last {
		s.spans = s.spans[:0]
		return s.parseQuoted(w, last)
	}
	s.row = line
	if len(s.spans) > maxColumns {
		return n - 1, 0, &Error{Text: fmt.Sprintf("the row has more than %d cells", maxColumns)}
	}
	return n, 0, nil
}

// split cuts a line into spans of itself. It gives up where a quoted cell
// holds quotes or goes on in the next line.
func (s *csvSource) split(line []byte, quotes bool) bool {
	if !quotes {
		s.splitPlain(line)
		return true
	}
	for from := 0; len(s.spans) <= maxColumns; {
		if from < len(line) && line[from] == '"' {
			n := bytes.IndexByte(line[from+1:], '"')
			end := from + n + 2
			if n < 0 || end < len(line) && line[end] != s.sep {
				return false
			}
			s.spans = append(s.spans, span{from: from + 1, to: end - 1, quoted: true})
			if end == len(line) {
				return true
			}
			from = end + 1
			continue
		}
		n := bytes.IndexByte(line[from:], s.sep)
		if n < 0 {
			s.spans = append(s.spans, span{from: from, to: len(line)})
			return true
		}
		s.spans = append(s.spans, span{from: from, to: from + n})
		from += n + 1
	}
	return true
}

// splitPlain cuts a line without quotes. It looks at eight bytes at once:
// cells are so short that a search for each would cost more.
func (s *csvSource) splitPlain(line []byte) {
	const low = 0x7f7f7f7f7f7f7f7f
	want := uint64(s.sep) * 0x0101010101010101
	from, i := 0, 0
	for ; i+8 <= len(line); i += 8 {
		x := binary.LittleEndian.Uint64(line[i:]) ^ want
		for hits := ^((x&low + low) | x | low); hits != 0; hits &= hits - 1 {
			at := i + bits.TrailingZeros64(hits)/8
			s.spans = append(s.spans, span{from: from, to: at})
			from = at + 1
		}
		if len(s.spans) > maxColumns {
			return
		}
	}
	for ; i < len(line); i++ {
		if line[i] == s.sep {
			s.spans = append(s.spans, span{from: from, to: i})
			from = i + 1
		}
	}
	s.spans = append(s.spans, span{from: from, to: len(line)})
}

// parseQuoted is parse for a row that has quotes.
func (s *csvSource) parseQuoted(w []byte, last bool) (n, more int, err error) {
	s.text = s.text[:0]
	for i := 0; ; i++ {
		if len(s.spans) == maxColumns {
			return i, 0, &Error{Text: fmt.Sprintf("the row has more than %d cells", maxColumns)}
		}
		cell := span{from: len(s.text), quoted: i < len(w) && w[i] == '"'}
		if cell.quoted {
			end, closed := s.unquote(w, i+1)
			switch {
			case !closed && last:
				return 0, 0, &Error{Column: len(s.spans) + 1, Text: "the quote that opens here is not closed"}
			case !closed || end+2 >= len(w) && !last:
				return 0, maxQuoted, nil
			}
			i = end
			if !s.ends(w[i:]) && w[i] != s.sep {
				return i, 0, &Error{Column: len(s.spans) + 1, Text: "a text follows the closing quote: a quote within quotes is written twice"}
			}
		} else {
			end := s.bare(w[i:])
			if end < 0 && !last {
				return 0, maxRow, nil
			}
			if end < 0 {
				end = len(w) - i
			}
			text := w[i : i+end]
			i += end
			if s.eol == '\n' && (i == len(w) || w[i] == '\n') {
				text = bytes.TrimSuffix(text, []byte{'\r'})
			}
			s.text = append(s.text, text...)
		}
		cell.to = len(s.text)
		s.spans = append(s.spans, cell)
		s.row = s.text
		switch {
		case i == len(w):
			return i, 0, nil
		case w[i] == s.eol:
			return i + 1, 0, nil
		case w[i] == '\r' && s.ends(w[i:]) && w[i] != s.sep:
			return min(i+2, len(w)), 0, nil
		}
	}
}

// bare returns the length of a cell without quotes, or -1.
func (s *csvSource) bare(w []byte) int {
	for i, b := range w {
		if b == s.sep || b == s.eol {
			return i
		}
	}
	return -1
}

// ends reports whether w begins with the end of a line.
func (s *csvSource) ends(w []byte) bool {
	return len(w) == 0 || w[0] == s.eol || s.eol == '\n' && w[0] == '\r' && (len(w) == 1 || w[1] == '\n')
}

// unquote appends the cell whose text begins at i and returns the place
// behind its closing quote.
func (s *csvSource) unquote(w []byte, i int) (end int, closed bool) {
	for {
		n := bytes.IndexByte(w[i:], '"')
		if n < 0 {
			return len(w), false
		}
		s.text = append(s.text, w[i:i+n]...)
		i += n + 1
		if i == len(w) || w[i] != '"' {
			return i, true
		}
		s.text = append(s.text, '"')
		i++
	}
}
