package feed

import (
	"io"
	"iter"
	"strings"

	"orderhub"
)

// Read gives the offers of a file one by one. An error is the last that it
// gives: Malformed or TooLarge when the file is to blame, else that of the
// reader.
func Read(r io.Reader, l Limits) iter.Seq2[Offer, error] {
	return func(yield func(Offer, error) bool) {
		l := l.orDefault()
		s, err := newScanner(r, l)
		if err != nil {
			yield(Offer{}, err)
			return
		}
		walk(s.next, l, true, yield)
	}
}

// Check reads a file to its end and counts its offers. What Check accepts,
// Read gives without an error.
func Check(r io.Reader, l Limits) (offers int, err error) {
	l = l.orDefault()
	s, err := newScanner(r, l)
	if err != nil {
		return 0, err
	}
	w := walker{limits: l}
	var t token
	for {
		if err := s.next(&t); err != nil {
			return w.offers, err
		}
		if t.kind == end {
			return w.offers, w.whole()
		}
		if _, err := w.take(&t); err != nil {
			return w.offers, err
		}
	}
}

// walk gives the offers among the tokens that next reads.
func walk(next func(*token) error, l Limits, making bool, yield func(Offer, error) bool) {
	w := walker{limits: l, making: making}
	var t token
	for {
		err := next(&t)
		if err == nil && t.kind == end {
			err = w.whole()
			if err == nil {
				return
			}
		}
		var o *Offer
		if err == nil {
			o, err = w.take(&t)
		}
		if err != nil {
			yield(Offer{}, err)
			return
		}
		if o != nil && !yield(*o, nil) {
			return
		}
	}
}

// A place is where in the file the walker is.
type place uint8

const (
	outside place = iota
	inCatalogue
	inShop
	inCategories
	inCategory
	inOffers
	inOffer
	inField
)

// A walker follows the tokens of a file and makes offers of them. Elements
// that YML has and we do not use are passed over with all that is in them.
type walker struct {
	limits Limits
	making bool // else offers are only counted

	at      place
	skipped int // elements deep within one that is passed over
	offers  int
	shelves int  // categories
	seen    bool // of the shop

	categories categories
	category   category
	offer      draft
	field      field
	nested     int // elements deep within a field
	text       []byte
	size       int // bytes of the texts of this offer
}

// whole says whether a file had what makes it a catalogue.
func (w *walker) whole() error {
	if !w.seen {
		return orderhub.Errorf(orderhub.Malformed, "the feed has no <shop>; it is not a YML file")
	}
	return nil
}

func (w *walker) take(t *token) (*Offer, error) {
	if t.kind == startTag && (w.at == inOffer || w.at == inField) {
		for _, a := range t.attrs {
			if err := w.weigh(t.line, len(a.value)); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case t.kind == text:
		return nil, w.takeText(t)
	case w.skipped > 0 && t.kind == startTag:
		w.skipped++
		return nil, nil
	case w.skipped > 0:
		w.skipped--
		return nil, nil
	case t.kind == startTag:
		return nil, w.enter(t)
	}
	return w.leave()
}

func (w *walker) takeText(t *token) error {
	if w.at != inOffer && w.at != inField && w.at != inCategory {
		return nil
	}
	if w.making && w.skipped == 0 && w.at != inOffer {
		w.text = append(w.text, t.text...)
	}
	return w.weigh(t.line, len(t.text))
}

// weigh adds to what an offer holds, whether it is made or only checked.
func (w *walker) weigh(line, bytes int) error {
	if w.size += bytes; w.size > w.limits.Offer {
		return tooLarge(line, "an offer is over %d bytes", w.limits.Offer)
	}
	return nil
}

// enter is a start tag.
func (w *walker) enter(t *token) error {
	switch {
	case w.at == outside:
		if string(t.name) != "yml_catalog" {
			return broken(t.line, "its first element is <%.40s> and not <yml_catalog>; it is not a YML file", t.name)
		}
		w.at = inCatalogue
	case w.at == inCatalogue && string(t.name) == "shop":
		w.at, w.seen = inShop, true
	case w.at == inShop && string(t.name) == "categories":
		w.at = inCategories
	case w.at == inShop && string(t.name) == "offers":
		w.at = inOffers
	case w.at == inCategories && string(t.name) == "category":
		w.at, w.text, w.size = inCategory, w.text[:0], 0
		w.category = category{id: value(t, "id"), parent: value(t, "parentId")}
		if w.shelves++; w.shelves > w.limits.Categories {
			return tooLarge(t.line, "there are over %d categories", w.limits.Categories)
		}
	case w.at == inOffers && string(t.name) == "offer":
		w.at = inOffer
		if w.offers++; w.offers > w.limits.Offers {
			return tooLarge(t.line, "there are over %d offers", w.limits.Offers)
		}
		if w.size = 0; w.making {
			w.offer.begin(t)
		}
	case w.at == inOffer && w.making:
		if w.field = fieldOf(t.name); w.field == none {
			w.skipped = 1
			return nil
		}
		w.at, w.nested, w.text = inField, 0, w.text[:0]
		if w.field == param {
			w.offer.param, w.offer.unit = value(t, "name"), value(t, "unit")
		}
	case w.at == inField:
		w.nested++ // markup of a description
	default:
		w.skipped = 1
	}
	return nil
}

// leave is an end tag.
func (w *walker) leave() (*Offer, error) {
	switch w.at {
	case inField:
		if w.nested > 0 {
			w.nested--
			return nil, nil
		}
		w.offer.put(w.field, w.text)
		w.at = inOffer
	case inOffer:
		w.at = inOffers
		if w.making {
			return w.offer.finish(&w.categories), nil
		}
	case inCategory:
		w.category.name = clean(w.text)
		w.categories.add(w.category)
		w.at = inCategories
	case inOffers, inCategories:
		w.at = inShop
	case inShop:
		w.at = inCatalogue
	default:
		w.at = outside
	}
	return nil, nil
}

// value is an attribute of a tag, without the space around it.
func value(t *token, name string) string {
	for _, a := range t.attrs {
		if string(a.name) == name {
			return string(trimLeft(trimRight(a.value)))
		}
	}
	return ""
}

// clean is a text on one line, as names are.
func clean(in []byte) string {
	in = trimLeft(trimRight(in))
	for i, c := range in {
		if c < ' ' || c == ' ' && in[i+1] == ' ' { // a space is never the last
			return strings.Join(strings.Fields(string(in)), " ")
		}
	}
	return string(in)
}

// A category is one shelf of the shop.
type category struct{ id, parent, name string }

// categories know the way from the widest category to each.
type categories struct {
	byID   map[string]category
	chains map[string][]string
}

// add keeps a category; of two with one id the first.
func (c *categories) add(one category) {
	if c.byID == nil {
		c.byID, c.chains = make(map[string]category), make(map[string][]string)
	}
	if _, known := c.byID[one.id]; !known && one.id != "" && one.name != "" {
		c.byID[one.id] = one
	}
}

// chain is the way to a category; nil when it is unknown. A way that is a
// circle, or without end, stops where it gets too long.
func (c *categories) chain(id string) []string {
	if chain, ok := c.chains[id]; ok {
		return chain
	}
	var up []string
	seen := make(map[string]bool)
	for next := id; next != "" && !seen[next] && len(up) < orderhub.MaxCategories; {
		one, ok := c.byID[next]
		if !ok {
			break
		}
		seen[next] = true
		up = append(up, one.name)
		next = one.parent
	}
	for i, j := 0, len(up)-1; i < j; i, j = i+1, j-1 {
		up[i], up[j] = up[j], up[i]
	}
	if up != nil {
		c.chains[id] = up
	}
	return up
}
