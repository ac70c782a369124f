package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// driverAlone imports customers from CSV, writes the rows that this stored into
// a second file by the driver's own interface, with nothing else to do, the
// rows of 256 customers a transaction, and gives customers a second.
func driverAlone(ctx context.Context, p *plan) (float64, error) {
	h, err := p.newStore(ctx, hubOptions{})
	if err != nil {
		return 0, err
	}
	defer h.stop()
	n := forms[0].size(p)
	path, err := forms[0].file(p, n)
	if err != nil {
		return 0, err
	}
	tables, err := h.written(ctx, func() error {
		_, err := h.command(ctx, "import", "customers", path, "--shop", "main", "--json")
		return err
	})
	if err != nil {
		return 0, err
	}
	from, err := h.openRaw()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := openFile(filepath.Join(h.store[1], "driver.db"))
	if err != nil {
		return 0, err
	}
	defer to.Close()
	schema, err := schemaOf(ctx, from, tables)
	if err != nil {
		return 0, err
	}
	for _, statement := range schema {
		if _, err := to.ExecContext(ctx, statement); err != nil {
			return 0, err
		}
	}
	took, err := rewrite(ctx, from, to, tables, (n+255)/256)
	return float64(n) / took.Seconds(), err
}

// rewrite writes all rows of tables to another file in so many transactions,
// each with its share of every table, and returns how long these took. Reading
// is not counted.
func rewrite(ctx context.Context, from, to *sql.DB, tables []string, transactions int) (took time.Duration, err error) {
	conn, err := to.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var all []*copying
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.close())
		}
	}()
	err = conn.Raw(func(raw any) error {
		w := raw.(driver.Conn)
		for _, table := range tables {
			c, err := openCopying(ctx, from, w, table, transactions)
			if err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
			all = append(all, c)
		}
		for range transactions {
			for _, c := range all {
				if err := c.read(); err != nil {
					return err
				}
			}
			begin := time.Now()
			if err := writeTogether(ctx, w, all); err != nil {
				return err
			}
			took += time.Since(begin)
		}
		return nil
	})
	return took, err
}

// writeTogether writes what was read of all tables in one transaction.
func writeTogether(ctx context.Context, w driver.Conn, all []*copying) error {
	tx, err := w.(driver.ConnBeginTx).BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return err
	}
	for _, c := range all {
		for _, row := range c.pending {
			if _, err := c.insert.(driver.StmtExecContext).ExecContext(ctx, row); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
	}
	return tx.Commit()
}

// A copying is a table whose rows are read in the sequence in which they were
// stored, some at a time, to be written elsewhere.
type copying struct {
	rows    *sql.Rows
	columns int
	share   int // rows a transaction
	insert  driver.Stmt
	pending [][]driver.NamedValue
}

func openCopying(ctx context.Context, from *sql.DB, w driver.Conn, table string, transactions int) (*copying, error) {
	names, err := column(ctx, from, `select name from pragma_table_info($1)`, table)
	if err != nil {
		return nil, err
	}
	var n int
	if err := from.QueryRowContext(ctx, fmt.Sprintf(`select count(*) from %q`, table)).Scan(&n); err != nil {
		return nil, err
	}
	c := &copying{columns: len(names), share: (n + transactions - 1) / transactions}
	query := fmt.Sprintf(`select * from %q`, table)
	// Rows of customers that are sorted by another key lie all over it.
	if slices.Contains(names[1:], "customer_id") {
		query += ` order by customer_id`
	}
	if c.rows, err = from.QueryContext(ctx, query); err != nil {
		return nil, err
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", c.columns), ", ")
	c.insert, err = w.Prepare(fmt.Sprintf(`insert into %q values (%s)`, table, marks))
	return c, errors.Join(err)
}

// read reads the rows of the next transaction, none when all were read.
func (c *copying) read() error {
	c.pending = c.pending[:0]
	for len(c.pending) < c.share && c.rows.Next() {
		values, into := make([]any, c.columns), make([]any, c.columns)
		for i := range values {
			into[i] = &values[i]
		}
		if err := c.rows.Scan(into...); err != nil {
			return err
		}
		row := make([]driver.NamedValue, c.columns)
		for i, v := range values {
			row[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
		}
		c.pending = append(c.pending, row)
	}
	return c.rows.Err()
}

func (c *copying) close() error { return errors.Join(c.rows.Close(), c.insert.Close()) }
