package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// A load is a stream of new orders that lasts as long as it is wanted.
type load struct {
	requests    [][]byte // sent again and again with other numbers of orders
	places      [][]int  // where in each request such a number begins
	connections int
	sent        atomic.Int64 // orders
}

// The numbers of sample orders are S- and six digits. Loads count from
// firstLoaded on, above the orders of any store that is measured under a load.
const firstLoaded = 500_000

// singles is a load of single orders over all connections of the plan.
func (p *plan) singles(h *hub) *load {
	return newLoad(h.requests(min(p.orders, 2_000)), p.connections)
}

// bulks is a load of bodies of the greatest size, over two connections so that
// one always waits.
func (p *plan) bulks(h *hub) *load {
	return newLoad(h.ecdpRequests(4*bulkSize, bulkSize), 2)
}

func newLoad(requests [][]byte, connections int) *load {
	l := &load{requests: requests, places: make([][]int, len(requests)), connections: connections}
	mark := []byte(`"S-`)
	for i, r := range requests {
		for at := 0; ; {
			n := bytes.Index(r[at:], mark)
			if n < 0 {
				break
			}
			at += n + len(mark)
			l.places[i] = append(l.places[i], at)
		}
	}
	return l
}

// until gives requests until done is closed, each with numbers that were not
// used before.
func (l *load) until(done <-chan struct{}) source {
	var next atomic.Int64
	return func() []byte {
		select {
		case <-done:
			return nil
		default:
		}
		i := int(next.Add(1)-1) % len(l.requests)
		request := slices.Clone(l.requests[i])
		n := int64(len(l.places[i]))
		number := firstLoaded + l.sent.Add(n) - n
		for _, at := range l.places[i] {
			copy(request[at:], fmt.Sprintf("%06d", number))
			number++
		}
		return request
	}
}

// during sends the load to a hub while work runs, and returns how long each of
// its requests took. Work begins when the load has been running for a while.
func (l *load) during(h *hub, work func() error) ([]time.Duration, error) {
	done := make(chan struct{})
	worked := make(chan error, 1)
	go func() {
		defer close(done)
		time.Sleep(300 * time.Millisecond)
		worked <- work()
	}()
	took, err := send(h.address(), l.until(done), l.connections)
	return took, errors.Join(err, <-worked)
}

// span sends the load to a hub for some time and returns how long each of its
// requests took.
func (l *load) span(h *hub, d time.Duration) ([]time.Duration, error) {
	done := make(chan struct{})
	time.AfterFunc(d, func() { close(done) })
	return send(h.address(), l.until(done), l.connections)
}
