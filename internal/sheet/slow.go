package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// A slow reads with the library what the worksheet's own scanner does not
// know. The library unpacks a workbook into memory and trusts what it finds,
// so a worksheet is measured before the library is asked.
type slow struct {
	book  *book
	file  *excelize.File
	rows  *excelize.Rows
	row   int
	cells []placed // those that are still to come
}

func openSlow(p *parts, b *book, size int64) (*slow, error) {
	if size > 4*maxSlow {
		return nil, errUnusual
	}
	cells, err := measure(p, b.part)
	if err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(io.NewSectionReader(p.src, 0, size), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: 8 * maxSlow, UnzipXMLSizeLimit: 8 * maxSlow,
	})
	if err != nil {
		return nil, p.damage(err)
	}
	rows, err := f.Rows(b.name)
	if err != nil {
		return nil, errors.Join(p.damage(err), f.Close())
	}
	return &slow{book: b, file: f, rows: rows, cells: cells}, nil
}

var errUnusual = refused("the workbook is written in an unusual form and is too large to be read so: open it in a spreadsheet and save it again, or send CSV")

// A placed is the style and kind of one cell, which the library's rows do
// not tell.
type placed struct {
	row, column, style int32
	kind               byte
}

// measure reads a worksheet once with the standard library: it must be
// right XML, of a moderate size, with its rows and cells in order.
func measure(p *parts, part string) ([]placed, error) {
	r, size, err := p.open(part)
	if err != nil {
		return nil, err
	}
	defer r.Close() // nothing is lost: it was only read
	if size > maxSlow {
		return nil, errUnusual
	}
	d := xml.NewDecoder(r)
	d.CharsetReader = labelled
	var all []placed
	depth, row, column := 0, 0, 0
	for {
		t, err := d.Token()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, p.damage(err)
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, errEntities
		case xml.EndElement:
			depth--
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return nil, refused("the workbook holds elements %d deep within each other", maxDepth)
			}
			last := row
			switch t.Name.Local {
			case "row":
				row, column = place(t, row), 0
				if row <= last || row > maxRows {
					return nil, refused("the workbook is damaged: row %d follows row %d", row, last)
				}
			case "c":
				last = column
				column = place(t, column)
				if column <= last || column > maxColumns {
					return nil, refused("the workbook is damaged: cells of row %d are not in order", row)
				}
				all = append(all, form(t, row, column))
			}
		}
	}
}

// form reads the attributes of a cell. A type that nobody knows is that of a
// number, as it is for the library.
func form(t xml.StartElement, row, column int) placed {
	c := placed{row: int32(row), column: int32(column)}
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "s":
			style, err := strconv.ParseInt(a.Value, 10, 32)
			if err == nil {
				c.style = int32(style)
			}
		case "t":
			c.kind = 0
			if kind, err := cellKind([]byte(a.Value)); err == nil {
				c.kind = kind
			}
		}
	}
	return c
}

// place returns the number of a row, or the column of a cell.
func place(t xml.StartElement, last int) int {
	for _, a := range t.Attr {
		if a.Name.Local != "r" {
			continue
		}
		if t.Name.Local == "c" {
			column, _, err := excelize.CellNameToCoordinates(a.Value)
			if err != nil {
				return -1
			}
			return column
		}
		n, err := strconv.Atoi(a.Value)
		if err != nil {
			return -1
		}
		return n
	}
	return last + 1
}

func (s *slow) next() (int, []string, error) {
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return s.row, nil, refused("the workbook is damaged: %v", err)
		}
		return s.row, nil, io.EOF
	}
	s.row++
	cells, err := s.rows.Columns()
	if err != nil {
		return s.row, nil, refused("the workbook is damaged: %v", err)
	}
	for i, v := range cells {
		if v != "" {
			cells[i] = s.cell(int32(i+1), v)
		}
	}
	return s.row, cells, nil
}

// cell gives the raw value of the library the form that ours has.
func (s *slow) cell(column int32, v string) string {
	for len(s.cells) > 0 && (s.cells[0].row < int32(s.row) || s.cells[0].row == int32(s.row) && s.cells[0].column < column) {
		s.cells = s.cells[1:]
	}
	c := placed{}
	if len(s.cells) > 0 && s.cells[0].row == int32(s.row) && s.cells[0].column == column {
		c = s.cells[0]
	}
	if c.kind == 't' {
		return string(unescape(nil, []byte(v)))
	}
	return string(s.book.appendCell(nil, c.kind, int(c.style), []byte(v)))
}

func (s *slow) close() error { return errors.Join(s.rows.Close(), s.file.Close()) }
