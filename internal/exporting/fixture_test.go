package exporting_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/catalogue"
	"orderhub/internal/customers"
	"orderhub/internal/definitions"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/exporting"
	"orderhub/internal/loyalty"
	"orderhub/internal/sample"
	"orderhub/internal/sheet"
)

// A bench is a shop that is exported.
type bench struct {
	*testing.T
	*exporting.Service
	shop *orderhub.Shop
}

func each(t *testing.T, test func(b *bench)) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) { test(benchOf(t, h)) })
}

func benchOf(t *testing.T, h *dialecttest.Hub) *bench {
	return &bench{t, &exporting.Service{
		Customers: &customers.Service{DB: h.DB}, Orders: h.Orders, Loyalty: &loyalty.Service{DB: h.DB},
		Products: &catalogue.Service{DB: h.DB}, Definitions: &definitions.Keeper{DB: h.DB},
	}, h.Main}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// person is customer i, who has something in every field.
func person(i int) *orderhub.Customer {
	return sample.Customer(func(c *orderhub.Customer) {
		c.ExternalID, c.Email, c.Phone = fmt.Sprintf("crm-%04d", i), fmt.Sprintf("buyer%d@example.com", i), fmt.Sprintf("+7912%07d", i)
		c.Name, c.FirstName, c.MiddleName, c.LastName = fmt.Sprintf("=Buyer %d", i), "Ада", "\"Б\"", "W;r"
		c.Gender, c.Birthday = orderhub.Gender(i%3), orderhub.Birthday{Month: 1 + i%12, Day: 1 + i%28}
		c.Unsubscribed, c.Complained, c.Bounced = i%2 == 0, i%3 == 0, i%5 == 0
		c.Consents = []orderhub.Consent{{ID: "news", State: orderhub.Given}, {ID: "3", State: orderhub.AwaitingConfirmation}}
		c.Attributes = orderhub.Attributes{
			{Name: "size", Value: jsontext.Value(`42.50`)}, {Name: "tags", Value: jsontext.Value(`["a",{"b":null}]`)},
			{Name: "vip", Value: jsontext.Value(`true`)}, {Name: "note", Value: jsontext.Value(`"-1\n=2"`)}, {Name: " odd", Value: jsontext.Value(`"x"`)},
		}
		c.Extras = orderhub.Extras{"usam": {{Name: "k", Value: jsontext.Value(`[1]`)}}}
		c.RegisteredAt = sample.Placed.Add(time.Duration(i)*time.Minute + time.Duration(i%2)*time.Microsecond)
	})
}

// purchase is order i of that customer, with something in every field. Every
// seventh has no lines.
func purchase(i int) *orderhub.Order {
	return sample.Order(func(o *orderhub.Order) {
		c := person(i)
		o.Number, o.Code, o.PlacedAt = fmt.Sprintf("N-%04d", i), fmt.Sprintf("001%d", i), sample.Placed.Add(time.Duration(i)*time.Hour)
		o.UpdatedAt = o.PlacedAt.Add(time.Hour)
		o.Contact = orderhub.Contact{Name: c.Name, Email: c.Email, Phone: c.Phone, Address: "@Торговая, 1"}
		o.Buyer = orderhub.CustomerRef{ExternalID: c.ExternalID}
		o.Note, o.Source, o.Coupon, o.Account, o.CancelReason = "two\nlines", "webform", "+10", "7", "none"
		o.Status = "received"
		o.Attributes = orderhub.Attributes{{Name: "channel", Value: jsontext.Value(`"web"`)}, {Name: "utm", Value: jsontext.Value(`{"s":"x"}`)}}
		o.Extras = orderhub.Extras{"ecdp": {{Name: "k", Value: jsontext.Value(`"=1"`)}}}
		o.Shipments = []orderhub.Shipment{{Number: "S-1", Status: "pending", MethodName: "courier", Price: 2_500_000, CreatedAt: o.PlacedAt, Address: "там"}}
		o.Taxes = []orderhub.Tax{{Name: "VAT", Rate: 200_000, Amount: 10_000, InPrice: true}}
		o.Payments = []orderhub.Payment{{Number: fmt.Sprintf("P-%d", i), Status: orderhub.PaymentPaid, Sum: 10_000, Method: "1", CreatedAt: o.PlacedAt, PaidAt: o.PlacedAt}}
		o.Lines = []orderhub.Line{
			{Product: "=p", SKU: "s", Name: "Чай, чёрный", Unit: "kg", Quantity: 3_450, BasePrice: 1_001_000, Price: 1_001_000, Discount: 102_000, Bonus: 3,
				Attributes: orderhub.Attributes{{Name: "taste", Value: jsontext.Value(`"mint"`)}}, Extras: orderhub.Extras{"usam": {{Name: "k", Value: jsontext.Value(`2`)}}}},
			{Product: "q", Name: "-Cup", Quantity: 2_000, Price: 12_345, BasePrice: 20_000, Image: "https://shop.example/q.jpg"},
		}
		if o.TotalGiven = i%2 == 0; o.TotalGiven {
			o.Total = 77_0000
		}
		if i%7 == 0 {
			o.Lines = nil
		}
	})
}

// register makes customers 1 to n.
func (b *bench) register(n int) {
	b.Helper()
	for i := 1; i <= n; i++ {
		b.must(b.Customers.Register(b.Context(), b.shop, person(i), nil))
	}
	b.await(orderhub.CustomerDefinition, "size", "tags", "vip", "note")
}

// await waits until the names of attributes are known: on PostgreSQL whoever
// reads events waits for all transactions of the server, other tests' too.
func (b *bench) await(kind orderhub.DefinitionKind, names ...string) {
	b.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		all, err := b.Definitions.List(b.Context(), b.shop, kind)
		b.must(err)
		known := func(name string) bool {
			return slices.ContainsFunc(all, func(d orderhub.Definition) bool { return d.Name == name })
		}
		if !slices.ContainsFunc(names, func(name string) bool { return !known(name) }) {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("of %q only %v are known", names, all)
		}
	}
}

// place makes orders 1 to n.
func (b *bench) place(n int) {
	b.Helper()
	var all []*orderhub.Order
	for i := 1; i <= n; i++ {
		all = append(all, purchase(i))
	}
	for some := range slices.Chunk(all, 500) {
		b.must(b.Orders.PlaceAll(b.Context(), b.shop, some))
	}
	b.await(orderhub.OrderDefinition, "channel", "utm")
	b.await(orderhub.ProductDefinition, "taste")
}

// A file is what a reader finds in an export.
type file struct {
	header []string
	rows   []map[string]string
}

// column are the cells of one column.
func (f file) column(name string) []string {
	all := make([]string, len(f.rows))
	for i, row := range f.rows {
		all[i] = row[name]
	}
	return all
}

func (b *bench) read(export []byte) file {
	b.Helper()
	r, err := sheet.New(bytes.NewReader(export), int64(len(export)), sheet.Options{})
	b.must(err)
	defer r.Close()
	f := file{header: r.Header()}
	for row, err := range r.Rows() {
		b.must(err)
		cells := make(map[string]string)
		for i, name := range f.header {
			cells[name] = row.Cells[i]
		}
		f.rows = append(f.rows, cells)
	}
	return f
}

// customersAs exports customers.
func (b *bench) customersAs(o exporting.Options, f orderhub.CustomerFilter, p exporting.Progress) []byte {
	b.Helper()
	var out bytes.Buffer
	b.must(b.WriteCustomers(b.Context(), b.shop, &out, o, f, p))
	return out.Bytes()
}

// ordersAs exports orders.
func (b *bench) ordersAs(o exporting.Options, q exporting.OrderQuery, p exporting.Progress) []byte {
	b.Helper()
	var out bytes.Buffer
	b.must(b.WriteOrders(b.Context(), b.shop, &out, o, q, p))
	return out.Bytes()
}
