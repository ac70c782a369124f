package store_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// A shop comes back with maps that can be written to, also when it was stored
// without any.
var asShop = cmp.Options{cmpopts.IgnoreUnexported(orderhub.Shop{}), cmpopts.EquateEmpty()}

func fullShop() *orderhub.Shop {
	return &orderhub.Shop{
		Name: "north-shop", Zone: "Europe/Warsaw", Currency: "PLN", Identify: orderhub.ByExternal, NumberPrefix: "ИН/",
		Statuses: []orderhub.Status{
			{Code: "nowy", Name: "Nowe zamówienie", Stage: orderhub.StagePlaced},
			{Code: "closed", Name: "Закрыт", Stage: orderhub.StageCompleted, Closed: true},
			{Code: "a", Name: "the order of the list counts", Stage: orderhub.StageCanceled},
		},
		PaymentWords:    map[string]orderhub.PaymentState{"оплачен": orderhub.Paid, "nie zapłacono": orderhub.Unpaid},
		FulfilmentWords: map[string]orderhub.FulfilmentState{"у курьера": orderhub.Shipped, "payment_word.x": orderhub.Packed},
		Settings:        map[string]string{"aplaut.error_style": "vendor", "usam.numeric_json": ""},
	}
}

func TestShopComesBackEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		full := fullShop()
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.CreateShop(ctx, full) })
		bare := newShop(t, db, "bare")
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			byName, err1 := tx.ShopByName(ctx, "north-shop")
			byID, err2 := tx.ShopByID(ctx, full.ID)
			all, err3 := tx.Shops(ctx)
			if d := cmp.Diff([]*orderhub.Shop{full, full}, []*orderhub.Shop{byName, byID}, asShop); d != "" {
				t.Errorf("by name and by id (-stored +read):\n%s", d)
			}
			if d := cmp.Diff([]*orderhub.Shop{full, bare}, all, asShop); d != "" {
				t.Errorf("all shops (-stored +read):\n%s", d)
			}
			byName.Settings["a"], byName.PaymentWords["b"], byName.FulfilmentWords["c"] = "", 0, 0 // none of the maps is nil
			for _, err := range []error{err1, err2, err3} {
				if err != nil {
					return err
				}
			}
			return nil
		})

		full.Zone, full.Currency, full.Identify, full.NumberPrefix = "Asia/Omsk", "RUB", orderhub.ByPhone, ""
		full.PaymentWords, full.Settings = nil, map[string]string{"usam.numeric_json": "1"}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SaveShop(ctx, full) })
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.ShopByID(ctx, full.ID)
			if d := cmp.Diff(full, got, asShop); d != "" {
				t.Errorf("after SaveShop (-stored +read):\n%s", d)
			}
			return err
		})
	})
}

func TestShopNameIsTakenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		newShop(t, db, "main")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.CreateShop(t.Context(), &orderhub.Shop{Name: "main", Identify: "email"})
		})
		if all := orderhub.All(err); len(all) != 1 || all[0].Kind != orderhub.Duplicate || all[0].Field != "name" {
			t.Errorf("the same name again = %v, want a duplicate name", err)
		}
		for what, look := range map[string]func(tx *store.Tx) error{
			"name": func(tx *store.Tx) error { _, err := tx.ShopByName(t.Context(), "Main"); return err },
			"id":   func(tx *store.Tx) error { _, err := tx.ShopByID(t.Context(), 999); return err },
		} {
			if err := db.View(t.Context(), look); orderhub.KindOf(err) != orderhub.NotFound {
				t.Errorf("an unknown %s = %v, want not found", what, err)
			}
		}
	})
}

// furnish gives a shop something in every table that knows shops, with a key
// of its own.
func furnish(t testing.TB, db *store.DB, shop *orderhub.Shop) []*orderhub.Order {
	t.Helper()
	a := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID, Group: newGroup(t, db, shop.ID, "VIP")})
	b := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
	claim(t, db, a, orderhub.ByEmail, "a@shop.example")
	orders := []*orderhub.Order{fullOrder(t, shop.ID, a.ID), plainOrder(shop.ID, "deleted")}
	orders[1].DeletedAt = storetest.Noon
	create(t, db, orders...)
	furnishLoyalty(t, db, a, orders[0])
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		shop.Settings = map[string]string{"aplaut.error_style": "vendor"}
		if err := tx.SaveShop(ctx, shop); err != nil {
			return err
		}
		if err := tx.Shop(shop.ID).NoteDuplicates(ctx, tx.Now(), [2]orderhub.CustomerID{a.ID, b.ID}); err != nil {
			return err
		}
		if err := tx.Shop(shop.ID).AddSuppressions(ctx, []orderdb.SuppressionEntry{{Shop: shop.ID, Email: "a@shop.example", Reason: orderhub.SuppressedBounced, At: tx.Now()}}); err != nil {
			return err
		}
		answer := store.KeyedAnswer{Key: "k-1", Fingerprint: []byte("print"), Answer: store.Answer{Status: 201, Body: []byte("{}")}}
		if err := tx.Shop(shop.ID).SaveAnswers(ctx, []store.KeyedAnswer{answer}); err != nil {
			return err
		}
		if err := markTaken(ctx, tx, shop.ID, orders[0]); err != nil {
			return err
		}
		if err := tx.Shop(shop.ID).SaveCounter(ctx, "order", 1); err != nil {
			return err
		}
		if err := tx.Shop(shop.ID).Define(ctx, orderhub.Definition{Shop: shop.ID, Kind: orderhub.ConsentDefinition, Name: "3"}); err != nil {
			return err
		}
		if err := furnishCatalogue(ctx, tx, shop); err != nil {
			return err
		}
		if err := furnishImports(ctx, tx, shop.ID); err != nil {
			return err
		}
		for _, o := range orders {
			if err := storetest.Record(ctx, tx, orderhub.Event{Shop: shop.ID, Kind: orderhub.OrderPlaced, Order: o.ID}); err != nil {
				return err
			}
			if err := indexOrder(ctx, tx, o, "ботинки"); err != nil {
				return err
			}
		}
		return tx.CreateKey(ctx, &orderhub.Key{Shop: shop.ID, Name: "1c"}, []byte(shop.Name))
	})
	return orders
}

// rowsOf counts the rows of every table.
func rowsOf(t testing.TB, db *store.DB) map[string]int {
	t.Helper()
	rows := map[string]int{}
	for _, table := range tableNames(t) {
		rows[table] = count(t, db, `select count(*) from `+table)
	}
	return rows
}

func TestRemovedShopLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		stays := newShop(t, db, "stays")
		orders := furnish(t, db, stays)
		before := rowsOf(t, db)

		goes := newShop(t, db, "goes")
		furnish(t, db, goes)
		for table, rows := range rowsOf(t, db) {
			if rows == before[table] && table != "readers" && table != "schema_progress" { // which know no shops
				t.Errorf("table %s got no row of the shop: furnish it, so that this test tells whether it is removed", table)
			}
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RemoveShop(ctx, goes.ID) })
		if d := cmp.Diff(before, rowsOf(t, db)); d != "" {
			t.Errorf("rows of all tables (-before the shop +after it):\n%s", d)
		}
		wantStored(t, db, orders[0])
		if got := match(t, db, "ботинки", 1<<62, 10); !slices.Equal(got, []orderhub.OrderID{orders[1].ID, orders[0].ID}) {
			t.Errorf("the index knows %v, want the orders of the shop that stays", got)
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.ShopByID(ctx, stays.ID)
			if d := cmp.Diff(stays, got, asShop); d != "" {
				t.Errorf("the shop that stays (-before +after):\n%s", d)
			}
			return err
		})
		again := newShop(t, db, "goes") // the name is free
		if again.ID == goes.ID {
			t.Errorf("the new shop has the old id %d", goes.ID)
		}
	})
}
