package loyalty

import (
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/carddb"
)

// wantedCards are what a set of cards is to read next.
type wantedCards struct {
	ids      map[orderhub.CardID]bool
	keys     map[carddb.CardKey]bool
	barcodes map[string]bool
	owners   map[orderhub.CustomerID]bool
	points   map[orderhub.CardID]bool
}

func newWantedCards() wantedCards {
	return wantedCards{make(map[orderhub.CardID]bool), make(map[carddb.CardKey]bool), make(map[string]bool),
		make(map[orderhub.CustomerID]bool), make(map[orderhub.CardID]bool)}
}

// AskRef has the card read that a reference names.
func (s *Cards) AskRef(ref orderhub.CardRef) {
	s.askID(ref.ID)
	for _, k := range keysOf(ref) {
		s.askKey(k)
	}
	if ref.Barcode != "" && orderhub.Storable(ref.Barcode) && !s.barcodes[ref.Barcode] {
		s.wanted.barcodes[ref.Barcode] = true
	}
}

// keysOf are the keys in a reference, in the sequence in which they are tried.
func keysOf(ref orderhub.CardRef) []carddb.CardKey {
	return slices.DeleteFunc([]carddb.CardKey{{Kind: "number", Value: ref.Number}, {Kind: "external_id", Value: ref.ExternalID}},
		func(k carddb.CardKey) bool { return k.Value == "" || !orderhub.Storable(k.Value) })
}

func (s *Cards) askID(id orderhub.CardID) {
	if _, read := s.records[id]; !read && id > 0 {
		s.wanted.ids[id] = true
	}
}

func (s *Cards) askKey(k carddb.CardKey) {
	if _, read := s.byKey[k]; !read && k.Value != "" && orderhub.Storable(k.Value) {
		s.wanted.keys[k] = true
	}
}

// askChange has the cards read whose keys a change would take.
func (s *Cards) askChange(change *orderhub.CardChange) {
	if change.Number != nil {
		s.askKey(carddb.CardKey{Kind: "number", Value: *change.Number})
	}
	if change.ExternalID != nil {
		s.askKey(carddb.CardKey{Kind: "external_id", Value: *change.ExternalID})
	}
	if change.Type != nil && !s.types.read {
		s.types.wanted = true
	}
}

func (s *Cards) askOwner(id orderhub.CustomerID) {
	if !s.owners[id] && id > 0 {
		s.wanted.owners[id] = true
	}
}

// askPoints has it read whether rows of the ledger have a card.
func (s *Cards) askPoints(id orderhub.CardID) {
	if _, read := s.points[id]; !read && id > 0 {
		s.wanted.points[id] = true
	}
}

// Read reads what was asked for.
func (s *Cards) Read(ctx context.Context, tx *store.ShopTx) (bool, error) {
	w := &s.wanted
	if len(w.ids)+len(w.keys)+len(w.barcodes)+len(w.owners)+len(w.points) == 0 && !s.types.wanted {
		return false, nil
	}
	for _, step := range []func(context.Context, *store.ShopTx) error{s.readKeys, s.readLists, s.readIDs, s.readPoints, s.readTypes} {
		if err := step(ctx, tx); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *Cards) readKeys(ctx context.Context, tx *store.ShopTx) error {
	values := make(map[string][]string)
	for k := range s.wanted.keys {
		values[k.Kind] = append(values[k.Kind], k.Value)
	}
	clear(s.wanted.keys)
	for kind, some := range values {
		slices.Sort(some)
		found, err := tx.CardsBy(ctx, kind, some)
		if err != nil {
			return err
		}
		for _, value := range some {
			s.byKey[carddb.CardKey{Kind: kind, Value: value}] = found[value]
			s.askID(found[value])
		}
	}
	return nil
}

// see keeps a card of the store, unless the batch has it already.
func (s *Cards) see(c *orderhub.Card) {
	if _, known := s.records[c.ID]; !known {
		s.records[c.ID] = &cardRecord{stored: c, now: c}
	}
}

// readLists reads the cards of barcodes and of customers.
func (s *Cards) readLists(ctx context.Context, tx *store.ShopTx) error {
	barcodes, owners := batch.Take(s.wanted.barcodes), batch.Take(s.wanted.owners)
	some, err := tx.CardsByBarcodes(ctx, barcodes)
	if err != nil {
		return err
	}
	more, err := tx.CardsOfCustomers(ctx, owners)
	if err != nil {
		return err
	}
	for _, c := range slices.Concat(some, more) {
		s.see(c)
	}
	for _, barcode := range barcodes {
		s.barcodes[barcode] = true
	}
	for _, id := range owners {
		s.owners[id] = true
	}
	return nil
}

func (s *Cards) readIDs(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(s.wanted.ids)
	found, err := tx.CardsByIDs(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if c := found[id]; c != nil {
			s.see(c)
		} else {
			s.records[id] = nil
		}
	}
	return nil
}

func (s *Cards) readPoints(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(s.wanted.points)
	found, err := tx.CardsWithPoints(ctx, ids)
	for _, id := range ids {
		s.points[id] = found[id]
	}
	return err
}

func (s *Cards) readTypes(ctx context.Context, tx *store.ShopTx) error {
	if !s.types.wanted {
		return nil
	}
	all, err := tx.CardTypes(ctx)
	if err != nil {
		return err
	}
	s.types.wanted, s.types.read = false, true
	s.types.byName, s.types.known = make(map[string]orderhub.CardTypeID), make(map[orderhub.CardTypeID]bool)
	for _, t := range all {
		s.types.known[t.ID] = true
		if _, older := s.types.byName[foldName(t.Name)]; !older {
			s.types.byName[foldName(t.Name)] = t.ID
		}
	}
	return nil
}
