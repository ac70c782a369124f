package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"orderhub"
)

// What is in a folder after a write that ends in one way or another.
func TestWriteWhole(t *testing.T) {
	broken := errors.New("the store is gone")
	tests := []struct {
		name   string
		before string // of the file, "" when there is none
		force  bool
		write  func(dir string, w io.Writer) error
		after  string
		fails  bool
	}{
		{"new", "", false, func(_ string, w io.Writer) error { return put(w, "new") }, "new", false},
		{"there", "old", false, func(_ string, w io.Writer) error { return put(w, "new") }, "old", true},
		{"overwritten", "old", true, func(_ string, w io.Writer) error { return put(w, "new") }, "new", false},
		{"cut off", "old", true, func(_ string, w io.Writer) error { return errors.Join(put(w, "half"), broken) }, "old", true},
		{"cut off new", "", false, func(_ string, w io.Writer) error { return errors.Join(put(w, "half"), broken) }, "", true},
		{"made meanwhile", "", false, func(dir string, w io.Writer) error {
			return errors.Join(put(w, "new"), os.WriteFile(filepath.Join(dir, "x.csv"), []byte("other"), 0o600))
		}, "other", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "x.csv")
			want := 0
			if tt.before != "" {
				if err := os.WriteFile(path, []byte(tt.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := writeWhole(path, tt.force, func(w io.Writer) error {
				if got, err := os.ReadFile(path); err == nil && string(got) != tt.before {
					t.Errorf("while it is written the file holds %q", got)
				}
				return tt.write(dir, w)
			})
			if (err != nil) != tt.fails {
				t.Errorf("the write ended with %v, want an error %v", err, tt.fails)
			}
			got, _ := os.ReadFile(path)
			if string(got) != tt.after {
				t.Errorf("the file holds %q, want %q", got, tt.after)
			}
			if tt.after != "" {
				want = 1
			}
			if left, _ := os.ReadDir(dir); len(left) != want {
				t.Errorf("the folder holds %v, want %d files", left, want)
			}
		})
	}
}

func put(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

func TestTimeBounds(t *testing.T) {
	shop := &orderhub.Shop{Name: "main", Zone: "Europe/Moscow"}
	tests := []struct {
		from, to string
		want     []orderhub.TimeBound
	}{
		{"", "", nil},
		{"2026-01-31", "", []orderhub.TimeBound{{Op: orderhub.AfterOrAt, At: time.Date(2026, 1, 30, 21, 0, 0, 0, time.UTC)}}},
		{"", "2026-01-31", []orderhub.TimeBound{{Op: orderhub.Before, At: time.Date(2026, 1, 31, 21, 0, 0, 0, time.UTC)}}},
		{"2026-01-31T18:00", "2026-01-31 19:00:30", []orderhub.TimeBound{
			{Op: orderhub.AfterOrAt, At: time.Date(2026, 1, 31, 15, 0, 0, 0, time.UTC)},
			{Op: orderhub.BeforeOrAt, At: time.Date(2026, 1, 31, 16, 0, 30, 0, time.UTC)},
		}},
		{"2026-01-31T18:00:00.5Z", "", []orderhub.TimeBound{{Op: orderhub.AfterOrAt, At: time.Date(2026, 1, 31, 18, 0, 0, 5e8, time.UTC)}}},
	}
	for _, tt := range tests {
		var f orderhub.Faults
		got := timeBounds(shop, "--placed", tt.from, tt.to, &f)
		if f.Err() != nil || len(got) != len(tt.want) {
			t.Errorf("%q to %q: %v, %v", tt.from, tt.to, got, f.Err())
			continue
		}
		for i := range got {
			if got[i].Op != tt.want[i].Op || !got[i].At.Equal(tt.want[i].At) {
				t.Errorf("%q to %q: %v, want %v", tt.from, tt.to, got[i], tt.want[i])
			}
		}
	}
	for _, text := range []string{"soon", "31.01.2026", "2026-02-30", "2026-01-31T25:00"} {
		var f orderhub.Faults
		if timeBounds(shop, "--placed", text, text, &f); len(orderhub.All(f.Err())) != 2 {
			t.Errorf("%q is taken for a time: %v", text, f.Err())
		}
	}
}
