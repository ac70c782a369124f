package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// Options say what is known about a file. The zero value leaves everything
// to be recognised.
type Options struct {
	Sheet     string   // the worksheet by its name; "" is the first that is not hidden
	Encoding  string   // of CSV, one of Encodings; "" is recognised
	Default   string   // the encoding of CSV when it cannot be told; "" refuses such a file
	Separator byte     // of CSV; 0 is recognised among , ; | and tab
	Header    int      // the line of the column names; 0 is the first that is not empty
	Short     bool     // a row of CSV may end early; its other cells are empty
	After     Position // go on behind this row; the zero value begins with the first
}

// A Position is a place behind a row of one file. It can be stored, and holds
// for the same bytes read with the same Options.
type Position struct {
	Size   int64 `json:"size"`   // of the file, to tell another file
	Offset int64 `json:"offset"` // in the text of CSV; 0 in a workbook
	Line   int   `json:"line"`   // the last line, or row, that has been read
}

// A Format is what was recognised.
type Format struct {
	Kind      string   // "CSV" or "XLSX"
	Encoding  string   // of CSV, one of Encodings
	Mark      bool     // CSV begins with a byte order mark
	Separator byte     // of CSV
	LineEnd   string   // of CSV: "\n", "\r\n" or "\r"
	Sheet     string   // the worksheet that is read
	Sheets    []string // all worksheets, hidden ones too
	Date1904  bool     // days are counted from 1904, as old Macs did
}

// A Row is one row of the table.
type Row struct {
	Line  int      // the line of the file on which it begins, or the row of the worksheet
	Cells []string // one for each column of the header; the slice is used again for the next row, the texts are not
	At    Position // behind this row, for Options.After
}

// A Reader reads one table. It is for one goroutine, but for Progress.
type Reader struct {
	src     source
	format  Format
	header  []string
	size    int64
	short   bool
	cells   []string
	done    bool
	counts  string // the last text of miscount, for counted cells
	counted int
	lost    int      // rows before this one that could not be read
	why     error    // what was wrong with the first of them
	file    *os.File // closed with the reader; nil when the caller's
}

// A source gives the rows of one kind of file.
type source interface {
	// next returns a row, without empty cells at its end where the kind of
	// file does not count them. It returns io.EOF behind the last one, and an
	// *Error that is not final for a row that is lost.
	next() (line int, cells []string, err error)
	skip(Position) error
	at() Position
	progress() float64
	close() error
}

// Open opens the file of that path. The caller closes the reader.
func Open(path string, o Options) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sheet: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sheet: %w", err), f.Close())
	}
	r, err := New(f, info.Size(), o)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.file = f
	return r, nil
}

// New opens the file of size bytes in src, which is read until the reader is
// closed. A file that cannot be read as a table is an *Error.
func New(src io.ReaderAt, size int64, o Options) (*Reader, error) {
	head := make([]byte, min(size, 4096))
	if _, err := io.ReadFull(io.NewSectionReader(src, 0, size), head); err != nil {
		return nil, fmt.Errorf("sheet: %w", err)
	}
	if o.After != (Position{}) && o.After.Size != size {
		return nil, refused("the file is not the one that was begun: it has %d bytes, not %d", size, o.After.Size)
	}
	r := &Reader{size: size, short: o.Short}
	kind, err := recognise(head)
	if err != nil {
		return nil, err
	}
	if kind == "XLSX" {
		r.src, r.format, err = openXLSX(src, size, o)
		r.short = true
	} else {
		r.src, r.format, err = openCSV(src, size, o)
	}
	if err != nil {
		return nil, err
	}
	if err := r.begin(o); err != nil {
		return nil, errors.Join(err, r.src.close())
	}
	return r, nil
}

// begin reads the header and goes to where the rows are wanted from.
func (r *Reader) begin(o Options) error {
	for r.header == nil {
		line, cells, err := r.src.next()
		switch broken, ok := errors.AsType[*Error](err); {
		case err == io.EOF:
			return refused("no header: the file has no row with column names")
		case ok && !broken.Final && line < o.Header:
			continue
		case ok:
			broken.Final = true
			return broken
		case err != nil:
			return err
		case o.Header > 0 && line > o.Header:
			return refused("no header: line %d is empty", o.Header)
		case blank(cells) || line < o.Header:
			continue
		}
		if r.header, err = header(line, cells, o.Header > 0); err != nil {
			return err
		}
	}
	if o.After.Line == 0 {
		return nil
	}
	return r.src.skip(o.After)
}

// Format tells what was recognised.
func (r *Reader) Format() Format { return r.format }

// Header returns the names of the columns, without spaces around them. They
// differ, but for columns without a name.
func (r *Reader) Header() []string { return r.header }

// Progress returns the part of the file that has been read, from 0 to 1. It
// may be called while another goroutine ranges over the rows.
func (r *Reader) Progress() float64 { return r.src.progress() }

// Close releases what the reader holds.
func (r *Reader) Close() error {
	r.done = true
	err := r.src.close()
	if r.file != nil {
		err = errors.Join(err, r.file.Close())
	}
	return err
}

// Rows gives the rows below the header that are not empty. A row that cannot
// be read is an *Error, with Line and At set in its Row; after one that is
// final, and after an error of another type, nothing follows. Ranging again
// goes on with the next row.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for !r.done {
			line, cells, err := r.src.next()
			if err == io.EOF {
				r.done = true
				return
			}
			if err == nil {
				if blank(cells) {
					continue
				}
				cells, err = r.fit(line, cells)
			}
			if err != nil {
				cells, err = nil, r.patience(line, r.named(err))
			} else {
				r.lost = 0
			}
			if !yield(Row{Line: line, Cells: cells, At: r.at()}, err) {
				return
			}
		}
	}
}

func (r *Reader) at() Position {
	p := r.src.at()
	p.Size = r.size
	return p
}

// named adds the name of the column, and notes when an error is the end.
func (r *Reader) named(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Final {
		r.done = true
	}
	if ok && e.Column > 0 && e.Column <= len(r.header) {
		e.Name = r.header[e.Column-1]
	}
	return err
}

// patience ends with a file of which nothing more can be read: a quote that is
// not closed, or another separator, spoils every row behind it.
func (r *Reader) patience(line int, err error) error {
	if r.done {
		return err
	}
	if r.lost++; r.lost == 1 {
		r.why = err
	}
	if r.lost < maxLost {
		return err
	}
	r.done = true
	return &Error{Line: line, Text: fmt.Sprintf("%d rows in a row cannot be read; the first: %v", maxLost, r.why), Final: true}
}

// fit gives a row as many cells as the header has.
func (r *Reader) fit(line int, cells []string) ([]string, error) {
	n := len(r.header)
	for i := len(cells) - 1; i >= n; i-- {
		if cells[i] != "" {
			return nil, &Error{Line: line, Column: i + 1, Text: r.miscount(len(cells))}
		}
	}
	if len(cells) >= n {
		return cells[:n], nil
	}
	if !r.short {
		return nil, &Error{Line: line, Text: r.miscount(len(cells))}
	}
	r.cells = append(r.cells[:0], cells...)
	for len(r.cells) < n {
		r.cells = append(r.cells, "")
	}
	return r.cells, nil
}

// miscount words a wrong number of cells. Where one row has it, thousands
// often do, and so it is worded once.
func (r *Reader) miscount(n int) string {
	if r.counted != n || r.counts == "" {
		r.counted, r.counts = n, fmt.Sprintf("the row has %d cells, but the header names %d columns", n, len(r.header))
	}
	return r.counts
}

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}
