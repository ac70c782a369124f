package catalogue

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// kept is a product with something in every field.
func kept(t testing.TB) *orderhub.Product {
	t.Helper()
	attributes, err := orderhub.ParseAttributes([]byte(`{"Цвет":"медный <b>","вес":1.50,"прочее":{"a":[1,null,"я&"]},"нет":null}`))
	if err != nil {
		t.Fatal(err)
	}
	return &orderhub.Product{
		ID: 7, Shop: 2, ExternalID: "ЧМ-2", Group: "ЧМ", Name: "Чайник «Медник»", Brand: "Медник", VendorCode: "MD-2",
		URL: "https://soroka.example/p/2?a=1&b=2", Price: 18_905_000, OldPrice: 21_000_000, Currency: "RUB",
		Pictures: []string{"https://soroka.example/i/1.jpg", "https://soroka.example/i/2.jpg"}, Categories: []string{"Кухня", "Чайники"},
		Description: "<p>Свистит</p>\u2028", Attributes: attributes, Available: true, Fed: true,
		CreatedAt: time.UnixMicro(1).UTC(), UpdatedAt: time.Date(2026, 5, 3, 12, 0, 0, 1000, time.UTC), Version: 9,
	}
}

// What is on disks is read for ever: form 1 is exactly what the golden file
// holds.
func TestSnapshotIsFormOne(t *testing.T) {
	const file = "testdata/snapshot1.json"
	got := append(Snapshot(kept(t)), '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, (-want +got):\n%s", err, cmp.Diff(string(want), string(got)))
	}
	for _, p := range []*orderhub.Product{kept(t), {}} {
		back, err := ParseSnapshot(Snapshot(p))
		if diff := cmp.Diff(p, back); err != nil || diff != "" {
			t.Errorf("read back: %v (-want +got):\n%s", err, diff)
		}
	}
}

// snapshot0.json was printed by commit 4e606a1, of the same product.
func TestSnapshotOfFormZeroIsRead(t *testing.T) {
	text, err := os.ReadFile("testdata/snapshot0.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []int64{9, 0} { // the first programs had no versions
		if version == 0 {
			text = bytes.Replace(text, []byte(`,"Version":9`), nil, 1)
		}
		want := kept(t)
		want.Version = version
		got, err := ParseSnapshot(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

func TestSnapshotThatIsNotUnderstoodIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a member of a newer program": `{"form":1,"weight":1}`, "a newer form": `{"form":2}`, "a member of no form 0": `{"ID":1,"Weight":1}`,
		"not JSON": `{`, "two values": `{"form":1}{"form":1}`, "attributes that are none": `{"form":1,"attributes":"[]"}`, "attributes of form 0 that are none": `{"Attributes":"[]"}`,
	} {
		if p, err := ParseSnapshot([]byte(text)); err == nil {
			t.Errorf("%s: read as %+v", name, p)
		}
	}
}

func TestContentIsWithoutVersionAndTimes(t *testing.T) {
	other := kept(t)
	other.Version, other.CreatedAt, other.UpdatedAt = 1, time.Now(), time.Now()
	if a, b := Content(kept(t)), Content(other); a != b || len(a) > 22 {
		t.Errorf("content %s and %s", a, b)
	}
	for name, change := range map[string]func(*orderhub.Product){
		"name": func(p *orderhub.Product) { p.Name = strings.ToUpper(p.Name) }, "price": func(p *orderhub.Product) { p.Price++ },
		"pictures": func(p *orderhub.Product) { p.Pictures = p.Pictures[:1] }, "attributes": func(p *orderhub.Product) { p.Attributes = nil },
		"available": func(p *orderhub.Product) { p.Available = false }, "fed": func(p *orderhub.Product) { p.Fed = false },
	} {
		p := kept(t)
		if change(p); Content(p) == Content(kept(t)) {
			t.Errorf("another %s is the same content", name)
		}
	}
}

// What an import stored before products had events is undone by the time that it
// wrote.
func TestRevertOfAnOldImport(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		shop := newShop(t, db, "main")
		imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "1", Name: new("Ковш")}, orderhub.ProductChange{ExternalID: "2", Name: new("Ковш")})
		clock.Offset = time.Hour
		verdicts := imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "1", Name: new("Миска")},
			orderhub.ProductChange{ExternalID: "2", Name: new("Миска")}, orderhub.ProductChange{ExternalID: "3", Name: new("Миска")})
		clock.Offset = 2 * time.Hour
		imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "2", Name: new("Кружка")})
		imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "2", Name: new("Миска")}) // which an old import cannot know
		back := reversals(verdicts)
		for i := range back {
			back[i].Version, back[i].Content = 0, ""
		}
		if done := reverted(t, db, shop, back...); !done[0] || done[1] || !done[2] {
			t.Errorf("taken back: %v, want 3 and 1", done)
		}
		got := state(t, db, shop)
		if len(got) != 2 || got["1"].Name != "Ковш" || got["2"].Name != "Миска" {
			t.Errorf("there are %+v", got)
		}
		wantEvents(t, db, shop)
	})
}

// A product that was changed since an import and then back again is as the
// import has left it, and is undone.
func TestRevertOfWhatWasChangedAndChangedBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "1", Name: new("Ковш")})
		verdicts := imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "1", Name: new("Миска")})
		imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "1", Name: new("Кружка")})
		if done := reverted(t, db, shop, reversals(verdicts)...); done[0] {
			t.Error("a product that was changed since was taken back")
		}
		imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "1", Name: new("Миска")})
		if done := reverted(t, db, shop, reversals(verdicts)...); !done[0] {
			t.Error("a product that was changed back was not taken back")
		}
		if p := state(t, db, shop)["1"]; p.Name != "Ковш" || p.Version != 5 {
			t.Errorf("the product is %+v", p)
		}
		wantEvents(t, db, shop)
	})
}
