package main

import (
	"testing"
	"time"
)

func TestPeriod(t *testing.T) {
	tests := []struct {
		in   string
		want time.Duration // -1 when the text is refused
	}{
		{"90d", 90 * day},
		{"36h", 36 * time.Hour},
		{"1d12h", 36 * time.Hour},
		{"15m", 15 * time.Minute},
		{"-3d", -3 * day},
		{"0", 0},
		{"36500d", maxDays * day},
		{"36501d", -1},
		{"99999999999d", -1},
		{"d", -1},
		{"1d-12h", -1},
		{"--1h", -1},
		{"90", -1}, // ninety what?
		{"1.5d", -1},
		{"", -1},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			var got period
			err := got.UnmarshalText([]byte(tt.in))
			if (err != nil) != (tt.want == -1) {
				t.Fatalf("UnmarshalText(%q) error = %v, want error %v", tt.in, err, tt.want == -1)
			}
			if err == nil && time.Duration(got) != tt.want {
				t.Errorf("UnmarshalText(%q) = %v, want %v", tt.in, time.Duration(got), tt.want)
			}
		})
	}
}
