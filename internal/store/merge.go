package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"orderhub"
)

// A Member is one of the pieces of work of a shop that share a transaction.
type Member struct {
	Shop  orderhub.ShopID
	Work  any
	Alone bool // shares its transaction with none
}

// Limits of what waits to be merged.
const (
	maxMerged  = 256             // members of a batch, unless the engine has another limit
	maxWaiting = 4_096           // members that wait, of all shops
	maxWait    = 5 * time.Second // until a batch begins
	maxBatch   = 10 * time.Second
)

// Merge runs a piece of work in a transaction with all that waits for the same
// shop and the same run, and returns after the commit. Run gets the works in
// the sequence in which they came; what became of each is between run and the
// work. An error of run is that of the transaction: nothing is stored, all
// members get it, but for an error of a single statement, which only the
// member that causes it gets. Run may be called several times, and must not
// depend on the context of one caller.
//
// Work that waits for a batch of its shop is the next batch, however little it
// is: nothing waits in order to be more. A caller whose ctx ends while its work
// waits gives up, and nothing of it is stored; when its batch has begun, it
// learns the outcome.
func (db *DB) Merge(ctx context.Context, m Member, run func(context.Context, *ShopTx, []any) error) error {
	w := &waiter{Member: m, run: run, done: make(chan error, 1)}
	lead, err := db.merger.enter(w)
	if err != nil {
		return err
	}
	if lead {
		db.lead(m.Shop)
		return <-w.done
	}
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = fmt.Errorf("%w (waited %s for the writer)", ErrUnavailable, maxWait)
	}
	if db.merger.leave(w) {
		return err
	}
	return <-w.done // its batch has begun
}

// A waiter is a member whose caller waits.
type waiter struct {
	Member
	run  func(context.Context, *ShopTx, []any) error
	done chan error // receives once
}

// A merger holds what waits, by shop.
type merger struct {
	mu      sync.Mutex
	waiting map[orderhub.ShopID][]*waiter // of the shops that have a slot or wait for one
	count   int                           // of all waiters
	turns   []orderhub.ShopID             // that wait for a slot, the longest first
	slots   int                           // free ones; below zero there is no limit
	most    int                           // members of a batch
}

// enter queues a waiter. It reports true when the shop gets a slot with it:
// then the caller runs the batch.
func (m *merger) enter(w *waiter) (lead bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.count >= maxWaiting {
		return false, fmt.Errorf("%w (%d requests wait already)", ErrUnavailable, m.count)
	}
	all, busy := m.waiting[w.Shop]
	m.waiting[w.Shop] = append(all, w)
	m.count++
	switch {
	case busy:
		return false, nil
	case m.slots == 0:
		m.turns = append(m.turns, w.Shop)
		return false, nil
	}
	m.slots--
	return true, nil
}

// leave takes back a waiter and reports whether it still waited.
func (m *merger) leave(w *waiter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(m.waiting[w.Shop], w)
	if i < 0 {
		return false
	}
	m.waiting[w.Shop] = slices.Delete(m.waiting[w.Shop], i, i+1)
	m.count--
	return true
}

// take is the next batch of a shop that has a slot, empty when all its callers
// have left.
func (m *merger) take(shop orderhub.ShopID) []*waiter {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.waiting[shop]
	n := min(len(all), m.most)
	for i := range n {
		if i > 0 && (all[i].Alone || all[0].Alone) {
			n = i
			break
		}
	}
	batch := slices.Clone(all[:n])
	m.waiting[shop] = slices.Delete(all, 0, n)
	m.count -= n
	return batch
}

// then is the shop that gets the slot after a batch of a shop, 0 for none. A
// shop for which more waits stands behind all others.
func (m *merger) then(shop orderhub.ShopID) orderhub.ShopID {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting[shop]) > 0 {
		m.turns = append(m.turns, shop)
	} else {
		delete(m.waiting, shop)
	}
	if len(m.turns) == 0 {
		m.slots++
		return 0
	}
	next := m.turns[0]
	m.turns = m.turns[1:]
	return next
}

// lead runs the batch that a caller leads; what waits then goes on beside it.
func (db *DB) lead(shop orderhub.ShopID) {
	db.runBatch(db.merger.take(shop))
	if next := db.merger.then(shop); next != 0 {
		go db.goOn(next)
	}
}

// goOn runs batches until nothing waits for the slot.
func (db *DB) goOn(shop orderhub.ShopID) {
	for shop != 0 {
		db.runBatch(db.merger.take(shop))
		shop = db.merger.then(shop)
	}
}

// runBatch runs members in one transaction and answers them. When a statement
// fails, which a member has caused, the halves are run by themselves until that
// member is alone.
func (db *DB) runBatch(batch []*waiter) {
	if len(batch) == 0 {
		return
	}
	works := make([]any, len(batch))
	for i, w := range batch {
		works[i] = w.Work
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxBatch)
	defer cancel()
	err := db.updateSafely(ctx, func(tx *Tx) error { return batch[0].run(ctx, tx.Shop(batch[0].Shop), works) })
	if err != nil && len(batch) > 1 && !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrUnknown) {
		db.runBatch(batch[:len(batch)/2])
		db.runBatch(batch[len(batch)/2:])
		return
	}
	for _, w := range batch {
		w.done <- err
	}
}

// updateSafely is Update that turns a panic into an error: those who wait must
// be answered.
func (db *DB) updateSafely(ctx context.Context, fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: a batch panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return db.Update(ctx, fn)
}

// Waiting is how many pieces of work wait for the next batch of their shop.
func (db *DB) Waiting() int {
	db.merger.mu.Lock()
	defer db.merger.mu.Unlock()
	return db.merger.count
}
