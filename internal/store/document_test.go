package store_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var rewrite = flag.Bool("update", false, "write the tables of the schema into docs/schema.md")

const (
	schemaDocument = "../../docs/schema.md"
	tablesBegin    = "<!-- The tables, written by: go test ./internal/store -run TestSchemaDocument -update -->"
	tablesEnd      = "<!-- End of the tables. -->"
)

func TestSchemaDocument(t *testing.T) {
	old, err := os.ReadFile(schemaDocument)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(old), tablesBegin)
	_, after, ends := strings.Cut(rest, tablesEnd)
	if !begins || !ends {
		t.Fatalf("%s has lost the comments around its tables", schemaDocument)
	}
	now := before + tablesBegin + "\n\n" + describe(readSchema(t)) + tablesEnd + after
	if now == string(old) {
		return
	}
	if !*rewrite {
		t.Fatalf("%s does not show the schema as it is; run go test ./internal/store -run TestSchemaDocument -update", schemaDocument)
	}
	if err := os.WriteFile(schemaDocument, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A table is what the schema files say of one.
type table struct {
	name    string
	comment string
	columns [][3]string // name, type, remark
	keys    []string    // keys and indexes
}

func tableNames(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, table := range readSchema(t) {
		names = append(names, table.name)
	}
	return names
}

// readSchema reads all schema files in the order of their numbers. It knows
// the few forms in which ours are written, and stops at any other.
func readSchema(t testing.TB) []*table {
	t.Helper()
	files, err := filepath.Glob("schema/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema files: %v", err)
	}
	slices.Sort(files)
	r := new(reader)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r.comment, r.open = "", nil
		for line := range strings.Lines(string(text)) {
			if !r.take(strings.TrimSpace(line)) {
				t.Fatalf("%s: document_test.go cannot read %q; teach it", file, line)
			}
		}
	}
	return r.tables
}

// A reader goes through schema files line by line.
type reader struct {
	tables  []*table
	open    *table // the one whose columns are being read
	comment string // that has no table yet
}

var (
	createTable = regexp.MustCompile(`^create table (\w+) \($`)
	createIndex = regexp.MustCompile(`^create (unique )?index (?:if not exists )?(\w+)\s+on (\w+) \((.*?)\)( where .*)?;$`)
	addColumn   = regexp.MustCompile(`^alter table (\w+)\s+add column (.*);(.*)$`)
	dropIndex   = regexp.MustCompile(`^drop index (\w+);$`)
	dropTable   = regexp.MustCompile(`^drop table (\w+)(?:{{cascade}})?;$`)
	renameTable = regexp.MustCompile(`^alter table (\w+) rename to (\w+);$`)
	tableKey    = regexp.MustCompile(`^(primary key|unique) \((.*)\),?$`)
	column      = regexp.MustCompile(`^(\w+)\s+(\{\{\w+\}\}|\w+)(.*)$`)
	reference   = regexp.MustCompile(`references (\w+)`)
	closedList  = regexp.MustCompile(`check \(\w+ (.*)\)`)
)

func (r *reader) take(line string) bool {
	text, isComment := strings.CutPrefix(line, "--")
	switch m := []string(nil); {
	case line == "":
		r.comment = "" // it was about the whole file
	case isComment && r.open == nil:
		r.comment += strings.TrimSpace(text) + "\n"
	case r.match(createTable, line, &m):
		r.open = &table{name: m[1], comment: r.comment}
		r.tables, r.comment = append(r.tables, r.open), ""
	case r.match(createIndex, line, &m):
		return r.addKey(m[3], fmt.Sprintf("%sindex `%s`: %s%s", m[1], m[2], m[4], m[5]))
	case r.match(addColumn, line, &m):
		i := slices.IndexFunc(r.tables, func(t *table) bool { return t.name == m[1] })
		return i >= 0 && r.tables[i].addColumn(m[2]+m[3])
	case r.match(dropIndex, line, &m):
		return r.dropIndex(m[1])
	case r.match(dropTable, line, &m):
		was := len(r.tables)
		r.tables = slices.DeleteFunc(r.tables, func(t *table) bool { return t.name == m[1] })
		return len(r.tables) < was
	case r.match(renameTable, line, &m):
		return r.rename(m[1], m[2])
	case slices.Contains([]string{"{{own_ids}}", "{{own_group_ids}}", "{{drop_references}}", "{{events_by_id}}", "{{ids_of_orders}}", "{{keys_by_bytes}}", "{{shorter_indexes}}"}, line) ||
		strings.HasPrefix(line, "update ") || strings.HasPrefix(line, "insert into ") || strings.HasPrefix(line, "select ") || strings.HasPrefix(line, "delete from "):
		// changes no column
	case line == "{{search}}" || line == "{{search_by_shop}}":
		r.tables = append(r.tables, searchTable)
	case r.open == nil:
		return false
	case strings.HasPrefix(line, ")"):
		r.open = nil
	case r.match(tableKey, line, &m):
		return r.addKey(r.open.name, m[1]+": "+m[2])
	default:
		return r.open.addColumn(line)
	}
	return true
}

func (r *reader) match(pattern *regexp.Regexp, line string, m *[]string) bool {
	*m = pattern.FindStringSubmatch(line)
	return *m != nil
}

func (r *reader) addKey(name, key string) bool {
	for _, t := range r.tables {
		if t.name == name {
			t.keys = append(t.keys, key)
			return true
		}
	}
	return false
}

func (r *reader) dropIndex(name string) bool {
	found := false
	for _, t := range r.tables {
		t.keys = slices.DeleteFunc(t.keys, func(key string) bool {
			is := strings.Contains(key, "index `"+name+"`")
			found = found || is
			return is
		})
	}
	return found
}

// rename lets what refers to a table follow it.
func (r *reader) rename(from, to string) bool {
	found := false
	for _, t := range r.tables {
		if t.name == from {
			t.name, found = to, true
		}
		for i := range t.columns {
			t.columns[i][2] = strings.ReplaceAll(t.columns[i][2], "one of `"+from+"`", "one of `"+to+"`")
		}
	}
	return found
}

func (t *table) addColumn(line string) bool {
	line, comment, _ := strings.Cut(line, "--")
	m := column.FindStringSubmatch(strings.TrimRight(line, " ,"))
	if m == nil {
		return false
	}
	name, kind, rules := m[1], strings.Trim(m[2], "{}"), m[3]
	var remarks []string
	if m := reference.FindStringSubmatch(rules); m != nil {
		remarks = append(remarks, "one of `"+m[1]+"`")
	}
	if m := closedList.FindStringSubmatch(rules); m != nil {
		remarks = append(remarks, "`"+m[1]+"`")
	}
	for _, rule := range []string{"primary key", "unique"} {
		if strings.Contains(rules, rule) {
			remarks = append(remarks, rule)
		}
	}
	if comment = strings.TrimSpace(comment); comment != "" {
		remarks = append(remarks, comment)
	}
	if !strings.Contains(rules, "not null") && kind != "identity" && !strings.Contains(comment, "null") {
		remarks = append(remarks, "may be null")
	}
	t.columns = append(t.columns, [3]string{name, kind, strings.Join(remarks, "; ")})
	return true
}

// searchTable is a word of the schema files, since the databases make it
// differently.
var searchTable = &table{
	name: "order_search",
	comment: "The folded search text of each order, by pieces of three letters: a virtual table of\n" +
		"SQLite, a table with a trigram index on PostgreSQL. It is made from the events and can\n" +
		"be made anew from the orders.\n",
	columns: [][3]string{
		{"order_id", "bigint", "on SQLite it is the row's own number, which begins with the shop: shop_id * 2^40 + order_id"},
		{"shop_id", "bigint", "on PostgreSQL, where the trigram index begins with it"},
		{"text", "text", "one line for each field that can be searched"},
	},
}

// describe prints tables for the document.
func describe(tables []*table) string {
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, "### `%s`\n\n", t.name)
		if t.comment != "" {
			fmt.Fprintf(&b, "%s\n", t.comment)
		}
		b.WriteString("| Column | Type | Remark |\n| --- | --- | --- |\n")
		for _, c := range t.columns {
			remark := strings.ReplaceAll(c[2], "|", `\|`)
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c[0], c[1], remark)
		}
		if len(t.keys) > 0 {
			b.WriteString("\n")
		}
		for _, k := range t.keys {
			fmt.Fprintf(&b, "- %s\n", k)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestSchemaReader reads each form that schema files may take: the guard over
// the document is worth what its reader is.
func TestSchemaReader(t *testing.T) {
	r := new(reader)
	for line := range strings.Lines(`
-- About the file.

-- About cards,
-- and more.
create table cards (
	card_id {{identity}},
	shop_id bigint not null references shops, -- the wall
	state   text   not null check (state in ('a', 'b')),
	number  text   not null unique,
	owner   bigint references customers, -- null when free
	primary key (card_id, shop_id)
){{clustered}};
create unique index cards_number on cards (shop_id, number) where state = 'a';
alter table cards add column medium text not null; -- plastic
{{search}}
`) {
		if !r.take(strings.TrimSpace(line)) {
			t.Fatalf("cannot read %q", line)
		}
	}
	want := "### `cards`\n\nAbout cards,\nand more.\n\n" + `| Column | Type | Remark |
| --- | --- | --- |
| ` + "`card_id` | identity |  |\n| `shop_id` | bigint | one of `shops`; the wall |\n| `state` | text | `in ('a', 'b')` |\n" +
		"| `number` | text | unique |\n| `owner` | bigint | one of `customers`; null when free |\n| `medium` | text | plastic |\n\n" +
		"- primary key: card_id, shop_id\n- unique index `cards_number`: shop_id, number where state = 'a'\n\n"
	if got := describe(r.tables[:1]); got != want || len(r.tables) != 2 {
		t.Errorf("described as\n%s\nwant\n%s", got, want)
	}
	for _, line := range []string{"drop table nowhere;", "drop index nowhere;", "alter table nowhere rename to cards;", "create index x on nowhere (a);", "alter table nowhere add column a text;"} {
		if r.take(line) {
			t.Errorf("%q was read as something else", line)
		}
	}
}
