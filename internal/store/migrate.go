package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"orderhub"
)

//go:embed schema/*.sql
var schema embed.FS

// A step is one numbered change of the schema.
type step struct {
	number int
	name   string
	text   string
}

// steps reads the schema files in the order of their numbers, which must be
// 1, 2, 3, … without a gap, so that two changes that took the same number on
// two branches are noticed.
func steps(schema fs.FS, words map[string]string) ([]step, error) {
	files, err := fs.ReadDir(schema, "schema")
	if err != nil {
		return nil, err
	}
	var all []step
	for _, f := range files {
		text, err := fs.ReadFile(schema, path.Join("schema", f.Name()))
		if err != nil {
			return nil, err
		}
		digits, name, _ := strings.Cut(strings.TrimSuffix(f.Name(), ".sql"), "_")
		n, err := strconv.Atoi(digits)
		if err != nil {
			return nil, fmt.Errorf("store: schema file %s has no number", f.Name())
		}
		all = append(all, step{n, name, spell(string(text), words)})
	}
	slices.SortFunc(all, func(a, b step) int { return a.number - b.number })
	for i, s := range all {
		if s.number != i+1 {
			return nil, fmt.Errorf("store: schema file %04d_%s.sql is number %d of the list", s.number, s.name, i+1)
		}
	}
	return all, nil
}

// schemaNumber is the number of the last step that this program knows.
var schemaNumber = sync.OnceValue(func() int {
	files, err := schema.ReadDir("schema")
	if err != nil {
		panic(err) // they are part of the program
	}
	return len(files)
})

// spell fills in the words that a schema file leaves open.
func spell(text string, words map[string]string) string {
	for word, spelling := range words {
		text = strings.ReplaceAll(text, "{{"+word+"}}", spelling)
	}
	return text
}

// Migrate brings the schema up to date, one transaction a step, and returns
// the names of the steps it took. Programs that start at the same time take
// turns. A schema that is newer than this program is refused: then an older
// program was started on a store that a newer one has changed.
func (db *DB) Migrate(ctx context.Context) ([]string, error) {
	all, err := steps(schema, db.engine.Words.Schema)
	if err != nil {
		return nil, err
	}
	var taken []string
	for {
		var done string
		err := db.Update(ctx, func(tx *Tx) error {
			done = ""
			version, err := tx.schemaVersion(ctx)
			if err != nil || version == len(all) {
				return err
			}
			if version > len(all) {
				return newer(version, len(all))
			}
			done = all[version].name
			return tx.take(ctx, all[version])
		})
		if err != nil {
			return taken, fmt.Errorf("store: migrate: %w", err)
		}
		if done == "" {
			break
		}
		taken = append(taken, done)
	}
	if err := db.engine.MigrateJobs(ctx); err != nil {
		return taken, fmt.Errorf("store: migrate the job queue: %w", err)
	}
	return taken, nil
}

func newer(version, known int) error {
	return orderhub.Errorf(orderhub.Conflict,
		"the store has schema %d, this program knows %d; start the newer program", version, known)
}

// Ready reports whether the store answers and its schema is the one that this
// program was built for.
func (db *DB) Ready(ctx context.Context) error {
	all, err := steps(schema, db.engine.Words.Schema)
	if err != nil {
		return err
	}
	return db.View(ctx, func(tx *Tx) error {
		var version int
		_, err := queryRow(ctx, tx, `/* Ready */ select count(*) from schema_steps`, nil, &version)
		if err != nil {
			return err
		}
		if version < len(all) {
			return orderhub.Errorf(orderhub.Unavailable, "the store has schema %d, this program needs %d; run orderhub migrate", version, len(all))
		}
		if version > len(all) {
			return newer(version, len(all))
		}
		return nil
	})
}

// schemaVersion counts the steps taken, after making sure that nobody else
// takes one at the same time.
func (tx *Tx) schemaVersion(ctx context.Context) (int, error) {
	if tx.words.Lock != "" {
		if _, err := tx.Exec(ctx, tx.words.Lock); err != nil {
			return 0, err
		}
	}
	_, err := tx.Exec(ctx, `create table if not exists schema_steps (
		number   integer not null primary key,
		name     text    not null,
		taken_at bigint  not null
	)`)
	if err != nil {
		return 0, err
	}
	var version int
	_, err = queryRow(ctx, tx, `/* schemaVersion */ select count(*) from schema_steps`, nil, &version)
	return version, err
}

func (tx *Tx) take(ctx context.Context, s step) error {
	for _, statement := range statements(s.text) {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return fmt.Errorf("step %04d_%s: %w", s.number, s.name, err)
		}
	}
	if s.number >= clockStep {
		// From here on writers of the former schema are refused; see Clock.
		if _, err := tx.Exec(ctx, `/* take */ update shop_clocks set schema_number = $1`, s.number); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `/* take */
		insert into schema_steps (number, name, taken_at) values ($1, $2, $3)`,
		s.number, s.name, micros(tx.now))
	return err
}

// statements splits a schema file, comments left out. In our files two dashes
// always begin a comment and a semicolon always ends a statement.
func statements(text string) []string {
	var code strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "--")
		code.WriteString(strings.TrimRight(line, " \t\n") + "\n")
	}
	var all []string
	for s := range strings.SplitSeq(code.String(), ";") {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}
