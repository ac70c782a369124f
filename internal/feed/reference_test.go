package feed

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
)

// reference reads a file with encoding/xml: its tokens go the same way as
// those of the scanner.
func reference(in string, l Limits) ([]Offer, error) {
	if err := wellFormed(in); err != nil {
		return nil, err
	}
	d := newDecoder(in)
	return collect(func(yield func(Offer, error) bool) {
		walk(func(t *token) error {
			for {
				raw, err := d.RawToken()
				if errors.Is(err, io.EOF) {
					t.kind = end
					return nil
				}
				if err != nil {
					return err
				}
				switch x := raw.(type) {
				case xml.StartElement:
					*t = token{kind: startTag, name: []byte(spelled(x.Name))}
					for _, a := range x.Attr {
						t.attrs = append(t.attrs, attr{[]byte(spelled(a.Name)), []byte(a.Value)})
					}
				case xml.EndElement:
					*t = token{kind: endTag, name: []byte(spelled(x.Name))}
				case xml.CharData:
					*t = token{kind: text, text: x}
				default:
					continue
				}
				return nil
			}
		}, l.orDefault(), true, yield)
	})
}

func newDecoder(in string) *xml.Decoder {
	d := xml.NewDecoder(strings.NewReader(in))
	d.CharsetReader = func(name string, r io.Reader) (io.Reader, error) {
		switch strings.ToLower(name) {
		case "utf8":
			return r, nil
		case "windows-1251", "cp1251", "win-1251":
			return charmap.Windows1251.NewDecoder().Reader(r), nil
		}
		return nil, fmt.Errorf("no encoding %s", name)
	}
	return d
}

func wellFormed(in string) error {
	d := newDecoder(in)
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func spelled(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

func collect(offers func(yield func(Offer, error) bool)) (all []Offer, err error) {
	for o, e := range offers {
		if e != nil {
			return all, e
		}
		o.Line = 0 // encoding/xml does not tell it of a token
		o.Faults = slices.Clone(o.Faults)
		for i := range o.Faults {
			o.Faults[i].Line = 0
		}
		all = append(all, o)
	}
	return all, nil
}

// agree fails when a file that the scanner accepts is read otherwise, or not
// at all, by encoding/xml. It says whether the scanner accepted it.
func agree(t *testing.T, in string, l Limits) bool {
	t.Helper()
	got, err := collect(Read(strings.NewReader(in), l))
	checked, checkErr := Check(strings.NewReader(in), l)
	if (err == nil) != (checkErr == nil) {
		t.Fatalf("Read: %v, Check: %v", err, checkErr)
	}
	if err != nil {
		return false
	}
	if checked != len(got) {
		t.Errorf("Check counted %d offers, Read gave %d", checked, len(got))
	}
	want, err := reference(in, l)
	if err != nil {
		t.Fatalf("accepted, but encoding/xml says: %v", err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("offers (-encoding/xml +ours):\n%s", d)
	}
	return true
}

func FuzzRead(f *testing.F) {
	for _, in := range whole {
		f.Add(in)
	}
	for _, tt := range refused {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		agree(t, in, Limits{Bytes: 1 << 20, Token: 1 << 16, Offer: 1 << 16})
		// The same in the frame of a feed, which chance alone rarely builds.
		agree(t, frame(`<offer id="1"><name>Миска</name>`+in+`</offer>`), Limits{Bytes: 1 << 20})
	})
}

// TestAgreesWithReference reads with buffers of all sizes what must be read
// alike, so that every token is cut everywhere once.
func TestAgreesWithReference(t *testing.T) {
	for name, in := range whole {
		if !agree(t, in, Limits{}) {
			_, err := Check(strings.NewReader(in), Limits{})
			t.Errorf("%s was refused: %v", name, err)
		}
		want, _ := collect(Read(strings.NewReader(in), Limits{}))
		for _, size := range []int{1, 2, 3, 7, 64} {
			got, err := collect(Read(&slow{in: strings.NewReader(in), size: size}, Limits{}))
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Errorf("%s, read by %d bytes: %v (-at once +by pieces):\n%s", name, size, err, d)
			}
		}
	}
}

// A slow reader gives few bytes at a time.
type slow struct {
	in   io.Reader
	size int
}

func (s *slow) Read(p []byte) (int, error) { return s.in.Read(p[:min(len(p), s.size)]) }
