package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// An inserter inserts many rows in few statements: on a database across a
// network the number of statements is what costs. Chunks have few sizes, so
// that few different statements are prepared.
type inserter struct {
	table string
	texts
}

var chunkSizes = []int{64, 16, 4, 3, 2, 1}

// Texts are those of one statement for as many rows as chunks have, each made
// when it is first wanted: most tables never see the large ones.
type texts []func() string // in the sequence of chunkSizes

func newTexts(text func(rows int) string) texts {
	all := make(texts, len(chunkSizes))
	for i, n := range chunkSizes {
		all[i] = sync.OnceValue(func() string { return text(n) })
	}
	return all
}

// each calls run for as many rows at a time as there is a statement for. The
// last one is told.
func (s texts) each(rows [][]any, run func(statement string, args []any, rows int, last bool) error) error {
	for len(rows) > 0 {
		size := slices.IndexFunc(chunkSizes, func(n int) bool { return n <= len(rows) })
		n := chunkSizes[size]
		args := rows[0]
		if n > 1 {
			args = slices.Concat(rows[:n]...)
		}
		rows = rows[n:]
		if err := run(s[size](), args, n, len(rows) == 0); err != nil {
			return err
		}
	}
	return nil
}

// newInserter makes an inserter; the clause stands at the end of each of its
// statements.
func newInserter(name, table string, columns []string, clause string) inserter {
	return inserter{table, newTexts(func(rows int) string {
		return insertStatement(name, table, columns, rows) + " " + clause
	})}
}

// insert inserts rows and scans each row that the clause returns. Where it
// returns none, scan is nil. Only the last answer is waited for.
func (i inserter) insert(ctx context.Context, c Conn, rows [][]any, scan func(Rows) error) error {
	if scan == nil {
		return i.send(ctx, c, rows, nil)
	}
	read := func(r Rows) error { return scanAll(r, scan) }
	return i.each(rows, func(statement string, args []any, _ int, last bool) error {
		if !last {
			return i.wrap(c.Send(ctx, read, statement, args...))
		}
		return i.wrap(eachRow(ctx, c, scan, statement, args...))
	})
}

// send inserts rows whose keys nobody waits for. When short is given, the
// transaction fails with it unless the clause returns every one of them.
func (i inserter) send(ctx context.Context, c Conn, rows [][]any, short error) error {
	return i.each(rows, func(statement string, args []any, n int, _ bool) error {
		if short == nil {
			return i.wrap(c.Send(ctx, nil, statement, args...))
		}
		return i.wrap(c.Send(ctx, func(r Rows) error {
			returned := 0
			for r.Next() {
				returned++
			}
			if r.Err() == nil && returned < n {
				return short
			}
			return r.Err()
		}, statement, args...))
	})
}

func (i inserter) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: insert into %s: %w", i.table, err)
}

// eachRow runs a query and scans the rows that it returns.
func eachRow(ctx context.Context, c Conn, scan func(Rows) error, query string, args ...any) error {
	rows, err := c.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, scan)
}

func scanAll(rows Rows, scan func(Rows) error) error {
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// byValue scans rows of a text and an ID into a map.
func byValue[ID ~int64](found map[string]ID) func(Rows) error {
	return func(rows Rows) error {
		var value string
		var id int64
		err := rows.Scan(&value, &id)
		found[value] = ID(id)
		return err
	}
}

// among scans rows of an ID into a set.
func among[ID ~int64](found map[ID]bool) func(Rows) error {
	return func(rows Rows) error {
		var id int64
		err := rows.Scan(&id)
		found[ID(id)] = true
		return err
	}
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

// list spells "$first, $first+1, …" for n arguments of an in-condition. Where
// rows are asked for by many IDs, a condition on shop_id has a plus sign:
// SQLite then looks for the IDs, and not through the whole shop by an index,
// which it does for a list of some length.
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
