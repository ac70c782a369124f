// Package form holds the texts in which orders, events and snapshots are stored.
// Each is a compact JSON object with the number of its form. Stored texts are
// never rewritten, so every form that was ever stored can be read, and golden
// files guard what is written. Reading is strict: a member that this program
// does not know would be lost when the record is next stored, so it is an
// error.
package form

import (
	"errors"
	"time"
)

// ErrForm is the error of a stored text that no version of this program has written.
var ErrForm = errors.New("a stored text cannot be read")

// Micros is the stored form of a time: microseconds since 1970, 0 for never.
// The first instant of 1970 becomes the one a microsecond later.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	if m := t.UnixMicro(); m != 0 {
		return m
	}
	return 1
}

// Instant is the time whose stored form is given, in UTC.
func Instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
