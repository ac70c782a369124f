package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A source gives the next request, or nil when there are no more. Several
// connections ask it at the same time.
type source func() []byte

// each gives requests one after the other.
func each(requests [][]byte) source {
	var next atomic.Int64
	return func() []byte {
		i := int(next.Add(1)) - 1
		if i >= len(requests) {
			return nil
		}
		return requests[i]
	}
}

// send writes requests to a server over some connections and returns how long
// each took. The first error ends all of them. The client does as little as
// possible, because it shares the machine with the server.
func send(address string, next source, connections int) ([]time.Duration, error) {
	took := make([][]time.Duration, connections)
	errs := make([]error, connections)
	var failed atomic.Bool
	var clients sync.WaitGroup
	for c := range connections {
		clients.Go(func() {
			took[c], errs[c] = sendOver(address, next, &failed)
			if errs[c] != nil {
				failed.Store(true)
			}
		})
	}
	clients.Wait()
	return slices.Concat(took...), errors.Join(errs...)
}

// sendOver is one connection of send.
func sendOver(address string, next source, failed *atomic.Bool) (took []time.Duration, err error) {
	c, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	for request := next(); request != nil && !failed.Load(); request = next() {
		begin := time.Now()
		if _, err := c.do(request); err != nil {
			return took, err
		}
		took = append(took, time.Since(begin))
	}
	return took, nil
}

// A client is one kept-alive connection that speaks as much of HTTP/1.1 as the
// server's answers need.
type client struct {
	conn    net.Conn
	answers *bufio.Reader
	body    []byte // of the last answer
}

func dial(address string) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, answers: bufio.NewReader(conn)}, nil
}

// do sends a request and reads its answer, which must be 200 or 201. The body
// is valid until the next call.
func (c *client) do(request []byte) ([]byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	line, err := c.answers.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	status := strings.TrimSpace(string(line))
	length := -1
	for {
		line, err := c.answers.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, fmt.Errorf("%s without Content-Length", status)
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	if _, err := io.ReadFull(c.answers, c.body); err != nil {
		return nil, err
	}
	if !strings.Contains(status, " 201 ") && !strings.Contains(status, " 200 ") {
		return nil, fmt.Errorf("%s %.2000s", status, c.body)
	}
	return c.body, nil
}
