package fetch

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"

	"orderhub"
)

// A file may be packed twice: by its shop, and by the server on the way. One
// that grows more than maxGrowth times, once it is larger than smallest, was
// made to fill our disk: texts of catalogues grow 10 to 50 times.
const (
	maxGrowth = 200
	smallest  = 16 << 20
)

// unpack reads a body, unpacked where it is packed, up to a limit.
func unpack(body io.ReadCloser, encoding string, limit int64) (io.ReadCloser, error) {
	if encoding != "" && encoding != "gzip" && encoding != "x-gzip" && encoding != "identity" {
		return nil, wrong(fmt.Sprintf("answers in the encoding %.20q, which was not asked for", encoding))
	}
	packed := &counted{in: body}
	in := bufio.NewReader(packed)
	for range 2 {
		if head, _ := in.Peek(2); string(head) != "\x1F\x8B" {
			break
		}
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("it is packed with gzip and broken: %w", err)
		}
		in = bufio.NewReader(z)
	}
	return &bounded{in: in, body: body, packed: packed, limit: limit}, nil
}

// counted counts what comes over the network.
type counted struct {
	in io.Reader
	n  int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// bounded fails when a file gets too large.
type bounded struct {
	in     io.Reader
	body   io.Closer
	packed *counted
	n      int64
	limit  int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.n += int64(n)
	if b.n > b.limit {
		return n, orderhub.Errorf(orderhub.TooLarge, "the file is over %d bytes", b.limit)
	}
	if b.n > smallest && b.n > b.packed.n*maxGrowth {
		return n, orderhub.Errorf(orderhub.TooLarge, "the file grows over %d times when it is unpacked", maxGrowth)
	}
	return n, err
}

func (b *bounded) Close() error { return b.body.Close() }
