package main

import (
	"sync"
	"sync/atomic"
	"testing"

	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// TestFirstShopIsMadeOnce: servers that start at the same time on one store
// make one shop, and only one of them prints a key.
func TestFirstShopIsMadeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var makers atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				first, made, err := firstShop(t.Context(), shopsOf(db))
				if err != nil || first.Name != "main" {
					t.Errorf("firstShop = %+v, %v, want the shop main", first, err)
				}
				if made {
					makers.Add(1)
				}
			})
		}
		wg.Wait()
		if all, err := shopsOf(db).List(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("there are %d shops, %v, want one", len(all), err)
		}
		if n := makers.Load(); n != 1 {
			t.Errorf("%d servers have made the first shop, want 1", n)
		}
	})
}
