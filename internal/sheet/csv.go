package sheet

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"unicode/utf8"
)

const window = 256 << 10 // bytes of CSV that are read at once

// A csvSource cuts CSV into rows. It works on the bytes of the file, and
// decodes a row when it has been cut.
type csvSource struct {
	r      io.Reader
	set    charset
	sep    byte
	eol    byte // the last byte of a line end
	buf    []byte
	pos    int
	end    int
	base   int64 // offset of buf[0] in the text
	eof    bool
	zeros  bool // a NUL byte has been read
	line   int  // lines that are behind pos
	row    []byte
	spans  []span
	text   []byte // holds row when quotes have been taken off
	coded  []byte // holds row when it has been decoded
	cells  []string
	source *counter
	size   int64
}

// A span is a cell within a row.
type span struct {
	from, to int
	quoted   bool
}

// A counter counts what has been read of a file.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func openCSV(src io.ReaderAt, size int64, o Options) (source, Format, error) {
	samples, err := takeSamples(src, size)
	if err != nil {
		return nil, Format{}, err
	}
	set, err := findCharset(samples, o)
	if err != nil {
		return nil, Format{}, err
	}
	whole := int64(len(samples[0])) == size
	head, err := io.ReadAll(set.reader(bytes.NewReader(samples[0][set.mark:])))
	if err != nil {
		return nil, Format{}, fmt.Errorf("sheet: %w", err)
	}
	ends := lineEnd(head)
	f := Format{Kind: "CSV", Encoding: set.name, Mark: set.mark > 0, Separator: o.Separator, LineEnd: ends}
	in := &counter{r: io.NewSectionReader(src, int64(set.mark), size-int64(set.mark))}
	s := &csvSource{r: set.reader(in), source: in, size: size, set: set, eol: ends[len(ends)-1]}
	sep, length := announced(head)
	if length > 0 {
		s.skipLine()
	}
	switch {
	case f.Separator != 0:
	case sep != 0:
		f.Separator = sep
	default:
		f.Separator = findSeparator(head, set, s.eol, whole)
	}
	s.sep = f.Separator
	if s.sep == '"' || s.sep == '\n' || s.sep == '\r' || s.sep >= utf8.RuneSelf {
		return nil, Format{}, refused("%q cannot separate cells", s.sep)
	}
	return s, f, nil
}

// takeSamples reads the beginning of a file and, of a long one, pieces of
// the rest: the first name with an umlaut may stand far below.
func takeSamples(src io.ReaderAt, size int64) ([][]byte, error) {
	var samples [][]byte
	const piece, pieces = 16 << 10, 16
	read := func(at, n int64) error {
		b := make([]byte, min(n, size-at))
		_, err := io.ReadFull(io.NewSectionReader(src, at, size-at), b)
		samples = append(samples, b)
		return err
	}
	err := read(0, window)
	for i := int64(1); i <= pieces && size > 2*window && err == nil; i++ {
		err = read(window+(size-window-piece)*i/pieces, piece)
	}
	if err != nil {
		return nil, fmt.Errorf("sheet: %w", err)
	}
	return samples, nil
}

// fill makes at least n bytes ready behind pos, or all that are left.
func (s *csvSource) fill(n int) error {
	if s.end-s.pos >= n || s.eof {
		return nil
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if n > len(s.buf) {
		s.buf = append(make([]byte, 0, max(n, window)), s.buf[:s.end]...)
		s.buf = s.buf[:cap(s.buf)]
	}
	for s.end < n {
		m, err := s.r.Read(s.buf[s.end:])
		s.zeros = s.zeros || bytes.IndexByte(s.buf[s.end:s.end+m], 0) >= 0
		s.end += m
		if err == io.EOF {
			s.eof = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("sheet: %w", err)
		}
	}
	return nil
}

// next returns the next row that has at least one byte.
func (s *csvSource) next() (int, []string, error) {
	for range maxRows {
		if err := s.fill(1); err != nil {
			return s.line, nil, err
		}
		if s.pos == s.end {
			return s.line, nil, io.EOF
		}
		line := s.line + 1
		if err := s.cut(); err != nil {
			if e, ok := err.(*Error); ok {
				e.Line = line
			}
			return line, nil, err
		}
		if len(s.spans) == 1 && len(s.row) == 0 && !s.spans[0].quoted {
			continue
		}
		cells, err := s.decode(line)
		return line, cells, err
	}
	return s.line, nil, &Error{Line: s.line, Text: fmt.Sprintf("more than %d empty lines follow each other: take them out", maxRows), Final: true}
}

// decode makes the cells of the row that was cut.
func (s *csvSource) decode(line int) ([]string, error) {
	if s.zeros && bytes.IndexByte(s.row, 0) >= 0 {
		for i, c := range s.spans {
			if !c.quoted && bytes.IndexByte(s.row[c.from:c.to], 0) >= 0 {
				return nil, &Error{Line: line, Column: i + 1, Text: "the cell holds a NUL byte"}
			}
		}
	}
	if s.set.table != nil && !isASCII(s.row) {
		s.translate()
	}
	if !validUTF8(s.row) || s.set.table != nil && bytes.ContainsRune(s.row, utf8.RuneError) {
		for i, c := range s.spans {
			if cell := s.row[c.from:c.to]; !utf8.Valid(cell) || s.set.table != nil && bytes.ContainsRune(cell, utf8.RuneError) {
				return nil, &Error{Line: line, Column: i + 1, Text: "the cell holds bytes that are no text in " + s.set.name}
			}
		}
	}
	text := string(s.row)
	s.cells = slices.Grow(s.cells[:0], len(s.spans))
	for _, c := range s.spans {
		cell := text[c.from:c.to]
		if cell != "" && cell[0] == '\'' && guarded(cell) {
			cell = cell[1:]
		}
		s.cells = append(s.cells, cell)
	}
	return s.cells, nil
}

// translate turns the row into UTF-8.
func (s *csvSource) translate() {
	s.coded = s.coded[:0]
	for i, c := range s.spans {
		from := len(s.coded)
		for _, b := range s.row[c.from:c.to] {
			s.coded = utf8.AppendRune(s.coded, s.set.table[b])
		}
		s.spans[i].from, s.spans[i].to = from, len(s.coded)
	}
	s.row = s.coded
}

func (s *csvSource) at() Position { return Position{Offset: s.base + int64(s.pos), Line: s.line} }

// skip goes on behind a row that was read earlier.
func (s *csvSource) skip(p Position) error {
	for s.base+int64(s.pos) < p.Offset {
		if err := s.fill(1); err != nil {
			return err
		}
		if s.pos == s.end {
			return refused("the file ends before the place that was reached")
		}
		s.pos += int(min(int64(s.end-s.pos), p.Offset-s.base-int64(s.pos)))
	}
	s.line = p.Line
	return nil
}

func (s *csvSource) progress() float64 {
	return min(1, float64(s.source.n.Load())/float64(max(s.size-int64(s.set.mark), 1)))
}

func (s *csvSource) close() error { return nil }
