package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// crowd stores customers with an e-mail address each.
func crowd(t testing.TB, db *store.DB, shop orderhub.ShopID, n int) []*orderhub.Customer {
	t.Helper()
	all := make([]*orderhub.Customer, n)
	claims := make([]orderdb.Claim, n)
	for i := range all {
		all[i] = &orderhub.Customer{Shop: shop, Email: fmt.Sprint(i, "@shop.example"), Name: fmt.Sprint("customer ", i)}
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Shop(shop).CreateCustomers(ctx, all); err != nil {
			return err
		}
		for i, c := range all {
			claims[i] = orderdb.Claim{Kind: orderhub.ByEmail, Value: c.Email, Customer: c.ID}
		}
		return tx.Shop(shop).ClaimIdentities(ctx, claims)
	})
	return all
}

// Of many that are stored at once none may get the fields of another.
func TestManyCustomersAreSaved(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		group := newGroup(t, db, shop.ID, "VIP")
		all := crowd(t, db, shop.ID, 300)
		theirs := newCustomer(t, db, &orderhub.Customer{Shop: other.ID})
		clock.Offset += time.Hour
		for i, c := range all {
			c.Name, c.Birthday.Year, c.Bounced = fmt.Sprint("changed ", i), 1900+i%100, i%2 == 0
			if i%3 == 0 {
				c.Group, c.Attributes = group, attributes(t, fmt.Sprintf(`{"i":%d}`, i))
			}
		}
		for _, c := range all {
			c.UpdatedAt, c.Version = clock.Now(), 2
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(shop.ID).SaveCustomers(ctx, all) })
		ids := []orderhub.CustomerID{theirs.ID}
		for _, c := range all {
			ids = append(ids, c.ID)
			if !c.UpdatedAt.Equal(clock.Now()) {
				t.Fatalf("updated at %v", c.UpdatedAt)
			}
		}
		want := map[orderhub.CustomerID]*orderhub.Customer{}
		for _, c := range all {
			want[c.ID] = c
		}
		slices.Sort(ids)
		read := func() {
			t.Helper()
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				got, err := tx.Shop(shop.ID).CustomersByIDs(ctx, ids)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-stored +read):\n%s", diff)
				}
				return err
			})
		}
		read()
		for _, c := range all {
			c.Group, c.UpdatedAt = 0, storetest.Noon
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Shop(shop.ID).SaveCustomers(ctx, all) })
		read()
	})
}

func TestCustomersAreRemovedWithWhatIsTheirs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		all := crowd(t, db, shop.ID, 300)
		used := map[orderhub.CustomerID]bool{all[0].ID: true, all[299].ID: true}
		create(t, db, &orderhub.Order{Shop: shop.ID, Number: "1", Currency: "RUB", Customer: all[0].ID})
		ids := make([]orderhub.CustomerID, len(all))
		for i, c := range all {
			ids[i] = c.ID
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := storetest.Record(ctx, tx, orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerActed, Customer: all[299].ID},
				orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerChanged, Customer: all[1].ID}); err != nil {
				return err
			}
			if err := tx.Shop(shop.ID).NoteDuplicates(ctx, tx.Now(), [2]orderhub.CustomerID{ids[5], ids[0]}); err != nil {
				return err
			}
			got, err := tx.Shop(shop.ID).CustomersInUse(ctx, ids)
			if diff := cmp.Diff(used, got); diff != "" {
				t.Errorf("in use (-want +got):\n%s", diff)
			}
			if err != nil {
				return err
			}
			return tx.Shop(shop.ID).RemoveCustomers(ctx, ids[1:])
		})
		for table, want := range map[string]int{"customers": 1, "identities": 1, "possible_duplicates": 0, "events": 2} {
			if n := count(t, db, `select count(*) from `+table); n != want {
				t.Errorf("%d rows of %s are left, want %d", n, table, want)
			}
		}
	})
}

// What an undo asks must not read a whole table for each of its steps.
func TestUndoOfCustomersGoesThroughIndexes(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	ids := []orderhub.CustomerID{1, 2, 3}
	found := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Shop(shop.ID).CustomersInUse(ctx, ids); err != nil {
			return err
		}
		_, err := tx.Shop(shop.ID).CustomersByIDs(ctx, ids)
		return err
	})
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, where := range []string{"identities where customer_id", "possible_duplicates where customer_id", "possible_duplicates where other_id"} {
			steps, err := explain(ctx, tx.Conn, `delete from `+where+` in ($1, $2)`, []any{1, 2})
			if err != nil {
				return err
			}
			found = append(found, strings.Join(steps, "\n"))
		}
		return nil
	})
	for _, plan := range found {
		if strings.Contains(plan, "SCAN") {
			t.Errorf("a whole table is read:\n%s", plan)
		}
	}
	if len(found) != 5 {
		t.Errorf("looked at %d plans", len(found))
	}
}
