package customers_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
)

var update = flag.Bool("update", false, "write the golden files anew")

// kept is a customer with something in every field, also those of its record.
func kept() *orderhub.Customer {
	c := rich()
	c.ID, c.Shop, c.Group, c.Version = 7, 2, 3, 9
	c.CreatedAt, c.UpdatedAt = time.UnixMicro(1).UTC(), time.Date(2026, 5, 3, 12, 0, 0, 1000, time.UTC)
	return c
}

// What is on disks is read for ever: form 1 is exactly what the golden file
// holds.
func TestSnapshotIsFormOne(t *testing.T) {
	const file = "testdata/snapshot1.json"
	got := append(customers.Snapshot(kept()), '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, (-want +got):\n%s", err, cmp.Diff(string(want), string(got)))
	}
	for _, c := range []*orderhub.Customer{kept(), {}} {
		back, err := customers.ParseSnapshot(customers.Snapshot(c))
		if diff := cmp.Diff(c, back); err != nil || diff != "" {
			t.Errorf("read back: %v (-want +got):\n%s", err, diff)
		}
	}
}

// snapshot0.json was printed by commit 0c8e508, of the same customer.
func TestSnapshotOfFormZeroIsRead(t *testing.T) {
	text, err := os.ReadFile("testdata/snapshot0.json")
	if err != nil {
		t.Fatal(err)
	}
	want := kept()
	want.Version = 0
	got, err := customers.ParseSnapshot(text)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestSnapshotThatIsNotUnderstoodIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a member of a newer program": `{"form":1,"loyal":true}`, "a newer form": `{"form":2}`, "a member of no form 0": `{"ID":1,"Loyal":true}`,
		"not JSON": `{`, "two values": `{"form":1}{"form":1}`, "attributes that are none": `{"form":1,"attributes":"[]"}`, "extras that are none": `{"form":1,"extras":"{\"a\":1}"}`,
	} {
		if c, err := customers.ParseSnapshot([]byte(text)); err == nil {
			t.Errorf("%s: read as %+v", name, c)
		}
	}
}

func TestContentIsWithoutVersionAndTimes(t *testing.T) {
	other := kept()
	other.Version, other.CreatedAt, other.UpdatedAt = 1, time.Now(), time.Now()
	if a, b := customers.Content(kept()), customers.Content(other); a != b || len(a) > 22 {
		t.Errorf("content %s and %s", a, b)
	}
	for name, change := range map[string]func(*orderhub.Customer){
		"name": func(c *orderhub.Customer) { c.Name = strings.ToUpper(c.Name) }, "registered": func(c *orderhub.Customer) { c.RegisteredAt = time.Time{} },
		"consents": func(c *orderhub.Customer) { c.Consents = c.Consents[:1] }, "extras": func(c *orderhub.Customer) { delete(c.Extras, "ecdp") },
		"group": func(c *orderhub.Customer) { c.Group = 0 }, "birthday": func(c *orderhub.Customer) { c.Birthday.Day = 1 },
	} {
		c := kept()
		if change(c); customers.Content(c) == customers.Content(kept()) {
			t.Errorf("another %s is the same content", name)
		}
	}
}
