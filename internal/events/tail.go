package events

import (
	"context"
	"slices"
	"sync"

	"orderhub/internal/store"
)

// keptInTail is how many events a tail keeps at least.
const keptInTail = 1_000

// A tail keeps the youngest events that were read, so that consumers which keep
// up share the reading; one that is further behind reads for itself. The zero
// tail is empty.
type tail struct {
	mu      sync.Mutex
	before  store.Position // of the first record
	records []store.Record
}

// read returns the events behind a position, at most a number of records.
func (t *tail) read(ctx context.Context, tx *store.Tx, p store.Position, limit int) ([]store.Record, error) {
	t.mu.Lock()
	if len(t.records) > 0 && p.Compare(t.before) < 0 {
		t.mu.Unlock()
		return tx.EventsAfter(ctx, p, limit)
	}
	defer t.mu.Unlock()
	if from := t.find(p); from < len(t.records) {
		to := min(from+limit, len(t.records))
		return t.records[from:to:to], nil
	}
	more, err := tx.EventsAfter(ctx, p, limit)
	if err != nil || len(more) == 0 {
		return nil, err
	}
	if last := len(t.records) - 1; last < 0 || t.records[last].After != p {
		t.before, t.records = p, nil
	}
	// What readers have got is never changed: new records come behind it.
	t.records = append(t.records, more...)
	if len(t.records) > 2*keptInTail {
		extra := len(t.records) - keptInTail
		t.before, t.records = t.records[extra-1].After, slices.Clone(t.records[extra:])
	}
	return more, nil
}

// find is the place of the first record behind a position that is not before
// the tail; there may be none.
func (t *tail) find(p store.Position) int {
	i, _ := slices.BinarySearchFunc(t.records, p, func(r store.Record, p store.Position) int {
		if c := r.After.Compare(p); c != 0 {
			return c
		}
		return -1 // two events may share a place: p is behind both
	})
	return i
}
