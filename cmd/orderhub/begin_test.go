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
				shops, made, err := firstShop(t.Context(), db)
				if err != nil || len(shops) != 1 || shops[0].Name != "main" {
					t.Errorf("firstShop = %d shops, %v, want the shop main", len(shops), err)
				}
				if made {
					makers.Add(1)
				}
			})
		}
		wg.Wait()
		if n := makers.Load(); n != 1 {
			t.Errorf("%d servers have made the first shop, want 1", n)
		}
	})
}
