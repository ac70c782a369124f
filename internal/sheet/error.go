package sheet

import (
	"fmt"
	"strings"
)

// An Error says what is wrong with a file, or with one row of it, in a
// sentence for the person who sent it.
type Error struct {
	Line   int    // the line of a CSV file, the row of a worksheet; 0 for the file as a whole
	Column int    // counted from 1; 0 for the row as a whole
	Name   string // what the header calls the column; "" where it is not known
	Text   string // starts lower case
	Final  bool   // nothing can be read after this; else only this row is lost
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d", e.Line)
	}
	if e.Column > 0 {
		fmt.Fprintf(&b, ", column %d", e.Column)
	}
	if e.Name != "" {
		fmt.Fprintf(&b, " (%s)", e.Name)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Text)
	return b.String()
}

// refused is an error about the whole file.
func refused(format string, args ...any) error {
	return &Error{Text: fmt.Sprintf(format, args...), Final: true}
}
