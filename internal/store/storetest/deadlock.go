package storetest

import (
	"context"
	"path"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"orderhub/internal/store"
)

// addresses are those of the stores that OpenPostgres has made.
var addresses sync.Map // of *store.DB

// Deadlocks closes a store and returns how often its database has had to break
// a circle of transactions that waited for each other. The program runs those
// that were broken again, so nothing else shows it. A database with one writer
// has none.
func Deadlocks(t testing.TB, db *store.DB) int {
	t.Helper()
	address, ok := addresses.Load(db)
	if !ok {
		return 0
	}
	if err := db.Close(); err != nil { // the server counts when connections end
		t.Fatalf("close the store: %v", err)
	}
	ctx := context.Background()
	c, err := pgx.Connect(ctx, address.(string))
	if err != nil {
		t.Fatalf("count deadlocks: %v", err)
	}
	defer c.Close(ctx)
	n := 0
	err = c.QueryRow(ctx, `select deadlocks from pg_stat_database where datname = $1`, path.Base(c.Config().Database)).Scan(&n)
	if err != nil {
		t.Fatalf("count deadlocks: %v", err)
	}
	return n
}
