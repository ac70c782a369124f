package main

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A proxy leads to a database and makes the way there bad.
type proxy struct {
	door net.Listener
	far  string

	mu    sync.Mutex
	gate  chan struct{} // closed when what arrives may pass
	delay time.Duration
	mute  bool              // what the database says is lost
	pairs map[net.Conn]bool // all connections that are open, both ends
	lives chan struct{}     // closed when the connections of today are forgotten
	never chan struct{}     // closed when the test ends
}

func newProxy(t *testing.T, far string) *proxy {
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{door: door, far: far, gate: make(chan struct{}), pairs: make(map[net.Conn]bool),
		lives: make(chan struct{}), never: make(chan struct{})}
	close(p.gate)
	t.Cleanup(func() { door.Close(); close(p.never); p.heal(); p.reset() })
	go func() {
		for {
			near, err := door.Accept()
			if err != nil {
				return
			}
			go p.join(near)
		}
	}()
	return p
}

// join leads one caller to the database.
func (p *proxy) join(near net.Conn) {
	defer near.Close()
	p.mu.Lock()
	lives := p.lives
	p.mu.Unlock()
	p.wait(lives) // a black hole does not even greet
	far, err := net.DialTimeout("tcp", p.far, 5*time.Second)
	if err != nil {
		return
	}
	defer far.Close()
	p.mu.Lock()
	p.pairs[near], p.pairs[far] = true, true
	p.mu.Unlock()
	ended := make(chan struct{}, 2)
	go func() { p.pass(far, near, lives, false); ended <- struct{}{} }()
	go func() { p.pass(near, far, lives, true); ended <- struct{}{} }()
	<-ended
	p.mu.Lock()
	delete(p.pairs, near)
	delete(p.pairs, far)
	p.mu.Unlock()
}

// pass carries bytes as they come, after the delay and when the gate is open.
func (p *proxy) pass(to io.Writer, from io.Reader, lives chan struct{}, answers bool) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		p.wait(lives)
		p.mu.Lock()
		lost := answers && p.mute
		p.mu.Unlock()
		if lost {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) wait(lives chan struct{}) {
	p.mu.Lock()
	gate, delay := p.gate, p.delay
	p.mu.Unlock()
	time.Sleep(delay)
	<-gate
	select {
	case <-lives:
		<-p.never
	default:
	}
}

// forget loses all connections without telling either side, as a firewall
// does that was started again; new ones pass.
func (p *proxy) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.lives)
	p.lives = make(chan struct{})
}

// swallow keeps all that arrives, as a broken line does, until heal.
func (p *proxy) swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate = make(chan struct{})
}

// deafen loses what the database says, until heal.
func (p *proxy) deafen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = true
}

// slow delays all that passes.
func (p *proxy) slow(by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = by
}

// heal lets everything pass again, also what was kept.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay, p.mute = 0, false
	select {
	case <-p.gate:
	default:
		close(p.gate)
	}
}

// reset breaks all connections, on both sides.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) // a reset, not an end
		}
		c.Close()
	}
}
