package ordering_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/ordering"
	"orderhub/internal/store/storetest"
)

// by makes a code of an order what a row names it by.
func byCode(code string, change orderhub.OrderChange) ordering.ImportEntry {
	return ordering.ImportEntry{Ref: orderhub.OrderRef{Code: code}, Change: change}
}

// What happens between a run and its undo, and what the undo then does to an
// order that the run made and to one that it changed.
func TestUndoLeavesWhatSomebodyHasTouched(t *testing.T) {
	export := orderhub.OrderChange{Export: &orderhub.Export{Taken: true}}
	amend := func(change orderhub.OrderChange) func(*importer, string) error {
		return func(t *importer, n string) error {
			_, _, err := t.s.Amend(t.Context(), t.shop, number(n), change, onlyKnown)
			return err
		}
	}
	tests := []struct {
		name    string
		act     func(t *importer, number string) error
		made    bool // the one that was made goes
		changed bool // the one that was changed is as it was
	}{
		{"nothing", func(*importer, string) error { return nil }, true, true},
		{"a note", amend(orderhub.OrderChange{Note: new("mine")}), false, false},
		{"a change that changes nothing", amend(orderhub.OrderChange{Coupon: new("")}), true, true},
		{"deleted", func(t *importer, n string) error { _, err := t.s.Delete(t.Context(), t.shop, number(n)); return err }, false, false},
		{"taken by the accounting system", amend(export), true, false}, // which had not to take the one of history
		{"taken, and given back", func(t *importer, n string) error {
			if err := amend(export)(t, n); err != nil {
				return err
			}
			return amend(orderhub.OrderChange{Export: &orderhub.Export{}})(t, n)
		}, false, false},
		{"purged", func(t *importer, n string) error {
			o, err := t.s.Delete(t.Context(), t.shop, number(n))
			if err != nil {
				return err
			}
			return t.s.Purge(t.Context(), t.shop, orderhub.OrderRef{ID: o.ID})
		}, true, false},
		{"points spent", func(t *importer, n string) error {
			o := t.found(n)
			b := loyalty.Booking{Customer: orderhub.CustomerRef{ID: o.Customer}, Points: 50, Reason: "a gift"}
			if _, err := (&loyalty.Service{DB: t.db}).Book(t.Context(), t.shop, b); err != nil {
				return err
			}
			_, _, err := t.s.Amend(t.Context(), t.shop, orderhub.OrderRef{ID: o.ID}, orderhub.OrderChange{Spend: new(int64(5))}, onlyKnown)
			return err
		}, false, false},
		{"another import, undone", func(t *importer, n string) error {
			run := t.run(onlyKnown, row(n, orderhub.OrderChange{Status: new("sending"), Lines: orderhub.WholeLines([]orderhub.Line{})}))
			if _, kept := t.undo(run...); kept > 0 {
				t.Error("the import in between could not be taken back")
			}
			return nil
		}, true, true},
		{"the customer deleted", func(t *importer, n string) error {
			return t.s.DeleteCustomer(t.Context(), t.shop, orderhub.CustomerRef{ID: t.found(n).Customer})
		}, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			imported(t, func(t *importer) {
				if err := t.s.Place(t.Context(), t.shop, boots("old")); err != nil {
					t.Fatal(err)
				}
				before := t.found("old")
				run := t.run(either,
					row("old", orderhub.OrderChange{Note: new("file"), Status: new("closed"), Lines: orderhub.WholeLines([]orderhub.Line{piece("Cap"), piece("Scarf")})}),
					row("new", orderhub.OrderChange{Email: new("boris@example.com"), Lines: orderhub.WholeLines([]orderhub.Line{piece("Cap")})}))
				for _, n := range []string{"old", "new"} {
					t.clock.Offset += time.Minute
					if err := tt.act(t, n); err != nil {
						t.Fatal(err)
					}
				}
				touched := t.content()
				run[1].Customer = nil // only the orders are looked at
				done, _ := t.undo(run...)
				if want := count(tt.made, tt.changed); done != want {
					t.Errorf("%d of 2 orders are as they were, want %d", done, want)
				}
				now := t.content()
				old, made := run[0].Now.ID, run[1].Now.ID
				if _, there := now.Orders[made]; there == tt.made {
					t.Errorf("the order that was made is there: %t", there)
				}
				want := touched.Orders[old]
				if tt.changed {
					want = before
					want.UpdatedAt = time.Time{} // an undo is a change of its own
					want.Customer = touched.Orders[old].Customer
				}
				if diff := cmp.Diff(want, now.Orders[old], alike...); diff != "" {
					t.Errorf("the order that was changed (-want +got):\n%s", diff)
				}
				if again, _ := t.undo(run...); again != done {
					t.Errorf("the second time %d of 2 orders are as they were, want %d", again, done)
				}
			})
		})
	}
}

func count(all ...bool) (n int) {
	for _, yes := range all {
		if yes {
			n++
		}
	}
	return n
}

// An undo of a live import takes the points back that it gave, and what was
// pending before is pending again.
func TestUndoTakesPointsBack(t *testing.T) {
	imported(t, func(t *importer) {
		t.history = false
		earns := boots("A", func(o *orderhub.Order) { o.Lines[0].Bonus = 15 })
		if err := t.s.Place(t.Context(), t.shop, earns); err != nil {
			t.Fatal(err)
		}
		balance := func() orderhub.BonusBalance {
			all, err := (&loyalty.Service{DB: t.db}).Balance(t.Context(), t.shop, earns.Customer)
			if err != nil {
				t.Fatal(err)
			}
			return all[earns.Customer]
		}
		before := balance()
		run := t.run(onlyKnown, row("A", orderhub.OrderChange{Status: new("closed")}))
		if balance() == before {
			t.Fatalf("closing the order gave no points: %+v", before)
		}
		t.history = true // as undoing is to all others
		if done, _ := t.undo(run...); done != 1 {
			t.Error("the order could not be taken back")
		}
		if now := balance(); now != before {
			t.Errorf("the balance is %+v, want %+v", now, before)
		}
	})
}

// One order, named by its number and by its code: the second row goes on from
// the first.
func TestOrderThatAFileMeansTwice(t *testing.T) {
	imported(t, func(t *importer) {
		if err := t.s.Place(t.Context(), t.shop, boots("A", func(o *orderhub.Order) { o.Code = "1C" })); err != nil {
			t.Fatal(err)
		}
		before := t.content()
		file := []ordering.ImportEntry{
			row("A", orderhub.OrderChange{Status: new("sending")}), byCode("1C", orderhub.OrderChange{Status: new("lost")}),
			byCode("1C", orderhub.OrderChange{Status: new("sending")}), byCode("1C", orderhub.OrderChange{Status: new("received")}),
		}
		want := []string{"updated", "invalid: status is not a status of this shop", "unchanged", "updated"}
		if got := outcomes(t.rehearse(onlyKnown, file...)); !cmp.Equal(got, want) {
			t.Errorf("rehearsed %q, want %q", got, want)
		}
		run := t.run(onlyKnown, file...)
		if got := outcomes(run); !cmp.Equal(got, want) {
			t.Errorf("run %q, want %q", got, want)
		}
		if o := t.found("A"); o.Status != "received" || o.Moves != 2 {
			t.Errorf("order A is %s after %d moves", o.Status, o.Moves)
		}
		t.wantEvents(run[0].Now.ID, orderhub.OrderPlaced, orderhub.OrderChanged, orderhub.OrderChanged)
		if _, kept := t.undo(run...); kept > 0 {
			t.Error("the changes could not be taken back")
		}
		if diff := cmp.Diff(before, t.content(), alike...); diff != "" {
			t.Errorf("after the undo (-before +after):\n%s", diff)
		}
	})
}

// Nothing follows from history, and it has happened when the file says.
func TestHistoryIsOnlyBroughtAlong(t *testing.T) {
	placed, changed, set := storetest.Noon.AddDate(-3, 0, 0), storetest.Noon.AddDate(-2, 0, 0), storetest.Noon.AddDate(-2, 0, -1)
	closed := func(number string) ordering.ImportEntry {
		return row(number, orderhub.OrderChange{PlacedAt: &placed, Status: new("closed"), Email: new("anna@example.com"),
			Lines: orderhub.WholeLines([]orderhub.Line{{Name: "Boots", Quantity: orderhub.Piece, Price: 1, Bonus: 7}}), Attributes: details(`{"payment_status":"paid"}`)})
	}
	for _, history := range []bool{true, false} {
		imported(t, func(t *importer) {
			t.history = history
			full := closed("full")
			full.Change.UpdatedAt, full.StatusAt = &changed, &set
			run := t.run(either, closed("plain"), full)
			now := t.db.Now()
			plain, told := t.found("plain"), t.found("full")
			if !told.UpdatedAt.Equal(changed) || !told.StatusAt.Equal(set) || !told.PlacedAt.Equal(placed) {
				t.Errorf("history %t: the order is of %v, its status of %v, it changed at %v", history, told.PlacedAt, told.StatusAt, told.UpdatedAt)
			}
			at := now
			if history {
				at = placed
			}
			if !plain.StatusAt.Equal(at) || !plain.PaidAt.Equal(at) || !plain.UpdatedAt.Equal(now) {
				t.Errorf("history %t: the status is of %v, it was paid at %v, changed at %v; want %v, %v", history, plain.StatusAt, plain.PaidAt, plain.UpdatedAt, at, now)
			}
			if taken := t.taken(plain.ID); taken != history {
				t.Errorf("history %t: taken by the reader: %t", history, taken)
			}
			if t.pointed() == history {
				t.Errorf("history %t: points have moved: %t", history, t.pointed())
			}
			if events := t.events(run[0].Now.ID); events[0].Kind != orderhub.OrderPlaced || events[0].Actor.History != history {
				t.Errorf("history %t: the order was told as %+v", history, events[0])
			}
			if _, kept := t.undo(run...); (kept == 0) != history {
				t.Errorf("history %t: %d things are kept", history, kept)
			}
		})
	}
}

// An order that the accounting system has still to take stays so, and one that
// it has taken too, when history changes its status.
func TestHistoryKeepsTheMarkOfTheAccountingSystem(t *testing.T) {
	imported(t, func(t *importer) {
		for _, taken := range []bool{true, false} {
			n := map[bool]string{true: "taken", false: "open"}[taken]
			if err := t.s.Place(t.Context(), t.shop, boots(n)); err != nil {
				t.Fatal(err)
			}
			export := orderhub.OrderChange{Export: &orderhub.Export{Taken: taken}}
			if _, _, err := t.s.Amend(t.Context(), t.shop, number(n), export, onlyKnown); err != nil {
				t.Fatal(err)
			}
			for _, history := range []bool{true, false} {
				t.history = history
				status := map[bool]string{true: "closed", false: "sending"}[history]
				t.run(onlyKnown, row(n, orderhub.OrderChange{Status: &status}))
				if got, want := t.taken(t.found(n).ID), taken && history; got != want {
					t.Errorf("%s, history %t: nobody has still to take it: %t", n, history, got)
				}
			}
		}
	})
}

// Documents win over what the file says of the payment state, which wins over
// words of attributes. What was said last counts when the documents go.
func TestPaymentStatesOfAnImport(t *testing.T) {
	paid := []orderhub.Payment{{Status: orderhub.PaymentPaid, Sum: amount("6800")}}
	words := func(word string) orderhub.OrderChange {
		var c orderhub.OrderChange
		c.Attributes.SetText("payment_status", word)
		return c
	}
	imported(t, func(t *importer) {
		if err := t.s.Place(t.Context(), t.shop, boots("A")); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			entry ordering.ImportEntry
			want  orderhub.PaymentState
		}{
			{row("A", words("paid")), orderhub.Paid},
			{row("A", words("not-paid")), orderhub.Unpaid},
			{ordering.ImportEntry{Change: words("refunded"), FileChange: ordering.FileChange{Payments: &paid}}, orderhub.Paid},
			{row("A", words("not-paid")), orderhub.Paid},
			{ordering.ImportEntry{Change: words("paid"), FileChange: ordering.FileChange{Payment: new(orderhub.PartlyPaid)}}, orderhub.Paid},
			{ordering.ImportEntry{FileChange: ordering.FileChange{Total: new(amount("7000"))}}, orderhub.PartlyPaid},
			{ordering.ImportEntry{FileChange: ordering.FileChange{Total: new(amount("100"))}}, orderhub.Paid},
			{ordering.ImportEntry{FileChange: ordering.FileChange{Payments: new([]orderhub.Payment)}}, orderhub.PartlyPaid},
		} {
			step.entry.Ref = number("A")
			t.run(onlyKnown, step.entry)
			if o := t.found("A"); o.Payment != step.want || (o.Payment == orderhub.Paid) == o.PaidAt.IsZero() {
				t.Errorf("after %+v the order is %v, paid at %v; want %v", step.entry, o.Payment, o.PaidAt, step.want)
			}
		}
	})
}
