package catalogue

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestPutAndFind(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s := &Service{DB: db}
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		put := func(name string) *orderhub.Product {
			p := &orderhub.Product{ExternalID: "1", Name: name, Price: 10_000, Available: true}
			if err := s.Put(t.Context(), shop, []*orderhub.Product{p, {ExternalID: "2", Name: "Ложка"}}); err != nil {
				t.Fatalf("put: %v", err)
			}
			return p
		}
		first := put("Миска")
		clock.Offset = 1e9
		if same := put("Миска"); cmp.Diff(first, same) != "" || same.Currency != "RUB" {
			t.Errorf("put again unchanged: %+v, want %+v", same, first)
		}
		changed := put("Миска синяя")
		if changed.ID != first.ID || !changed.CreatedAt.Equal(first.CreatedAt) || !changed.UpdatedAt.Equal(db.Now()) {
			t.Errorf("put again: %+v, want the same product, changed now", changed)
		}
		found, err := s.Find(t.Context(), shop, "1", "2", "3")
		if err != nil || len(found) != 2 || cmp.Diff(changed, found["1"]) != "" {
			t.Errorf("found %v, %v, want 1 and 2", found, err)
		}
		if found, err := s.Find(t.Context(), other, "1"); err != nil || len(found) != 0 {
			t.Errorf("another shop found %v, %v", found, err)
		}
	})
}

func TestPutRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &Service{DB: db}
		shop := newShop(t, db, "main")
		err := s.Put(t.Context(), shop, []*orderhub.Product{
			{ExternalID: "1", Name: "Миска"}, {ExternalID: "1", Name: "Ложка"}, {}, {ExternalID: "4", Name: "x", Price: -1, URL: "ftp://x", Currency: "рубль"},
		})
		var fields []string
		for _, e := range orderhub.All(err) {
			fields = append(fields, e.Field)
		}
		want := "products[1].external_id products[2].external_id products[2].name products[3].price products[3].currency products[3].url"
		if got := strings.Join(fields, " "); got != want {
			t.Errorf("faults in %s, want %s", got, want)
		}
		wantContents(t, s, shop, map[string]string{})
		if err := s.Put(t.Context(), shop, make([]*orderhub.Product, MaxPut+1)); orderhub.KindOf(err) != orderhub.TooLarge {
			t.Errorf("too many at once: %v", err)
		}
	})
}

// Orders find their products by the shop's ids, whichever came first.
func TestOf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &Service{DB: db}
		a, b := newShop(t, db, "a"), newShop(t, db, "b")
		orders := []*orderhub.Order{
			{Shop: a.ID, Lines: []orderhub.Line{{Product: "1"}, {Product: "045"}, {Name: "no id"}, {Product: "1"}}},
			{Shop: b.ID, Lines: []orderhub.Line{{Product: "1"}, {Product: "\x00"}}}, {Shop: a.ID},
		}
		names := func() (all []string) {
			err := db.View(t.Context(), func(tx *store.Tx) error {
				goods, err := Of(t.Context(), tx, orders...)
				for _, o := range orders {
					for i := range o.Lines {
						if p := goods.For(o.Shop, &o.Lines[i]); p == nil {
							all = append(all, "-")
						} else {
							all = append(all, p.Name)
						}
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if got := strings.Join(names(), ","); got != "-,-,-,-,-,-" {
			t.Errorf("before the catalogue came the products are %s", got)
		}
		refreshed(t, s, a, file(offer("1", "10"), offer("45", "20")))
		refreshed(t, s, b, file(`<offer id="1"><name>Ковш</name></offer>`))
		if got := strings.Join(names(), ","); got != "Миска 1,-,-,Миска 1,Ковш,-" {
			t.Errorf("the products are %s", got)
		}
		refreshed(t, s, a, file(offer("45", "20"))) // left the feed, and is known still
		if got := strings.Join(names(), ","); got != "Миска 1,-,-,Миска 1,Ковш,-" {
			t.Errorf("after one has left the feed the products are %s", got)
		}
	})
}
