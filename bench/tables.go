package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// asynchronous are tables that are not filled by the acknowledged write:
// those of the consumers of events and of the job queue, by the beginning of
// their names.
var asynchronous = []string{"order_search", "order_products", "definitions", "readers", "consumers", "river_"}

// rowCounts are how many rows each table of a store has.
type rowCounts map[string]int

// file is where a hub on SQLite keeps its store.
func (h *hub) file() string { return filepath.Join(h.store[1], "orderhub.db") }

// openRaw opens the database of a hub without the store.
func (h *hub) openRaw() (*sql.DB, error) {
	if h.onPostgres() {
		return sql.Open("pgx", h.store[3])
	}
	return openFile(h.file())
}

// onPostgres says whether the hub's store is a PostgreSQL database.
func (h *hub) onPostgres() bool { return len(h.store) > 2 }

// openFile opens a SQLite file with the settings of the hub, but without
// foreign keys.
func openFile(file string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?"+url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(0)",
		"cache_size(-32000)", "temp_store(memory)", "wal_autocheckpoint(8192)",
	}}.Encode())
}

// count counts the rows of all ordinary tables.
func (h *hub) count(ctx context.Context) (rowCounts, error) {
	db, err := h.openRaw()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	query := `select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite\_%' escape '\'`
	if h.onPostgres() {
		query = `select tablename from pg_tables where schemaname = current_schema()`
	}
	names, err := column(ctx, db, query)
	if err != nil {
		return nil, err
	}
	counts := make(rowCounts)
	for _, name := range names {
		var n int
		if err := db.QueryRowContext(ctx, fmt.Sprintf(`select count(*) from %q`, name)).Scan(&n); err != nil {
			return nil, fmt.Errorf("count %s: %w", name, err)
		}
		counts[name] = n
	}
	return counts, nil
}

// column reads a column of text.
func column(ctx context.Context, db *sql.DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// filledSince are the tables that have more rows than before, sorted by name,
// without those that are filled asynchronously.
func (now rowCounts) filledSince(before rowCounts) []string {
	var names []string
	for name, n := range now {
		later := slices.ContainsFunc(asynchronous, func(begin string) bool { return strings.HasPrefix(name, begin) })
		if n > before[name] && !later {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// written runs work on a hub that has a fresh store and returns the tables that
// its writes filled.
func (h *hub) written(ctx context.Context, work func() error) ([]string, error) {
	before, err := h.count(ctx)
	if err != nil {
		return nil, err
	}
	if err := work(); err != nil {
		return nil, err
	}
	after, err := h.count(ctx)
	if err != nil {
		return nil, err
	}
	tables := after.filledSince(before)
	if len(tables) == 0 {
		return nil, fmt.Errorf("nothing was written to %s", h.store)
	}
	return tables, nil
}

// schemaOf are the statements that make tables of a SQLite file and their
// indexes anew, tables first.
func schemaOf(ctx context.Context, db *sql.DB, tables []string) ([]string, error) {
	var all []string
	for _, table := range tables {
		made, err := column(ctx, db, `select sql from sqlite_master where tbl_name = $1 and type in ('table', 'index') and sql is not null
			order by type = 'index'`, table)
		if err != nil {
			return nil, err
		}
		all = append(all, made...)
	}
	return all, nil
}
