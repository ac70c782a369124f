package main

import (
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// printJSON prints a value for programs, laid out so that people can read it.
func printJSON(w io.Writer, value any) error {
	if err := json.MarshalWrite(w, value, json.Deterministic(true), jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// A table is rows of cells, the first row being the heads of the columns.
type table [][]string

func (t table) print(w io.Writer) error {
	aligned := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range t {
		for i, cell := range row {
			if cell == "" {
				row[i] = "-" // an empty cell is hard to see
			}
		}
		if _, err := io.WriteString(aligned, strings.Join(row, "\t")+"\n"); err != nil {
			return err
		}
	}
	return aligned.Flush()
}

// minute prints a time for people, in UTC; "" for never.
func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}
