package orderhub_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"orderhub"
)

func TestFaultsNameEverythingAtOnce(t *testing.T) {
	var f orderhub.Faults
	if err := f.Err(); err != nil {
		t.Fatalf("no fault is the error %v", err)
	}
	f.Add(nil)
	f.Wrong("lines[0].quantity", "must be more than zero")
	f.Add(orderhub.Absent("number"))
	f.Add(orderhub.Taken("email"))

	all := orderhub.All(f.Err())
	want := []orderhub.Error{
		{Kind: orderhub.Invalid, Field: "lines[0].quantity", Text: "must be more than zero"},
		{Kind: orderhub.Missing, Field: "number", Text: "can't be blank"},
		{Kind: orderhub.Duplicate, Field: "email", Text: "is already taken"},
	}
	if len(all) != len(want) {
		t.Fatalf("All = %v, want %d errors", all, len(want))
	}
	for i, e := range all {
		if *e != want[i] {
			t.Errorf("error %d = %+v, want %+v", i, *e, want[i])
		}
	}
}

// What could not be read was sent, so it is not blank as well.
func TestAddNewLeavesFaultyFieldsAlone(t *testing.T) {
	var f orderhub.Faults
	f.Wrong("number", "must be a string")
	f.AddNew(nil)
	f.AddNew(errors.Join(orderhub.Absent("number"), orderhub.Wrong("lines", "is too long"), orderhub.Wrong("lines", "is odd")))
	want := "number must be a string\nlines is too long\nlines is odd"
	if err := f.Err(); err == nil || err.Error() != want {
		t.Errorf("faults are %v, want %s", err, want)
	}
}

func TestErrorReadsOnAfterItsField(t *testing.T) {
	if got, want := orderhub.Wrong("placed_at", "is not a time").Error(), "placed_at is not a time"; got != want {
		t.Errorf("Wrong prints %q, want %q", got, want)
	}
	if got, want := orderhub.Errorf(orderhub.NotFound, "no order %s", "A-7").Error(), "no order A-7"; got != want {
		t.Errorf("Errorf prints %q, want %q", got, want)
	}
}

// What lies between an Error and the door must not hide it: services wrap,
// decoders join, and both happen to the same error.
func TestAllLooksThroughWrappingAndJoining(t *testing.T) {
	one := orderhub.Absent("number")
	two := orderhub.Wrong("currency", "is not a currency code")
	tests := []struct {
		name string
		err  error
		want int
		kind orderhub.Kind
	}{
		{"nothing", nil, 0, orderhub.Internal},
		{"foreign", io.ErrUnexpectedEOF, 0, orderhub.Internal},
		{"plain", one, 1, orderhub.Missing},
		{"wrapped", fmt.Errorf("ordering: put: %w", one), 1, orderhub.Missing},
		{"joined", errors.Join(two, one), 2, orderhub.Invalid},
		{"joined with a foreign one", errors.Join(io.EOF, two), 1, orderhub.Invalid},
		{"wrapped after joining", fmt.Errorf("ordering: %w", errors.Join(one, two)), 2, orderhub.Missing},
		{"joined after wrapping", errors.Join(fmt.Errorf("line 1: %w", one), fmt.Errorf("line 2: %w", two)), 2, orderhub.Missing},
		{"wrapped with its cause", fmt.Errorf("%w (%w)", one, io.EOF), 1, orderhub.Missing},
		{"joined twice", errors.Join(errors.Join(one, two), fmt.Errorf("again: %w", errors.Join(one, io.EOF))), 3, orderhub.Missing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := orderhub.All(tt.err); len(got) != tt.want {
				t.Errorf("All(%v) = %v, want %d errors", tt.err, got, tt.want)
			}
			if got := orderhub.KindOf(tt.err); got != tt.kind {
				t.Errorf("KindOf(%v) = %d, want %d", tt.err, got, tt.kind)
			}
		})
	}
}
