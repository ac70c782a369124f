package exporting

import (
	"errors"
	"io"

	"orderhub"
	"orderhub/internal/catalogue"
	"orderhub/internal/customers"
	"orderhub/internal/definitions"
	"orderhub/internal/loyalty"
	"orderhub/internal/ordering"
	"orderhub/internal/sheet"
)

// A Service writes exports. What it is asked for says what it needs; names of
// attributes come from Definitions.
type Service struct {
	Customers   *customers.Service
	Orders      *ordering.Service
	Loyalty     *loyalty.Service
	Products    *catalogue.Service
	Definitions *definitions.Keeper
}

// A Format is a kind of file.
type Format string

const (
	CSV  Format = "csv"
	XLSX Format = "xlsx" // at most 1,048,576 rows, and 32,767 characters in a cell
)

// Options say what the file is like. The zero value is CSV in UTF-8 with
// commas and without a byte order mark.
type Options struct {
	Format    Format // "" is CSV
	Separator byte   // of CSV: one of , ; | and tab; 0 is a comma
	Mark      bool   // CSV begins with a byte order mark, by which Excel knows UTF-8
	Count     bool   // count first what there is to write, for Progress; a million take about a second
}

// A Progress is told after each page how many records have been written, and
// how many there are to write: 0 when they were not counted. It may be nil.
type Progress func(done, total int)

// page is how many records are read at once.
const page = 500

// begin opens a file of rows. The name is that of its worksheet.
func (o Options) begin(w io.Writer, name string) (*sheet.Writer, error) {
	switch o.Format {
	case XLSX:
		return sheet.NewXLSX(w, name), nil
	case CSV, "":
	default:
		return nil, orderhub.Wrong("format", "must be csv or xlsx")
	}
	switch o.Separator {
	case 0, ',', ';', '|', '\t':
		return sheet.NewCSV(w, sheet.CSVOptions{Mark: o.Mark, Separator: o.Separator}), nil
	}
	return nil, orderhub.Wrong("separator", "must be a comma, a semicolon, a bar or a tab")
}

// An output is a file that is being written, of rows that are made of T.
type output[T any] struct {
	to       *sheet.Writer
	table    table[T]
	cells    []sheet.Cell // of the row, used again
	done     int
	total    int
	progress Progress
}

// newOutput begins a file with its header.
func newOutput[T any](w io.Writer, o Options, name string, t table[T], progress Progress) (*output[T], error) {
	to, err := o.begin(w, name)
	if err != nil {
		return nil, err
	}
	return &output[T]{to: to, table: t, progress: progress}, told(to.Header(t.header()...))
}

// write adds a row.
func (out *output[T]) write(of T) error {
	out.cells = out.table.row(out.cells[:0], of)
	return told(out.to.Write(out.cells...))
}

// wrote tells that so many records more have been written.
func (out *output[T]) wrote(records int) {
	if out.done += records; out.progress != nil {
		out.progress(out.done, out.total)
	}
}

func (out *output[T]) close() error { return told(out.to.Close()) }

// told makes what a kind of file cannot hold an error that its reader is told.
func told(err error) error {
	if e, ok := errors.AsType[*sheet.Error](err); ok {
		return orderhub.Errorf(orderhub.TooLarge, "%v", e)
	}
	return err
}
