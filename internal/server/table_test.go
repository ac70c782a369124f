package server

import (
	"net/netip"
	"testing"
	"time"

	"orderhub/internal/access"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

func TestTableOfStrangersIsBounded(t *testing.T) {
	s := newStrangers(1, func() time.Time { return noon })
	a := netip.MustParseAddr("10.0.0.0")
	for range maxAddresses + 100 {
		s.saw(a, &access.Seen{Stranger: true}, 200)
		a = a.Next()
	}
	if len(s.seen) != maxAddresses {
		t.Errorf("%d addresses are watched, want %d", len(s.seen), maxAddresses)
	}
	for range 2 {
		s.saw(a, &access.Seen{Stranger: true}, 200)
	}
	if s.refuse(a) == nil {
		t.Error("an address that came late is not watched")
	}
}

func TestNetworkOfStranger(t *testing.T) {
	tests := []struct{ a, b string }{
		{"2001:db8::1", "2001:db8::ffff:1"}, // one customer's
		{"192.0.2.1", "192.0.2.1"},
	}
	for _, tt := range tests {
		if a, b := network(netip.MustParseAddr(tt.a)), network(netip.MustParseAddr(tt.b)); a != b || !a.IsValid() {
			t.Errorf("%s is watched as %v and %s as %v, want one", tt.a, a, tt.b, b)
		}
	}
	for _, other := range []string{"192.0.2.2", "2001:db8:0:1::1"} {
		if n := network(netip.MustParseAddr(other)); n == network(netip.MustParseAddr("192.0.2.1")) || n == network(netip.MustParseAddr("2001:db8::1")) {
			t.Errorf("%s is watched as another's %v", other, n)
		}
	}
	// A connection that has no address, such as a socket file, is not watched.
	s := newStrangers(1, func() time.Time { return noon })
	for range 3 {
		s.saw(netip.Addr{}, &access.Seen{Stranger: true}, 401)
	}
	if err := s.refuse(netip.Addr{}); err != nil || len(s.seen) != 0 {
		t.Errorf("no address is refused: %v", err)
	}
}
