package loyalty_test

import (
	"context"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// A counter counts what is asked of the database.
type counter struct {
	store.Conn
	asked []string
}

func (c *counter) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	c.asked = append(c.asked, query)
	return c.Conn.Query(ctx, query, args...)
}

func (c *counter) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	c.asked = append(c.asked, query)
	return c.Conn.Exec(ctx, query, args...)
}

func (c *counter) Send(ctx context.Context, scan func(store.Rows) error, query string, args ...any) error {
	c.asked = append(c.asked, query)
	return c.Conn.Send(ctx, scan, query, args...)
}

// asks counts the statements of an act.
func (t *till) asks(act func(ctx context.Context, tx *store.Tx) error) int {
	t.Helper()
	n := 0
	t.update(func(ctx context.Context, tx *store.Tx) error {
		c := &counter{Conn: tx.Conn}
		tx.Conn = c
		err := act(ctx, tx)
		n = len(c.asked)
		return err
	})
	return n
}

// Most orders have nothing to do with points, and pay nothing for them.
func TestOrdersWithoutPointsCostNothing(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		plain, dead := t.order(customer, "received"), t.order(customer, "canceled")
		if n := t.asks(func(ctx context.Context, tx *store.Tx) error {
			return loyalty.FollowNew(ctx, tx, t.shop, plain, dead, t.order(0, "closed", 7))
		}); n != 0 {
			t.Errorf("placing asks %d times, want 0", n)
		}
		follow := func(before, now *orderhub.Order) int {
			return t.asks(func(ctx context.Context, tx *store.Tx) error { return loyalty.Follow(ctx, tx, t.shop, before, now) })
		}
		t.place(plain)
		closed := *plain
		t.setStatus(&closed, "closed")
		if n := follow(plain, &closed); n != 0 {
			t.Errorf("closing asks %d times, want 0", n)
		}
		canceled := *plain
		t.setStatus(&canceled, "canceled")
		if n := follow(plain, &canceled); n != 1 {
			t.Errorf("canceling asks %d times, want once, for what was spent on it", n)
		}
		earning := t.placed(customer, "received", 5)
		noted := *earning
		noted.Note = "ring twice"
		t.setStatus(&noted, "sending")
		if n := follow(earning, &noted); n != 0 {
			t.Errorf("a change that concerns no points asks %d times, want 0", n)
		}
	})
}

func TestEachChangeOfTheLedgerIsTold(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.shop.Settings[loyalty.ExpireDays] = "3"
		o := t.placed(customer, "received", 9)
		t.set(o, "closed")
		t.mustSpend(customer, nil, 2)
		t.clock.Offset += 3 * day
		t.expire()
		t.book(customer, 4)
		t.set(o, "canceled")
		var got []string
		for _, e := range t.events() {
			if strings.HasPrefix(string(e.Kind), "bonus.") {
				got = append(got, string(e.Kind)+" "+e.Changes[0].To)
				if e.Customer != customer || (e.Order != 0) != (e.Changes[1].To == "order "+o.Number) {
					t.Errorf("event of customer %d, order %d, %v", e.Customer, e.Order, e.Changes)
				}
			}
		}
		want := "bonus.pending 9, bonus.active 9, bonus.spent -2, bonus.expired -7, bonus.active 4, bonus.reversed -7, bonus.spent -9"
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("events\n%s\nwant\n%s", text, want)
		}
		t.want("canceling", customer, 2, 0, 0)
	})
}
