package orderhub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of free attributes, for each order, line or customer.
const (
	MaxAttributes    = 1_000   // names
	MaxAttributeName = 256     // characters of a name (ExpertSender's limit)
	MaxAttributeSize = 256_000 // bytes of all values together
)

// An Attribute is a name that the shop chose with any JSON value.
type Attribute struct {
	Name  string
	Value jsontext.Value // one compact JSON value; numbers stand as they were sent
}

// Attributes are what a shop keeps with an order, a line or a customer beyond
// our words. They keep the order in which they arrived; names are unique.
type Attributes []Attribute

// ParseAttributes reads a JSON object. It refuses anything else, broken JSON
// and duplicate names.
func ParseAttributes(object []byte) (Attributes, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(object)) // a Buffer is read without a copy
	if open, err := d.ReadToken(); err != nil || open.Kind() != '{' {
		return nil, errors.Join(errors.New("attributes: not a JSON object"), err)
	}
	var a Attributes
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("attributes: %w", err)
		}
		n := name.String() // before the next read, which overwrites the token
		value, err := d.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("attributes: %w", err)
		}
		v := value.Clone()
		if bytes.ContainsAny(v, " \t\r\n") { // else it is compact
			if err := v.Compact(); err != nil {
				return nil, fmt.Errorf("attributes: %w", err)
			}
		}
		a = append(a, Attribute{n, v})
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return nil, errors.New("attributes: more than one JSON value")
	}
	return a, nil
}

// JSON prints the attributes as one compact JSON object, "{}" when there are
// none.
func (a Attributes) JSON() []byte {
	size := len("{}")
	for _, x := range a {
		size += len(x.Name) + len(x.Value) + len(`"":,`)
	}
	b := append(make([]byte, 0, size), '{')
	for i, x := range a {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, x.Name)
		b = append(b, ':')
		b = append(b, x.Value...)
	}
	return append(b, '}')
}

// Get returns the value of a name.
func (a Attributes) Get(name string) (jsontext.Value, bool) {
	for _, x := range a {
		if x.Name == name {
			return x.Value, true
		}
	}
	return nil, false
}

// Text returns the value of a name that holds a JSON string, else "".
func (a Attributes) Text(name string) string {
	v, ok := a.Get(name)
	if !ok || v.Kind() != '"' {
		return ""
	}
	text, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(text)
}

// Set gives a name a value, in its old place or at the end. The value must be
// valid JSON.
func (a *Attributes) Set(name string, value jsontext.Value) {
	for i, x := range *a {
		if x.Name == name {
			(*a)[i].Value = value
			return
		}
	}
	*a = append(*a, Attribute{name, value})
}

// SetText gives a name a JSON string.
func (a *Attributes) SetText(name, text string) { a.Set(name, appendQuoted(nil, text)) }

// Merge returns a with the changes of b: a name of b replaces or adds, and
// a null value removes. A value that is the same JSON in another spelling
// changes nothing, nor does a null where a null is stored: it was sent back as
// it was shown. Neither a nor b is changed.
func (a Attributes) Merge(b Attributes) Attributes {
	merged := slices.Clone(a)
	place := make(map[string]int, len(a)+len(b)) // of each name, so that long lists stay cheap
	for i, x := range merged {
		place[x.Name] = i
	}
	for _, x := range b {
		i, known := place[x.Name]
		switch {
		case known && sameValue(merged[i].Value, x.Value): // also null, where null is stored
		case x.Value.Kind() == 'n' && known:
			merged[i].Value = nil // taken out below
			delete(place, x.Name)
		case x.Value.Kind() == 'n':
		case known:
			merged[i].Value = x.Value
		default:
			place[x.Name] = len(merged)
			merged = append(merged, x)
		}
	}
	return slices.DeleteFunc(merged, func(x Attribute) bool { return x.Value == nil })
}

// Replace returns sent in place of a. Names that stay keep their place, and a
// value that is sent as it was shown keeps what is stored, also nothing: shown
// is a as the sender's dialect prints it. Neither is changed.
func (a Attributes) Replace(sent, shown Attributes) Attributes {
	find, print := sent.finder(), shown.finder()
	var next Attributes
	for _, x := range a {
		value, kept := find(x.Name)
		if !kept {
			continue
		}
		if old, ok := print(x.Name); ok && sameValue(old, value) || sameValue(x.Value, value) {
			value = x.Value
		}
		next = append(next, Attribute{x.Name, value})
	}
	known := a.finder()
	for _, x := range sent.Without(shown) {
		if _, ok := known(x.Name); !ok {
			next = append(next, x)
		}
	}
	return next
}

// Without returns those of a that are not the same in shown.
func (a Attributes) Without(shown Attributes) Attributes {
	find := shown.finder()
	var rest Attributes
	for _, x := range a {
		if value, ok := find(x.Name); !ok || !sameValue(value, x.Value) {
			rest = append(rest, x)
		}
	}
	return rest
}

// finder returns Get for many names, which stays cheap in long lists.
func (a Attributes) finder() func(name string) (jsontext.Value, bool) {
	const short = 16
	if len(a) <= short {
		return a.Get
	}
	values := make(map[string]jsontext.Value, len(a))
	for _, x := range a {
		values[x.Name] = x.Value
	}
	return func(name string) (jsontext.Value, bool) {
		value, ok := values[name]
		return value, ok
	}
}

// sorted are the attributes in the sequence of their names.
func (a Attributes) sorted() Attributes {
	byName := func(x, y Attribute) int { return strings.Compare(x.Name, y.Name) }
	if slices.IsSortedFunc(a, byName) {
		return a
	}
	return slices.SortedFunc(slices.Values(a), byName)
}

// sameValue says whether two JSON values are the same but for the spelling of
// texts: "\/" is "/".
func sameValue(a, b jsontext.Value) bool {
	return bytes.Equal(a, b) || bytes.Equal(minimal(a), minimal(b))
}

// minimal is a valid compact JSON value with its texts in their shortest form.
func minimal(v jsontext.Value) jsontext.Value {
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	short := v.Clone()
	if err := short.Format(jsontext.AllowDuplicateNames(true)); err != nil {
		return v
	}
	return short
}

// check reports what is over a limit, as faults of the field.
func (a Attributes) check(field string, f *Faults) {
	if len(a) > MaxAttributes {
		f.Wrong(field, fmt.Sprintf("has %d names; send at most %d", len(a), MaxAttributes))
		return
	}
	size := 0
	for _, x := range a {
		size += len(x.Value)
		if n := utf8.RuneCountInString(x.Name); n > MaxAttributeName {
			f.Wrong(field, fmt.Sprintf("has a name of %d characters; send at most %d", n, MaxAttributeName))
		}
	}
	if size > MaxAttributeSize {
		f.Wrong(field, fmt.Sprintf("holds %d bytes; send at most %d", size, MaxAttributeSize))
	}
}

// Extras are what only one dialect understands, verbatim, under the dialect's
// name, so that its own round trip loses nothing.
type Extras map[string]Attributes

// ParseExtras reads what JSON printed.
func ParseExtras(object []byte) (Extras, error) {
	outer, err := ParseAttributes(object)
	if err != nil || len(outer) == 0 {
		return nil, err
	}
	e := make(Extras, len(outer))
	for _, x := range outer {
		if e[x.Name], err = ParseAttributes(x.Value); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// JSON prints the extras as one JSON object, dialects in the order of their
// names, "{}" when there are none.
func (e Extras) JSON() []byte {
	var outer Attributes
	for _, dialect := range slices.Sorted(maps.Keys(e)) {
		if len(e[dialect]) > 0 {
			outer = append(outer, Attribute{dialect, e[dialect].JSON()})
		}
	}
	return outer.JSON()
}

// Merge returns the extras with changes merged by name within each dialect, in
// a copy.
func (e Extras) Merge(changes Extras) Extras {
	if len(changes) == 0 {
		return e
	}
	merged := make(Extras, len(e)+1)
	maps.Copy(merged, e)
	for dialect, a := range changes {
		merged.set(dialect, merged[dialect].Merge(a))
	}
	return merged.orNil()
}

// Replace returns the extras with those of the sent dialects in place of the
// stored ones, in a copy; see [Attributes.Replace].
func (e Extras) Replace(sent, shown Extras) Extras {
	if len(sent) == 0 {
		return e
	}
	next := make(Extras, len(e)+1)
	maps.Copy(next, e)
	for dialect, a := range sent {
		next.set(dialect, e[dialect].Replace(a, shown[dialect]))
	}
	return next.orNil()
}

// Without returns the extras that are not the same in shown.
func (e Extras) Without(shown Extras) Extras {
	rest := make(Extras, len(e))
	for dialect, a := range e {
		rest.set(dialect, a.Without(shown[dialect]))
	}
	return rest.orNil()
}

func (e Extras) set(dialect string, a Attributes) {
	if len(a) == 0 {
		delete(e, dialect)
		return
	}
	e[dialect] = a
}

func (e Extras) orNil() Extras {
	if len(e) == 0 {
		return nil
	}
	return e
}

// appendQuoted appends text as a JSON string. Text comes from doors that have
// checked that it is UTF-8; a wrong byte would become the replacement sign.
func appendQuoted(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text)
	return b
}
