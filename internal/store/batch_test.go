package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// Their rows are inserted in chunks, and come back in any sequence: none may
// get the ID or the parts of another.
func TestManyOrdersComeBackEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		orders := make([]*orderhub.Order, 150)
		for i := range orders {
			orders[i] = plainOrder(shop.ID, fmt.Sprint("order ", i))
			if i%3 == 0 {
				orders[i] = fullOrderNumbered(t, shop.ID, fmt.Sprint("order ", i))
			}
			orders[i].Note = fmt.Sprint("note ", i)
		}
		create(t, db, orders...)
		ids := map[orderhub.OrderID]bool{0: true}
		for _, o := range orders {
			if ids[o.ID] {
				t.Errorf("order %s got the id %d of another, or none", o.Number, o.ID)
			}
			ids[o.ID] = true
			wantStored(t, db, o)
		}
		create(t, db) // none is fine
	})
}

// A number that is taken fails the whole batch, of which nothing is left.
func TestManyOrdersAreStoredTogetherOrNotAtAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		create(t, db, plainOrder(shop.ID, "7"), plainOrder(other.ID, "8"))
		var orders []*orderhub.Order
		for i := range 20 {
			orders = append(orders, plainOrder(shop.ID, fmt.Sprint(i)))
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error { return storetest.CreateOrders(t.Context(), tx, nil, orders...) })
		if got := count(t, db, `select count(*) from orders`); err == nil || got != 2 {
			t.Errorf("with a taken number: %v, and there are %d orders, want an error and 2", err, got)
		}
		create(t, db, slices.Delete(orders, 7, 8)...)
		if got := count(t, db, `select count(*) from orders`); got != 21 {
			t.Errorf("without it there are %d orders, want 21", got)
		}
	})
}

func TestManyLookUpsKeepToTheShop(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		all := many(t, db, shop.ID, 300, func(i int, o *orderhub.Order) { // numbers 1 to 300
			if i == 4 {
				o.DeletedAt = storetest.Noon
			}
		})
		create(t, db, plainOrder(other.ID, "theirs"))
		asked := []string{"theirs", "5", "0", "1 ", "300", "1"}
		for i := range 600 {
			asked = append(asked, fmt.Sprint("free ", i))
		}
		asked = append(asked, "299")
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Shop(shop.ID).OrderIDsBy(ctx, orderdb.ByNumber, asked)
			if d := cmp.Diff(map[string][]orderhub.OrderID{"1": {all[0].ID}, "299": {all[298].ID}, "300": {all[299].ID}}, got); d != "" {
				t.Errorf("orders by number (-want +got):\n%s", d)
			}
			return err
		})

		a := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		b := newCustomer(t, db, &orderhub.Customer{Shop: other.ID})
		claim(t, db, a, orderhub.ByEmail, "1")
		claim(t, db, a, orderhub.ByPhone, "300")
		claim(t, db, b, orderhub.ByEmail, "299")
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, _, err := tx.Shop(shop.ID).CustomersBy(ctx, orderhub.ByEmail, asked)
			if d := cmp.Diff(map[string]orderhub.CustomerID{"1": a.ID}, got); d != "" {
				t.Errorf("customers by e-mail (-want +got):\n%s", d)
			}
			return err
		})
	})
}

func TestManyCustomersGetTheirOwnIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		customers := make([]*orderhub.Customer, 150)
		claims := make([]orderdb.Claim, 150)
		for i := range customers {
			customers[i] = &orderhub.Customer{Shop: shop.ID, Email: fmt.Sprint(i%7, "@shop.example"), Phone: fmt.Sprint(i), Name: fmt.Sprint("customer ", i)}
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Shop(shop.ID).CreateCustomers(ctx, customers); err != nil {
				return err
			}
			for i, c := range customers {
				claims[i] = orderdb.Claim{Kind: orderhub.ByPhone, Value: c.Phone, Customer: c.ID}
			}
			return tx.Shop(shop.ID).ClaimIdentities(ctx, claims)
		})
		for i, c := range customers {
			wantCustomer(t, db, c)
			if n := count(t, db, `select customer_id from identities where kind = 'phone' and value = $1`, c.Phone); n != int(c.ID) {
				t.Errorf("phone %d means customer %d, want %d", i, n, c.ID)
			}
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			err := tx.Shop(shop.ID).ClaimIdentities(t.Context(), []orderdb.Claim{{Kind: orderhub.ByPhone, Value: "new", Customer: 1}, claims[9]})
			if err == nil {
				err = settle(t.Context(), tx)
			}
			if err == nil {
				t.Error("what another customer has was claimed")
			}
			return errors.New("enough")
		})
		if err == nil || count(t, db, `select count(*) from identities`) != 150 {
			t.Errorf("the claims of a failed update are left, %v", err)
		}
	})
}

func TestManyEventsAreRecordedInTheirSequence(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		actor := orderhub.Actor{Door: "ecdp", Key: "shop"}
		var want []orderhub.OrderID
		var events []orderhub.Event
		for i := range 100 {
			events = append(events, orderhub.Event{
				Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: orderhub.OrderID(i + 1),
				Changes: []orderhub.Change{{Field: "status", To: fmt.Sprint(i)}},
			})
			want = append(want, orderhub.OrderID(i+1))
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return storetest.Record(orderhub.WithActor(ctx, actor), tx, events...)
		})
		if got := readAll(t, db, "search", 100); !slices.Equal(got, want) {
			t.Errorf("read %v, want 1 to 100", got)
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Shop(shop.ID).OrderEvents(ctx, 7)
			if len(got) != 1 || got[0].Actor != actor || !got[0].At.Equal(storetest.Noon) || got[0].Changes[0].To != "6" {
				t.Errorf("the event of order 7 is %+v", got)
			}
			return err
		})
	})
}
