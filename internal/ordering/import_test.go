package ordering_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

// An importer brings files to the desk of a shop.
type importer struct {
	*desk
	clock   *storetest.Clock
	history bool
}

// imported runs a test on every database, with a clock that goes on with
// every file.
func imported(t *testing.T, test func(t *importer)) {
	t.Helper()
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		test(&importer{desk: newDesk(t, db, "main"), clock: clock, history: true})
	})
}

func (t *importer) ctx() context.Context {
	return orderhub.WithActor(t.Context(), orderhub.Actor{Door: "import", History: t.history})
}

// rehearse judges a file and stores nothing.
func (t *importer) rehearse(mode orderhub.Mode, all ...ordering.ImportEntry) []ordering.Imported {
	t.Helper()
	var verdicts []ordering.Imported
	err := t.db.View(t.ctx(), func(tx *store.Tx) (err error) {
		verdicts, err = ordering.ImportAll(t.ctx(), tx, t.shop, all, mode, true)
		return err
	})
	if err != nil {
		t.Fatalf("rehearse: %v", err)
	}
	return verdicts
}

// run stores a file.
func (t *importer) run(mode orderhub.Mode, all ...ordering.ImportEntry) []ordering.Imported {
	t.Helper()
	t.clock.Offset += time.Minute
	var verdicts []ordering.Imported
	err := t.db.Update(t.ctx(), func(tx *store.Tx) (err error) {
		verdicts, err = ordering.ImportAll(t.ctx(), tx, t.shop, all, mode, false)
		return err
	})
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return verdicts
}

// undo takes back what runs have stored, the last first, as the undo log tells
// it, and says how much of it could be taken back.
func (t *importer) undo(verdicts ...ordering.Imported) (done, kept int) {
	t.Helper()
	t.clock.Offset += time.Minute
	var orders []orderhub.Reversal[orderhub.Order]
	var persons []orderhub.Reversal[orderhub.Customer]
	for _, v := range slices.Backward(verdicts) {
		if v.Outcome == orderhub.OutcomeCreated || v.Outcome == orderhub.OutcomeUpdated {
			orders = append(orders, orderhub.Reversal[orderhub.Order]{ID: int64(v.Now.ID), Stamp: v.Done,
				Version: v.Now.Version, Content: ordering.Content(v.Now), Old: reread(t, v.Old)})
		}
		if c := v.Customer; c != nil {
			persons = append(persons, orderhub.Reversal[orderhub.Customer]{ID: int64(c.Now.ID), Stamp: c.Now.UpdatedAt, Version: c.Now.Version,
				Content: customers.Content(c.Now), Old: reread(t, c.Old)})
		}
	}
	err := t.db.Update(t.ctx(), func(tx *store.Tx) error {
		done, kept = 0, 0
		some, err := ordering.Revert(t.ctx(), tx, t.shop, orders)
		if err != nil {
			return err
		}
		more, err := customers.Revert(t.ctx(), tx, t.shop, persons)
		for _, ok := range append(some, more...) {
			if ok {
				done++
			} else {
				kept++
			}
		}
		return err
	})
	if err != nil {
		t.Fatalf("undo: %v", err)
	}
	return done, kept
}

// reread is a state that was written down and read again.
func reread[T any](t *importer, state *T) *T {
	t.Helper()
	if state == nil {
		return nil
	}
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	again := new(T)
	if err := json.Unmarshal(text, again); err != nil {
		t.Fatal(err)
	}
	return again
}

// A content is what the store of a shop holds.
type content struct {
	Orders     map[orderhub.OrderID]*orderhub.Order
	Customers  map[orderhub.CustomerID]*orderhub.Customer
	Identities map[string]orderhub.CustomerID
}

// content reads all orders and customers, deleted orders too, up to the ID 400.
func (t *importer) content() content {
	t.Helper()
	var c content
	err := t.db.View(t.Context(), func(tx *store.Tx) (err error) {
		c = content{Identities: make(map[string]orderhub.CustomerID)}
		orders, err := allIDs[orderhub.OrderID](t.Context(), tx, `select order_id from orders where shop_id = $1`, t.shop.ID)
		if err != nil {
			return err
		}
		persons, err := allIDs[orderhub.CustomerID](t.Context(), tx, `select customer_id from customers where shop_id = $1`, t.shop.ID)
		if err != nil {
			return err
		}
		if c.Orders, err = tx.Shop(t.shop.ID).OrdersByIDs(t.Context(), orders); err != nil {
			return err
		}
		if c.Customers, err = tx.Shop(t.shop.ID).CustomersByIDs(t.Context(), persons); err != nil {
			return err
		}
		for _, x := range c.Customers {
			x.UpdatedAt, x.Version = time.Time{}, 0 // an undo is a change of its own
		}
		for _, x := range c.Orders {
			x.UpdatedAt, x.Version, x.LastPart = time.Time{}, 0, 0
		}
		for kind, values := range map[orderhub.Identity][]string{
			orderhub.ByEmail: {"anna@example.com", "boris@example.com", "clara@example.com"}, orderhub.ByPhone: {"79120001122", "79120003344"},
			orderhub.ByExternal: {"c-1", "c-2", "c-3"},
		} {
			found, _, err := tx.Shop(t.shop.ID).CustomersBy(t.Context(), kind, values)
			if err != nil {
				return err
			}
			for value, id := range found {
				c.Identities[value] = id
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func allIDs[ID ~int64](ctx context.Context, tx *store.Tx, query string, shop orderhub.ShopID) (ids []ID, err error) {
	rows, err := tx.Query(ctx, query, int64(shop))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, ID(id))
	}
	return ids, rows.Err()
}

func outcomes(verdicts []ordering.Imported) []string {
	all := make([]string, len(verdicts))
	for i, v := range verdicts {
		all[i] = v.Outcome.String()
		if v.Err != nil {
			all[i] += ": " + v.Err.Error()
		}
	}
	return all
}

// row is an entry for an order of the number.
func row(number string, change orderhub.OrderChange) ordering.ImportEntry {
	return ordering.ImportEntry{Ref: orderhub.OrderRef{Number: number}, Change: change}
}

// What one record comes to, in every mode, dry and wet.
func TestOutcomesOfAnImport(t *testing.T) {
	long := fmt.Sprintf("%0300d", 0)
	tests := []struct {
		name  string
		mode  orderhub.Mode
		entry ordering.ImportEntry
		want  string
	}{
		{"new", either, row("N", orderhub.OrderChange{Note: new("x")}), "created"},
		{"new where none may be made", onlyKnown, row("N", orderhub.OrderChange{}), "conflict: number is unknown"},
		{"new and wrong where none may be made", onlyKnown, row("N", orderhub.OrderChange{Source: &long}), "invalid: source is too long; send at most 255 characters\nnumber is unknown"},
		{"the same", either, row("A", orderhub.OrderChange{Name: new("Анна де Вриз")}), "unchanged"},
		{"nothing told", either, row("A", orderhub.OrderChange{}), "unchanged"},
		{"the note without the spaces around", either, row("A", orderhub.OrderChange{Note: new("call")}), "unchanged"},
		{"the note without all spaces", either, row("A", orderhub.OrderChange{Note: new("")}), "updated"},
		{"another note", either, row("A", orderhub.OrderChange{Note: new("x")}), "updated"},
		{"there where none may be changed", onlyNew, row("A", orderhub.OrderChange{}), "conflict: number is already taken"},
		{"there and wrong where none may be changed", onlyNew, row("A", orderhub.OrderChange{Status: new("lost")}), "invalid: status is not a status of this shop\nnumber is already taken"},
		{"two faults", either, row("A", orderhub.OrderChange{Status: new("lost"), Lines: orderhub.WholeLines([]orderhub.Line{{Name: "Cap"}})}),
			"invalid: status is not a status of this shop\nlines[0].quantity must be more than zero"},
		{"without a number", either, row("", orderhub.OrderChange{}), "invalid: number can't be blank"},
		{"a number of no database", either, row("A\x00", orderhub.OrderChange{}), "invalid: number contains a NUL character"},
		{"by code", onlyKnown, ordering.ImportEntry{Ref: orderhub.OrderRef{Code: "1C-7"}, Change: orderhub.OrderChange{Status: new("closed")}}, "updated"},
		{"by an unknown code", onlyKnown, ordering.ImportEntry{Ref: orderhub.OrderRef{Code: "1C-8"}}, "conflict: code is unknown"},
		{"by an unknown code, though new ones may be made", either, ordering.ImportEntry{Ref: orderhub.OrderRef{Code: "1C-8"}}, "conflict: code is unknown"},
		{"a deleted one", onlyKnown, row("D", orderhub.OrderChange{}), "conflict: number is unknown"},
		{"a deleted one anew", either, row("D", orderhub.OrderChange{}), "created"},
		{"the same line, other details of it in sequence", either, row("A", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{
			{Product: "45", Name: "Boots", Quantity: orderhub.Piece, Price: amount("6800"), Attributes: details(`{"b":1,"a":2}`)}})}), "unchanged"},
		{"another price", either, row("A", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{{Product: "45", Name: "Boots", Quantity: orderhub.Piece, Price: amount("6801")}})}), "updated"},
		{"the total that it has", either, ordering.ImportEntry{Ref: number("A"), FileChange: ordering.FileChange{Total: new(amount("6800"))}}, "unchanged"},
		{"another total", either, ordering.ImportEntry{Ref: number("A"), FileChange: ordering.FileChange{Total: new(amount("6700"))}}, "updated"},
		{"a total out of range", either, row("A", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{{Quantity: 9e15, Price: 9e15}})}), "invalid: lines[0].price is too large"},
		{"no currency", either, ordering.ImportEntry{Ref: number("A"), FileChange: ordering.FileChange{Currency: new(money.Currency("rubles"))}}, "invalid: currency is not a currency code"},
		{"no date", either, ordering.ImportEntry{Ref: number("A"), FileChange: ordering.FileChange{StatusAt: new(time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC))}}, "invalid: status_at is not a date of our calendar"},
		{"details twice", either, row("A", orderhub.OrderChange{Attributes: orderhub.Attributes{{Name: "x", Value: []byte("1")}, {Name: "x", Value: []byte("2")}}}),
			"invalid: attributes is not a JSON object whose names are there once"},
		{"a payment document of no status", either, ordering.ImportEntry{Ref: number("A"), FileChange: ordering.FileChange{Payments: &[]orderhub.Payment{{}}}}, "invalid: payments[0].status is not a status of a payment"},
		{"the buyer of an order that has one", either, row("A", orderhub.OrderChange{Buyer: &orderhub.CustomerRef{ExternalID: "c-9"}}), "unchanged"},
		{"a buyer for an order without one", either, row("B", orderhub.OrderChange{Buyer: &orderhub.CustomerRef{ExternalID: "c-9"}}), "updated"},
	}
	imported(t, func(t *importer) {
		for _, o := range []*orderhub.Order{
			boots("A", func(o *orderhub.Order) {
				o.Code, o.Note, o.Lines[0].Attributes = "1C-7", " call\n", details(`{"a":2,"b":1}`)
			}),
			boots("B", func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }), boots("D"),
		} {
			if err := t.s.Place(t.Context(), t.shop, o); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := t.s.Delete(t.Context(), t.shop, number("D")); err != nil {
			t.Fatal(err)
		}
		for _, tt := range tests {
			before := t.content()
			dry := outcomes(t.rehearse(tt.mode, tt.entry))
			if diff := cmp.Diff(before, t.content(), alike...); diff != "" {
				t.Fatalf("%s: the rehearsal has stored something:\n%s", tt.name, diff)
			}
			verdicts := t.run(tt.mode, tt.entry)
			if wet := outcomes(verdicts); dry[0] != tt.want || wet[0] != tt.want {
				t.Errorf("%s: rehearsed %q\n run %q\n want %q", tt.name, dry[0], wet[0], tt.want)
			}
			if _, kept := t.undo(verdicts...); kept > 0 {
				t.Errorf("%s: %d changes could not be taken back", tt.name, kept)
			}
			if diff := cmp.Diff(before, t.content(), alike...); diff != "" {
				t.Errorf("%s: after the undo (-before +after):\n%s", tt.name, diff)
			}
		}
	})
}

func TestHistoryKnowsSinceWhenACustomerIsOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newDesk(t, db, "main").shop
		placed := storetest.Noon.AddDate(-3, 0, 0)
		for history, want := range map[bool]time.Time{true: placed, false: storetest.Noon} {
			ctx := orderhub.WithActor(t.Context(), orderhub.Actor{Door: "import", History: history})
			number, email := fmt.Sprint("since-", history), fmt.Sprintf("since-%v@shop.example", history)
			entry := ordering.ImportEntry{Ref: orderhub.OrderRef{Number: number}, Change: orderhub.OrderChange{PlacedAt: &placed, Email: &email}}
			err := db.Update(ctx, func(tx *store.Tx) error {
				all, err := ordering.ImportAll(ctx, tx, shop, []ordering.ImportEntry{entry}, orderhub.Mode{New: true}, false)
				if err != nil {
					return err
				}
				c, err := tx.Shop(shop.ID).Customer(ctx, all[0].Now.Customer)
				if err == nil && (c.RegisteredAt.Before(want) || c.RegisteredAt.Sub(want) > time.Millisecond) {
					t.Errorf("history %v: registered at %v, want %v", history, c.RegisteredAt, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
