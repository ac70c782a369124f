package importing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"orderhub"
)

// ReasonColumn is the column that we add to rows that come back. It is ignored
// when such a file is sent again, as all are whose names begin with orderhub.
const ReasonColumn = "orderhub.reason"

// A column is what one column of the file became. The zero value is ignored.
type column struct {
	field     string            // "" for none
	attribute string            // the name of a free attribute, "" for none
	prefix    string            // of the attribute, such as "line.attribute."
	json      bool              // the attribute's cells may hold JSON
	words     map[string]string // the plan's, folded: they stand for other texts
	meanings  map[string]string // the field's, folded
}

// singular is what dotted names of columns begin with.
var singular = map[orderhub.ImportKind]string{
	orderhub.ImportCustomers: "customer", orderhub.ImportOrders: "order", orderhub.ImportStatuses: "order",
	orderhub.ImportCards: "card", orderhub.ImportBonuses: "bonus", orderhub.ImportProducts: "product",
}

// prefixes are those of the free attributes that a kind has. Columns that are
// nothing else become attributes of the first one.
var prefixes = map[orderhub.ImportKind][]string{
	orderhub.ImportCustomers: {"attribute."},
	orderhub.ImportOrders:    {"attribute.", "line.attribute."},
	orderhub.ImportProducts:  {"attribute."},
}

// A matcher finds the field of each column.
type matcher struct {
	in     *reading
	fields []Field
	f      *orderhub.Faults
	spelt  []string       // the names of the columns, in the form in which they are compared
	plain  []string       // the plain names of the fields, in the same form
	done   []bool         // columns that are decided
	by     map[string]int // which column is a field or an attribute already
}

func (m *matcher) match() {
	header := m.in.header
	if !slices.ContainsFunc(header, func(name string) bool { return name != "" }) {
		m.fail("the file has no header: its first row must name the columns")
		return
	}
	m.done, m.by = make([]bool, len(header)), make(map[string]int)
	for i, name := range header {
		m.spelt = append(m.spelt, spelling(name))
		m.done[i] = name == "" || strings.HasPrefix(strings.ToLower(name), "orderhub.")
	}
	for _, field := range m.fields {
		m.plain = append(m.plain, spelling(plainName(field.Name)))
	}
	planned := m.byPlan()
	for i, name := range header {
		if !m.done[i] {
			m.byName(i, name)
		}
	}
	for i := range m.fields {
		m.byOtherNames(&m.fields[i])
	}
	m.rest()
	for _, i := range slices.Sorted(maps.Keys(planned)) {
		m.checkWords(planned[i], m.in.columns[i].field)
	}
	for _, field := range m.fields {
		if _, ok := m.by[field.Name]; field.Required && !ok {
			m.fail("the file has no column %q%s; it has %s", plainName(field.Name), about(&field), listed(header))
		}
	}
}

func (m *matcher) fail(format string, args ...any) {
	m.f.Add(orderhub.Errorf(orderhub.Invalid, format, args...))
}

// byPlan does what the plan says, and returns that for each column of which it
// says something.
func (m *matcher) byPlan() map[int]orderhub.ImportColumn {
	planned := make(map[int]orderhub.ImportColumn)
	for _, c := range m.in.plan.Columns {
		i := m.find(c.Column)
		if i < 0 {
			m.fail("the plan names a column %q that the file does not have; it has %s", c.Column, listed(m.in.header))
			continue
		}
		if _, twice := planned[i]; twice {
			m.fail("the plan names the column %q twice", m.in.header[i])
			continue
		}
		planned[i] = c
		m.in.columns[i].words = folded(c.Words)
		if c.Field == "" {
			continue
		}
		if to, ok := m.target(c); ok {
			m.set(i, to)
		}
		m.done[i] = true
	}
	return planned
}

// find finds a column by its name, as it stands or but for letter case,
// spaces, underscores and dashes.
func (m *matcher) find(name string) int {
	name = strings.TrimSpace(name)
	if i := slices.Index(m.in.header, name); i >= 0 && name != "" {
		return i
	}
	return slices.IndexFunc(m.spelt, func(h string) bool { return h != "" && h == spelling(name) })
}

// target is what the plan says that a column is. It notes what is wrong with
// that.
func (m *matcher) target(c orderhub.ImportColumn) (column, bool) {
	if c.Field == "-" || c.Field == "" {
		return column{}, true
	}
	if to, ok := m.attribute(c.Field); ok {
		return to, true
	}
	wanted := spelling(c.Field)
	for _, same := range []func(*Field) bool{
		func(f *Field) bool { return m.dotted(f, c.Field) || wanted == spelling(f.Name) },
		func(f *Field) bool { return wanted == spelling(plainName(f.Name)) },
	} {
		for i := range m.fields {
			if field := &m.fields[i]; same(field) {
				return column{field: field.Name, meanings: meanings(field)}, true
			}
		}
	}
	m.fail("the plan makes the column %q a field %q, which there is not%s", c.Column, c.Field, m.nearest(c.Field))
	return column{}, false
}

// checkWords refuses words of the plan that mean two things, or what the field
// cannot be.
func (m *matcher) checkWords(c orderhub.ImportColumn, name string) {
	means := make(map[string]string)
	for _, word := range slices.Sorted(maps.Keys(c.Words)) {
		folded := orderhub.Fold(word)
		if first, twice := means[folded]; twice && first != c.Words[word] {
			m.fail("the plan says that %q in the column %q means %q, and %q as well", word, c.Column, c.Words[word], first)
		}
		means[folded] = c.Words[word]
	}
	i := slices.IndexFunc(m.fields, func(f Field) bool { return f.Name == name })
	if i < 0 || m.fields[i].Words == nil {
		return
	}
	known := meanings(&m.fields[i])
	for _, word := range slices.Sorted(maps.Keys(c.Words)) {
		if _, ok := lookUp(known, c.Words[word]); !ok && c.Words[word] != "" {
			m.fail("the plan says that %q in the column %q means %q, which %s cannot be; it can be %s",
				word, c.Column, c.Words[word], name, strings.Join(values(known), ", "))
		}
	}
}

// byName decides a column whose name is exactly a field or an attribute.
func (m *matcher) byName(i int, name string) {
	for k := range m.fields {
		field := &m.fields[k]
		dotted := m.dotted(field, name)
		m.in.ours = m.in.ours || dotted
		if dotted || field.Own && m.plain[k] == m.spelt[i] {
			m.set(i, column{field: field.Name, meanings: meanings(field)})
			return
		}
	}
	if to, ok := m.attribute(name); ok {
		m.in.ours = true
		m.set(i, to)
	}
}

// dotted says whether a name means a field under the names that hold always,
// such as customer.gender or line.price.
func (m *matcher) dotted(field *Field, name string) bool {
	first, rest, ok := strings.Cut(name, ".")
	switch {
	case !ok:
		return false
	case name == field.Name || slices.Contains(field.Names, name):
		return true
	}
	return first == singular[m.in.kind] && rest == field.Name
}

// byOtherNames looks for a field that is still missing under the names that
// other files have for it, the first of them first.
func (m *matcher) byOtherNames(field *Field) {
	if _, ok := m.by[field.Name]; ok || !field.Required && !field.Own {
		return
	}
	for _, name := range field.Names {
		name = spelling(name)
		for i, h := range m.spelt {
			if !m.done[i] && h == name {
				m.set(i, column{field: field.Name, meanings: meanings(field)})
				return
			}
		}
	}
}

// attribute says whether a name is that of a free attribute.
func (m *matcher) attribute(name string) (column, bool) {
	for _, prefix := range prefixes[m.in.kind] {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			return column{attribute: rest, prefix: prefix, json: true}, true
		}
	}
	return column{}, false
}

// rest decides the columns that are no field.
func (m *matcher) rest() {
	var ignored []string
	kind := prefixes[m.in.kind]
	for i, name := range m.in.header {
		switch {
		case m.done[i]:
		case strings.HasPrefix(name, singular[m.in.kind]+".") && len(m.in.notes) < 20:
			m.in.doubt("The column %q is ignored: there is no such field%s", name, m.nearest(name))
		case strings.HasPrefix(name, singular[m.in.kind]+".") || len(kind) == 0:
			ignored = append(ignored, name)
		default:
			m.set(i, column{attribute: name, prefix: kind[0]})
		}
	}
	switch len(ignored) {
	case 0:
	case 1:
		m.in.doubt("The column %s is ignored.", ignored[0])
	default:
		m.in.doubt("The columns %s are ignored.", listed(ignored))
	}
}

// set makes a column something that no other column may be.
func (m *matcher) set(i int, to column) {
	m.done[i] = true
	name := to.field
	if to.attribute != "" {
		name = to.prefix + to.attribute
		if n := utf8.RuneCountInString(to.attribute); n > orderhub.MaxAttributeName {
			m.fail("the name of the column %q has %d characters; an attribute may have at most %d", to.attribute, n, orderhub.MaxAttributeName)
		}
		if !orderhub.Storable(to.attribute) {
			m.fail("the name of the column %q has characters that no attribute can have", to.attribute)
		}
		if m.in.free[to.prefix]++; m.in.free[to.prefix] == orderhub.MaxAttributes+1 {
			m.fail("the file has more than %d columns that would be attributes; say in the plan which of them mean nothing", orderhub.MaxAttributes)
		}
	}
	if name == "" {
		return
	}
	if first, ok := m.by[name]; ok {
		m.fail("the columns %q and %q are both %s; rename one of them, or say in the plan what it is", m.in.header[first], m.in.header[i], name)
		return
	}
	m.by[name] = i
	if to.field != "" {
		m.in.byField[to.field] = i
	}
	to.words = m.in.columns[i].words
	m.in.columns[i] = to
}

// nearest names the fields that a name could have meant.
func (m *matcher) nearest(name string) string {
	type near struct {
		name  string
		steps int
	}
	var all []near
	wanted := []rune(spelling(strings.TrimPrefix(name, singular[m.in.kind]+".")))
	wanted = wanted[:min(len(wanted), 100)]
	for _, field := range m.fields {
		steps := min(distance(wanted, spelling(field.Name)), distance(wanted, spelling(plainName(field.Name))))
		all = append(all, near{field.Name, steps})
	}
	slices.SortStableFunc(all, func(a, b near) int { return a.steps - b.steps })
	var names []string
	for _, n := range all {
		if len(names) < 3 && n.steps <= (len(wanted)+2)/3 {
			names = append(names, n.name)
		}
	}
	if len(names) == 0 {
		for _, field := range m.fields {
			names = append(names, field.Name)
		}
		return "; there are " + strings.Join(names, ", ") + "."
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

// distance is how many letters one must add, drop or change to make one of the other.
func distance(from []rune, b string) int {
	to := []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		corner := row[0]
		row[0] = i + 1
		for j, s := range to {
			change := corner
			if r != s {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, corner+1)
		}
	}
	return row[len(to)]
}

// plainName is what a file calls a field that is its own: of line.price, price.
func plainName(name string) string { return strings.TrimPrefix(name, "line.") }

// spelling is the form in which names of columns are compared: E_mail, e-mail
// and "E mail" are one name.
func spelling(name string) string {
	return orderhub.Fold(strings.NewReplacer("_", " ", "-", " ").Replace(name))
}

// about says what a field is, and what else its column may be called.
func about(field *Field) string {
	var text string
	if field.About != "" {
		text = " (" + field.About + ")"
	}
	if len(field.Names) > 0 {
		text += ", and none called " + strings.Join(field.Names[:min(len(field.Names), 8)], ", ")
	}
	return text
}

// listed names the columns of a file, not more than people read.
func listed(header []string) string {
	names := slices.DeleteFunc(slices.Clone(header), func(name string) bool { return name == "" })
	if more := len(names) - 40; more > 0 {
		return strings.Join(names[:40], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}
