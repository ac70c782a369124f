package importing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A kind knows what the rows of a file are. There is one for each
// orderhub.ImportKind, made for one import of one shop.
type kind interface {
	// fields are what the columns of a file can become.
	fields() []Field

	// joins names the field whose equal values make rows one record; "" when
	// every row is a record of its own.
	joins() string

	// read makes a record of its rows: it sets its value and its keys, and
	// notes faults at the rows. It does not ask the store.
	read(*record)

	// take judges records that were read without a fault, each by itself, and
	// stores those that it does not refuse. When dry it only reads. No two of
	// the records have a key in common. What it stores must not depend on how
	// the file is cut into batches.
	take(ctx context.Context, tx *store.Tx, records []*record, dry bool) ([]taken, error)
}

// A record is one thing of a file: a row, or all rows that joins has joined.
type record struct {
	rows  []*row
	value any   // what the kind has made of the rows
	keys  []key // what no other record of the file may have
}

// A key is what tells a record of a file from the others, such as its number.
type key struct {
	field string
	value string // in the form in which it is compared
}

// taken is what became of one record.
type taken struct {
	outcome orderhub.Outcome
	err     error                    // what is wrong, by field; nil unless refused
	changes []change                 // what an undo needs; nil when nothing was stored
	freed   []key                    // that the record's thing had before, and has no more
	diff    func() []orderhub.Change // what an update changes, for people; nil for none
}

// at finds the row and the field that an error of a service means. Fields of
// services are those of our own words, so that lines[2].price is the field
// line.price of the third row.
func (r *record) at(field string) (*row, string) {
	var n int
	var rest string
	if got, _ := fmt.Sscanf(field, "lines[%d].%s", &n, &rest); got == 2 && n < len(r.rows) {
		return r.rows[n], "line." + rest
	}
	return r.rows[0], field
}

// A change is one thing that an import made or changed in the store.
type change struct {
	Thing   string          `json:"thing"` // a name of things
	ID      int64           `json:"id"`
	Stamp   int64           `json:"stamp"`             // when it was done, with all that followed from it, in microseconds since 1970
	Version int64           `json:"version,omitempty"` // that it wrote; 0 is unknown
	Content string          `json:"content,omitempty"` // that it wrote, told from any other; "" is unknown
	Old     json.RawMessage `json:"old,omitempty"`     // as it was, in a form of its own; nothing for one that was made
}

// encoded is a thing as it was, written down.
func encoded[T any](thing string, id int64, old *T, encode func(*T) (json.RawMessage, error)) json.RawMessage {
	text, err := encode(old)
	if err != nil {
		panic(fmt.Sprintf("importing: %s %d does not print: %v", thing, id, err))
	}
	return text
}

// A reverter takes back what an import did to things of one sort, and reports of
// each whether it could: one that was changed or used since stays.
type reverter func(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []change) ([]bool, error)

// reverting makes a reverter of a service's function and of what reads the form
// in which its things were kept.
func reverting[T any](revert func(context.Context, *store.Tx, *orderhub.Shop, []orderhub.Reversal[T]) ([]bool, error), decode func([]byte) (*T, error)) reverter {
	return func(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []change) ([]bool, error) {
		reversals := make([]orderhub.Reversal[T], len(all))
		for i, c := range all {
			reversals[i] = orderhub.Reversal[T]{ID: c.ID, Stamp: time.UnixMicro(c.Stamp).UTC(), Version: c.Version, Content: c.Content}
			if c.Old == nil {
				continue
			}
			old, err := decode(c.Old)
			if err != nil {
				return nil, fmt.Errorf("importing: %s %d as it was: %w", c.Thing, c.ID, err)
			}
			reversals[i].Old = old
		}
		return revert(ctx, tx, shop, reversals)
	}
}
