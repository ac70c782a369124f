package batch

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// ErrMore is returned by a set that has to read before it can answer. Decide
// functions return it as it is; they are then called again.
var ErrMore = errors.New("batch: a record has not been read yet")

// A Unit is one request: its commands are done together or not at all.
type Unit struct {
	Shop  *orderhub.Shop // as the caller was authorized with
	Actor orderhub.Actor

	// Ask asks the sets for the records that Decide will need, so that those of
	// all units are read together. Optional: it only saves time.
	Ask func(*Batch)

	// Decide changes records in the sets of the batch. When it returns an error
	// nothing of it stays. It runs in memory only and may run several times,
	// also on records as they were before the units in front of it: the last
	// run counts. What it keeps outside the sets it keeps by Assign or Put, or
	// sets anew in each run.
	Decide func(*Batch) error

	// Once makes the request idempotent; nil for most.
	Once *Once

	// Large runs the unit in a batch of its own, so that those who wait for the
	// other members do not wait for it.
	Large bool

	err error // the outcome: why the unit is refused
}

// New is a unit of the shop by the actor of a request.
func New(ctx context.Context, shop *orderhub.Shop) *Unit {
	return &Unit{Shop: shop, Actor: orderhub.ActorOf(ctx)}
}

// A Set holds the records of one noun that a batch works on.
type Set interface {
	// Read reads what was asked for since the last call and reports whether
	// that was anything. The sets read together (store.ShopTx.ReadTogether):
	// while one waits for the database, another may ask it for more.
	Read(ctx context.Context, tx *store.ShopTx) (bool, error)
	// Number gives new records their ids.
	Number(ctx context.Context, tx *store.ShopTx) error
	// Save stores what was decided. It comes after Number of all sets, and
	// after Save of the sets that this one has used.
	Save(ctx context.Context, tx *store.ShopTx) error
}

// A Batch is what one transaction decides and saves for one shop.
type Batch struct {
	// At is the time when the batch began, which Decide uses as the current one.
	At time.Time
	// Dry batches are decided and not saved.
	Dry bool
	// OrderIDs are those of new orders: what other sets keep of an order has to
	// learn its ID, too.
	OrderIDs IDs[orderhub.OrderID]

	unit *Unit
	last time.Time // that the shop's clock has given

	journal []func() // how to take back what the unit has done, in the sequence of doing
	sets    []Set
	byKey   map[any]Set
	events  []*Event
}

// Shop is the shop as the caller of the present unit was authorized with.
func (b *Batch) Shop() *orderhub.Shop { return b.unit.Shop }

// Actor is who causes the present unit.
func (b *Batch) Actor() orderhub.Actor { return b.unit.Actor }

// Backfill reports whether the present unit only records what happened before
// and elsewhere: it is stored, and no side effect follows from it.
func (b *Batch) Backfill() bool { return b.unit.Actor.History }

// Join returns the batch's set of a key, which make makes on first use. A set
// whose Save must come later than another's makes the other one first.
func Join[S Set](b *Batch, key any, make func(*Batch) S) S {
	if s, ok := b.byKey[key]; ok {
		return s.(S)
	}
	s := make(b)
	b.byKey[key] = s
	b.sets = append(b.sets, s)
	return s
}

// OnUndo enters in the journal how to take a change back, should the present
// unit fail.
func (b *Batch) OnUndo(undo func()) { b.journal = append(b.journal, undo) }

// Assign sets a variable of a set until the unit fails.
func Assign[T any](b *Batch, place *T, value T) {
	old := *place
	b.OnUndo(func() { *place = old })
	*place = value
}

// Put sets an entry of a set's map until the unit fails.
func Put[K comparable, V any](b *Batch, m map[K]V, key K, value V) {
	old, was := m[key]
	b.OnUndo(func() {
		if was {
			m[key] = old
		} else {
			delete(m, key)
		}
	})
	m[key] = value
}

// Each does something for each of so many commands of a unit. What has to be
// read is asked for of all of them before it gives up with ErrMore: else a
// thousand commands that each need one more record would be decided a thousand
// times. Any other error ends it.
func Each(n int, do func(i int) error) error {
	more := false
	for i := range n {
		switch err := do(i); {
		case errors.Is(err, ErrMore):
			more = true
		case err != nil:
			return err
		}
	}
	if more {
		return ErrMore
	}
	return nil
}

// Take takes out of a set what it wants to read, sorted, before it waits for it:
// others may want more meanwhile.
func Take[K cmp.Ordered](wanted map[K]bool) []K {
	keys := slices.Sorted(maps.Keys(wanted))
	clear(wanted)
	return keys
}

// An Event is an event on its way into the store. Its time, shop and actor are
// set by Record.
type Event struct {
	orderhub.Event

	// Describe makes the list of changes when new records have their ids; nil
	// when Changes is complete.
	Describe func() []orderhub.Change
}

// Record adds the event of one change and returns the time of the change:
// unique in the shop, and later than those of all changes before it.
func (b *Batch) Record(e *Event) time.Time {
	at := b.At
	if !at.After(b.last) {
		at = b.last.Add(time.Microsecond)
	}
	e.Shop, e.Actor, e.At = b.unit.Shop.ID, b.unit.Actor, at
	Assign(b, &b.last, at)
	Assign(b, &b.events, append(b.events, e))
	return at
}

// Last is the time of the last change so far.
func (b *Batch) Last() time.Time { return b.last }

// undo takes back what the present unit has done.
func (b *Batch) undo() {
	for i := len(b.journal) - 1; i >= 0; i-- {
		b.journal[i]()
	}
	b.journal = b.journal[:0]
}

// read lets the sets read, the first time together with others, until none has
// to read any more: what one reads may make another ask. It reports whether any
// of them has read.
func (b *Batch) read(ctx context.Context, tx *store.ShopTx, others ...func(*store.ShopTx) error) (some bool, err error) {
	for again := true; again; {
		again = false
		reads := others
		for _, s := range b.sets {
			reads = append(reads, func(tx *store.ShopTx) error {
				read, err := s.Read(ctx, tx)
				again = again || read
				return err
			})
		}
		known := len(b.sets)
		if err := tx.ReadTogether(ctx, reads...); err != nil {
			return some, err
		}
		some = some || again
		again = again || len(b.sets) > known // some have joined while others read
		others = nil
	}
	return some, nil
}
