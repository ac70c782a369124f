package search_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/search"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// A shelf holds the orders of one shop, and the test that looks for them.
type shelf struct {
	*testing.T
	db   *store.DB
	shop *orderhub.Shop
}

// each runs a test on every database, at an empty shelf.
func each(t *testing.T, test func(t *shelf)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newShelf(t, db, "main")) })
}

func newShelf(t *testing.T, db *store.DB, name string) *shelf {
	t.Helper()
	s := &shelf{t, db, &orderhub.Shop{Name: name, Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail}}
	s.update(func(tx *store.Tx) error { return tx.CreateShop(t.Context(), s.shop) })
	return s
}

func (t *shelf) update(fn func(*store.Tx) error) {
	t.Helper()
	if err := t.db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// put stores a new order the way package ordering does.
func (t *shelf) put(o *orderhub.Order) *orderhub.Order {
	t.Helper()
	o.Shop, o.Currency, o.Status, o.PlacedAt = t.shop.ID, "RUB", "received", storetest.Noon
	for i := range o.Lines {
		o.Lines[i].Quantity = orderhub.Piece
	}
	t.update(func(tx *store.Tx) error {
		return errors.Join(storetest.CreateOrders(t.Context(), tx, t.keys(o), o), t.record(tx, orderhub.OrderPlaced, o))
	})
	return o
}

// change stores a changed order.
func (t *shelf) change(o *orderhub.Order, kind orderhub.EventKind) {
	t.Helper()
	t.update(func(tx *store.Tx) error {
		return errors.Join(storetest.SaveOrders(t.Context(), tx, t.keys(o), o), t.record(tx, kind, o))
	})
}

func (t *shelf) delete(o *orderhub.Order) {
	t.Helper()
	o.DeletedAt = storetest.Noon
	t.change(o, orderhub.OrderDeleted)
}

func (t *shelf) record(tx *store.Tx, kind orderhub.EventKind, o *orderhub.Order) error {
	return storetest.Record(t.Context(), tx, orderhub.Event{Shop: t.shop.ID, Kind: kind, Order: o.ID})
}

func (t *shelf) keys(o *orderhub.Order) []orderdb.Keys {
	email, _ := orderhub.ParseEmail(o.Contact.Email)
	return []orderdb.Keys{{Email: email, Phone: t.shop.Phone(o.Contact.Phone).Digits()}}
}

func (t *shelf) view(fn func(tx *store.Tx) error) {
	t.Helper()
	if err := t.db.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// catchUp brings the index up to date.
func (t *shelf) catchUp() {
	t.Helper()
	storetest.Events(t, t.db) // all of which can be read then
	if err := search.CatchUp(t.Context(), t.db); err != nil {
		t.Fatalf("CatchUp: %v", err)
	}
}

func (t *shelf) page(text string, f orderhub.OrderFilter, below orderhub.OrderID, limit int) *search.Page {
	t.Helper()
	var page *search.Page
	err := t.db.View(t.Context(), func(tx *store.Tx) (err error) {
		page, err = search.Orders(t.Context(), tx, t.shop, text, f, below, limit)
		return err
	})
	if err != nil {
		t.Fatalf("Orders(%q): %v", text, err)
	}
	return page
}

// hits are the numbers of the orders that a text finds.
func (t *shelf) hits(text string) []string {
	t.Helper()
	all := []string{}
	for _, o := range t.page(text, orderhub.OrderFilter{}, 0, 100).Orders {
		all = append(all, o.Number)
	}
	return all
}

func (t *shelf) want(text string, numbers ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, numbers...), t.hits(text)); diff != "" {
		t.Errorf("%q found (-want +got):\n%s", text, diff)
	}
}

// alena is an order with something to find in every field.
func alena() *orderhub.Order {
	return &orderhub.Order{
		Number: "order-number-1386", Code: "УТ-00042",
		Contact: orderhub.Contact{Name: "Алёна Łuczak-Żółć", Email: "Alena.Luczak@Example.com",
			Phone: "+7 (912) 345-67-89", Address: "г. Тверь,\nул. Садовая, д. 5"},
		Lines: []orderhub.Line{
			{Product: "SKU-BOOT-45", SKU: "ART/777.1", Name: "Сапоги «Ёлка» зимние"},
			{Product: "9", Name: "Laces"},
		},
	}
}

func TestOrderIsFoundByWhatPeopleRemember(t *testing.T) {
	found := []string{
		"order-number-1386", "number-13", "1386", "ORDER-NUMBER", "er-n", // number
		"УТ-00042", "ут-00042", "00042", // code
		"алёна", "АЛЕНА", "лён", "лен", "łuczak", "ŁUCZAK", "ŻÓŁĆ", "żółć", "Алёна Łuczak-Żółć", // name
		"alena.luczak@example.com", " ALENA.LUCZAK@EXAMPLE.COM ", "luczak@exa", "example.com", // e-mail
		"+7 (912) 345-67-89", "8 912 345 67 89", "89123456789", "79123456789", "+79123456789", "9123456789", "912-345-67-89", // phone
		"345-67-89", "3456789", "6789", "123456", // part of it
		"тверь", "садовая", "ТВЕРЬ, ул.", "Садовая, д. 5", // address
		"SKU-BOOT-45", "sku-boot", "ART/777.1", "art/77", "ёлка", "«Елка»", "зимние сапоги", "laces", "9", // products
		"1386 алена", "сапоги тверь 1386", "тверь  \t алена\nboot", "д. тверь", "5 садовая", // words in any sequence
		"алена \x00", "садовая \xff\xfe", // what cannot be stored is not looked for
	}
	lost := []string{
		"", " ", "\x00", "\xff", "1387", "алина", "9123456780", "тверь москва", "алена boris", "садоваяд",
		"1386алена", "numbers", "сапоги елка 9a", "received", "RUB", "LA", "ал", "д.",
	}
	each(t, func(t *shelf) {
		t.put(&orderhub.Order{Number: "B-1", Contact: orderhub.Contact{Name: "Boris", Email: "boris@shop.example", Phone: "+7 999 000-00-00", Address: "Москва"}})
		t.put(alena())
		t.catchUp()
		for _, text := range found {
			t.want(text, "order-number-1386")
		}
		for _, text := range lost {
			t.want(text)
		}
		t.want(strings.Repeat("алена ", 34)+"nowhere", "order-number-1386") // only 200 characters are looked at
	})
}

// A short text has no piece of three letters, by which the index finds: it
// is a whole number, code, product or article, or nothing.
func TestShortTextsAreWholeWords(t *testing.T) {
	each(t, func(t *shelf) {
		t.put(&orderhub.Order{Number: "42", Contact: orderhub.Contact{Name: "Ян Ли"}})
		t.put(&orderhub.Order{Number: "422", Code: "ab", Contact: orderhub.Contact{Name: "42 42"}})
		t.put(&orderhub.Order{Number: "A42", Lines: []orderhub.Line{{Product: "7", SKU: "x", Name: "Ян"}}})
		t.catchUp()
		t.want("42", "42")
		t.want(" 42\n", "42")
		t.want("ab", "422")
		t.want("7", "A42")
		t.want("x", "A42")
		for _, text := range []string{"4", "a4", "ян", "Ян Ли", "AB", "X", "2"} {
			t.want(text)
		}
	})
}

func TestNoSignIsAWildcard(t *testing.T) {
	each(t, func(t *shelf) {
		texts := []string{`100%`, `100x`, `a_b_c`, `a-b-c`, `axbxc`, `"quoted"`, `quoted`, `c:\dir`, `c:/dir`, `NEAR(x)`, `one OR two`,
			`(sale)`, `sale*`, `^sale`, `{text} : sale`, `it's`, `a\_b`, `%%%`, `___`, "sep\x01sep", "sepxsep"}
		for _, text := range texts {
			t.put(&orderhub.Order{Number: "N " + text, Lines: []orderhub.Line{{Name: text}}})
		}
		t.catchUp()
		for _, text := range texts {
			// What must be found is what carries each word as it is written.
			var want []string
			for _, other := range slices.Backward(texts) {
				all := true
				for _, word := range strings.Fields(text) {
					all = all && strings.Contains(orderhub.Fold(other), orderhub.Fold(word))
				}
				if all {
					want = append(want, "N "+other)
				}
			}
			t.want(text, want...)
		}
	})
}

func TestWordsOfDifferentFieldsDoNotRunTogether(t *testing.T) {
	each(t, func(t *shelf) {
		t.put(&orderhub.Order{Number: "abc", Code: "def", Contact: orderhub.Contact{Name: "ghi\njkl"}})
		t.catchUp()
		for _, text := range []string{"abcdef", "cde", "defghi"} {
			t.want(text)
		}
		t.want("ghi jkl", "abc")
		t.want("jkl abc", "abc")
	})
}

func TestShopsFindTheirOwnOrders(t *testing.T) {
	each(t, func(t *shelf) {
		there := newShelf(t.T, t.db, "other")
		for _, letter := range "abc" { // orders of the other shop lie between
			there.put(&orderhub.Order{Number: "T-" + t.Name() + string(letter), Contact: alena().Contact, Lines: alena().Lines})
		}
		t.put(alena())
		t.catchUp()
		for _, text := range []string{"алена", "1386", "alena.luczak@example.com", "+79123456789", "SKU-BOOT-45", "ART/777.1"} {
			t.want(text, "order-number-1386")
		}
		there.want("order-number-1386")
		if got := there.hits("алена"); len(got) != 3 {
			t.Errorf("the other shop finds %q, want its three orders", got)
		}
	})
}

func TestFoldedSearchKnowsNoOtherAlphabets(t *testing.T) {
	each(t, func(t *shelf) {
		for _, o := range []orderhub.Order{
			{Number: "1", Contact: orderhub.Contact{Name: "ПЁТР"}},
			{Number: "2", Contact: orderhub.Contact{Name: "Пётр"}},
			{Number: "3", Contact: orderhub.Contact{Name: "петр"}},
			{Number: "4", Contact: orderhub.Contact{Name: "ŁÓDŹ"}},
			{Number: "5", Contact: orderhub.Contact{Name: "łódź"}},
			{Number: "6", Contact: orderhub.Contact{Name: "Lodz"}},
			{Number: "7", Contact: orderhub.Contact{Name: "STRASSE"}},
			{Number: "8", Contact: orderhub.Contact{Name: "Straße"}},
		} {
			t.put(&o)
		}
		t.catchUp()
		for _, text := range []string{"Пётр", "ПЕТР", "пётр"} {
			t.want(text, "3", "2", "1")
		}
		t.want("łódź", "5", "4")
		t.want("ŁÓDŹ", "5", "4")
		t.want("lodz", "6")
		t.want("STRASSE", "7")
		t.want("straße", "8")
	})
}
