package customers

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// maxGroup is how long the name of a group may be, in characters.
const maxGroup = 255

// Groups lists the groups of a shop's customers.
func (s *Service) Groups(ctx context.Context, shop *orderhub.Shop) ([]*orderhub.Group, error) {
	var all []*orderhub.Group
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Shop(shop.ID).Groups(ctx)
		return err
	})
	return all, err
}

// GroupNames are the names of groups by their IDs.
func (s *Service) GroupNames(ctx context.Context, shop *orderhub.Shop, ids ...orderhub.GroupID) (map[orderhub.GroupID]string, error) {
	var names map[orderhub.GroupID]string
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		names, err = tx.Shop(shop.ID).GroupNames(ctx, ids)
		return err
	})
	return names, err
}

// groups are those of a shop. A name finds the group that has exactly it, else
// the oldest one whose name differs in nothing but letter case and blanks
// around it.
type groups struct {
	read   bool
	named  map[string]orderhub.GroupID
	folded map[string]orderhub.GroupID
	ids    map[orderhub.GroupID]bool
}

func newGroups(all []*orderhub.Group) groups {
	g := groups{
		read: true, named: make(map[string]orderhub.GroupID, len(all)), folded: make(map[string]orderhub.GroupID, len(all)),
		ids: make(map[orderhub.GroupID]bool, len(all)),
	}
	for _, x := range all { // by their IDs
		g.named[x.Name], g.ids[x.ID] = x.ID, true
		if name := foldName(x.Name); g.folded[name] == 0 {
			g.folded[name] = x.ID
		}
	}
	return g
}

// find returns the group of a name, 0 for none.
func (g *groups) find(name string) orderhub.GroupID {
	if id := g.named[name]; id != 0 {
		return id
	}
	return g.folded[foldName(name)]
}

// foldName is a name in the form in which names of groups are compared.
func foldName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// groupOf is the group that a change names, nil when it names none. A name
// that no group has makes one. What is wrong is an Invalid error of group.id
// or group.name.
func (s *Set) groupOf(ref *orderhub.GroupRef) (*orderhub.GroupID, error) {
	if ref == nil {
		return nil, nil
	}
	if *ref == (orderhub.GroupRef{}) {
		return new(orderhub.GroupID), nil
	}
	if ref.ID == 0 && !groupName(ref.Name) {
		return nil, orderhub.Wrong("group.name", fmt.Sprintf("must be text of at most %d characters", maxGroup))
	}
	if !s.groups.read {
		s.wanted.groups = true
		return nil, batch.ErrMore
	}
	if ref.ID != 0 {
		if ref.ID < 0 || !s.groups.ids[ref.ID] {
			return nil, orderhub.Wrong("group.id", "is not a group of this shop")
		}
		return &ref.ID, nil
	}
	name := strings.TrimSpace(ref.Name)
	id := s.groups.find(name)
	switch {
	case name == "":
		return new(orderhub.GroupID), nil
	case id == 0:
		id = s.makeGroup(name)
	}
	return &id, nil
}

// groupName reports whether a group can have the name.
func groupName(name string) bool {
	return utf8.RuneCountInString(name) <= maxGroup && orderhub.Storable(name)
}

func (s *Set) makeGroup(name string) orderhub.GroupID {
	g := &orderhub.Group{ID: s.groupIDs.New(s.b), Shop: s.b.Shop().ID, Name: name}
	id := g.ID
	s.groupIDs.Keep(&g.ID)
	batch.Assign(s.b, &s.madeGroups, append(s.madeGroups[:len(s.madeGroups):len(s.madeGroups)], g))
	batch.Put(s.b, s.groups.named, name, id)
	batch.Put(s.b, s.groups.folded, foldName(name), id)
	batch.Put(s.b, s.groups.ids, id, true)
	return id
}
