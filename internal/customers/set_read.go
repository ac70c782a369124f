package customers

import (
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// wanted is what a set is to read next. What is read is taken out with
// batch.Take.
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

// Ask has the customers read that Match needs for a contact, and whether the
// contact's address gets mail: a new customer must know.
func (s *Set) Ask(p ContactDetails) {
	for _, i := range p.identities(s.b.Shop()) {
		if s.askIdentity(i); i.kind == orderhub.ByEmail {
			s.askSuppression(i.value)
		}
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

// Read reads what was asked for: first what may lead to customers, then these.
func (s *Set) Read(ctx context.Context, tx *store.ShopTx) (bool, error) {
	if !s.wanted.any() {
		return false, nil
	}
	leads := append(s.identityReads(ctx),
		func(tx *store.ShopTx) error { return s.readOwned(ctx, tx) },
		func(tx *store.ShopTx) error { return s.readCards(ctx, tx) },
		func(tx *store.ShopTx) error { return s.readUsed(ctx, tx) },
		func(tx *store.ShopTx) error { return s.readGroups(ctx, tx) },
		func(tx *store.ShopTx) error { return s.readSuppressions(ctx, tx) },
		func(tx *store.ShopTx) error { return s.IDs.Reserve(ctx, tx, orderdb.CustomerTable) })
	if err := tx.ReadTogether(ctx, leads...); err != nil {
		return false, err
	}
	return true, s.readCustomers(ctx, tx)
}

func (s *Set) readOwned(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(s.wanted.owned)
	all, err := tx.IdentitiesOf(ctx, ids)
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

// identityReads read which customers identities find, one for each kind.
func (s *Set) identityReads(ctx context.Context) (reads []func(*store.ShopTx) error) {
	values := make(map[orderhub.Identity][]string)
	for i := range s.wanted.identities {
		values[i.kind] = append(values[i.kind], i.value)
	}
	clear(s.wanted.identities)
	for kind, some := range values {
		reads = append(reads, func(tx *store.ShopTx) error { return s.readIdentities(ctx, tx, kind, some) })
	}
	return reads
}

// readIdentities reads which customers identities of a kind find, and these
// customers.
func (s *Set) readIdentities(ctx context.Context, tx *store.ShopTx, kind orderhub.Identity, values []string) error {
	slices.Sort(values)
	owners, found, err := tx.CustomersBy(ctx, kind, values)
	if err != nil {
		return err
	}
	for id, c := range found {
		if _, read := s.records[id]; !read {
			s.records[id] = &record{stored: c, now: c}
		}
	}
	for _, value := range values {
		s.see(identity{kind, value}, owners[value])
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

func (s *Set) readCustomers(ctx context.Context, tx *store.ShopTx) error {
	for len(s.wanted.customers) > 0 {
		ids := batch.Take(s.wanted.customers)
		found, err := tx.CustomersByIDs(ctx, ids)
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
		into, err := tx.MergedInto(ctx, missing)
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

func (s *Set) readSuppressions(ctx context.Context, tx *store.ShopTx) error {
	emails := batch.Take(s.wanted.emails)
	found, err := tx.Suppressions(ctx, emails)
	for _, email := range emails {
		s.suppressed[email] = found[email]
	}
	return err
}

func (s *Set) readCards(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(s.wanted.cards)
	for _, id := range ids {
		s.cards[id] = nil
	}
	all, err := tx.CardsOfCustomers(ctx, ids)
	for _, c := range all {
		s.cards[c.Customer] = append(s.cards[c.Customer], c)
	}
	return err
}

func (s *Set) readUsed(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(s.wanted.used)
	used, err := tx.CustomersInUse(ctx, ids)
	for _, id := range ids {
		s.used[id] = used[id]
	}
	return err
}

// readGroups reads all groups of the shop: there are few.
func (s *Set) readGroups(ctx context.Context, tx *store.ShopTx) error {
	wanted := s.wanted.groups
	if s.wanted.groups = false; !wanted || s.groups.read {
		return nil
	}
	all, err := tx.Groups(ctx)
	if err == nil {
		s.groups = newGroups(all)
	}
	return err
}
