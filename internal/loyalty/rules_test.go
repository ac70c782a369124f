package loyalty_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/batch/batchtest"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// past is a context in which only what happened before is recorded.
func past(t *till) context.Context {
	return orderhub.WithActor(t.Context(), orderhub.Actor{Door: "import", History: true})
}

// T51: what is spent on an order is a total.
func TestSpendingIsATotal(t *testing.T) {
	type step struct {
		total int64
		field string // at fault
		left  int64
	}
	tests := []struct {
		name   string
		steps  []step
		ledger string
	}{
		{"twice the same is once", []step{{30, "", 70}, {30, "", 70}}, "+100 active\n-30 spent\n"},
		{"more", []step{{30, "", 70}, {50, "", 50}}, "+100 active\n-30 spent\n-20 spent\n"},
		{"less", []step{{30, "", 70}, {10, "", 90}}, "+100 active\n-30 reversed\n-10 spent\n"},
		{"none", []step{{30, "", 70}, {0, "", 100}, {0, "", 100}}, "+100 active\n-30 reversed\n"},
		{"more and less", []step{{30, "", 70}, {50, "", 50}, {20, "", 80}}, "+100 active\n-30 reversed\n-20 reversed\n-20 spent\n"},
		{"more than there is", []step{{30, "", 70}, {101, "bonuses", 70}, {100, "", 0}}, "+100 spent\n-30 spent\n-70 spent\n"},
		{"below zero", []step{{-1, "bonuses", 100}}, "+100 active\n"},
		{"above all", []step{{orderhub.MaxPoints + 1, "bonuses", 100}}, "+100 active\n"},
	}
	each(t, func(t *till) {
		for _, tt := range tests {
			customer := t.customer(tt.name)
			t.book(customer, 100)
			o := t.placed(customer, "received")
			for i, s := range tt.steps {
				if err := t.spend(o, s.total); s.field == "" && err != nil {
					t.Errorf("%s, step %d: %v", tt.name, i, err)
				} else if s.field != "" {
					t.wantFault(err, orderhub.Invalid, s.field)
				}
				t.want(fmt.Sprint(tt.name, ", step ", i), customer, s.left, 0, 0)
			}
			if got := t.print(customer); got != tt.ledger {
				t.Errorf("%s: the ledger is\n%s\nwant\n%s", tt.name, got, tt.ledger)
			}
			spent := tt.steps[len(tt.steps)-1].left
			t.set(o, "canceled")
			t.want(tt.name+", canceled", customer, 100, 0, 0)
			t.set(o, "received")
			t.want(tt.name+", revived", customer, spent, 0, 0)
		}
		t.wantFault(t.spend(t.placed(0, "received"), 1), orderhub.Invalid, "bonuses")
		if err := t.spend(t.placed(0, "received"), 0); err != nil {
			t.Errorf("nothing is spent by no customer: %v", err)
		}
		o := t.placed(t.customer("x"), "received")
		if err := t.do(past(t), func(l *loyalty.Ledger) error { return l.Spend(o, 5) }); err != nil {
			t.Errorf("a record of the past spends nothing: %v", err)
		}
		t.wantSound()
	})
}

// T34: nothing is spent on an order that is void.
func TestNothingIsSpentOnAVoidOrder(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.book(customer, 100)
		for name, change := range map[string]func(*orderhub.Order){
			"canceled": func(o *orderhub.Order) { t.setStatus(o, "canceled") },
			"deleted":  func(o *orderhub.Order) { o.DeletedAt = t.clock.Now() },
			"returned": func(o *orderhub.Order) { o.Fulfilment = orderhub.Returned },
			"refunded": func(o *orderhub.Order) { o.Payment = orderhub.Refunded },
		} {
			o := t.placed(customer, "received")
			t.mustSpend(o, 20)
			t.amend(o, change)
			t.want(name, customer, 100, 0, 0)
			t.wantFault(t.spend(o, 20), orderhub.Invalid, "bonuses")
			if err := t.spend(o, 0); err != nil {
				t.Errorf("%s: nothing is spent: %v", name, err)
			}
			t.want(name+", and asked for again", customer, 100, 0, 0)
		}
		t.wantSound()
	})
}

// T55: a customer whose every card is blocked cannot spend.
func TestOnlyCardsThatAreNotBlockedSpend(t *testing.T) {
	tests := []struct {
		cards []orderhub.CardStatus
		spend bool
	}{
		{nil, true},
		{[]orderhub.CardStatus{orderhub.CardActive}, true},
		{[]orderhub.CardStatus{orderhub.CardNew}, true},
		{[]orderhub.CardStatus{orderhub.CardBlocked}, false},
		{[]orderhub.CardStatus{orderhub.CardBlocked, orderhub.CardBlocked}, false},
		{[]orderhub.CardStatus{orderhub.CardBlocked, orderhub.CardActive}, true},
	}
	each(t, func(t *till) {
		for i, tt := range tests {
			customer := t.customer(fmt.Sprint("x-", i))
			t.book(customer, 10)
			for n, status := range tt.cards {
				t.issue(fmt.Sprint(i, "-", n), func(c *orderhub.CardChange) {
					c.Status, c.Owner = &status, &orderhub.CustomerRef{ID: customer}
				})
			}
			o := t.placed(customer, "received")
			err := t.spend(o, 4)
			if !tt.spend {
				t.wantFault(err, orderhub.Invalid, "bonuses")
			} else if err != nil {
				t.Errorf("with cards %v: %v", tt.cards, err)
			}
		}
		customer := t.customer("late")
		t.book(customer, 10)
		t.issue("17", func(c *orderhub.CardChange) { c.Owner = &orderhub.CustomerRef{ID: customer} })
		o := t.placed(customer, "received")
		t.mustSpend(o, 4)
		t.amendCard("17", orderhub.CardChange{Status: new(orderhub.CardBlocked)})
		t.wantFault(t.spend(o, 5), orderhub.Invalid, "bonuses")
		t.mustSpend(o, 4)
		t.mustSpend(o, 3)
		t.want("less is spent with a blocked card", customer, 7, 0, 0)
		if _, err := t.s.DeleteCard(t.Context(), t.shop, orderhub.CardRef{Number: "17"}); err != nil {
			t.Fatal(err)
		}
		t.mustSpend(o, 5)
		t.wantSound()
	})
}

// T54: points that come back keep the term that they had when first earned.
func TestPointsThatComeBackKeepTheirTerm(t *testing.T) {
	each(t, func(t *till) {
		begin := t.clock.Offset
		expires := func(name string, customer orderhub.CustomerID, days int, before, after int64) {
			t.Helper()
			now := t.clock.Offset
			t.clock.Offset = begin + time.Duration(days)*day - time.Microsecond
			t.want(name+", before its term", customer, before, 0, 0)
			t.clock.Offset += time.Microsecond
			t.want(name+", after its term", customer, after, 0, 0)
			t.clock.Offset = now
		}
		life := func(name string, statuses ...string) (orderhub.CustomerID, *orderhub.Order) {
			t.clock.Offset, t.shop.Settings[loyalty.ExpireDays.Name] = begin, "10"
			customer := t.customer(name)
			o := t.placed(customer, "closed", 100)
			for i, status := range statuses {
				t.clock.Offset = begin + time.Duration(i+2)*day
				t.set(o, status)
			}
			return customer, o
		}
		customer, _ := life("canceled and closed again", "canceled", "closed")
		expires("canceled and closed again", customer, 10, 100, 0)

		customer, _ = life("opened and closed again", "sending", "closed")
		expires("opened and closed again", customer, 10, 100, 0)
		if got := t.print(customer); got != "+100 active\n+100 reversed\n" {
			t.Errorf("opened and closed again, the ledger is\n%s", got)
		}
		customer, o := life("closed again with more", "canceled")
		t.amend(o, func(o *orderhub.Order) { earns(o, 130); t.setStatus(o, "closed") })
		expires("closed again with more", customer, 10, 130, 30)

		customer, o = life("closed again with less", "canceled")
		t.amend(o, func(o *orderhub.Order) { earns(o, 60); t.setStatus(o, "closed") })
		expires("closed again with less", customer, 10, 60, 0)

		customer, o = life("less and more again")
		t.clock.Offset += 3 * day
		t.amend(o, func(o *orderhub.Order) { earns(o, 60) })
		t.amend(o, func(o *orderhub.Order) { earns(o, 110) })
		expires("less and more again", customer, 10, 110, 10)

		customer, o = life("expired, canceled and closed again")
		t.clock.Offset += 11 * day
		t.expire()
		t.set(o, "canceled")
		t.set(o, "closed")
		t.want("expired points do not live again", customer, 0, 0, 0)

		customer, _ = life("spent, and less is")
		paid := t.placed(customer, "received")
		delete(t.shop.Settings, loyalty.ExpireDays.Name)
		t.book(customer, 50)
		t.mustSpend(paid, 120)
		t.mustSpend(paid, 90) // ten of the hundred come back, and the twenty of the fifty
		expires("spent, and less is", customer, 10, 60, 50)
		t.clock.Offset += 11 * day
		t.mustSpend(paid, 40) // what comes back of the hundred has expired
		t.want("what comes back late", customer, 50, 0, 0)
		t.expire()
		t.wantSound()
	})
}

// T53: the ledger agrees with the order after every door. A record of the past
// adds no points, and what is edited live later earns only what it adds.
func TestRecordsOfThePastAddNoPoints(t *testing.T) {
	type step struct {
		past            bool
		do              func(t *till, o *orderhub.Order)
		active, pending int64
	}
	status := func(code string) func(*till, *orderhub.Order) {
		return func(t *till, o *orderhub.Order) { t.setStatus(o, code) }
	}
	lines := func(points ...int64) func(*till, *orderhub.Order) {
		return func(_ *till, o *orderhub.Order) { earns(o, points...) }
	}
	note := func(_ *till, o *orderhub.Order) { o.Note = "ring twice" }
	tests := []struct {
		name  string
		past  bool
		begin string
		steps []step
	}{
		{"closed in the past", true, "closed", []step{{false, note, 0, 0}, {false, lines(100), 0, 0}, {false, lines(130), 30, 0}, {false, lines(110), 10, 0}, {false, lines(50), 0, 0}, {false, lines(60), 10, 0}}},
		{"open in the past, closed there", true, "received", []step{{true, status("closed"), 0, 0}, {false, note, 0, 0}}},
		{"open in the past, closed live", true, "received", []step{{false, note, 0, 0}, {false, status("closed"), 100, 0}}},
		{"canceled in the past, revived live", true, "canceled", []step{{false, status("received"), 0, 100}}},
		{"edited live while it is open", true, "received", []step{{false, lines(120), 0, 120}, {false, status("closed"), 120, 0}}},
		{"edited live, then canceled in a file", true, "closed", []step{{false, lines(130), 30, 0}, {true, status("canceled"), 0, 0}}},
		{"edited live, then in a file", true, "closed", []step{{false, lines(130), 30, 0}, {true, lines(150), 30, 0}, {true, lines(20), 20, 0}, {false, lines(25), 25, 0}}},
		{"live, canceled in a file", false, "closed", []step{{true, status("canceled"), 0, 0}}},
		{"live and open, canceled in a file", false, "received", []step{{true, status("canceled"), 0, 0}, {true, status("closed"), 0, 0}, {false, note, 0, 0}}},
		{"live, closed in a file", false, "received", []step{{true, status("closed"), 100, 0}}},
		{"live, closed in a file with more", false, "received", []step{{true, func(t *till, o *orderhub.Order) { earns(o, 130); t.setStatus(o, "closed") }, 100, 0}, {false, lines(140), 110, 0}}},
		{"live, less in a file", false, "closed", []step{{true, lines(40), 40, 0}, {true, lines(100), 40, 0}, {false, status("received"), 0, 100}}},
		{"live, opened in a file", false, "closed", []step{{true, status("received"), 0, 100}, {true, status("closed"), 100, 0}}},
	}
	each(t, func(t *till) {
		for _, tt := range tests {
			customer := t.customer(tt.name)
			o := t.order(customer, tt.begin, 100)
			t.store(o)
			ctx := t.Context()
			if tt.past {
				ctx = past(t)
			}
			if err := t.do(ctx, func(l *loyalty.Ledger) error { return l.Follow(nil, o) }); err != nil {
				t.Fatal(err)
			}
			for i, s := range tt.steps {
				ctx := t.Context()
				if s.past {
					ctx = past(t)
				}
				if err := t.amendIn(ctx, o, func(o *orderhub.Order) { s.do(t, o) }); err != nil {
					t.Fatal(err)
				}
				t.want(fmt.Sprint(tt.name, ", step ", i), customer, s.active, s.pending, 0)
			}
		}
		t.wantSound()
	})
}

// A file that cancels a live order gives back what was spent on it, and its undo
// takes that and the points of the order again.
func TestUndoOfAFileMovesPointsBack(t *testing.T) {
	each(t, func(t *till) {
		undo := func(o *orderhub.Order, change func(*orderhub.Order)) {
			t.Helper()
			before := snapshot(o)
			change(o)
			if err := t.do(past(t), func(l *loyalty.Ledger) error { return l.FollowUndo(&before, o) }); err != nil {
				t.Fatal(err)
			}
			t.update(func(ctx context.Context, tx *store.Tx) error { return storetest.SaveOrders(ctx, tx, nil, o) })
		}
		cancel := func(o *orderhub.Order) { t.setStatus(o, "canceled") }
		closed := func(o *orderhub.Order) { t.setStatus(o, "closed") }
		customer := t.customer("x-1")
		t.book(customer, 50)
		o := t.placed(customer, "closed", 7)
		t.mustSpend(o, 30)
		if err := t.amendIn(past(t), o, cancel); err != nil {
			t.Fatal(err)
		}
		t.want("a file that cancels", customer, 50, 0, 0)
		undo(o, closed)
		t.want("its undo", customer, 27, 0, 0)
		old := t.order(customer, "closed", 9)
		t.store(old)
		for _, change := range []func(*orderhub.Order){cancel, closed} {
			undo(old, change)
			t.want("the undo of what happened to an order of the past", customer, 27, 0, 0)
		}
		t.wantSound()
	})
}

// T1: when an order changes its buyer, its points move with it.
func TestPointsMoveWithTheBuyer(t *testing.T) {
	each(t, func(t *till) {
		first, second, poor := t.customer("x-1"), t.customer("x-2"), t.customer("x-3")
		t.book(first, 50)
		t.book(second, 40)
		to := func(customer orderhub.CustomerID) func(*orderhub.Order) {
			return func(o *orderhub.Order) { o.Customer = customer }
		}
		o := t.placed(first, "received", 5)
		t.mustSpend(o, 30)
		t.amend(o, to(second))
		t.want("another buyer", first, 50, 0, 0)
		t.want("another buyer", second, 10, 5, 0)
		t.wantFault(t.amendIn(t.Context(), o, to(poor)), orderhub.Invalid, "bonuses")
		t.want("one who cannot pay", second, 10, 5, 0)
		t.amend(o, func(o *orderhub.Order) { to(first)(o); t.setStatus(o, "closed") })
		t.want("the first buyer again, and closed", first, 25, 0, 0)
		t.want("the first buyer again, and closed", second, 40, 0, 0)
		t.set(o, "canceled")
		t.want("canceled", first, 50, 0, 0)
		t.amend(o, to(poor))
		t.set(o, "received")
		t.want("canceled, moved and revived", first, 50, 0, 0)
		t.want("canceled, moved and revived", poor, 0, 5, 0)
		t.amend(o, to(0))
		t.want("no buyer", poor, 0, 0, 0)
		t.wantSound()
	})
}

// Requests that are merged each see what those before them have left: of 64
// orders of a customer who can pay ten, the first ten are paid.
func TestMergedRequestsSpendOnce(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.book(customer, 100)
		var orders []*orderhub.Order
		for range 64 {
			orders = append(orders, t.order(customer, "received"))
		}
		t.store(orders...)
		var units []*batch.Unit
		for _, o := range orders {
			units = append(units, t.unit(t.Context(), func(l *loyalty.Ledger) error { return l.Spend(o, 10) }))
		}
		units = append(units, units[:3]...) // the same requests again
		errs := batchtest.AsOneBatch(t, t.db, units...)
		for i, err := range errs[:64] {
			if paid := err == nil; paid != (i < 10) {
				t.Errorf("order %d: %v, want that the first ten are paid", i, err)
			} else if !paid {
				t.wantFault(err, orderhub.Invalid, "bonuses")
			}
		}
		if err := slices.MinFunc(errs[64:], func(a, b error) int { return strings.Compare(fmt.Sprint(b), fmt.Sprint(a)) }); err != nil {
			t.Errorf("a request that is repeated: %v", err)
		}
		t.want("all", customer, 0, 0, 0)
		t.wantSound()
	})
}

// Events of points raise the version of their customer by one each, in one
// batch as in many, and a request that fails raises nothing.
func TestEventsRaiseTheVersionOfTheCustomer(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.book(customer, 20)
		var units []*batch.Unit
		for _, total := range []int64{5, 30, 7, 7, 2} {
			o := t.placed(customer, "received", 1)
			units = append(units, t.unit(t.Context(), func(l *loyalty.Ledger) error { return l.Spend(o, total) }))
		}
		batchtest.AsOneBatch(t, t.db, units...)
		var got []int64
		for _, e := range t.events() {
			if strings.HasPrefix(string(e.Kind), "bonus.") {
				got = append(got, e.Version)
			}
		}
		if want := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(got[:9], want) {
			t.Errorf("the versions of events are %v, want %v and on", got, want)
		}
		t.view(func(ctx context.Context, tx *store.Tx) error {
			c, err := tx.Shop(t.shop.ID).Customer(ctx, customer)
			if err == nil && (c.Version != got[len(got)-1] || !c.UpdatedAt.Equal(c.CreatedAt)) {
				t.Errorf("the customer has version %d and was changed at %v, want %d and %v", c.Version, c.UpdatedAt, got[len(got)-1], c.CreatedAt)
			}
			return err
		})
	})
}

// A new order has no id when its points are decided; its rows and events get
// the one that it becomes.
func TestRowsOfNewOrdersGetTheirIDs(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.book(customer, 20)
		o := t.order(customer, "closed", 8)
		u := t.unit(t.Context(), nil)
		u.Decide = func(b *batch.Batch) error {
			l := loyalty.In(b)
			o.ID = b.OrderIDs.New(b)
			b.OrderIDs.Keep(&o.ID)
			if err := l.Follow(nil, o); err != nil {
				return err
			}
			return l.Spend(o, 5)
		}
		if err := batch.Do(t.Context(), t.db, u); err != nil {
			t.Fatal(err)
		}
		if o.ID <= 0 {
			t.Fatalf("the order has the id %d", o.ID)
		}
		for i, e := range t.entries(customer) {
			if want := []orderhub.OrderID{0, o.ID, o.ID}[i]; e.Order != want {
				t.Errorf("row %d is of order %d, want %d", i, e.Order, want)
			}
		}
		for _, e := range t.events()[1:] {
			if e.Order != o.ID {
				t.Errorf("event %s is of order %d, want %d", e.Kind, e.Order, o.ID)
			}
		}
		t.want("closing", customer, 23, 0, 0)
	})
}
