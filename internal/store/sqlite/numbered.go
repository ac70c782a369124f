package sqlite

import (
	"strconv"
	"strings"
)

// numbered spells the parameters $1, $2, … as SQLite numbers them: as plain
// question marks when each stands once and in sequence, else as ?1, ?2, … With
// a dollar sign they are names to SQLite, numbered by their first use and
// looked up in a list of all, which takes half the time of preparing an insert
// of many rows.
func numbered(query string) string {
	var b strings.Builder
	b.Grow(len(query))
	for n, rest := 1, query; ; n++ {
		text, after, found := strings.Cut(rest, "$")
		b.WriteString(text)
		if !found {
			return b.String()
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		if after[:digits] != strconv.Itoa(n) {
			return strings.ReplaceAll(query, "$", "?")
		}
		b.WriteByte('?')
		rest = after[digits:]
	}
}
