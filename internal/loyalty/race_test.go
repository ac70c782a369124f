package loyalty_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"orderhub"
	"orderhub/internal/loyalty"
)

// rounds is how often a race is run: the first finds the connections cold, and
// may be none.
const rounds = 8

// atOnce runs an act twenty times at the same time and counts those without an
// error; one of an unexpected kind fails the test.
func atOnce(t *till, allowed orderhub.Kind, act func(i int) error) int {
	t.Helper()
	var done atomic.Int64
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range 20 {
		all.Go(func() {
			<-begin
			switch err := act(i); {
			case err == nil:
				done.Add(1)
			case allowed == 0 || orderhub.KindOf(err) != allowed:
				t.Errorf("unexpected: %v", err)
			}
		})
	}
	close(begin)
	all.Wait()
	return int(done.Load())
}

func TestOneNumberIsIssuedOnce(t *testing.T) {
	each(t, func(t *till) {
		for round := range rounds {
			n := atOnce(t, orderhub.Duplicate, func(int) error {
				_, err := t.s.Issue(t.Context(), t.shop, orderhub.CardChange{Number: new(fmt.Sprint(round))})
				return err
			})
			if n != 1 {
				t.Errorf("%d cards were issued, want one", n)
			}
		}
		if kinds, _ := t.cardEvents(); len(kinds) != rounds {
			t.Errorf("%d cards are told of, want %d", len(kinds), rounds)
		}
		t.wantSound()
	})
}

func TestOneExternalIDMakesOneCard(t *testing.T) {
	each(t, func(t *till) {
		for round := range rounds {
			var made atomic.Int64
			ref := orderhub.CardRef{ExternalID: fmt.Sprint("e-", round)}
			n := atOnce(t, 0, func(i int) error {
				// Each brings a number of its own: the external id alone tells that they are one.
				number := fmt.Sprint(round, "-", i)
				_, isNew, err := t.s.AmendCard(t.Context(), t.shop, ref, orderhub.CardChange{Number: &number}, either)
				if isNew {
					made.Add(1)
				}
				return err
			})
			if n != 20 || made.Load() != 1 {
				t.Errorf("%d went well and %d cards were made, want 20 and one", n, made.Load())
			}
		}
		t.wantSound()
	})
}

// Cards that swap numbers in all directions never share one.
func TestNumbersAreTakenOneByOne(t *testing.T) {
	each(t, func(t *till) {
		for _, number := range []string{"1", "2", "3"} {
			t.issue(number)
		}
		n := atOnce(t, orderhub.Duplicate, func(i int) error {
			ref := orderhub.CardRef{Number: string(rune('1' + i%3))}
			_, _, err := t.s.AmendCard(t.Context(), t.shop, ref, orderhub.CardChange{Number: new("9")}, either)
			return err
		})
		if n == 0 || t.find(orderhub.CardRef{Number: "9"}) == nil {
			t.Errorf("%d went well, want one card to have the number", n)
		}
		t.wantSound()
	})
}

func TestTypesAreMadeOnce(t *testing.T) {
	each(t, func(t *till) {
		for round := range rounds {
			name := fmt.Sprint("Silver ", round)
			n := atOnce(t, 0, func(i int) error {
				number := fmt.Sprint(round, "-", i)
				_, err := t.s.Issue(t.Context(), t.shop, orderhub.CardChange{Number: &number, Type: &orderhub.CardTypeRef{Name: name}})
				return err
			})
			if n != 20 {
				t.Errorf("%d went well, want 20", n)
			}
		}
		types, err := t.s.CardTypes(t.Context(), t.shop)
		if err != nil || len(types) != rounds {
			t.Errorf("types %v, %v, want %d", types, err, rounds)
		}
	})
}

func TestOneBalanceIsSpentOnce(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.book(customer, 30)
		t.book(customer, 40)
		orders := make([]*orderhub.Order, 20)
		for i := range orders {
			orders[i] = t.placed(customer, "received")
		}
		n := atOnce(t, orderhub.Invalid, func(i int) error {
			if i%2 == 0 {
				return t.spend(orders[i], 10)
			}
			_, err := t.s.Book(t.Context(), t.shop, loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Points: -10, Reason: "r"})
			return err
		})
		if n != 7 {
			t.Errorf("%d of 20 wrote off ten points, want 7", n)
		}
		t.want("all", customer, 0, 0, 0)
		if got := t.counted(customer); got != 0 {
			t.Errorf("the rows sum up to %d, want 0", got)
		}
		t.wantSound()
	})
}

func TestOneKeyBooksOnce(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		n := atOnce(t, 0, func(int) error {
			_, err := t.s.Book(t.Context(), t.shop, loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Points: 10, Key: "k", Reason: "r"})
			return err
		})
		if n != 20 {
			t.Errorf("%d went well, want all", n)
		}
		t.want("all", customer, 10, 0, 0)
	})
}

// Spending, canceling and sweeping at the same time lose nothing.
func TestAllAtOnceKeepsTheLedgerRight(t *testing.T) {
	each(t, func(t *till) {
		first, second := t.customer("x-1"), t.customer("x-2")
		var orders []*orderhub.Order
		for range 10 {
			orders = append(orders, t.order(first, "closed", 10), t.order(second, "received", 10))
		}
		t.place(orders...)
		paid := t.placed(first, "received")
		atOnce(t, orderhub.Invalid, func(i int) error {
			switch i % 4 {
			case 0:
				return t.spend(paid, int64(15+i))
			case 3:
				return t.s.Expire(t.Context())
			}
			o, before := orders[i], *orders[i]
			st, _ := t.shop.Status("canceled")
			if i%4 == 1 {
				st, _ = t.shop.Status("closed")
			}
			o.SetStatus(st, t.clock.Now())
			return t.do(t.Context(), func(l *loyalty.Ledger) error { return l.Follow(&before, o) })
		})
		for _, customer := range []orderhub.CustomerID{first, second} {
			if sum, b := t.counted(customer), t.balance(customer); sum != b.Active || b.Active > 0 && b.Owed > 0 {
				t.Errorf("the rows sum up to %d, the balance is %+v:\n%s", sum, b, t.print(customer))
			}
		}
		t.want("closing", second, 50, 50, 0)
		t.wantSound()
	})
}
