package exporting

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/sheet"
	"orderhub/money"
)

// A table says which columns a file has and what stands in them: rows are made
// of T, block by block.
type table[T any] []block[T]

// A block is some columns that belong together.
type block[T any] struct {
	names []string
	cells func(row []sheet.Cell, of T) []sheet.Cell // appends a cell for each name
}

func (t table[T]) header() []string {
	var names []string
	for _, b := range t {
		names = append(names, b.names...)
	}
	return names
}

func (t table[T]) row(row []sheet.Cell, of T) []sheet.Cell {
	for _, b := range t {
		row = b.cells(row, of)
	}
	return row
}

// A column is one column of fixed name.
type column[T any] struct {
	name string
	cell func(T) sheet.Cell
}

// text is a column of texts.
func text[T any](name string, get func(T) string) column[T] {
	return column[T]{name, func(of T) sheet.Cell { return sheet.Text(get(of)) }}
}

// columns make a block.
func columns[T any](all ...column[T]) block[T] {
	b := block[T]{cells: func(row []sheet.Cell, of T) []sheet.Cell {
		for _, c := range all {
			row = append(row, c.cell(of))
		}
		return row
	}}
	for _, c := range all {
		b.names = append(b.names, c.name)
	}
	return b
}

// of makes a block of one for another kind of row: get finds in a row what the
// cells are of, and where it finds nothing they are empty.
func of[Row, T any](b block[T], get func(Row) (T, bool)) block[Row] {
	return block[Row]{names: b.names, cells: func(row []sheet.Cell, r Row) []sheet.Cell {
		found, ok := get(r)
		if ok {
			return b.cells(row, found)
		}
		for range b.names {
			row = append(row, sheet.Cell{})
		}
		return row
	}}
}

func amountCell(a money.Amount) sheet.Cell { return sheet.Number(a.String()) }

func wholeCell(n int64) sheet.Cell { return sheet.Number(fmt.Sprint(n)) }

func flagCell(yes bool) sheet.Cell {
	if yes {
		return sheet.Text("true")
	}
	return sheet.Text("false")
}

// jsonCell is a value as encoding/json prints it, of those that always print.
func jsonCell(v any) sheet.Cell {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("exporting: %T does not print: %v", v, err))
	}
	return sheet.Text(string(b))
}

// listCell is a list as JSON, of parts that are made ready to be printed, and
// bear no numbers of ours; empty when there is nothing in it.
func listCell[T any](all []T, ready func(*T)) sheet.Cell {
	if len(all) == 0 {
		return sheet.Cell{}
	}
	all = slices.Clone(all)
	for i := range all {
		ready(&all[i])
	}
	return jsonCell(all)
}

// printable leaves a time out that JSON cannot hold. Documents may have been
// dated in the year 12026 by mistake, and that must not end the export.
func printable(t time.Time) time.Time {
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// extrasCell is a JSON object, as orderhub.ParseExtras reads it.
func extrasCell(e orderhub.Extras) sheet.Cell {
	if len(e) == 0 {
		return sheet.Cell{}
	}
	return sheet.Text(string(e.JSON()))
}

// linesCell is texts in lines of one cell; as a JSON array when they would not
// be read from that as they are.
func linesCell(all []string) sheet.Cell {
	for i, s := range all {
		if s == "" || strings.TrimSpace(s) != s || strings.ContainsAny(s, "|\r\n") || i == 0 && s[0] == '[' {
			return jsonCell(all)
		}
	}
	return sheet.Text(strings.Join(all, "\n"))
}

// A clock writes times in a shop's zone.
type clock struct{ zone *time.Location }

// cell is a time as people of the shop read it, where that says exactly when:
// to the second, and not within the hour that a zone has twice. Else it is in
// RFC 3339, with microseconds. The zero time is an empty cell.
func (c clock) cell(t time.Time) sheet.Cell {
	if t.IsZero() {
		return sheet.Cell{}
	}
	local := t.In(c.zone)
	if plain(local) {
		return sheet.Moment(local)
	}
	if _, offset := local.Zone(); offset%60 != 0 || local.Year() < 1 || local.Year() > 9999 {
		local = t.UTC()
	}
	return sheet.Text(local.Format("2006-01-02T15:04:05.999999Z07:00"))
}

// plain says whether the clocks of its zone show a time to the second, and
// showed the same at no other time.
func plain(local time.Time) bool {
	if local.Nanosecond() != 0 || local.Year() < 1 || local.Year() > 9999 {
		return false
	}
	_, offset := local.Zone()
	start, end := local.ZoneBounds()
	for _, other := range []time.Time{start.Add(-1), end} {
		if start.IsZero() && other.Before(local) || end.IsZero() && !other.Before(local) {
			continue
		}
		_, then := other.Zone()
		twin := local.Add(time.Duration(offset-then) * time.Second)
		if _, at := twin.Zone(); at == then && !twin.Equal(local) {
			return false
		}
	}
	return true
}
