package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// An inserter inserts many rows in few statements: on a database across a
// network the number of statements is what costs. Chunks have few sizes, so
// that few different statements are prepared.
type inserter struct {
	table      string
	statements map[int]string // by the number of rows
}

var chunkSizes = []int{64, 16, 4, 3, 2, 1}

// newInserter makes an inserter; the clause stands at the end of each of its
// statements.
func newInserter(name, table string, columns []string, clause string) inserter {
	i := inserter{table, make(map[int]string)}
	for _, n := range chunkSizes {
		i.statements[n] = insertStatement(name, table, columns, n) + " " + clause
	}
	return i
}

// insert inserts rows and scans each row that the clause returns. Where it
// returns none, scan is nil.
func (i inserter) insert(ctx context.Context, c Conn, rows [][]any, scan func(Rows) error) error {
	if scan == nil {
		return i.send(ctx, c, rows, nil)
	}
	return i.each(rows, func(statement string, _ int, args []any) error {
		r, err := c.Query(ctx, statement, args...)
		if err != nil {
			return err
		}
		defer r.Close()
		for r.Next() {
			if err := scan(r); err != nil {
				return err
			}
		}
		return r.Err()
	})
}

// send inserts rows whose keys nobody waits for. When short is given, the
// transaction fails with it unless the clause returns every one of them.
func (i inserter) send(ctx context.Context, c Conn, rows [][]any, short error) error {
	return i.each(rows, func(statement string, n int, args []any) error {
		if short == nil {
			return c.Send(ctx, nil, statement, args...)
		}
		return c.Send(ctx, func(r Rows) error {
			returned := 0
			for r.Next() {
				returned++
			}
			if r.Err() == nil && returned < n {
				return short
			}
			return r.Err()
		}, statement, args...)
	})
}

// each calls run for as many rows at a time as there is a statement for.
func (i inserter) each(rows [][]any, run func(statement string, rows int, args []any) error) error {
	for len(rows) > 0 {
		n := chunkSizes[slices.IndexFunc(chunkSizes, func(size int) bool { return size <= len(rows) })]
		args := rows[0]
		if n > 1 {
			args = slices.Concat(rows[:n]...)
		}
		if err := run(i.statements[n], n, args); err != nil {
			return fmt.Errorf("store: insert into %s: %w", i.table, err)
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
