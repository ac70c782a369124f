package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// A worksheet gives the rows of one worksheet. It knows the XML that
// spreadsheets write; when it meets another form, slow takes over at the
// next row.
type worksheet struct {
	parts  *parts
	book   *book
	pool   *pool
	part   io.ReadCloser
	s      *scanner
	prefix []byte // of the names of elements, such as x:
	row    int    // the last row that is known
	after  int    // rows up to this one are not wanted
	text   []byte
	value  []byte
	spans  []span
	cells  []string
	done   bool
	slow   *slow
	file   int64 // bytes of the workbook
	size   int64 // bytes of the part, unpacked
	read   atomic.Int64
}

// open reads the shared texts and goes to the first row.
func (x *worksheet) open() error {
	err := x.openShared()
	if err == nil {
		err = x.openPart()
	}
	if errors.Is(err, errOdd) {
		return x.fallBack()
	}
	return x.parts.damage(err)
}

func (x *worksheet) openShared() error {
	if x.book.shared == "" {
		return nil
	}
	r, _, err := x.parts.open(x.book.shared)
	if err != nil {
		return err
	}
	p, err := readPool(r)
	if p != nil {
		x.pool = p
	}
	return errors.Join(err, r.Close())
}

func (x *worksheet) openPart() (err error) {
	if x.part, x.size, err = x.parts.open(x.book.part); err != nil {
		return err
	}
	x.s = newScanner(x.part)
	root, err := x.s.start()
	if err != nil {
		return err
	}
	prefix, ok := bytes.CutSuffix(name(root), []byte("worksheet"))
	if !ok || alone(root) {
		return errOdd
	}
	x.prefix = bytes.Clone(prefix)
	for {
		t, err := x.s.inner(x.prefix)
		if err != nil {
			return err
		}
		switch {
		case string(name(t)) == "sheetData":
			x.done = alone(t)
			return sound(t)
		case t[0] == '/':
			return errOdd
		}
		if err := x.s.overInner(x.prefix, t); err != nil {
			return err
		}
	}
}

// fallBack hands the rest to the library.
func (x *worksheet) fallBack() (err error) {
	if x.parts.failed != nil {
		return x.parts.failed
	}
	x.slow, err = openSlow(x.parts, x.book, x.file)
	return err
}

func (x *worksheet) next() (int, []string, error) {
	for x.slow == nil {
		if x.done {
			return x.row, nil, io.EOF
		}
		n, err := x.scanRow()
		x.read.Store(x.s.read)
		switch {
		case errors.Is(err, errOdd):
			if err := x.fallBack(); err != nil {
				return x.row, nil, err
			}
			continue
		case err != nil:
			x.done = true
			return x.row, nil, x.located(x.parts.damage(err))
		case len(x.spans) > 0 && n > x.after:
			return n, x.cut(), nil
		}
	}
	return x.nextSlow()
}

// nextSlow is next when the library reads.
func (x *worksheet) nextSlow() (int, []string, error) {
	for {
		n, cells, err := x.slow.next()
		if err != nil || n > max(x.row, x.after) {
			x.row = max(x.row, n)
			return x.row, cells, err
		}
	}
}

// located says behind which row an error lies.
func (x *worksheet) located(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Line == 0 {
		at := *e
		at.Line = x.row + 1
		return &at
	}
	return err
}

// cut makes the cells of the row that was scanned.
func (x *worksheet) cut() []string {
	text := string(x.text)
	x.cells = x.cells[:0]
	for _, c := range x.spans {
		x.cells = append(x.cells, text[c.from:c.to])
	}
	return x.cells
}

// scanRow reads one row. At the end of the table it sets done.
func (x *worksheet) scanRow() (int, error) {
	x.text, x.spans = x.text[:0], x.spans[:0]
	t, err := x.s.inner(x.prefix)
	if err != nil {
		return 0, err
	}
	switch {
	case string(t) == "/sheetData":
		x.done = true
		return x.row, x.drain()
	case string(name(t)) != "row":
		return 0, errOdd
	}
	n, err := x.number(t)
	if err != nil {
		return 0, err
	}
	for column, end := 0, alone(t); !end; {
		if t, err = x.s.inner(x.prefix); err != nil {
			return 0, err
		}
		switch {
		case t[0] == 'c' && (len(t) == 1 || t[1] == ' ' || t[1] == '/'):
			column, err = x.cell(t, n, column)
		case string(t) == "/row":
			end = true
		default:
			return 0, errOdd
		}
		if err != nil {
			return 0, err
		}
	}
	for len(x.spans) > 0 && x.spans[len(x.spans)-1].from == x.spans[len(x.spans)-1].to {
		x.spans = x.spans[:len(x.spans)-1]
	}
	x.row = n
	return n, nil
}

// drain reads what follows the table, so that a broken part is noticed.
func (x *worksheet) drain() error {
	x.s.pos = x.s.end
	for {
		x.s.pos = x.s.end
		if err := x.s.more(); err == io.ErrUnexpectedEOF && x.s.eof {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// number returns the number of a row: the one that it says, else the next.
func (x *worksheet) number(t []byte) (int, error) {
	n := x.row + 1
	rest := t[len("row"):]
	for {
		key, value, left, err := attribute(rest)
		if err != nil {
			return 0, err
		}
		if key == nil {
			break
		}
		switch {
		case string(key) == "r":
			if n, err = atoi(value); err != nil {
				return 0, err
			}
		case bytes.HasSuffix(key, []byte(":r")):
			return 0, errOdd
		case !plain(value):
			return 0, errOdd
		}
		rest = left
	}
	if n > maxRows {
		return 0, refused("the row number %d is beyond the last row of a worksheet, %d: copy the table into a new workbook, or send CSV", n, maxRows)
	}
	if n <= x.row {
		return 0, refused("the workbook is damaged: row %d follows row %d", n, x.row)
	}
	return n, nil
}

func (x *worksheet) at() Position { return Position{Line: x.row} }

func (x *worksheet) skip(p Position) error {
	if p.Line > maxRows {
		return fmt.Errorf("sheet: no row %d", p.Line)
	}
	x.after = p.Line
	return nil
}

func (x *worksheet) progress() float64 {
	return min(1, float64(x.read.Load())/float64(max(x.size, 1)))
}

func (x *worksheet) close() error {
	err := x.pool.close()
	if x.part != nil {
		err = errors.Join(err, x.part.Close())
	}
	if x.slow != nil {
		err = errors.Join(err, x.slow.close())
	}
	return err
}
