package sqlite

import "testing"

func TestParametersAreNumbered(t *testing.T) {
	for query, want := range map[string]string{
		"select 1": "select 1",
		"insert into a values ($1, $2), ($3, $4)":                        "insert into a values (?, ?), (?, ?)",
		"select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from a":     "select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? from a",
		"select a from b where c = $1 and (d = $2 or e = $2) and f = $3": "select a from b where c = ?1 and (d = ?2 or e = ?2) and f = ?3",
		"select a from b where c = $2 and d = $1":                        "select a from b where c = ?2 and d = ?1",
	} {
		if got := numbered(query); got != want {
			t.Errorf("numbered(%q) = %q, want %q", query, got, want)
		}
	}
}
