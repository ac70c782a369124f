package catalogue

import (
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store/productdb"
)

// A verdict is what became of one product.
type verdict = orderhub.Verdict[orderhub.Product]

// both lets a command make its product or change it.
var both = orderhub.Mode{New: true, Existing: true}

// A command says what is to become of one product.
type command struct {
	orderhub.ProductChange

	// fed is whether the product is one of a feed, which may leave it out later.
	// Feeds and an undo set it. Nil leaves it; new products are not fed.
	fed *bool

	// lenient skips Product.Validate, for what was checked by itself before and
	// for what is stored already.
	lenient bool
}

// change is what a command makes of a product, and what is wrong with that. The
// old state is nil for a product that is made. Nothing else decides what a
// product becomes: the id and the times of the record are the caller's.
func change(old *orderhub.Product, c command, shop *orderhub.Shop) (*orderhub.Product, error) {
	now := &orderhub.Product{Available: true}
	if old != nil {
		*now = *old
	}
	c.Apply(now)
	if c.fed != nil {
		now.Fed = *c.fed
	}
	complete(shop, now)
	if c.lenient {
		return now, nil
	}
	return now, now.Validate()
}

// complete sets the shop and the defaults, so that the product is as the store
// returns it.
func complete(shop *orderhub.Shop, p *orderhub.Product) {
	p.Shop = shop.ID
	if p.Currency == "" {
		p.Currency = shop.Currency
	}
	p.Pictures, p.Categories, p.Attributes = orNil(p.Pictures), orNil(p.Categories), orNil(p.Attributes)
}

func orNil[S ~[]T, T any](list S) S {
	if len(list) == 0 {
		return nil
	}
	return list
}

// doAll does what commands say, one after the other, and returns a verdict for
// each. It asks for all that has to be read before it returns batch.ErrMore, its
// only error.
func (s *Set) doAll(all []command, mode orderhub.Mode) ([]verdict, error) {
	verdicts := make([]verdict, len(all))
	err := batch.Each(len(all), func(i int) (err error) {
		verdicts[i], err = s.do(all[i], mode)
		return err
	})
	return verdicts, err
}

// do does what a command says, unless that is wrong or the mode does not allow
// it. Its error is batch.ErrMore.
func (s *Set) do(c command, mode orderhub.Mode) (verdict, error) {
	old, same, err := s.find(c)
	switch {
	case err != nil:
		return verdict{}, err
	case same && mode.Existing:
		return verdict{Outcome: orderhub.OutcomeUnchanged, Old: old, Now: old}, nil
	}
	now, wrong := change(old, c, s.b.Shop())
	if outcome, err := refusal(old, wrong, mode); err != nil {
		return verdict{Outcome: outcome, Err: err, Old: old}, nil
	}
	v := verdict{Outcome: orderhub.OutcomeUpdated, Old: old, Now: s.keep(old, now)}
	switch {
	case old == nil:
		v.Outcome = orderhub.OutcomeCreated
	case v.Now == old:
		v.Outcome = orderhub.OutcomeUnchanged
	}
	return v, nil
}

// find returns the product that a command is about, nil when the shop does not have
// it. Same reports that the command has it as it is stored, which its mark
// shows: then only what the command says was read of it.
func (s *Set) find(c command) (old *orderhub.Product, same bool, err error) {
	id, read := s.byExternal[c.ExternalID]
	_, whole := s.records[id]
	switch {
	case c.Whole != nil && !read && storable(c.ExternalID):
		s.wanted.marks[c.ExternalID] = true
		return nil, false, batch.ErrMore
	case c.Whole != nil && id > 0 && !whole:
		m := s.marks[c.ExternalID]
		p := &orderhub.Product{ID: m.ID, Fed: m.Fed, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, Version: m.Version}
		c.lenient = true // it was valid when it was stored
		if p, _ = change(p, c, s.b.Shop()); m.Of(p) {
			return p, true, nil
		}
	}
	old, err = s.by(c.ExternalID)
	return old, false, err
}

// refusal is why a command is not done: it is invalid when it is wrong by
// itself, whatever the mode does not allow. Without a reason it is nil.
func refusal(old *orderhub.Product, wrong error, mode orderhub.Mode) (orderhub.Outcome, error) {
	outcome := orderhub.OutcomeConflict
	if wrong != nil {
		outcome = orderhub.OutcomeInvalid
	}
	var f orderhub.Faults
	f.Add(wrong)
	switch {
	case old == nil && !mode.New:
		f.Add(&orderhub.Error{Kind: orderhub.NotFound, Field: "external_id", Text: "is not known, and nothing new is to be made"})
	case old != nil && !mode.Existing:
		f.Add(&orderhub.Error{Kind: orderhub.Duplicate, Field: "external_id", Text: "is known, and what is there is to stay as it is"})
	}
	return outcome, f.Err()
}

// keep makes a changed product, or a new one, the present one, unless it
// differs in nothing.
func (s *Set) keep(old, now *orderhub.Product) *orderhub.Product {
	switch {
	case old == nil:
		now.ID = s.IDs.New(s.b)
		s.record(orderhub.ProductCreated, nil, now)
		now.CreatedAt = now.UpdatedAt
	case productdb.SameProducts(old, now):
		s.mark(old)
		return old
	default:
		s.record(orderhub.ProductChanged, old, now)
	}
	s.put(now.ID, now)
	return now
}

// mark has the mark of an unchanged product stored, if it is not there. Products
// that a feed left out before they had events have none, and every later feed
// would read them whole.
func (s *Set) mark(p *orderhub.Product) {
	m, read := s.marks[p.ExternalID]
	if r := s.records[p.ID]; read && m.ID == p.ID && r.stored == p && !m.Of(p) && !slices.Contains(s.unmarked, p.ID) {
		batch.Assign(s.b, &s.unmarked, append(s.unmarked, p.ID))
	}
}

// withdraw makes a product of a feed not available, which the feed has left out.
// It reports whether the product was available until then.
func (s *Set) withdraw(id orderhub.ProductID) (bool, error) {
	p, err := s.get(id)
	if err != nil || p == nil || !p.Fed || !p.Available {
		return false, err
	}
	c := command{ProductChange: orderhub.ProductChange{ExternalID: p.ExternalID, Available: new(false)}, lenient: true}
	now, err := change(p, c, s.b.Shop())
	if err == nil {
		s.keep(p, now)
	}
	return err == nil, err
}

// remove removes a product for good. It must have been stored before the batch:
// an id that never was in the table could be used for another product.
func (s *Set) remove(p *orderhub.Product) {
	s.record(orderhub.ProductRemoved, p, nil)
	s.put(p.ID, nil)
}

// record adds the event of what happens to a product and sets the next version
// and the event's time in its new state. The old state is nil for a new product,
// the new one for a product that is removed.
func (s *Set) record(kind orderhub.EventKind, old, now *orderhub.Product) {
	next := now
	if now == nil {
		next = new(*old)
	}
	next.Version++
	e := &batch.Event{Event: orderhub.Event{Kind: kind, Product: next.ID, Version: next.Version}}
	e.Describe = func() []orderhub.Change { return orderhub.ProductChanges(old, now) }
	s.IDs.Keep(&e.Product)
	next.UpdatedAt = s.b.Record(e)
}
