package catalogue

import (
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// ImportAll judges each of many changes by itself, against the products as
// they were before the call, and stores those that it does not refuse; when
// dry it only reads. It gives a verdict for each, in their sequence. No two of
// them may have an ExternalID in common.
//
// A product that a feed brought stays one; those that are made here are not: a
// feed that lacks them leaves them as they are.
func ImportAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.ProductChange, mode orderhub.Mode, dry bool) ([]orderhub.Verdict[orderhub.Product], error) {
	old, same, err := known(ctx, tx, shop, all)
	if err != nil {
		return nil, err
	}
	verdicts := make([]orderhub.Verdict[orderhub.Product], len(all))
	var created, updated []*orderhub.Product
	for i := range all {
		if same[i] && mode.Existing {
			verdicts[i] = orderhub.Verdict[orderhub.Product]{Outcome: orderhub.OutcomeUnchanged, Old: old[i], Now: old[i]}
			continue
		}
		v := judge(shop, &all[i], old[i], mode)
		switch v.Outcome {
		case orderhub.OutcomeCreated:
			created = append(created, v.Now)
		case orderhub.OutcomeUpdated:
			updated = append(updated, v.Now)
		}
		verdicts[i] = v
	}
	if dry {
		return verdicts, nil
	}
	if err := tx.Shop(shop.ID).CreateProducts(ctx, created); err != nil {
		return nil, err
	}
	return verdicts, tx.Shop(shop.ID).SaveProducts(ctx, updated)
}

// known are the products that changes mean, nil for those that the shop does
// not have, and holds them. Same are those that a change brings again as they
// are: their marks tell, and so they need not be read.
func known(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.ProductChange) (old []*orderhub.Product, same []bool, err error) {
	var whole, rest []string
	for i := range all {
		if all[i].Whole != nil {
			whole = append(whole, all[i].ExternalID)
		} else {
			rest = append(rest, all[i].ExternalID)
		}
	}
	marks, err := tx.Shop(shop.ID).ProductMarks(ctx, whole)
	if err != nil {
		return nil, nil, err
	}
	old, same = make([]*orderhub.Product, len(all)), make([]bool, len(all))
	for i := range all {
		m, there := marks[all[i].ExternalID]
		if !there {
			continue
		}
		p := &orderhub.Product{ID: m.ID, Fed: m.Fed, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, Version: m.Version}
		all[i].Apply(p)
		if complete(shop, p); m.Of(p) {
			old[i], same[i] = p, true
		} else {
			rest = append(rest, p.ExternalID)
		}
	}
	read, err := tx.Shop(shop.ID).HeldProducts(ctx, rest)
	if err != nil || len(read) == 0 {
		return old, same, err
	}
	byID := make(map[string]*orderhub.Product, len(read))
	for _, p := range read {
		byID[p.ExternalID] = p
	}
	for i := range all {
		if !same[i] {
			old[i] = byID[all[i].ExternalID]
		}
	}
	return old, same, nil
}

// judge says what a change does to a product; old is nil when the shop does
// not have it.
func judge(shop *orderhub.Shop, c *orderhub.ProductChange, old *orderhub.Product, mode orderhub.Mode) orderhub.Verdict[orderhub.Product] {
	now := &orderhub.Product{Available: true}
	if old != nil {
		*now = *old
	}
	c.Apply(now)
	complete(shop, now)
	var f orderhub.Faults
	f.Add(now.Validate())
	refused := orderhub.OutcomeConflict
	if f.Err() != nil {
		refused = orderhub.OutcomeInvalid
	}
	switch {
	case old == nil && !mode.New:
		f.Add(&orderhub.Error{Kind: orderhub.NotFound, Field: "external_id", Text: "is not known, and nothing new is to be made"})
	case old != nil && !mode.Existing:
		f.Add(&orderhub.Error{Kind: orderhub.Duplicate, Field: "external_id", Text: "is known, and what is there is to stay as it is"})
	}
	if err := f.Err(); err != nil {
		return orderhub.Verdict[orderhub.Product]{Outcome: refused, Err: err, Old: old}
	}
	switch {
	case old == nil:
		return orderhub.Verdict[orderhub.Product]{Outcome: orderhub.OutcomeCreated, Now: now}
	case store.SameProducts(old, now):
		return orderhub.Verdict[orderhub.Product]{Outcome: orderhub.OutcomeUnchanged, Old: old, Now: old}
	}
	return orderhub.Verdict[orderhub.Product]{Outcome: orderhub.OutcomeUpdated, Old: old, Now: now}
}

// Revert takes back what ImportAll did: a product that it made is removed for
// good, one that it changed is again as it was. It says of each whether that is
// how things are now: one that was changed since stays as it is.
func Revert(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.Product]) ([]bool, error) {
	ids := make([]orderhub.ProductID, len(all))
	for i, r := range all {
		ids[i] = orderhub.ProductID(r.ID)
	}
	externalIDs, err := tx.Shop(shop.ID).ExternalIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	marks, err := tx.Shop(shop.ID).ProductMarks(ctx, slices.Collect(maps.Values(externalIDs)))
	if err != nil {
		return nil, err
	}
	var gone []orderhub.ProductID
	var restored []*orderhub.Product
	done := make([]bool, len(all))
	for i, r := range all {
		m, there := marks[externalIDs[ids[i]]]
		switch {
		case !there || m.ID != ids[i]:
			done[i] = true // gone before
		case !m.UpdatedAt.Equal(r.Stamp):
			done[i] = r.Old != nil && m.UpdatedAt.Equal(r.Old.UpdatedAt) && m.Of(r.Old) // taken back before
		case r.Old == nil:
			gone, done[i] = append(gone, ids[i]), true
		default:
			restored, done[i] = append(restored, r.Old), true
		}
	}
	if err := tx.Shop(shop.ID).RemoveProducts(ctx, slices.Sorted(slices.Values(gone))); err != nil {
		return nil, err
	}
	return done, tx.Shop(shop.ID).RestoreProducts(ctx, restored)
}
