package wire

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func TestZoneKnowsEveryWindowsName(t *testing.T) {
	if len(windowsZones) != 139 {
		t.Errorf("the table has %d names, want CLDR's 139", len(windowsZones))
	}
	for name, iana := range windowsZones {
		if name != strings.ToLower(name) {
			t.Errorf("%q is not in lower case, so it is never found", name)
		}
		for _, written := range []string{name, strings.ToUpper(name)} {
			zone, ok := Zone(written)
			if !ok || zone.String() != iana {
				t.Errorf("Zone(%q) = %v, %v, want %s", written, zone, ok, iana)
			}
		}
	}
}

func TestZone(t *testing.T) {
	tests := []struct {
		name string
		want string // "" when refused
	}{
		{"Central Europe Standard Time", "Europe/Budapest"}, // ExpertSender's sample
		{"central european standard time", "Europe/Warsaw"},
		{"UTC", "UTC"}, // what the vendor's plug-ins send
		{"utc", "UTC"},
		{"UTC+13", "Etc/GMT-13"},
		{"Europe/Warsaw", "Europe/Warsaw"},
		{"America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"Etc/GMT+5", "Etc/GMT+5"},
		{"", ""},
		{"Local", ""},
		{"local", ""},
		{"localtime", ""},
		{"right/Europe/Warsaw", ""}, // counts leap seconds
		{"posix/Europe/Warsaw", ""},
		{"Europe", ""}, // a directory
		{"Europe/", ""},
		{"Europe//Warsaw", ""},
		{"Europe/Atlantis", ""},
		{"Moscow Standard Time", ""},
		{"../../etc/passwd", ""},
		{"Europe/../Europe/Warsaw", ""},
		{"/etc/localtime", ""},
		{`..\..\windows`, ""},
		{"zone.tab", ""},
		{"Europe/Warsaw\x00", ""},
		{"Европа/Варшава", ""},
		{strings.Repeat("A", 101), ""},
		{" Europe/Warsaw", ""},
	}
	for _, tt := range tests {
		zone, ok := Zone(tt.name)
		if ok != (tt.want != "") || ok && zone.String() != tt.want {
			t.Errorf("Zone(%q) = %v, %v, want %q", tt.name, zone, ok, tt.want)
		}
	}
	if zone, _ := Zone("UTC"); zone != time.UTC {
		t.Errorf("Zone(UTC) is not time.UTC itself")
	}
}

func TestZonesAreKeptAndBounded(t *testing.T) {
	var c zoneCache
	first, ok := c.load("Europe/Warsaw")
	if again, _ := c.load("Europe/Warsaw"); !ok || first != again {
		t.Error("a zone was loaded twice")
	}
	if _, ok := c.load("Europe/Atlantis"); ok || len(c.known) != 1 {
		t.Errorf("%d zones are kept, want only the one that exists", len(c.known))
	}
	for i := range maxZones {
		c.known[strings.Repeat("x", i+1)] = time.UTC
	}
	before := len(c.known)
	if _, ok := c.load("Europe/Moscow"); !ok || len(c.known) != before {
		t.Errorf("a full cache: found %v, %d kept, want true, %d", ok, len(c.known), before)
	}
}

func TestZoneFromManyGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, iana := range windowsZones {
				if _, ok := Zone(iana); !ok {
					t.Errorf("Zone(%q) was not found", iana)
				}
			}
		})
	}
	wg.Wait()
}
