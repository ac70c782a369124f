package orderhub

import (
	"errors"
	"fmt"
	"strings"
)

// A Kind says what went wrong in the words of the trade. It never names an
// HTTP status: each dialect chooses its own.
type Kind uint8

const (
	Internal    Kind = iota // ours to fix; the caller learns nothing more
	Malformed               // the message cannot be read at all
	Invalid                 // a field holds something we cannot accept
	Missing                 // a field that must be there is not
	NotFound                // no such order, customer, card, …
	Duplicate               // the number or identity is taken
	Conflict                // the order has moved on: paid, shipped, cancelled
	Stranger                // no valid key: we do not know the caller
	Denied                  // a known caller, a forbidden act
	TooLarge                // the message is over a limit that we publish
	TooMany                 // the caller asks faster than it may
	Unavailable             // the store cannot take it now; nothing was stored, try again
)

// An Error is the only error that a dialect may show to its caller. Any
// other error is Internal: it is logged in full and shown as nothing.
type Error struct {
	Kind  Kind
	Field string // the offending field in our words, such as "lines[2].quantity"; "" when none is
	Text  string // for the caller; starts lower case; after a field it reads on: "is not an amount"
}

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Text
	}
	return e.Field + " " + e.Text
}

// Errorf makes an error of a kind that concerns no single field.
func Errorf(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Wrong says that a field holds something we cannot accept.
func Wrong(field, text string) error {
	return &Error{Kind: Invalid, Field: field, Text: text}
}

// Absent says that a required field was not sent or is empty. The text is the
// one that clients of Aplaut match on.
func Absent(field string) error {
	return &Error{Kind: Missing, Field: field, Text: "can't be blank"}
}

// Taken says that a field must be unique and its value is in use. The text is
// the one that clients of Aplaut match on.
func Taken(field string) error {
	return &Error{Kind: Duplicate, Field: field, Text: "is already taken"}
}

// All returns every Error in err, in order: one for a plain Error, several
// for errors that were joined, however they were wrapped. An error of another
// sort gives none.
func All(err error) []*Error {
	switch e := err.(type) {
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() error }:
		return All(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, joined := range e.Unwrap() {
			all = append(all, All(joined)...)
		}
		return all
	}
	return nil
}

// KindOf returns the kind of the first Error in err, or Internal.
func KindOf(err error) Kind {
	if all := All(err); len(all) > 0 {
		return all[0].Kind
	}
	return Internal
}

// Faults collects all that is wrong with one message, so that its sender
// learns everything at once. The zero value is ready to use.
type Faults struct {
	all []error
}

// Add keeps err, unless it is nil.
func (f *Faults) Add(err error) {
	if err != nil {
		f.all = append(f.all, err)
	}
}

// Wrong keeps that a field holds something we cannot accept.
func (f *Faults) Wrong(field, text string) { f.Add(Wrong(field, text)) }

// AddNew keeps those Errors in err whose field has no fault yet: a field that
// could not be read has not been left out as well.
func (f *Faults) AddNew(err error) {
	known := make(map[string]bool)
	for _, e := range All(f.Err()) {
		known[e.Field] = true
	}
	for _, e := range All(err) {
		if !known[e.Field] {
			f.Add(e)
		}
	}
}

// AddIn keeps what is wrong with one of several things: its name comes before
// the fields, as in orders[3].number. An error that is none of ours is kept as
// it is.
func (f *Faults) AddIn(name string, err error) {
	all := All(err)
	if len(all) == 0 {
		f.Add(err)
	}
	for _, e := range all {
		in := *e
		in.Field = strings.TrimSuffix(name+"."+e.Field, ".")
		f.Add(&in)
	}
}

// ErrWith returns nil when nothing was kept, else all of it and what check
// finds in other fields: what could not be read is reported together with the
// rules that the rest breaks. When all could be read, the service checks.
func (f *Faults) ErrWith(check func() error) error {
	if len(f.all) == 0 {
		return nil
	}
	f.AddNew(check())
	return f.Err()
}

// Err returns nil when nothing was kept, else all of it joined.
func (f *Faults) Err() error { return errors.Join(f.all...) }
