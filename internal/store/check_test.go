package store_test

import (
	"strings"
	"testing"

	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A check that finds nothing is worth something only if it finds what is
// there.
func TestCheckFindsDamage(t *testing.T) {
	damage := []struct{ statement, finding string }{
		{`update orders set parts = parts - 2 where parts > 1`, "have payments"},
		{`delete from shipments`, "have shipments"},
		{`delete from taxes`, "have taxes"},
		{`delete from order_lines`, "have lines"},
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
