package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// TestMain lets tests start this program as orderhub.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"orderhub": main})
}

// TestScripts plays the scripts of testdata, each on a store of its own.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	t.Run("sqlite", func(t *testing.T) { play(t, "", files...) })
	if os.Getenv(storetest.Env) == "" {
		return
	}
	for _, file := range files {
		t.Run("postgres", func(t *testing.T) { play(t, storetest.Database(t), file) })
	}
}

// play runs scripts on a database, or on SQLite when there is no address.
func play(t *testing.T, database string, files ...string) {
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("ORDERHUB_DATABASE", database)
			e.Setenv("GORACE", "atexit_sleep_ms=10") // else every command of a race build takes a second more
			e.Values[hubKey{}] = new(hub)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"hub":   hubCommand,
			"http":  httpCommand,
			"paste": pasteCommand,
			"sql":   sqlCommand,
			"take":  takeCommand,
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "sqlite":
				return database == "", nil
			case "postgres":
				return database != "", nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

func TestComplain(t *testing.T) {
	var f orderhub.Faults
	f.Wrong("name", "is odd")
	f.Wrong("currency", "is unknown")
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"one of ours", orderhub.Errorf(orderhub.NotFound, "no shop x"), "orderhub: no shop x\n"},
		{"wrapped", fmt.Errorf("store: migrate: %w", orderhub.Errorf(orderhub.Conflict, "start the newer program")), "orderhub: start the newer program\n"},
		{"several", f.Err(), "orderhub: name is odd\norderhub: currency is unknown\n"},
		{"foreign", errors.New("connect to:\n\thost a: refused\n\thost b: refused"), "orderhub: connect to: host a: refused host b: refused\n"},
		{"store cannot serve", fmt.Errorf("%w (%w)", store.ErrUnavailable, errors.New("disk full")),
			"orderhub: the store cannot serve this now; nothing was changed, try again soon (disk full)\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			complain(&b, tt.err)
			if got := b.String(); got != tt.want {
				t.Errorf("complain wrote %q, want %q", got, tt.want)
			}
		})
	}
}

// TestEnvironmentStandsIn runs without touching the environment of the test.
func TestEnvironmentStandsIn(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"ORDERHUB_DATA": filepath.Join(dir, "from-env")}
	tests := []struct {
		args []string
		made string
	}{
		{[]string{"migrate"}, "from-env"},
		{[]string{"migrate", "--data", filepath.Join(dir, "from-flag")}, "from-flag"},
	}
	for _, tt := range tests {
		var out, errs strings.Builder
		if err := run(t.Context(), tt.args, func(name string) string { return env[name] }, &out, &errs); err != nil {
			t.Fatalf("run(%q): %v", tt.args, err)
		}
		if _, err := os.Stat(filepath.Join(dir, tt.made, "orderhub.db")); err != nil {
			t.Errorf("run(%q) made no store in %s: %v", tt.args, tt.made, err)
		}
		if !strings.HasPrefix(out.String(), "took the step ") || errs.Len() > 0 {
			t.Errorf("run(%q) wrote %q and %q, want the steps and no complaint", tt.args, out.String(), errs.String())
		}
	}
}

func TestFolderOfTheStoreIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := run(t.Context(), []string{"migrate", "--data", dir}, func(string) string { return "" }, t.Output(), t.Output()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("the folder has the rights %o, want 700", got)
	}
}
