package exporting_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/exporting"
	"orderhub/internal/loyalty"
	"orderhub/internal/sample"
)

var formats = []exporting.Options{{}, {Separator: ';', Mark: true}, {Format: exporting.XLSX}}

func TestCustomers(t *testing.T) {
	each(t, func(b *bench) {
		b.register(3)
		for _, o := range formats {
			f := b.read(b.customersAs(o, orderhub.CustomerFilter{}, nil))
			want := []string{
				"external_id", "email", "name", "phone", "created_at", "customer.first_name", "customer.middle_name", "customer.last_name",
				"customer.gender", "customer.birthday", "customer.group", "customer.unsubscribed", "customer.complained", "customer.bounced",
				"customer.consents", "customer.extras", "attribute.note", "attribute.size", "attribute.tags", "attribute.vip", "customer.attributes",
			}
			if d := cmp.Diff(want, f.header); d != "" {
				b.Fatalf("header (-want +got):\n%s", d)
			}
			row := map[string]string{
				"external_id": "crm-0001", "email": "buyer1@example.com", "name": "=Buyer 1", "phone": "+79120000001",
				"created_at": "2026-05-03T13:16:00.000001+03:00", "customer.first_name": "Ада", "customer.middle_name": `"Б"`, "customer.last_name": "W;r",
				"customer.gender": "female", "customer.birthday": "0000-02-02", "customer.group": "", "customer.unsubscribed": "false",
				"customer.complained": "false", "customer.bounced": "false", "customer.consents": `[{"ID":"news","State":1},{"ID":"3","State":2}]`,
				"customer.extras": `{"usam":{"k":[1]}}`, "attribute.note": "-1\n=2", "attribute.size": "42.50", "attribute.tags": `["a",{"b":null}]`,
				"attribute.vip": "true", "customer.attributes": `{" odd":"x"}`,
			}
			if d := cmp.Diff(row, f.rows[0]); d != "" {
				b.Errorf("%+v: row (-want +got):\n%s", o, d)
			}
			if got := f.rows[1]["created_at"]; got != "2026-05-03 13:17:00" {
				b.Errorf("created_at is %q, want a plain time", got)
			}
		}
	})
}

func TestOrdersByLine(t *testing.T) {
	each(t, func(b *bench) {
		b.place(8)
		for _, o := range formats {
			f := b.read(b.ordersAs(o, exporting.OrderQuery{}, nil))
			if got, want := f.column("number")[:4], []string{"N-0001", "N-0001", "N-0002", "N-0002"}; !slices.Equal(got, want) {
				b.Errorf("the numbers begin %q, want %q", got, want)
			}
			if got, want := len(f.rows), 7*2+1; got != want {
				b.Fatalf("%d rows, want %d", got, want)
			}
			second, bare, total := f.rows[1], f.rows[12], f.rows[2]["order.total"]
			for name, want := range map[string]string{
				"number": "N-0001", "consumer_email": "buyer1@example.com", "created_at": "2026-05-03 14:15:00", "status": "received",
				"product_id": "q", "product_name": "-Cup", "price": "1.2345", "line.base_price": "2", "quantity": "2", "discount": "1.531",
				"order.note": "", "order.total": "", "order.payments": "", "attribute.channel": "", "line.attribute.taste": "", "order.attributes": "",
			} {
				if second[name] != want {
					b.Errorf("%+v: %s of the second line is %q, want %q", o, name, second[name], want)
				}
			}
			first := f.rows[0]
			for name, want := range map[string]string{
				"order.customer": "crm-0001", "order.note": "two\nlines", "order.total": "", "order.currency": "RUB", "attribute.channel": "web",
				"attribute.utm": `{"s":"x"}`, "line.attribute.taste": "mint", "line.extras": `{"usam":{"k":2}}`, "quantity": "3.45", "product_id": "=p",
				"order.code": "0011", "order.coupon": "+10",
			} {
				if first[name] != want {
					b.Errorf("%+v: %s of the first line is %q, want %q", o, name, first[name], want)
				}
			}
			if bare["number"] != "N-0007" || bare["product_id"] != "" || bare["quantity"] != "" || bare["order.note"] == "" {
				b.Errorf("the order without lines is %v", bare)
			}
			if total != "77" {
				b.Errorf("the total that was given is %q, want 77", total)
			}
		}
	})
}

func TestOrdersInOtherForms(t *testing.T) {
	each(t, func(b *bench) {
		b.place(3)
		f := b.read(b.ordersAs(exporting.Options{}, exporting.OrderQuery{Form: exporting.ByOrder}, nil))
		if got := f.column("order.total"); len(got) != 3 || got[0] == "" || got[1] != "77" {
			b.Errorf("totals are %q", got)
		}
		if slices.Contains(f.header, "price") || slices.ContainsFunc(f.header, func(s string) bool { return strings.HasPrefix(s, "line.") }) {
			b.Errorf("the header has columns of lines: %q", f.header)
		}
		f = b.read(b.ordersAs(exporting.Options{}, exporting.OrderQuery{Form: exporting.ByPayment}, nil))
		if got, want := f.column("payment.number"), []string{"P-1", "P-2", "P-3"}; !slices.Equal(got, want) {
			b.Errorf("payments are %q, want %q", got, want)
		}
		if got := f.rows[0]; got["payment.status"] != "paid" || got["payment.sum"] != "1" || got["number"] != "N-0001" {
			b.Errorf("the first payment is %v", got)
		}
		err := b.WriteOrders(b.Context(), b.shop, new(bytes.Buffer), exporting.Options{}, exporting.OrderQuery{Form: "pound"}, nil)
		if orderhub.KindOf(err) != orderhub.Invalid {
			b.Errorf("an unknown form: %v", err)
		}
	})
}

// Lists longer than a page come whole and in their sequence, and progress is
// told.
func TestManyPages(t *testing.T) {
	each(t, func(b *bench) {
		b.place(1_203)
		var told []string
		tell := func(done, total int) { told = append(told, fmt.Sprintf("%d/%d", done, total)) }
		numbers := b.read(b.ordersAs(exporting.Options{Count: true}, exporting.OrderQuery{Form: exporting.ByOrder}, tell)).column("number")
		if len(numbers) != 1_203 || !slices.IsSorted(numbers) || len(slices.Compact(numbers)) != 1_203 {
			b.Errorf("%d orders, sorted %v", len(numbers), slices.IsSorted(numbers))
		}
		if want := []string{"500/1203", "1000/1203", "1203/1203"}; !slices.Equal(told, want) {
			b.Errorf("progress was %q, want %q", told, want)
		}
		told = nil
		ids := b.read(b.customersAs(exporting.Options{Format: exporting.XLSX}, orderhub.CustomerFilter{}, tell)).column("external_id")
		slices.Sort(ids)
		if len(slices.Compact(ids)) != 1_203 {
			b.Errorf("%d customers", len(ids))
		}
		if want := []string{"500/0", "1000/0", "1203/0"}; !slices.Equal(told, want) {
			b.Errorf("progress was %q, want %q", told, want)
		}
		found := b.read(b.ordersAs(exporting.Options{}, exporting.OrderQuery{Text: "webform N-1"}, nil))
		if len(found.rows) != 0 {
			b.Errorf("a text that no order carries finds %d rows", len(found.rows))
		}
		found = b.read(b.ordersAs(exporting.Options{}, exporting.OrderQuery{Text: "N-1203", Form: exporting.ByOrder}, nil))
		if got := found.column("number"); !slices.Equal(got, []string{"N-1203"}) || found.rows[0]["order.customer"] != "crm-1203" {
			b.Errorf("the text finds %q", got)
		}
	})
}

// What goes while a list is written takes nothing else with it.
func TestListThatChanges(t *testing.T) {
	each(t, func(b *bench) {
		b.place(1_203)
		pages := 0
		gone := func(int, int) {
			if pages++; pages == 1 {
				_, err := b.Orders.Delete(b.Context(), b.shop, orderhub.OrderRef{Number: "N-0001"})
				b.must(err)
			}
		}
		numbers := b.read(b.ordersAs(exporting.Options{}, exporting.OrderQuery{Form: exporting.ByOrder}, gone)).column("number")
		if len(numbers) != 1_203 || len(slices.Compact(numbers)) != 1_203 {
			b.Errorf("%d orders, want all", len(numbers))
		}
	})
}

func TestFilters(t *testing.T) {
	each(t, func(b *bench) {
		b.register(4)
		b.place(4)
		_, _, err := b.Orders.Amend(b.Context(), b.shop, orderhub.OrderRef{Number: "N-0002"}, orderhub.OrderChange{Status: new("closed")}, orderhub.Mode{Existing: true})
		b.must(err)
		third, err := b.Orders.Find(b.Context(), b.shop, orderhub.OrderRef{Number: "N-0003"})
		b.must(err)
		_, err = b.Orders.Delete(b.Context(), b.shop, orderhub.OrderRef{Number: "N-0004"})
		b.must(err)
		for name, tt := range map[string]struct {
			filter orderhub.OrderFilter
			want   []string
		}{
			"all":      {orderhub.OrderFilter{}, []string{"N-0001", "N-0002", "N-0003"}},
			"status":   {orderhub.OrderFilter{Statuses: []string{"closed"}}, []string{"N-0002"}},
			"except":   {orderhub.OrderFilter{Except: []string{"closed"}}, []string{"N-0001", "N-0003"}},
			"customer": {orderhub.OrderFilter{Customer: third.Customer}, []string{"N-0003"}},
			"deleted":  {orderhub.OrderFilter{Deleted: true}, []string{"N-0004"}},
			"placed":   {orderhub.OrderFilter{Placed: []orderhub.TimeBound{{Op: orderhub.AfterOrAt, At: third.PlacedAt}}}, []string{"N-0003"}},
			"none":     {orderhub.OrderFilter{Payments: []orderhub.PaymentState{orderhub.Refunded}}, []string{}},
			"own page": {orderhub.OrderFilter{Skip: 1, Limit: 1, Sort: []orderhub.Sort{{Field: orderhub.SortNumber, Descending: true}}}, []string{"N-0001", "N-0002", "N-0003"}},
		} {
			f := b.read(b.ordersAs(exporting.Options{}, exporting.OrderQuery{Form: exporting.ByOrder, Filter: tt.filter}, nil))
			if got := f.column("number"); !slices.Equal(got, tt.want) {
				b.Errorf("%s: %q, want %q", name, got, tt.want)
			}
		}
		f := b.read(b.customersAs(exporting.Options{}, orderhub.CustomerFilter{Unsubscribed: new(true)}, nil))
		if got, want := f.column("external_id"), []string{"crm-0002", "crm-0004"}; !slices.Equal(got, want) {
			b.Errorf("unsubscribed are %q, want %q", got, want)
		}
	})
}

func TestCardsAndLedgers(t *testing.T) {
	each(t, func(b *bench) {
		b.register(2)
		for i := 1; i <= 501; i++ {
			change := orderhub.CardChange{Number: new(fmt.Sprintf("%05d", i)), Type: &orderhub.CardTypeRef{Name: "gold"}, Status: new(orderhub.CardActive), ActivatedAt: new(sample.Placed)}
			if i == 2 {
				change.Owner = &orderhub.CustomerRef{ExternalID: "crm-0002"}
			}
			_, err := b.Loyalty.Issue(b.Context(), b.shop, change)
			b.must(err)
		}
		var out bytes.Buffer
		b.must(b.WriteCards(b.Context(), b.shop, &out, exporting.Options{}, nil))
		f := b.read(out.Bytes())
		if numbers := f.column("number"); len(numbers) != 501 || !slices.IsSorted(numbers) {
			b.Errorf("%d cards, sorted %v", len(numbers), slices.IsSorted(numbers))
		}
		for name, want := range map[string]string{
			"number": "00002", "type": "gold", "status": "ACTIVE", "customer": "crm-0002", "customer_email": "buyer2@example.com",
			"customer_phone": "+79120000002", "ean13": "0000000000024", "activated_at": "2026-05-03 13:15:00",
		} {
			if got := f.rows[1][name]; got != want {
				b.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		card, err := b.Loyalty.FindCard(b.Context(), b.shop, orderhub.CardRef{Number: "00002"})
		b.must(err)
		for _, points := range []int64{100, -30} {
			_, err := b.Loyalty.Book(b.Context(), b.shop, loyalty.Booking{Customer: orderhub.CustomerRef{ID: card.Customer}, Card: card.ID, Points: points, Reason: "=gift", Key: fmt.Sprint("k", points)})
			b.must(err)
		}
		out.Reset()
		b.must(b.WriteBonuses(b.Context(), b.shop, &out, exporting.Options{}, true, nil))
		f = b.read(out.Bytes())
		want := []map[string]string{
			{"customer": "crm-0002", "customer_email": "buyer2@example.com", "customer_phone": "+79120000002", "points": "100", "reason": "=gift",
				"key": "k100", "card": "00002", "bonus.state": "active", "bonus.cause": "booked", "expires_at": "", "created_at": f.rows[0]["created_at"]},
			{"customer": "crm-0002", "customer_email": "buyer2@example.com", "customer_phone": "+79120000002", "points": "-30", "reason": "=gift",
				"key": "k-30", "card": "00002", "bonus.state": "spent", "bonus.cause": "booked", "expires_at": "", "created_at": f.rows[1]["created_at"]},
		}
		if d := cmp.Diff(want, f.rows); d != "" {
			b.Errorf("ledger (-want +got):\n%s", d)
		}
	})
}

func TestProducts(t *testing.T) {
	each(t, func(b *bench) {
		var all []*orderhub.Product
		for i := range 1_001 {
			all = append(all, &orderhub.Product{ExternalID: fmt.Sprintf("p%04d", i), Name: "-Cup", Price: 12_345, Group: "g", Available: i%2 == 0,
				Pictures: []string{"https://shop.example/1.jpg", "https://shop.example/2.jpg"}, Categories: []string{"Посуда", "Чашки"},
				Attributes: orderhub.Attributes{{Name: fmt.Sprintf("a%d", min(i/600, 1)), Value: []byte(`"x"`)}}})
		}
		for some := range slices.Chunk(all, 500) {
			b.must(b.Products.Put(b.Context(), b.shop, some))
		}
		var out bytes.Buffer
		b.must(b.WriteProducts(b.Context(), b.shop, &out, exporting.Options{}, orderhub.ProductFilter{Available: new(true)}, nil))
		f := b.read(out.Bytes())
		if ids := f.column("id"); len(ids) != 501 || !slices.IsSorted(ids) {
			b.Fatalf("%d products, sorted %v", len(ids), slices.IsSorted(ids))
		}
		for name, want := range map[string]string{
			"id": "p0000", "name": "-Cup", "price": "1.2345", "product.group": "g", "currency": "RUB", "available": "true", "attribute.a0": "x",
			"pictures": "https://shop.example/1.jpg\nhttps://shop.example/2.jpg", "categories": "Посуда\nЧашки", "old_price": "0",
		} {
			if got := f.rows[0][name]; got != want {
				b.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
}

// A writer that ends early ends the export with its error.
func TestNobodyReads(t *testing.T) {
	each(t, func(b *bench) {
		b.register(2)
		gone := errors.New("the reader is gone")
		for _, o := range formats {
			err := b.WriteCustomers(b.Context(), b.shop, deaf{gone}, o, orderhub.CustomerFilter{}, nil)
			if !errors.Is(err, gone) {
				b.Errorf("%+v: %v, want the writer's error", o, err)
			}
		}
	})
}

type deaf struct{ err error }

func (d deaf) Write([]byte) (int, error) { return 0, d.err }

// An empty shop gives a file that has its header and no rows.
func TestEmptyShop(t *testing.T) {
	each(t, func(b *bench) {
		for _, o := range formats {
			for name, write := range map[string]func(*bytes.Buffer) error{
				"customers": func(w *bytes.Buffer) error {
					return b.WriteCustomers(b.Context(), b.shop, w, o, orderhub.CustomerFilter{}, nil)
				},
				"orders": func(w *bytes.Buffer) error {
					return b.WriteOrders(b.Context(), b.shop, w, o, exporting.OrderQuery{}, nil)
				},
				"cards":   func(w *bytes.Buffer) error { return b.WriteCards(b.Context(), b.shop, w, o, nil) },
				"bonuses": func(w *bytes.Buffer) error { return b.WriteBonuses(b.Context(), b.shop, w, o, true, nil) },
				"products": func(w *bytes.Buffer) error {
					return b.WriteProducts(b.Context(), b.shop, w, o, orderhub.ProductFilter{}, nil)
				},
			} {
				var out bytes.Buffer
				b.must(write(&out))
				if f := b.read(out.Bytes()); len(f.rows) != 0 || len(f.header) < 10 {
					b.Errorf("%s: %d rows, %d columns", name, len(f.rows), len(f.header))
				}
			}
		}
	})
}
