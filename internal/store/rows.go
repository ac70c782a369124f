package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// An inserter inserts many rows in few statements. A database across a network
// takes each column of all rows as one array (Words.Arrays), so it sees one
// statement for any number of rows; SQLite, for which a statement costs
// little, takes lists of a few fixed lengths, so that few are prepared.
type inserter struct {
	table  string
	lists  texts
	arrays func(row []any) string
}

// newInserter makes an inserter; the clause stands at the end of each of its
// statements.
func newInserter(name, table string, columns []string, clause string) inserter {
	head := insertHead(name, table, columns)
	return inserter{
		table:  table,
		lists:  newTexts(func(rows int) string { return head + valuesList(len(columns), rows) + " " + clause }),
		arrays: onceFor(func(row []any) string { return head + "select * from " + unnest(row) + " " + clause }),
	}
}

// insert inserts rows and scans each row that the clause returns. Where it
// returns none, scan is nil and no answer is waited for.
func (i inserter) insert(ctx context.Context, tx runner, rows [][]any, scan func(Rows) error) error {
	if scan == nil {
		return i.send(ctx, tx, rows)
	}
	read := func(r Rows) error { return scanAll(r, scan) }
	return i.each(tx, rows, func(statement string, args []any, last bool) error {
		if !last {
			return i.wrap(tx.Send(ctx, read, statement, args...))
		}
		return i.wrap(eachRow(ctx, tx, scan, statement, args...))
	})
}

// send inserts rows whose keys are known.
func (i inserter) send(ctx context.Context, tx runner, rows [][]any) error {
	return i.each(tx, rows, func(statement string, args []any, _ bool) error {
		return i.wrap(tx.Send(ctx, nil, statement, args...))
	})
}

func (i inserter) each(tx runner, rows [][]any, run func(statement string, args []any, last bool) error) error {
	if tx.spelling().Arrays {
		return eachArrays(i.arrays, rows, run)
	}
	return i.lists.each(rows, run)
}

func (i inserter) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: insert into %s: %w", i.table, err)
}

// An updater changes many rows in few statements, in the forms of an inserter.
// No one waits for their answers. They change rows of the transaction's shop
// only.
type updater struct {
	table  string
	lists  texts
	arrays func(row []any) string
}

// newUpdater makes an updater of a table whose key is the first column. Types
// are those of the columns: a list of plain values has none of its own.
func newUpdater(name, table string, columns, types []string) updater {
	set, names := make([]string, len(columns)-1), make([]string, len(columns))
	for i := range columns {
		names[i] = "column" + strconv.Itoa(i+1)
		if i > 0 {
			set[i-1] = columns[i] + " = v." + names[i]
		}
	}
	head := fmt.Sprintf("/* %s */ update %s set %s from ", name, table, strings.Join(set, ", "))
	where := func(args int) string {
		return fmt.Sprintf(" where %s.%s = v.column1 and +%s.shop_id = $%d", table, columns[0], table, args+1)
	}
	return updater{
		table: table,
		lists: newTexts(func(rows int) string { return head + "(" + castList(types, rows) + ") v" + where(rows*len(types)) }),
		arrays: onceFor(func(row []any) string {
			return head + unnest(row) + " v (" + strings.Join(names, ", ") + ")" + where(len(row))
		}),
	}
}

// update changes rows, each of which begins with its key.
func (u updater) update(ctx context.Context, tx *ShopTx, rows [][]any) error {
	run := func(statement string, args []any, _ bool) error {
		args = append(args[:len(args):len(args)], int64(tx.shop))
		if err := tx.Send(ctx, nil, statement, args...); err != nil {
			return fmt.Errorf("store: update %s: %w", u.table, err)
		}
		return nil
	}
	if tx.spelling().Arrays {
		return eachArrays(u.arrays, rows, run)
	}
	return u.lists.each(rows, run)
}

// listSizes are how many rows a list holds.
var listSizes = []int{64, 16, 4, 3, 2, 1}

// Texts are those of one statement for as many rows as lists have, each made
// when it is first wanted: most tables never see the large ones.
type texts []func() string // in the sequence of listSizes

func newTexts(text func(rows int) string) texts {
	all := make(texts, len(listSizes))
	for i, n := range listSizes {
		all[i] = sync.OnceValue(func() string { return text(n) })
	}
	return all
}

// each calls run for as many rows at a time as there is a statement for, and
// says which call is the last.
func (s texts) each(rows [][]any, run func(statement string, args []any, last bool) error) error {
	for len(rows) > 0 {
		size := slices.IndexFunc(listSizes, func(n int) bool { return n <= len(rows) })
		n := listSizes[size]
		args := rows[0]
		if n > 1 {
			args = slices.Concat(rows[:n]...)
		}
		rows = rows[n:]
		if err := run(s[size](), args, len(rows) == 0); err != nil {
			return err
		}
	}
	return nil
}

func insertHead(name, table string, columns []string) string {
	return fmt.Sprintf("/* %s */ insert into %s (%s) ", name, table, strings.Join(columns, ", "))
}

// valuesList spells "values ($1, $2), ($3, $4), …".
func valuesList(columns, rows int) string {
	var b strings.Builder
	b.WriteString("values ")
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + list(1+r*columns, columns) + ")")
	}
	return b.String()
}

// castList is valuesList with the type of each value.
func castList(types []string, rows int) string {
	var b strings.Builder
	b.WriteString("values ")
	p := 0
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for i := range types {
			if i > 0 {
				b.WriteString(", ")
			}
			p++
			fmt.Fprintf(&b, "cast($%d as %s)", p, types[i])
		}
		b.WriteByte(')')
	}
	return b.String()
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
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}
