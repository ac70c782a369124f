// Package storetest gives a test a fresh, migrated store on each database
// that we run on: SQLite always, PostgreSQL when ORDERHUB_TEST_POSTGRES holds
// the address of a server (make test sets it). And it stores what tests begin
// with.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"sync"
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
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make a store to copy: %v", err)
	}
	file := filepath.Join(t.TempDir(), "hub.db")
	if err := os.WriteFile(file, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return OpenFile(t, file, new(Clock).Now)
}

// sqliteTemplate is a fresh store's file. Making one takes much longer than
// copying it.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "hub.db")
	db, err := sqlite.Open(context.Background(), file, sqlite.Options{References: true})
	if err != nil {
		return nil, err
	}
	_, err = db.Migrate(context.Background())
	if err := errors.Join(err, db.Close()); err != nil { // closing empties the log into the file
		return nil, err
	}
	return os.ReadFile(file)
})

// OpenFile makes or opens a store in a file, with a clock of the test.
func OpenFile(t testing.TB, file string, now func() time.Time) *store.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), file, sqlite.Options{Now: now, References: true})
	return ready(t, db, err)
}

// OpenPostgres makes a fresh store in a database of its own on the server
// that Env names, with a clock that stands at Noon.
func OpenPostgres(t testing.TB) *store.DB {
	t.Helper()
	template, err := postgresTemplate()
	if err != nil {
		t.Fatalf("make a database to copy: %v", err)
	}
	address := database(t, " template "+template)
	db, err := postgres.Open(context.Background(), address, postgres.Options{Now: new(Clock).Now, Connections: 10, References: true})
	addresses.Store(db, address)
	return ready(t, db, err)
}

// postgresTemplate is the name of a database with a fresh store, which stays
// on the test server: it ends with the tests.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	name := newName()
	if err := onServer("create database " + name); err != nil {
		return "", err
	}
	db, err := postgres.Open(context.Background(), addressOf(name), postgres.Options{References: true})
	if err != nil {
		return "", err
	}
	_, err = db.Migrate(context.Background())
	return name, errors.Join(err, db.Close())
})

// Database makes an empty database on the server that Env names and returns
// its address. It is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	return database(t, "")
}

func database(t testing.TB, how string) string {
	t.Helper()
	if os.Getenv(Env) == "" {
		t.Fatalf("%s is not set; make test starts a private server and sets it", Env)
	}
	name := newName()
	if err := onServer("create database " + name + how); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if err := onServer("drop database " + name + " with (force)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return addressOf(name)
}

func newName() string { return fmt.Sprintf("hub_%d_%d", os.Getpid(), rand.Uint32()) }

// onServer runs a statement on the server that Env names.
func onServer(statement string) error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, os.Getenv(Env))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}

// addressOf is the address of a database on that server.
func addressOf(name string) string {
	u, err := url.Parse(os.Getenv(Env))
	if err != nil {
		return ""
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
