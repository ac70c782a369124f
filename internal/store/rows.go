package store

import (
	"context"
	"fmt"
	"strings"
)

// insertRows inserts many rows in few statements: on a database across a
// network the number of statements is what costs. Chunks have few sizes, so
// that few different statements are prepared.
func insertRows(ctx context.Context, c Conn, name, table string, columns []string, rows [][]any) error {
	for len(rows) > 0 {
		n := 1
		for _, size := range []int{64, 16, 4} {
			if len(rows) >= size {
				n = size
				break
			}
		}
		args := make([]any, 0, n*len(columns))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := c.Exec(ctx, insertStatement(name, table, columns, n), args...); err != nil {
			return fmt.Errorf("store: insert into %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}

func insertStatement(name, table string, columns []string, rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "/* %s */ insert into %s (%s) values ", name, table, strings.Join(columns, ", "))
	p := 0
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for i := range columns {
			if i > 0 {
				b.WriteString(", ")
			}
			p++
			fmt.Fprintf(&b, "$%d", p)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// list spells "$first, $first+1, …" for n arguments of an in-condition.
func list(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}

// updateStatement sets every column of the row whose key is $1; the values
// follow from $2 on.
func updateStatement(name, table string, columns []string, key string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "/* %s */ update %s set ", name, table)
	for i, c := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s = $%d", c, i+2)
	}
	fmt.Fprintf(&b, " where %s = $1", key)
	return b.String()
}
