package store_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// fullOrder holds something in every field.
func fullOrder(t testing.TB, shop orderhub.ShopID, customer orderhub.CustomerID) *orderhub.Order {
	at := storetest.Noon
	return &orderhub.Order{
		Shop: shop, Number: "№ 7/б \"ё\" %_' 🎁", Code: "1С-00077",
		PlacedAt: at.Add(-48*time.Hour + 123_456*time.Microsecond), UpdatedAt: at.Add(time.Microsecond),
		Status: "closed", Stage: orderhub.StageCompleted, StatusAt: at.Add(-time.Hour),
		Payment: orderhub.Paid, PaidAt: at.Add(-2 * time.Hour), Fulfilment: orderhub.Returned,
		Customer: customer,
		Contact: orderhub.Contact{
			Name: "Żółć ŁUCJA  O’Neil", Email: "Lucja@Shop.example", Phone: "+48 (600) 123-456 w. 7", Address: "ul. Długa 1\nm. 2\t\\",
		},
		Currency: "PLN", Total: amount(t, "-12.3456"), TotalGiven: true,
		Lines: []orderhub.Line{
			{
				Product: "045", SKU: "АРТ-7", Name: "Кубок «Ёж» 40,0%", Unit: "кг", Quantity: 3_450, Returned: 1_000,
				BasePrice: amount(t, "100.10"), Price: amount(t, "97.1435"), Discount: amount(t, "10.20"), Amount: amount(t, "335.15"),
				Bonus: -37, Image: "https://shop.example/a.jpg?x=1&y='2'",
				Attributes: attributes(t, `{"Цвет":"чёрный","z":[1,{"a":null}],"a":1.50}`),
				Extras:     orderhub.Extras{"usam": attributes(t, `{"product_day":"0"}`), "ecdp": attributes(t, `{"category":"Dom"}`)},
			},
			{Quantity: 1},
			{Quantity: math.MaxInt64, Price: math.MinInt64, Amount: math.MaxInt64, Bonus: math.MaxInt64},
		},
		Payments: []orderhub.Payment{
			{
				Number: "PH0000000010564", Status: orderhub.PaymentReserved, Sum: amount(t, "933.00"), Method: "13", MethodName: "Картой",
				Reference: "tx-7", Note: "n", CreatedAt: at.Add(-time.Hour), PaidAt: at, Extras: orderhub.Extras{"usam": attributes(t, `{"gateway":""}`)},
			},
			{Status: orderhub.PaymentOpen},
		},
		Shipments: []orderhub.Shipment{
			{
				Number: "S-1", Status: "shipped", Method: "2", MethodName: "Курьером", Price: amount(t, "200"), Included: true, Track: "RR123",
				Pickup: "981", PickupName: "Просвещения", Address: "Дом 3", Note: "после шести", CreatedAt: at, DeliveredAt: at.Add(time.Hour),
				Extras: orderhub.Extras{"virtpos": attributes(t, `{"pickup_receipt_id":"4"}`)},
			},
			{},
		},
		Taxes: []orderhub.Tax{
			{Name: "НДС", Rate: amount(t, "20"), Amount: amount(t, "15.5"), InPrice: true, Extras: orderhub.Extras{"usam": attributes(t, `{"tax_id":"1"}`)}},
			{},
		},
		Note: "домофон 12\x7f", Source: "webform", Coupon: "SPRING", CancelReason: "передумал",
		Attributes: attributes(t, `{"region":74,"a":{"b":[]},"Z":"я\u0000","":1e400,"empty":""}`),
		Extras: orderhub.Extras{
			"usam":   attributes(t, `{"type_price":"tp_1","exchange":1}`),
			"ecdp":   attributes(t, `{"websiteId":1,"timeZone":"Central Europe Standard Time"}`),
			"aplaut": attributes(t, `{"x":null}`),
		},
	}
}

func TestOrderComesBackEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID, Name: "Łucja"})
		full := fullOrder(t, shop.ID, c.ID)
		bare := &orderhub.Order{Shop: shop.ID, Number: " ", Currency: "RUB", Status: "received"}
		long := plainOrder(shop.ID, strings.Repeat("Ж", orderhub.MaxNumber))
		long.Lines = slices.Repeat(long.Lines, orderhub.MaxLines) // more rows than one statement inserts
		long.PlacedAt = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
		old := plainOrder(shop.ID, "before 1970")
		old.PlacedAt = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)
		create(t, db, full, bare, long, old)
		for _, o := range []*orderhub.Order{full, bare, long, old} {
			if o.ID == 0 || !o.CreatedAt.Equal(storetest.Noon) {
				t.Errorf("order %.20q got id %d, created at %v", o.Number, o.ID, o.CreatedAt)
			}
			wantStored(t, db, o)
		}
		if got := []int{full.Lines[2].No, full.Payments[1].No, full.Shipments[1].No, full.Taxes[1].No}; !slices.Equal(got, []int{3, 5, 7, 9}) {
			t.Errorf("parts are numbered %v, want 3, 5, 7, 9", got)
		}
	})
}

func TestOrderIsFoundByNumberFirstThenByID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		all := many(t, db, shop.ID, 3, func(i int, o *orderhub.Order) { o.Number = fmt.Sprint("A-", i) })
		all[2].Number = fmt.Sprint(all[0].ID) // reads like the other's id
		save(t, db, all[2])
		for want, ref := range map[*orderhub.Order]orderhub.OrderRef{
			all[0]: {ID: all[0].ID},
			all[1]: {Number: "A-1", ID: all[0].ID},
			all[2]: {Number: fmt.Sprint(all[0].ID), ID: all[0].ID},
		} {
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				o, err := tx.Shop(shop.ID).OrderByRef(ctx, ref)
				if err == nil && o.ID != want.ID {
					t.Errorf("OrderByRef(%+v) = order %d, want %d", ref, o.ID, want.ID)
				}
				return err
			})
		}
	})
}

func TestTakenNumberLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		first := plainOrder(shop.ID, "A-1")
		create(t, db, first)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return storetest.CreateOrders(t.Context(), tx, nil, fullOrderNumbered(t, shop.ID, "A-1"))
		})
		if err == nil {
			t.Error("a taken number was created again")
		}
		wantStored(t, db, first)
		for table, want := range map[string]int{"orders": 1, "order_payments": 0} {
			if got := count(t, db, "select count(*) from "+table); got != want {
				t.Errorf("%s has %d rows, want %d", table, got, want)
			}
		}
		create(t, db, plainOrder(newShop(t, db, "other").ID, "A-1")) // another shop's numbers are its own
	})
}

func fullOrderNumbered(t testing.TB, shop orderhub.ShopID, number string) *orderhub.Order {
	o := fullOrder(t, shop, 0)
	o.Number = number
	return o
}

// Who holds the shop's lock and finds a number free has it alone. The first
// round finds the connections cold, which keeps the writers apart.
func TestFiftyParallelCreatesOfOneNumberGiveOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		for round := range 4 {
			number := fmt.Sprint("A-", round)
			var created, refused atomic.Int32
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					switch ok, err := createUnlessTaken(t.Context(), db, plainOrder(shop.ID, number)); {
					case err != nil:
						t.Errorf("update: %v", err)
					case ok:
						created.Add(1)
					default:
						refused.Add(1)
					}
				})
			}
			wg.Wait()
			if created.Load() != 1 || refused.Load() != 49 || count(t, db, `select count(*) from orders where number = $1`, number) != 1 {
				t.Errorf("%d created, %d refused, want 1 and 49", created.Load(), refused.Load())
			}
		}
	})
}

// createUnlessTaken stores a new order, or reports false when its number is
// taken.
func createUnlessTaken(ctx context.Context, db *store.DB, o *orderhub.Order) (created bool, err error) {
	err = db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Shop(o.Shop).Lock(ctx); err != nil {
			return err
		}
		taken, err := numberTaken(ctx, tx, o.Shop, o.Number)
		if created = !taken; err != nil || taken {
			return err
		}
		return storetest.CreateOrders(ctx, tx, nil, o)
	})
	return created, err
}

func TestDeletedOrderFreesItsNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		first := plainOrder(shop.ID, "A-1")
		create(t, db, first)
		first.DeletedAt = storetest.Noon
		save(t, db, first)
		if o := find(t, db, shop.ID, "A-1"); o != nil {
			t.Errorf("the deleted order is still found: %+v", o)
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{ID: first.ID}); orderhub.KindOf(err) != orderhub.NotFound {
				t.Errorf("by id it is %v, want not found", err)
			}
			taken, err := numberTaken(ctx, tx, shop.ID, "A-1")
			if taken {
				t.Error("its number is taken")
			}
			return err
		})
		second := plainOrder(shop.ID, "A-1")
		create(t, db, second)
		if second.ID == first.ID {
			t.Errorf("the new order has the old id %d", first.ID)
		}
		wantStored(t, db, second)
		second.DeletedAt = storetest.Noon // both may be deleted
		save(t, db, second)
		if got := count(t, db, `select count(*) from orders where number = 'A-1'`); got != 2 {
			t.Errorf("history keeps %d orders of that number, want 2", got)
		}
	})
}

func TestChangeOfOnePartKeepsTheOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		o := fullOrderNumbered(t, shop.ID, "A-1")
		create(t, db, o)
		for _, change := range []func(){
			func() { o.Note, o.Number, o.Payment, o.PaidAt = "changed", "A-2", orderhub.Unpaid, time.Time{} },
			func() { o.Lines = []orderhub.Line{{Name: "other", Quantity: 7}} },
			func() { o.Payments[1].Status = orderhub.PaymentPaid },
			func() { o.Shipments = nil },
			func() { o.Taxes = append(o.Taxes, orderhub.Tax{Name: "new"}) },
		} {
			change()
			save(t, db, o)
			wantStored(t, db, o)
		}
		o.Lines, o.Payments, o.Taxes = nil, nil, nil
		save(t, db, o)
		wantStored(t, db, o)
	})
}

func TestPartNumbersAreNeverUsedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		o := plainOrder(shop.ID, "A-1")
		o.Payments = []orderhub.Payment{{Status: orderhub.PaymentOpen}}
		create(t, db, o) // line 1, payment 2
		o.Payments = nil
		save(t, db, o)
		o = find(t, db, shop.ID, "A-1")
		o.Shipments = []orderhub.Shipment{{}}
		o.Lines = append(o.Lines, orderhub.Line{Quantity: 1})
		save(t, db, o)
		o = find(t, db, shop.ID, "A-1")
		if got := []int{o.Lines[0].No, o.Lines[1].No, o.Shipments[0].No}; !slices.Equal(got, []int{1, 3, 4}) {
			t.Errorf("numbers are %v, want 1, 3, 4: number 2 was the payment's", got)
		}
	})
}

// Whoever holds another shop's number or id must not learn from the answer
// that it means something.
func TestForeignOrderIsExactlyAsUnknownAsNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		mine, theirs := newShop(t, db, "mine"), newShop(t, db, "theirs")
		o := plainOrder(theirs.ID, "T-1")
		create(t, db, o)
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			for foreign, unknown := range map[orderhub.OrderRef]orderhub.OrderRef{
				{Number: "T-1"}:           {Number: "T-2"},
				{ID: o.ID}:                {ID: o.ID + 1},
				{Number: "T-1", ID: o.ID}: {Number: "T-2", ID: o.ID},
			} {
				_, got := tx.Shop(mine.ID).OrderByRef(ctx, foreign)
				_, want := tx.Shop(mine.ID).OrderByRef(ctx, unknown)
				if orderhub.KindOf(got) != orderhub.NotFound || orderhub.KindOf(want) != orderhub.NotFound {
					t.Fatalf("%v: %v; %v: %v; want both not found", foreign, got, unknown, want)
				}
				if g, w := strings.ReplaceAll(got.Error(), foreign.String(), "X"), strings.ReplaceAll(want.Error(), unknown.String(), "X"); g != w {
					t.Errorf("foreign says %q, unknown says %q", got, want)
				}
			}
			taken, err := numberTaken(ctx, tx, mine.ID, "T-1")
			if taken {
				t.Error("their number is taken for me")
			}
			return err
		})
	})
}
