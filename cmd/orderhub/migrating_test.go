package main

import (
	"compress/gzip"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"orderhub/internal/store/sqlite"
)

// former puts a store of schema 6 into a folder of data; see move_test.go of
// the store.
func former(t *testing.T) (data, file string) {
	t.Helper()
	packed, err := os.Open("../../internal/store/testdata/former/sqlite.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	data = t.TempDir()
	file = filepath.Join(data, "orderhub.db")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, z); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return data, file
}

// While the store is brought up to date, no request is answered as if it were
// empty; then the same listener serves.
func TestReadinessWhileMigrating(t *testing.T) {
	_, file := former(t)
	raw, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	held, err := raw.Begin() // so that the migration waits
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l, err := listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ended := make(chan error, 1)
	go func() { ended <- migrateServing(context.Background(), db, l, slog.New(slog.DiscardHandler)) }()
	get := func(path string) (int, string, string) {
		t.Helper()
		r, err := http.Get(addressOf(l) + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		return r.StatusCode, string(body), r.Header.Get("Retry-After")
	}
	if code, body, _ := get("/readyz"); code != 503 || !strings.Contains(body, "not ready: the store has schema 6") {
		t.Errorf("/readyz = %d %s, want 503 and why", code, body)
	}
	if code, body, _ := get("/healthz"); code != 200 {
		t.Errorf("/healthz = %d %s, want 200", code, body)
	}
	if code, body, after := get("/v4/orders"); code != 503 || after == "" {
		t.Errorf("/v4/orders = %d %s, Retry-After %q, want 503 and a time", code, body, after)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("afterwards Ready = %v", err)
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "served") }))
	if code, body, _ := get("/v4/orders"); code != 200 || body != "served" {
		t.Errorf("the listener afterwards: %d %s", code, body)
	}
}

// An import of before can be undone after the store was brought up to date.
func TestFormerImportIsUndone(t *testing.T) {
	data, _ := former(t)
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("orderhub", append(args, "--data", data)...).CombinedOutput()
		if err != nil {
			t.Fatalf("orderhub %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if out := run("migrate"); !strings.Contains(out, "moving orders: 100 %") || !strings.Contains(out, "took the step orders_moved") {
		t.Errorf("migrate says\n%s", out)
	}
	for _, undo := range []struct{ id, want string }{
		{"8", "taken back: 0 removed, 3 restored, 0 kept"},
		{"7", "taken back: 4 removed, 0 restored, 0 kept"},
	} {
		if out := run("import", "undo", undo.id, "--shop", "main"); !strings.Contains(out, undo.want) {
			t.Errorf("import undo %s says\n%s\nwant %s", undo.id, out, undo.want)
		}
	}
	run("check")
}
