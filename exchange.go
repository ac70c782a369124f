package orderhub

import (
	"cmp"
	"strings"
	"time"
)

// DefaultReader is the reader of the exchange that every shop has, and that a
// key has unless another is chosen.
const DefaultReader = "accounting"

// MaxPull is how many orders a reader is offered at once: those that wait
// longest.
const MaxPull = 10_000

// A ReaderID is ours and never changes.
type ReaderID int64

// An ExchangeReader is a system that takes the orders of a shop one by one, such
// as an accounting system or a warehouse. Each reader has marks of its own: what
// one has taken is still offered to the others.
//
// An order is offered until the reader marks it, and again when something that
// the exchange shows is changed by someone else; a deleted order, too.
type ExchangeReader struct {
	ID        ReaderID
	Shop      ShopID
	Name      string   // unique in the shop, up to 100 characters
	Statuses  []string // only orders of these statuses are offered; none means all
	CreatedAt time.Time
}

// Validate reports what is wrong with a new reader. Statuses must be codes of
// the shop's list.
func (r *ExchangeReader) Validate(s *Shop) error {
	var f Faults
	if strings.TrimSpace(r.Name) == "" {
		f.Add(Absent("name"))
	}
	checkText("name", r.Name, 100, &f)
	for _, code := range r.Statuses {
		if _, known := s.Status(code); !known || strings.Contains(code, ",") {
			f.Wrong("statuses", code+" is not a status of this shop")
		}
	}
	return f.Err()
}

// An ExchangeMark reports whether a reader has taken an order as it is.
type ExchangeMark struct {
	Reader string
	Taken  bool
	// At and Actor are those of the last mark; zero when the order has none, or
	// its event is not kept any more.
	At    time.Time
	Actor Actor
}

// MarkOf is what the event of a mark says of a reader's mark. It reports false
// for other events.
func MarkOf(e *Event) (m ExchangeMark, ok bool) {
	if e.Kind != OrderExported || len(e.Changes) != 1 {
		return m, false
	}
	c := e.Changes[0]
	reader, named := strings.CutPrefix(c.Field, markField)
	if !named && c.Field != "exported" { // before readers had names
		return m, false
	}
	return ExchangeMark{Reader: cmp.Or(reader, DefaultReader), Taken: c.To == "true", At: e.At, Actor: e.Actor}, true
}

const markField = "exported."

// MarkChange is the change that the event of a mark lists.
func MarkChange(reader string, taken bool) Change {
	c := Change{Field: markField + reader, From: "false", To: "true"}
	if !taken {
		c.From, c.To = c.To, c.From
	}
	return c
}

// An Export is a reader's mark on an order: taken, or to be offered again.
type Export struct {
	Taken bool
	// At is when the reader has read the order; zero is now. The mark holds only
	// if the exchange has shown no change since. A change has its time before
	// its transaction ends, so a reader that must miss none sends a time a little
	// before the reading.
	At time.Time
}

// Holds reports whether the mark may be set on an order that the exchange has
// last shown to change at a time.
func (e *Export) Holds(exchangeAt time.Time) bool {
	return !e.Taken || e.At.IsZero() || !exchangeAt.After(e.At)
}

// beforeExchange moves times of the exchange before 1970, so that they differ
// and rise as before.
const beforeExchange = 200 * 365 * 24 * time.Hour

// ExchangeTime is an order's ExchangeAt for a change at a time. Of history it
// lies before 1970: no reader is offered it unless it reads from the beginning.
func ExchangeTime(at time.Time, history bool) time.Time {
	if history {
		return at.Add(-beforeExchange)
	}
	return at
}
