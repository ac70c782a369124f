package virtpos

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/money"
)

// A writer writes one answer, field by field, as XML or as JSON. Names are
// ours: none needs escaping.
type writer struct {
	b     []byte
	json  bool
	depth int  // of elements around what comes next
	comma bool // something of the same JSON object or list stands before
	empty int  // where b ends when nothing was written since a list began
}

// begin begins an answer in the format that the request asks for.
func begin(r *http.Request) *writer {
	b := &writer{json: strings.EqualFold(askedIn(r).format, "json"), depth: 1}
	if b.json {
		b.b = append(b.b, '{')
	} else {
		b.b = append(b.b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<root>\n"...)
	}
	return b
}

// give ends an answer and sends what of it was not sent yet.
func (b *writer) give(w http.ResponseWriter) {
	if b.json {
		b.b = append(b.b, "}\n"...)
	} else {
		b.b = append(b.b, "</root>\n"...)
	}
	b.flush(w)
}

// flushAt is how much is gathered before it is sent, in bytes.
const flushAt = 1 << 16

// flush sends what has been written so far. Whether the caller is still there
// is found out by whoever makes more of it.
func (b *writer) flush(w http.ResponseWriter) error {
	b.setHeaders(w.Header())
	_, err := w.Write(b.b)
	b.b = b.b[:0]
	return err
}

func (b *writer) setHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	if b.json {
		h.Set("Content-Type", "application/json; charset=utf-8")
	} else {
		h.Set("Content-Type", "text/xml; charset=utf-8")
	}
}

// value writes a field: as JSON so, as XML the text, which is escaped already.
func (b *writer) value(name, xml, json string) {
	if b.json {
		b.name(name)
		b.b = append(b.b, json...)
		return
	}
	b.indent()
	if xml == "" {
		b.b = append(append(append(b.b, '<'), name...), " />\n"...)
		return
	}
	b.b = append(append(append(b.b, '<'), name...), '>')
	b.b = append(append(append(b.b, xml...), "</"...), name...)
	b.b = append(b.b, ">\n"...)
}

func (b *writer) name(name string) {
	b.separate()
	b.b = append(append(append(b.b, '"'), name...), `":`...)
}

func (b *writer) separate() {
	if b.comma {
		b.b = append(b.b, ',')
	}
	b.comma = true
}

func (b *writer) indent() {
	for range b.depth {
		b.b = append(b.b, "   "...)
	}
}

// text writes a text; an empty one is null, or an empty element.
func (b *writer) text(name, text string) {
	if !b.json {
		b.value(name, escape(text), "")
		return
	}
	if text == "" {
		b.value(name, "", "null")
		return
	}
	quoted, _ := jsontext.AppendQuote(nil, text) // the store holds nothing that is no UTF-8
	b.value(name, "", string(quoted))
}

// id writes an id of the shop's, which is any text. In JSON it is a number when
// it is one that no reader of JSON changes.
func (b *writer) id(name, text string) {
	if n, err := strconv.ParseInt(text, 10, 64); b.json && err == nil && len(text) <= 15 && strconv.FormatInt(n, 10) == text {
		b.value(name, "", text)
		return
	}
	b.text(name, text)
}

func (b *writer) number(name string, n int64) {
	text := strconv.FormatInt(n, 10)
	b.value(name, text, text)
}

// ours writes an id of ours; 0 is none.
func (b *writer) ours(name string, id int64) {
	if id == 0 {
		b.text(name, "")
		return
	}
	b.number(name, id)
}

func (b *writer) flag(name string, yes bool) {
	n := int64(0)
	if yes {
		n = 1
	}
	b.number(name, n)
}

// decimal writes an exact number, which in JSON is a string.
func (b *writer) decimal(name, digits string) { b.value(name, digits, `"`+digits+`"`) }

// money writes a sum in the places of its currency, two at least.
func (b *writer) money(name string, a money.Amount, c money.Currency) {
	b.decimal(name, a.Fixed(max(2, c.Places())))
}

// date writes a time in the shop's zone; never is empty.
func (b *writer) date(name string, shop *orderhub.Shop, t time.Time) {
	if t.IsZero() {
		b.text(name, "")
		return
	}
	b.text(name, t.In(shop.Location()).Format(time.DateTime))
}

// A run is how a list is written: in JSON under a name; in XML with an element
// around all, and one around each, of which either may be missing.
type run struct{ name, around, each string }

// open begins a list, which ends with shut.
func (b *writer) open(l run) {
	if b.json {
		b.name(l.name)
		b.b, b.comma = append(b.b, '['), false
	} else if l.around != "" {
		b.tag("<", l.around)
		b.depth++
		b.empty = len(b.b)
	}
}

func (b *writer) shut(l run) {
	if b.json {
		b.b, b.comma = append(b.b, ']'), true
		return
	}
	if l.around == "" {
		return
	}
	b.depth--
	if len(b.b) == b.empty { // as all that is empty
		b.b = append(b.b[:len(b.b)-len(">\n")], " />\n"...)
		return
	}
	b.tag("</", l.around)
}

// item begins an element of a list, which ends with done.
func (b *writer) item(l run) {
	if b.json {
		b.separate()
		b.b, b.comma = append(b.b, '{'), false
	} else if l.each != "" {
		b.tag("<", l.each)
		b.depth++
	}
}

func (b *writer) done(l run) {
	if b.json {
		b.b, b.comma = append(b.b, '}'), true
	} else if l.each != "" {
		b.depth--
		b.tag("</", l.each)
	}
}

func (b *writer) tag(opening, name string) {
	b.indent()
	b.b = append(append(append(b.b, opening...), name...), ">\n"...)
}

// escape makes any text good between two tags. Characters that XML 1.0 forbids
// are replaced; a carriage return, which parsers would change, is named.
func escape(text string) string {
	if strings.IndexFunc(text, odd) < 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '&':
			out.WriteString("&amp;")
		case r == '<':
			out.WriteString("&lt;")
		case r == '>':
			out.WriteString("&gt;")
		case r == '\r':
			out.WriteString("&#xD;")
		case odd(r):
			out.WriteRune(utf8.RuneError)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// odd says whether a character cannot stand in XML as it is. That includes the
// sign for bytes that are no UTF-8, which stays the same when it is one.
func odd(r rune) bool {
	switch {
	case r == '\t' || r == '\n':
		return false
	case r < ' ' || r == '&' || r == '<' || r == '>' || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF:
		return true
	}
	return false
}
