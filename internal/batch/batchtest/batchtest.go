// Package batchtest runs requests of a test in each way in which they can come
// to the store, which must all come to the same.
package batchtest

import (
	"sync"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// A Way runs requests of one shop in a sequence and returns what became of each.
type Way struct {
	Name string
	Run  func(t testing.TB, db *store.DB, units ...*batch.Unit) []error
}

// Ways are all there are, the plainest first.
var Ways = []Way{{"one by one", OneByOne}, {"merged", Merged}, {"as one batch", AsOneBatch}}

// OneByOne runs each request when the one before it is done.
func OneByOne(t testing.TB, db *store.DB, units ...*batch.Unit) []error {
	t.Helper()
	errs := make([]error, len(units))
	for i, u := range units {
		errs[i] = batch.Do(t.Context(), db, u)
	}
	return errs
}

// Merged runs requests of as many callers, who come one after the other while a
// batch of the shop is on its way, and so wait for the next one.
func Merged(t testing.TB, db *store.DB, units ...*batch.Unit) []error {
	t.Helper()
	errs := make([]error, len(units))
	if len(units) == 0 {
		return errs
	}
	release := hold(t, db, units[0].Shop)
	var wg sync.WaitGroup
	for i, u := range units {
		wg.Go(func() { errs[i] = batch.Do(t.Context(), db, u) })
		for db.Waiting() <= i { // so that they wait in this sequence
			time.Sleep(10 * time.Microsecond)
		}
	}
	release()
	wg.Wait()
	return errs
}

// hold runs a batch of a shop, which goes on until it is released.
func hold(t testing.TB, db *store.DB, shop *orderhub.Shop) (release func()) {
	t.Helper()
	holds, end, done := make(chan bool), make(chan bool), make(chan error, 1)
	u := &batch.Unit{Shop: shop, Decide: func(*batch.Batch) error { holds <- true; <-end; return nil }}
	go func() { done <- batch.Do(t.Context(), db, u) }()
	select {
	case <-holds:
	case err := <-done:
		t.Fatalf("the batch that others wait for: %v", err)
	}
	return func() {
		t.Helper()
		close(end)
		if err := <-done; err != nil {
			t.Errorf("the batch that others wait for: %v", err)
		}
	}
}

// AsOneBatch runs requests in one transaction, as a step of an import does.
func AsOneBatch(t testing.TB, db *store.DB, units ...*batch.Unit) []error {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error { return batch.In(t.Context(), tx, units...) })
	if err != nil {
		t.Fatalf("a batch: %v", err)
	}
	errs := make([]error, len(units))
	for i, u := range units {
		errs[i] = u.Err()
	}
	return errs
}
