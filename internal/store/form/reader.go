package form

import (
	"fmt"
	"math"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
)

// A reader goes through a body once. After an error it stands at the end,
// and everything that is read is zero.
type reader struct {
	s     string
	at    int
	err   error
	order *orderhub.Order
	last  int // number of the former line or document
}

func readNumber[N ~int64](r *reader, to *N) { *to = N(r.number()) }

// elements reads a list of objects.
func elements[E any](r *reader, read func(*reader, *E)) []E {
	if !r.take('[') {
		return nil
	}
	all := make([]E, 0, 3)
	for {
		all = append(all, *new(E))
		read(r, &all[len(all)-1])
		if r.peek() != ',' {
			break
		}
		r.at++
	}
	r.take(']')
	return all
}

// object goes through the members of an object; the loop's body reads each
// value.
func (r *reader) object() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !r.take('{') {
			return
		}
		if r.peek() == '}' {
			r.at++
			return
		}
		for {
			yield(r.key())
			if r.peek() != ',' {
				r.take('}')
				return
			}
			r.at++
		}
	}
}

// members goes through the members that follow the first one of an object.
func (r *reader) members() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for r.peek() == ',' {
			r.at++
			yield(r.key())
		}
		r.take('}')
	}
}

// key reads the name of a member and the colon behind it.
func (r *reader) key() string {
	name := r.text()
	r.take(':')
	return name
}

func (r *reader) peek() byte {
	if r.at < len(r.s) {
		return r.s[r.at]
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.peek() != c {
		r.fail("has no " + string(rune(c)))
		return false
	}
	r.at++
	return true
}

// text reads a string.
func (r *reader) text() string {
	if !r.take('"') {
		return ""
	}
	begin, escaped := r.at, false
	for ; r.at < len(r.s); r.at++ {
		switch r.s[r.at] {
		case '\\':
			escaped = true
			r.at++
		case '"':
			r.at++
			if !escaped {
				return r.s[begin : r.at-1]
			}
			text, err := jsontext.AppendUnquote(nil, r.s[begin-1:r.at])
			if err != nil {
				r.fail("has a broken text")
			}
			return string(text)
		}
	}
	r.fail("ends in a text")
	return ""
}

// number reads an integer.
func (r *reader) number() int64 {
	negative := r.peek() == '-'
	if negative {
		r.at++
	}
	begin, n := r.at, uint64(0)
	for ; r.at < len(r.s); r.at++ {
		d := r.s[r.at] - '0'
		if d > 9 {
			break
		}
		n = 10*n + uint64(d)
	}
	if digits := r.at - begin; digits == 0 || digits > 19 || n > math.MaxInt64 && !(negative && n == 1<<63) {
		r.fail("has a broken number")
		return 0
	}
	if negative {
		return -int64(n)
	}
	return int64(n)
}

// flag reads a member that is written only when it is true.
func (r *reader) flag() bool {
	if !strings.HasPrefix(r.s[r.at:], "true") {
		r.fail("has a broken flag")
		return false
	}
	r.at += len("true")
	return true
}

// attributes reads an object of any values, which stay as they are and are
// copied: a caller may change their bytes.
func (r *reader) attributes() orderhub.Attributes {
	var a orderhub.Attributes
	for name := range r.object() {
		value := r.at
		r.skip()
		a = append(a, orderhub.Attribute{Name: name, Value: jsontext.Value(r.s[value:r.at])})
	}
	return a
}

func (r *reader) extras() orderhub.Extras {
	var e orderhub.Extras
	for dialect := range r.object() {
		if e == nil {
			e = make(orderhub.Extras, 1)
		}
		e[dialect] = r.attributes()
	}
	return e
}

// skip goes over one value.
func (r *reader) skip() {
	for depth := 0; r.at < len(r.s); {
		switch c := r.s[r.at]; c {
		case '"':
			r.text()
		case '{', '[':
			depth++
			r.at++
			continue
		case '}', ']':
			if depth == 0 {
				r.fail("has no value")
				return
			}
			depth--
			r.at++
		case ',', ':':
			if depth == 0 {
				r.fail("has no value")
				return
			}
			r.at++
			continue
		default: // a number or a word
			for r.at < len(r.s) && !strings.ContainsRune(`,:]}"{[`, rune(r.s[r.at])) {
				r.at++
			}
		}
		if depth == 0 {
			return
		}
	}
}

func (r *reader) unknown(name string) {
	r.fail(fmt.Sprintf("has the member %q, which this program does not know", name))
}

// fail notes the first error and leaves nothing to be read.
func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: it %s at byte %d", ErrForm, what, r.at)
	}
	r.at = len(r.s)
}
