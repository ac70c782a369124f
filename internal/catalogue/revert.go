package catalogue

import (
	"context"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/productdb"
)

// Revert undoes what an import did to products, in the caller's transaction,
// which must have written nothing: those that were made are removed for good,
// the others have their old content again, with their next version and a new
// time. It reports which are as they were before. A product that was changed
// since stays as it is. Where a product was changed several times, the
// youngest change must be the first.
func Revert(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.Product]) ([]bool, error) {
	done := make([]bool, len(all))
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		ids := make([]orderhub.ProductID, len(all))
		for i, r := range all {
			ids[i] = orderhub.ProductID(r.ID)
		}
		In(b).askIDs(ids)
	}
	u.Decide = func(b *batch.Batch) error { return In(b).undo().BackAll(all, done) }
	if err := batch.In(ctx, tx, u); err != nil {
		return nil, err
	}
	return done, u.Err()
}

// undo is how an import's changes of products are undone.
func (s *Set) undo() batch.Undo[orderhub.Product] {
	return batch.Undo[orderhub.Product]{
		Now: func(id int64) (*orderhub.Product, error) { return s.get(orderhub.ProductID(id)) },
		Written: func(now *orderhub.Product, r orderhub.Reversal[orderhub.Product]) bool {
			if r.Version == 0 && r.Content == "" { // an import from before products had events
				return now.UpdatedAt.Equal(r.Stamp)
			}
			return now.Version == r.Version || r.Content != "" && r.Content == Content(now)
		},
		Same: productdb.SameProducts,
		// Orders name products by external id and keep what they need of them, so
		// a product can be removed in spite of its orders.
		Used:   func(*orderhub.Product, orderhub.Reversal[orderhub.Product]) (bool, error) { return false, nil },
		Remove: func(now *orderhub.Product) error { s.remove(now); return nil },
		Restore: func(now, old *orderhub.Product) error {
			c := command{ProductChange: orderhub.ProductChange{ExternalID: now.ExternalID, Whole: old}, fed: &old.Fed, lenient: true}
			next, err := change(now, c, s.b.Shop())
			if err == nil {
				s.keep(now, next)
			}
			return err
		},
	}
}
