package importing

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/sheet"
)

// SampleRows is how many rows of a file are looked at to recognise how its
// numbers and dates are written.
const SampleRows = 1000

// A use is what a kind reads a field as.
type use uint8

const (
	useText use = iota
	useNumber
	useDate
	useWord
)

// use notes what a field is read as while a sample is looked at.
func (in *reading) use(field string, as use) {
	if in.uses != nil {
		in.uses[field] = as
	}
}

// recognise finds the decimal sign and the order of a date's parts in the
// first rows of a file, unless the plan says them, and sets them in the
// reading and in its plan; the plan of a workbook gets the name of its sheet
// as well, and that of a CSV file its encoding and separator. What it could
// not be certain of stands in the notes. After that a value of another form
// is a fault, never another number or day.
func (in *reading) recognise(k kind, format sheet.Format, sample [][]string) {
	in.workbook = format.Kind == "XLSX"
	in.plan.Sheet, in.plan.Encoding = format.Sheet, format.Encoding
	if format.Separator != 0 {
		in.plan.Separator = string(format.Separator)
	}
	in.learn(k, sample)
	if in.plan.Decimal == "" {
		in.findDecimal(sample)
		in.plan.Decimal = string(in.decimal)
	}
	if in.plan.Dates == "" {
		in.findDates(sample)
		in.plan.Dates = in.dates
	}
	in.findNameless(sample)
}

// learn lets the kind read the sample, to see what it reads each field as: that
// is known in one place only, where it is read.
func (in *reading) learn(k kind, sample [][]string) {
	in.uses = make(map[string]use)
	for i, cells := range sample {
		k.read(&record{rows: []*row{in.row(i, cells)}})
	}
	in.learnt, in.uses = in.uses, nil
}

// A tally counts the cells that can be read in one of two ways only.
type tally struct {
	first, second   int    // cells that fit one way only
	either          int    // cells that fit both, and mean different things
	one, two, three string // examples of these
}

func (t *tally) count(text string, first, second, same bool) {
	switch {
	case first && second && !same:
		t.either++
		t.three = orElse(t.three, text)
	case first && !second:
		t.first++
		t.one = orElse(t.one, text)
	case second && !first:
		t.second++
		t.two = orElse(t.two, text)
	}
}

// each gives the cells of all columns that are read as so.
func (in *reading) each(as use, sample [][]string, do func(field, text string)) {
	for n, c := range in.columns {
		if c.field == "" || in.learnt[c.field] != as {
			continue
		}
		for _, cells := range sample {
			r := row{cells: cells, in: in}
			if n < len(cells) {
				if text, problem := r.content(n); text != "" && problem == "" {
					do(c.field, text)
				}
			}
		}
	}
}

func (in *reading) findDecimal(sample [][]string) {
	var t tally
	point, comma := format{'.', in.workbook}, format{',', in.workbook}
	in.each(useNumber, sample, func(_, text string) {
		var one, two [64]byte
		p, noPoint := point.numeral(one[:], text)
		c, noComma := comma.numeral(two[:], text)
		if noComma == errTwoWays { // in a workbook it is a number cell nearly always
			return
		}
		t.count(text, noPoint == nil, noComma == nil, string(p.digits) == string(c.digits))
	})
	if in.workbook || in.ours {
		in.decimal = '.'
	}
	switch {
	case t.first > t.second:
		in.decimal = '.'
	case t.second > t.first:
		in.decimal = ','
	}
	names := map[byte]string{'.': "decimal point", ',': "decimal comma"}
	switch {
	case t.first > 0 && t.second > 0:
		in.doubt("Some numbers have a decimal point, such as %s, and others a decimal comma, such as %s. They are read with a %s; the others are refused. Say in the plan which is right.", t.one, t.two, names[in.decimal])
	case t.first+t.second == 0 && t.either > 0:
		in.doubt("Whether %s has a decimal sign or groups of thousands cannot be told from the first rows. It is read with a %s, which is not certain: say in the plan which is right.", t.three, names[in.decimal])
	}
}

// spelt are the orders of a date's parts in words.
var spelt = map[string]string{"ymd": "year, month, day", "dmy": "day, month, year", "mdy": "month, day, year"}

func (in *reading) findDates(sample [][]string) {
	var t tally
	yearFirst := 0
	in.each(useDate, sample, func(field, text string) {
		if _, n := digits(text); n >= 4 {
			yearFirst++
			return
		}
		d, _, noDay := parseDate(text, "dmy")
		m, _, noMonth := parseDate(text, "mdy")
		if noDay == nil && strings.Count(text, ".") >= 2 {
			noMonth = errNotTime // nobody writes the month first and dots
		}
		t.count(text, noDay == nil, noMonth == nil, d == m)
	})
	switch {
	case t.first > t.second:
		in.dates = "dmy"
	case t.second > t.first:
		in.dates = "mdy"
	case t.first+t.either == 0 && (yearFirst > 0 || in.ours):
		in.dates = "ymd"
	}
	switch {
	case t.first > 0 && t.second > 0:
		in.doubt("Some dates begin with the day, such as %s, and others with the month, such as %s. They are read as %s; the others are refused. Say in the plan which is right.", t.one, t.two, spelt[in.dates])
	case t.first+t.second == 0 && t.either > 0:
		in.doubt("Whether %s begins with the day or with the month cannot be told from the first rows. It is read as %s, which is not certain: say in the plan which is right.", t.three, spelt[in.dates])
	}
}

// findNameless notes columns that have values and no name.
func (in *reading) findNameless(sample [][]string) {
	for n, name := range in.header {
		if name == "" && slices.ContainsFunc(sample, func(cells []string) bool { return n < len(cells) && strings.TrimSpace(cells[n]) != "" }) {
			in.doubt("Column %d has values, but no name. It is ignored.", n+1)
		}
	}
}

// doubt notes what a person should know.
func (in *reading) doubt(text string, args ...any) {
	in.notes = append(in.notes, fmt.Sprintf(text, args...))
}

// An Inspection is what was recognised of a file before anything is done with
// it.
type Inspection struct {
	Format  string              // what the file is, in words
	Columns []InspectedColumn   // one for each of the file
	Plan    orderhub.ImportPlan // the given one, with what was recognised
	Notes   []string            // what is uncertain or left out, in sentences
}

// An InspectedColumn is one column of a file and what it becomes.
type InspectedColumn struct {
	Column  string   // as the file calls it; "" when it has no name
	Field   string   // what it becomes: the name of a field, attribute.NAME, or "" for nothing
	About   string   // what the field is, in a few words
	Samples []string // the first values that differ, at most three
	Unknown []string // words of the first rows that mean nothing yet, at most twenty
}

// inspect recognises how a file is written by its first rows, and tells of it.
func (in *reading) inspect(k kind, format sheet.Format, sample [][]string) *Inspection {
	in.recognise(k, format, sample)
	seen := &Inspection{Format: wording(format), Plan: in.plan}
	abouts := make(map[string]string)
	for _, field := range k.fields() {
		abouts[field.Name] = field.About
	}
	for n, c := range in.columns {
		column := InspectedColumn{Column: in.header[n], Field: c.field, About: abouts[c.field], Samples: samples(sample, n)}
		if c.attribute != "" {
			column.Field = c.prefix + c.attribute
		}
		if in.learnt[c.field] == useWord {
			column.Unknown = in.unknown(n, sample)
		}
		if len(column.Unknown) > 0 {
			in.doubt("The column %q has words of which it is not known what they mean: %s. Say in the plan what they mean; %s can be %s.",
				column.Column, strings.Join(column.Unknown, ", "), c.field, strings.Join(values(c.meanings), ", "))
		}
		seen.Columns = append(seen.Columns, column)
	}
	seen.Notes = in.notes
	return seen
}

// samples are the first values of a column that differ, shortened.
func samples(sample [][]string, n int) []string {
	var all []string
	for _, cells := range sample {
		if len(all) == 3 {
			break
		}
		if n >= len(cells) || cells[n] == "" {
			continue
		}
		if text := shown(cells[n]); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// unknown are the words of a column that mean nothing.
func (in *reading) unknown(n int, sample [][]string) []string {
	var all []string
	for _, cells := range sample {
		if n >= len(cells) || len(all) == 20 {
			continue
		}
		r := row{cells: cells, in: in}
		text, problem := r.content(n)
		if _, known := lookUp(in.columns[n].meanings, text); known || text == "" || problem != "" {
			continue
		}
		if text = shown(text); !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// shown is a value as it is shown to people: in one line, and not too long.
func shown(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	if utf8.RuneCountInString(text) > 80 {
		text = string([]rune(text)[:79]) + "…"
	}
	return text
}

// wording tells in words what a file is.
func wording(f sheet.Format) string {
	if f.Kind != "CSV" {
		text := fmt.Sprintf("%s, sheet %q", f.Kind, f.Sheet)
		if len(f.Sheets) > 1 {
			text += fmt.Sprintf(" of %d", len(f.Sheets))
		}
		return text
	}
	separators := map[byte]string{',': "commas", ';': "semicolons", '\t': "tabs", '|': "vertical bars"}
	ends := map[string]string{"\n": "LF", "\r\n": "CR LF", "\r": "CR"}
	separator, ok := separators[f.Separator]
	if !ok {
		separator = fmt.Sprintf("%q", f.Separator)
	}
	return fmt.Sprintf("CSV in %s, separated by %s, lines ending in %s", f.Encoding, separator, ends[f.LineEnd])
}
