package importing

import (
	"strings"
	"testing"
	"time"

	"orderhub"
)

func TestMoments(t *testing.T) {
	const no = "is not a date and time such as 2018-01-31 00:11:22"
	tests := []struct {
		dates, in string
		want      string // in RFC 3339; else the complaint
	}{
		{"dmy", "2018-01-01 00:11:22", "2017-12-31T21:11:22Z"},
		{"ymd", "2018-01-01 00:11:22", "2017-12-31T21:11:22Z"},
		{"mdy", "2018-01-02", "2018-01-01T21:00:00Z"},
		{"dmy", "2018-1-2", "2018-01-01T21:00:00Z"},
		{"dmy", "2018/12/31 5:06", "2018-12-31T02:06:00Z"},
		{"dmy", "2018.12.31", "2018-12-30T21:00:00Z"},
		{"dmy", "20181231", "2018-12-30T21:00:00Z"},
		{"dmy", "20181231 10:00", "2018-12-31T07:00:00Z"},
		{"dmy", "2018-12-31T10:00:00Z", "2018-12-31T10:00:00Z"},
		{"dmy", "2018-12-31t10:00:00.123456789z", "2018-12-31T10:00:00.123456Z"},
		{"dmy", "2018-12-31T10:00:00,5+03:00", "2018-12-31T07:00:00.5Z"},
		{"dmy", "2018-12-31 10:00:00 +0530", "2018-12-31T04:30:00Z"},
		{"dmy", "2018-12-31 10:00:00-03", "2018-12-31T13:00:00Z"},
		{"dmy", "2018-12-31 10:00:00 UTC", "2018-12-31T10:00:00Z"},
		{"dmy", "31.12.2018", "2018-12-30T21:00:00Z"},
		{"dmy", "31.12.2018 15:04", "2018-12-31T12:04:00Z"},
		{"dmy", "31.12.2018  15:04:05", "2018-12-31T12:04:05Z"},
		{"dmy", "31.12.2018, 15:04:05", "2018-12-31T12:04:05Z"},
		{"dmy", "1.2.2018", "2018-01-31T21:00:00Z"},
		{"dmy", "03/04/2018", "2018-04-02T21:00:00Z"},
		{"mdy", "03/04/2018", "2018-03-03T21:00:00Z"},
		{"mdy", "12/31/2018 3:04:05 PM", "2018-12-31T12:04:05Z"},
		{"mdy", "12/31/2018 12:04 am", "2018-12-30T21:04:00Z"},
		{"dmy", "29.02.2020", "2020-02-28T21:00:00Z"},
		{"dmy", "9999-12-31 23:59:59.999999", "9999-12-31T20:59:59.999999Z"},
		{"dmy", "1900-01-01", "1899-12-31T21:29:43Z"}, // as Moscow's clocks went then

		{"dmy", "12/31/2018", "is not a date of our calendar when read as day, month, year"},
		{"mdy", "31.12.2018", "is not a date of our calendar when read as month, day, year"},
		{"ymd", "31.12.2018", "has the year last; in this file it comes first"},
		{"dmy", "29.02.2019", "is not a date of our calendar when read as day, month, year"},
		{"dmy", "2019-02-29", "is not a date of our calendar"},
		{"dmy", "1900-02-29", "is not a date of our calendar"},
		{"dmy", "20181331", "is not a date of our calendar"},
		{"dmy", "0000-00-00 00:00:00", "is not a date of our calendar"},
		{"dmy", "2018-00-10", "is not a date of our calendar"},
		{"dmy", "0001-01-01", "is not a date of our calendar"}, // in UTC that is the year before
		{"dmy", "9999-12-31T23:00:00-05:00", "is not a date of our calendar"},
		{"dmy", "01.02.18", "has a year of two digits; write four"},
		{"dmy", "1/2/18 10:00", "has a year of two digits; write four"},
		{"dmy", "1514764800", "is a bare number; write a date such as 2018-01-31 00:11:22, not seconds or days"},
		{"dmy", "43101", "is a bare number; write a date such as 2018-01-31 00:11:22, not seconds or days"},
		{"dmy", "2018", "is a bare number; write a date such as 2018-01-31 00:11:22, not seconds or days"},
		{"dmy", "2018-12-31 24:00", "is not a time of day"},
		{"dmy", "2018-12-31 10:60", "is not a time of day"},
		{"dmy", "2018-12-31 10:00:60", "is not a time of day"},
		{"mdy", "12/31/2018 13:00 PM", "is not a time of day"},
		{"mdy", "12/31/2018 0:00 AM", "is not a time of day"},
		{"dmy", "2018-12", no},
		{"dmy", "2018-12-31T", no},
		{"dmy", "2018-12-31Z", no},
		{"dmy", "2018-12-31 10", no},
		{"dmy", "2018-12-31 10:0", no},
		{"dmy", "2018-12-31 10:00:00.", no},
		{"dmy", "2018-12-31 10:00 MSK", no},
		{"dmy", "2018-12-31 10:00 +25:00", no},
		{"dmy", "2018-12-31 10:00 +3", no},
		{"dmy", "2018-12/31", no},
		{"dmy", "31-12.2018", no},
		{"dmy", "20181-12-31", no},
		{"dmy", "31 декабря 2018", no},
		{"dmy", "вчера", no},
		{"dmy", "-1-2-2018", no},
		{"dmy", "2018-12-31 10:00 Z Z", no},
	}
	for _, tt := range tests {
		r := salesRow(t, orderhub.ImportPlan{Dates: tt.dates}, "created_at", tt.in)
		got, text := r.moment("created_at"), onlyFault(t, r)
		if got != nil {
			text += got.Format(time.RFC3339Nano)
			if got.Location() != time.UTC {
				t.Errorf("%q is in %v", tt.in, got.Location())
			}
		}
		if text != tt.want {
			t.Errorf("%q as %s is %q, want %q", tt.in, tt.dates, text, tt.want)
		}
	}
}

// Clocks that go forward skip an hour, and those that go back show one twice.
// Both are read, and at worst wrong by that hour.
func TestMomentsAroundClockChanges(t *testing.T) {
	for in, want := range map[string][]string{
		"2026-03-29 02:30:00": {"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"},
		"2026-10-25 02:30:00": {"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
	} {
		got := salesRow(t, orderhub.ImportPlan{Zone: "Europe/Warsaw"}, "created_at", in).moment("created_at")
		if got == nil || got.Format(time.RFC3339) != want[0] && got.Format(time.RFC3339) != want[1] {
			t.Errorf("%q is %v, want one of %v", in, got, want)
		}
	}
}

func TestMomentsReadBack(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Moscow", "Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		readings := map[string]*reading{}
		for _, dates := range []string{"ymd", "dmy", "mdy"} {
			readings[dates] = salesReading(t, orderhub.ImportPlan{Zone: name, Dates: dates}, "number;created_at")
		}
		forms := map[string][]string{
			"ymd": {"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", "2006/01/02 15:04:05,000000", "20060102 15:04:05.999999", "2006-01-02T15:04:05.999999Z07:00"},
			"dmy": {"02.01.2006 15:04:05.999999", "2/1/2006 15:04:05.999999", "02-01-2006, 15:04:05.999999", "2006-01-02 15:04:05.999999", "02.01.2006 15:04:05.999999 -0700"},
			"mdy": {"01/02/2006 3:04:05.999999 PM", "1-2-2006 03:04:05.999999pm", "2006-1-2 15:04:05.999999"},
		}
		last := time.Date(2100, 12, 31, 0, 0, 0, 0, zone)
		for at := time.Date(1900, 1, 1, 0, 0, 0, 0, zone); at.Before(last); at = at.Add(997*time.Hour + 61*time.Minute + 7*time.Second + 1234567*time.Microsecond) {
			for dates, layouts := range forms {
				for _, layout := range layouts {
					text := at.Format(layout)
					_, seconds := at.Zone()
					if strings.Contains(layout, "07") && seconds%60 != 0 {
						continue // such an offset does not print
					}
					got := readings[dates].row(2, []string{"1", text}).moment("created_at")
					if got == nil || !got.Equal(at) && got.In(zone).Format(layout) != text {
						t.Fatalf("%q in %s is %v, want %v", text, name, got, at)
					}
					if got.Equal(at) || shownTwice(at) {
						continue
					}
					t.Fatalf("%q in %s is %v, want %v", text, name, got, at)
				}
			}
		}
	}
}

// shownTwice says whether a zone's clocks show a time twice.
func shownTwice(at time.Time) bool {
	for _, hours := range []time.Duration{-24, -1, 1, 24} {
		for _, part := range []time.Duration{30 * time.Minute, time.Hour} {
			if twin := at.Add(hours / max(hours, -hours) * part); twin.Format(time.DateTime) == at.Format(time.DateTime) {
				return true
			}
		}
	}
	return false
}

func TestDays(t *testing.T) {
	tests := []struct {
		dates, in string
		want      orderhub.Birthday
		ok        bool
	}{
		{"dmy", "1990-03-08", orderhub.Birthday{Year: 1990, Month: 3, Day: 8}, true},
		{"dmy", "1990-03-08 00:00:00", orderhub.Birthday{Year: 1990, Month: 3, Day: 8}, true},
		{"dmy", "1990-03-08T00:00:00Z", orderhub.Birthday{Year: 1990, Month: 3, Day: 8}, true},
		{"dmy", "08.03.1990", orderhub.Birthday{Year: 1990, Month: 3, Day: 8}, true},
		{"mdy", "3/8/1990", orderhub.Birthday{Year: 1990, Month: 3, Day: 8}, true},
		{"dmy", "19900308", orderhub.Birthday{Year: 1990, Month: 3, Day: 8}, true},
		{"dmy", "0000-03-08", orderhub.Birthday{Month: 3, Day: 8}, true},
		{"dmy", "--03-08", orderhub.Birthday{Month: 3, Day: 8}, true},
		{"dmy", "08.03", orderhub.Birthday{Month: 3, Day: 8}, true},
		{"mdy", "03/08", orderhub.Birthday{Month: 3, Day: 8}, true},
		{"ymd", "03-08", orderhub.Birthday{Month: 3, Day: 8}, true},
		{"dmy", "29.02", orderhub.Birthday{Month: 2, Day: 29}, true},
		{"dmy", "0000-02-29", orderhub.Birthday{Month: 2, Day: 29}, true},
		{"dmy", "1990", orderhub.Birthday{Year: 1990}, true},
		{"dmy", "1990-00-00", orderhub.Birthday{Year: 1990}, true},
		{"dmy", "1990-03", orderhub.Birthday{Year: 1990, Month: 3}, true},
		{"dmy", "1990-03-00", orderhub.Birthday{Year: 1990, Month: 3}, true},
		{"dmy", "0000-00-00", orderhub.Birthday{}, true},
		{"dmy", "1990-03-08 21:00:00", orderhub.Birthday{}, false},
		{"dmy", "1990-02-29", orderhub.Birthday{}, false},
		{"dmy", "30.02", orderhub.Birthday{}, false},
		{"dmy", "08.13", orderhub.Birthday{}, false},
		{"ymd", "08.03.1990", orderhub.Birthday{}, false},
		{"dmy", "08.03.90", orderhub.Birthday{}, false},
		{"dmy", "90", orderhub.Birthday{}, false},
		{"dmy", "33000", orderhub.Birthday{}, false},
		{"dmy", "8 марта", orderhub.Birthday{}, false},
		{"dmy", "--", orderhub.Birthday{}, false},
		{"dmy", "-", orderhub.Birthday{}, false},
		{"dmy", "12345-03", orderhub.Birthday{}, false},
	}
	for _, tt := range tests {
		r := salesRow(t, orderhub.ImportPlan{Dates: tt.dates}, "birthday", tt.in)
		got := r.day("birthday")
		if (got != nil) != tt.ok || tt.ok && *got != tt.want || tt.ok != (onlyFault(t, r) == "") {
			t.Errorf("%q as %s is %v, %q, want %v", tt.in, tt.dates, got, onlyFault(t, r), tt.want)
		}
	}
}

func FuzzMoments(f *testing.F) {
	for _, text := range []string{"2018-01-01 00:11:22", "31.12.2018, 15:04", "--03-08", "08.03", "1/2/2018 3:04 pm", "20181231", "-", "1990-", "2018-12-31T10:00:00,5+03:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, dates := range []string{"ymd", "dmy", "mdy"} {
			r := salesRow(t, orderhub.ImportPlan{Dates: dates}, "created_at", text)
			if got := r.moment("created_at"); got != nil {
				if again := salesRow(t, orderhub.ImportPlan{Dates: dates}, "created_at", got.Format(time.RFC3339Nano)).moment("created_at"); again == nil || !again.Equal(*got) {
					t.Fatalf("%q is %v, which is read as %v", text, got, again)
				}
			}
			r = salesRow(t, orderhub.ImportPlan{Dates: dates}, "birthday", text)
			if d := r.day("birthday"); d != nil && partly(*d) != nil {
				t.Fatalf("%q is %v", text, d)
			}
		}
	})
}
