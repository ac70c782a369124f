package customers

import (
	"context"
	"fmt"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/store"
)

// maxGroup is how long the name of a group may be, in characters.
const maxGroup = 255

// Groups lists the groups of a shop's customers.
func (s *Service) Groups(ctx context.Context, shop *orderhub.Shop) ([]*orderhub.Group, error) {
	var all []*orderhub.Group
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Groups(ctx, shop.ID)
		return err
	})
	return all, err
}

// GroupNames are the names of groups by their IDs.
func (s *Service) GroupNames(ctx context.Context, shop *orderhub.Shop, ids ...orderhub.GroupID) (map[orderhub.GroupID]string, error) {
	var names map[orderhub.GroupID]string
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		names, err = tx.GroupNames(ctx, shop.ID, ids)
		return err
	})
	return names, err
}

// checkGroup notes what is wrong with the group that a change names.
func checkGroup(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, ref *orderhub.GroupRef, f *orderhub.Faults) error {
	switch {
	case ref == nil:
	case ref.ID != 0:
		has, err := tx.HasGroup(ctx, shop.ID, ref.ID)
		if err != nil {
			return err
		}
		if !has {
			f.Wrong("group.id", "is not a group of this shop")
		}
	case utf8.RuneCountInString(ref.Name) > maxGroup || !orderhub.Storable(ref.Name):
		f.Wrong("group.name", fmt.Sprintf("must be text of at most %d characters", maxGroup))
	}
	return nil
}

// join puts a customer into the group that a change names, which checkGroup
// has seen. A name that nobody knows makes a group.
func join(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, ref *orderhub.GroupRef, c *orderhub.Customer) error {
	switch {
	case ref == nil:
	case ref.ID != 0 || ref.Name == "":
		c.Group = ref.ID
	default:
		g := &orderhub.Group{Shop: shop.ID, Name: ref.Name}
		if err := tx.MakeGroup(ctx, g); err != nil {
			return err
		}
		c.Group = g.ID
	}
	return nil
}
