package customers

import (
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// wanted is what a set is to read next.
type wanted struct {
	identities map[identity]bool
	customers  map[orderhub.CustomerID]bool
	emails     map[string]bool              // whose suppression is asked for
	owned      map[orderhub.CustomerID]bool // whose identities are
	cards      map[orderhub.CustomerID]bool
	used       map[orderhub.CustomerID]bool
	groups     bool
}

func newWanted() wanted {
	return wanted{
		identities: make(map[identity]bool), customers: make(map[orderhub.CustomerID]bool), emails: make(map[string]bool),
		owned: make(map[orderhub.CustomerID]bool), cards: make(map[orderhub.CustomerID]bool), used: make(map[orderhub.CustomerID]bool),
	}
}

func (w *wanted) any() bool {
	return len(w.identities)+len(w.customers)+len(w.emails)+len(w.owned)+len(w.cards)+len(w.used) > 0 || w.groups
}

// Ask has the customers read that Match needs for a contact.
func (s *Set) Ask(p ContactDetails) {
	for _, i := range p.identities(s.b.Shop()) {
		s.askIdentity(i)
	}
}

// AskID has customers read by their ids.
func (s *Set) AskID(ids ...orderhub.CustomerID) {
	for _, id := range ids {
		if _, read := s.records[id]; !read && id > 0 && s.merged[id] == 0 {
			s.wanted.customers[id] = true
		}
	}
}

// AskRef has the customer read that a reference names.
func (s *Set) AskRef(ref orderhub.CustomerRef) {
	s.AskID(max(ref.ID, 0))
	for _, i := range refIdentities(s.b.Shop(), ref) {
		if i != (identity{}) {
			s.askIdentity(i)
		}
	}
}

func (s *Set) askIdentity(i identity) {
	if _, read := s.owners[i]; !read {
		s.wanted.identities[i] = true
	}
}

func (s *Set) askSuppression(email string) {
	if _, read := s.suppressed[email]; !read && email != "" {
		s.wanted.emails[email] = true
	}
}

// Read reads what was asked for.
func (s *Set) Read(ctx context.Context, tx *store.Tx) (bool, error) {
	if !s.wanted.any() {
		return false, nil
	}
	for _, step := range []func(context.Context, *store.Tx) error{
		s.readOwned, s.readIdentities, s.readCustomers, s.readSuppressions, s.readCards, s.readUsed, s.readGroups,
	} {
		if err := step(ctx, tx); err != nil {
			return false, err
		}
	}
	s.wanted = newWanted()
	return true, nil
}

func (s *Set) readOwned(ctx context.Context, tx *store.Tx) error {
	if len(s.wanted.owned) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(s.wanted.owned))
	all, err := tx.IdentitiesOf(ctx, s.b.Shop().ID, ids)
	if err != nil {
		return err
	}
	for _, c := range all {
		s.see(identity{c.Kind, c.Value}, c.Customer)
	}
	for _, id := range ids {
		s.owned[id] = true
	}
	return nil
}

// readIdentities reads which customers identities find. An address that finds
// none may be that of a new customer, who must know whether it gets mail.
func (s *Set) readIdentities(ctx context.Context, tx *store.Tx) error {
	values := make(map[orderhub.Identity][]string)
	for i := range s.wanted.identities {
		values[i.kind] = append(values[i.kind], i.value)
	}
	for _, kind := range slices.Sorted(maps.Keys(values)) {
		some := values[kind]
		slices.Sort(some)
		found, err := tx.CustomersBy(ctx, s.b.Shop().ID, kind, some)
		if err != nil {
			return err
		}
		for _, value := range some {
			id := found[value]
			if s.see(identity{kind, value}, id); id == 0 && kind == orderhub.ByEmail {
				s.askSuppression(value)
			}
		}
	}
	return nil
}

// see keeps which customer an identity finds in the store. One that a unit has
// deleted it finds no more, unless that one was merged into another.
func (s *Set) see(i identity, id orderhub.CustomerID) {
	if _, seen := s.owners[i]; seen {
		return
	}
	s.stored[i] = id
	for r := s.records[id]; r != nil && r.now == nil; r = s.records[id] {
		id = r.into
	}
	s.owners[i] = id
	s.AskID(id)
}

func (s *Set) readCustomers(ctx context.Context, tx *store.Tx) error {
	for len(s.wanted.customers) > 0 {
		ids := slices.Sorted(maps.Keys(s.wanted.customers))
		clear(s.wanted.customers)
		found, err := tx.CustomersByIDs(ctx, s.b.Shop().ID, ids)
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(ids, func(id orderhub.CustomerID) bool { return found[id] != nil })
		for id, c := range found {
			s.records[id] = &record{stored: c, now: c}
		}
		if len(missing) == 0 {
			return nil
		}
		into, err := tx.MergedInto(ctx, s.b.Shop().ID, missing)
		if err != nil {
			return err
		}
		for _, id := range missing {
			if s.merged[id] = into[id]; into[id] == 0 {
				s.records[id] = nil
			}
			s.AskID(into[id])
		}
	}
	return nil
}

func (s *Set) readSuppressions(ctx context.Context, tx *store.Tx) error {
	if len(s.wanted.emails) == 0 {
		return nil
	}
	emails := slices.Sorted(maps.Keys(s.wanted.emails))
	found, err := tx.Suppressions(ctx, s.b.Shop().ID, emails)
	for _, email := range emails {
		s.suppressed[email] = found[email]
	}
	return err
}

func (s *Set) readCards(ctx context.Context, tx *store.Tx) error {
	if len(s.wanted.cards) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(s.wanted.cards))
	for _, id := range ids {
		s.cards[id] = nil
	}
	all, err := tx.CardsOfCustomers(ctx, s.b.Shop().ID, ids)
	for _, c := range all {
		s.cards[c.Customer] = append(s.cards[c.Customer], c)
	}
	return err
}

func (s *Set) readUsed(ctx context.Context, tx *store.Tx) error {
	if len(s.wanted.used) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(s.wanted.used))
	used, err := tx.CustomersInUse(ctx, ids)
	for _, id := range ids {
		s.used[id] = used[id]
	}
	return err
}

// readGroups reads all groups of the shop: there are few.
func (s *Set) readGroups(ctx context.Context, tx *store.Tx) error {
	if !s.wanted.groups || s.groups.read {
		return nil
	}
	all, err := tx.Groups(ctx, s.b.Shop().ID)
	if err == nil {
		s.groups = newGroups(all)
	}
	return err
}
