package query

import (
	"fmt"
	"strings"
	"sync"
)

// inArrays is how many rows one statement of arrays holds at most.
const inArrays = 2_000

// eachArrays turns rows into one array a column and calls run for at most
// inArrays rows at a time; text makes the statement from any of the rows.
func eachArrays(text func(row []any) string, rows [][]any, run func(statement string, args []any, last bool) error) error {
	for len(rows) > 0 {
		n := min(len(rows), inArrays)
		args := make([]any, len(rows[0]))
		for c := range args {
			args[c] = column(rows[:n], c)
		}
		statement := text(rows[0])
		rows = rows[n:]
		if err := run(statement, args, len(rows) == 0); err != nil {
			return err
		}
	}
	return nil
}

// onceFor makes a text from the first row that comes.
func onceFor(text func(row []any) string) func(row []any) string {
	var once sync.Once
	var made string
	return func(row []any) string {
		once.Do(func() { made = text(row) })
		return made
	}
}

// unnest spells the rows of arrays. The types of the columns are those of the
// values; the database fits numbers to the width of their columns.
func unnest(row []any) string {
	places := make([]string, len(row))
	for i, v := range row {
		kind := "bigint"
		switch v.(type) {
		case string:
			kind = "text"
		case bool:
			kind = "boolean"
		case []byte:
			kind = "bytea"
		}
		places[i] = fmt.Sprintf("cast($%d as %s[])", i+1, kind)
	}
	return "unnest(" + strings.Join(places, ", ") + ")"
}

// column collects the values number c of rows. Only references may be null.
func column(rows [][]any, c int) any {
	switch rows[0][c].(type) {
	case string:
		return values[string](rows, c)
	case bool:
		return values[bool](rows, c)
	case []byte:
		return values[[]byte](rows, c)
	}
	all := make([]*int64, len(rows))
	numbers, null := make([]int64, len(rows)), false
	for i, row := range rows {
		switch v := row[c].(type) {
		case int64:
			numbers[i] = v
		case int:
			numbers[i] = int64(v)
		case nil:
			null = true
			continue
		default:
			panic(fmt.Sprintf("store: a %T has no column of an array", v))
		}
		all[i] = &numbers[i]
	}
	if null {
		return all
	}
	return numbers
}

func values[V any](rows [][]any, c int) []V {
	all := make([]V, len(rows))
	for i, row := range rows {
		all[i] = row[c].(V)
	}
	return all
}
