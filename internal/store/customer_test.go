package store_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// newCustomer stores a customer.
func newCustomer(t testing.TB, db *store.DB, c *orderhub.Customer) *orderhub.Customer {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		return tx.Shop(c.Shop).CreateCustomers(ctx, []*orderhub.Customer{c})
	})
	return c
}

func wantCustomer(t *testing.T, db *store.DB, want *orderhub.Customer) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) error {
		got, err := tx.Shop(want.Shop).Customer(ctx, want.ID)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("customer came back changed (-stored +read):\n%s", d)
		}
		return err
	})
}

func TestCustomerComesBackEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		group := newGroup(t, db, shop.ID, "VIP")
		full := newCustomer(t, db, &orderhub.Customer{
			Shop: shop.ID, ExternalID: "1c-77 №/ё", Email: " Ina@Shop.example", Phone: "8 (911) 000-00-00",
			Name: "ИНА  де ла Тис", FirstName: "Ина", MiddleName: "Ёлковна", LastName: "O'Тис",
			Gender: orderhub.Female, Birthday: orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, Group: group,
			Unsubscribed: true, Complained: true, Bounced: true,
			Consents:     []orderhub.Consent{{ID: "3", State: orderhub.AwaitingConfirmation}, {ID: "1", State: orderhub.Given}, {ID: "я", State: orderhub.Refused}},
			Attributes:   attributes(t, `{"size":37456,"a":[null]}`),
			Extras:       orderhub.Extras{"virtpos": attributes(t, `{"custom_information":"ё"}`)},
			RegisteredAt: storetest.Noon.Add(-time.Hour),
		})
		bare := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		wantCustomer(t, db, full)
		wantCustomer(t, db, bare)
		if !bare.RegisteredAt.Equal(storetest.Noon) || !full.CreatedAt.Equal(storetest.Noon) {
			t.Errorf("registered at %v, created at %v, want noon", bare.RegisteredAt, full.CreatedAt)
		}

		full.Name, full.Group, full.Gender, full.Consents, full.Attributes = "Ина", 0, orderhub.GenderUnknown, nil, nil
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(shop.ID).SaveCustomers(ctx, []*orderhub.Customer{full})
		})
		wantCustomer(t, db, full)
	})
}

// newGroup stores a customer group; the store has no method for it yet.
func newGroup(t testing.TB, db *store.DB, shop orderhub.ShopID, name string) orderhub.GroupID {
	t.Helper()
	exec(t, db, `insert into customer_groups (shop_id, name) values ($1, $2)`, shop, name)
	return orderhub.GroupID(count(t, db, `select group_id from customer_groups where shop_id = $1 and name = $2`, shop, name))
}

func TestForeignCustomerIsExactlyAsUnknownAsNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		mine, theirs := newShop(t, db, "mine"), newShop(t, db, "theirs")
		c := newCustomer(t, db, &orderhub.Customer{Shop: theirs.ID})
		claim(t, db, c, orderhub.ByEmail, "ina@shop.example")
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Shop(mine.ID).Customer(ctx, c.ID); orderhub.KindOf(err) != orderhub.NotFound {
				t.Errorf("a foreign customer is %v, want not found", err)
			}
			id, err := tx.Shop(mine.ID).CustomerBy(ctx, orderhub.ByEmail, "ina@shop.example")
			if id != 0 {
				t.Errorf("their e-mail address means customer %d here, want nobody", id)
			}
			return err
		})
	})
}

// claim lets an identity find a customer, unless another one has it.
func claim(t testing.TB, db *store.DB, c *orderhub.Customer, kind orderhub.Identity, value string) (won bool) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Shop(c.Shop).Lock(ctx); err != nil {
			return err
		}
		owner, err := tx.Shop(c.Shop).CustomerBy(ctx, kind, value)
		if won = owner == 0; err != nil || !won {
			return err
		}
		return tx.Shop(c.Shop).ClaimIdentities(ctx, []orderdb.Claim{{Kind: kind, Value: value, Customer: c.ID}})
	})
	return won
}

// settle waits for what the transaction has sent.
func settle(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.Query(ctx, `select 1`)
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

func TestIdentityMeansTheFirstWhoClaimsIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
				if claim(t, db, c, orderhub.ByPhone, "79110000000") {
					won.Add(1)
				} else {
					lost.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 19 {
			t.Errorf("%d won, %d lost, want 1 and 19", won.Load(), lost.Load())
		}
	})
}

func TestDeletedCustomerFreesWhatItClaimed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		a := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		claim(t, db, a, orderhub.ByEmail, "a@shop.example")
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return deleteNow(ctx, tx, a) })
		b := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		if !claim(t, db, b, orderhub.ByEmail, "a@shop.example") {
			t.Error("the address is still taken")
		}
		if b.ID == a.ID {
			t.Errorf("the new customer has the old id %d", a.ID)
		}
	})
}

func TestPossibleDuplicatesAreListedOnceInEitherOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		a := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		b := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(shop.ID).NoteDuplicates(ctx, tx.Now(), [][2]orderhub.CustomerID{{b.ID, a.ID}, {a.ID, b.ID}, {b.ID, c.ID}}...)
		})
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Shop(shop.ID).PossibleDuplicates(ctx, 0, 10)
			if want := [][2]orderhub.CustomerID{{b.ID, c.ID}, {a.ID, b.ID}}; !slices.Equal(got, want) {
				t.Errorf("pairs = %v, want %v", got, want)
			}
			if got, _ := tx.Shop(shop.ID).PossibleDuplicates(ctx, 0, 1); len(got) != 1 {
				t.Errorf("at most one = %v", got)
			}
			if got, _ := tx.Shop(other.ID).PossibleDuplicates(ctx, 0, 10); len(got) != 0 {
				t.Errorf("the other shop sees %v", got)
			}
			return err
		})
	})
}

func TestCustomersOfOrdersAreReadOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		a := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID, Name: "a"})
		b := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID, Name: "b"})
		orders := []*orderhub.Order{{Customer: b.ID}, {}, {Customer: a.ID}, {Customer: b.ID}}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Shop(shop.ID).CustomersOf(ctx, orders)
			if d := cmp.Diff([]*orderhub.Customer{a, b}, got); d != "" {
				t.Errorf("customers (-want +got):\n%s", d)
			}
			if got, err := tx.Shop(shop.ID).CustomersOf(ctx, orders[1:2]); got != nil || err != nil {
				t.Errorf("of no linked order = %v, %v", got, err)
			}
			return err
		})
	})
}
