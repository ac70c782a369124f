package query

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// An Inserter inserts many rows in few statements. A database across a network
// takes each column of all rows as one array (Words.Arrays), so it sees one
// statement for any number of rows; SQLite, for which a statement costs
// little, takes lists of a few fixed lengths, so that few are prepared.
type Inserter struct {
	table  string
	lists  texts
	arrays func(row []any) string
}

// NewInserter makes an inserter; the clause stands at the end of each of its
// statements.
func NewInserter(name, table string, columns []string, clause string) Inserter {
	head := insertHead(name, table, columns)
	return Inserter{
		table:  table,
		lists:  newTexts(func(rows int) string { return head + valuesList(len(columns), rows) + " " + clause }),
		arrays: onceFor(func(row []any) string { return head + "select * from " + unnest(row) + " " + clause }),
	}
}

// Insert inserts rows and scans each row that the clause returns. Where it
// returns none, scan is nil and no answer is waited for.
func (i Inserter) Insert(ctx context.Context, tx Runner, rows [][]any, scan func(Rows) error) error {
	if scan == nil {
		return i.Send(ctx, tx, rows)
	}
	read := func(r Rows) error { return scanAll(r, scan) }
	return i.each(tx, rows, func(statement string, args []any, last bool) error {
		if !last {
			return i.wrap(tx.Send(ctx, read, statement, args...))
		}
		return i.wrap(EachRow(ctx, tx, scan, statement, args...))
	})
}

// Send inserts rows whose keys are known.
func (i Inserter) Send(ctx context.Context, tx Runner, rows [][]any) error {
	return i.each(tx, rows, func(statement string, args []any, _ bool) error {
		return i.wrap(tx.Send(ctx, nil, statement, args...))
	})
}

func (i Inserter) each(tx Runner, rows [][]any, run func(statement string, args []any, last bool) error) error {
	if tx.spelling().Arrays {
		return eachArrays(i.arrays, rows, run)
	}
	return i.lists.each(rows, run)
}

func (i Inserter) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: insert into %s: %w", i.table, err)
}

// An Updater changes many rows in few statements, in the forms of an inserter.
// No one waits for their answers. They change rows of the transaction's shop
// only.
type Updater struct {
	table  string
	lists  texts
	arrays func(row []any) string
}

// NewUpdater makes an updater of a table whose key is the first column. Types
// are those of the columns: a list of plain values has none of its own.
func NewUpdater(name, table string, columns, types []string) Updater {
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
	return Updater{
		table: table,
		lists: newTexts(func(rows int) string { return head + "(" + castList(types, rows) + ") v" + where(rows*len(types)) }),
		arrays: onceFor(func(row []any) string {
			return head + unnest(row) + " v (" + strings.Join(names, ", ") + ")" + where(len(row))
		}),
	}
}

// Update changes rows, each of which begins with its key.
func (u Updater) Update(ctx context.Context, tx *ShopTx, rows [][]any) error {
	run := func(statement string, args []any, _ bool) error {
		args = append(args[:len(args):len(args)], int64(tx.ShopID))
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

// texts are those of one statement for as many rows as lists have, each made
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

// ColumnTypes are the types in which a key and the values behind it travel;
// the database fits numbers to the width of their columns.
func ColumnTypes(values []any) []string {
	types := []string{"bigint"}
	for _, v := range values {
		switch v.(type) {
		case string:
			types = append(types, "text")
		case bool:
			types = append(types, "boolean")
		default:
			types = append(types, "bigint")
		}
	}
	return types
}
