package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/productdb"
	"orderhub/internal/store/storetest"
)

// furnishCatalogue gives a shop a product, a turn and a feed.
func furnishCatalogue(ctx context.Context, tx *store.Tx, shop *orderhub.Shop) error {
	p := &orderhub.Product{Shop: shop.ID, ExternalID: "45", Name: "Ботинки", CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1}
	if err := number(ctx, tx, productdb.ProductTable, &p.ID); err != nil {
		return err
	}
	if err := tx.Shop(shop.ID).AddProducts(ctx, []*orderhub.Product{p}); err != nil {
		return err
	}
	if _, err := tx.Shop(shop.ID).TakeTurn(ctx, tx.Now().Add(time.Minute)); err != nil {
		return err
	}
	return tx.Shop(shop.ID).SaveFeed(ctx, &orderhub.Feed{Shop: shop.ID, Address: "https://soroka.example/yml", Every: time.Hour, DueAt: tx.Now().Add(time.Hour)})
}

// fullProduct has something in every field.
func fullProduct(t testing.TB, shop orderhub.ShopID) *orderhub.Product {
	t.Helper()
	return &orderhub.Product{
		Shop: shop, ExternalID: "ЧМ-2", Group: "ЧМ", Name: "Чайник «Медник»", Brand: "Медник", VendorCode: "MD-2",
		URL: "https://soroka.example/p/2", Price: amount(t, "1890.5"), OldPrice: amount(t, "2100"), Currency: "RUB",
		Pictures: []string{"https://soroka.example/i/1.jpg", "https://soroka.example/i/2.jpg"}, Categories: []string{"Кухня", "Чайники"},
		Description: "<p>Свистит</p>", Attributes: attributes(t, `{"Цвет":"медный","вес":1.50}`), Available: true, Fed: true,
	}
}

// addProducts stores new products of one shop.
func addProducts(t testing.TB, db *store.DB, products ...*orderhub.Product) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		ids, err := tx.Shop(products[0].Shop).NextIDs(ctx, productdb.ProductTable, len(products))
		if err != nil {
			return err
		}
		for i, p := range products {
			p.ID = orderhub.ProductID(ids[i])
			p.CreatedAt, p.UpdatedAt, p.Version = tx.Now(), tx.Now(), 1
		}
		return tx.Shop(products[0].Shop).AddProducts(ctx, products)
	})
}

func productsOf(t testing.TB, db *store.DB, shop orderhub.ShopID, ids ...string) (all []*orderhub.Product) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.Shop(shop).ProductsByExternalID(ctx, ids)
		return err
	})
	return all
}

func TestProductComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		full, plain := fullProduct(t, shop.ID), &orderhub.Product{Shop: shop.ID, ExternalID: "2", Name: "Миска"}
		addProducts(t, db, full, plain)
		for _, want := range []*orderhub.Product{full, plain} {
			got := productsOf(t, db, shop.ID, want.ExternalID, "unknown", "", "\x00", "\xFF")
			if len(got) != 1 || want.ID == 0 || !want.CreatedAt.Equal(storetest.Noon) {
				t.Fatalf("found %v, want %+v", got, want)
			}
			if d := cmp.Diff(want, got[0]); d != "" {
				t.Errorf("product came back changed (-stored +read):\n%s", d)
			}
			if got := productsOf(t, db, other.ID, want.ExternalID); got != nil {
				t.Errorf("another shop sees %v", got)
			}
		}
		again := []*orderhub.Product{new(*full), new(*plain)}
		for i, p := range again {
			p.Name, p.Pictures, p.Available, p.Fed = "Чайник", nil, false, i == 1
			p.UpdatedAt, p.Version = day(i+5), int64(7+i)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(shop.ID).SaveProducts(ctx, again) })
		for _, want := range again {
			if got := productsOf(t, db, shop.ID, want.ExternalID); len(got) != 1 || cmp.Diff(want, got[0]) != "" {
				t.Errorf("changed: %+v, want %+v", got, want)
			}
		}
	})
}

// Every field that a sender fills makes a difference.
func TestProductMarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		stored := fullProduct(t, shop.ID)
		addProducts(t, db, stored)
		changes := map[string]func(p *orderhub.Product){
			"group": func(p *orderhub.Product) { p.Group = "" }, "name": func(p *orderhub.Product) { p.Name = "Ч" },
			"brand": func(p *orderhub.Product) { p.Brand = "" }, "vendor code": func(p *orderhub.Product) { p.VendorCode = "" },
			"url": func(p *orderhub.Product) { p.URL = "" }, "price": func(p *orderhub.Product) { p.Price++ },
			"old price": func(p *orderhub.Product) { p.OldPrice++ }, "currency": func(p *orderhub.Product) { p.Currency = "PLN" },
			"pictures": func(p *orderhub.Product) { p.Pictures = p.Pictures[:1] }, "categories": func(p *orderhub.Product) { p.Categories = nil },
			"description": func(p *orderhub.Product) { p.Description = "" }, "attributes": func(p *orderhub.Product) { p.Attributes = nil },
			"available": func(p *orderhub.Product) { p.Available = false }, "fed": func(p *orderhub.Product) { p.Fed = false },
			"brand and code": func(p *orderhub.Product) { p.Brand, p.VendorCode = "МедникM", "D-2" },
		}
		var marks map[string]productdb.ProductMark
		read := func() {
			view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				marks, err = tx.Shop(shop.ID).ProductMarks(ctx, []string{stored.ExternalID, "other", "", "\x00"})
				return err
			})
		}
		for what, change := range changes {
			p := fullProduct(t, shop.ID)
			p.ID, p.CreatedAt, p.Version = stored.ID, stored.CreatedAt, stored.Version
			change(p)
			read()
			if marks[p.ExternalID].Of(p) || productdb.SameProducts(p, stored) {
				t.Errorf("another %s makes no difference", what)
			}
			for _, state := range []*orderhub.Product{p, stored} {
				update(t, db, func(ctx context.Context, tx *store.Tx) error {
					return tx.Shop(shop.ID).SaveProducts(ctx, []*orderhub.Product{state})
				})
				if read(); !marks[p.ExternalID].Of(state) {
					t.Errorf("after another %s the mark is not that of the product", what)
				}
			}
		}
		m := marks[stored.ExternalID]
		if len(marks) != 1 || m.ID != stored.ID || !m.Fed || m.Version != 1 || !m.CreatedAt.Equal(storetest.Noon) || !m.Of(fullProduct(t, shop.ID)) {
			t.Errorf("the marks are %+v", marks)
		}
	})
}

func TestListProducts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		for i := range 10 {
			addProducts(t, db, &orderhub.Product{
				Shop: shop.ID, ExternalID: fmt.Sprint(i), Name: "x", Available: i%2 == 0, Group: []string{"", "a", "b"}[i%3], VendorCode: []string{"", "v"}[i%2],
			})
		}
		addProducts(t, db, &orderhub.Product{Shop: other.ID, ExternalID: "0", Name: "x", Available: true, Group: "a"})
		for _, tt := range []struct {
			name   string
			filter orderhub.ProductFilter
			want   string
		}{
			{"all", orderhub.ProductFilter{}, "9876543210"},
			{"oldest first", orderhub.ProductFilter{Sort: []orderhub.Sort{{Field: orderhub.SortID}}}, "0123456789"},
			{"by update", orderhub.ProductFilter{Sort: []orderhub.Sort{{Field: orderhub.SortUpdated}}}, "0123456789"},
			{"available", orderhub.ProductFilter{Available: new(true)}, "86420"},
			{"gone", orderhub.ProductFilter{Available: new(false)}, "97531"},
			{"group", orderhub.ProductFilter{Group: "a"}, "741"},
			{"article", orderhub.ProductFilter{VendorCode: "v", Group: "b"}, "5"},
			{"updated before", orderhub.ProductFilter{Updated: []orderhub.TimeBound{{Op: orderhub.Before, At: storetest.Noon}}}, ""},
			{"unknown group", orderhub.ProductFilter{Group: "c"}, ""},
			{"not storable", orderhub.ProductFilter{Group: "\x00"}, ""},
		} {
			got := ""
			f := tt.filter
			for f.Limit, f.Total = 3, true; ; {
				var page *orderhub.ProductPage
				view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
					page, err = tx.Shop(shop.ID).ListProducts(ctx, f)
					return err
				})
				for _, p := range page.Products {
					got += p.ExternalID
				}
				if page.Total != len(tt.want) {
					t.Errorf("%s: total %d, want %d", tt.name, page.Total, len(tt.want))
				}
				if f.After = page.Next; !page.More {
					break
				}
			}
			if got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
	})
}

func TestEveryProductListHasAnIndex(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	const byID, byUpdated = orderhub.SortID, orderhub.SortUpdated
	for _, tt := range []struct {
		name   string
		filter orderhub.ProductFilter
		sort   orderhub.SortField
		want   string
	}{
		{"all by id", orderhub.ProductFilter{}, byID, "products_id (shop_id=?"},
		{"all by updated", orderhub.ProductFilter{}, byUpdated, "products_updated (shop_id=?"},
		{"available by id", orderhub.ProductFilter{Available: new(true)}, byID, "products_id (shop_id=?"},
		{"gone by id", orderhub.ProductFilter{Available: new(false)}, byID, "products_gone (shop_id=?"},
		{"group by id", orderhub.ProductFilter{Group: "a"}, byID, "products_group (shop_id=? AND group_key=?"},
		{"article by id", orderhub.ProductFilter{VendorCode: "a"}, byID, "products_vendor (shop_id=? AND vendor_code=?"},
		{"updated since by updated", orderhub.ProductFilter{Updated: bounds(orderhub.AfterOrAt, 1)}, byUpdated, "products_updated (shop_id=? AND updated_at>?"},
	} {
		for _, descending := range []bool{false, true} {
			for _, after := range []*orderhub.Cursor{nil, {At: day(3), ID: 7}} {
				f := tt.filter
				f.Sort, f.After, f.Limit = []orderhub.Sort{{Field: tt.sort, Descending: descending}}, after, 10
				all := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Shop(shop.ID).ListProducts(ctx, f)
					return err
				})
				if got := all[len(all)-1]; !strings.HasPrefix(got, "SEARCH p USING INDEX "+tt.want) || strings.Contains(got, "\n") {
					t.Errorf("%s, descending %v, after %v:\n%s\nwant only SEARCH p USING INDEX %s", tt.name, descending, after, got, tt.want)
				}
			}
		}
	}
}

func TestCatalogueLookUpsHaveIndexes(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	all := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Shop(shop.ID).ProductsByExternalID(ctx, []string{"1", "2"}); err != nil {
			return err
		}
		if _, err := tx.Shop(shop.ID).ProductMarks(ctx, []string{"1", "2"}); err != nil {
			return err
		}
		if _, err := tx.Shop(shop.ID).FedProducts(ctx, 5, 10); err != nil {
			return err
		}
		if _, err := tx.DueFeeds(ctx, 10); err != nil {
			return err
		}
		_, err := tx.Shop(shop.ID).LastTurn(ctx)
		return err
	})
	for _, plan := range all {
		if strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("reads too much:\n%s", plan)
		}
	}
}

func TestFedProducts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		fed, put, gone := fullProduct(t, shop.ID), fullProduct(t, shop.ID), fullProduct(t, shop.ID)
		put.ExternalID, put.Fed = "put", false
		gone.ExternalID, gone.Available = "gone", false
		addProducts(t, db, fed, put, gone)
		for after, want := range map[orderhub.ProductID][]orderhub.ProductID{0: {fed.ID}, fed.ID: nil} {
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				ids, err := tx.Shop(shop.ID).FedProducts(ctx, after, 10)
				if !slices.Equal(ids, want) {
					t.Errorf("fed products after %d: %v, want %v", after, ids, want)
				}
				return err
			})
		}
	})
}

func TestTurns(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		take := func(s *orderhub.Shop) (turn int64) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				turn, err = tx.Shop(s.ID).TakeTurn(ctx, tx.Now().Add(time.Minute))
				return err
			})
			return turn
		}
		keep := func(turn int64, until time.Duration) (ok bool) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				ok, err = tx.Shop(shop.ID).KeepTurn(ctx, turn, tx.Now().Add(until))
				return err
			})
			return ok
		}
		if a, b, c := take(shop), take(shop), take(other); a != 1 || b != 0 || c != 1 {
			t.Errorf("turns %d, %d, of another shop %d, want 1, none, 1", a, b, c)
		}
		clock.Offset = 59 * time.Second
		if !keep(1, time.Minute) {
			t.Error("the turn was lost")
		}
		if clock.Offset = 100 * time.Second; take(shop) != 0 {
			t.Error("a turn that was kept was taken")
		}
		if clock.Offset = 120 * time.Second; take(shop) != 2 {
			t.Error("a turn that ran out was not taken")
		}
		if keep(1, time.Minute) {
			t.Error("a turn that was lost was kept")
		}
		if keep(2, 0); take(shop) != 3 {
			t.Error("a turn that was given back was not taken")
		}
	})
}

func TestFeedComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		want := &orderhub.Feed{
			Shop: shop.ID, Address: "https://soroka.example/yml", Every: 90 * time.Minute, Plain: true, ETag: `"a"`, LastModified: "Sun, 03 May 2026 12:00:00 GMT",
			DueAt: storetest.Noon, LookedAt: day(1), TakenAt: day(2), Failures: 3, Failure: "address does not answer in time",
			Report: orderhub.FeedReport{Offers: 3, Created: 1, Bad: 2, Faults: []orderhub.OfferFault{{Line: 7, Offer: "я", Reason: "name can't be blank"}}, More: 1},
		}
		var got *orderhub.Feed
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Shop(shop.ID).SaveFeed(ctx, &orderhub.Feed{Shop: shop.ID, Address: "https://old.example"}); err != nil {
				return err
			}
			if err := tx.Shop(shop.ID).SaveFeed(ctx, want); err != nil {
				return err
			}
			if err := tx.Shop(other.ID).SaveFeed(ctx, &orderhub.Feed{Shop: other.ID, Address: "https://other.example", DueAt: storetest.Noon.Add(1)}); err != nil {
				return err
			}
			due, err := tx.DueFeeds(ctx, 10)
			if len(due) > 0 {
				got = due[0]
			}
			return err
		})
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("feed came back changed (-stored +read):\n%s", d)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			first, err := tx.Shop(shop.ID).PostponeFeed(ctx, want, day(9))
			if err != nil {
				return err
			}
			second, err := tx.Shop(shop.ID).PostponeFeed(ctx, want, day(9))
			if !first || second {
				t.Errorf("postponed %v, then %v, want once", first, second)
			}
			if err := tx.Shop(shop.ID).RemoveFeed(ctx); err != nil {
				return err
			}
			if _, gone := tx.Shop(shop.ID).FeedOf(ctx); orderhub.KindOf(gone) != orderhub.NotFound {
				t.Errorf("a removed feed = %v, want not found", gone)
			}
			return err
		})
	})
}
