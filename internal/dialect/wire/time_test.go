package wire

import (
	"regexp"
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	warsaw, _ := Zone("Central European Standard Time")
	moscow, _ := Zone("Europe/Moscow")
	tests := []struct {
		in   string
		zone *time.Location
		want string // RFC 3339 in UTC
	}{
		{"2021-10-28T12:13:27Z", moscow, "2021-10-28T12:13:27Z"},
		{"2021-10-28t12:13:27z", moscow, "2021-10-28T12:13:27Z"},
		{"2021-10-28T12:13:27.123456789Z", moscow, "2021-10-28T12:13:27.123456Z"},
		{"2021-10-28T12:13:27.5+03:00", warsaw, "2021-10-28T09:13:27.5Z"},
		{"2021-10-28T12:13:27+0300", warsaw, "2021-10-28T09:13:27Z"},
		{"2021-10-28T12:13:27+03", warsaw, "2021-10-28T09:13:27Z"},
		{"2021-10-28T12:13:27-0330", warsaw, "2021-10-28T15:43:27Z"},
		{"2021-10-28 12:13:27 +0300", warsaw, "2021-10-28T09:13:27Z"}, // Ruby
		{"2021-10-28 12:13:27 UTC", warsaw, "2021-10-28T12:13:27Z"},
		{"2021-10-28T12:13:27", moscow, "2021-10-28T09:13:27Z"},
		{"2021-10-28T12:13:27", warsaw, "2021-10-28T10:13:27Z"},
		{"2021-10-28T12:13:27", nil, "2021-10-28T12:13:27Z"},
		{"2021-10-28 12:13:27", moscow, "2021-10-28T09:13:27Z"},
		{"2021-10-28 12:13:27.999999999", moscow, "2021-10-28T09:13:27.999999Z"},
		{"2021-10-28 12:13:27,25", moscow, "2021-10-28T09:13:27.25Z"},
		{"2021-10-28T12:13", moscow, "2021-10-28T09:13:00Z"},
		{"2021-10-28T12:13Z", moscow, "2021-10-28T12:13:00Z"},
		{"2021-10-28", moscow, "2021-10-27T21:00:00Z"},
		{" 2021-10-28 ", nil, "2021-10-28T00:00:00Z"},
		{"1969-12-31T23:59:59.9999999Z", nil, "1969-12-31T23:59:59.999999Z"},
		{"2024-02-29", nil, "2024-02-29T00:00:00Z"},
		{"0001-01-01T00:00:00Z", nil, "0001-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59Z", nil, "9999-12-31T23:59:59Z"},
	}
	for _, tt := range tests {
		got, ok := Time(tt.in, tt.zone)
		if text := got.Format(time.RFC3339Nano); !ok || text != tt.want {
			t.Errorf("Time(%q, %v) = %s, %v, want %s", tt.in, tt.zone, text, ok, tt.want)
		}
		if got.Location() != time.UTC {
			t.Errorf("Time(%q, %v) is in %v, want UTC", tt.in, tt.zone, got.Location())
		}
	}
}

func TestTimeRefuses(t *testing.T) {
	for _, in := range []string{
		"",
		"0000-00-00 00:00:00", // MySQL's no date
		"2023-02-29",
		"2021-13-01",
		"2021-00-10",
		"2021-10-00",
		"2021-10-28T24:00:00Z",
		"2021-10-28T12:60:00Z",
		"2021-10-28T23:59:60Z",
		"2021-10-28T12:13:27.Z",
		"2021-10-28T12:13:27+24:00",
		"2021-10-28T12:13:27+03:60",
		"2021-10-28T12:13:27+3",
		"2021-10-28T12:13:27+03:00:00",
		"2021-10-28T12:13:27 MSK",
		"2021-10-28T12",
		"2021-10-28T",
		"2021-10-28Z",
		"2021-1-2",
		"28.10.2021",
		"20211028T121327Z",
		"1635412407",
		"0000-12-31T23:00:00-05:00",
		"0001-01-01T00:00:00+01:00", // year 0 in UTC
		"9999-12-31T23:59:59-01:00", // year 10000 in UTC
		"10000-01-01",
		"٢٠٢١-10-28",
	} {
		if got, ok := Time(in, nil); ok || !got.IsZero() {
			t.Errorf("Time(%q) = %v, %v, want no time", in, got, ok)
		}
	}
}

// When the clocks change, a local time is one of two instants; Go does not
// promise which.
func TestTimeWhenTheClocksChange(t *testing.T) {
	warsaw, ok := Zone("Europe/Warsaw")
	if !ok {
		t.Fatal("no zone Europe/Warsaw")
	}
	tests := []struct{ in, summer, winter string }{
		{"2021-03-28 02:30:00", "2021-03-28T00:30:00Z", "2021-03-28T01:30:00Z"}, // skipped
		{"2021-10-31 02:30:00", "2021-10-31T00:30:00Z", "2021-10-31T01:30:00Z"}, // happens twice
	}
	for _, tt := range tests {
		got, ok := Time(tt.in, warsaw)
		if text := got.Format(time.RFC3339); !ok || text != tt.summer && text != tt.winter {
			t.Errorf("Time(%q) = %s, %v, want %s or %s", tt.in, text, ok, tt.summer, tt.winter)
		}
	}
}

// rfc3339 is stricter than time.Parse, which takes an hour of one digit and
// an offset of 24 hours.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func FuzzTime(f *testing.F) {
	for _, in := range []string{
		"2021-10-28T12:13:27.123456789+03:00", "2021-10-28 12:13:27", "2021-10-28", "2021-03-28 02:30", "0001-01-01", "2021-10-28 12:13:27 UTC",
	} {
		f.Add(in)
	}
	zone, ok := Zone("Europe/Warsaw")
	if !ok {
		f.Fatal("no zone Europe/Warsaw")
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, ok := Time(in, zone)
		if want, err := time.Parse(time.RFC3339, in); err == nil && rfc3339.MatchString(in) && hasFourDigits(want.Year()) && hasFourDigits(want.UTC().Year()) {
			if want = want.UTC().Truncate(time.Microsecond); !ok || !got.Equal(want) {
				t.Fatalf("Time(%q) = %v, %v, want %v as RFC 3339", in, got, ok, want)
			}
		}
		if !ok {
			return
		}
		if got.Location() != time.UTC || !hasFourDigits(got.Year()) || !got.Truncate(time.Microsecond).Equal(got) {
			t.Fatalf("Time(%q) = %v", in, got)
		}
		if again, ok := Time(got.Format(time.RFC3339Nano), zone); !ok || !again.Equal(got) {
			t.Errorf("Time(%q) = %v, printed and read again: %v, %v", in, got, again, ok)
		}
	})
}

func hasFourDigits(year int) bool { return 1 <= year && year <= 9999 }
