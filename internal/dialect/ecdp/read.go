package ecdp

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/decimal"
	"orderhub/internal/dialect"
	"orderhub/internal/dialect/wire"
	"orderhub/money"
)

const (
	maxBody    = 10 << 20 // bytes
	maxDepth   = 64
	maxInteger = 1<<31 - 1
	maxFaults  = 1_000 // are collected; what comes after is not looked at
)

// readBody returns the request's document, which is JSON whatever its content
// type says.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := dialect.ReadBody(w, r, maxBody)
	if err != nil {
		return nil, err
	}
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")) // a mark that some editors put in front
	if err := wire.CheckJSON(body, maxDepth); err != nil {
		text := err.Error()
		if broken, ok := errors.AsType[*wire.JSONError](err); ok {
			text = "The body " + broken.Text + "."
		}
		return nil, orderhub.Errorf(orderhub.Malformed, "%s", text)
	}
	return body, nil
}

// A reader walks once through a document that CheckJSON has passed, and keeps
// all that is wrong with it.
type reader struct {
	json   *jsontext.Decoder
	shop   *orderhub.Shop
	faults orderhub.Faults
	count  int // of faults
	place  place
}

// A place is where in the document the reader is: its parts are the name of a
// list and a position in it.
type place struct {
	list    string // orders or customers; "" is the top
	item    int
	line    int // -1 is none
	attr    string
	attrNum int // of that list of attributes
}

var top = place{line: -1}

func newReader(body []byte, shop *orderhub.Shop) *reader {
	// Names and letters have been checked.
	return &reader{
		json: jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
		shop: shop, place: top,
	}
}

// field is what an error calls a field at the reader's place, in our words; $
// is the whole document.
func (r *reader) field(name string) string {
	var b strings.Builder
	if r.place.list != "" {
		fmt.Fprintf(&b, "%s[%d].", r.place.list, r.place.item)
	}
	if r.place.line >= 0 {
		fmt.Fprintf(&b, "lines[%d].", r.place.line)
	}
	if r.place.attr != "" {
		fmt.Fprintf(&b, "%s[%d].", r.place.attr, r.place.attrNum)
	}
	return cmp.Or(strings.TrimSuffix(b.String()+name, "."), "$")
}

func (r *reader) wrong(name, text string) {
	if r.count++; r.count <= maxFaults {
		r.faults.Wrong(r.field(name), text)
	}
}

func (r *reader) absent(name string) {
	if r.count++; r.count <= maxFaults {
		r.faults.Add(orderhub.Absent(r.field(name)))
	}
}

// full says that there is more wrong than anybody would read.
func (r *reader) full() bool { return r.count > maxFaults }

// members walks through an object and gives each name; what take leaves unread
// is skipped. It reports a fault of the field name and false when there is no
// object.
func (r *reader) members(name string, take func(member string)) bool {
	if r.json.PeekKind() != '{' {
		r.skip()
		r.wrong(name, "must be an object")
		return false
	}
	r.json.ReadToken()
	for r.json.PeekKind() == '"' {
		member, err := r.json.ReadValue()
		if err != nil {
			return true
		}
		before := r.json.InputOffset()
		take(plainName(member))
		if r.json.InputOffset() == before {
			r.skip()
		}
	}
	r.json.ReadToken()
	return true
}

// plainName is the name of a member. Names are ours to choose, so almost none
// is written with escapes.
func plainName(quoted jsontext.Value) string {
	name, _ := wire.Text(quoted)
	return name
}

// elements walks through an array; what take leaves unread is skipped. A null
// is an empty array. It reports a fault of the field name and false for
// anything else.
func (r *reader) elements(name string, take func(i int)) bool {
	switch r.json.PeekKind() {
	case 'n':
		r.skip()
		return true
	case '[':
		r.json.ReadToken()
	default:
		r.skip()
		r.wrong(name, "must be an array")
		return false
	}
	for i := 0; ; i++ {
		if kind := r.json.PeekKind(); kind == ']' || kind == 0 {
			r.json.ReadToken()
			return true
		}
		before := r.json.InputOffset()
		take(i)
		if r.json.InputOffset() == before {
			r.skip()
		}
	}
}

func (r *reader) skip() { r.json.SkipValue() }

// value reads any value; it is good until the next is read.
func (r *reader) value() jsontext.Value {
	v, err := r.json.ReadValue()
	if err != nil {
		return jsontext.Value("null")
	}
	return v
}

// text reads a text of at most limit characters, written as a string or a
// number; null is "".
func (r *reader) text(name string, limit int) string {
	v := r.value()
	if wire.IsNull(v) {
		return ""
	}
	text, ok := wire.Text(v)
	if !ok {
		r.wrong(name, "must be a string")
		return ""
	}
	if len(text) > limit && utf8.RuneCountInString(text) > limit {
		r.wrong(name, fmt.Sprintf("is too long; send at most %d characters", limit))
	}
	return text
}

// need is a text that must be there.
func (r *reader) need(name string, limit int) string {
	before := r.count
	text := r.text(name, limit)
	if text == "" && r.count == before {
		r.absent(name)
	}
	return text
}

// amount reads an amount of money; it is false for null.
func (r *reader) amount(name string) (money.Amount, bool) {
	v := r.value()
	if text, _ := wire.Text(v); wire.IsNull(v) || v.Kind() == '"' && text == "" {
		return 0, false
	}
	text, ok := wire.Number(v)
	a, err := money.Parse(text)
	switch {
	case ok && errors.Is(err, decimal.ErrRange):
		r.wrong(name, "is too large")
	case !ok || err != nil:
		r.wrong(name, "is not an amount; send a number such as 149.99")
	}
	return a, true
}

// notBelowZero reads an amount that must not be negative.
func (r *reader) notBelowZero(name string) (money.Amount, bool) {
	a, ok := r.amount(name)
	if a < 0 {
		r.wrong(name, "must not be negative")
	}
	return a, ok
}

// integer reads a whole number between two others; it is false for null.
func (r *reader) integer(name string, least, most int64) (int64, bool) {
	v := r.value()
	if text, _ := wire.Text(v); wire.IsNull(v) || v.Kind() == '"' && text == "" {
		return 0, false
	}
	n, ok := wire.Int(v)
	if !ok || n < least || n > most {
		r.wrong(name, fmt.Sprintf("must be a whole number from %d to %d", least, most))
		return least, true
	}
	return n, true
}
