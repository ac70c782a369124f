package usam

import (
	"orderhub"
	"orderhub/internal/dialect/wire"
	"orderhub/money"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A writer writes one JSON object, member by member. The vendor writes numbers
// as strings.
type writer struct{ b []byte }

// name begins a member. Names are ours: none needs escaping.
func (w *writer) name(name string) {
	if len(w.b) == 0 {
		w.b = append(w.b, '{')
	} else {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), `":`...)
}

func (w *writer) raw(name string, value []byte) {
	w.name(name)
	w.b = append(w.b, value...)
}

func (w *writer) text(name, value string) {
	w.name(name)
	w.b, _ = jsontext.AppendQuote(w.b, value)
}

func (w *writer) number(name string, n int64) {
	w.name(name)
	w.b = append(strconv.AppendInt(append(w.b, '"'), n, 10), '"')
}

func (w *writer) amount(name string, a money.Amount) {
	w.name(name)
	w.b = append(append(append(w.b, '"'), a.Fixed(2)...), '"')
}

// flag writes "1" or "0".
func (w *writer) flag(name string, yes bool) {
	n := int64(0)
	if yes {
		n = 1
	}
	w.number(name, n)
}

// date writes a time in the shop's zone, never as null.
func (w *writer) date(name string, shop *orderhub.Shop, t time.Time) {
	if t.IsZero() {
		w.raw(name, []byte("null"))
		return
	}
	w.name(name)
	w.b = append(t.In(shop.Location()).AppendFormat(append(w.b, '"'), time.DateTime), '"')
}

// kept writes a value that is kept for this dialect, or what stands for none.
func (w *writer) kept(name string, e orderhub.Extras, none string) {
	v, ok := e[Name].Get(name)
	if !ok {
		if none == "null" {
			w.raw(name, []byte(none))
			return
		}
		w.text(name, none)
		return
	}
	s, _ := wire.Text(v)
	w.text(name, s)
}

// done is the object.
func (w *writer) done() []byte {
	if len(w.b) == 0 {
		return []byte("{}")
	}
	return append(w.b, '}')
}

// array joins JSON values.
func array[T any](all []T, show func(T) []byte) []byte {
	b := []byte{'['}
	for i, x := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, show(x)...)
	}
	return append(b, ']')
}
