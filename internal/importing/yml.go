package importing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"orderhub"
	"orderhub/internal/feed"
)

// isYML says whether a file that begins with these bytes is a YML catalogue.
// Any XML is taken for one: reading it says what is wrong with it.
func isYML(head []byte) bool {
	if rest, ok := bytes.CutPrefix(head, []byte("\xFF\xFE")); ok {
		return bytes.HasPrefix(rest, []byte("<\x00")) // UTF-16, which reading refuses in a sentence
	}
	if rest, ok := bytes.CutPrefix(head, []byte("\xFE\xFF")); ok {
		return bytes.HasPrefix(rest, []byte("\x00<"))
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	for _, begin := range []string{"<?xml", "<!DOCTYPE yml_catalog", "<yml_catalog"} {
		if bytes.HasPrefix(head, []byte(begin)) {
			return true
		}
	}
	return false
}

// A ymlSource gives the offers of a YML catalogue, one record each, which
// takes the place of the product whole as that of a feed does. The file is
// read as a stream; nothing that it names is fetched.
type ymlSource struct {
	in   *reading
	file *counted
	size int64
	pull func() (feed.Offer, error, bool)
	stop func()
}

// openYML opens a YML catalogue of a shop. Size is that of the file, in bytes.
func openYML(src io.ReaderAt, size int64, shop *orderhub.Shop, plan orderhub.ImportPlan) (*ymlSource, error) {
	s := &ymlSource{
		in: &reading{
			shop: shop, plan: plan, kind: orderhub.ImportProducts, zone: shop.Location(),
			header: []string{"id"}, byField: map[string]int{"external_id": 0}, columns: []column{{field: "external_id"}},
		},
		file: &counted{in: io.NewSectionReader(src, 0, size)},
		size: size,
	}
	s.pull, s.stop = iter.Pull2(feed.Read(s.file, feed.Limits{}))
	return s, nil
}

// A counted reader knows how much was read.
type counted struct {
	in io.Reader
	n  int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// next gives the next offer. One that cannot be used has faults; what an offer
// is taken without, such as a picture whose address leads nowhere, is no fault.
func (s *ymlSource) next(context.Context) (*record, error) {
	o, err, ok := s.pull()
	if !ok {
		return nil, io.EOF
	}
	if err != nil {
		return nil, badFile(err)
	}
	x := &row{line: o.Line, cells: []string{o.ID}, in: s.in}
	r := &record{rows: []*row{x}, value: &orderhub.ProductChange{ExternalID: o.ID, Whole: o.Product}}
	if o.ID != "" {
		r.keys = []key{{"external_id", o.ID}}
	}
	if o.Product != nil {
		return r, nil
	}
	for _, f := range o.Faults {
		if !f.Kept {
			x.fault(faultField(f.Reason))
		}
	}
	return r, nil
}

// faultField takes the field off a reason when it is one that the row has, so
// that it is told once.
func faultField(reason string) (field, text string) {
	if rest, ok := strings.CutPrefix(reason, "external_id "); ok {
		return "external_id", rest
	}
	return "", reason
}

// badFile makes what is wrong with a file an error that its sender is told.
func badFile(err error) error {
	if e, ok := errors.AsType[*orderhub.Error](err); ok {
		return orderhub.Errorf(orderhub.Invalid, "%s", e.Text)
	}
	return fmt.Errorf("importing: read YML: %w", err)
}

func (s *ymlSource) part() float64 {
	if s.size == 0 {
		return 1
	}
	return float64(s.file.n) / float64(s.size)
}

func (s *ymlSource) Close() error {
	s.stop()
	return nil
}
