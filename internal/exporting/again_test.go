package exporting_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/exporting"
	"orderhub/internal/importing"
	"orderhub/internal/loyalty"
	"orderhub/internal/sample"
	"orderhub/internal/store/storetest"
)

// take imports a file as history, and says what is wrong unless it comes to
// the tally.
func (b *bench) take(imports *importing.Service, kind orderhub.ImportKind, export []byte, want orderhub.ImportTally) {
	b.Helper()
	i, _, err := imports.Create(b.Context(), b.shop, kind, "export", bytes.NewReader(export), orderhub.ImportPlan{})
	b.must(err)
	for _, to := range []orderhub.ImportState{orderhub.ImportRehearsing, orderhub.ImportRunning} {
		_, err = imports.Ask(b.Context(), b.shop, i.ID, to)
		b.must(err)
		i, err = imports.Work(b.Context(), b.shop, i.ID, nil)
		b.must(err)
	}
	if i.Rehearsal != want || i.Result != want || i.Failure != "" {
		faults, err := imports.Faults(b.Context(), i, 10)
		b.Fatalf("%s: rehearsed %+v, ran %+v, failed %q, want %+v; %v, %v", kind, i.Rehearsal, i.Result, i.Failure, want, faults, err)
	}
}

// comesBack imports an export into another shop and exports it from there,
// which must give the same file; into its own shop, where it must change
// nothing.
func (b *bench) comesBack(to *bench, kind orderhub.ImportKind, o exporting.Options) {
	b.Helper()
	before, n := b.export(kind, o)
	to.take(to.imports(), kind, before, orderhub.ImportTally{Created: n})
	after, _ := to.export(kind, o)
	if d := cmp.Diff(b.comparable(before), b.comparable(after)); d != "" {
		b.Errorf("%s (-exported +exported again):\n%s", kind, d)
	}
	b.take(b.imports(), kind, before, orderhub.ImportTally{Unchanged: n})
	if d := cmp.Diff(b.content(kind), to.content(kind)); d != "" {
		b.Errorf("%s (-in the store +in the other):\n%s", kind, d)
	}
}

// content is what a shop has of a kind, but for what is ours: ids and times of
// storing, marks of other programs, and the sequence of attributes.
func (b *bench) content(kind orderhub.ImportKind) (all []any) {
	b.Helper()
	switch kind {
	case orderhub.ImportCustomers:
		p, err := b.Customers.List(b.Context(), b.shop, orderhub.CustomerFilter{Sort: []orderhub.Sort{{Field: orderhub.SortCreated}}, Limit: 1_000}, 0)
		b.must(err)
		for _, c := range p.Customers {
			c.ID, c.Shop, c.CreatedAt, c.UpdatedAt, c.Version = 0, 0, time.Time{}, time.Time{}, 0
			sortNames(c.Attributes)
			all = append(all, c)
		}
	case orderhub.ImportOrders:
		p, err := b.Orders.List(b.Context(), b.shop, orderhub.OrderFilter{Sort: []orderhub.Sort{{Field: orderhub.SortCreated}}, Limit: 1_000})
		b.must(err)
		for _, o := range p.Orders {
			o.ID, o.Shop, o.Customer, o.CreatedAt, o.Moves, o.ExchangeAt = 0, 0, 0, time.Time{}, 0, time.Time{}
			sortNames(o.Attributes)
			for i := range o.Lines {
				o.Lines[i].No = 0
				sortNames(o.Lines[i].Attributes)
			}
			for i := range o.Payments {
				o.Payments[i].No = 0
			}
			for i := range o.Shipments {
				o.Shipments[i].No = 0
			}
			for i := range o.Taxes {
				o.Taxes[i].No = 0
			}
			all = append(all, o)
		}
	case orderhub.ImportProducts:
		p, err := b.Products.List(b.Context(), b.shop, orderhub.ProductFilter{Sort: []orderhub.Sort{{Field: orderhub.SortID}}, Limit: 1_000})
		b.must(err)
		for _, product := range p.Products {
			product.ID, product.Shop, product.CreatedAt, product.UpdatedAt = 0, 0, time.Time{}, time.Time{}
			sortNames(product.Attributes)
			all = append(all, product)
		}
	case orderhub.ImportCards:
		p, err := b.Loyalty.Cards(b.Context(), b.shop, nil, 1_000)
		b.must(err)
		for _, c := range p.Cards {
			c.ID, c.Shop, c.Type, c.Customer, c.UpdatedAt, c.Version = 0, 0, 0, 0, time.Time{}, 0
			all = append(all, c)
		}
	}
	return all
}

func sortNames(a orderhub.Attributes) {
	slices.SortFunc(a, func(x, y orderhub.Attribute) int { return strings.Compare(x.Name, y.Name) })
}

func (b *bench) imports() *importing.Service {
	return &importing.Service{DB: b.Customers.DB, Dir: b.TempDir(), Batch: 7}
}

// other is an empty shop that reads times and amounts as this one.
func (b *bench) other() *bench {
	b.Helper()
	to := benchOf(b.T, dialecttest.NewHub(b.T, storetest.Open(b.T)))
	if b.shop.Zone != to.shop.Zone || b.shop.Currency != to.shop.Currency {
		b.Fatal("the shops differ")
	}
	return to
}

// An export that is imported into an empty shop and exported again is the
// same file, whatever its format.
func TestExportsComeBack(t *testing.T) {
	for _, o := range formats {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			each(t, func(b *bench) {
				b.fill()
				to := b.other()
				for _, kind := range []orderhub.ImportKind{orderhub.ImportCustomers, orderhub.ImportCards, orderhub.ImportBonuses, orderhub.ImportProducts, orderhub.ImportOrders} {
					b.comesBack(to, kind, o)
				}
			})
		})
	}
}

// The same of orders as shops have them, whose customers have no ids.
func TestVariedOrdersComeBack(t *testing.T) {
	each(t, func(b *bench) {
		b.must(b.Orders.PlaceAll(b.Context(), b.shop, slices.Collect(sample.Orders(7, 400, b.Customers.Now()))))
		b.comesBack(b.other(), orderhub.ImportOrders, exporting.Options{})
	})
}

// fill gives a shop some of everything.
func (b *bench) fill() {
	b.Helper()
	b.register(20)
	b.place(20)
	for i := 1; i <= 10; i++ {
		c, err := b.Loyalty.Issue(b.Context(), b.shop, orderhub.CardChange{
			Number: new(fmt.Sprintf("%05d", i)), ExternalID: new(fmt.Sprintf("=c%d", i)), Type: &orderhub.CardTypeRef{Name: "gold"},
			Medium: new(orderhub.App), Status: new(orderhub.CardActive), ActivatedAt: new(sample.Placed), Owner: &orderhub.CustomerRef{ExternalID: fmt.Sprintf("crm-%04d", i)},
		})
		b.must(err)
		for _, points := range []int64{100, -30} {
			_, err = b.Loyalty.Book(b.Context(), b.shop, loyalty.Booking{Customer: orderhub.CustomerRef{ID: c.Customer}, Card: c.ID, Points: points, Reason: "=gift", Key: fmt.Sprint(i, points)})
			b.must(err)
		}
	}
	var products []*orderhub.Product
	for i := range 10 {
		products = append(products, &orderhub.Product{
			ExternalID: fmt.Sprintf("%03d", i), Name: "-Cup", Price: 12_345, OldPrice: 15_000, Currency: "PLN", Group: "=g", Brand: "@b", VendorCode: "007",
			URL: "https://shop.example/1", Pictures: []string{"https://shop.example/1.jpg", "https://shop.example/2.jpg"},
			Categories: []string{"Посуда|Чашки", "+"}, Description: "<p>a</p>\nb", Available: i%2 == 0,
			Attributes: orderhub.Attributes{{Name: "volume", Value: []byte(`0.50`)}, {Name: "note", Value: []byte(`"=1"`)}},
		})
	}
	b.must(b.Products.Put(b.Context(), b.shop, products))
}

// export writes a kind, and says how many records it has.
func (b *bench) export(kind orderhub.ImportKind, o exporting.Options) (file []byte, records int64) {
	b.Helper()
	storetest.Events(b, b.Customers.DB) // all of which can be read then, and their names are columns
	var out bytes.Buffer
	var err error
	count := func(done, _ int) { records = int64(done) }
	switch kind {
	case orderhub.ImportCustomers:
		err = b.WriteCustomers(b.Context(), b.shop, &out, o, orderhub.CustomerFilter{}, count)
	case orderhub.ImportOrders:
		err = b.WriteOrders(b.Context(), b.shop, &out, o, exporting.OrderQuery{}, count)
	case orderhub.ImportCards:
		err = b.WriteCards(b.Context(), b.shop, &out, o, count)
	case orderhub.ImportBonuses:
		err = b.WriteBonuses(b.Context(), b.shop, &out, o, false, count)
	case orderhub.ImportProducts:
		err = b.WriteProducts(b.Context(), b.shop, &out, o, orderhub.ProductFilter{}, count)
	}
	b.must(err)
	return out.Bytes(), records
}

// comparable is an export as text, a line a cell.
func (b *bench) comparable(export []byte) []string {
	b.Helper()
	f := b.read(export)
	lines := []string{strings.Join(f.header, " | ")}
	for _, row := range f.rows {
		for _, name := range f.header {
			lines = append(lines, row["number"]+" "+name+": "+row[name])
		}
	}
	return lines
}
