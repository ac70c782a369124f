package storetest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
	"orderhub/internal/store/sqlite"
)

// A Place is where a store is, or will be.
type Place struct {
	file    string
	address string // of a database of PostgreSQL; "" for SQLite
}

// Places are new ones for each database that we run on, by its name.
func Places(t testing.TB) map[string]Place {
	t.Helper()
	all := map[string]Place{"sqlite": {file: filepath.Join(t.TempDir(), "hub.db")}}
	if os.Getenv(Env) != "" {
		all["postgres"] = Place{address: Database(t)}
	}
	return all
}

// Load puts a stored store there: a file of SQLite, or what pg_dump printed.
func (p Place) Load(t testing.TB, content []byte) {
	t.Helper()
	if p.address == "" {
		if err := os.WriteFile(p.file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	ctx := context.Background()
	c, err := pgx.Connect(ctx, p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.PgConn().Exec(ctx, string(content)).ReadAll(); err != nil {
		t.Fatal(err)
	}
}

// Open opens the store that is there as shops do: its database checks no
// references, and the clock goes. The schema is left as it is.
func (p Place) Open(t testing.TB) *store.DB {
	t.Helper()
	var db *store.DB
	var err error
	if p.address == "" {
		db, err = sqlite.Open(context.Background(), p.file, sqlite.Options{})
	} else {
		db, err = postgres.Open(context.Background(), p.address, postgres.Options{Connections: 5})
	}
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// OpenNew opens the store that is there and brings its schema up to date.
func (p Place) OpenNew(t testing.TB) *store.DB {
	t.Helper()
	db := p.Open(t)
	if _, err := db.Migrate(context.Background()); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return db
}
