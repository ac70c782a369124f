package importing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/decimal"
	"orderhub/internal/store/form"
	"orderhub/money"
)

// A row is one row of a file, read by the fields that its columns became. The
// methods that read a value return nil when the file has no such column, when
// the cell is empty and the plan keeps what is there, and when the value is
// wrong, which they note as a fault; an empty cell that clears is a pointer to
// an empty value.
type row struct {
	line   int
	cells  []string
	faults []orderhub.ImportFault
	in     *reading
}

// fault notes what is wrong with the value of a field.
func (r *row) fault(field, text string) {
	r.note(orderhub.OutcomeInvalid, field, text)
}

// note notes a fault, once.
func (r *row) note(outcome orderhub.Outcome, field, text string) {
	r.noteIn(r.in.columnOf(field), outcome, field, text)
}

func (r *row) noteIn(column string, outcome orderhub.Outcome, field, text string) {
	f := orderhub.ImportFault{Line: r.line, Column: column, Field: field, Text: text, Outcome: outcome}
	if !slices.Contains(r.faults, f) {
		r.faults = append(r.faults, f)
	}
}

// has says whether the file has a column for a field.
func (r *row) has(field string) bool {
	return r.in.places.find(field) >= 0
}

// cell is the content of a field's cell without spaces around it, the plan's
// words being put for the file's. It says whether there is something to read:
// an empty text is one that clears.
func (r *row) cell(field string) (string, bool) {
	n := r.in.places.find(field)
	if n < 0 || n >= len(r.cells) {
		return "", false
	}
	text, problem := r.content(n)
	if problem != "" {
		r.fault(field, problem)
		return "", false
	}
	return text, text != "" || r.in.plan.Clear
}

// content is what is in a cell, or what is wrong with it.
func (r *row) content(n int) (text, problem string) {
	text = r.cells[n]
	if text == "" {
		return "", ""
	}
	if len(text) > maxCell {
		return "", fmt.Sprintf("is longer than %d bytes", maxCell)
	}
	if !utf8.ValidString(text) {
		return "", "is not valid UTF-8"
	}
	if strings.IndexByte(text, 0) >= 0 {
		return "", "contains a NUL character"
	}
	if !trimmed(text) {
		text = strings.TrimSpace(text)
	}
	if words := r.in.columns[n].words; words != nil {
		if means, ok := lookUp(words, text); ok {
			return means, ""
		}
	}
	return text, ""
}

// trimmed says of nearly all texts without spaces around them that they are
// so, in less time than it takes to look: letters of the Cyrillic alphabet are
// told by their first byte.
func trimmed(text string) bool {
	last := len(text) - 1
	first := text[0] > ' ' && text[0] < utf8.RuneSelf || text[0] >= 0xd0 && text[0] <= 0xd3
	return first && (text[last] > ' ' && text[last] < utf8.RuneSelf || last > 0 && text[last-1] >= 0xd0 && text[last-1] <= 0xd3)
}

// text is the text of a field, without spaces around it.
func (r *row) text(field string) *string {
	text, ok := r.cell(field)
	if !ok {
		return nil
	}
	return &text
}

// word is what the word in a field's cell means, by the plan or by the
// field's own Words.
func (r *row) word(field string) *string {
	text, ok := r.cell(field)
	r.in.use(field, useWord)
	if !ok {
		return nil
	}
	if text == "" {
		return &text
	}
	known := r.in.columns[r.in.places.find(field)].meanings
	means, ok := lookUp(known, text)
	if !ok {
		r.fault(field, "is none of "+strings.Join(values(known), ", "))
		return nil
	}
	return &means
}

// amount is an exact amount.
func (r *row) amount(field string) *money.Amount {
	v, ok := r.decimal(field, money.Places, true)
	if !ok {
		return nil
	}
	a := money.Amount(v)
	return &a
}

// quantity is an exact quantity in thousandths.
func (r *row) quantity(field string) *orderhub.Quantity {
	v, ok := r.decimal(field, 3, false)
	if !ok {
		return nil
	}
	q := orderhub.Quantity(v)
	return &q
}

// whole is a whole number.
func (r *row) whole(field string) *int64 {
	v, ok := r.decimal(field, 0, false)
	if !ok {
		return nil
	}
	return &v
}

// decimal reads a number of so many places; a whole number has none.
func (r *row) decimal(field string, places int, priced bool) (int64, bool) {
	text, ok := r.cell(field)
	r.in.use(field, useNumber)
	if !ok || text == "" {
		return 0, ok
	}
	var buf [64]byte
	f := format{r.in.decimal, r.in.workbook}
	n, err := f.numeral(buf[:], text)
	switch {
	case err != nil:
	case n.unit != "" && !priced:
		err = errNotNumber
	case n.unit != "":
		err = r.checkUnit(n.unit)
	case places == 0 && !isWhole(n.digits):
		err = errors.New("is not a whole number")
	}
	if err != nil {
		r.fault(field, f.explain(err))
		return 0, false
	}
	v, err := decimal.Parse(string(n.digits), places)
	if err != nil {
		r.fault(field, f.explain(err))
		return 0, false
	}
	return v, true
}

// explain words why a text is no number.
func (f format) explain(err error) string {
	if errors.Is(err, errNotNumber) || errors.Is(err, decimal.ErrSyntax) || errors.Is(err, errGroup) {
		if f.decimal == ',' {
			return errNotNumber.Error() + " with a decimal comma, such as 1234,50"
		}
		return errNotNumber.Error() + " with a decimal point, such as 1234.50"
	}
	return err.Error()
}

// isWhole says whether nothing but zeros is behind the point.
func isWhole(digits []byte) bool {
	_, fraction, _ := bytes.Cut(digits, []byte("."))
	return len(bytes.Trim(fraction, "0")) == 0
}

// checkUnit refuses an amount that says that it is in another currency than
// its row, or else its shop.
func (r *row) checkUnit(unit string) error {
	currency := string(r.in.shop.Currency)
	if n := r.in.places.find("currency"); n >= 0 && n < len(r.cells) {
		if text, problem := r.content(n); text != "" && problem == "" {
			currency = strings.ToUpper(text)
		}
	}
	folded := orderhub.Fold(unit)
	codes, known := units[folded]
	switch {
	case strings.EqualFold(unit, currency):
		return nil
	case !known:
		return errNotNumber
	case slices.Contains(strings.Fields(codes), currency):
		return nil
	}
	return fmt.Errorf("is in another currency than %s", currency)
}

// moment is a time; one without a zone is read in the plan's.
func (r *row) moment(field string) *time.Time {
	text, ok := r.cell(field)
	r.in.use(field, useDate)
	if !ok {
		return nil
	}
	if text == "" {
		return new(time.Time)
	}
	t, err := parseMoment(text, r.in.dates, r.in.zone)
	if err != nil {
		r.fault(field, err.Error())
		return nil
	}
	return &t
}

// day is a date without a time; birthdays may lack parts.
func (r *row) day(field string) *orderhub.Birthday {
	text, ok := r.cell(field)
	r.in.use(field, useDate)
	if !ok {
		return nil
	}
	if text == "" {
		return new(orderhub.Birthday)
	}
	d, err := parseDay(text, r.in.dates)
	if err != nil {
		r.fault(field, err.Error())
		return nil
	}
	return &d
}

// flag is yes or no, in words or as 1 and 0.
func (r *row) flag(field string) *bool {
	text, ok := r.cell(field)
	if !ok {
		return nil
	}
	if text == "" {
		return new(bool)
	}
	b, ok := lookUp(flags, text)
	if !ok {
		r.fault(field, "is neither yes nor no")
		return nil
	}
	return &b
}

// list is several texts in one cell, separated by a line end or a |, or a
// JSON array of texts.
func (r *row) list(field string) *[]string {
	text, ok := r.cell(field)
	if !ok {
		return nil
	}
	all := []string{}
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &all) == nil {
		return &all
	}
	all = all[:0]
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '|' || c == '\n' || c == '\r' }) {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return &all
}

// json fills v from a cell that holds JSON, and says whether it did: v is left
// as it is by a cell that clears. Names that v does not know are a fault.
func (r *row) json(field string, v any) bool {
	text, ok := r.cell(field)
	if !ok || text == "" {
		return ok
	}
	var err error
	switch v := v.(type) {
	case *orderhub.Attributes:
		*v, err = orderhub.ParseAttributes([]byte(text))
	case *orderhub.Extras:
		*v, err = orderhub.ParseExtras([]byte(text))
	default:
		err = form.Strict([]byte(text), v)
	}
	if err != nil {
		r.fault(field, "is not the JSON that belongs here")
		return false
	}
	return true
}

// attributes are the free attributes of the row that go by a prefix, such as
// "attribute." or "line.attribute."; an empty cell that clears is null.
func (r *row) attributes(prefix string) orderhub.Attributes {
	var all orderhub.Attributes
	for n := range r.in.columns {
		c := &r.in.columns[n]
		if c.prefix != prefix || n >= len(r.cells) {
			continue
		}
		text, problem := r.content(n)
		switch {
		case problem != "":
			r.noteIn(r.in.header[n], orderhub.OutcomeInvalid, prefix+c.attribute, problem)
		case text != "":
			all = r.in.append(all, c, c.value(text))
		case r.in.plan.Clear:
			all = r.in.append(all, c, jsontext.Value("null"))
		}
	}
	return all
}

// append appends an attribute. The first makes room for one of each column.
func (in *reading) append(all orderhub.Attributes, c *column, v jsontext.Value) orderhub.Attributes {
	if all == nil {
		all = make(orderhub.Attributes, 0, in.free[c.prefix])
	}
	return append(all, orderhub.Attribute{Name: c.attribute, Value: v})
}

// value is the JSON value of an attribute's cell. A cell of a column that may
// hold JSON is that, when it is; any other is a string.
func (c *column) value(text string) jsontext.Value {
	if c.json && strings.IndexByte(`{["-0123456789tfn`, text[0]) >= 0 {
		v := jsontext.Value(text)
		if v.IsValid() && v.Compact() == nil {
			return v
		}
	}
	b, err := jsontext.AppendQuote(make([]byte, 0, len(text)+2), text)
	if err != nil {
		panic(err) // content has seen to it that the text is UTF-8
	}
	return b
}
