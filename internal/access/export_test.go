package access

import (
	"testing"
	"time"
)

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
