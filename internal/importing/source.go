package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"orderhub"
	"orderhub/internal/sheet"
)

// A source gives the records of a file, one after the other, the same ones
// whenever it is read.
type source interface {
	// next gives the next record; io.EOF after the last. An error that a
	// person can mend in the file is an Invalid error.
	next(context.Context) (*record, error)
	part() float64 // of the file that has been read, from 0 to 1
	Close() error
}

// sheetSource gives the rows of a table, those of one record together.
type sheetSource struct {
	sheet *sheet.Reader
	in    *reading
	pull  func() (sheet.Row, error, bool)
	stop  func()
	ahead *row // read, and not given yet

	joins string // the field by which rows join
	join  int    // its column, -1 for none

	// A file may have rows of one record in several places. Those records
	// come last, each at the place of its first row.
	scattered map[string]*record
	last      []*record
}

// Limits of what rows join.
const (
	maxJoined    = 5_000  // rows of one record; an order has fewer lines
	maxScattered = 50_000 // rows of records that stand in several places
)

// openSheet opens a table that was kept in a file. The reading is of the
// same file.
func openSheet(file *os.File, size int64, o sheet.Options, in *reading, joins string) (*sheetSource, error) {
	s := &sheetSource{in: in, joins: joins, join: -1, scattered: make(map[string]*record)}
	if n, ok := in.byField[joins]; ok && joins != "" {
		s.join = n
		if err := s.findScattered(file, size, o); err != nil {
			return nil, err
		}
	}
	var err error
	if s.sheet, err = sheet.New(file, size, o); err != nil {
		return nil, mendable(err)
	}
	s.pull, s.stop = iter.Pull2(s.sheet.Rows())
	return s, nil
}

// mendable makes an error about a file one that its sender is told.
func mendable(err error) error {
	if e, ok := errors.AsType[*sheet.Error](err); ok {
		return orderhub.Errorf(orderhub.Invalid, "%s", e.Error())
	}
	return err
}

// findScattered reads the file once to see which records stand in several
// places.
func (s *sheetSource) findScattered(file *os.File, size int64, o sheet.Options) error {
	r, err := sheet.New(file, size, o)
	if err != nil {
		return mendable(err)
	}
	defer r.Close()
	over := newSeen() // records that other rows have followed
	defer over.close()
	last := ""
	for row, err := range r.Rows() {
		if err != nil {
			if e, ok := errors.AsType[*sheet.Error](err); ok && !e.Final {
				last = "" // the row is refused when it is its turn
				continue
			}
			return mendable(err)
		}
		number := strings.TrimSpace(row.Cells[s.join])
		if number == last || number == "" {
			last = number
			continue
		}
		before, err := over.add(key{"", number}, row.Line)
		if err != nil {
			return err
		}
		if before != 0 {
			if len(s.scattered) >= maxScattered {
				return orderhub.Errorf(orderhub.Invalid, "too many records stand in several places of the file, such as the one of line %d, which began in line %d; sort the file by the column %s",
					row.Line, before, s.in.header[s.join])
			}
			s.scattered[number] = nil
		}
		last = number
	}
	return nil
}

func (s *sheetSource) part() float64 { return s.sheet.Progress() }

func (s *sheetSource) Close() error {
	s.stop()
	return s.sheet.Close()
}

func (s *sheetSource) next(ctx context.Context) (*record, error) {
	held := 0
	for {
		first, err := s.row()
		if err == io.EOF && len(s.last) > 0 {
			r := s.last[0]
			s.last = s.last[1:]
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		number := s.number(first)
		r, scattered := s.scattered[number]
		switch {
		case number == "":
			return &record{rows: []*row{first}}, nil
		case !scattered:
			return s.joined(first, number)
		case r == nil:
			r = &record{}
			s.scattered[number] = r
			s.last = append(s.last, r)
		}
		if held++; held%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(r.rows) >= maxJoined {
			first.fault(s.joins, fmt.Sprintf("is that of more than %d rows", maxJoined))
			return &record{rows: []*row{first}}, nil
		}
		r.rows = append(r.rows, first)
	}
}

// joined is the record of a row and of those behind it that have its number.
func (s *sheetSource) joined(first *row, number string) (*record, error) {
	r := &record{rows: []*row{first}}
	for len(r.rows) < maxJoined {
		next, err := s.row()
		if err == io.EOF {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		if s.number(next) != number {
			s.ahead = next
			return r, nil
		}
		r.rows = append(r.rows, next)
	}
	return r, nil
}

// number is by what a row joins others; "" when it joins none.
func (s *sheetSource) number(r *row) string {
	if s.join < 0 || len(r.faults) > 0 || s.join >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[s.join])
}

// row is the next row of the table. One that cannot be read has a fault and no
// cells.
func (s *sheetSource) row() (*row, error) {
	if r := s.ahead; r != nil {
		s.ahead = nil
		return r, nil
	}
	got, err, ok := s.pull()
	if !ok {
		return nil, io.EOF
	}
	if err != nil {
		e, bad := errors.AsType[*sheet.Error](err)
		if !bad || e.Final {
			return nil, mendable(err)
		}
		r := &row{line: e.Line, in: s.in}
		r.faults = append(r.faults, orderhub.ImportFault{Line: e.Line, Column: e.Name, Text: e.Text, Outcome: orderhub.OutcomeInvalid})
		return r, nil
	}
	return &row{line: got.Line, cells: slices.Clone(got.Cells), in: s.in}, nil
}
