package storetest

import (
	"context"
	"os"
	"testing"

	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
)

// EachMoved runs a test on every database, each time on a fresh store whose
// clock the test may move while nothing else goes on.
func EachMoved(t *testing.T, test func(t *testing.T, db *store.DB, clock *Clock)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		clock := new(Clock)
		test(t, OpenFile(t, t.TempDir()+"/hub.db", clock.Now), clock)
	})
	if os.Getenv(Env) == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		template, err := postgresTemplate()
		if err != nil {
			t.Fatalf("make a database to copy: %v", err)
		}
		clock := new(Clock)
		db, err := postgres.Open(context.Background(), database(t, " template "+template), postgres.Options{Now: clock.Now, Connections: 10, References: true})
		test(t, ready(t, db, err), clock)
	})
}
