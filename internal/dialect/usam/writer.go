package usam

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect/wire"
	"orderhub/money"
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

// amount writes a sum of money in the places of its currency, two at least.
func (w *writer) amount(name string, a money.Amount, c money.Currency) {
	w.name(name)
	w.b = append(append(append(w.b, '"'), a.Fixed(places(c))...), '"')
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

// none is what is shown for members of this dialect that were not sent, by
// name; "null" is a JSON null.
type none map[string]string

// kept writes a value that is kept for this dialect, or what is shown for none.
func (w *writer) kept(name string, e orderhub.Extras, of none) {
	if _, ok := e[Name].Get(name); !ok && of[name] == "null" {
		w.raw(name, []byte("null"))
		return
	}
	w.keptOr(name, e, of[name])
}

// keptOr writes a value that is kept for this dialect, or else another text.
func (w *writer) keptOr(name string, e orderhub.Extras, otherwise string) {
	v, ok := e[Name].Get(name)
	if !ok {
		w.text(name, otherwise)
		return
	}
	s, _ := wire.Text(v)
	w.text(name, s)
}

// shownExtras is what kept writes for all names of a table.
func shownExtras(e orderhub.Extras, of none) orderhub.Attributes {
	shown := make(orderhub.Attributes, 0, len(of))
	for name, text := range of {
		v, ok := e[Name].Get(name)
		if ok {
			text, _ = wire.Text(v)
		}
		if !ok && text == "null" || wire.IsNull(v) {
			shown = append(shown, orderhub.Attribute{Name: name, Value: jsontext.Value("null")})
			continue
		}
		shown.SetText(name, text)
	}
	return shown
}

// shownAmount is an amount as it is read back from an answer.
func shownAmount(a money.Amount, c money.Currency) money.Amount {
	shown, err := money.Parse(a.Fixed(places(c)))
	if err != nil {
		return a
	}
	return shown
}

// places are those of sums in answers.
func places(c money.Currency) int { return max(2, c.Places()) }

// shownTime is a time as it is read back from an answer: in full seconds, and
// where clocks were set back one of the two times that look alike.
func shownTime(shop *orderhub.Shop, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	at, ok := wire.Time(dateText(shop, t), shop.Location())
	if !ok {
		return t
	}
	return at
}

func dateText(shop *orderhub.Shop, t time.Time) string {
	return t.In(shop.Location()).Format(time.DateTime)
}

// shownID is an id where the dialect has whole numbers, "0" for one that is
// none: only a number can be sent back.
func shownID(id string) string {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 && strconv.FormatInt(n, 10) == id {
		return id
	}
	return "0"
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
