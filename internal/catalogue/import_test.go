package catalogue

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// imported imports changes and returns what became of each.
func imported(t *testing.T, db *store.DB, shop *orderhub.Shop, mode orderhub.Mode, all ...orderhub.ProductChange) []orderhub.Verdict[orderhub.Product] {
	t.Helper()
	dry := rehearsed(t, db, shop, mode, all...)
	var wet []orderhub.Verdict[orderhub.Product]
	err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
		wet, err = ImportAll(t.Context(), tx, shop, all, mode, false)
		return err
	})
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	if got, want := outcomes(wet), outcomes(dry); got != want {
		t.Errorf("the import came to\n%s, its rehearsal to\n%s", got, want)
	}
	return wet
}

func rehearsed(t *testing.T, db *store.DB, shop *orderhub.Shop, mode orderhub.Mode, all ...orderhub.ProductChange) (dry []orderhub.Verdict[orderhub.Product]) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		dry, err = ImportAll(t.Context(), tx, shop, all, mode, true)
		return err
	})
	if err != nil {
		t.Fatalf("rehearse: %v", err)
	}
	return dry
}

// outcomes are verdicts in words, in one text.
func outcomes(all []orderhub.Verdict[orderhub.Product]) string {
	var b strings.Builder
	for _, v := range all {
		b.WriteString(v.Outcome.String())
		for _, e := range orderhub.All(v.Err) {
			fmt.Fprintf(&b, " (%s)", e)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func reverted(t *testing.T, db *store.DB, shop *orderhub.Shop, all ...orderhub.Reversal[orderhub.Product]) (done []bool) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
		done, err = Revert(t.Context(), tx, shop, all)
		return err
	})
	if err != nil {
		t.Fatalf("revert: %v", err)
	}
	return done
}

// reversals are what takes back verdicts, the last one first.
func reversals(all []orderhub.Verdict[orderhub.Product]) (back []orderhub.Reversal[orderhub.Product]) {
	for _, v := range slices.Backward(all) {
		if v.Outcome == orderhub.OutcomeCreated || v.Outcome == orderhub.OutcomeUpdated {
			back = append(back, orderhub.Reversal[orderhub.Product]{
				ID: int64(v.Now.ID), Stamp: v.Now.UpdatedAt, Old: v.Old, Version: v.Now.Version, Content: Content(v.Now)})
		}
	}
	return back
}

// state are all products of a shop with all that is known of them.
func state(t *testing.T, db *store.DB, shop *orderhub.Shop) map[string]orderhub.Product {
	t.Helper()
	all := make(map[string]orderhub.Product)
	for _, p := range productsOf(t, db, shop) {
		all[p.ExternalID] = *p
	}
	return all
}

func TestImportKeepsWhatIsNotGiven(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		shop := newShop(t, db, "main")
		refreshed(t, &Service{DB: db}, shop, file(`<offer id="7" group_id="g"><name>Ковш</name><price>10</price><oldprice>12</oldprice>`+
			`<vendor>Медник</vendor><categoryId>1</categoryId><picture>https://a.example/7.jpg</picture><param name="Цвет">медный</param></offer>`))
		before := state(t, db, shop)["7"]
		clock.Offset = time.Hour
		verdicts := imported(t, db, shop, both, orderhub.ProductChange{
			ExternalID: "7", Price: &(&orderhub.Product{Price: 99_000}).Price, OldPrice: &new(orderhub.Product).OldPrice, Group: new(string),
			Attributes: orderhub.Attributes{{Name: "Объём", Value: []byte(`"2 л"`)}},
		})
		want := before
		want.Price, want.OldPrice, want.Group, want.UpdatedAt = 99_000, 0, "", db.Now()
		want.Version++
		want.Attributes = before.Attributes.Merge(orderhub.Attributes{{Name: "Объём", Value: []byte(`"2 л"`)}})
		if d := diff.Diff(want, state(t, db, shop)["7"]); d != "" || !want.Fed {
			t.Errorf("the product is not what was wanted: %s", d)
		}
		if d := diff.Diff(orderhub.Verdict[orderhub.Product]{Outcome: orderhub.OutcomeUpdated, Old: &before, Now: &want}, verdicts[0]); d != "" {
			t.Errorf("the verdict: %s", d)
		}
		whole := imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "7", Whole: &orderhub.Product{Name: "Ковш", Price: 99_000, Available: true}})
		if p := whole[0].Now; len(p.Pictures)+len(p.Attributes)+len(p.Categories) > 0 || p.Brand != "" || !p.Fed || p.Currency != "RUB" {
			t.Errorf("a whole product left %+v", p)
		}
	})
}

func TestImportRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		imported(t, db, shop, both, orderhub.ProductChange{ExternalID: "old", Name: new("Ковш")})
		onlyNew, onlyOld := orderhub.Mode{New: true}, orderhub.Mode{Existing: true}
		known, unknown := "conflict (external_id is known, and what is there is to stay as it is)", "conflict (external_id is not known, and nothing new is to be made)"
		for _, tt := range []struct {
			mode   orderhub.Mode
			change orderhub.ProductChange
			want   string
		}{
			{both, orderhub.ProductChange{ExternalID: "old"}, "unchanged"},
			{both, orderhub.ProductChange{ExternalID: "old", Name: new("Ковш")}, "unchanged"},
			{both, orderhub.ProductChange{ExternalID: "old", Name: new(string)}, "invalid (name can't be blank)"},
			{both, orderhub.ProductChange{ExternalID: "new", Price: &(&orderhub.Product{Price: -1}).Price, URL: new("shop")},
				"invalid (name can't be blank) (price must not be negative) (url is not a web address; send one that begins with https://)"},
			{both, orderhub.ProductChange{Name: new("x")}, "invalid (external_id can't be blank)"},
			{both, orderhub.ProductChange{ExternalID: "a\x00", Name: new("x")}, "invalid (external_id contains a NUL character)"},
			{both, orderhub.ProductChange{ExternalID: "new", Whole: new(orderhub.Product)}, "invalid (name can't be blank)"},
			{onlyNew, orderhub.ProductChange{ExternalID: "old", Name: new("Ковш")}, known},
			{onlyNew, orderhub.ProductChange{ExternalID: "old", Whole: &orderhub.Product{Name: "Ковш", Available: true}}, known},
			{onlyOld, orderhub.ProductChange{ExternalID: "new", Name: new("Ковш")}, unknown},
			{onlyOld, orderhub.ProductChange{ExternalID: "new", Whole: &orderhub.Product{Name: "Ковш"}}, unknown},
			{onlyNew, orderhub.ProductChange{ExternalID: "old", Name: new(string)}, strings.Replace("invalid (name can't be blank)"+known, "conflict", "", 1)},
		} {
			if got := strings.TrimSpace(outcomes(imported(t, db, shop, tt.mode, tt.change))); got != tt.want {
				t.Errorf("%+v: %s, want %s", tt.change, got, tt.want)
			}
		}
		if got := state(t, db, shop); len(got) != 1 {
			t.Errorf("there are %v", got)
		}
	})
}

// What was changed since stays; what is taken back is taken back once.
func TestRevertLeavesWhatWasTouched(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s, shop, other := &Service{DB: db}, newShop(t, db, "main"), newShop(t, db, "other")
		named := func(ids ...string) (all []orderhub.ProductChange) {
			for _, id := range ids {
				all = append(all, orderhub.ProductChange{ExternalID: id, Name: new("Ковш " + clock.Now().String())})
			}
			return all
		}
		imported(t, db, shop, both, named("1", "2")...)
		clock.Offset = time.Hour
		verdicts := imported(t, db, shop, both, named("1", "2", "3", "4")...)
		clock.Offset = 2 * time.Hour
		touched := []*orderhub.Product{{ExternalID: "2", Name: "Кружка", Available: true}, {ExternalID: "4", Name: "Кружка", Available: true}}
		if err := s.Put(t.Context(), shop, touched); err != nil {
			t.Fatal(err)
		}
		back := reversals(verdicts) // of 4, 3, 2, 1
		if done := reverted(t, db, other, back...); !slices.Equal(done, []bool{true, true, false, false}) {
			t.Errorf("another shop, which has none of them: %v", done)
		}
		for range 2 {
			if done := reverted(t, db, shop, back...); !slices.Equal(done, []bool{false, true, false, true}) {
				t.Errorf("taken back: %v, want 3 and 1", done)
			}
		}
		got := state(t, db, shop)
		if _, there := got["3"]; there || len(got) != 3 || got["1"].Name != "Ковш "+storetest.Noon.String() || got["1"].Version != 3 || !got["1"].UpdatedAt.After(got["4"].UpdatedAt) ||
			got["2"].Name != "Кружка" || got["4"].Name != "Кружка" {
			t.Errorf("there are %+v", got)
		}
		again := imported(t, db, shop, both, named("3")...)
		if again[0].Now.ID == verdicts[2].Now.ID {
			t.Error("an ID was given twice")
		}
		if done := reverted(t, db, shop, back[1]); !done[0] || len(state(t, db, shop)) != 4 {
			t.Errorf("a product that was made anew went with the one before it: %v", done)
		}
	})
}

// Files of all sorts, in any sequence, rehearsed, imported, imported again, and
// taken back: the products are what they were.
func TestImportAndBack(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 1))
		s, shop, other := &Service{DB: db}, newShop(t, db, "main"), newShop(t, db, "other")
		refreshed(t, s, shop, bowls(1, 20, "5"))
		refreshed(t, s, shop, bowls(6, 20, "5")) // five are withdrawn
		for _, one := range []*orderhub.Shop{shop, other} {
			imported(t, db, one, both, someProducts(random, 30)...)
		}
		type moment struct {
			before map[string]orderhub.Product
			back   []orderhub.Reversal[orderhub.Product]
		}
		var moments []moment
		changed := 0
		for range 12 {
			clock.Offset += time.Minute
			mode := []orderhub.Mode{both, both, {New: true}, {Existing: true}}[random.IntN(4)]
			all := someProducts(random, 1+random.IntN(60))
			before := state(t, db, shop)
			verdicts := imported(t, db, shop, mode, all...)
			after := state(t, db, shop)
			wantEvents(t, db, shop)
			wantState(t, after, before, verdicts)
			if d := diff.Diff(outcomes(settled(verdicts, mode)), outcomes(rehearsed(t, db, shop, mode, all...))); d != "" {
				t.Errorf("imported again: %s", d)
			}
			moments = append(moments, moment{before, travelled(t, reversals(verdicts))})
			changed += len(moments[len(moments)-1].back)
		}
		if changed < 50 {
			t.Errorf("only %d products were stored: the test tests little", changed)
		}
		others := state(t, db, other)
		for i, m := range slices.Backward(moments) {
			for range 2 {
				if done := reverted(t, db, shop, m.back...); slices.Contains(done, false) {
					t.Errorf("import %d: not all was taken back: %v", i, done)
				}
			}
			if d := diff.Diff(m.before, state(t, db, shop), cmpopts.IgnoreFields(orderhub.Product{}, "Version", "UpdatedAt")); d != "" {
				t.Fatalf("import %d taken back: %s", i, d)
			}
			wantEvents(t, db, shop)
		}
		if d := diff.Diff(others, state(t, db, other)); d != "" {
			t.Errorf("another shop: %s", d)
		}
	})
}

// Imports of the same new products at once: each product is made once, and
// none waits for ever.
func TestImportsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		var created atomic.Int64
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				var all []orderhub.ProductChange
				for _, id := range rand.Perm(120) {
					all = append(all, orderhub.ProductChange{ExternalID: fmt.Sprint(id), Whole: &orderhub.Product{Name: fmt.Sprint("Ковш ", n)}})
				}
				for batch := range slices.Chunk(all, 50) {
					var verdicts []orderhub.Verdict[orderhub.Product]
					err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
						verdicts, err = ImportAll(t.Context(), tx, shop, batch, both, false)
						return err
					})
					if err != nil {
						t.Errorf("import: %v", err)
					}
					for _, v := range verdicts {
						if v.Outcome == orderhub.OutcomeCreated {
							created.Add(1)
						}
					}
				}
			})
		}
		wg.Wait()
		if n := len(state(t, db, shop)); n != 120 || created.Load() != 120 {
			t.Errorf("%d products are there, %d were told to be created, want 120", n, created.Load())
		}
		if n := storetest.Deadlocks(t, db); n > 0 {
			t.Errorf("%d circles of transactions that waited for each other", n)
		}
	})
}

// wantState says where the products are not what verdicts told.
func wantState(t *testing.T, got, before map[string]orderhub.Product, verdicts []orderhub.Verdict[orderhub.Product]) {
	t.Helper()
	want := maps.Clone(before)
	for _, v := range verdicts {
		if v.Now != nil {
			if v.Old != nil && diff.Diff(before[v.Now.ExternalID], *v.Old) != "" {
				t.Errorf("%s was not %+v before", v.Now.ExternalID, *v.Old)
			}
			want[v.Now.ExternalID] = *v.Now
		}
	}
	if d := diff.Diff(want, got); d != "" {
		t.Errorf("the products are not what was told: %s", d)
	}
}

// settled are the verdicts of the same changes when they come again.
func settled(all []orderhub.Verdict[orderhub.Product], mode orderhub.Mode) []orderhub.Verdict[orderhub.Product] {
	all = slices.Clone(all)
	for i, v := range all {
		if v.Outcome.Refused() {
			continue
		}
		if all[i].Outcome = orderhub.OutcomeUnchanged; !mode.Existing {
			all[i] = orderhub.Verdict[orderhub.Product]{Outcome: orderhub.OutcomeConflict,
				Err: orderhub.Wrong("external_id", "is known, and what is there is to stay as it is")}
		}
	}
	return all
}

// travelled are reversals as the log of an import gives them back.
func travelled(t *testing.T, all []orderhub.Reversal[orderhub.Product]) (read []orderhub.Reversal[orderhub.Product]) {
	t.Helper()
	b, err := json.Marshal(all)
	if err == nil {
		err = json.Unmarshal(b, &read)
	}
	if d := diff.Diff(all, read); d != "" || err != nil {
		t.Fatalf("a product does not survive JSON: %v %s", err, d)
	}
	return read
}

// someProducts are changes of different products out of about eighty.
func someProducts(random *rand.Rand, n int) (all []orderhub.ProductChange) {
	pick := func(texts ...string) *string {
		if random.IntN(3) == 0 {
			return nil
		}
		return &texts[random.IntN(len(texts))]
	}
	for _, id := range random.Perm(80)[:n] {
		c := orderhub.ProductChange{
			ExternalID: fmt.Sprint(id), Name: pick("Ковш", "Миска «Ёж»", "Кружка", ""), Brand: pick("", "Медник", "Miedź"), Group: pick("", "g1", "g2"),
			VendorCode: pick("", "MD-1"), URL: pick("", "https://soroka.example/p?a=1&b=<2>", "нет"), Description: pick("", "<p>Ковш & миска</p>\n\u2028"),
		}
		if random.IntN(2) == 0 {
			p := []*orderhub.Product{{Price: 1_000, OldPrice: 2_000}, {Price: -1, Currency: "EUR"}, {Price: 15, Currency: "PLN", Available: true}}[random.IntN(3)]
			c.Price, c.OldPrice, c.Available, c.Currency = &p.Price, &p.OldPrice, &p.Available, &p.Currency
		}
		if random.IntN(2) == 0 {
			c.Pictures, c.Categories = &[]string{"https://soroka.example/1.jpg"}, new([]string{"Посуда", "Ковши & миски"}[:random.IntN(3)])
			c.Attributes = orderhub.Attributes{{Name: "Цвет", Value: []byte(cmp.Or(*cmp.Or(pick(`"медный"`, `null`, `"<b>&</b>"`), new(string)), `{"a":[1.50,"я"]}`))}}
		}
		if random.IntN(3) == 0 {
			whole := orderhub.Product{Available: true}
			c.Apply(&whole)
			c = orderhub.ProductChange{ExternalID: c.ExternalID, Whole: &whole}
		}
		all = append(all, c)
	}
	return all
}
