package store_test

import (
	"testing"

	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestMigrateTwiceTakesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		taken, err := db.Migrate(t.Context())
		if err != nil || len(taken) != 0 {
			t.Errorf("Migrate again = %v, %v; want nothing to do", taken, err)
		}
		if err := db.Ready(t.Context()); err != nil {
			t.Errorf("Ready = %v", err)
		}
	})
}
