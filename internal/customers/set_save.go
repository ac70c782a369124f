package customers

import (
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// Number gives new groups and customers their ids.
func (s *Set) Number(ctx context.Context, tx *store.ShopTx) error {
	if err := s.groupIDs.Number(ctx, tx, orderdb.GroupTable); err != nil {
		return err
	}
	return s.IDs.Number(ctx, tx, orderdb.CustomerTable)
}

// Save stores what the units have decided.
func (s *Set) Save(ctx context.Context, tx *store.ShopTx) error {
	if err := tx.CreateGroups(ctx, s.madeGroups); err != nil {
		return err
	}
	if err := s.saveRecords(ctx, tx); err != nil {
		return err
	}
	if err := s.saveIdentities(ctx, tx); err != nil {
		return err
	}
	pairs := make([][2]orderhub.CustomerID, 0, len(s.pairs))
	for p := range s.pairs {
		if !s.gone(p[0]) && !s.gone(p[1]) {
			pairs = append(pairs, [2]orderhub.CustomerID{s.IDs.Real(p[0]), s.IDs.Real(p[1])})
		}
	}
	slices.SortFunc(pairs, func(p, q [2]orderhub.CustomerID) int { return slices.Compare(p[:], q[:]) })
	if err := tx.NoteDuplicates(ctx, s.b.At, pairs...); err != nil {
		return err
	}
	return tx.AddSuppressions(ctx, s.suppressions)
}

// saveRecords stores customers and what refers to those that went.
func (s *Set) saveRecords(ctx context.Context, tx *store.ShopTx) error {
	var made, changed, versions []*orderhub.Customer
	var deleted []orderdb.Deletion
	var purged []orderhub.CustomerID
	for _, id := range s.ids() {
		r := s.records[id]
		if r == nil {
			continue
		}
		c := r.now
		if c == nil {
			c = r.last
		}
		switch {
		case r.stored == nil:
			made = append(made, c)
		case r.full:
			changed = append(changed, c) // also one that was changed and then went
		case r.now != nil && r.now != r.stored:
			versions = append(versions, c)
		}
		switch {
		case r.now != nil:
		case r.purged:
			purged = append(purged, c.ID)
		default:
			deleted = append(deleted, orderdb.Deletion{Customer: c.ID, At: c.UpdatedAt, Version: c.Version, Into: s.IDs.Real(r.into)})
		}
	}
	slices.SortFunc(made, func(a, b *orderhub.Customer) int { return int(a.ID - b.ID) })
	if err := tx.CreateCustomers(ctx, made); err != nil {
		return err
	}
	if err := tx.SaveCustomers(ctx, changed); err != nil {
		return err
	}
	if err := tx.SaveCustomerVersions(ctx, versions); err != nil {
		return err
	}
	if err := s.saveMoves(ctx, tx, deleted); err != nil {
		return err
	}
	if err := tx.DeleteCustomers(ctx, deleted); err != nil {
		return err
	}
	return tx.RemoveCustomers(ctx, purged)
}

// saveMoves gives what belongs to customers that went to others.
func (s *Set) saveMoves(ctx context.Context, tx *store.ShopTx, deleted []orderdb.Deletion) error {
	moves := slices.Clone(s.moves)
	for i, m := range moves {
		moves[i].Owner = s.IDs.Real(m.Owner)
	}
	if err := tx.MoveCards(ctx, moves); err != nil {
		return err
	}
	for _, d := range deleted {
		if d.Into == 0 {
			continue
		}
		if err := tx.MoveBonuses(ctx, d.Customer, d.Into); err != nil {
			return err
		}
	}
	return nil
}

// saveIdentities stores which customers identities find from now on, as far as
// that is another one than before.
func (s *Set) saveIdentities(ctx context.Context, tx *store.ShopTx) error {
	var freed, claimed []orderdb.Claim
	for i, owner := range s.owners {
		owner = s.IDs.Real(owner)
		before := s.stored[i]
		if before == owner {
			continue
		}
		if before != 0 {
			freed = append(freed, orderdb.Claim{Kind: i.kind, Value: i.value, Customer: before})
		}
		if owner != 0 {
			claimed = append(claimed, orderdb.Claim{Kind: i.kind, Value: i.value, Customer: owner})
		}
	}
	if err := tx.FreeIdentities(ctx, freed); err != nil {
		return err
	}
	return tx.ClaimIdentities(ctx, claimed)
}
