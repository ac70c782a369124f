package importing

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	diff "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"orderhub"
	"orderhub/internal/catalogue"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

var kiosk = &orderhub.Shop{ID: 1, Name: "kiosk", Zone: "Europe/Moscow", Currency: "RUB"}

// product reads one row of a file of products.
func product(t *testing.T, plan orderhub.ImportPlan, header, cells string) (*record, []string) {
	t.Helper()
	k := newProducts(kiosk)
	in, err := newReading(kiosk, plan, orderhub.ImportProducts, k.fields(), strings.Split(header, ";"))
	if err != nil {
		t.Fatal(err)
	}
	r := &record{rows: []*row{in.row(2, strings.Split(cells, ";"))}}
	k.read(r)
	var faults []string
	for _, f := range r.rows[0].faults {
		faults = append(faults, f.String())
	}
	return r, faults
}

func TestReadProducts(t *testing.T) {
	text := func(name, value string) orderhub.Attribute {
		return orderhub.Attribute{Name: name, Value: jsontext.Value(value)}
	}
	for _, tt := range []struct {
		header, cells string
		clear         bool
		want          orderhub.ProductChange
	}{
		{header: "id", cells: "045", want: orderhub.ProductChange{ExternalID: "045"}},
		{header: "Offer_ID;name;price", cells: " 7 ; Ковш ;1 299,9001", want: orderhub.ProductChange{ExternalID: "7", Name: new("Ковш"), Price: new(money.Amount(12_999_001))}},
		{header: "sku;Название;Цена;old_price;валюта;Производитель;Артикул", cells: "7;Ковш;5;6,5;rur;Медник;MD-1", want: orderhub.ProductChange{
			ExternalID: "7", Name: new("Ковш"), Price: new(money.Amount(50_000)), OldPrice: new(money.Amount(65_000)), Currency: new(money.Currency("RUB")),
			Brand: new("Медник"), VendorCode: new("MD-1")}},
		{header: "id;group_id;url;pictures;categories;available", cells: "7;g;https://a.example/7;https://a.example/1.jpg | https://a.example/2.jpg;Дом\nПосуда;нет", want: orderhub.ProductChange{
			ExternalID: "7", Group: new("g"), URL: new("https://a.example/7"), Pictures: &[]string{"https://a.example/1.jpg", "https://a.example/2.jpg"},
			Categories: &[]string{"Дом", "Посуда"}, Available: new(bool)}},
		{header: "id;Цвет;attribute.Вес;attribute.Код", cells: `7;12;1.50;"12"`, want: orderhub.ProductChange{
			ExternalID: "7", Attributes: orderhub.Attributes{text("Цвет", `"12"`), text("Вес", "1.50"), text("Код", `"12"`)}}},
		{header: "id;name;price;currency;available;pictures;Цвет", cells: "7;;;;;;", want: orderhub.ProductChange{ExternalID: "7"}},
		{header: "id;name;price;currency;available;pictures;Цвет", cells: "7;;;;;;", clear: true, want: orderhub.ProductChange{
			ExternalID: "7", Name: new(""), Price: new(money.Amount), Currency: new(money.Currency), Available: new(true), Pictures: &[]string{},
			Attributes: orderhub.Attributes{text("Цвет", "null")}}},
	} {
		r, faults := product(t, orderhub.ImportPlan{Clear: tt.clear}, tt.header, tt.cells)
		if d := diff.Diff(&tt.want, r.value); d != "" || len(faults) > 0 {
			t.Errorf("%s: %s: %v %s", tt.header, tt.cells, faults, d)
		}
		if want := []key{{"external_id", tt.want.ExternalID}}; !slices.Equal(r.keys, want) {
			t.Errorf("%s: keys %v, want %v", tt.cells, r.keys, want)
		}
	}
}

func TestReadBadProducts(t *testing.T) {
	for _, tt := range []struct{ header, cells, want string }{
		{"id;name", ";Ковш", `[row 2, column "id" can't be blank]`},
		{"id;price;available", "7;дорого;иногда", `[row 2, column "price" is not a number with a decimal comma, such as 1234,50 row 2, column "available" is neither yes nor no]`},
		{"id;currency", "7;₽₽", `[row 2, column "currency" is not a currency; send three letters such as RUB]`},
	} {
		if _, faults := product(t, orderhub.ImportPlan{}, tt.header, tt.cells); fmt.Sprint(faults) != tt.want {
			t.Errorf("%s: %s: %v, want %s", tt.header, tt.cells, faults, tt.want)
		}
	}
}

// A cupboard is a shop's catalogue and whoever imports it.
type cupboard struct {
	*testing.T
	db      *store.DB
	shop    *orderhub.Shop
	imports *Service
}

func newCupboard(t *testing.T, db *store.DB) *cupboard {
	t.Helper()
	c := &cupboard{t, db, &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail}, &Service{DB: db, Dir: t.TempDir(), Batch: 7, Lease: time.Minute}}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), c.shop) }); err != nil {
		t.Fatal(err)
	}
	return c
}

// take rehearses and runs a file, and returns the import when it is done.
func (c *cupboard) take(file string, plan orderhub.ImportPlan) *orderhub.Import {
	c.Helper()
	i, _, err := c.imports.Create(c.Context(), c.shop, orderhub.ImportProducts, "products", strings.NewReader(file), plan)
	if err != nil {
		c.Fatal(err)
	}
	c.bring(i, orderhub.ImportRehearsing)
	i = c.bring(i, orderhub.ImportRunning)
	if i.Result != i.Rehearsal || i.Failure != "" {
		c.Errorf("the import came to %+v, its rehearsal to %+v; %s", i.Result, i.Rehearsal, i.Failure)
	}
	return i
}

func (c *cupboard) bring(i *orderhub.Import, to orderhub.ImportState) *orderhub.Import {
	c.Helper()
	if _, err := c.imports.Ask(c.Context(), c.shop, i.ID, to); err != nil {
		c.Fatal(err)
	}
	i, err := c.imports.Work(c.Context(), c.shop, i.ID, nil)
	if err != nil {
		c.Fatal(err)
	}
	return i
}

func (c *cupboard) content() []*orderhub.Product {
	c.Helper()
	page, err := (&catalogue.Service{DB: c.db}).List(context.WithoutCancel(c.Context()), c.shop, orderhub.ProductFilter{Limit: orderhub.MaxLimit})
	if err != nil || page.More {
		c.Fatal(err, page)
	}
	return page.Products
}

// Files of products, tables and YML, are rehearsed, imported, imported again
// and undone, in any sequence: the catalogue is what it was.
func TestProductsThereAndBack(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		c := newCupboard(t, db)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 2))
		if _, err := (&catalogue.Service{DB: db}).Refresh(t.Context(), c.shop, strings.NewReader(offers(random, 30))); err != nil {
			t.Fatal(err)
		}
		type moment struct {
			before []*orderhub.Product
			i      *orderhub.Import
		}
		var moments []moment
		var all orderhub.ImportTally
		for n := range 6 {
			clock.Offset += time.Minute
			file, before := shelves(random, 40), c.content()
			if n%2 == 1 {
				file = offers(random, 40)
			}
			i := c.take(file, orderhub.ImportPlan{Clear: random.IntN(2) == 0})
			stored := i.Result.Created + i.Result.Updated
			all.Add(i.Result)
			again := c.take(file, i.Plan)
			want := orderhub.ImportTally{Unchanged: stored + i.Result.Unchanged, Conflicts: i.Result.Conflicts, Invalid: i.Result.Invalid}
			if again.Result != want {
				t.Errorf("imported again: %+v, want %+v", again.Result, want)
			}
			moments = append(moments, moment{before, i})
		}
		if all.Created == 0 || all.Updated == 0 || all.Unchanged == 0 || all.Conflicts == 0 || all.Invalid == 0 {
			t.Errorf("in all %+v: the test tests little", all)
		}
		for _, m := range slices.Backward(moments) {
			if i := c.bring(m.i, orderhub.ImportUndoing); i.Undone.Kept != 0 || i.Undone.Removed != i.Result.Created || i.Undone.Restored != i.Result.Updated {
				t.Errorf("undone %+v of %+v", i.Undone, i.Result)
			}
			if d := diff.Diff(m.before, c.content(), cmpopts.IgnoreFields(orderhub.Product{}, "Version", "UpdatedAt")); d != "" {
				t.Fatalf("import %d undone: %s", m.i.ID, d)
			}
		}
	})
}

// shelves are a table of products; a few ids stand in it twice, a few rows are
// bad, and some are as empty as can be.
func shelves(random *rand.Rand, n int) string {
	var b strings.Builder
	b.WriteString("id;name;price;pictures;categories;Цвет;attribute.Вес;available\n")
	for range n {
		pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
		fmt.Fprintf(&b, "%d;%s;%s;%s;%s;%s;%s;%s\n", random.IntN(60), pick("Ковш", "Ковш", "Миска «Ёж»", ""), pick("", "5", "1 299,90", "дорого"),
			pick("", "https://a.example/1.jpg|https://a.example/2.jpg", "нет"), pick("", "Дом|Посуда"), pick("", "медный", "<b>&</b>"), pick("", "1.50", `{"кг": [1]}`), pick("", "да", "нет"))
	}
	return b.String()
}

// offers are a YML catalogue of the same sort.
func offers(random *rand.Rand, n int) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE yml_catalog SYSTEM "shops.dtd"><yml_catalog><shop>` +
		`<categories><category id="1">Дом</category><category id="2" parentId="1">Посуда</category></categories><offers>`)
	for range n {
		name := [...]string{"Ковш", "Ковш", "Ковш", "Кружка", ""}[random.IntN(5)]
		fmt.Fprintf(&b, "<offer id=\"%d\"><name>%s</name><price>%d</price><categoryId>2</categoryId>%s</offer>\n", random.IntN(60), name, 5+random.IntN(2),
			cmp.Or([...]string{"", `<param name="Цвет">медный &lt;b&gt;</param>`}[random.IntN(2)], "<vendor>Медник</vendor>"))
	}
	b.WriteString("</offers></shop></yml_catalog>")
	return b.String()
}
