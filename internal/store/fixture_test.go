package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

// The helpers of all store tests. Each ends the test when the store fails at
// something that the test takes for granted.

func update(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// newShop opens a shop.
func newShop(t testing.TB, db *store.DB, name string) *orderhub.Shop {
	t.Helper()
	s := &orderhub.Shop{
		Name: name, Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail,
		NumberPrefix: "ИН", Statuses: orderhub.DefaultStatuses(),
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.CreateShop(ctx, s) })
	return s
}

// plainOrder is an order of one line, placed at noon.
func plainOrder(shop orderhub.ShopID, number string) *orderhub.Order {
	return &orderhub.Order{
		Shop: shop, Number: number, PlacedAt: storetest.Noon, UpdatedAt: storetest.Noon,
		Status: orderhub.StatusReceived, Currency: "RUB",
		Lines: []orderhub.Line{{Product: "45", Name: "Boots", Quantity: orderhub.Piece, Price: 68_000_000}},
	}
}

// create stores orders, in one transaction.
func create(t testing.TB, db *store.DB, orders ...*orderhub.Order) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error { return storetest.CreateOrders(ctx, tx, nil, orders...) })
}

// save stores a changed order.
func save(t testing.TB, db *store.DB, o *orderhub.Order) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error { return storetest.SaveOrders(ctx, tx, nil, o) })
}

// numberTaken says whether an order of the shop that is not deleted has a number.
func numberTaken(ctx context.Context, tx *store.Tx, shop orderhub.ShopID, number string) (bool, error) {
	found, err := tx.Shop(shop).OrderIDsBy(ctx, orderdb.ByNumber, []string{number})
	return len(found[number]) > 0, err
}

// many stores n orders with the numbers 1 to n, after change has had each.
func many(t testing.TB, db *store.DB, shop orderhub.ShopID, n int, change func(i int, o *orderhub.Order)) []*orderhub.Order {
	t.Helper()
	orders := make([]*orderhub.Order, n)
	for i := range orders {
		orders[i] = plainOrder(shop, fmt.Sprint(i+1))
		if change != nil {
			change(i, orders[i])
		}
	}
	create(t, db, orders...)
	return orders
}

// find reads an order by its number; nil when the shop has none.
func find(t testing.TB, db *store.DB, shop orderhub.ShopID, number string) *orderhub.Order {
	t.Helper()
	var o *orderhub.Order
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		o, err = tx.Shop(shop).OrderByRef(t.Context(), orderhub.OrderRef{Number: number})
		return err
	})
	if err != nil && orderhub.KindOf(err) != orderhub.NotFound {
		t.Fatalf("find %s: %v", number, err)
	}
	return o
}

// wantStored compares an order with what the store says of it.
func wantStored(t testing.TB, db *store.DB, want *orderhub.Order) {
	t.Helper()
	got := find(t, db, want.Shop, want.Number)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("order %q came back changed (-stored +read):\n%s", want.Number, d)
	}
}

// count is the answer of a query that counts.
func count(t testing.TB, db *store.DB, query string, args ...any) int {
	t.Helper()
	n := 0
	view(t, db, func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&n); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return n
}

// exec runs a statement of the test itself.
func exec(t testing.TB, db *store.DB, statement string, args ...any) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, statement, args...)
		return err
	})
}

func attributes(t testing.TB, object string) orderhub.Attributes {
	t.Helper()
	a, err := orderhub.ParseAttributes([]byte(object))
	if err != nil {
		t.Fatalf("attributes %s: %v", object, err)
	}
	return a
}

func amount(t testing.TB, text string) money.Amount {
	t.Helper()
	a, err := money.Parse(text)
	if err != nil {
		t.Fatalf("amount %q: %v", text, err)
	}
	return a
}

// reckoned computes an order's amounts and fails when it may not be stored.
func reckoned(t testing.TB, o *orderhub.Order) *orderhub.Order {
	t.Helper()
	var sent *money.Amount
	if o.TotalGiven {
		sent = &o.Total
	}
	if err := o.ComputeTotals(nil, sent); err != nil {
		t.Fatalf("compute totals of %s: %v", o.Number, err)
	}
	if err := o.Validate(); err != nil {
		t.Fatalf("validate %s: %v", o.Number, err)
	}
	return o
}

// receive waits for a message that must come.
func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}
