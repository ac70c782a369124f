package sheet

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// A Cell is a value to be written.
type Cell struct {
	kind cellType
	text string
	at   time.Time
}

type cellType uint8

const (
	textCell cellType = iota
	numberCell
	dayCell
	momentCell
)

// Text is a cell that a spreadsheet takes for text, whatever it looks like.
// Bytes that are not UTF-8 become replacement characters.
func Text(s string) Cell { return Cell{text: s} }

// Number is a cell with an exact decimal such as -10.50, written as it is. A
// text of another form, and a number of more than 15 digits, of which a
// spreadsheet would lose some, is a Text.
func Number(s string) Cell {
	whole, part, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if whole == "" || point && part == "" || !isDigits([]byte(whole+part)) || len(whole)+len(part) > 15 || len(whole) > 1 && whole[0] == '0' {
		return Text(s)
	}
	return Cell{kind: numberCell, text: s}
}

// Day is a cell with a date, the one that t has in its own zone.
func Day(t time.Time) Cell { return dated(dayCell, t, time.DateOnly) }

// Moment is a cell with a date and time to the second, those that t has in
// its own zone.
func Moment(t time.Time) Cell { return dated(momentCell, t, time.DateTime) }

// dated is a text where the calendar of workbooks has no such day.
func dated(kind cellType, t time.Time, layout string) Cell {
	c := Cell{kind: kind, text: t.Format(layout), at: t}
	if t.Year() > 9999 || t.Before(time.Date(1900, 3, 1, 0, 0, 0, 0, t.Location())) {
		c.kind = textCell
	}
	return c
}

// A Writer writes one table row by row; nothing of it stays in memory. The
// first row is the header. It is for one goroutine.
type Writer struct {
	to    sink
	width int
	line  int
	err   error
}

// A sink writes the rows of one kind of file.
type sink interface {
	row(line int, cells []Cell) error
	close() error
}

// Write writes a row, which has as many cells as the header. An error is
// final: what was written is no whole file.
func (w *Writer) Write(cells ...Cell) error {
	if w.err != nil {
		return w.err
	}
	w.line++
	if w.line == 1 {
		w.width = len(cells)
	}
	switch {
	case len(cells) == 0 || len(cells) > maxColumns:
		w.err = &Error{Line: w.line, Text: fmt.Sprintf("a table has 1 to %d columns, not %d", maxColumns, len(cells)), Final: true}
	case len(cells) != w.width:
		w.err = &Error{Line: w.line, Text: fmt.Sprintf("the row has %d cells, but the header names %d columns", len(cells), w.width), Final: true}
	default:
		w.err = w.to.row(w.line, cells)
	}
	return w.err
}

// Header writes the names of the columns.
func (w *Writer) Header(names ...string) error {
	cells := make([]Cell, len(names))
	for i, name := range names {
		cells[i] = Text(name)
	}
	return w.Write(cells...)
}

// Close ends the file. It does not close what the file was written to.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.err = fmt.Errorf("sheet: the writer is closed")
	return w.to.close()
}

// CSVOptions say how CSV is written. The zero value is UTF-8 without a mark,
// with commas.
type CSVOptions struct {
	Mark      bool // begin with a byte order mark, by which Excel knows UTF-8
	Separator byte // one of , ; | and tab; 0 is a comma
}

// NewCSV writes CSV in UTF-8 with lines ended by CR LF. A text that a
// spreadsheet would run as a formula gets a guard, which the Reader takes
// off.
func NewCSV(w io.Writer, o CSVOptions) *Writer {
	if o.Separator == 0 {
		o.Separator = ','
	}
	c := &csvSink{w: w, sep: o.Separator}
	if o.Mark {
		c.buf = append(c.buf, utf8Mark...)
	}
	return &Writer{to: c}
}

type csvSink struct {
	w   io.Writer
	sep byte
	buf []byte
}

func (c *csvSink) row(line int, cells []Cell) error {
	for i, cell := range cells {
		if i > 0 {
			c.buf = append(c.buf, c.sep)
		}
		text := cell.text
		if cell.kind == textCell {
			text = strings.ToValidUTF8(text, string(utf8.RuneError))
			if dangerous(text) {
				text = "'" + text
			}
		}
		c.buf = appendQuoted(c.buf, text, len(cells) == 1 || line == 1 && i == 0 && strings.HasPrefix(text, "\ufeff"))
	}
	c.buf = append(c.buf, "\r\n"...)
	if len(c.buf) < 64<<10 {
		return nil
	}
	return c.flush()
}

// appendQuoted writes quotes where a reader of any separator needs them.
func appendQuoted(dst []byte, text string, always bool) []byte {
	if !always && !strings.ContainsAny(text, ",;|\t\"\r\n\x00") {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return append(append(dst, text...), '"')
		}
		dst = append(append(dst, text[:i]...), `""`...)
		text = text[i+1:]
	}
}

func (c *csvSink) flush() error {
	_, err := c.w.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

func (c *csvSink) close() error { return c.flush() }
