package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"orderhub/internal/access"
)

// maxAddresses is how many addresses are watched at once.
const maxAddresses = 10_000

// strangers watch addresses from which come more requests without a valid
// key than with one. A key cannot be guessed; this is against the load, and
// gentle: a client that sends its key only when asked for it, and is a stranger
// before each request, comes out even.
type strangers struct {
	limit int // a minute; less than 0: none
	now   func() time.Time

	mu   sync.Mutex
	seen map[netip.Prefix]minute
}

// A minute is how many strangers an address was since some time.
type minute struct {
	began time.Time
	count int
}

func newStrangers(limit int, now func() time.Time) *strangers {
	return &strangers{limit: limit, now: now, seen: make(map[netip.Prefix]minute)}
}

// network is the address that is watched: of IPv6 everybody has a whole /64.
func network(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero Prefix for the zero Addr
	return p
}

// refuse returns an *access.Busy when the address was a stranger too often in
// the minute that runs.
func (s *strangers) refuse(a netip.Addr) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.seen[network(a)]
	left := m.began.Add(time.Minute).Sub(s.now())
	if m.count <= s.limit || left <= 0 {
		return nil
	}
	return &access.Busy{Retry: left, Text: fmt.Sprintf("more than %d requests a minute without a valid key came from your address; wait a minute", s.limit)}
}

// saw counts how a request ended: a stranger adds one, a known caller takes
// one back. VirtPOS answers strangers with 200, so the status is not all.
func (s *strangers) saw(a netip.Addr, seen *access.Seen, status int) {
	stranger := seen.Stranger || status == http.StatusUnauthorized
	if s.limit < 0 || !a.IsValid() || !stranger && seen.Key == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, now := network(a), s.now()
	m, known := s.seen[n]
	if !known && !stranger {
		return
	}
	if now.Sub(m.began) >= time.Minute {
		m = minute{began: now}
	}
	if stranger {
		m.count++
	} else {
		m.count--
	}
	if m.count <= 0 {
		delete(s.seen, n)
		return
	}
	if !known {
		s.makeRoom(now)
	}
	s.seen[n] = m
}

// makeRoom keeps the table within its bound: it drops somebody whose minute
// is over, or anybody when there is none among the first few.
func (s *strangers) makeRoom(now time.Time) {
	if len(s.seen) < maxAddresses {
		return
	}
	var victim netip.Prefix
	tried := 0
	for n, m := range s.seen { // in random order
		victim = n
		if tried++; tried == 20 || now.Sub(m.began) >= time.Minute {
			break
		}
	}
	delete(s.seen, victim)
}
