package storetest

import (
	"context"
	"os"
	"testing"
	"time"

	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
)

// EachWith runs a test on every database, each time on a fresh store with a
// clock of its own, which many may ask at once.
func EachWith(t *testing.T, clock func() func() time.Time, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, OpenFile(t, t.TempDir()+"/hub.db", clock())) })
	if os.Getenv(Env) == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		template, err := postgresTemplate()
		if err != nil {
			t.Fatalf("make a database to copy: %v", err)
		}
		db, err := postgres.Open(context.Background(), database(t, " template "+template), postgres.Options{Now: clock(), Connections: 10, References: true})
		test(t, ready(t, db, err))
	})
}
