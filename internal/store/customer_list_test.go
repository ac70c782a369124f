package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// listCustomers reads one page and returns its names with the page.
func listCustomers(t testing.TB, db *store.DB, shop orderhub.ShopID, f orderhub.CustomerFilter) (string, *orderhub.CustomerPage) {
	t.Helper()
	var page *orderhub.CustomerPage
	view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		page, err = tx.Shop(shop).ListCustomers(ctx, f)
		return err
	})
	var names []string
	for _, c := range page.Customers {
		names = append(names, c.Name)
	}
	return strings.Join(names, " "), page
}

// deleteNow marks a customer deleted at the time of the transaction.
func deleteNow(ctx context.Context, tx *store.Tx, c *orderhub.Customer) error {
	return tx.Shop(c.Shop).DeleteCustomers(ctx, []orderdb.Deletion{{Customer: c.ID, At: tx.Now(), Version: 2}})
}

// deleteCustomer marks a customer deleted.
func deleteCustomer(t testing.TB, db *store.DB, c *orderhub.Customer) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error { return deleteNow(ctx, tx, c) })
}

func TestCustomerListFiltersAndSorts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		for i := range 6 {
			c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID, Name: fmt.Sprint(i + 1), RegisteredAt: day(i%5 + 1), Unsubscribed: i%2 == 0})
			exec(t, db, `update customers set updated_at = $2 where customer_id = $1`, c.ID, day(20-i).UnixMicro())
			if i == 5 {
				deleteCustomer(t, db, c)
			}
		}
		newCustomer(t, db, &orderhub.Customer{Shop: other.ID, Name: "theirs"})
		updated := []orderhub.Sort{{Field: orderhub.SortUpdated}}
		tests := []struct {
			name   string
			filter orderhub.CustomerFilter
			want   string
		}{
			{"all but the deleted, the newest first", orderhub.CustomerFilter{}, "5 4 3 2 1"},
			{"the oldest first", orderhub.CustomerFilter{Sort: []orderhub.Sort{{}}}, "1 2 3 4 5"},
			{"by the last change", orderhub.CustomerFilter{Sort: updated}, "5 4 3 2 1"},
			{"unsubscribed", orderhub.CustomerFilter{Unsubscribed: new(true)}, "5 3 1"},
			{"not unsubscribed", orderhub.CustomerFilter{Unsubscribed: new(false)}, "4 2"},
			{"registered since", orderhub.CustomerFilter{Registered: bounds(orderhub.AfterOrAt, 4)}, "5 4"},
			{"not registered at", orderhub.CustomerFilter{Registered: bounds(orderhub.NotEqual, 4)}, "5 3 2 1"},
			{"changed before", orderhub.CustomerFilter{Updated: bounds(orderhub.Before, 18), Sort: updated}, "5 4"},
			{"all at once", orderhub.CustomerFilter{Unsubscribed: new(true), Registered: bounds(orderhub.After, 1), Updated: bounds(orderhub.After, 16)}, "3"},
		}
		for _, tt := range tests {
			tt.filter.Limit, tt.filter.Total = 10, true
			got, page := listCustomers(t, db, shop.ID, tt.filter)
			if got != tt.want || page.Total != len(page.Customers) || page.More {
				t.Errorf("%s = %s, total %d, more %v; want %s", tt.name, got, page.Total, page.More, tt.want)
			}
		}
	})
}

func TestCustomerListVisitsEveryCustomerOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			all := make([]*orderhub.Customer, 50) // all are changed at the same moment
			for i := range all {
				all[i] = &orderhub.Customer{Shop: shop.ID, Name: fmt.Sprint(i), RegisteredAt: day(1 + i%2)}
			}
			return tx.Shop(shop.ID).CreateCustomers(ctx, all)
		})
		for _, sort := range []orderhub.Sort{{}, {Descending: true}, {Field: orderhub.SortUpdated}, {Field: orderhub.SortUpdated, Descending: true}} {
			seen := map[orderhub.CustomerID]bool{}
			f := orderhub.CustomerFilter{Sort: []orderhub.Sort{sort}, Limit: 7}
			for {
				_, page := listCustomers(t, db, shop.ID, f)
				for _, c := range page.Customers {
					if seen[c.ID] {
						t.Errorf("%v: customer %s was seen twice", sort, c.Name)
					}
					seen[c.ID] = true
				}
				if f.After = page.Next; f.After == nil {
					break
				}
			}
			if len(seen) != 50 {
				t.Errorf("%v: %d customers were seen, want 50", sort, len(seen))
			}
		}
	})
}

func TestCustomerListRefusesWhatIsOverItsLimits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		err := db.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).ListCustomers(t.Context(), orderhub.CustomerFilter{Limit: orderhub.MaxLimit + 1, Skip: -1})
			return err
		})
		if all := orderhub.All(err); len(all) != 2 || all[0].Field != "skip" || all[1].Field != "limit" {
			t.Errorf("ListCustomers = %v, want faults of skip and limit", err)
		}
	})
}

func TestCustomerIsFoundByExternalIDFirstThenByID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		mine, theirs := newShop(t, db, "mine"), newShop(t, db, "theirs")
		a := newCustomer(t, db, &orderhub.Customer{Shop: mine.ID, Name: "a"})
		b := newCustomer(t, db, &orderhub.Customer{Shop: mine.ID, Name: "b"})
		foreign := newCustomer(t, db, &orderhub.Customer{Shop: theirs.ID, Name: "foreign"})
		claim(t, db, a, orderhub.ByExternal, fmt.Sprint(b.ID))
		claim(t, db, foreign, orderhub.ByExternal, "x")
		for want, refs := range map[string][]orderhub.CustomerRef{
			"a": {{ExternalID: fmt.Sprint(b.ID)}, {ExternalID: fmt.Sprint(b.ID), ID: b.ID}, {ID: a.ID}},
			"b": {{ID: b.ID}, {ExternalID: "unknown", ID: b.ID}, {ExternalID: "\xff", ID: b.ID}},
			"":  {{ExternalID: "x"}, {ID: foreign.ID}, {ExternalID: "x", ID: foreign.ID}, {ID: 999_999}, {}},
		} {
			for _, ref := range refs {
				name := ""
				err := db.View(t.Context(), func(tx *store.Tx) error {
					c, err := tx.Shop(mine.ID).CustomerByRef(t.Context(), ref)
					if err == nil {
						name = c.Name
					}
					return err
				})
				if name != want || want == "" && orderhub.KindOf(err) != orderhub.NotFound {
					t.Errorf("CustomerByRef(%+v) = %q, %v, want %q", ref, name, err, want)
				}
			}
		}
	})
}

func TestDeletedCustomerFreesItsIdentities(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		goes := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID, Name: "goes"})
		stays := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID, Name: "stays"})
		claim(t, db, goes, orderhub.ByEmail, "ina@shop.example")
		claim(t, db, stays, orderhub.ByPhone, "79110000000")
		orders := many(t, db, shop.ID, 2, func(i int, o *orderhub.Order) { o.Customer = []orderhub.CustomerID{goes.ID, stays.ID}[i] })
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(shop.ID).NoteDuplicates(ctx, tx.Now(), [2]orderhub.CustomerID{goes.ID, stays.ID})
		})

		deleteCustomer(t, db, goes)
		wantStored(t, db, orders[0]) // orders are linked otherwise by their own saves
		wantStored(t, db, orders[1])
		wantCustomer(t, db, stays)
		if got, _ := listCustomers(t, db, shop.ID, orderhub.CustomerFilter{Limit: 9}); got != "stays" {
			t.Errorf("the list shows %q", got)
		}
		if n := count(t, db, `select count(*) from possible_duplicates`); n != 0 {
			t.Errorf("%d pairs are left", n)
		}
		heir := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		if !claim(t, db, heir, orderhub.ByEmail, "ina@shop.example") || claim(t, db, heir, orderhub.ByPhone, "79110000000") {
			t.Error("an heir gets the address that is free, and only that")
		}
	})
}

func TestIdentityIsFreedByItsOwnerOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		a := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		b := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		claim(t, db, a, orderhub.ByEmail, "a@shop.example")
		for _, tt := range []struct {
			by   orderhub.CustomerID
			free bool
		}{{b.ID, false}, {a.ID, true}} {
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				return tx.Shop(shop.ID).FreeIdentities(ctx, []orderdb.Claim{{Kind: orderhub.ByEmail, Value: "a@shop.example", Customer: tt.by}})
			})
			if got := count(t, db, `select count(*) from identities`) == 0; got != tt.free {
				t.Errorf("after customer %d freed it, it is free: %v, want %v", tt.by, got, tt.free)
			}
		}
	})
}
