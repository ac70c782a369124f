package usam

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
)

// fields are what _fields asks for, as a tree: "count,items.id" is count, and
// of items only id. Nil asks for everything.
type fields map[string]fields

// maxFields is how long _fields may be, in bytes.
const maxFields = 4_096

// wantedFields reads _fields, as WordPress has it for every route.
func wantedFields(p params) (fields, error) {
	d := new(decoder)
	names := d.strings(p, "_fields")
	if err := d.faults.Err(); err != nil || len(names) == 0 {
		return nil, err
	}
	tree := make(fields)
	size := 0
	for _, name := range names {
		if size += len(name); size > maxFields {
			return nil, orderhub.Wrong("_fields", "is too long")
		}
		tree.add(strings.Split(name, "."))
	}
	return tree, nil
}

func (f fields) add(path []string) {
	below, known := f[path[0]]
	switch {
	case len(path) == 1:
		f[path[0]] = nil // all of it
	case known && below == nil: // all of it already
	default:
		if below == nil {
			below = make(fields)
			f[path[0]] = below
		}
		below.add(path[1:])
	}
}

// has says whether a member is asked for.
func (f fields) has(name string) bool {
	_, asked := f[name]
	return f == nil || asked
}

// below is what is asked for within a member.
func (f fields) below(name string) fields { return f[name] }

// trim leaves in a JSON value what is asked for: members of an object, and of
// the objects in an array. Anything else stays as it is.
func (f fields) trim(v jsontext.Value) []byte {
	if f == nil {
		return v
	}
	switch v.Kind() {
	case '[':
		all, _ := elements(v)
		return array(all, func(v jsontext.Value) []byte { return f.trim(v) })
	case '{':
		w := new(writer)
		for _, m := range members(v) {
			if f.has(m.Name) {
				w.raw(m.Name, f.below(m.Name).trim(m.Value))
			}
		}
		return w.done()
	}
	return v
}
