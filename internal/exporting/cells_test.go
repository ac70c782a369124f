package exporting

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/sheet"
)

// shown is what a reader of CSV finds in a cell.
func shown(t *testing.T, c sheet.Cell) string {
	t.Helper()
	tab := table[int]{columns(column[int]{"a", func(int) sheet.Cell { return c }}, text("b", func(int) string { return "b" }))}
	return written(t, Options{}, tab, 0)["a"]
}

func TestTimesSayExactlyWhen(t *testing.T) {
	tests := []struct {
		zone string
		at   time.Time
		want string
	}{
		{"Europe/Moscow", time.Date(2018, 1, 1, 0, 11, 22, 0, time.UTC), "2018-01-01 03:11:22"},
		{"Europe/Moscow", time.Date(2018, 1, 1, 0, 11, 22, 5_000, time.UTC), "2018-01-01T03:11:22.000005+03:00"},
		{"Europe/Moscow", time.Time{}, ""},
		{"Europe/Moscow", time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), "9999-12-31T23:00:00Z"}, // the year 10000 there
		{"America/New_York", time.Date(1, 1, 1, 1, 0, 0, 0, time.UTC), "0001-01-01T01:00:00Z"},    // the year 0 there
		{"Europe/Moscow", time.Date(1850, 7, 1, 12, 0, 0, 0, time.UTC), "1850-07-01 14:30:17"},    // by the sun
		{"Europe/Moscow", time.Date(1850, 7, 1, 12, 0, 0, 1_000, time.UTC), "1850-07-01T12:00:00.000001Z"},
		{"Europe/Warsaw", time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), "2026-10-25T02:30:00+02:00"}, // the hour comes twice
		{"Europe/Warsaw", time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), "2026-10-25T02:30:00+01:00"},
		{"Europe/Warsaw", time.Date(2026, 10, 25, 2, 0, 0, 0, time.UTC), "2026-10-25 03:00:00"},
		{"Europe/Warsaw", time.Date(2026, 10, 24, 23, 59, 59, 0, time.UTC), "2026-10-25 01:59:59"},
		{"Europe/Warsaw", time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), "2026-03-29 03:00:00"}, // the hour before is left out
		{"Asia/Kolkata", time.Date(2026, 5, 3, 10, 15, 0, 0, time.UTC), "2026-05-03 15:45:00"},
		{"UTC", time.Date(2026, 5, 3, 10, 15, 0, 0, time.UTC), "2026-05-03 10:15:00"},
	}
	for _, tt := range tests {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(t, clock{zone}.cell(tt.at)); got != tt.want {
			t.Errorf("%v in %s is %q, want %q", tt.at, tt.zone, got, tt.want)
		}
	}
}

// A time without an offset is one that no other instant has.
func TestPlainTimesAreUnambiguous(t *testing.T) {
	for _, name := range []string{"Europe/Warsaw", "Europe/Moscow", "Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		walls := make(map[string]int)
		var all []time.Time
		for at := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2012; at = at.Add(30 * time.Minute) {
			walls[at.In(zone).Format(time.DateTime)]++
			all = append(all, at)
		}
		for _, at := range all {
			local := at.In(zone)
			if got, want := plain(local), walls[local.Format(time.DateTime)] == 1; got != want {
				t.Fatalf("plain(%v) = %v, want %v", local, got, want)
			}
		}
	}
}

func TestValuesOfAttributes(t *testing.T) {
	for value, want := range map[string]string{
		`"red"`:                     "red",
		`"two\nlines"`:              "two\nlines",
		`""`:                        `""`,
		`" red"`:                    `" red"`,
		`"red\u00a0"`:               `"red\u00a0"`,
		`"12"`:                      `"12"`,
		`"012"`:                     "012",
		`"-1.50e3"`:                 `"-1.50e3"`,
		`"true"`:                    `"true"`,
		`"null"`:                    `"null"`,
		`"truth"`:                   "truth",
		`"{\"a\":1}"`:               `"{\"a\":1}"`,
		`"[draft]"`:                 `"[draft]"`,
		`"\"x\""`:                   `"\"x\""`,
		`12`:                        "12",
		`1.50`:                      "1.50",
		`-0`:                        "-0",
		`1e400`:                     "1e400",
		`12345678901234567890.0001`: "12345678901234567890.0001",
		`true`:                      "true",
		`null`:                      "null",
		`{"a":[1,"x"]}`:             `{"a":[1,"x"]}`,
		`["=1"]`:                    `["=1"]`,
		`"=1"`:                      "=1",
		`"Łódź, Żółw 🐢"`:            "Łódź, Żółw 🐢",
	} {
		if got := shown(t, valueCell(jsontext.Value(value))); got != want {
			t.Errorf("%s is %q, want %q", value, got, want)
		}
	}
}

func TestColumnsOfAttributes(t *testing.T) {
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf("name %03d", 299-i)
	}
	tests := []struct {
		name  string
		names []string
		want  []string
	}{
		{"none", nil, nil},
		{"sorted", []string{"size", "Colour", "цвет"}, []string{"Colour", "size", "цвет"}},
		{"one of each case", []string{"size", "SIZE", "Size"}, []string{"SIZE"}},
		{"cases of other letters", []string{"i", "İ", "ß", "SS"}, []string{"i", "SS", "ß"}},
		{"odd", []string{"", " a", "a ", "a\nb", "a\tb", "a\x00", "me@shop.example", "\ufeffa", strings.Repeat("я", 600), "\xff", "a,b;\"c'd"}, []string{"a,b;\"c'd"}},
		{"many", many, slices.Sorted(slices.Values(many))[:200]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := chooseColumns(tt.names); !slices.Equal(got, tt.want) {
				t.Errorf("chose %q, want %q", got, tt.want)
			}
		})
	}
}

// What has no column of its own stands in the last one.
func TestNoAttributeIsLost(t *testing.T) {
	all := orderhub.Attributes{
		{Name: "a", Value: jsontext.Value(`1`)}, {Name: "A", Value: jsontext.Value(`"=2"`)},
		{Name: "late", Value: jsontext.Value(`{"x":null}`)}, {Name: " b", Value: jsontext.Value(`true`)},
	}
	tab := table[orderhub.Attributes]{attributes("attribute.", "rest", []string{"a", "A", " b", "c"}, func(a orderhub.Attributes) orderhub.Attributes { return a })}
	for _, o := range []Options{{}, {Format: XLSX}} {
		cells := written(t, o, tab, all)
		want := map[string]string{"attribute.A": "=2", "attribute.c": "", "rest": `{"a":1,"late":{"x":null}," b":true}`}
		for name, cell := range want {
			if cells[name] != cell {
				t.Errorf("%s is %q, want %q", name, cells[name], cell)
			}
		}
	}
}

func TestListsOfTexts(t *testing.T) {
	for want, list := range map[string][]string{
		"":                 nil,
		"Toys":             {"Toys"},
		"Toys\nDolls, all": {"Toys", "Dolls, all"},
		`["a|b","c"]`:      {"a|b", "c"},
		`["a\nb"]`:         {"a\nb"},
		`[" a"]`:           {" a"},
		`["[1]"]`:          {"[1]"},
		"a\n[1]":           {"a", "[1]"},
	} {
		if got := shown(t, linesCell(list)); got != want {
			t.Errorf("%q is %q, want %q", list, got, want)
		}
	}
}

func TestBirthdays(t *testing.T) {
	for want, day := range map[string]orderhub.Birthday{
		"":           {},
		"1990-03-08": {Year: 1990, Month: 3, Day: 8},
		"0000-03-08": {Month: 3, Day: 8},
		"1990-00-00": {Year: 1990},
		"0000-02-29": {Month: 2, Day: 29},
		"1850-03-08": {Year: 1850, Month: 3, Day: 8},
	} {
		if got := shown(t, birthdayCell(day)); got != want {
			t.Errorf("%v is %q, want %q", day, got, want)
		}
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for _, o := range []Options{{Format: "ods"}, {Separator: ' '}, {Separator: '"'}} {
		if _, err := o.begin(new(bytes.Buffer), "x"); orderhub.KindOf(err) != orderhub.Invalid {
			t.Errorf("%+v: %v, want an Invalid error", o, err)
		}
	}
}

// What a workbook cannot hold is told with the way out.
func TestWorkbookThatIsTooSmall(t *testing.T) {
	tab := table[string]{columns(text("a", func(s string) string { return s }))}
	out, err := newOutput(new(bytes.Buffer), Options{Format: XLSX}, "x", tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = out.write(strings.Repeat("a", 32_768))
	if orderhub.KindOf(err) != orderhub.TooLarge || !strings.Contains(err.Error(), "write CSV instead") {
		t.Errorf("a long text: %v", err)
	}
	if out, err = newOutput(new(bytes.Buffer), Options{Format: XLSX}, "x", tab, nil); err != nil {
		t.Fatal(err)
	}
	for range 1<<20 - 1 {
		if err := out.write("a"); err != nil {
			t.Fatal(err)
		}
	}
	err = out.write("a")
	if orderhub.KindOf(err) != orderhub.TooLarge || !strings.Contains(err.Error(), "write CSV instead") {
		t.Errorf("row 1,048,577: %v", err)
	}
}
