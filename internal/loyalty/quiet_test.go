package loyalty_test

import (
	"context"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// A counter counts what is asked of the database.
type counter struct {
	store.Conn
	asked *[]string
}

func (c *counter) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	*c.asked = append(*c.asked, query)
	return c.Conn.Query(ctx, query, args...)
}

func (c *counter) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	*c.asked = append(*c.asked, query)
	return c.Conn.Exec(ctx, query, args...)
}

func (c *counter) Send(ctx context.Context, scan func(store.Rows) error, query string, args ...any) error {
	*c.asked = append(*c.asked, query)
	return c.Conn.Send(ctx, scan, query, args...)
}

func (c *counter) Together(ctx context.Context, fns ...func(store.Conn) error) error {
	all := make([]func(store.Conn) error, len(fns))
	for i, fn := range fns {
		all[i] = func(inner store.Conn) error { return fn(&counter{inner, c.asked}) }
	}
	return c.Conn.Together(ctx, all...)
}

// asks counts the statements of an act beside those of a request that does
// nothing.
func (t *till) asks(act func(*loyalty.Ledger) error) int {
	t.Helper()
	count := func(act func(*loyalty.Ledger) error) (n int) {
		t.update(func(ctx context.Context, tx *store.Tx) error {
			var asked []string
			tx.Conn = &counter{tx.Conn, &asked}
			err := batch.In(ctx, tx, t.unit(ctx, act))
			n = len(asked)
			return err
		})
		return n
	}
	return count(act) - count(func(*loyalty.Ledger) error { return nil })
}

// Most orders have nothing to do with points, and pay nothing for them.
func TestOrdersWithoutPointsCostNothing(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		plain := t.placed(customer, "received")
		follow := func(before, now *orderhub.Order) int {
			return t.asks(func(l *loyalty.Ledger) error { return l.Follow(before, now) })
		}
		for name, o := range map[string]*orderhub.Order{"open": t.order(customer, "received"), "void": t.order(customer, "canceled", 5),
			"without a customer": t.order(0, "closed", 7)} {
			if n := follow(nil, o); n != 0 {
				t.Errorf("placing one that is %s asks %d times, want 0", name, n)
			}
		}
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
		many := 0
		for n := range 40 {
			o := t.order(customer, "closed", int64(n+1))
			t.store(o)
			many = t.asks(func(l *loyalty.Ledger) error { return l.Follow(nil, o) })
		}
		if many > 10 {
			t.Errorf("an order of a customer with many points asks %d times, want at most 10", many)
		}
	})
}

func TestEachChangeOfTheLedgerIsTold(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		t.shop.Settings[loyalty.ExpireDays.Name] = "3"
		o := t.placed(customer, "received", 9)
		t.set(o, "closed")
		t.book(customer, -2)
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
