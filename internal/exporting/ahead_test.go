package exporting

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func TestAhead(t *testing.T) {
	broken := errors.New("the store is gone")
	full := errors.New("the disk is full")
	tests := []struct {
		name    string
		pages   int // after which the store fails, or ends
		fails   error
		refuse  int // the page that cannot be written, 0 for none
		want    error
		visited []int
	}{
		{"one", 1, nil, 0, nil, []int{1}},
		{"some", 4, nil, 0, nil, []int{1, 2, 3, 4}},
		{"nothing can be read", 0, broken, 0, broken, nil},
		{"cannot be read to the end", 2, broken, 0, broken, []int{1, 2}},
		{"cannot be written", 100, nil, 2, full, []int{1, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			read, ended := 0, false
			var visited []int
			err := ahead(t.Context(), func(context.Context) (int, bool, error) {
				if ended {
					t.Error("read behind the end")
				}
				if read == tt.pages {
					ended = true
					return 0, true, tt.fails
				}
				read++
				ended = read == tt.pages && tt.fails == nil
				return read, !ended, nil
			}, func(n int) error {
				if visited = append(visited, n); n == tt.refuse {
					return full
				}
				return nil
			})
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("ended with %v, want %v", err, tt.want)
			}
			if !slices.Equal(visited, tt.visited) {
				t.Errorf("visited %v, want %v", visited, tt.visited)
			}
			if read > len(visited)+2 { // without a lock: the reader has ended
				t.Errorf("read %d pages for %d", read, len(visited))
			}
		})
	}
}

// An export that is stopped is not taken for a whole one.
func TestAheadIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	n := 0
	err := ahead(ctx, func(context.Context) (int, bool, error) { return 0, true, nil }, func(int) error {
		if n++; n == 3 {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
