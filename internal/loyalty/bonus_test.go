package loyalty_test

import (
	"slices"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/loyalty"
)

const day = 24 * time.Hour

// The life of an order's points, step by step.
func TestPointsFollowTheOrder(t *testing.T) {
	remove := func(t *till, o *orderhub.Order) {
		t.amend(o, func(o *orderhub.Order) { o.DeletedAt = t.clock.Now() })
	}
	giveBack := func(t *till, o *orderhub.Order) {
		t.amend(o, func(o *orderhub.Order) { o.Fulfilment = orderhub.Returned })
	}
	status := func(code string) func(*till, *orderhub.Order) {
		return func(t *till, o *orderhub.Order) { t.set(o, code) }
	}
	lines := func(points ...int64) func(*till, *orderhub.Order) {
		return func(t *till, o *orderhub.Order) {
			t.amend(o, func(o *orderhub.Order) { earns(o, points...) })
		}
	}
	type step struct {
		name                  string
		do                    func(*till, *orderhub.Order)
		active, pending, owed int64
	}
	tests := []struct {
		name   string
		begin  string
		points []int64
		first  orderhub.BonusBalance
		steps  []step
		ledger string // at the end
	}{
		{"closed", "received", []int64{15, 0, 85}, orderhub.BonusBalance{Pending: 100}, []step{
			{"paid", status("accepted_payment"), 0, 100, 0},
			{"closed", status("closed"), 100, 0, 0},
		}, "+100 active\n"},
		{"placed closed", "closed", []int64{100}, orderhub.BonusBalance{Active: 100}, []step{
			{"deleted", remove, 0, 0, 0},
		}, "+100 reversed\n"},
		{"placed canceled", "canceled", []int64{100}, orderhub.BonusBalance{}, []step{
			{"revived", status("received"), 0, 100, 0},
		}, "+100 pending\n"},
		{"canceled while open", "received", []int64{100}, orderhub.BonusBalance{Pending: 100}, []step{
			{"canceled", status("canceled"), 0, 0, 0},
			{"reopened", status("received"), 0, 100, 0},
			{"closed", status("closed"), 100, 0, 0},
		}, "+100 reversed\n+100 active\n"},
		{"returned", "closed", []int64{100}, orderhub.BonusBalance{Active: 100}, []step{
			{"returned", giveBack, 0, 0, 0},
			{"not returned", func(t *till, o *orderhub.Order) {
				t.amend(o, func(o *orderhub.Order) { o.Fulfilment = orderhub.Delivered })
			}, 100, 0, 0},
		}, "+100 reversed\n+100 active\n"},
		{"closed and opened", "closed", []int64{100}, orderhub.BonusBalance{Active: 100}, []step{
			{"open again", status("sending"), 0, 100, 0},
			{"closed again", status("closed"), 100, 0, 0},
		}, "+100 reversed\n+100 active\n"},
		{"lines change while open", "received", []int64{100}, orderhub.BonusBalance{Pending: 100}, []step{
			{"more", lines(100, 20), 0, 120, 0},
			{"less", lines(20), 0, 20, 0},
			{"as much in other lines", lines(5, 15), 0, 20, 0},
			{"none", lines(0), 0, 0, 0},
			{"some", lines(7), 0, 7, 0},
		}, "+100 reversed\n+120 reversed\n+20 reversed\n+7 pending\n"},
		{"lines change after closing", "closed", []int64{100}, orderhub.BonusBalance{Active: 100}, []step{
			{"more", lines(130), 130, 0, 0},
			{"less", lines(60), 60, 0, 0},
			{"none", lines(0), 0, 0, 0},
		}, "+100 spent\n+30 reversed\n-40 spent\n-60 spent\n"},
		{"lines and status at once", "received", []int64{100}, orderhub.BonusBalance{Pending: 100}, []step{
			{"closed with more", func(t *till, o *orderhub.Order) {
				t.amend(o, func(o *orderhub.Order) { earns(o, 110); t.setStatus(o, "closed") })
			}, 110, 0, 0},
		}, "+100 reversed\n+110 active\n"},
		{"spent before it is canceled", "closed", []int64{100}, orderhub.BonusBalance{Active: 100}, []step{
			{"30 are spent", func(t *till, o *orderhub.Order) { t.book(o.Customer, -30) }, 70, 0, 0},
			{"canceled", status("canceled"), 0, 0, 30},
			{"closed again", status("closed"), 70, 0, 0},
		}, "+100 active\n-30 spent\n-70 reversed\n-30 reversed\n"},
		{"a debt is taken from the next points", "closed", []int64{100}, orderhub.BonusBalance{Active: 100}, []step{
			{"all are spent", func(t *till, o *orderhub.Order) { t.book(o.Customer, -100) }, 0, 0, 0},
			{"canceled", status("canceled"), 0, 0, 100},
			{"40 come in", func(t *till, o *orderhub.Order) { t.book(o.Customer, 40) }, 0, 0, 60},
			{"70 come in", func(t *till, o *orderhub.Order) { t.book(o.Customer, 70) }, 10, 0, 0},
		}, "+100 spent\n-100 spent\n-100 reversed\n+40 spent\n-40 spent\n-60 reversed\n+70 active\n-60 spent\n"},
		{"taken back from other points", "closed", []int64{100}, orderhub.BonusBalance{Active: 100}, []step{
			{"80 are spent", func(t *till, o *orderhub.Order) { t.book(o.Customer, -80) }, 20, 0, 0},
			{"500 come in", func(t *till, o *orderhub.Order) { t.book(o.Customer, 500) }, 520, 0, 0},
			{"canceled", status("canceled"), 420, 0, 0},
		}, "+100 spent\n-80 spent\n+500 active\n-100 spent\n"},
	}
	each(t, func(t *till) {
		for _, tt := range tests {
			customer := t.customer(tt.name)
			o := t.placed(customer, tt.begin, tt.points...)
			t.want(tt.name+", placed", customer, tt.first.Active, tt.first.Pending, tt.first.Owed)
			for _, step := range tt.steps {
				step.do(t, o)
				t.want(tt.name+", "+step.name, customer, step.active, step.pending, step.owed)
			}
			if got := t.print(customer); got != tt.ledger {
				t.Errorf("%s: the ledger is\n%s\nwant\n%s", tt.name, got, tt.ledger)
			}
		}
		t.wantSound()
	})
}

func TestSpendingIsGivenBackWithTheOrder(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.book(customer, 100)
		o := t.placed(customer, "received")
		t.mustSpend(o, 60)
		t.want("spending", customer, 40, 0, 0)
		t.amend(o, func(o *orderhub.Order) { o.Note = "a note" })
		t.want("a note", customer, 40, 0, 0)
		t.set(o, "canceled")
		t.want("canceling", customer, 100, 0, 0)
		t.set(o, "received")
		t.want("reopening", customer, 40, 0, 0)
		t.amend(o, func(o *orderhub.Order) { o.Fulfilment = orderhub.Returned })
		t.want("returning", customer, 100, 0, 0)
		t.book(customer, -50)
		t.amend(o, func(o *orderhub.Order) { o.Fulfilment = orderhub.Shipped })
		t.want("reopening when the points are gone", customer, 50, 0, 0)
		t.wantSound()
	})
}

func TestOrderWithoutACustomerEarnsWhenItHasOne(t *testing.T) {
	each(t, func(t *till) {
		first, second := t.customer("x-1"), t.customer("x-2")
		o := t.placed(0, "closed", 50)
		t.amend(o, func(o *orderhub.Order) { o.Customer = first })
		t.want("a customer", first, 50, 0, 0)
		t.amend(o, func(o *orderhub.Order) { o.Customer = second })
		t.want("another customer", first, 0, 0, 0)
		t.want("another customer", second, 50, 0, 0)
		t.wantSound()
	})
}

func TestManyOrdersPlacedAtOnce(t *testing.T) {
	each(t, func(t *till) {
		first, second := t.customer("x-1"), t.customer("x-2")
		t.place(t.order(second, "received", 1), t.order(first, "closed", 2), t.order(0, "closed", 4), t.order(first, "received", 8),
			t.order(second, "closed", 16), t.order(first, "received"), t.order(second, "canceled", 32))
		t.want("placing", first, 2, 8, 0)
		t.want("placing", second, 16, 1, 0)
		t.wantSound()
	})
}

func TestExpiredPointsCanBeNeitherSeenNorSpent(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.shop.Settings[loyalty.ExpireDays.Name] = "10"
		t.book(customer, 100)
		t.clock.Offset += 5 * day
		t.book(customer, 7)
		t.book(customer, -30) // of the hundred: they expire first
		t.clock.Offset += 5*day - time.Microsecond
		t.want("ten days but a moment", customer, 77, 0, 0)
		t.clock.Offset += time.Microsecond
		t.want("ten days", customer, 7, 0, 0)
		t.wantFault(t.spend(t.placed(customer, "received"), 8), orderhub.Invalid, "bonuses")
		if got := t.counted(customer); got != 77 {
			t.Errorf("before the sweep the rows sum up to %d, want 77", got)
		}
		t.expire()
		t.expire()
		t.want("the sweep", customer, 7, 0, 0)
		if got, want := t.print(customer), "+100 expired\n+7 active\n-30 spent\n-70 expired\n"; got != want {
			t.Errorf("the ledger is\n%s\nwant\n%s", got, want)
		}
		t.wantSound()
	})
}

func TestPointsThatExpireFirstAreSpentFirst(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		for _, days := range []string{"", "9", "3", "6"} {
			t.shop.Settings[loyalty.ExpireDays.Name] = days
			t.book(customer, 10)
		}
		t.book(customer, -15) // ten of three days, five of six
		for i, want := range []int64{25, 25, 20, 10} {
			t.want("a few days more", customer, want, 0, 0)
			if i == 2 {
				t.expire()
			}
			t.clock.Offset += 3 * day
		}
		t.wantSound()
	})
}

func TestSpendingGivesPointsBackWithTheirOldExpiry(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.shop.Settings[loyalty.ExpireDays.Name] = "10"
		t.book(customer, 100)
		delete(t.shop.Settings, loyalty.ExpireDays.Name)
		t.book(customer, 50)
		o := t.placed(customer, "received")
		t.mustSpend(o, 120)
		t.want("spending", customer, 30, 0, 0)
		t.clock.Offset += 11 * day
		t.expire()
		t.want("the sweep", customer, 30, 0, 0)
		t.set(o, "canceled")
		t.want("canceling", customer, 50, 0, 0) // the hundred came back and have expired
		t.expire()
		t.want("the next sweep", customer, 50, 0, 0)
		if got := t.counted(customer); got != 50 {
			t.Errorf("the rows sum up to %d, want 50", got)
		}
		t.wantSound()
	})
}

// What has expired already is not taken from other points when its order is
// canceled, and does not come twice.
func TestExpiredPointsOfACanceledOrder(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.shop.Settings[loyalty.ExpireDays.Name] = "10"
		o := t.placed(customer, "closed", 100)
		t.book(customer, -30)
		t.clock.Offset += 11 * day
		t.expire()
		delete(t.shop.Settings, loyalty.ExpireDays.Name)
		t.book(customer, 500)
		t.amend(o, func(o *orderhub.Order) { earns(o, 100, 5) })
		t.want("five points more", customer, 505, 0, 0)
		t.set(o, "canceled")
		t.want("canceling", customer, 470, 0, 0) // only the thirty that were spent are taken
		t.expire()
		t.want("the sweep", customer, 470, 0, 0)
		t.wantSound()
	})
}

func TestBookIsDoneOnceForAKey(t *testing.T) {
	each(t, func(t *till) {
		customer, other := t.customer("x-1"), t.customer("x-2")
		b := loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Points: 10, Key: "k", Reason: "birthday"}
		first, err := t.s.Book(t.Context(), t.shop, b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := t.s.Book(t.Context(), t.shop, b)
		if err != nil || again.ID != first.ID {
			t.Errorf("Book again = %+v, %v, want entry %d", again, err, first.ID)
		}
		b.Points = 11
		_, err = t.s.Book(t.Context(), t.shop, b)
		t.wantFault(err, orderhub.Duplicate, "key")
		b.Points, b.Customer.ID = 10, other
		_, err = t.s.Book(t.Context(), t.shop, b)
		t.wantFault(err, orderhub.Duplicate, "key")
		t.want("all", customer, 10, 0, 0)
		elsewhere := t.other()
		foreign := elsewhere.customer("x-1")
		if _, err := elsewhere.s.Book(t.Context(), elsewhere.shop, loyalty.Booking{Customer: orderhub.CustomerRef{ID: foreign}, Points: 1, Key: "k", Reason: "r"}); err != nil {
			t.Errorf("Book with the key of another shop: %v", err)
		}
	})
}

func TestBookRefusesWhatIsWrong(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.book(customer, 10)
		foreign := t.other().customer("x-9")
		for name, tt := range map[string]struct {
			booking loyalty.Booking
			kind    orderhub.Kind
			field   string
		}{
			"nothing":           {loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Reason: "r"}, orderhub.Invalid, "points"},
			"too much":          {loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Points: orderhub.MaxPoints + 1, Reason: "r"}, orderhub.Invalid, "points"},
			"no reason":         {loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Points: 1}, orderhub.Missing, "reason"},
			"more than is":      {loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Points: -11, Reason: "r"}, orderhub.Invalid, "points"},
			"unknown customer":  {loyalty.Booking{Customer: orderhub.CustomerRef{ID: 999_999}, Points: 1, Reason: "r"}, orderhub.NotFound, ""},
			"foreign customer":  {loyalty.Booking{Customer: orderhub.CustomerRef{ID: foreign}, Points: 1, Reason: "r"}, orderhub.NotFound, ""},
			"unknown card":      {loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Card: 77, Points: 1, Reason: "r"}, orderhub.NotFound, ""},
			"a reason with NUL": {loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Points: 1, Reason: "r\x00"}, orderhub.Invalid, "reason"},
		} {
			_, err := t.s.Book(t.Context(), t.shop, tt.booking)
			if all := orderhub.All(err); len(all) != 1 || all[0].Kind != tt.kind || all[0].Field != tt.field {
				t.Errorf("%s: %v, want kind %d of the field %q", name, err, tt.kind, tt.field)
			}
		}
		t.book(customer, -10)
		t.want("a write-off", customer, 0, 0, 0)
		t.wantSound()
	})
}

func TestEntriesArePaged(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		var want []int64
		for i := range int64(5) {
			t.book(customer, i+1)
			want = append([]int64{i + 1}, want...)
		}
		var got []int64
		below := orderhub.BonusID(0)
		for {
			page, err := t.s.Entries(t.Context(), t.shop, customer, below, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				got, below = append(got, e.Points), e.ID
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the pages hold %v, want %v", got, want)
		}
		if all, err := t.s.Entries(t.Context(), t.other().shop, customer, 0, 10); err != nil || len(all) > 0 {
			t.Errorf("another shop sees %v, %v", all, err)
		}
		for _, limit := range []int{0, -1, orderhub.MaxLimit + 1} {
			_, err := t.s.Entries(t.Context(), t.shop, customer, 0, limit)
			t.wantFault(err, orderhub.Invalid, "limit")
		}
	})
}
