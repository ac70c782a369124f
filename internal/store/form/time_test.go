package form

import "testing"

// The oldest and the youngest instant of our calendar must fit, and only
// never is 0.
func TestTimes(t *testing.T) {
	for _, micros64 := range []int64{-62_135_596_800_000_000 + 1, -1, 1, 253_402_300_799_999_999} {
		if got := Micros(Instant(micros64)); got != micros64 {
			t.Errorf("instant %d is stored as %d", micros64, got)
		}
	}
	if at := Instant(0); !at.IsZero() || Micros(at) != 0 {
		t.Errorf("never is %v, stored as %d", at, Micros(at))
	}
	if got := Micros(Instant(1).Add(-1000)); got != 1 {
		t.Errorf("the first instant of 1970 is stored as %d, want 1: 0 is never", got)
	}
}
