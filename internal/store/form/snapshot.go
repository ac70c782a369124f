package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Snapshot reads what an import has kept of a record for its undo: a JSON object
// whose member "form" is the number of its form. Readers are those of the forms,
// beginning with 0, that of objects without a number. The form of a newer
// program is an ErrForm.
func Snapshot[T any](text []byte, readers ...func(text []byte) (*T, error)) (*T, error) {
	var numbered struct {
		Form int `json:"form"`
	}
	if err := json.Unmarshal(text, &numbered); err != nil {
		return nil, err
	}
	if n := numbered.Form; n < 0 || n >= len(readers) {
		return nil, fmt.Errorf("%w: its form is %d, and this program knows those up to %d", ErrForm, n, len(readers)-1)
	}
	return readers[numbered.Form](text)
}

// Strict reads one JSON value. A member that is not known would be lost, and is
// an error.
func Strict(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more than one value")
	}
	return nil
}
