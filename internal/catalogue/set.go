package catalogue

import (
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/productdb"
)

// A Set holds the products of a batch. What it returns are snapshots: a product
// that changes is replaced by another one, and only the ids of new products are
// filled in later.
//
// Products are compared by their marks first, which spares reading what a feed
// or a file holds as it is stored already. Only those that differ are read
// whole.
//
// A method that needs a product which has not been read returns batch.ErrMore.
type Set struct {
	// IDs are those of new products.
	IDs batch.IDs[orderhub.ProductID]

	b      *batch.Batch
	wanted wanted

	// What was read, as the units decided so far have left it.
	records    map[orderhub.ProductID]*record   // nil for those that do not exist
	byExternal map[string]orderhub.ProductID    // 0 for none, or of one that was removed
	marks      map[string]productdb.ProductMark // of stored products, by external id

	changed  []orderhub.ProductID // and made ones, in the sequence of their first change
	unmarked []orderhub.ProductID // unchanged products whose marks are not theirs
}

// A record is a product in a batch. Records are replaced, never modified.
type record struct {
	stored *orderhub.Product // before the batch; nil for a new one
	now    *orderhub.Product // nil when it was removed
}

// wanted is what a set is to read next.
type wanted struct {
	marks map[string]bool // by external id
	whole map[string]bool // external ids of products whose marks are not enough
	ids   map[orderhub.ProductID]bool
}

type setKey struct{}

// In returns the products of a batch.
func In(b *batch.Batch) *Set {
	return batch.Join(b, setKey{}, func(b *batch.Batch) *Set {
		return &Set{
			b:          b,
			wanted:     wanted{make(map[string]bool), make(map[string]bool), make(map[orderhub.ProductID]bool)},
			records:    make(map[orderhub.ProductID]*record),
			byExternal: make(map[string]orderhub.ProductID),
			marks:      make(map[string]productdb.ProductMark),
		}
	})
}

// get returns a product by its id, nil when the shop has none.
func (s *Set) get(id orderhub.ProductID) (*orderhub.Product, error) {
	r, read := s.records[id]
	switch {
	case !read && id > 0:
		s.wanted.ids[id] = true
		return nil, batch.ErrMore
	case r == nil:
		return nil, nil
	}
	return r.now, nil
}

// by returns the product with an external id, nil when the shop has none.
func (s *Set) by(external string) (*orderhub.Product, error) {
	id, read := s.byExternal[external]
	switch {
	case !storable(external):
		return nil, nil
	case !read:
		s.wanted.whole[external] = true
		return nil, batch.ErrMore
	}
	return s.get(id)
}

// storable reports whether a product can have an external id.
func storable(external string) bool { return external != "" && orderhub.Storable(external) }

// ask has the products read that commands are about.
func (s *Set) ask(all []command) {
	for i := range all {
		external := all[i].ExternalID
		if _, read := s.byExternal[external]; read || !storable(external) {
			continue
		}
		if all[i].Whole == nil {
			s.wanted.whole[external] = true
		} else {
			s.wanted.marks[external] = true
		}
	}
}

// askIDs has products read by their ids.
func (s *Set) askIDs(all []orderhub.ProductID) {
	for _, id := range all {
		if _, read := s.records[id]; !read && id > 0 {
			s.wanted.ids[id] = true
		}
	}
}

// put makes a state of a product its present one, until the unit fails: nil
// when it is removed. The state must be one that nothing else refers to.
func (s *Set) put(id orderhub.ProductID, now *orderhub.Product) {
	r := record{now: now}
	old := s.records[id]
	if old != nil {
		r.stored = old.stored
	}
	if old == nil || old.stored == old.now {
		batch.Assign(s.b, &s.changed, append(s.changed, id))
	}
	batch.Put(s.b, s.records, id, &r)
	if now != nil {
		s.IDs.Keep(&now.ID)
		batch.Put(s.b, s.byExternal, now.ExternalID, id)
	}
}

// Read reads what was asked for: the marks, then the products that are wanted
// whole.
func (s *Set) Read(ctx context.Context, tx *store.ShopTx) (bool, error) {
	if len(s.wanted.marks)+len(s.wanted.whole)+len(s.wanted.ids) == 0 {
		return false, nil
	}
	err := tx.ReadTogether(ctx,
		func(tx *store.ShopTx) error { return s.readMarks(ctx, tx) },
		func(tx *store.ShopTx) error { return s.IDs.Reserve(ctx, tx, productdb.ProductTable) })
	if err != nil {
		return false, err
	}
	return true, s.readIDs(ctx, tx)
}

func (s *Set) readMarks(ctx context.Context, tx *store.ShopTx) error {
	whole := batch.Take(s.wanted.whole)
	for _, external := range whole {
		s.wanted.marks[external] = true
	}
	all := batch.Take(s.wanted.marks)
	all = slices.DeleteFunc(all, func(external string) bool { _, read := s.byExternal[external]; return read })
	marks, err := tx.ProductMarks(ctx, all)
	if err != nil {
		return err
	}
	maps.Copy(s.marks, marks)
	for _, external := range all {
		s.byExternal[external] = marks[external].ID
	}
	for _, external := range whole {
		s.askIDs([]orderhub.ProductID{s.byExternal[external]})
	}
	return nil
}

func (s *Set) readIDs(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(s.wanted.ids)
	found, err := tx.ProductsByIDs(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		p := found[id]
		if p == nil {
			s.records[id] = nil
			continue
		}
		s.records[id] = &record{stored: p, now: p}
		if _, seen := s.byExternal[p.ExternalID]; !seen {
			s.byExternal[p.ExternalID] = id
		}
	}
	return nil
}

// Number sets the ids of new products.
func (s *Set) Number(ctx context.Context, tx *store.ShopTx) error {
	if err := s.IDs.Number(ctx, tx, productdb.ProductTable); err != nil {
		return err
	}
	for i, id := range s.changed {
		if s.changed[i] = s.IDs.Real(id); id < 0 {
			s.records[s.changed[i]] = s.records[id]
		}
	}
	return nil
}

// Save stores the products that were made, changed and removed, and marks that
// were missing. Those that were removed go first: a new one may have the external
// id of one of them.
func (s *Set) Save(ctx context.Context, tx *store.ShopTx) error {
	var made, saved []*orderhub.Product
	var removed []orderhub.ProductID
	for _, id := range s.changed {
		switch r := s.records[id]; {
		case r.now == nil:
			removed = append(removed, id)
		case r.stored == nil:
			made = append(made, r.now)
		default:
			saved = append(saved, r.now)
		}
	}
	for _, id := range s.unmarked {
		if r := s.records[id]; r.now == r.stored {
			saved = append(saved, r.now)
		}
	}
	if err := tx.RemoveProducts(ctx, removed); err != nil {
		return err
	}
	if err := tx.AddProducts(ctx, made); err != nil {
		return err
	}
	return tx.SaveProducts(ctx, saved)
}
