package access

import (
	"context"
	"testing"
	"time"

	"orderhub/internal/store"
)

// Spell writes a secret of given bytes.
var Spell = spell

// Remembered is the number of keys that a gate remembers.
func Remembered(g *Gate) int { return len(g.passes) }

// DuringLookUp runs fn between the look-up of a secret and the moment in
// which its answer would be remembered.
func DuringLookUp(t *testing.T, g *Gate, secret string, fn func()) {
	t.Helper()
	h, _ := hashOf(secret)
	_, forgot := g.recall(h, time.Time{})
	c, err := g.read(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	fn()
	g.remember(h, c, g.o.Now(), forgot)
}

// WithoutStore runs fn while the gate's database is down.
func WithoutStore(g *Gate, fn func()) {
	up := g.db
	defer func() { g.db = up }()
	g.db = store.New(store.Engine{Transactor: down{}}, g.o.Now)
	fn()
}

// down is a database that cannot be reached.
type down struct{}

func (down) Update(context.Context, func(store.Conn) error) error { return store.ErrUnavailable }
func (down) View(context.Context, func(store.Conn) error) error   { return store.ErrUnavailable }
func (down) Close() error                                         { return nil }
