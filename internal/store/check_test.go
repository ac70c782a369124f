package store_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A check that finds nothing is worth something only if it finds what is
// there.
func TestCheckFindsDamage(t *testing.T) {
	damage := []struct{ statement, finding string }{
		{`update orders set parts = parts - 2 where parts > 1`, "has the lists 15 and says that they are 13"},
		{`delete from order_payments`, "is not found by the numbers of its payment documents"},
		{`update orders set body = replace(body, '"lines"', '"rows"')`, "cannot be read"},
		{`update events set order_id = 999999 where order_id = (select max(order_id) from orders)`, "orders that are not there"},
		{`update identities set shop_id = (select max(shop_id) from shops)`, "identities mean a customer of another shop"},
		{`update customers set shop_id = (select max(shop_id) from shops)`, "linked to a customer of another shop"},
		{`delete from events`, "no event that tells of their beginning"},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		newShop(t, db, "other")
		furnish(t, db, shop)
		findings, err := db.Check(t.Context())
		if err != nil || len(findings) != 0 {
			t.Fatalf("a sound store: %v, %v", findings, err)
		}
		for _, d := range damage {
			exec(t, db, d.statement)
			if findings, err = db.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			if after := strings.Join(findings, "\n"); !strings.Contains(after, d.finding) {
				t.Errorf("after %s:\n%s\nwant a finding with %q", d.statement, after, d.finding)
			}
		}
	})
}

// Databases of shops check no references, so Check follows every one of them.
func TestCheckFollowsEveryReference(t *testing.T) {
	want := make(map[string]string)
	for _, table := range readSchema(t) {
		for _, c := range table.columns {
			if m := oneOf.FindStringSubmatch(c[2]); m != nil {
				want[table.name+"."+c[0]] = m[1]
			}
		}
	}
	if d := cmp.Diff(want, store.References()); d != "" {
		t.Errorf("references (-schema +check):\n%s", d)
	}
}

var oneOf = regexp.MustCompile("^one of `(\\w+)`")

// A store of a shop has no references, and what they would have refused is
// found.
func TestCheckFindsWhatReferencesWouldRefuse(t *testing.T) {
	for database, place := range storetest.Places(t) {
		db := place.OpenNew(t)
		shop := newShop(t, db, "main")
		o := plainOrder(shop.ID, "1")
		o.Customer = 77
		create(t, db, o)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return storetest.Record(ctx, tx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: o.ID})
		})
		findings, err := db.Check(t.Context())
		if want := []string{"1 rows of orders name one of customers that is not there, by customer_id"}; err != nil || !slices.Equal(findings, want) {
			t.Errorf("%s: Check = %q, %v, want %q", database, findings, err, want)
		}
	}
}

func TestCountLeavesDeletedOrdersOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		furnish(t, db, newShop(t, db, "main"))
		c, err := db.Count(t.Context())
		if want := (store.Counts{Shops: 1, Orders: 1, Customers: 2, Events: 2}); err != nil || c != want {
			t.Errorf("Count = %+v, %v, want %+v", c, err, want)
		}
		if err := db.Tidy(t.Context()); err != nil {
			t.Errorf("Tidy = %v", err)
		}
	})
}
