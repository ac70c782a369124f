package wire

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Nest builds the JSON object that the names of a form describe, as PHP and
// Rails read them:
//
//	data[type]=orders                  {"data": {"type": "orders"}}
//	fields[]=a&fields[]=b              {"fields": ["a", "b"]}
//	fields[1]=b&fields[0]=a            {"fields": ["a", "b"]}
//	lines[0][id]=45&lines[1][id]=46    {"lines": [{"id": "45"}, {"id": "46"}]}
//	lines[][id]=45&lines[][n]=2&lines[][id]=46
//	                                   {"lines": [{"id": "45", "n": "2"}, {"id": "46"}]}
//
// With empty brackets a new element begins when the last one has the key
// already, which is Rack's rule. An object whose keys are exactly 0 to n-1, in
// any order, becomes an array, but the outermost one never does. All values
// are strings. Names come in the order of their first appearance; a value that
// is sent twice (a checkbox behind its hidden field) is the last one sent, as
// in PHP and Rails.
//
// A refusal is a *FormError: more than MaxPairs pairs, a name longer than
// MaxName bytes, with more than MaxDepth keys, with unbalanced brackets or
// nothing before them, text that is not UTF-8 or has a NUL, and a name used
// both as a value and as an object, or as a list and as an object. What is
// returned passes CheckJSON at MaxDepth, and takes time in proportion to the
// length of all names and values.
func Nest(pairs []Pair) (jsontext.Value, error) {
	if len(pairs) > MaxPairs {
		return nil, tooMany()
	}
	root := &branch{use: asObject}
	for _, p := range pairs {
		if err := p.check(); err != nil {
			return nil, err
		}
		path, err := splitName(p.Name)
		if err != nil {
			return nil, err
		}
		if err := root.put(path, p.Value); err != nil {
			return nil, err
		}
	}
	return root.appendObject(nil)
}

// splitName takes a name apart into its keys: a[b][] is a, b and "".
func splitName(name string) ([]string, error) {
	open := strings.IndexByte(name, '[')
	if open < 0 {
		return []string{name}, nil
	}
	if open == 0 {
		return nil, fieldError(name, "has nothing before its bracket")
	}
	keys := []string{name[:open]}
	for rest := name[open:]; rest != ""; {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || strings.IndexByte(rest[1:end], '[') >= 0 {
			return nil, fieldError(name, "has unbalanced brackets")
		}
		if len(keys) == MaxDepth {
			return nil, fieldError(name, fmt.Sprintf("is nested deeper than %d levels", MaxDepth))
		}
		keys = append(keys, rest[1:end])
		rest = rest[end+1:]
	}
	return keys, nil
}

// A use says what the names of a form have made of a branch so far.
type use uint8

const (
	unused use = iota
	asValue
	asObject
	asList
)

// uses puts a use into words for the caller.
var uses = [...]string{asValue: "a value", asObject: "an object", asList: "a list"}

// A branch is one place in the object that grows from a form.
type branch struct {
	use   use
	text  string         // of a value
	kids  []kid          // of an object or a list
	index map[string]int // of an object's kids by name, once they are many
}

// A kid is a branch with its name, which is "" in a list.
type kid struct {
	name string
	*branch
}

// put hangs a value below b, an object, under the keys of path.
func (b *branch) put(path []string, text string) error {
	at := b
	for i, key := range path {
		want := asObject
		if key == "" {
			want = asList
		}
		if err := at.become(want, path[:i]); err != nil {
			return err
		}
		if want == asList {
			at = at.element(path[i+1:])
		} else {
			at = at.child(key)
		}
	}
	if err := at.become(asValue, path); err != nil {
		return err
	}
	at.text = text
	return nil
}

// become sets the use of a branch, which lies at path, once and for all.
func (b *branch) become(u use, path []string) error {
	if b.use == unused {
		b.use = u
	}
	if b.use == u {
		return nil
	}
	name := path[0]
	for _, key := range path[1:] {
		name += "[" + key + "]"
	}
	return fieldError(name, fmt.Sprintf("is sent both as %s and as %s", uses[b.use], uses[u]))
}

// find returns the child of an object under a key, or nil.
func (b *branch) find(key string) *branch {
	if b.index != nil {
		if i, ok := b.index[key]; ok {
			return b.kids[i].branch
		}
		return nil
	}
	for _, k := range b.kids {
		if k.name == key {
			return k.branch
		}
	}
	return nil
}

// child returns the child of an object under a key, and makes it if need be.
func (b *branch) child(key string) *branch {
	if found := b.find(key); found != nil {
		return found
	}
	const many = 8
	if b.index == nil && len(b.kids) == many {
		b.index = make(map[string]int, 2*many)
		for i, k := range b.kids {
			b.index[k.name] = i
		}
	}
	if b.index != nil {
		b.index[key] = len(b.kids)
	}
	return b.add(key)
}

// add makes a new child.
func (b *branch) add(key string) *branch {
	k := kid{key, new(branch)}
	b.kids = append(b.kids, k)
	return k.branch
}

// element returns the element of a list that a pair belongs to, of which rest
// is the remaining path: the last one while it is an object without a value
// there, otherwise a new one.
func (b *branch) element(rest []string) *branch {
	if len(b.kids) > 0 && len(rest) > 0 && rest[0] != "" {
		last := b.kids[len(b.kids)-1].branch
		if last.use == asObject && !last.has(rest) {
			return last
		}
	}
	return b.add("")
}

// has reports whether there is something at path. A path through a list
// always leads to a new place.
func (b *branch) has(path []string) bool {
	at := b
	for _, key := range path {
		if key == "" {
			return false
		}
		if at = at.find(key); at == nil {
			return false
		}
	}
	return true
}

// inOrder returns the kids of an object whose names are exactly 0 to n-1, by
// those numbers, and nil for any other object.
func (b *branch) inOrder() []kid {
	kids := make([]kid, len(b.kids))
	for _, k := range b.kids {
		n, err := strconv.Atoi(k.name)
		if err != nil || n < 0 || n >= len(kids) || strconv.Itoa(n) != k.name {
			return nil
		}
		kids[n] = k
	}
	return kids
}

// appendJSON writes a branch below the root.
func (b *branch) appendJSON(dst []byte) ([]byte, error) {
	switch b.use {
	case asValue:
		return jsontext.AppendQuote(dst, b.text)
	case asList:
		return appendArray(dst, b.kids)
	}
	if kids := b.inOrder(); kids != nil {
		return appendArray(dst, kids)
	}
	return b.appendObject(dst)
}

func appendArray(dst []byte, kids []kid) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	for i, k := range kids {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = k.appendJSON(dst); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func (b *branch) appendObject(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	var err error
	for i, k := range b.kids {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = jsontext.AppendQuote(dst, k.name); err != nil {
			return nil, err
		}
		dst = append(dst, ':')
		if dst, err = k.appendJSON(dst); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}
