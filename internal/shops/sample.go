package shops

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
)

// sampleMark is the setting that marks a shop with sample data. It cannot be
// chosen: a real shop must never become one that can be removed.
var sampleMark = orderhub.Setting{Name: "orderhub.sample", Values: []string{"false", isSample}}

const isSample = "true"

// CreateSample stores a new shop for sample data, which can be removed. A name
// that is in use is a Duplicate error.
func (s *Service) CreateSample(ctx context.Context, name string) (*orderhub.Shop, error) {
	shop := newShop(name)
	shop.Settings[sampleMark.Name] = isSample
	return s.create(ctx, shop, Change{})
}

// IsSample reports whether a shop was created by CreateSample.
func IsSample(shop *orderhub.Shop) bool { return sampleMark.Of(shop) == isSample }

// RemoveSample deletes a shop that CreateSample has created and all that
// belongs to it, its events too. Another shop of the name is a Conflict error
// and stays.
func (s *Service) RemoveSample(ctx context.Context, name string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		shop, err := lock(ctx, tx, name)
		if err != nil {
			return err
		}
		if !IsSample(shop) {
			return orderhub.Errorf(orderhub.Conflict, "the shop %s holds no sample data; it stays", name)
		}
		return tx.RemoveShop(ctx, shop.ID)
	})
}
