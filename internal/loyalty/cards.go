package loyalty

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
	"orderhub/internal/store"
	"orderhub/internal/store/carddb"
)

// Cards holds the discount cards of a batch. A card that changes is replaced by
// another one; only the ids of new cards, types and customers are filled in
// later.
//
// A method that needs a card which has not been read returns batch.ErrMore.
type Cards struct {
	// IDs are those of new cards.
	IDs batch.IDs[orderhub.CardID]

	b         *batch.Batch
	customers *customers.Set
	wanted    wantedCards
	types     types

	// What was read, as the units decided so far have left it.
	records  map[orderhub.CardID]*cardRecord // nil for those that do not exist
	byKey    map[carddb.CardKey]orderhub.CardID
	barcodes map[string]bool              // whose cards were read
	owners   map[orderhub.CustomerID]bool // whose cards were read
	points   map[orderhub.CardID]bool     // whether rows of the ledger have the card

	changed []orderhub.CardID // and made ones, in the sequence of their first change
}

// A cardRecord is a card in a batch.
type cardRecord struct {
	stored *orderhub.Card // before the batch; nil for a new one
	now    *orderhub.Card // nil when it was removed for good
}

type cardsKey struct{}

// CardsIn returns the cards of a batch.
func CardsIn(b *batch.Batch) *Cards {
	return batch.Join(b, cardsKey{}, func(b *batch.Batch) *Cards {
		return &Cards{
			b: b, customers: customers.In(b), wanted: newWantedCards(),
			records:  make(map[orderhub.CardID]*cardRecord),
			byKey:    make(map[carddb.CardKey]orderhub.CardID),
			barcodes: make(map[string]bool),
			owners:   make(map[orderhub.CustomerID]bool),
			points:   make(map[orderhub.CardID]bool),
		}
	})
}

// get returns a card by its id, or a NotFound error.
func (s *Cards) get(id orderhub.CardID) (*orderhub.Card, error) {
	r, read := s.records[id]
	switch {
	case !read && id > 0:
		s.askID(id)
		return nil, batch.ErrMore
	case r == nil || r.now == nil || !r.now.DeletedAt.IsZero():
		return nil, orderhub.Errorf(orderhub.NotFound, "no card %d", id)
	}
	return r.now, nil
}

// by returns the card that has a key; nil for none.
func (s *Cards) by(k carddb.CardKey) (*orderhub.Card, error) {
	id, read := s.byKey[k]
	switch {
	case !read:
		s.askKey(k)
		return nil, batch.ErrMore
	case id == 0:
		return nil, nil
	}
	return s.get(id)
}

// Find returns the card that a reference names: by its id, its number, its
// external id and its barcode, the next only when the former finds none. It is
// a NotFound error when the shop has no such card.
func (s *Cards) Find(ref orderhub.CardRef) (*orderhub.Card, error) {
	if ref.ID != 0 {
		c, err := s.get(ref.ID)
		if orderhub.KindOf(err) != orderhub.NotFound {
			return c, err
		}
	}
	for _, k := range keysOf(ref) {
		if c, err := s.by(k); c != nil || err != nil {
			return c, err
		}
	}
	c, err := s.byBarcode(ref.Barcode)
	if c == nil && err == nil {
		err = orderhub.Errorf(orderhub.NotFound, "no card %s", ref)
	}
	return c, err
}

// byBarcode returns the oldest card with a barcode; nil for none.
func (s *Cards) byBarcode(barcode string) (*orderhub.Card, error) {
	if barcode == "" || !orderhub.Storable(barcode) {
		return nil, nil
	}
	if !s.barcodes[barcode] {
		s.wanted.barcodes[barcode] = true
		return nil, batch.ErrMore
	}
	some := s.some(func(c *orderhub.Card) bool { return c.Barcode == barcode })
	if len(some) == 0 {
		return nil, nil
	}
	return some[0], nil
}

// of are the cards of a customer, the oldest first.
func (s *Cards) of(id orderhub.CustomerID) ([]*orderhub.Card, error) {
	if id > 0 && !s.owners[id] {
		s.askOwner(id)
		return nil, batch.ErrMore
	}
	return s.some(func(c *orderhub.Card) bool { return c.Customer == id }), nil
}

// some are those cards of the batch that are not deleted and fulfil a
// condition, the oldest first.
func (s *Cards) some(is func(*orderhub.Card) bool) (all []*orderhub.Card) {
	for _, r := range s.records {
		if r != nil && r.now != nil && r.now.DeletedAt.IsZero() && is(r.now) {
			all = append(all, r.now)
		}
	}
	age := func(c *orderhub.Card) int64 {
		if c.ID < 0 { // new
			return 1<<62 - int64(c.ID)
		}
		return int64(c.ID)
	}
	slices.SortFunc(all, func(a, b *orderhub.Card) int { return cmp.Compare(age(a), age(b)) })
	return all
}

// put makes a state of a card its present one, until the unit fails: nil when
// it is removed for good. The state must be one that nothing else refers to.
func (s *Cards) put(id orderhub.CardID, now *orderhub.Card) {
	r := cardRecord{now: now}
	var before, after []carddb.CardKey
	old := s.records[id]
	if old != nil {
		r.stored, before = old.stored, liveKeys(old.now)
	}
	after = liveKeys(now)
	for _, k := range before {
		if !slices.Contains(after, k) {
			batch.Put(s.b, s.byKey, k, 0)
		}
	}
	for _, k := range after {
		batch.Put(s.b, s.byKey, k, id)
	}
	if now != nil {
		s.IDs.Keep(&now.ID)
		s.customers.IDs.Keep(&now.Customer)
		s.types.keep(&now.Type)
	}
	if old == nil || old.stored == old.now {
		batch.Assign(s.b, &s.changed, append(s.changed, id))
	}
	batch.Put(s.b, s.records, id, &r)
}

// liveKeys are the keys that a card has, none when it is deleted.
func liveKeys(c *orderhub.Card) []carddb.CardKey {
	if c == nil || !c.DeletedAt.IsZero() {
		return nil
	}
	return carddb.CardKeys(c)
}

// record adds the event of what happens to a card and puts its new state, with
// its next version and the event's time, in place.
func (s *Cards) record(kind orderhub.EventKind, old, now *orderhub.Card) {
	now.Version++
	e := &batch.Event{Event: orderhub.Event{Kind: kind, Customer: now.Customer, Version: now.Version}}
	e.Describe = func() []orderhub.Change { return orderhub.CardChanges(old, now) }
	s.customers.IDs.Keep(&e.Customer)
	now.UpdatedAt = s.b.Record(e)
	switch kind {
	case orderhub.CardIssued:
		if now.CreatedAt.IsZero() {
			now.CreatedAt = now.UpdatedAt
		}
	case orderhub.CardDeleted:
		now.DeletedAt = now.UpdatedAt
	}
	s.put(now.ID, now)
}

// types are the types of a shop's cards. There are few: they are read together.
type types struct {
	wanted, read bool
	byName       map[string]orderhub.CardTypeID // by folded name, of several the oldest
	known        map[orderhub.CardTypeID]bool
	made         []*orderhub.CardType // with negative ids
	places       []*orderhub.CardTypeID
}

// foldName is the form in which names of types are compared: trimmed, without
// letter case.
func foldName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// keep replaces the id of a new type when that gets its own.
func (t *types) keep(place *orderhub.CardTypeID) {
	if *place < 0 {
		t.places = append(t.places, place)
	}
}

// hasType reports whether the shop has a type of cards.
func (s *Cards) hasType(id orderhub.CardTypeID) (bool, error) {
	if !s.types.read {
		s.types.wanted = true
		return false, batch.ErrMore
	}
	return s.types.known[id], nil
}

// typeNamed is the type of a name, and whether there is one.
func (s *Cards) typeNamed(name string) (orderhub.CardTypeID, bool, error) {
	if !s.types.read {
		s.types.wanted = true
		return 0, false, batch.ErrMore
	}
	id, known := s.types.byName[foldName(name)]
	return id, known, nil
}

// makeType makes a type. Its id is negative until it is stored.
func (s *Cards) makeType(name string) orderhub.CardTypeID {
	t := &orderhub.CardType{ID: orderhub.CardTypeID(-1 - len(s.types.made)), Shop: s.b.Shop().ID, Name: strings.TrimSpace(name)}
	batch.Assign(s.b, &s.types.made, append(s.types.made, t))
	batch.Put(s.b, s.types.byName, foldName(name), t.ID)
	return t.ID
}

// saveTypes stores the types that were made.
func (s *Cards) saveTypes(ctx context.Context, tx *store.ShopTx) error {
	stored := make(map[orderhub.CardTypeID]orderhub.CardTypeID, len(s.types.made))
	for _, t := range s.types.made {
		id := t.ID
		if err := tx.MakeCardType(ctx, t); err != nil {
			return err
		}
		stored[id] = t.ID
	}
	for _, place := range s.types.places {
		if id, ok := stored[*place]; ok {
			*place = id
		}
	}
	return nil
}

// Number gives new cards their ids.
func (s *Cards) Number(ctx context.Context, tx *store.ShopTx) error {
	if err := s.IDs.Number(ctx, tx, carddb.CardTable); err != nil {
		return err
	}
	for i, id := range s.changed {
		s.changed[i] = s.IDs.Real(id)
	}
	for _, id := range slices.Collect(maps.Keys(s.records)) {
		if id < 0 {
			s.records[s.IDs.Real(id)] = s.records[id]
		}
	}
	return nil
}

// Save stores the cards that were made and changed.
func (s *Cards) Save(ctx context.Context, tx *store.ShopTx) error {
	if err := s.saveTypes(ctx, tx); err != nil {
		return err
	}
	var made, saved, keyed []*orderhub.Card
	var unkeyed, removed []orderhub.CardID
	for _, id := range s.changed {
		r := s.records[id]
		before, after := liveKeys(r.stored), liveKeys(r.now)
		if len(before) > 0 && !slices.Equal(before, after) {
			unkeyed = append(unkeyed, id)
		}
		if !slices.Equal(before, after) && len(after) > 0 {
			keyed = append(keyed, r.now)
		}
		switch {
		case r.now == nil && r.stored != nil:
			removed = append(removed, id)
		case r.now == nil:
		case r.stored == nil:
			made = append(made, r.now)
		default:
			saved = append(saved, r.now)
		}
	}
	for _, step := range []func() error{
		func() error { return tx.DropCardKeys(ctx, unkeyed) },
		func() error { return tx.RemoveCards(ctx, removed) },
		func() error { return tx.AddCards(ctx, made) },
		func() error { return tx.SaveCards(ctx, saved) },
		func() error { return tx.AddCardKeys(ctx, keyed) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
