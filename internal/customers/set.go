package customers

import (
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store/orderdb"
)

// A Set holds the customers of a batch. What it returns are snapshots: a
// customer that changes is replaced by another one, and only the ids of new
// customers and groups are filled in later.
//
// A method that needs a record which has not been read returns batch.ErrMore,
// which a Decide function returns as it is. The Ask methods have records read
// early, those of all units together.
type Set struct {
	// IDs are those of new customers. Whoever keeps the id of a customer that
	// may be new lets IDs.Keep replace it.
	IDs batch.IDs[orderhub.CustomerID]

	b        *batch.Batch
	groupIDs batch.IDs[orderhub.GroupID]
	wanted   wanted

	// What was read, as the units decided so far have left it.
	records    map[orderhub.CustomerID]*record // nil for those that do not exist
	merged     map[orderhub.CustomerID]orderhub.CustomerID
	owners     map[identity]orderhub.CustomerID // 0 for none
	stored     map[identity]orderhub.CustomerID // owners before the batch
	owned      map[orderhub.CustomerID]bool     // customers whose identities were all read
	cards      map[orderhub.CustomerID][]*orderhub.Card
	used       map[orderhub.CustomerID]bool
	suppressed map[string]orderhub.Suppression
	groups     groups

	// What the units have decided, beside the records.
	pairs        map[[2]orderhub.CustomerID]bool // possible duplicates
	suppressions []orderdb.SuppressionEntry
	moves        []orderdb.CardMove // Owner may be new
	madeGroups   []*orderhub.Group
}

// A record is a customer in a batch. Records are replaced, never modified.
type record struct {
	stored *orderhub.Customer // before the batch; nil for a new one
	now    *orderhub.Customer // nil when it is gone
	full   bool               // more than its version is to be stored
	last   *orderhub.Customer // before it went, with the version and time of that
	purged bool               // it goes for good
	into   orderhub.CustomerID
}

type setKey struct{}

// In returns the customers of a batch.
func In(b *batch.Batch) *Set {
	return batch.Join(b, setKey{}, func(b *batch.Batch) *Set {
		return &Set{
			b:          b,
			wanted:     newWanted(),
			records:    make(map[orderhub.CustomerID]*record),
			merged:     make(map[orderhub.CustomerID]orderhub.CustomerID),
			owners:     make(map[identity]orderhub.CustomerID),
			stored:     make(map[identity]orderhub.CustomerID),
			owned:      make(map[orderhub.CustomerID]bool),
			cards:      make(map[orderhub.CustomerID][]*orderhub.Card),
			used:       make(map[orderhub.CustomerID]bool),
			suppressed: make(map[string]orderhub.Suppression),
			pairs:      make(map[[2]orderhub.CustomerID]bool),
		}
	})
}

// gone reports whether a unit of the batch has deleted the customer.
func (s *Set) gone(id orderhub.CustomerID) bool {
	r := s.records[id]
	return r != nil && r.now == nil
}

// Get returns a customer by its id, that of the one it was merged into for one
// that was merged. It is a NotFound error when the shop has no such customer.
func (s *Set) Get(id orderhub.CustomerID) (*orderhub.Customer, error) {
	c, err := s.get(id)
	if err == nil && c == nil {
		err = orderhub.Errorf(orderhub.NotFound, "no customer with id %d", id)
	}
	return c, err
}

// get is Get that returns nil when there is no such customer.
func (s *Set) get(id orderhub.CustomerID) (*orderhub.Customer, error) {
	for {
		if into := s.merged[id]; into != 0 {
			id = into
			continue
		}
		r, read := s.records[id]
		switch {
		case !read && id <= 0:
			return nil, nil
		case !read:
			s.AskID(id)
			return nil, batch.ErrMore
		case r == nil:
			return nil, nil
		case r.now == nil && r.into != 0:
			id = r.into
			continue
		}
		return r.now, nil
	}
}

// Find returns the customer that a reference names, tried in the sequence of
// its fields. It is a NotFound error when the shop has no such customer.
func (s *Set) Find(ref orderhub.CustomerRef) (*orderhub.Customer, error) {
	more := false
	for _, by := range refIdentities(s.b.Shop(), ref) {
		id := ref.ID
		if by != (identity{}) {
			owner, err := s.owner(by)
			if err != nil {
				more = true
				continue
			}
			id = owner
		}
		c, err := s.get(id)
		if err != nil {
			more = true
		}
		if c != nil && !more {
			return c, nil
		}
	}
	if more {
		return nil, batch.ErrMore
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "no customer %s", ref)
}

// refIdentities are the ways to find what a reference names, in their sequence;
// the zero identity stands for our own id. Ids below zero are those of new
// customers, which no caller can know.
func refIdentities(shop *orderhub.Shop, ref orderhub.CustomerRef) []identity {
	ref = compared(shop, ref)
	var all []identity
	for _, by := range []identity{{orderhub.ByExternal, ref.ExternalID}, {}, {orderhub.ByEmail, ref.Email}, {orderhub.ByPhone, ref.Phone}} {
		if by == (identity{}) && ref.ID > 0 || by.value != "" && orderhub.Storable(by.value) {
			all = append(all, by)
		}
	}
	return all
}

// owner is the customer that an identity finds, 0 for none.
func (s *Set) owner(i identity) (orderhub.CustomerID, error) {
	owner, read := s.owners[i]
	if !read {
		s.askIdentity(i)
		return 0, batch.ErrMore
	}
	return owner, nil
}

// ownersOf are the customers that identities find, one for each.
func (s *Set) ownersOf(all []identity) (owners []orderhub.CustomerID, err error) {
	owners = make([]orderhub.CustomerID, len(all))
	for n, i := range all {
		owner, e := s.owner(i)
		if e != nil {
			err = e
		}
		owners[n] = owner
	}
	return owners, err
}

// put replaces a record until the unit fails.
func (s *Set) put(id orderhub.CustomerID, r *record) { batch.Put(s.b, s.records, id, r) }

// replace makes a state of a customer its present one. The state must be a new
// one that no customer has yet.
func (s *Set) replace(now *orderhub.Customer, full bool) {
	r := record{full: full, now: now}
	if old := s.records[now.ID]; old != nil {
		r.stored, r.full = old.stored, full || old.full
	}
	s.IDs.Keep(&now.ID)
	s.groupIDs.Keep(&now.Group)
	s.put(now.ID, &r)
}

// Touch raises the version of a customer for an event that changes none of its
// own fields, such as one of its bonus points, and returns it. The time of its
// last change stays.
func (s *Set) Touch(id orderhub.CustomerID) (version int64, err error) {
	c, err := s.Get(id)
	if err != nil {
		return 0, err
	}
	now := *c
	now.Version++
	s.replace(&now, false)
	return now.Version, nil
}

// notePair lists two customers as possibly one person.
func (s *Set) notePair(a, b orderhub.CustomerID) {
	if a == b || a == 0 || b == 0 {
		return
	}
	if pair := [2]orderhub.CustomerID{min(a, b), max(a, b)}; !s.pairs[pair] {
		batch.Put(s.b, s.pairs, pair, true)
	}
}

// ids are the customers that the batch has records of, in ascending sequence,
// new ones first.
func (s *Set) ids() []orderhub.CustomerID { return slices.Sorted(maps.Keys(s.records)) }

// Verdicts are what a batch did to customers, by their ids: those that it only
// found are left out. They are right after the batch.
func (s *Set) Verdicts() map[orderhub.CustomerID]*orderhub.Verdict[orderhub.Customer] {
	touched := make(map[orderhub.CustomerID]*verdict)
	for _, r := range s.records {
		switch {
		case r == nil || r.now == nil || r.now == r.stored:
		case r.stored == nil:
			touched[r.now.ID] = &verdict{Outcome: orderhub.OutcomeCreated, Now: r.now}
		case r.full:
			touched[r.now.ID] = &verdict{Outcome: orderhub.OutcomeUpdated, Old: r.stored, Now: r.now}
		}
	}
	return touched
}
