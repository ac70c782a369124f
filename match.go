package orderhub

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
)

// LineFields is a set of fields of a line.
type LineFields uint16

// The fields of a line that a message can set. The amount is computed.
const (
	LineProduct LineFields = 1 << iota
	LineSKU
	LineName
	LineUnit
	LineQuantity
	LineReturned
	LineBasePrice
	LinePrice
	LineDiscount
	LineBonus
	LineImage
	LineAttributes
	LineExtras

	AllLineFields = LineExtras<<1 - 1
)

// A SentLine is one line of a message.
type SentLine struct {
	// ID is the sender's name of a stored line, as its dialect shows it; 0
	// when the dialect has none or none was sent.
	ID int64

	// Line holds the values. Fields that were not sent hold the defaults of
	// the dialect, which count for new lines only. Extras has the dialects that
	// the sender can write, an empty list where it wrote nothing.
	Line Line

	Fields LineFields // were sent
}

// SentLines are the lines of a message, which replace those of an order.
type SentLines struct {
	Lines []SentLine

	// Show returns a stored line as the sender's dialect prints it: what its
	// decoder reads when the line is sent back. It must be pure. Nil means that
	// the sender knows and writes every field of a line.
	Show func(o *Order, l *Line) SentLine

	// MergeExtras merges extras by name, a null removes one. Otherwise those of
	// the sender's dialects are replaced.
	MergeExtras bool
}

// WholeLines are lines whose sender writes every field.
func WholeLines(lines []Line) *SentLines {
	s := &SentLines{Lines: make([]SentLine, len(lines))}
	for i, l := range lines {
		s.Lines[i] = SentLine{Line: l, Fields: AllLineFields}
	}
	return s
}

// MatchLines returns the lines that an order has after its lines were replaced:
// one for each sent line, in the sent sequence. Each stored line is matched
// with at most one sent line: by the id that the dialect shows; then by equal
// values in all fields sent; then by product or, when that finds none, SKU, of
// the same unit if one was sent; then by place, if the sent line has neither
// product nor SKU and no other name than the stored one. Of several equal
// candidates the first is taken.
//
// A matched line keeps its number and every field that was not sent or was
// sent as shown, such as a discount or a price with more places than the
// dialect prints. A changed price, base price or quantity changes the discount;
// see Line.reprice. Sent lines without a match are new and have no number.
//
// MatchLines takes time linear in the number of lines and changes neither
// argument.
func MatchLines(o *Order, sent *SentLines) []Line {
	m := newMatcher(o, sent)
	lines := make([]Line, len(sent.Lines))
	for i := range sent.Lines {
		x := &sent.Lines[i]
		if at := m.pairs[i]; at >= 0 {
			lines[i] = sent.update(o.Lines[at], &m.shown[at], x)
		} else {
			lines[i] = sent.begin(x)
		}
	}
	return lines
}

// ArrangeLines puts the lines into the sequence in which they are stored: by
// number, new ones at the end as they were sent. The sequence of a list that
// replaces another says nothing, so the same lines in another one change
// nothing. Faults name lines as sent, so it comes after all checks.
func (o *Order) ArrangeLines() {
	rank := func(l Line) int {
		if l.No == 0 {
			return math.MaxInt
		}
		return l.No
	}
	slices.SortStableFunc(o.Lines, func(a, b Line) int { return cmp.Compare(rank(a), rank(b)) })
}

// A matcher pairs sent lines with stored ones.
type matcher struct {
	sent  []SentLine
	shown []SentLine // the stored lines as the dialect shows them
	used  []bool     // stored lines that have a pair
	pairs []int      // for each sent line the index of its stored line, or -1

	indexes map[LineFields]map[string][]int // unused stored lines by their text in some fields
}

func newMatcher(o *Order, sent *SentLines) *matcher {
	m := &matcher{
		sent: sent.Lines, shown: make([]SentLine, len(o.Lines)), used: make([]bool, len(o.Lines)),
		pairs: make([]int, len(sent.Lines)), indexes: make(map[LineFields]map[string][]int),
	}
	for i := range m.pairs {
		m.pairs[i] = -1
	}
	if len(o.Lines) == 0 {
		return m
	}
	for i := range o.Lines {
		if sent.Show == nil {
			m.shown[i] = SentLine{Line: o.Lines[i], Fields: AllLineFields}
		} else {
			m.shown[i] = sent.Show(o, &o.Lines[i])
		}
	}
	m.byID()
	m.by(func(x SentLine) (SentLine, LineFields) {
		if sent.Show == nil { // as it would be stored, with what its sender left open
			if err := x.Line.ComputeAmount(o.Currency); err != nil {
				return x, 0
			}
		}
		return x, x.Fields
	})
	m.by(byProduct)
	m.by(bySKU)
	m.byPlace()
	return m
}

func (m *matcher) pair(sent, stored int) { m.pairs[sent], m.used[stored] = stored, true }

func (m *matcher) byID() {
	places := make(map[int64]int, len(m.shown))
	for i, x := range m.shown {
		if x.ID != 0 {
			places[x.ID] = i
		}
	}
	for i, x := range m.sent {
		if at, known := places[x.ID]; known && !m.used[at] {
			m.pair(i, at)
		}
	}
}

// maxIndexes bounds the sets of fields by which one call looks lines up, so
// that lines with ever other fields cannot make it slow. The rest is matched
// by product, SKU and place.
const maxIndexes = 32

// by pairs sent lines with stored ones that show the same in the fields that
// probe returns for a line, along with the values to look for.
func (m *matcher) by(probe func(SentLine) (SentLine, LineFields)) {
	for i := range m.sent {
		if m.pairs[i] >= 0 {
			continue
		}
		x, fields := probe(m.sent[i])
		if fields == 0 {
			continue
		}
		index := m.index(fields)
		key := string(x.appendText(nil, fields))
		places := index[key]
		for len(places) > 0 && m.used[places[0]] {
			places = places[1:]
		}
		if len(places) > 0 {
			m.pair(i, places[0])
			places = places[1:]
		}
		if index != nil {
			index[key] = places
		}
	}
}

func (m *matcher) index(fields LineFields) map[string][]int {
	index, made := m.indexes[fields]
	if made || len(m.indexes) >= maxIndexes {
		return index
	}
	index = make(map[string][]int, len(m.shown))
	var text []byte
	for i := range m.shown {
		text = m.shown[i].appendText(text[:0], fields)
		index[string(text)] = append(index[string(text)], i)
	}
	m.indexes[fields] = index
	return index
}

func byProduct(x SentLine) (SentLine, LineFields) {
	if !x.names(LineProduct, x.Line.Product) {
		return x, 0
	}
	return x, LineProduct | x.Fields&LineUnit
}

// bySKU looks for the SKU. A line that names its product, too, is not one of
// another product.
func bySKU(x SentLine) (SentLine, LineFields) {
	if !x.names(LineSKU, x.Line.SKU) {
		return x, 0
	}
	fields := LineSKU | x.Fields&LineUnit
	if x.names(LineProduct, x.Line.Product) {
		x.Line.Product = ""
		fields |= LineProduct
	}
	return x, fields
}

func (m *matcher) byPlace() {
	for i := range min(len(m.sent), len(m.shown)) {
		if m.pairs[i] < 0 && !m.used[i] && m.sent[i].inPlaceOf(&m.shown[i]) {
			m.pair(i, i)
		}
	}
}

// inPlaceOf says whether a line may be another one only because it stands in
// the same place.
func (x *SentLine) inPlaceOf(shown *SentLine) bool {
	if x.names(LineProduct, x.Line.Product) || x.names(LineSKU, x.Line.SKU) {
		return false
	}
	if x.Fields&LineProduct != 0 && shown.Line.Product != "" || x.Fields&LineSKU != 0 && shown.Line.SKU != "" {
		return false // sent as empty
	}
	return !x.names(LineName, x.Line.Name) || x.Line.Name == shown.Line.Name
}

func (x *SentLine) names(field LineFields, value string) bool {
	return x.Fields&field != 0 && value != ""
}

// appendText appends what the line has in some fields, as text in which two
// lines are equal exactly when they are equal in these fields.
func (x *SentLine) appendText(b []byte, fields LineFields) []byte {
	l := &x.Line
	for _, f := range []struct {
		field LineFields
		text  string
	}{{LineProduct, l.Product}, {LineSKU, l.SKU}, {LineName, l.Name}, {LineUnit, l.Unit}, {LineImage, l.Image}} {
		if fields&f.field != 0 {
			b = append(strconv.AppendInt(b, int64(len(f.text)), 10), ':')
			b = append(b, f.text...)
		}
	}
	for _, f := range []struct {
		field  LineFields
		number int64
	}{
		{LineQuantity, int64(l.Quantity)}, {LineReturned, int64(l.Returned)}, {LineBasePrice, int64(l.BasePrice)},
		{LinePrice, int64(l.Price)}, {LineDiscount, int64(l.Discount)}, {LineBonus, l.Bonus},
	} {
		if fields&f.field != 0 {
			b = append(strconv.AppendInt(b, f.number, 10), ' ')
		}
	}
	if fields&LineAttributes != 0 {
		b = append(b, minimal(l.Attributes.sorted().JSON())...)
	}
	if fields&LineExtras != 0 {
		for _, dialect := range slices.Sorted(maps.Keys(l.Extras)) {
			if len(l.Extras[dialect]) > 0 {
				b = append(strconv.AppendQuote(b, dialect), minimal(l.Extras[dialect].sorted().JSON())...)
			}
		}
	}
	return b
}
