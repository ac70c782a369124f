package orderhub_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The plan of the house, one room a line: its path, the rooms it may import,
// what it may use of the world, and why. A new package begins with a row here.
//
// Rooms are called by their last name, the root by "orderhub". "*" is every
// room but the test rooms, which are those whose name ends in "test"; a test
// file may import these, sample and the nouns of the store from anywhere. Of the
// world, "libs" is any outside library, "http" is net/http, "sql" is database/sql
// and the drivers, "postgres" is the right to say that name. What is left of the
// standard library is open to all.
const plan = `
.                            | values                                       | github.com/go-json-experiment/json/jsontext | the glossary: no door, no database; extras are checked JSON
decimal                      |                                              |                        | exact numbers are arithmetic and nothing else
money                        | decimal                                      |                        | an amount is a decimal with a currency
phone                        |                                              | libs                   | numbering plans change: a library follows them

internal/store/form          | orderhub values                              | libs                   | how records are kept as texts: orders, events, snapshots; it knows no database
internal/store/query         | orderhub form                                | libs                   | what all statements are made of; it knows no table
internal/store/orderdb       | orderhub form query values                   | libs                   | orders and customers in SQL
internal/store/carddb        | orderhub form query                          |                        | cards and points in SQL
internal/store/productdb     | orderhub form query                          |                        | catalogues in SQL
internal/store/importdb      | orderhub form query                          |                        | imports in SQL
internal/store               | orderhub form query nouns values             | libs sql               | transactions, shops, events and the schema; the wall between shops
internal/store/sqlite        | orderhub store                               | libs sql               | opens and tunes SQLite, and holds its words
internal/store/postgres      | orderhub store                               | libs sql postgres      | opens PostgreSQL, and holds its words
internal/store/storetest     | orderhub store orderdb sqlite postgres       | libs sql postgres      | gives a test a fresh database of either make

internal/barcode             |                                              | libs                   | bars are drawn from a text alone
internal/sheet               | values                                       | libs                   | a file's rows are texts; what they mean is the reader's matter
internal/access              | orderhub store                               | libs                   | credential to shop and rights; how one arrives is the door's matter
internal/batch               | orderhub store query orderdb                 |                        | many requests, one transaction; what they change belongs to the nouns
internal/batch/batchtest     | orderhub store batch                         |                        | runs requests of a test in each way in which they come to the store
internal/customers           | orderhub form store orderdb batch phone      | libs                   | rules about customers; below every other service
internal/loyalty             | orderhub form store carddb batch customers   | libs                   | rules about cards and bonus points; below the orders that earn them
internal/ordering            | orderhub store orderdb batch phone money customers search loyalty | libs                   | rules about orders; registers customers on the way, and moves their points
internal/events              | orderhub store                               | libs                   | who reads what happened, and how far each has come
internal/search              | orderhub store orderdb events                | libs                   | finding needs the store and no rules
internal/definitions         | orderhub store events                        | libs                   | names are collected from events, after the act and beside it
internal/shops               | orderhub store access definitions money      |                        | rules about shops and keys; it is given the settings, and knows no dialect
internal/once                | orderhub store batch                         | libs                   | the first answer belongs to the work's own transaction
internal/jobs                | orderhub store                               | libs                   | the queue lives in the store's transactions; it knows kinds, not their meaning
internal/feed                | orderhub values                              | libs                   | a catalogue is read from a stream; nothing is stored or fetched
internal/fetch               | orderhub                                     | libs http              | asks the world outside for files, and never the house itself
internal/catalogue           | orderhub form store productdb batch money feed fetch jobs | libs                   | rules about products, and the feeds that fill them
internal/importing           | services loyalty catalogue feed sheet batch orderhub form store importdb values | libs                   | a door whose request is a file: it reads rows and asks the services
internal/exporting           | services loyalty catalogue sheet importing orderhub values | libs                   | a door whose answer is a file: it asks the services and writes rows
internal/sample              | orderhub values                              |                        | valid orders for tests and the demo, made of the glossary alone

internal/dialect             | orderhub                                     | libs http              | what all dialects share; it decides nothing
internal/dialect/wire        | values                                       | libs                   | odd scalars that two vendors write alike: values, not helpers
internal/dialect/dialecttest | * storetest                                  | libs http              | builds a whole hub to play transcripts against
internal/dialect/aplaut      | services batch access orderhub dialect wire values | libs http              | a dialect asks the services: never the store, never its sisters
internal/dialect/usam        | services access orderhub dialect wire values | libs http              | a dialect asks the services: never the store, never its sisters
internal/dialect/ecdp        | services access orderhub dialect wire values | libs http              | a dialect asks the services: never the store, never its sisters
internal/dialect/virtpos     | services loyalty barcode access orderhub dialect wire values | libs http              | a dialect asks the services: never the store, never its sisters

internal/server              | access orderhub store                        | libs http              | mounts doors, whatever they are; it has no rules of its own
internal/doors               | orderhub dialects services loyalty access server | libs                   | the one list of the dialects and of the settings, for the program and for tests
cmd/orderhub                 | *                                            | libs http sql postgres | the one place that knows everything
bench                        | * storetest                                  | libs http sql postgres | load tests and benchmarks, not shipped
scripts/tally                |                                              |                        | prints and counts what go test says, for make test
scripts/sizes                |                                              |                        | lists the largest files and functions, for make sizes
`

// groups are the names that stand for several rooms of the plan.
var groups = strings.NewReplacer(
	"values", "decimal money phone",
	"services", "customers ordering search once definitions",
	"dialects", "aplaut usam ecdp virtpos",
	"nouns", "orderdb carddb productdb importdb",
)

// nameless are the names that say nothing about what a package gives.
var nameless = strings.Fields("base common helper helpers misc model models shared type types util utils")

// drivers are the libraries by which one could pass the store by.
var drivers = strings.Fields("database/sql github.com/jackc/pgx modernc.org/sqlite github.com/mattn/go-sqlite3 github.com/lib/pq github.com/riverqueue/river/riverdriver")

func TestHouseFollowsThePlan(t *testing.T) {
	for _, problem := range inspect(".", plan) {
		t.Error(problem)
	}
}

// A room is one package of the plan.
type room struct {
	path  string
	ours  []string // the last names of the rooms it may import
	world []string // what it may use of the world
	why   string
}

func (r room) name() string {
	if r.path == "." {
		return "orderhub"
	}
	return path.Base(r.path)
}

// A house is a tree of source held against its plan.
type house struct {
	rooms    map[string]room // by path
	problems []string
}

// inspect reads every Go file under root and says where the plan is broken.
func inspect(root, plan string) []string {
	h := &house{rooms: map[string]room{}}
	h.readPlan(plan)
	packages := map[string][]*ast.File{} // by path, tests among them
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(files, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			h.problem("%v", err)
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(name))
		packages[filepath.ToSlash(dir)] = append(packages[filepath.ToSlash(dir)], f)
		return err
	})
	if err != nil {
		h.problem("%v", err)
	}
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		h.inspectPackage(files, dir, packages[dir])
	}
	return h.problems
}

// readPlan fills the rooms. A row may name only rooms of the plan, and a
// room has a telling name of its own.
func (h *house) readPlan(plan string) {
	known := []string{"*"}
	for line := range strings.Lines(plan) {
		cell := strings.Split(line, "|")
		if len(cell) != 4 {
			continue // a blank line between floors
		}
		r := room{
			path:  strings.TrimSpace(cell[0]),
			ours:  strings.Fields(groups.Replace(cell[1])),
			world: strings.Fields(cell[2]),
			why:   strings.TrimSpace(cell[3]),
		}
		if slices.Contains(nameless, r.name()) {
			h.problem("%s: %q says nothing: name the package for what it gives", r.path, r.name())
		}
		if r.path != "cmd/orderhub" && slices.Contains(known, r.name()) {
			h.problem("%s: two rooms are called %s, and the plan cannot tell them apart", r.path, r.name())
		}
		h.rooms[r.path] = r
		known = append(known, r.name())
	}
	for _, r := range h.rooms {
		for _, name := range r.ours {
			if !slices.Contains(known, name) {
				h.problem("the plan lets %s import %q, which is no room of the plan", r.path, name)
			}
		}
	}
}

func (h *house) inspectPackage(files *token.FileSet, dir string, parsed []*ast.File) {
	r, ok := h.rooms[dir]
	if !ok {
		h.problem("%s is not in the plan: give it a row in house_test.go", dir)
		return
	}
	shipped, commented := false, false
	for _, f := range parsed {
		test := strings.HasSuffix(files.Position(f.Package).Filename, "_test.go")
		shipped = shipped || !test
		commented = commented || !test && f.Doc != nil
		for _, spec := range f.Imports {
			imported := strings.Trim(spec.Path.Value, "`\"")
			if !r.mayImport(h.rooms, imported, test) {
				h.problem("%s: %s may not import %s, because: %s", files.Position(spec.Pos()), dir, imported, r.why)
			}
		}
		if !test && !slices.Contains(r.world, "postgres") {
			h.findPostgres(files, dir, f)
		}
	}
	if shipped && !commented {
		h.problem("%s has no package comment", dir)
	}
}

// mayImport reports whether the plan lets a file of r import the package.
// Tests may talk to the world as they like and use the rooms inside their own,
// but reach the database only through the store.
func (r room) mayImport(rooms map[string]room, imported string, test bool) bool {
	if below, ours := strings.CutPrefix(imported, "orderhub"); ours && (below == "" || below[0] == '/') {
		to := rooms[cmp.Or(strings.TrimPrefix(below, "/"), ".")]
		support := strings.HasSuffix(to.name(), "test") || test && path.Dir(to.path) == r.path
		return to.path != "" && (to.path == r.path || slices.Contains(r.ours, to.name()) ||
			slices.Contains(r.ours, "*") && !support || test && (support || to.name() == "sample" || path.Dir(to.path) == "internal/store" && strings.HasSuffix(to.name(), "db")))
	}
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case slices.ContainsFunc(drivers, func(driver string) bool { return strings.HasPrefix(imported, driver) }):
		return slices.Contains(r.world, "sql")
	case test || slices.Contains(r.world, imported):
		return true
	case imported == "net/http" || strings.HasPrefix(imported, "net/http/"):
		return slices.Contains(r.world, "http")
	case strings.Contains(first, "."):
		return slices.Contains(r.world, "libs")
	}
	return true
}

// findPostgres looks for the name of a database in identifiers and texts:
// code that asks which database it talks to is a second copy of the store.
func (h *house) findPostgres(files *token.FileSet, dir string, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		said := ""
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Ident:
			said = n.Name
		case *ast.BasicLit:
			said = n.Value
		}
		if strings.Contains(strings.ToLower(said), "postgres") {
			h.problem("%s: %s says %s, but only the engine below the store may tell databases apart", files.Position(n.Pos()), dir, said)
		}
		return true
	})
}

func (h *house) problem(format string, args ...any) {
	h.problems = append(h.problems, fmt.Sprintf(format, args...))
}

// TestPlanIsGuarded breaks the plan in every way it forbids: the guard is
// worth nothing unless it barks.
func TestPlanIsGuarded(t *testing.T) {
	tests := []struct {
		name, file, source string
		want               string // part of the only problem; "" for none
	}{
		{"good", "money/money.go", "// Package money is.\npackage money\n\nimport _ \"orderhub/decimal\"", ""},
		{"testdata is no package", "money/testdata/odd.go", "package odd", ""},
		{"no row", "internal/basket/basket.go", "// Package basket is.\npackage basket", "internal/basket is not in the plan"},
		{"no comment", "money/money.go", "package money", "money has no package comment"},
		{"broken source", "money/money.go", "package", "expected 'IDENT'"},
		{"value imports a service", "money/money.go", "// Package money is.\npackage money\n\nimport _ \"orderhub/internal/ordering\"", "an amount is a decimal with a currency"},
		{"service imports a door", "internal/ordering/put.go", "// Package ordering is.\npackage ordering\n\nimport _ \"orderhub/internal/dialect/usam\"", "may not import orderhub/internal/dialect/usam"},
		{"sister", "internal/dialect/usam/usam.go", "// Package usam is.\npackage usam\n\nimport _ \"orderhub/internal/dialect/ecdp\"", "never its sisters"},
		{"unknown room of ours", "cmd/orderhub/main.go", "// Orderhub is.\npackage main\n\nimport _ \"orderhub/internal/basket\"", "may not import orderhub/internal/basket"},
		{"HTTP below the doors", "internal/ordering/put.go", "// Package ordering is.\npackage ordering\n\nimport _ \"net/http\"", "may not import net/http"},
		{"HTTP in a test", "internal/ordering/put_test.go", "package ordering\n\nimport _ \"net/http/httptest\"", ""},
		{"SQL above the store", "internal/ordering/put.go", "// Package ordering is.\npackage ordering\n\nimport _ \"database/sql\"", "may not import database/sql"},
		{"SQL above the store in a test", "internal/ordering/put_test.go", "package ordering\n\nimport _ \"github.com/jackc/pgx/v5\"", "may not import github.com/jackc/pgx/v5"},
		{"library in a value", "money/money.go", "// Package money is.\npackage money\n\nimport _ \"golang.org/x/text\"", "may not import golang.org/x/text"},
		{"library in the glossary", "doc.go", "// Package orderhub is.\npackage orderhub\n\nimport _ \"github.com/go-json-experiment/json\"", "may not import github.com/go-json-experiment/json"},
		{"test room in a test", "internal/ordering/put_test.go", "package ordering_test\n\nimport _ \"orderhub/internal/store/storetest\"\nimport _ \"orderhub/internal/ordering\"", ""},
		{"test room in the product", "cmd/orderhub/main.go", "// Orderhub is.\npackage main\n\nimport _ \"orderhub/internal/store/storetest\"", "may not import orderhub/internal/store/storetest"},
		{"database by identifier", "internal/store/order.go", "// Package store is.\npackage store\n\nvar onPostgres bool", "says onPostgres"},
		{"database by text", "internal/server/server.go", "// Package server speaks to PostgreSQL.\npackage server\n\nconst engine = \"PostgreSQL\"", "says \"PostgreSQL\""},
		{"database in a test", "internal/server/server_test.go", "package server\n\nconst engine = \"postgres\"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), filepath.FromSlash(tt.file))
			root := strings.TrimSuffix(file, filepath.FromSlash(tt.file))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(tt.source+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			got := inspect(filepath.Clean(root), plan)
			if tt.want == "" && len(got) > 0 {
				t.Errorf("inspect found %q, want nothing", got)
			}
			if tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
				t.Errorf("inspect found %q, want only %q", got, tt.want)
			}
		})
	}
}

// TestPlanIsSound breaks the plan itself.
func TestPlanIsSound(t *testing.T) {
	for plan, want := range map[string]string{
		"money | basket | | why":                      `which is no room of the plan`,
		"internal/util | | | why":                     `says nothing`,
		"money | | | why\ninternal/money | | | again": `two rooms are called money`,
	} {
		if got := inspect(t.TempDir(), plan); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("inspect with the plan %q found %q, want only %q", plan, got, want)
		}
	}
}
