package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestChosen(t *testing.T) {
	all := []measurement{
		{name: "http"}, {name: "http_p99", after: []string{"http"}}, {name: "copy"},
		{name: "import"}, {name: "limit", after: []string{"http_p99", "import"}},
	}
	ratios := []ratio{{name: "bulk_to_copy", over: "import", under: "copy"}}
	tests := []struct {
		only string
		want string // "" when it is refused
	}{
		{"", "http http_p99 copy import limit"},
		{"copy", "copy"},
		{"http", "http http_p99"},
		{"http_p99", "http http_p99"},
		{"limit", "http http_p99 import limit"}, // through what it depends on
		{"bulk_to", "copy import"},              // a ratio needs both
		{"copy,http", "http http_p99 copy"},
		{"copy,htpt", ""},
	}
	for _, tt := range tests {
		got, err := chosen(slices.Clone(all), ratios, tt.only)
		if (err != nil) != (tt.want == "") {
			t.Errorf("-only %q: %v", tt.only, err)
		}
		var names []string
		for _, m := range got {
			names = append(names, m.name)
		}
		if text := strings.Join(names, " "); text != tt.want {
			t.Errorf("-only %q measures %s, want %s", tt.only, text, tt.want)
		}
	}
}

// TestPlan sees that every measurement can be made: all that it and the ratios
// need has a name and stands before it.
func TestPlan(t *testing.T) {
	t.Setenv(postgresEnv, "postgres://any")
	p := plan{old: "old", large: true}
	known := make(map[string]bool)
	for _, m := range p.measurements() {
		if known[m.name] {
			t.Errorf("two measurements are called %s", m.name)
		}
		known[m.name] = true
		for _, name := range m.after {
			if !known[name] {
				t.Errorf("%s needs %s, which does not stand before it", m.name, name)
			}
		}
	}
	for _, r := range allRatios() {
		if known[r.name] || !known[r.over] || !known[r.under] {
			t.Errorf("the ratio %s of %s and %s: a name is taken or missing", r.name, r.over, r.under)
		}
	}
}

func TestPrint(t *testing.T) {
	f := figures{"new": {30, 10, 20}, "old": {10, 10, 10}}
	all := []measurement{{name: "new", unit: "orders/s", goal: goal{least: 20}}, {name: "old", unit: "orders/s", goal: goal{most: 9}}}
	ratios := []ratio{
		{"new_to_old", "new", "old", goal{least: 2.1}}, // 3, 1 and 2
		{"met", "new", "old", goal{most: 2}},
		{"unknown", "new", "other", goal{}},
	}
	want := []string{
		"new 20.00 orders/s (10.00 to 30.00; goal: at least 20.00)",
		"old 10.00 orders/s (10.00 to 10.00; goal: at most 9.00) MISSED",
		"new_to_old 2.00 ratio (1.00 to 3.00; goal: at least 2.10) MISSED",
		"met 2.00 ratio (1.00 to 3.00; goal: at most 2.00)",
	}
	var out bytes.Buffer
	f.print(&out, all, ratios)
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("printed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLoadNumbersEachOrderOnce(t *testing.T) {
	l := newLoad([][]byte{[]byte(`[{"id":"S-100001"},{"id":"S-100002"}]`), []byte(`[{"id":"S-100003"}]`)}, 1)
	done := make(chan struct{})
	next := l.until(done)
	for _, want := range []string{
		`[{"id":"S-500000"},{"id":"S-500001"}]`, `[{"id":"S-500002"}]`, `[{"id":"S-500003"},{"id":"S-500004"}]`,
	} {
		if got := string(next()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	close(done)
	if got := next(); got != nil {
		t.Errorf("got %s after the end", got)
	}
}

func TestFilledSince(t *testing.T) {
	before := rowCounts{"orders": 0, "shops": 1, "order_search": 0, "river_job": 0, "events": 2}
	after := rowCounts{"orders": 9, "shops": 1, "order_search": 9, "river_job": 3, "events": 11, "lines_made_since": 4}
	if got, want := after.filledSince(before), []string{"events", "lines_made_since", "orders"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestShellMeasuresBetweenItsTwoTimes(t *testing.T) {
	seconds, err := shell(t.Context(), []string{"echo wal", "echo clock 10.5", "echo clock 12.75"}, "sh")
	if err != nil || seconds != 2.25 {
		t.Errorf("got %v and %v, want 2.25", seconds, err)
	}
	for _, script := range [][]string{{"echo clock 1"}, {"echo clock 2", "echo clock 1"}, {"exit 3"}} {
		if _, err := shell(t.Context(), script, "sh"); err == nil {
			t.Errorf("%v is no error", script)
		}
	}
}

func TestSmallIsATwentieth(t *testing.T) {
	var p plan
	if err := p.parse([]string{"-small", "-rounds", "7"}); err != nil {
		t.Fatal(err)
	}
	if p.rounds != 1 || p.orders != 1_000 || p.scaled(10_000) != 500 || p.span != time.Second {
		t.Errorf("got %d rounds of %d orders, %d for 10,000, loads of %v", p.rounds, p.orders, p.scaled(10_000), p.span)
	}
	if err := p.parse([]string{"sqlite_http"}); err == nil {
		t.Error("a name without -only is no error")
	}
}
