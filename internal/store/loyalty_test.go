package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/carddb"
	"orderhub/internal/store/query"
	"orderhub/internal/store/storetest"
)

// furnishLoyalty gives a customer a card, and ten points of an order of which
// four are spent.
func furnishLoyalty(t testing.TB, db *store.DB, c *orderhub.Customer, o *orderhub.Order) (*orderhub.Card, []*orderhub.BonusEntry) {
	t.Helper()
	kind := &orderhub.CardType{Shop: c.Shop, Name: "Gold", Discount: amount(t, "7.5")}
	card := &orderhub.Card{Shop: c.Shop, Number: "0017", ExternalID: "e-17", EAN13: orderhub.EAN13("0017"), Barcode: "17",
		Medium: orderhub.Magnetic, Status: orderhub.CardBlocked, Customer: c.ID, ActivatedAt: day(1), BlockedAt: day(2)}
	entries := []*orderhub.BonusEntry{
		{Shop: c.Shop, Customer: c.ID, Order: o.ID, Cause: orderhub.BonusEarned, Points: 10, State: orderhub.BonusActive, Reason: "order", ExpiresAt: day(9)},
		{Shop: c.Shop, Customer: c.ID, Cause: orderhub.BonusAdjusted, Points: -4, State: orderhub.BonusSpent, Key: "k", Reason: "gift"},
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Shop(c.Shop).MakeCardType(ctx, kind); err != nil {
			return err
		}
		card.Type = kind.ID
		all := []*orderhub.Card{card}
		if err := number(ctx, tx, carddb.CardTable, &card.ID); err != nil {
			return err
		}
		if err := tx.Shop(c.Shop).AddCards(ctx, all); err != nil {
			return err
		}
		if err := tx.Shop(c.Shop).AddCardKeys(ctx, all); err != nil {
			return err
		}
		for _, e := range entries {
			e.Card, e.CreatedAt, e.StateAt = card.ID, tx.Now(), tx.Now()
			if err := number(ctx, tx, carddb.BonusTable, &e.ID); err != nil {
				return err
			}
			if err := tx.Shop(c.Shop).AddBonuses(ctx, []*orderhub.BonusEntry{e}); err != nil {
				return err
			}
		}
		return tx.Shop(c.Shop).AddAllocations(ctx, []carddb.Allocation{{Shop: c.Shop, Lot: entries[0].ID, Entry: entries[1].ID, Points: 4}})
	})
	return card, entries
}

// number gives a row the next id of its table.
func number[ID ~int64](ctx context.Context, tx *store.Tx, table query.Table, id *ID) error {
	ids, err := tx.Shop(1).NextIDs(ctx, table, 1)
	if err == nil {
		*id = ID(ids[0])
	}
	return err
}

func TestCardsAndPointsComeBackAsTheyWereStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		o := plainOrder(shop.ID, "1")
		create(t, db, o)
		card, entries := furnishLoyalty(t, db, c, o)
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Shop(shop.ID).CardByRef(ctx, orderhub.CardRef{Number: "0017"})
			if diff := cmp.Diff(card, got); diff != "" || err != nil {
				t.Errorf("the card (-stored +read), %v:\n%s", err, diff)
			}
			types, err := tx.Shop(shop.ID).CardTypes(ctx)
			if err != nil || len(types) != 1 || *types[0] != (orderhub.CardType{ID: card.Type, Shop: shop.ID, Name: "Gold", Discount: amount(t, "7.5")}) {
				t.Errorf("types %v, %v", types, err)
			}
			rows, err := tx.Shop(shop.ID).Bonuses(ctx, c.ID, 0, 9)
			if diff := cmp.Diff([]*orderhub.BonusEntry{entries[1], entries[0]}, rows); diff != "" || err != nil {
				t.Errorf("the ledger (-stored +read), %v:\n%s", err, diff)
			}
			lots, err := tx.Shop(shop.ID).Lots(ctx, []orderhub.CustomerID{c.ID})
			if err != nil || len(lots[c.ID]) != 1 || lots[c.ID][0].Left != 6 {
				t.Errorf("lots %v, %v, want one of which 6 are left", lots, err)
			}
			return nil
		})
	})
}

func TestCheckFindsABrokenLedger(t *testing.T) {
	damage := []struct{ statement, finding, repair string }{
		{`update bonus_entries set order_id = 999999 where points > 0`, "bonus entries tell of orders that are not there",
			`update bonus_entries set order_id = (select min(order_id) from orders) where points > 0`},
		{`update bonus_entries set points = -11 where points < 0`, "less than no bonus points", `update bonus_entries set points = -4 where points < 0`},
		{`update bonus_entries set points = -5 where points < 0`, "went out do not agree", `update bonus_entries set points = -4 where points < 0`},
		{`update bonus_entries set state = 4 where points < 0`, "went out do not agree", `update bonus_entries set state = 2 where points < 0`},
		{`delete from bonus_draws`, "went out do not agree",
			`insert into bonus_draws (lot_id, entry_id, points) select min(entry_id), max(entry_id), 4 from bonus_entries`},
		{`update bonus_entries set state = 2 where points > 0`, "came in do not agree", `update bonus_entries set state = 1 where points > 0`},
		{`update bonus_entries set state = 0 where points > 0`, "came in do not agree", `update bonus_entries set state = 1 where points > 0`},
		{`update bonus_draws set points = 10`, "came in do not agree", `update bonus_draws set points = 4`},
		{`update bonus_entries set shop_id = (select max(shop_id) from shops)`, "bonus entries belong to a customer of another shop",
			`update bonus_entries set shop_id = (select min(shop_id) from shops)`},
		{`update cards set shop_id = (select max(shop_id) from shops)`, "cards belong to a customer of another shop",
			`update cards set shop_id = (select min(shop_id) from shops)`},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		newShop(t, db, "other")
		furnish(t, db, shop)
		for _, d := range damage {
			exec(t, db, d.statement)
			findings, err := db.Check(t.Context())
			if found := strings.Join(findings, "\n"); err != nil || !strings.Contains(found, d.finding) {
				t.Errorf("after %s, %v:\n%s\nwant a finding with %q", d.statement, err, found, d.finding)
			}
			exec(t, db, d.repair)
			if findings, err := db.Check(t.Context()); err != nil || len(findings) > 0 {
				t.Fatalf("after %s: %v, %v", d.repair, findings, err)
			}
		}
	})
}

// No look-up of cards and points may read a whole table.
func TestEveryCardAndPointHasAnIndex(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	c := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
	byRef := func(ref orderhub.CardRef) func(context.Context, *store.Tx) error {
		return func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Shop(shop.ID).CardByRef(ctx, ref); orderhub.KindOf(err) != orderhub.NotFound {
				return err
			}
			return nil
		}
	}
	for name, tt := range map[string]struct {
		method func(context.Context, *store.Tx) error
		want   string // part of the plan
	}{
		"card by id":          {byRef(orderhub.CardRef{ID: 7}), "SEARCH c USING INTEGER PRIMARY KEY"},
		"card by number":      {byRef(orderhub.CardRef{Number: "x"}), "SEARCH k USING PRIMARY KEY (shop_id=? AND kind=? AND value=?)"},
		"card by external id": {byRef(orderhub.CardRef{ExternalID: "x"}), "SEARCH k USING PRIMARY KEY (shop_id=? AND kind=? AND value=?)"},
		"card by barcode":     {byRef(orderhub.CardRef{Barcode: "x"}), "cards_barcode (shop_id=? AND barcode=?)"},
		"cards of customers": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).CardsOfCustomers(ctx, []orderhub.CustomerID{c.ID, 2})
			return err
		}, "cards_customer (customer_id=?)"},
		"lots": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).Lots(ctx, []orderhub.CustomerID{c.ID})
			return err
		}, "bonus_entries_active (customer_id=?)"},
		"balances": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).BonusBalances(ctx, []orderhub.CustomerID{c.ID, 2})
			return err
		}, "bonus_entries_active (customer_id=?"},
		"debts": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).Debts(ctx, []orderhub.CustomerID{c.ID})
			return err
		}, "bonus_entries_pending (customer_id=?)"},
		"entries": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).Bonuses(ctx, c.ID, 9, 9)
			return err
		}, "bonus_entries_customer (customer_id=? AND entry_id<?)"},
		"entries of an order": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).BonusesOfOrders(ctx, []orderhub.OrderID{7})
			return err
		}, "bonus_entries_order (order_id=?)"},
		"entry by key": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).BonusesByKeys(ctx, []string{"k"})
			return err
		}, "bonus_entries_key (shop_id=? AND entry_key=?)"},
		"expired": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExpiredCustomers(ctx, tx.Now(), 9)
			return err
		}, "bonus_entries_due (expires_at>? AND expires_at<?)"},
	} {
		all := strings.Join(plans(t, db, tt.method), "\n")
		for step := range strings.Lines(all) {
			table, scans := strings.CutPrefix(strings.TrimSpace(step), "SCAN ")
			if scans && table != "found" && table != "CONSTANT ROW" {
				t.Errorf("%s:\n%s", name, all)
			}
		}
		if !strings.Contains(all, tt.want) {
			t.Errorf("%s:\n%s\nwant %s", name, all, tt.want)
		}
	}
}
