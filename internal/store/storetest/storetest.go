// Package storetest gives a test a fresh, migrated store on each database
// that we run on: SQLite always, PostgreSQL when ORDERHUB_TEST_POSTGRES holds
// the address of a server (make test sets it).
package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
	"orderhub/internal/store/sqlite"
)

// Env is the variable that names a PostgreSQL server for tests. Each test
// makes a database of its own there.
const Env = "ORDERHUB_TEST_POSTGRES"

// Noon is the time at which the clock of a test's store stands.
var Noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// A Clock is the time of a test; the zero value stands at Noon.
type Clock struct {
	Offset time.Duration
}

// Now is Noon and the offset.
func (c *Clock) Now() time.Time { return Noon.Add(c.Offset) }

// Databases are the ways to open a fresh store, by the database's name.
func Databases() map[string]func(testing.TB) *store.DB {
	all := map[string]func(testing.TB) *store.DB{"sqlite": Open}
	if os.Getenv(Env) != "" {
		all["postgres"] = OpenPostgres
	}
	return all
}

// Each runs a test on every database, each time on a fresh store.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	for database, open := range Databases() {
		t.Run(database, func(t *testing.T) { test(t, open(t)) })
	}
}

// Open makes a fresh store on SQLite, with a clock that stands at Noon.
func Open(t testing.TB) *store.DB {
	t.Helper()
	return OpenFile(t, filepath.Join(t.TempDir(), "hub.db"), new(Clock).Now)
}

// OpenFile makes or opens a store in a file, with a clock of the test.
func OpenFile(t testing.TB, file string, now func() time.Time) *store.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), file, sqlite.Options{Now: now})
	return ready(t, db, err)
}

// OpenPostgres makes a fresh store in a database of its own on the server
// that Env names, with a clock that stands at Noon.
func OpenPostgres(t testing.TB) *store.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), Database(t), postgres.Options{Now: new(Clock).Now, Connections: 10})
	return ready(t, db, err)
}

// Database makes an empty database on the server that Env names and returns
// its address. It is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	server := os.Getenv(Env)
	if server == "" {
		t.Fatalf("%s is not set; make test starts a private server and sets it", Env)
	}
	name := fmt.Sprintf("hub_%d_%d", os.Getpid(), rand.Uint32())
	run := func(statement string) {
		c, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatalf("connect to %s: %v", Env, err)
		}
		defer c.Close(ctx)
		if _, err := c.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run("create database " + name)
	t.Cleanup(func() { run("drop database " + name + " with (force)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s: %v", Env, err)
	}
	u.Path = "/" + name
	return u.String()
}

func ready(t testing.TB, db *store.DB, err error) *store.DB {
	t.Helper()
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Migrate(context.Background()); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return db
}
