package store

import (
	"context"
	"strings"
	"testing"

	"orderhub"
)

func TestMovingNeedsRoom(t *testing.T) {
	for _, tt := range []struct {
		size, free int64
		refused    bool
	}{
		{900 << 20, 299 << 20, true},
		{900 << 20, 300 << 20, false},
		{1 << 20, 0, true},
	} {
		db := New(Engine{Transactor: none{}, Room: func(context.Context) (size, free int64, err error) { return tt.size, tt.free, nil }}, nil)
		err := db.roomToMove(t.Context())
		if (err != nil) != tt.refused || err != nil && (orderhub.KindOf(err) != orderhub.Unavailable || !strings.Contains(err.Error(), "MB free")) {
			t.Errorf("a file of %d with %d free: %v, want refused: %v", tt.size, tt.free, err, tt.refused)
		}
	}
}

// none is a database that nothing is asked of.
type none struct{ Transactor }

func (none) Update(context.Context, func(Conn) error) error { return nil }
