package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// copies is how often the rows of one store are copied; the median counts, since
// a copy is short.
const copies = 3

// rawCopy fills a store with orders in bodies of 1,000, copies the rows that
// were written into empty tables with the same columns and indexes and without
// foreign keys, in one transaction of the database's own shell, and gives
// orders a second. It is the limit of the engine for these rows.
func rawCopy(_ string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		n := max(1, p.orders/bulkSize) * bulkSize
		tables, err := h.written(ctx, func() error { return h.fillShop(n) })
		if err != nil {
			return 0, err
		}
		h.shutDown() // it must not work beside the shell
		copied := h.copySQLite
		if h.onPostgres() {
			copied = h.copyPostgres
		}
		var seconds []float64
		for turn := range copies {
			took, err := copied(ctx, tables, fmt.Sprint("copy", turn))
			if err != nil {
				return 0, err
			}
			seconds = append(seconds, took)
		}
		_, middle, _ := spread(seconds)
		return float64(n) / middle, nil
	}
}

// copySQLite copies tables into another file, which it names, and returns the
// seconds of the transaction.
func (h *hub) copySQLite(ctx context.Context, tables []string, to string) (float64, error) {
	db, err := h.openRaw()
	if err != nil {
		return 0, err
	}
	schema, err := schemaOf(ctx, db, tables)
	if err = errors.Join(err, db.Close()); err != nil {
		return 0, err
	}
	const clock = `select printf('clock %.6f', (julianday('now') - 2440587.5) * 86400);`
	script := []string{
		`pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = off;`,
		`pragma cache_size = -32000; pragma temp_store = memory; pragma wal_autocheckpoint = 0;`,
		`attach '` + strings.ReplaceAll(h.file(), `'`, `''`) + `' as filled;`,
		strings.Join(schema, ";\n") + `;`,
		clock, `begin;`,
	}
	for _, t := range tables {
		// The condition keeps SQLite from copying the trees of table and
		// indexes as they are, which no insert of rows could reach.
		script = append(script, fmt.Sprintf(`insert into main.%q select * from filled.%q where true;`, t, t))
	}
	script = append(script, `commit;`, clock)
	return shell(ctx, script, "sqlite3", "-bail", filepath.Join(h.store[1], to+".db"))
}

// copyPostgres copies tables into another schema of the database, which it
// names, and returns the seconds of the transaction.
func (h *hub) copyPostgres(ctx context.Context, tables []string, to string) (float64, error) {
	const clock = `select 'clock ' || extract(epoch from clock_timestamp());`
	script := []string{fmt.Sprintf(`create schema %q;`, to)}
	for _, t := range tables {
		script = append(script, fmt.Sprintf(`create table %q.%q (like %q including all excluding identity);`, to, t, t))
	}
	script = append(script, clock, `begin;`)
	for _, t := range tables {
		script = append(script, fmt.Sprintf(`insert into %q.%q select * from %q;`, to, t, t))
	}
	script = append(script, `commit;`, clock)
	return shell(ctx, script, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", h.store[3])
}

// shell runs a script by the shell of a database and returns the seconds
// between the two times that it prints.
func shell(ctx context.Context, script []string, name string, args ...string) (float64, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(strings.Join(script, "\n") + "\n")
	var failure bytes.Buffer
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", name, err, failure.Bytes())
	}
	var times []float64
	for line := range strings.Lines(string(out)) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "clock "); ok {
			at, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return 0, err
			}
			times = append(times, at)
		}
	}
	if len(times) != 2 || times[1] <= times[0] {
		return 0, fmt.Errorf("%s printed no two times: %s", name, out)
	}
	return times[1] - times[0], nil
}
