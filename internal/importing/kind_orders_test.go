package importing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

// salesroom is a shop whose orders are imported.
func salesroom() *orderhub.Shop {
	statuses := append(orderhub.DefaultStatuses(), orderhub.Status{Code: "Q7", Name: "Ждёт курьера", Stage: orderhub.StagePlaced})
	return &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail, Statuses: statuses,
		PaymentWords: map[string]orderhub.PaymentState{"оплачен": orderhub.Paid}, FulfilmentWords: map[string]orderhub.FulfilmentState{"у курьера": orderhub.Shipped}}
}

// sheetOf makes records of a file that is written with semicolons, its header
// first, and reads them. Rows of one number are one order.
func sheetOf(t *testing.T, k kind, name orderhub.ImportKind, shop *orderhub.Shop, plan orderhub.ImportPlan, file string) []*record {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(file), "\n")
	in, err := newReading(shop, plan, name, k.fields(), strings.Split(lines[0], ";"))
	if err != nil {
		t.Fatal(err)
	}
	var all []*record
	by := make(map[string]*record)
	for n, line := range lines[1:] {
		x := in.row(n+2, strings.Split(line, ";"))
		number := x.cells[in.byField["number"]]
		if r := by[number]; r != nil && k.joins() != "" {
			r.rows = append(r.rows, x)
			continue
		}
		by[number] = &record{rows: []*row{x}}
		all = append(all, by[number])
	}
	for _, r := range all {
		k.read(r)
	}
	return all
}

// complaints are the faults of all rows of a record.
func complaints(r *record) []string {
	var all []string
	for _, x := range r.rows {
		for _, f := range x.faults {
			all = append(all, f.String())
		}
	}
	return all
}

func TestReadOrders(t *testing.T) {
	noon := time.Date(2026, 5, 3, 9, 0, 0, 0, time.UTC)
	line := func(name string, price money.Amount) orderhub.Line {
		return orderhub.Line{Name: name, Price: price, Quantity: orderhub.Piece}
	}
	for _, tt := range []struct {
		name, file string
		clear      bool
		want       ordering.ImportEntry
		lines      []int
	}{
		{name: "the plain file, one row a line", file: `
number;consumer_email;consumer_name;consumer_phone;created_at;product_id;product_name;price;payment_status
N-1;anna@example.com;Анна;+7 912 000-11-22;2026-05-03 12:00:00;45;Сапоги;6800;paid
N-1;anna@example.com;Анна;+7 912 000-11-22;2026-05-03 12:00:00;046;Шнурки;90,50;paid`,
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "N-1"}, Change: orderhub.OrderChange{
				Email: new("anna@example.com"), Name: new("Анна"), Phone: new("+7 912 000-11-22"), PlacedAt: &noon,
				Attributes: orderhub.Attributes{{Name: "payment_status", Value: []byte(`"paid"`)}},
				Lines: orderhub.WholeLines([]orderhub.Line{{Product: "45", Name: "Сапоги", Price: 68_000_000, Quantity: orderhub.Piece},
					{Product: "046", Name: "Шнурки", Price: 905_000, Quantity: orderhub.Piece}})}}, lines: []int{0, 1}},
		{name: "what concerns the order stands once", file: `
Номер заказа;E-mail;Дата;Товар;Цена;Кол-во;Скидка;Город;line.attribute.size
N-1;anna@example.com;03.05.2026 12:00;Сапоги;6800;2;100;Тверь;41
N-1;;;;;;;;
N-1;;;Шнурки;90;1,5;;;`,
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "N-1"}, Change: orderhub.OrderChange{
				Email: new("anna@example.com"), PlacedAt: &noon, Attributes: orderhub.Attributes{{Name: "Город", Value: []byte(`"Тверь"`)}},
				Lines: orderhub.WholeLines([]orderhub.Line{
					{Name: "Сапоги", Price: 68_000_000, Quantity: 2000, Discount: 1_000_000, Attributes: orderhub.Attributes{{Name: "size", Value: []byte("41")}}},
					{Name: "Шнурки", Price: 900_000, Quantity: 1500}})}}, lines: []int{0, 2}},
		{name: "no columns of lines", file: "number;status;order.note\nN-1;Q7;Позвонить",
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "N-1"}, Change: orderhub.OrderChange{Status: new("Q7"), Note: new("Позвонить")}}},
		{name: "empty cells keep", file: "number;consumer_email;price;order.total;order.payments;city\nN-1;;;;;",
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "N-1"}}},
		{name: "empty cells clear", clear: true,
			file: "number;consumer_email;created_at;status;price;order.total;order.currency;order.payments;order.extras;city\nN-1;;;;;;;;;",
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "N-1"},
				Change: orderhub.OrderChange{Email: new(""), Lines: orderhub.WholeLines([]orderhub.Line{}), Attributes: orderhub.Attributes{{Name: "city", Value: []byte("null")}}}, FileChange: ordering.FileChange{OpenTotal: true, Payments: new([]orderhub.Payment)}}},
		{name: "a cell that clears beside one that tells", clear: true, file: "number;consumer_email;price;line.attribute.a\nN-1;;1;\nN-1;anna@example.com;2;x",
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "N-1"}, Change: orderhub.OrderChange{Email: new("anna@example.com"),
				Lines: orderhub.WholeLines([]orderhub.Line{line("", 10_000), {Price: 20_000, Quantity: orderhub.Piece, Attributes: orderhub.Attributes{{Name: "a", Value: []byte(`"x"`)}}}})}}, lines: []int{0, 1}},
		{name: "words", file: "number;status;order.payment;order.fulfilment\nN-1;ждет  КУРЬЕРА;Оплачен;У курьера",
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "N-1"}, Change: orderhub.OrderChange{Status: new("Q7")}, FileChange: ordering.FileChange{Payment: new(orderhub.Paid), Fulfilment: new(orderhub.Shipped)}}},
		{name: "all that only our files have", file: "number;order.code;order.customer;order.address;order.total;order.currency;order.paid_at;order.status_at;order.updated_at;order.source;order.coupon;order.account;order.cancel_reason;order.attributes;attribute.a;order.extras;order.taxes;line.sku;line.unit;line.returned;line.bonus;line.image;line.base_price;line.attributes;line.extras\n" +
			`N-1;1C;c-1;Тверь;12,50;rur;2026-05-03T09:00:00Z;2026-05-03T12:00:00+03:00;2026-05-03 12:00;call;TEN;4;why;{"a":1,"b":[2]};{"x":null};{"usam":{"y":1}};[{"Name":"VAT","Amount":5}];S;кг;1;7;http://x/y;3;{"c":1};{"aplaut":{"z":0}}`,
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "N-1"},
				Change: orderhub.OrderChange{Code: new("1C"), Buyer: &orderhub.CustomerRef{ExternalID: "c-1"}, Address: new("Тверь"), UpdatedAt: &noon, Source: new("call"),
					Coupon: new("TEN"), Account: new("4"), CancelReason: new("why"),
					Attributes: orderhub.Attributes{{Name: "a", Value: []byte(`{"x":null}`)}, {Name: "b", Value: []byte("[2]")}}, Extras: orderhub.Extras{"usam": {{Name: "y", Value: []byte("1")}}},
					Lines: orderhub.WholeLines([]orderhub.Line{{SKU: "S", Unit: "кг", Returned: 1000, Bonus: 7, Image: "http://x/y", BasePrice: 30_000, Quantity: orderhub.Piece,
						Attributes: orderhub.Attributes{{Name: "c", Value: []byte("1")}}, Extras: orderhub.Extras{"aplaut": {{Name: "z", Value: []byte("0")}}}}})}, FileChange: ordering.FileChange{Total: new(money.Amount(125_000)), Currency: new(money.Currency("RUB")), PaidAt: &noon, StatusAt: &noon, Taxes: &[]orderhub.Tax{{Name: "VAT", Amount: 5}}}}, lines: []int{0}},
	} {
		shop := salesroom()
		r := sheetOf(t, newOrders(shop), orderhub.ImportOrders, shop, orderhub.ImportPlan{Clear: tt.clear, Decimal: ",", Dates: "dmy"}, tt.file)[0]
		got := r.value.(*orderRecord)
		if d := diff.Diff(tt.want, got.ImportEntry); d != "" || len(complaints(r)) > 0 {
			t.Errorf("%s: %q\n%s", tt.name, complaints(r), d)
		}
		if !slices.Equal(got.lines, tt.lines) || !slices.Equal(r.keys, []key{{"number", "N-1"}}) {
			t.Errorf("%s: lines of the rows %v, want %v; keys %v", tt.name, got.lines, tt.lines, r.keys)
		}
	}
}

func TestReadBadOrders(t *testing.T) {
	for _, tt := range []struct {
		file string
		want []string
	}{
		{"number;price\n;5", []string{`row 2, column "number" can't be blank`}},
		{"number;status\n1;lost", []string{`row 2, column "status" is none of Q7, accepted_payment, bank_review, canceled, closed, courier, credit_approved, credit_rejected, customer_waiting, delete, incomplete_sale, job_dispatched, not_picked, preparing_delivery, received, sending, waiting_payment`}},
		{"number;price;quantity;order.code\n1;a;0;" + strings.Repeat("x", 300), []string{`row 2, column "order.code" is too long; send at most 255 characters`,
			`row 2, column "price" is not a number`, `row 2, column "quantity" must be more than zero`}},
		{"number;price;quantity;created_at;order.currency\n1;a;b;c;d", []string{`row 2, column "created_at" `, `row 2, column "order.currency" is not a currency; send three letters such as RUB`, `row 2, column "price" is not a number`, `row 2, column "quantity" is not a number`}},
		{"number;consumer_email;price\n1;a@example.com;1\n1;a@example.com;x\n1;b@example.com;1", []string{`row 3, column "price" is not a number`, `row 4, column "consumer_email" differs from row 2, which is of the same order`}},
		{"number;size;price\n1;41;1\n1;42;1", []string{`row 3, column "size" differs from row 2, which is of the same order; details of a line belong in a column line.attribute.size`}},
		{"number;order.payments\n1;[{}]\n1;[]", []string{`row 2, column "order.payments" [0].status is not a status of a payment`, `row 3, column "order.payments" differs from row 2, which is of the same order`}},
		{"number;order.payments;line.extras;order.attributes\n1;[{\"paid\":true}];[];{", []string{`row 2, column "order.payments" is not the JSON that belongs here`, `row 2, column "order.attributes" is not the JSON that belongs here`, `row 2, column "line.extras" is not the JSON that belongs here`}},
	} {
		shop := salesroom()
		r := sheetOf(t, newOrders(shop), orderhub.ImportOrders, shop, orderhub.ImportPlan{}, tt.file)[0]
		got := complaints(r)
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
			t.Errorf("%q:\ngot  %q\nwant %q", tt.file, got, tt.want)
		}
	}
}

// A till takes files of orders into a store.
type till struct {
	*testing.T
	db   *store.DB
	shop *orderhub.Shop
}

func eachTill(t *testing.T, test func(t *till)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := salesroom()
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			shop.ID = 0
			return tx.CreateShop(t.Context(), shop)
		})
		if err != nil {
			t.Fatal(err)
		}
		test(&till{t, db, shop})
	})
}

// take judges a file dry, then takes it in, and says what became of each
// record, and what its rows are told.
func (t *till) take(k kind, name orderhub.ImportKind, plan orderhub.ImportPlan, file string) ([]taken, []string) {
	t.Helper()
	ctx := orderhub.WithActor(t.Context(), orderhub.Actor{Door: "import", History: !plan.Live})
	records := sheetOf(t.T, k, name, t.shop, plan, file)
	var dry, wet []taken
	err := t.db.View(ctx, func(tx *store.Tx) (err error) {
		dry, err = k.take(ctx, tx, records, true)
		return err
	})
	if err == nil {
		err = t.db.Update(ctx, func(tx *store.Tx) (err error) {
			wet, err = k.take(ctx, tx, records, false)
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	foretold, told := tellings(records, dry), tellings(records, wet)
	if d := diff.Diff(foretold, told); d != "" {
		t.Errorf("%s (-foretold +came):\n%s", file, d)
	}
	for i, v := range dry {
		if len(v.changes) > 0 {
			t.Errorf("record %d of the rehearsal has changed %v", i, v.changes)
		}
	}
	return wet, told
}

func tellings(records []*record, all []taken) []string {
	var told []string
	for i, v := range all {
		text := v.outcome.String()
		if v.err != nil {
			for _, f := range faultsOf(records[i], v) {
				text += "; " + f.String()
			}
		}
		told = append(told, text)
	}
	return told
}

func (t *till) order(number string) *orderhub.Order {
	t.Helper()
	o, err := (&ordering.Service{DB: t.db}).Find(t.Context(), t.shop, orderhub.OrderRef{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// thingsOf are what an undo would take back.
func thingsOf(all []taken) []string {
	var names []string
	for _, v := range all {
		for _, c := range v.changes {
			name := c.Thing
			if c.Old != nil {
				name += " as it was"
			}
			names = append(names, name)
		}
	}
	return names
}

func TestTakeOrders(t *testing.T) {
	eachTill(t, func(t *till) {
		const first = `
number;consumer_email;consumer_phone;created_at;product_id;price;quantity;status
1;anna@example.com;;2020-01-02 10:00;45;100;2;closed
2;anna@example.com;+7 912 000-11-22;2021-01-02 10:00;46;50;1;sending
3;;;;;;;
1;;;;47;10;;`
		all, told := t.take(newOrders(t.shop), orderhub.ImportOrders, orderhub.ImportPlan{}, first)
		if want := []string{"created", "created", "created"}; !slices.Equal(told, want) {
			t.Fatalf("told %q, want %q", told, want)
		}
		if got, want := thingsOf(all), []string{"customer", "order", "order", "order"}; !slices.Equal(got, want) {
			t.Errorf("changed %q, want %q", got, want)
		}
		o := t.order("1")
		if o.Total.String() != "210" || len(o.Lines) != 2 || o.Status != "closed" || !o.ExchangeAt.Before(time.Unix(0, 0)) || o.Customer != t.order("2").Customer {
			t.Errorf("order 1 = %+v", o)
		}
		if _, told := t.take(newOrders(t.shop), orderhub.ImportOrders, orderhub.ImportPlan{}, first); !slices.Equal(told, []string{"unchanged", "unchanged", "unchanged"}) {
			t.Errorf("the second time %q", told)
		}
		all, told = t.take(newOrders(t.shop), orderhub.ImportOrders, orderhub.ImportPlan{OnlyOld: true}, `
number;order.note;product_id;price;quantity;order.payments
1;`+strings.Repeat("x", 20_000)+`;;;;
1;;45;100;2;
1;;47;10;0;
2;call;;;;[{"Status":9}]
3;call;;;;
4;call;;;;`)
		want := []string{
			`invalid; row 2, column "order.note" is too long; send at most 14000 characters; row 4, column "quantity" must be more than zero`,
			`invalid; row 5, column "order.payments" [0].status is not a status of a payment`,
			"updated",
			`conflict; row 7, column "number" is unknown`,
		}
		if d := diff.Diff(want, told); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if changes := all[2].diff(); !slices.Equal(changes, []orderhub.Change{{Field: "note", To: "call"}}) {
			t.Errorf("order 3 changes %v", changes)
		}
		if got, want := thingsOf(all), []string{"order as it was"}; !slices.Equal(got, want) {
			t.Errorf("changed %q, want %q", got, want)
		}
	})
}

// What was taken can be given back, as it is written down.
func TestTakenOrdersAreReverted(t *testing.T) {
	eachTill(t, func(t *till) {
		k := newOrders(t.shop)
		t.take(k, orderhub.ImportOrders, orderhub.ImportPlan{}, "number;consumer_email;price\n1;anna@example.com;5")
		before := t.order("1")
		all, _ := t.take(k, orderhub.ImportOrders, orderhub.ImportPlan{}, "number;consumer_email;price\n1;;6\n2;boris@example.com;7")
		var orders []change
		for _, v := range slices.Backward(all) {
			for _, c := range v.changes {
				if c.Thing == thingOrder {
					orders = append(orders, c)
				}
			}
		}
		err := t.db.Update(t.Context(), func(tx *store.Tx) error {
			done, err := revertOrders(t.Context(), tx, t.shop, orders)
			if err == nil && !slices.Equal(done, []bool{true, true}) {
				err = fmt.Errorf("reverted %v", done)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		changes := cmpopts.IgnoreFields(orderhub.Order{}, "UpdatedAt", "Version", "LastPart", "ExchangeAt")
		if d := diff.Diff(before, t.order("1"), changes); d != "" {
			t.Errorf("order 1 (-before +after):\n%s", d)
		}
		if _, err := (&ordering.Service{DB: t.db}).Find(t.Context(), t.shop, orderhub.OrderRef{Number: "2"}); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("order 2: %v, want none", err)
		}
	})
}
