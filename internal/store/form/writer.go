package form

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
)

// A writer appends the members of objects.
type writer struct {
	b    []byte
	last int // number of the former line or document
}

// name begins a member.
func (w *writer) name(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// element begins the object number i of a list.
func (w *writer) element(i int) {
	if i == 0 {
		w.b = append(w.b, '[', '{')
	} else {
		w.b = append(w.b, ',', '{')
	}
}

// part writes the number of a line or document.
func (w *writer) part(no int) {
	w.numberUnless("no", int64(no), int64(w.last)+1)
	w.last = no
}

func (w *writer) text(name, value string) { w.textUnless(name, value, "") }

func (w *writer) textUnless(name, value, left string) {
	if value != left {
		w.name(name)
		w.b = appendText(w.b, value)
	}
}

func (w *writer) number(name string, value int64) { w.numberUnless(name, value, 0) }

func (w *writer) numberUnless(name string, value, left int64) {
	if value != left {
		w.name(name)
		w.b = strconv.AppendInt(w.b, value, 10)
	}
}

func (w *writer) flag(name string, value bool) {
	if value {
		w.name(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *writer) attributes(name string, a orderhub.Attributes) {
	if len(a) > 0 {
		w.name(name)
		w.b = appendAttributes(w.b, a)
	}
}

// extras writes the dialects in the order of their names.
func (w *writer) extras(e orderhub.Extras) {
	if len(e) == 0 {
		return
	}
	some := false
	for _, dialect := range slices.Sorted(maps.Keys(e)) {
		if len(e[dialect]) == 0 {
			continue
		}
		if !some {
			w.name("ext")
			w.b = append(w.b, '{')
			some = true
		} else {
			w.b = append(w.b, ',')
		}
		w.b = append(appendText(w.b, dialect), ':')
		w.b = appendAttributes(w.b, e[dialect])
	}
	if some {
		w.b = append(w.b, '}')
	}
}

func appendAttributes(b []byte, a orderhub.Attributes) []byte {
	b = append(b, '{')
	for i, x := range a {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, x.Name), ':')
		b = append(b, x.Value...)
	}
	return append(b, '}')
}

// appendText appends a JSON string. Most texts need no escapes, and are
// copied.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			return appendEscaped(b, text)
		}
	}
	if !utf8.ValidString(text) {
		return appendEscaped(b, text)
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

func appendEscaped(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text) // a wrong byte becomes the replacement sign
	return b
}
