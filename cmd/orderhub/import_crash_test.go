package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"orderhub/internal/store/storetest"
)

var (
	importRows  = flag.Int("import-rows", 5_000, "how many rows the import has that TestImportCrash kills")
	importKills = flag.Int("import-kills", 5, "how often TestImportCrash kills it, on each database")
)

// TestImportCrash kills an import at random moments, lets it go on, and
// compares the store with that of an import that nobody disturbed: by an export
// of all customers, and by the report.
func TestImportCrash(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		importCrash(t, place{Data: t.TempDir()}, place{Data: t.TempDir()})
	})
	if os.Getenv(storetest.Env) != "" {
		t.Run("postgres", func(t *testing.T) {
			importCrash(t, place{Data: t.TempDir(), Database: storetest.Database(t)}, place{Data: t.TempDir(), Database: storetest.Database(t)})
		})
	}
}

func importCrash(t *testing.T, quiet, disturbed place) {
	file := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(file, manyCustomers(*importRows), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := newTrial(t, quiet)
	began := time.Now()
	want := whole.command(t, "import", "customers", file, "--shop", "main", "--json")
	took := time.Since(began)

	random := chance(t)
	tr := newTrial(t, disturbed)
	args := []string{"import", "customers", file, "--shop", "main", "--json", "--lease", "100ms"}
	for range *importKills {
		if !tr.cut(t, time.Duration(random.Int64N(int64(took)/int64(*importKills)+1)), args) {
			break
		}
		if strings.TrimSpace(tr.command(t, "import", "list", "--shop", "main")) != importListHead {
			args = []string{"import", "run", "1", "--shop", "main", "--json", "--lease", "100ms"}
		}
	}
	got := tr.command(t, append(args[:len(args):len(args)], "--json")...)
	if want, got := comparable(want), comparable(got); want != got {
		t.Errorf("undisturbed:\n%s\nkilled:\n%s", want, got)
	}
	if want, got := whole.customers(t), tr.customers(t); !bytes.Equal(want, got) {
		t.Errorf("the stores differ: %d bytes of customers undisturbed, %d after the kills", len(want), len(got))
	}
	tr.command(t, "check")
	t.Logf("%d rows, undisturbed in %v", *importRows, took)
}

const importListHead = "IMPORT  KIND  STATE  FILE  CREATED  UPDATED  UNCHANGED  CONFLICT  INVALID  AT"

// cut starts a command and kills it after a while. It reports false when the
// command has ended before.
func (tr *trial) cut(t *testing.T, after time.Duration, args []string) bool {
	t.Helper()
	cmd := tr.run(args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	cmd.Process.Kill()
	err := cmd.Wait()
	_, cut := err.(*exec.ExitError)
	return cut
}

// comparable is a report without what two imports of one file do not share.
func comparable(report string) string {
	return regexp.MustCompile(`"(import|undo_until)": "?[0-9-]+"?`).ReplaceAllString(report[strings.Index(report, "{"):], "")
}

// customers are all customers of the shop, as an export has them.
func (tr *trial) customers(t *testing.T) []byte {
	t.Helper()
	out, err := tr.run("export", "customers", "--shop", "main").Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// manyCustomers is a file of customers, of whom one in a hundred is bad.
func manyCustomers(n int) []byte {
	var b bytes.Buffer
	b.WriteString("external_id,email,name,phone,created_at,city\n")
	for i := range n {
		email := fmt.Sprintf("buyer%d@shop.example", i)
		if i%100 == 50 {
			email = "nobody"
		}
		fmt.Fprintf(&b, "b-%d,%s,Ольга Рек %d,+7812%07d,2019-05-01 10:20:30,Псков\n", i, email, i, i)
	}
	return b.Bytes()
}
