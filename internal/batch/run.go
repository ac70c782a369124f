package batch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// Do runs one request, together with what other callers want of the shop at
// the same time, and returns after the commit. Its error is the unit's own, or
// that of the store; in both cases nothing of the unit is stored, unless the
// error is store.ErrUnknown.
func Do(ctx context.Context, db *store.DB, u *Unit) error {
	err := db.Merge(ctx, store.Member{Shop: u.Shop.ID, Work: u, Alone: u.Large}, runMembers)
	if err != nil {
		return err
	}
	return u.err
}

// runMembers runs the units of a merged batch.
func runMembers(ctx context.Context, tx *store.ShopTx, works []any) error {
	units := make([]*Unit, len(works))
	for i, w := range works {
		units[i] = w.(*Unit)
	}
	return run(ctx, tx, units, false)
}

// In runs units of one shop in the caller's transaction, as a step of an import
// does that stores its progress with it. The transaction must have written
// nothing. Its error is the transaction's: what became of each unit, its Err
// says.
func In(ctx context.Context, tx *store.Tx, units ...*Unit) error {
	if len(units) == 0 {
		return nil
	}
	return run(ctx, tx.Shop(units[0].Shop.ID), units, false)
}

// Rehearse decides units and saves nothing. It may run in a View.
func Rehearse(ctx context.Context, tx *store.Tx, units ...*Unit) error {
	if len(units) == 0 {
		return nil
	}
	return run(ctx, tx.Shop(units[0].Shop.ID), units, true)
}

// Step runs units as a step of an import does: by In, or by Rehearse in a dry run.
func Step(ctx context.Context, tx *store.Tx, dry bool, units ...*Unit) error {
	if dry {
		return Rehearse(ctx, tx, units...)
	}
	return In(ctx, tx, units...)
}

// Err is why the unit was refused; nil when it was not.
func (u *Unit) Err() error { return u.err }

// run reads, decides, numbers and saves. Its error is the transaction's;
// units keep their own.
func run(ctx context.Context, tx *store.ShopTx, units []*Unit, dry bool) error {
	for _, u := range units {
		u.err = nil
	}
	for {
		b := &Batch{At: tx.Now(), Dry: dry, byKey: make(map[any]Set)}
		if err := b.lookUp(ctx, tx, units); err != nil {
			return err
		}
		if err := b.decide(ctx, tx, units); err != nil || dry {
			return err
		}
		if err := b.number(ctx, tx); err != nil {
			return err
		}
		if b.answer(units) {
			return b.save(ctx, tx, units)
		}
	}
}

// lookUp locks the shop and reads what the units ask for.
func (b *Batch) lookUp(ctx context.Context, tx *store.ShopTx, units []*Unit) error {
	if !b.Dry {
		if err := tx.Lock(ctx); err != nil {
			return err
		}
	}
	for _, u := range units {
		if u.Ask != nil {
			b.unit = u
			if err := safely(func() error { u.Ask(b); return nil }); err != nil {
				u.err = err
			}
		}
	}
	_, err := b.read(ctx, tx,
		func(tx *store.ShopTx) (err error) { b.last, err = tx.Clock(ctx); return err },
		func(tx *store.ShopTx) error { return b.readAnswers(ctx, tx, units) },
		func(tx *store.ShopTx) error { return b.OrderIDs.Reserve(ctx, tx, orderdb.OrderTable) })
	return err
}

// maxScouts is how often the units behind one that lacks records are decided
// for nothing but what they lack, so that it is read together.
const maxScouts = 8

// decide decides the units one after the other, each on the result of those
// before it. Its error is the transaction's.
func (b *Batch) decide(ctx context.Context, tx *store.ShopTx, units []*Unit) error {
	scouts := 0
	for i, u := range units {
		for !u.done() && !b.try(u) {
			if scouts++; scouts <= maxScouts {
				b.scout(units[i+1:])
			}
			more, err := b.read(ctx, tx)
			if err != nil {
				return err
			}
			if !more {
				return fmt.Errorf("batch: a request wants more than the sets of its records read: %w", ErrMore)
			}
		}
	}
	b.journal = nil
	return nil
}

// try decides a unit. It reports false when records have to be read first.
func (b *Batch) try(u *Unit) bool {
	b.unit, b.journal = u, b.journal[:0]
	if u.err = safely(func() error { return u.Decide(b) }); u.err != nil {
		b.undo()
	}
	if errors.Is(u.err, ErrMore) {
		u.err = nil
		return false
	}
	return true
}

// scout has the sets learn what units lack, and changes nothing.
func (b *Batch) scout(units []*Unit) {
	for _, u := range units {
		if !u.done() {
			b.try(u)
			b.undo()
			u.err = nil
		}
	}
}

// number gives new records their ids.
func (b *Batch) number(ctx context.Context, tx *store.ShopTx) error {
	numbers := []func(*store.ShopTx) error{func(tx *store.ShopTx) error { return b.OrderIDs.Number(ctx, tx, orderdb.OrderTable) }}
	for _, s := range b.sets {
		numbers = append(numbers, func(tx *store.ShopTx) error { return s.Number(ctx, tx) })
	}
	return tx.ReadTogether(ctx, numbers...)
}

// save stores what was decided, if anything.
func (b *Batch) save(ctx context.Context, tx *store.ShopTx, units []*Unit) error {
	for _, s := range b.sets {
		if err := s.Save(ctx, tx); err != nil {
			return err
		}
	}
	if len(b.events) > 0 {
		events := make([]orderhub.Event, len(b.events))
		for i, e := range b.events {
			if e.Describe != nil {
				e.Changes = e.Describe()
			}
			events[i] = e.Event
		}
		if err := tx.SaveEvents(ctx, events); err != nil {
			return err
		}
		if err := tx.SetClock(ctx, b.last); err != nil {
			return err
		}
	}
	return b.saveAnswers(ctx, tx, units)
}

// safely turns a panic into an error: a fault of one unit must not end its
// siblings.
func safely(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("batch: a request panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}
