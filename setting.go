package orderhub

import (
	"fmt"
	"slices"
	"strings"
)

// A Setting is a choice that a shop has. It is declared once, by the package
// that reads it, and read by Of.
type Setting struct {
	Name   string   // begins with who reads it, such as aplaut.error_style
	Values []string // what can be chosen; the first is the default
	// Pattern is how other values look, such as DAYS; "" when there are no others.
	Pattern string
	// Check reports what is wrong with one of the other values, in words that
	// follow the name of the setting; nil when Pattern is "".
	Check func(value string) error
	Help  Sentence
}

// A Sentence is one sentence in the languages of those who run shops.
type Sentence struct {
	English, Russian, Polish string
}

// Default is the value of a shop that has not chosen.
func (s Setting) Default() string { return s.Values[0] }

// Of is what a shop has chosen, or the default. A stored value that is not
// allowed counts as not chosen.
func (s Setting) Of(shop *Shop) string {
	if value, chosen := shop.Settings[s.Name]; chosen && s.Validate(value) == nil {
		return value
	}
	return s.Default()
}

// Validate reports why a value cannot be chosen: an Invalid error of the field
// that has the setting's name.
func (s Setting) Validate(value string) error {
	if slices.Contains(s.Values, value) {
		return nil
	}
	allowed := strings.Join(s.Values, " or ")
	if s.Check == nil {
		return Wrong(s.Name, "can be "+allowed)
	}
	if err := s.Check(value); err != nil {
		return Wrong(s.Name, fmt.Sprintf("%v, or %s", err, allowed))
	}
	return nil
}

// String is the name and all that can be chosen, such as
// jsonapi.strict=false|true.
func (s Setting) String() string {
	all := s.Values
	if s.Pattern != "" {
		all = append(slices.Clone(all), s.Pattern)
	}
	return s.Name + "=" + strings.Join(all, "|")
}
