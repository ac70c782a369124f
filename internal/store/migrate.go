package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

//go:embed schema/*.sql
var schema embed.FS

// A step is one numbered change of the schema.
type step struct {
	number int
	name   string
	text   string
	apart  bool // each statement has a transaction of its own, and may be run again
}

// apart is how a schema file begins whose statements take long: one after the
// other is kept, and those that were interrupted are run again.
const apart = "-- One statement a transaction."

// moves are what is done before a step, in as many transactions as it takes.
var moves = map[int]func(ctx context.Context, db *DB, report func(Progress)) error{moveStep: moveOrders}

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
		all = append(all, step{n, name, spell(string(text), words), strings.HasPrefix(string(text), apart)})
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

// references is a rule of a column that only the stores of tests have.
var references = regexp.MustCompile(`{{references (\w+)}}`)

// spell fills in the words that a schema file leaves open.
func spell(text string, words map[string]string) string {
	text = references.ReplaceAllString(text, words["references"])
	for word, spelling := range words {
		text = strings.ReplaceAll(text, "{{"+word+"}}", spelling)
	}
	return text
}

// Migrate brings the schema up to date, one transaction a step but for steps
// that move many rows, and returns the names of the steps it took. It can be
// interrupted at any time, and goes on where it was. Programs that start at the
// same time take turns. A schema that is newer than this program is refused:
// then an older program was started on a store that a newer one has changed.
func (db *DB) Migrate(ctx context.Context) ([]string, error) {
	return db.MigrateReporting(ctx, func(Progress) {})
}

// MigrateReporting is Migrate that reports how far a step has come that moves
// many rows.
func (db *DB) MigrateReporting(ctx context.Context, report func(Progress)) ([]string, error) {
	all, err := steps(schema, db.engine.Words.Schema)
	if err != nil {
		return nil, err
	}
	var taken []string
	for {
		s, ours, err := db.takeNext(ctx, all, report)
		if err != nil {
			return taken, fmt.Errorf("store: migrate: %w", err)
		}
		if s == nil {
			break
		}
		if ours {
			taken = append(taken, s.name)
		}
	}
	if err := db.engine.MigrateJobs(ctx); err != nil {
		return taken, fmt.Errorf("store: migrate the job queue: %w", err)
	}
	return taken, nil
}

// takeNext takes the next step, nil when there is none, and says whether it was
// this program that did.
func (db *DB) takeNext(ctx context.Context, all []step, report func(Progress)) (s *step, ours bool, err error) {
	err = db.engine.Long(ctx, func(c Conn) error {
		tx := db.tx(c)
		if s, err = tx.nextStep(ctx, all); err != nil || s == nil || s.apart || moves[s.number] != nil {
			return err
		}
		return tx.take(ctx, s, statements(s.text))
	})
	if err != nil || s == nil {
		return nil, false, err
	}
	todo := statements(s.text)
	switch move := moves[s.number]; {
	case s.apart:
		err, todo = db.takeApart(ctx, all, s), nil
	case move != nil:
		err = move(ctx, db, report)
	default:
		return s, true, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("step %04d_%s: %w", s.number, s.name, err)
	}
	err = db.ifNext(ctx, all, s, func(tx *Tx) error {
		ours = true
		return tx.take(ctx, s, todo)
	})
	return s, ours, err
}

// takeApart runs the statements of a step, each in its own transaction.
func (db *DB) takeApart(ctx context.Context, all []step, s *step) error {
	for _, statement := range statements(s.text) {
		err := db.ifNext(ctx, all, s, func(tx *Tx) error {
			_, err := tx.Exec(ctx, statement)
			return err
		})
		if err == nil {
			err = db.engine.Shrink(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ifNext runs fn unless another program has taken the step meanwhile.
func (db *DB) ifNext(ctx context.Context, all []step, s *step, fn func(*Tx) error) error {
	return db.engine.Long(ctx, func(c Conn) error {
		tx := db.tx(c)
		next, err := tx.nextStep(ctx, all)
		if err != nil || next == nil || next.number != s.number {
			return err
		}
		return fn(tx)
	})
}

// nextStep is the step that is to be taken, nil when there is none.
func (tx *Tx) nextStep(ctx context.Context, all []step) (*step, error) {
	version, err := tx.schemaVersion(ctx)
	if err != nil || version == len(all) {
		return nil, err
	}
	if version > len(all) {
		return nil, newer(version, len(all))
	}
	return &all[version], nil
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
		_, err := query.Row(ctx, tx, `/* Ready */ select count(*) from schema_steps`, nil, &version)
		if err != nil {
			return err
		}
		if p, moving, err := tx.progress(ctx, version); err != nil || moving {
			return orderhub.Errorf(orderhub.Unavailable, "the orders of the store are being moved to a new form, %d %% are done", p.Percent())
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

// progress reads how far a step has come that moves rows.
func (tx *Tx) progress(ctx context.Context, version int) (p Progress, moving bool, err error) {
	if version != moveStep-1 {
		return p, false, nil
	}
	moving, err = query.Row(ctx, tx, `/* progress */ select step, position, goal from schema_progress`, nil, &p.Step, &p.Position, &p.Goal)
	return p, moving, err
}

// schemaVersion counts the steps taken, after making sure that nobody else
// takes one at the same time.
func (tx *Tx) schemaVersion(ctx context.Context) (int, error) {
	if tx.Words.Lock != "" {
		if _, err := tx.Exec(ctx, tx.Words.Lock); err != nil {
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
	_, err = query.Row(ctx, tx, `/* schemaVersion */ select count(*) from schema_steps`, nil, &version)
	return version, err
}

// take runs statements of a step and notes that it is taken.
func (tx *Tx) take(ctx context.Context, s *step, todo []string) error {
	for _, statement := range todo {
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
		s.number, s.name, form.Micros(tx.Now()))
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
