package form

import (
	"encoding/json"
	"fmt"
	"strings"

	"orderhub"
)

// The column changes of an event holds what changed, as JSON that begins with
// the number of its form:
//
//	{"v":2,"product":7,"made":true,"user":"vera","req":"r-1","import":3,"changes":[["status","received","closed"]]}
//
// Product is the id of the product that the event is about, made is there when
// the order of the event has registered its customer, user, req and import are
// of the actor, changes are lists of field, from and to. Form 1 had made and
// changes only. Before forms had numbers it was the list of changes alone. All
// of them are read.

// AppendEvent appends the payload of an event: what is no column of it.
func AppendEvent(b []byte, e *orderhub.Event) []byte {
	w := writer{b: append(b, `{"v":2`...)}
	w.number("product", int64(e.Product))
	w.flag("made", e.CustomerMade)
	w.text("user", e.Actor.User)
	w.text("req", e.Actor.Request)
	w.number("import", int64(e.Actor.Import))
	if len(e.Changes) == 0 {
		return append(w.b, '}')
	}
	w.name("changes")
	for i, c := range e.Changes {
		if i == 0 {
			w.b = append(w.b, '[', '[')
		} else {
			w.b = append(w.b, ',', '[')
		}
		w.b = append(appendText(w.b, c.Field), ',')
		w.b = append(appendText(w.b, c.From), ',')
		w.b = append(appendText(w.b, c.To), ']')
	}
	return append(w.b, ']', '}')
}

// ReadEvent fills an event with what AppendEvent wrote, also before forms had
// numbers. Any other text is an error.
func ReadEvent(payload []byte, e *orderhub.Event) error {
	text := string(payload)
	if strings.HasPrefix(text, "[") {
		return readFormerEvent(payload, e)
	}
	rest, ok := strings.CutPrefix(text, `{"v":2`)
	if !ok {
		rest, ok = strings.CutPrefix(text, `{"v":1`)
	}
	if !ok || rest == "" || rest[0] != ',' && rest[0] != '}' {
		return fmt.Errorf("%w: its form is neither 1 nor 2: %.40q", ErrForm, text)
	}
	r := reader{s: text, at: len(text) - len(rest)}
	for name := range r.members() {
		switch name {
		case "product":
			e.Product = orderhub.ProductID(r.number())
		case "made":
			e.CustomerMade = r.flag()
		case "user":
			e.Actor.User = r.text()
		case "req":
			e.Actor.Request = r.text()
		case "import":
			e.Actor.Import = orderhub.ImportID(r.number())
		case "changes":
			e.Changes = r.changes()
		default:
			r.unknown(name)
		}
	}
	if r.at != len(text) {
		r.fail("goes on")
	}
	return r.err
}

func (r *reader) changes() []orderhub.Change {
	var all []orderhub.Change
	r.take('[')
	for r.take('[') {
		var c orderhub.Change
		c.Field = r.text()
		r.take(',')
		c.From = r.text()
		r.take(',')
		c.To = r.text()
		r.take(']')
		all = append(all, c)
		if r.peek() != ',' {
			break
		}
		r.at++
	}
	r.take(']')
	return all
}

// readFormerEvent reads an array of [field, from, to].
func readFormerEvent(payload []byte, e *orderhub.Event) error {
	var all [][3]string
	if err := json.Unmarshal(payload, &all); err != nil {
		return err
	}
	for _, c := range all {
		e.Changes = append(e.Changes, orderhub.Change{Field: c[0], From: c[1], To: c[2]})
	}
	return nil
}
