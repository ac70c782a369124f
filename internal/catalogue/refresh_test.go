package catalogue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/feed"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestRefresh(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &Service{DB: db, Batch: 3}
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		refreshed(t, s, other, bowls(1, 20, "7"))
		if err := s.Put(t.Context(), shop, []*orderhub.Product{{ExternalID: "own", Name: "Ложка", Available: true}, {ExternalID: "3", Name: "x"}}); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			name, feed string
			want       [6]int // offers, created, changed, unchanged, unavailable, bad
		}{
			{"first", bowls(1, 10, "5"), [6]int{10, 9, 1, 0, 0, 0}},
			{"again", bowls(1, 10, "5"), [6]int{10, 0, 0, 10, 0, 0}},
			{"a price", file(offer(1, "6")) + "", [6]int{1, 0, 1, 0, 9, 0}},
			{"the same", file(offer(1, "6")), [6]int{1, 0, 0, 1, 0, 0}},
			{"back", bowls(1, 10, "5"), [6]int{10, 0, 10, 0, 0, 0}},
			{"bad ones stay as they are", file(offer(1, "x"), offer(2, "5"), offer(2, "9"), `<offer id="3"/>`, `<offer/>`), [6]int{5, 0, 0, 1, 7, 4}},
		} {
			r := refreshed(t, s, shop, step.feed)
			if got := counts(r); got != step.want {
				t.Errorf("%s: counts %v, want %v; %+v", step.name, got, step.want, r.Faults)
			}
		}
		want := map[string]string{"own": "0", "1": "5", "2": "5", "3": "5"}
		for i := 4; i <= 10; i++ {
			want[fmt.Sprint(i)] = "gone"
		}
		wantContents(t, s, shop, want)
		if got := contents(t, s, other); len(got) != 20 || got["20"] != "7" {
			t.Errorf("another shop's catalogue became %v", got)
		}
	})
}

// The same id twice is told, in one batch and in two, and the first counts.
func TestRefreshTellsWhatIsBad(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &Service{DB: db, Batch: 2}
		shop := newShop(t, db, "main")
		r := refreshed(t, s, shop, file(offer(1, "1"), offer(1, "2"), offer(2, "1"), offer(3, "1"), offer(1, "3"), offer(4, "?")))
		var got []string
		for _, f := range r.Faults {
			got = append(got, fmt.Sprintf("%d:%s:%.15s", f.Line, f.Offer, f.Reason))
		}
		want := "4:1:the same id is |7:1:the same id is |8:4:price \"?\" is no"
		if strings.Join(got, "|") != want {
			t.Errorf("faults %s, want %s", strings.Join(got, "|"), want)
		}
		wantContents(t, s, shop, map[string]string{"1": "1", "2": "1", "3": "1"})

		many := refreshed(t, s, shop, strings.Replace(bowls(1, 1, "1"), "</offers>", strings.Repeat("<offer/>", orderhub.MaxFaults)+"</offers>", 1))
		if len(many.Faults) != orderhub.MaxFaults || many.More == 0 || many.Bad != orderhub.MaxFaults {
			t.Errorf("%d faults listed and %d more of %d bad offers", len(many.Faults), many.More, many.Bad)
		}
	})
}

// A file that cannot be used changes nothing and leaves no file behind.
func TestBrokenFeedChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dir := t.TempDir()
		s := &Service{DB: db, Batch: 10, Dir: dir, Limits: feed.Limits{Bytes: 1 << 20}}
		shop := newShop(t, db, "main")
		refreshed(t, s, shop, bowls(1, 5, "5"))
		before := contents(t, s, shop)
		whole := bowls(1, 300, "6")
		for name, tt := range map[string]struct {
			source io.Reader
			want   orderhub.Kind
		}{
			"cut":          {strings.NewReader(whole[:len(whole)-20]), orderhub.Malformed},
			"broken late":  {strings.NewReader(strings.Replace(whole, "Миска 300", "Миска & 300", 1)), orderhub.Malformed},
			"another kind": {strings.NewReader("number;price\n1;2\n"), orderhub.Malformed},
			"empty":        {strings.NewReader(""), orderhub.Malformed},
			"no offers":    {strings.NewReader(file()), orderhub.Invalid},
			"all bad":      {strings.NewReader(file("<offer/>", `<offer id="1"/>`)), orderhub.Invalid},
			"too large":    {strings.NewReader(whole + strings.Repeat(" ", 1<<20)), orderhub.TooLarge},
			"cut off":      {io.MultiReader(strings.NewReader(whole[:5000]), broken{}), orderhub.Internal},
		} {
			_, err := s.Refresh(t.Context(), shop, tt.source)
			if err == nil || orderhub.KindOf(err) != tt.want {
				t.Errorf("%s: %v, want the kind %d", name, err, tt.want)
			}
			wantContents(t, s, shop, before)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("files left behind: %v, %v", left, err)
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the line is cut") }

// Refreshes that are stopped at any moment, one after the other, come to the
// same catalogue as one that is not.
func TestStoppedRefreshesGoOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &Service{DB: db, Batch: 20}
		shop, calm := newShop(t, db, "main"), newShop(t, db, "calm")
		for _, one := range []*orderhub.Shop{shop, calm} {
			refreshed(t, s, one, bowls(1, 400, "5"))
		}
		next := bowls(201, 700, "6")
		began := time.Now()
		refreshed(t, s, calm, next)
		whole := time.Since(began)
		stopped, created, gone := 0, 0, 0
		for n := range 200 {
			if stopped == 10 {
				break
			}
			// What is stored already goes faster, so stops come ever earlier.
			ctx, stop := context.WithTimeout(t.Context(), time.Duration(rand.Int64N(int64(whole)/int64(1+n/4))))
			r, err := s.Refresh(ctx, shop, strings.NewReader(next))
			stop()
			created, gone = created+r.Created, gone+r.Unavailable
			if errors.Is(err, context.DeadlineExceeded) {
				stopped++
			} else if err != nil {
				t.Fatalf("a stopped refresh: %v", err)
			}
			for id, price := range contents(t, s, shop) {
				if price != "5" && price != "6" && price != "gone" {
					t.Fatalf("in between, %s costs %s", id, price)
				}
			}
		}
		if stopped == 0 {
			t.Error("no refresh was stopped: the test tests nothing")
		}
		r := refreshed(t, s, shop, next)
		if created, gone = created+r.Created, gone+r.Unavailable; created != 300 || gone != 200 {
			t.Errorf("%d created and %d gone in all, want 300 and 200", created, gone)
		}
		wantContents(t, s, shop, contents(t, s, calm))
	})
}

// Refreshes of one shop at once take turns: each finds the whole of another.
func TestRefreshesTakeTurns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		feeds := []string{bowls(1, 60, "1"), bowls(31, 90, "2"), bowls(61, 120, "3")}
		var wg sync.WaitGroup
		for i, f := range feeds {
			s := &Service{DB: db, Batch: 7} // as in programs of their own
			wg.Go(func() {
				if r, err := s.Refresh(t.Context(), shop, strings.NewReader(f)); err != nil || r.Offers != 60 {
					t.Errorf("refresh: %+v, %v", r, err)
				}
			})
			wg.Go(func() {
				if _, err := s.Refresh(t.Context(), other, strings.NewReader(bowls(i, i+50, "4"))); err != nil {
					t.Errorf("refresh of another shop: %v", err)
				}
			})
		}
		wg.Wait()
		available := map[string]int{}
		for _, price := range contents(t, &Service{DB: db}, shop) {
			available[price]++
		}
		if available["1"]+available["2"]+available["3"] != 60 || available["1"]%60+available["2"]%60+available["3"]%60 != 0 {
			t.Errorf("products by price: %v, want 60 of one feed alone", available)
		}
	})
}

// A refresh that stood still until another took over writes nothing more.
func TestOvertakenRefreshStops(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s := &Service{DB: db, Batch: 1}
		shop := newShop(t, db, "main")
		old, err := s.takeTurn(t.Context(), shop.ID)
		if err != nil {
			t.Fatal(err)
		}
		clock.Offset = 2 * turnTime
		refreshed(t, s, shop, bowls(1, 3, "2"))
		r := refresh{s: s, shop: shop, turn: old, size: 1}
		if err := r.run(t.Context(), strings.NewReader(bowls(2, 2, "1"))); !errors.Is(err, errOvertaken) {
			t.Errorf("the old refresh: %v, want %v", err, errOvertaken)
		}
		wantContents(t, s, shop, map[string]string{"1": "2", "2": "2", "3": "2"})
	})
}

// A product that was left out before products had events has no mark. A feed with
// the product as it is stored changes nothing of it, and the next feed need not
// read it whole.
func TestMissingMarksAreStored(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s, shop := &Service{DB: db}, newShop(t, db, "main")
		gone := `<offer id="2" available="false"><name>Миска 2</name><price>5</price><categoryId>1</categoryId></offer>`
		refreshed(t, s, shop, file(offer(1, "5"), gone))
		before := state(t, db, shop)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `update products set print = $1 where external_id = $2`, []byte{}, "2")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			clock.Offset += time.Hour
			if r := refreshed(t, s, shop, file(offer(1, "5"), gone)); r.Unchanged != 2 {
				t.Errorf("the report is %+v, want nothing changed", r)
			}
		}
		if d := cmp.Diff(before, state(t, db, shop)); d != "" {
			t.Errorf("the products (-before +after):\n%s", d)
		}
		err = db.View(t.Context(), func(tx *store.Tx) error {
			marks, err := tx.Shop(shop.ID).ProductMarks(t.Context(), []string{"2"})
			if p := before["2"]; !marks["2"].Of(&p) {
				t.Error("the mark was not stored")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		wantEvents(t, db, shop)
	})
}

// A refresh extends its turn whenever it writes, and from time to time when there
// is nothing to write.
func TestRefreshKeepsItsTurn(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s, shop := &Service{DB: db}, newShop(t, db, "main")
		turn, err := s.takeTurn(t.Context(), shop.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"1", "2", "1", "2"} { // the second time nothing has changed
			clock.Offset += 2 * turnTime / 3
			r := refresh{s: s, shop: shop, turn: turn, size: 1, lines: make(map[string]int)}
			r.take(feed.Offer{ID: id, Line: 1, Product: &orderhub.Product{ExternalID: id, Name: "Миска"}})
			if err := r.write(t.Context()); err != nil {
				t.Fatalf("write: %v", err)
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				other, err := tx.Shop(shop.ID).TakeTurn(t.Context(), tx.Now())
				if other != 0 {
					t.Errorf("after %v another refresh has the turn %d", clock.Offset, other)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		wantContents(t, s, shop, map[string]string{"1": "gone", "2": "gone"})
		wantEvents(t, db, shop)
	})
}

// A product that a shop puts while a feed is taken in is not lost.
func TestPutBesideRefresh(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &Service{DB: db, Batch: 5}
		shop := newShop(t, db, "main")
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for n := range 10 {
					p := []*orderhub.Product{{ExternalID: fmt.Sprintf("own-%d-%d", i, n), Name: "Ложка", Available: true}, {ExternalID: fmt.Sprint(n + 1), Name: "x", Available: true}}
					if err := s.Put(t.Context(), shop, p); err != nil {
						t.Errorf("put: %v", err)
					}
				}
			})
		}
		wg.Go(func() {
			if _, err := s.Refresh(t.Context(), shop, strings.NewReader(bowls(1, 100, "5"))); err != nil {
				t.Errorf("refresh: %v", err)
			}
		})
		wg.Wait()
		refreshed(t, s, shop, bowls(1, 100, "5"))
		got := contents(t, s, shop)
		if len(got) != 140 || got["1"] != "5" || got["own-3-9"] != "0" {
			t.Errorf("%d products, 1 at %q, own-3-9 at %q; want 140, 5 and 0", len(got), got["1"], got["own-3-9"])
		}
	})
}

func TestIDs(t *testing.T) {
	var s ids
	for _, id := range []orderhub.ProductID{1, 63, 64, 4095, 4096, 1 << 40} {
		if s.has(id) || s.named(id) {
			t.Errorf("%d is in the empty set", id)
		}
		s.add(id)
		s.spare(id + 1_000_000)
		if !s.has(id) || !s.named(id) || s.has(id+1) && id != 63 || s.has(id+1_000_000) || !s.named(id+1_000_000) {
			t.Errorf("the set with %d is wrong", id)
		}
	}
}
