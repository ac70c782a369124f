package access

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// A pass is a caller as remembered from an earlier look-up.
type pass struct {
	Caller
	read  time.Time
	limit *rate.Limiter // nil: none
}

// fresh says whether a pass may still be trusted.
func (p *pass) fresh(now time.Time, keep time.Duration) bool {
	age := now.Sub(p.read)
	return age >= 0 && age < keep // a clock that was set back must not lengthen it
}

// wait counts a request and says how long it comes too early; then it was
// not counted.
func (p *pass) wait(now time.Time) time.Duration {
	if p.limit == nil {
		return 0
	}
	r := p.limit.ReserveN(now, 1)
	early := r.DelayFrom(now)
	if early > 0 {
		r.CancelAt(now)
	}
	return early
}

// recall returns what is remembered, unless it is too old, and how often all
// was forgotten by now.
func (g *Gate) recall(h hash, now time.Time) (*pass, int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p := g.passes[h]; p != nil && p.fresh(now, g.o.Keep) {
		return p, g.forgot
	}
	return nil, g.forgot
}

// remember keeps a caller that was looked up at a time, unless all was
// forgotten meanwhile: then the look-up may have seen what is no longer so.
func (g *Gate) remember(h hash, c Caller, read time.Time, forgot int) *pass {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := &pass{Caller: c, read: read}
	if old := g.passes[h]; old != nil {
		p.limit = old.limit // or every second would begin with a full allowance
	} else if g.o.Rate > 0 {
		p.limit = rate.NewLimiter(rate.Limit(g.o.Rate), max(1, int(math.Ceil(g.o.Rate))))
	}
	if forgot != g.forgot {
		return p
	}
	if _, known := g.passes[h]; !known && len(g.passes) >= g.o.Keys {
		clear(g.passes) // rare, and everything in it can be looked up again
	}
	g.passes[h] = p
	return p
}

// Forget drops what is remembered of keys and shops, so that a change made by
// this process works at once.
func (g *Gate) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forgot++
	clear(g.passes)
}
