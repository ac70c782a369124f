package server

import (
	"net/http/httptest"
	"testing"
)

func TestAddressOf(t *testing.T) {
	tests := []struct {
		remote, forwarded, want string
	}{
		{"203.0.113.7:4711", "", "203.0.113.7"},
		{"[2001:db8::1]:4711", "", "2001:db8::1"},
		{"[::ffff:203.0.113.7]:4711", "", "203.0.113.7"},
		{"127.0.0.1:4711", "", "127.0.0.1"},
		{"127.0.0.1:4711", "203.0.113.7", "203.0.113.7"},              // a proxy on this machine
		{"10.1.2.3:4711", "198.51.100.1, 203.0.113.7", "203.0.113.7"}, // what the proxy itself saw stands last
		{"203.0.113.7:4711", "198.51.100.1", "203.0.113.7"},           // anybody may claim this
		{"127.0.0.1:4711", "unknown", "127.0.0.1"},
		{"127.0.0.1:4711", "203.0.113.7,", "127.0.0.1"},
		{"nonsense", "203.0.113.7", "invalid IP"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := addressOf(r).String(); got != tt.want {
			t.Errorf("from %s for %q: %s, want %s", tt.remote, tt.forwarded, got, tt.want)
		}
	}
}
