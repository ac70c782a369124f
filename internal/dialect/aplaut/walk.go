package aplaut

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// members walks over the members of a compact object that CheckJSON has
// passed. The values are parts of the object's own text.
func members(object jsontext.Value) func(yield func(string, jsontext.Value) bool) {
	return func(yield func(string, jsontext.Value) bool) {
		if object.Kind() != '{' {
			return
		}
		dec := checked(object)
		dec.ReadToken()
		for dec.PeekKind() == '"' {
			name, _ := dec.ReadToken()
			n := name.String()
			if value := next(dec, object); value == nil || !yield(n, value) {
				return
			}
		}
	}
}

// elements walks over the elements of a compact array that CheckJSON has
// passed. They are parts of the array's own text.
func elements(array jsontext.Value) func(yield func(int, jsontext.Value) bool) {
	return func(yield func(int, jsontext.Value) bool) {
		dec := checked(array)
		dec.ReadToken()
		for i := 0; dec.PeekKind() != ']'; i++ {
			if value := next(dec, array); value == nil || !yield(i, value) {
				return
			}
		}
	}
}

// checked reads a text that was checked before: names are not compared again.
func checked(text jsontext.Value) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
}

// next is the value that follows, as a part of the text; nil for none.
func next(dec *jsontext.Decoder, text jsontext.Value) jsontext.Value {
	value, err := dec.ReadValue()
	if err != nil {
		return nil
	}
	end := int(dec.InputOffset())
	return text[end-len(value) : end : end]
}

func compact(value jsontext.Value) jsontext.Value {
	v := value.Clone()
	if err := v.Compact(jsontext.AllowDuplicateNames(true)); err != nil {
		return value
	}
	return v
}
