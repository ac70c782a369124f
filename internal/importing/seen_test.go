package importing

import (
	"fmt"
	"testing"
)

func TestSeenTellsWhereAKeyStoodBefore(t *testing.T) {
	for _, limit := range []int{mostPlaces, firstPlaces} { // in memory, and in files
		s := newSeen()
		s.limit = limit
		defer s.close()
		for line := 1; line <= 20_000; line++ {
			if before, err := s.add(key{"number", fmt.Sprint(line)}, line); before != 0 || err != nil {
				t.Fatalf("key %d is said to stand in line %d, %v", line, before, err)
			}
		}
		if (len(s.frozen) > 0) != (limit == firstPlaces) {
			t.Fatalf("%d tables went to files with a limit of %d", len(s.frozen), limit)
		}
		for line := 1; line <= 20_000; line++ {
			if before, err := s.add(key{"number", fmt.Sprint(line)}, 99_999); before != line || err != nil {
				t.Fatalf("key of line %d is said to stand in line %d, %v", line, before, err)
			}
			if before, err := s.add(key{"code", fmt.Sprint(line)}, line); line == 1 && (before != 0 || err != nil) {
				t.Fatalf("a key of another field is said to stand in line %d, %v", before, err)
			}
		}
	}
}
