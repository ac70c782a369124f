package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// A pool holds the texts that the cells of a workbook share: in memory, and
// beyond maxInside in a temporary file.
type pool struct {
	ends    [][]int64 // where each text ends, in blocks, so that growing copies nothing
	n       int
	inside  []byte
	size    int64 // bytes of all texts
	outside *os.File
	scratch []byte
}

const block = 1 << 14

func (p *pool) add(text []byte) error {
	if p.n == maxShared {
		return refused("the workbook shares more than %d texts", maxShared)
	}
	p.inside = append(p.inside, text...)
	p.size += int64(len(text))
	if p.n%block == 0 {
		p.ends = append(p.ends, make([]int64, 0, block))
	}
	p.ends[p.n/block] = append(p.ends[p.n/block], p.size)
	p.n++
	if len(p.inside) > maxInside {
		return p.moveOut()
	}
	return nil
}

// moveOut writes the texts in memory behind those in the file.
func (p *pool) moveOut() error {
	if p.outside == nil {
		f, err := os.CreateTemp("", "orderhub-sheet-*")
		if err != nil {
			return fmt.Errorf("sheet: %w", err)
		}
		p.outside = f
	}
	if _, err := p.outside.Write(p.inside); err != nil {
		return fmt.Errorf("sheet: %w", err)
	}
	p.inside = p.inside[:0]
	return nil
}

// settle is called behind the last text.
func (p *pool) settle() error {
	if p.outside == nil {
		return nil
	}
	err := p.moveOut()
	p.inside = nil
	return err
}

// text returns the text of that index, until it is called again.
func (p *pool) text(i int) ([]byte, error) {
	if i < 0 || i >= p.n {
		return nil, refused("the workbook is damaged: a cell names shared text %d of %d", i, p.n)
	}
	from := int64(0)
	if i > 0 {
		from = p.ends[(i-1)/block][(i-1)%block]
	}
	to := p.ends[i/block][i%block]
	if p.outside == nil {
		return p.inside[from:to], nil
	}
	if cap(p.scratch) < int(to-from) {
		p.scratch = make([]byte, to-from)
	}
	b := p.scratch[:to-from]
	if _, err := p.outside.ReadAt(b, from); err != nil {
		return nil, fmt.Errorf("sheet: %w", err)
	}
	return b, nil
}

func (p *pool) close() error {
	if p.outside == nil {
		return nil
	}
	return errors.Join(p.outside.Close(), os.Remove(p.outside.Name()))
}

// readPool reads the part with the shared texts.
func readPool(r io.Reader) (*pool, error) {
	p := &pool{}
	s := newScanner(r)
	err := p.fill(s)
	if err == nil {
		err = p.settle()
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *pool) fill(s *scanner) error {
	root, err := s.start()
	if err != nil {
		return err
	}
	prefix, ok := bytes.CutSuffix(name(root), []byte("sst"))
	if !ok {
		return errOdd
	}
	prefix = bytes.Clone(prefix)
	if alone(root) {
		return nil
	}
	var text []byte
	for {
		t, err := s.inner(prefix)
		if err != nil {
			return err
		}
		switch string(name(t)) {
		case "si":
			if text, err = s.item(text[:0], prefix, "/si", t); err != nil {
				return err
			}
			if err := p.add(text); err != nil {
				return err
			}
		case "/sst":
			return nil
		default:
			return errOdd
		}
	}
}

// inner returns the next tag without the prefix of its name.
func (s *scanner) inner(prefix []byte) ([]byte, error) {
	t, err := s.tag()
	if err != nil || len(prefix) == 0 {
		return t, err
	}
	if t[0] == '/' {
		rest, ok := bytes.CutPrefix(t[1:], prefix)
		if !ok {
			return nil, errOdd
		}
		copy(t[len(prefix):], "/")
		return t[len(t)-len(rest)-1:], nil
	}
	t, ok := bytes.CutPrefix(t, prefix)
	if !ok || len(t) == 0 {
		return nil, errOdd
	}
	return t, nil
}

// item appends the text of an element such as si: one text, or runs of rich
// text one behind the other. How it is read aloud is left out.
func (s *scanner) item(dst, prefix []byte, end string, start []byte) ([]byte, error) {
	if err := sound(start); err != nil || alone(start) {
		return dst, err
	}
	from, texts, runs, inRun := len(dst), 0, 0, false
	for {
		t, err := s.inner(prefix)
		if err != nil {
			return nil, err
		}
		if t[0] != '/' {
			if err := sound(t); err != nil {
				return nil, err
			}
		}
		switch n := string(name(t)); {
		case n == end && !inRun && len(t) == len(n):
			if texts > 0 && runs > 0 || texts > 1 {
				return nil, errOdd
			}
			if bytes.Contains(dst[from:], []byte("_x")) {
				dst = append(dst[:from], unescape(nil, dst[from:])...)
			}
			return dst, nil
		case n == "t" && (!inRun || texts == 0):
			texts++
			if dst, err = s.text(dst, prefix, t); err != nil {
				return nil, err
			}
		case n == "r" && !inRun && texts == 0:
			inRun, runs = !alone(t), runs+1
		case n == "/r" && inRun && len(t) == len(n):
			inRun, texts = false, 0
		case n == "rPr" && inRun, n == "rPh" && !inRun, n == "phoneticPr" && !inRun:
			if err := s.overInner(prefix, t); err != nil {
				return nil, err
			}
		default:
			return nil, errOdd
		}
	}
}

// text appends the text of an element such as t, whose tag is given.
func (s *scanner) text(dst, prefix, tag []byte) ([]byte, error) {
	if alone(tag) {
		return dst, nil
	}
	var want [8]byte
	closing := append(append(want[:0], '/'), name(tag)...)
	raw, err := s.raw()
	if err != nil {
		return nil, err
	}
	if dst, err = appendText(dst, raw); err != nil {
		return nil, err
	}
	end, err := s.inner(prefix)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(end, closing) {
		return nil, errOdd
	}
	return dst, nil
}

// overInner goes behind an element whose prefix was cut off.
func (s *scanner) overInner(prefix, tag []byte) error {
	return s.over(append(bytes.Clone(prefix), tag...))
}
