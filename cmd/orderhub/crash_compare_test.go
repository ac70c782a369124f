package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/search"
	"orderhub/internal/store"
	"orderhub/internal/store/sqlite"
)

// compare opens the store as it was left and looks for every order that was
// sent since the last comparison: in the store, and in the search index after
// it has caught up.
func (tr *trial) compare(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	db, err := tr.place.open(ctx, sqlite.Options{})
	if err != nil {
		t.Fatalf("open what was left: %v", err)
	}
	defer db.Close()
	findings, err := db.Check(ctx)
	if err != nil || len(findings) > 0 {
		t.Errorf("check says %q, %v, want that the store is sound", findings, err)
	}
	catchUp(t, db)
	err = db.View(ctx, func(tx *store.Tx) error {
		shop, err := tx.ShopByName(ctx, "main")
		if err != nil {
			return err
		}
		for _, number := range slices.Sorted(maps.Keys(tr.sent)) {
			if err := tr.look(ctx, tx, shop, number); err != nil {
				return err
			}
		}
		return tr.lookAtBatches(ctx, tx, shop)
	})
	if err != nil {
		t.Fatalf("compare: %v", err)
	}
	clear(tr.sent)
	clear(tr.found)
}

// catchUp completes the search index. On PostgreSQL it has to wait for
// transactions that others have open on the same server: a while when their
// callers are gone, and the server has to find out.
func catchUp(t *testing.T, db *store.DB) {
	t.Helper()
	await(t, "the search index to be complete", func() bool {
		if err := search.CatchUp(t.Context(), db); err != nil {
			t.Fatalf("the search index: %v", err)
		}
		unread := 0
		err := db.View(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query(t.Context(), `
				select count(*) from events
				where (txid, event_id) > (select txid, event_id from readers where name = 'search')`)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				if err := rows.Scan(&unread); err != nil {
					return err
				}
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		return unread == 0
	})
}

// look compares one order with what its client knows.
func (tr *trial) look(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, number string) error {
	sent := tr.sent[number]
	switch sent.post {
	case done:
		tr.tally.answered++
	case refused:
		tr.tally.refused++
	default:
		tr.tally.open++
	}
	o, err := tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{Number: number})
	if err != nil && orderhub.KindOf(err) == orderhub.NotFound {
		if sent.post == done {
			tr.tally.lost++
			tr.wonder("order %s was answered for and is lost", number)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if sent.post == refused {
		tr.wonder("order %s is there, although its client was told that nothing was changed", number)
	}
	events, err := tx.Shop(o.Shop).OrderEvents(ctx, o.ID)
	if err != nil {
		return err
	}
	customer, err := tx.Shop(shop.ID).Customer(ctx, o.Customer)
	if err != nil && orderhub.KindOf(err) != orderhub.NotFound {
		return err
	}
	if why := sent.differs(o, customer, events); why != "" {
		tr.tally.wrong++
		tr.wonder("order %s (%+v): %s", number, *sent, why)
	}
	return tr.find(ctx, tx, shop, number)
}

// find looks for an order by a part of its number. All orders of a client
// have the part in common, so one search serves for all of them.
func (tr *trial) find(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, number string) error {
	part, _, _ := strings.Cut(number[1:], "n")
	if tr.found[part] == nil {
		tr.found[part] = make(map[string]bool)
		page := &search.Page{Next: math.MaxInt64}
		for page.Next != 0 {
			var err error
			if page, err = search.Orders(ctx, tx, shop, part, orderhub.OrderFilter{}, page.Next, 500); err != nil {
				return err
			}
			for _, o := range page.Orders {
				tr.found[part][o.Number] = true
			}
		}
	}
	if !tr.found[part][number] {
		tr.wonder("a search for %q does not find order %s", part, number)
	}
	return nil
}

// differs says in what a stored order is not what was sent.
func (sent *order) differs(o *orderhub.Order, customer *orderhub.Customer, events []orderhub.Event) string {
	paid := o.Payment == orderhub.Paid
	switch word := map[bool]string{false: "not-paid", true: "paid"}[paid]; {
	case sent.put == done && !paid:
		return "its payment was answered for and is lost"
	case sent.put != done && sent.put != open && paid:
		return "it is paid, although nobody was told so"
	case o.Attributes.Text("payment_status") != word:
		return fmt.Sprintf("its payment is %v, but its details are %s", o.Payment, o.Attributes.JSON())
	}
	want := []orderhub.EventKind{orderhub.OrderPlaced}
	if paid {
		want = append(want, orderhub.OrderChanged)
	}
	var got []orderhub.EventKind
	for _, e := range events {
		got = append(got, e.Kind)
	}
	if !slices.Equal(got, want) {
		return fmt.Sprintf("its events are %q, want %q", got, want)
	}
	if n, _ := o.Attributes.Get("n"); string(n) != fmt.Sprint(sent.n) || o.Contact.Name != "Ольга Крылова" || o.Contact.Email != sent.email() {
		return fmt.Sprintf("its details are %s, its contact %+v", o.Attributes.JSON(), o.Contact)
	}
	if customer == nil || customer.Email != sent.email() {
		return fmt.Sprintf("its customer is %+v, want the one with %s", customer, sent.email())
	}
	var lines strings.Builder
	for _, l := range o.Lines {
		fmt.Fprintf(&lines, "%s %s %v×%v=%v; ", l.Product, l.Name, l.Quantity, l.Price, l.Amount)
	}
	if got, want := fmt.Sprint(lines.String(), o.Total), linesWanted; got != want {
		return fmt.Sprintf("it is half or changed: %s, want %s", got, want)
	}
	return ""
}

const linesWanted = "1 Чай 3.45×100.1=345.35; 2 Сахар 1×55=55; 3 Лимон 1×12.5=12.5; 412.85"
