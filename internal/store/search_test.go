package store_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// index puts texts into the search index, folded, the first under the id 1.
func index(t testing.TB, db *store.DB, texts ...string) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		for i, text := range texts {
			o := &orderhub.Order{ID: orderhub.OrderID(i + 1), Shop: 1}
			if err := indexOrder(ctx, tx, o, orderhub.Fold(text)); err != nil {
				return err
			}
		}
		return nil
	})
}

// indexOrder puts an order into the indexes by a folded text.
func indexOrder(ctx context.Context, tx *store.Tx, o *orderhub.Order, text string) error {
	return tx.IndexOrders(ctx, []orderdb.IndexEntry{{Shop: o.Shop, Order: o.ID, Text: text, Keys: orderdb.ProductKeys(o)}})
}

// match asks the index for the words of a text.
func match(t testing.TB, db *store.DB, text string, below orderhub.OrderID, limit int) (ids []orderhub.OrderID) {
	t.Helper()
	parts := strings.Fields(orderhub.Fold(text))
	view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		ids, err = tx.Shop(1).SearchIndex(ctx, parts, below, limit)
		return err
	})
	return ids
}

// The index may name orders that do not hold a text, and must never miss one
// that does. All signs are plain text, also those with which one could ask
// either database for something else.
func TestSearchIndexNeverMisses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		texts := []string{
			"Миска Ретро-Спешл 2,4 л пластиковая крышка", "МИСКА ретро", "Ёлка искусственная", "еЛКА зелёная 100%",
			"Zażółć gęślą jaźń", "ŻÓŁW Łódź", "Ботинки ECCO 69", "100 percent", "a_b_c", "axbxc", `O'Neil "Anna"`, `back\slash \%`,
			"AND OR NOT NEAR(a b)", "and or not near", "* ** ***", "text:миска ^abc -abc +abc", "(((", "--drop;", "a\x01b\x01c",
			"🎁🎁🎁 подарок", "日本語テキスト", "one\ntwo\nthree", "{a b} : c", "79120001122",
		}
		index(t, db, texts...)
		for _, asked := range append(slices.Clone(texts), "миска", "ИСК", "елка", "łódź", "ecco", "100%", "a_b", "100", `"ann`, `o'n`,
			`\%`, `\sl`, "and", "near(", "***", "text:", "(((", "🎁🎁🎁", "本語テ", "two", "ред", "not near", "{a b} : c :::", "20001") {
			var parts []string
			for _, p := range strings.Fields(orderhub.Fold(asked)) {
				if utf8.RuneCountInString(p) >= 3 { // the index knows no shorter ones
					parts = append(parts, p)
				}
			}
			if len(parts) == 0 {
				continue
			}
			got := match(t, db, strings.Join(parts, " "), math.MaxInt64, 100)
			for i, text := range texts {
				holds := !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(orderhub.Fold(text), p) })
				if id := orderhub.OrderID(i + 1); holds && !slices.Contains(got, id) {
					t.Errorf("asked for %q: %q is missed", asked, text)
				}
			}
			if !slices.IsSortedFunc(got, func(a, b orderhub.OrderID) int { return int(b - a) }) {
				t.Errorf("asked for %q: %v is not the highest first", asked, got)
			}
		}
	})
}

func TestSearchIndexTakesNoSignForAWildcard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		index(t, db, "abcdef", "a_cdef", "a%def", "abc*", "%%%", "___")
		for asked, want := range map[string][]orderhub.OrderID{
			"a_c": {2}, "a%d": {3}, "bc*": {4}, "%%%": {5}, "___": {6}, "abc": {4, 1}, "a__": nil, `a\_c`: nil, `abc" OR "def`: nil,
		} {
			if got := match(t, db, asked, math.MaxInt64, 10); !slices.Equal(got, want) {
				t.Errorf("asked for %q = %v, want %v", asked, got, want)
			}
		}
	})
}

func TestSearchIndexPagesBelowAnID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		index(t, db, slices.Repeat([]string{"миска"}, 25)...)
		var all []orderhub.OrderID
		for below := orderhub.OrderID(math.MaxInt64); ; {
			got := match(t, db, "миска", below, 10)
			all = append(all, got...)
			if len(got) < 10 {
				break
			}
			below = got[9]
		}
		if len(all) != 25 || all[0] != 25 || all[24] != 1 || !slices.IsSortedFunc(all, func(a, b orderhub.OrderID) int { return int(b - a) }) {
			t.Errorf("pages = %v, want 25 to 1", all)
		}
	})
}

func TestIndexForgetsTheOldText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		index(t, db, "old words", "old words")
		index(t, db, "new words") // in place of the first
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.UnindexOrders(ctx, []orderdb.IndexEntry{{Shop: 1, Order: 2}})
		})
		for asked, want := range map[string][]orderhub.OrderID{"old": nil, "new": {1}, "words": {1}} {
			if got := match(t, db, asked, math.MaxInt64, 10); !slices.Equal(got, want) {
				t.Errorf("asked for %q = %v, want %v", asked, got, want)
			}
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.UnindexOrders(ctx, []orderdb.IndexEntry{{Shop: 1, Order: 2}})
		}) // twice is what retries look like
	})
}

// exact asks for what an order carries to the letter.
func exact(t testing.TB, db *store.DB, shop orderhub.ShopID, e orderdb.Exact, below orderhub.OrderID, limit int) (ids []orderhub.OrderID) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		ids, err = tx.Shop(shop).SearchExact(ctx, e, below, limit)
		return err
	})
	return ids
}

// known stores an order that can be found in every exact way.
func known(t testing.TB, db *store.DB, shop orderhub.ShopID, number string, deleted bool) orderhub.OrderID {
	t.Helper()
	o := plainOrder(shop, number)
	o.Code = "1c-7"
	o.Lines = []orderhub.Line{{Product: "p-7", SKU: "s-7", Quantity: 1}, {Product: "p-7", SKU: "s-7", Quantity: 1}}
	if deleted {
		o.DeletedAt = storetest.Noon
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		return storetest.CreateOrders(ctx, tx, []orderdb.Keys{{Email: "ina@shop.example", Phone: "79120001122"}}, o)
	})
	return o.ID
}

var everyExact = map[string]orderdb.Exact{
	"number": {Text: "A-7"}, "code": {Text: "1c-7"},
	"e-mail": {Email: "ina@shop.example"}, "phone": {Phone: "79120001122"},
	"several": {Text: "A-7", Email: "ina@shop.example", Phone: "79120001122"},
}

func TestSearchExactFindsEveryKind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		id := known(t, db, shop.ID, "A-7", false)
		create(t, db, plainOrder(shop.ID, "B-8"))
		for kind, e := range everyExact {
			if got := exact(t, db, shop.ID, e, math.MaxInt64, 10); !slices.Equal(got, []orderhub.OrderID{id}) {
				t.Errorf("by %s = %v, want %d", kind, got, id)
			}
		}
		for _, e := range []orderdb.Exact{{}, {Text: "A"}, {Text: "a-7"}, {Text: "A-7 "}, {Text: "p-%"}, {Email: "A-7"}, {Phone: "1c-7"}} {
			if got := exact(t, db, shop.ID, e, math.MaxInt64, 10); got != nil {
				t.Errorf("by %+v = %v, want none", e, got)
			}
		}
	})
}

// Ids of another shop's orders or of deleted ones must not even be named:
// they would fill the page in place of what the caller may see.
func TestSearchExactStaysWithinTheShop(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		mine, theirs := newShop(t, db, "mine"), newShop(t, db, "theirs")
		id := known(t, db, mine.ID, "A-7", false)
		known(t, db, theirs.ID, "A-7", false)
		known(t, db, mine.ID, "A-7", true)
		for kind, e := range everyExact {
			if got := exact(t, db, mine.ID, e, math.MaxInt64, 1); !slices.Equal(got, []orderhub.OrderID{id}) {
				t.Errorf("by %s = %v, want only %d", kind, got, id)
			}
		}
	})
}

// A page that is not full means that there is nothing below it.
func TestSearchExactPagesBelowAnID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		var want []orderhub.OrderID
		for i := range 12 {
			o := plainOrder(shop.ID, string(rune('a'+i)))
			o.Code = "p-7"
			create(t, db, o)
			want = append(want, o.ID)
		}
		slices.Reverse(want)
		var all []orderhub.OrderID
		for below := orderhub.OrderID(math.MaxInt64); ; {
			got := exact(t, db, shop.ID, orderdb.Exact{Text: "p-7"}, below, 5)
			all = append(all, got...)
			if len(got) < 5 {
				break
			}
			below = got[4]
		}
		if !slices.Equal(all, want) {
			t.Errorf("pages = %v, want %v", all, want)
		}
	})
}

func TestOrdersToIndexAreOfAnyShopAndNotDeleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		mine, theirs := newShop(t, db, "mine"), newShop(t, db, "theirs")
		ids := []orderhub.OrderID{known(t, db, mine.ID, "1", false), known(t, db, theirs.ID, "2", false), known(t, db, mine.ID, "3", true)}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			orders, err := tx.OrdersToIndex(ctx, ids)
			if got := numbers(orders); len(got) != 2 || !slices.Contains(got, "1") || !slices.Contains(got, "2") {
				t.Errorf("to index = %v, want 1 and 2", got)
			}
			if none, err := tx.OrdersToIndex(ctx, nil); none != nil || err != nil {
				t.Errorf("of none = %v, %v", none, err)
			}
			return err
		})
	})
}

// product asks for orders that have a product, or had it once.
func product(t testing.TB, db *store.DB, shop orderhub.ShopID, key string, below orderhub.OrderID, limit int) (ids []orderhub.OrderID) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		ids, err = tx.Shop(shop).SearchProducts(ctx, key, below, limit)
		return err
	})
	return ids
}

// The index of products knows each product of an order, however often the order
// is put into it, and forgets an order that is taken out.
func TestIndexOfProductsFollowsTheOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, foreign := newShop(t, db, "main"), newShop(t, db, "other")
		o, other, theirs := plainOrder(shop.ID, "1"), plainOrder(shop.ID, "2"), plainOrder(foreign.ID, "1")
		o.Lines = []orderhub.Line{{Product: "45", SKU: "ё-1", Quantity: 1}, {Product: "ё-1", Quantity: 1}, {Product: "Б", SKU: "б", Quantity: 1}}
		create(t, db, o, other, theirs)
		put := func() {
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				for _, o := range []*orderhub.Order{o, other, theirs} {
					if err := indexOrder(ctx, tx, o, "boots"); err != nil {
						return err
					}
				}
				return nil
			})
		}
		want := func(when string, all map[string][]orderhub.OrderID) {
			t.Helper()
			for key, ids := range all {
				if got := product(t, db, shop.ID, key, math.MaxInt64, 10); !slices.Equal(got, ids) {
					t.Errorf("%s, %q finds %v, want %v", when, key, got, ids)
				}
			}
		}
		put()
		put()
		all := map[string][]orderhub.OrderID{"45": {other.ID, o.ID}, "ё-1": {o.ID}, "Б": {o.ID}, "б": {o.ID}, "": nil, "Ё-1": nil, "4": nil}
		want("put in twice", all)
		if got := product(t, db, shop.ID, "45", other.ID, 10); !slices.Equal(got, []orderhub.OrderID{o.ID}) {
			t.Errorf("below the other %v is found, want %d", got, o.ID)
		}
		other.DeletedAt = storetest.Noon
		save(t, db, other)
		all["45"] = []orderhub.OrderID{o.ID}
		want("one deleted", all)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.UnindexOrders(ctx, []orderdb.IndexEntry{{Shop: o.Shop, Order: o.ID}, {Shop: o.Shop, Order: 999}})
		})
		want("taken out", map[string][]orderhub.OrderID{"45": nil, "ё-1": nil, "Б": nil, "б": nil})
		if n := count(t, db, `select count(*) from order_products`); n != 2 {
			t.Errorf("the index has %d rows, want those of the other two orders", n)
		}
	})
}

// A search finds orders of its own shop alone, also on full pages.
func TestSearchIndexBeginsWithTheShop(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		var all []*orderhub.Order
		for i := range 6 {
			all = append(all, plainOrder([]orderhub.ShopID{shop.ID, other.ID}[i%2], fmt.Sprint(i)))
		}
		create(t, db, all...)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			for _, o := range all {
				if err := indexOrder(ctx, tx, o, "boots"); err != nil {
					return err
				}
			}
			return nil
		})
		for i, s := range []*orderhub.Shop{shop, other} {
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				page, err := tx.Shop(s.ID).SearchIndex(ctx, []string{"boots"}, 1<<62, 2)
				if want := []orderhub.OrderID{all[4+i].ID, all[2+i].ID}; err == nil && !slices.Equal(page, want) {
					t.Errorf("the first page of %s is %v, want %v", s.Name, page, want)
				}
				if err != nil {
					return err
				}
				page, err = tx.Shop(s.ID).SearchIndex(ctx, []string{"boots"}, all[2+i].ID, 2)
				if want := []orderhub.OrderID{all[i].ID}; err == nil && !slices.Equal(page, want) {
					t.Errorf("the second page of %s is %v, want %v", s.Name, page, want)
				}
				return err
			})
		}
	})
}
