// Package feed reads catalogues in YML, the XML of Yandex Market, as a stream:
// one offer after the other, whatever the size of the file.
//
// What is wrong with a single offer is told with it, and the next one follows.
// A file that is not whole, not XML or not YML is an error, and so is one over
// a limit; Check finds that out without making offers, so that a caller can
// know a file to be sound before it stores anything of it.
//
// Files are UTF-8 or windows-1251. A DOCTYPE line is accepted, as most files
// have one, and nothing is fetched for it; entities other than the five of XML
// are refused, so that no text can grow. The scanner is our own, because
// encoding/xml would take most of the time of an import. It is the stricter of
// the two: what it accepts, encoding/xml reads the same way, which is tested
// by fuzzing.
package feed

import (
	"fmt"

	"orderhub"
)

// Limits bound what a file may ask of us. Zero means the limit of Default.
type Limits struct {
	Bytes      int64 // of the file
	Offers     int
	Categories int
	Depth      int // elements within elements
	Token      int // bytes of one tag, one text between tags or one comment
	Offer      int // bytes of all texts of one offer
}

// Default is what shops' catalogues stay far below.
var Default = Limits{
	Bytes: 2 << 30, Offers: 2_000_000, Categories: 200_000, Depth: 64, Token: 1 << 20, Offer: 2 << 20,
}

func (l Limits) orDefault() Limits {
	set(&l.Bytes, Default.Bytes)
	set(&l.Offers, Default.Offers)
	set(&l.Categories, Default.Categories)
	set(&l.Depth, Default.Depth)
	set(&l.Token, Default.Token)
	set(&l.Offer, Default.Offer)
	return l
}

func set[N int | int64](limit *N, otherwise N) {
	if *limit == 0 {
		*limit = otherwise
	}
}

// An Offer is one offer of a feed.
type Offer struct {
	ID      string
	Line    int                   // of the file, where it begins
	Product *orderhub.Product     // without shop; nil when it cannot be used
	Faults  []orderhub.OfferFault // why it cannot be used, or without what it is
}

// broken says that the file itself cannot be used.
func broken(line int, format string, args ...any) error {
	return orderhub.Errorf(orderhub.Malformed, "line %d of the feed: %s", line, fmt.Sprintf(format, args...))
}

// tooLarge says that the file is over a limit.
func tooLarge(line int, format string, args ...any) error {
	return orderhub.Errorf(orderhub.TooLarge, "line %d of the feed: %s", line, fmt.Sprintf(format, args...))
}
