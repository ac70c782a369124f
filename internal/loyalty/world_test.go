package loyalty_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/batch/batchtest"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// A world is a shop in which commands are done in one way.
type world struct {
	*till
	way       batchtest.Way
	customers []orderhub.CustomerID
	orders    []*orderhub.Order // as they are now
	former    []*orderhub.Order // as they were before a file changed them, until something else did
	files     [][]loyalty.BonusVerdict
	queue     []*batch.Unit
	errs      []string // of all commands; "" for none
}

func newWorld(t *till, way batchtest.Way) *world {
	w := &world{till: t, way: way}
	for _, name := range []string{"x-1", "x-2", "x-3"} {
		w.customers = append(w.customers, t.customer(name))
	}
	return w
}

// whose is the id of a customer by its place; of -1 it is none.
func (w *world) whose(i int) orderhub.CustomerID {
	if i < 0 {
		return 0
	}
	return w.customers[i]
}

// request runs a request when the world is flushed, with those before and after
// it.
func (w *world) request(ctx context.Context, decide func(*batch.Batch, *loyalty.Ledger) error) {
	u := w.unit(ctx, nil)
	u.Decide = func(b *batch.Batch) error { return decide(b, loyalty.In(b)) }
	w.queue = append(w.queue, u)
}

// flush runs what waits.
func (w *world) flush() {
	w.Helper()
	for _, err := range w.way.Run(w, w.db, w.queue...) {
		w.note(err)
	}
	w.queue = nil
}

// note keeps the error of a command, and ends the test for one that is not a
// refusal.
func (w *world) note(err error) {
	w.Helper()
	if err != nil && len(orderhub.All(err)) == 0 {
		w.Fatalf("a command failed: %v", err)
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	w.errs = append(w.errs, text)
}

func (w *world) ctx(past bool) context.Context {
	if past {
		return history(w.Context())
	}
	return w.Context()
}

// place places an order.
func (w *world) place(o orderhub.Order, buyer int, past bool) {
	o.Shop, o.Customer = w.shop.ID, w.whose(buyer)
	w.store(&o)
	w.orders, w.former = append(w.orders, &o), append(w.former, nil)
	w.request(w.ctx(past), func(_ *batch.Batch, l *loyalty.Ledger) error { return l.Follow(nil, &o) })
}

// change changes an order, as a live change or as one of a file, and unless the
// total is below zero, lets so many points be spent on it: both or neither.
func (w *world) change(i int, change func(*orderhub.Order), past bool, total int64) {
	w.request(w.ctx(past), func(b *batch.Batch, l *loyalty.Ledger) error {
		before := snapshot(w.orders[i])
		now := snapshot(&before)
		change(&now)
		err := l.Follow(&before, &now)
		if err == nil && total >= 0 {
			err = l.Spend(&now, total)
		}
		if err != nil {
			return err
		}
		batch.Assign(b, &w.orders[i], &now)
		batch.Assign(b, &w.former[i], nil)
		if past {
			batch.Assign(b, &w.former[i], &before)
		}
		return nil
	})
}

// undo undoes what a file did to an order, when nothing happened to it since.
func (w *world) undo(i int) {
	w.request(w.ctx(true), func(b *batch.Batch, l *loyalty.Ledger) error {
		before := w.former[i]
		if before == nil {
			return nil
		}
		if err := l.FollowUndo(w.orders[i], before); err != nil {
			return err
		}
		batch.Assign(b, &w.orders[i], before)
		batch.Assign(b, &w.former[i], nil)
		return nil
	})
}

func (w *world) spend(i int, total int64) {
	w.request(w.Context(), func(b *batch.Batch, l *loyalty.Ledger) error {
		err := l.Spend(w.orders[i], total)
		if err == nil {
			batch.Assign(b, &w.former[i], nil)
		}
		return err
	})
}

func (w *world) book(customer int, points int64) {
	b := loyalty.Booking{Customer: orderhub.CustomerRef{ID: w.customers[customer]}, Points: points, Reason: "by hand"}
	w.request(w.Context(), func(_ *batch.Batch, l *loyalty.Ledger) error { return l.Book(b) })
}

// file books points of a file, and undoFile undoes the last one.
func (w *world) file(records ...loyalty.BonusRecord) {
	w.flush()
	w.update(func(ctx context.Context, tx *store.Tx) error {
		got, err := loyalty.ImportBonuses(history(ctx), tx, w.shop, records, either, nil)
		if err == nil {
			w.files = append(w.files, got)
		}
		return err
	})
	for _, v := range w.files[len(w.files)-1] {
		w.note(v.Err)
	}
}

// undoFile undoes the bookings of the last file, and returns those that went.
func (w *world) undoFile() (gone []*orderhub.BonusEntry) {
	w.flush()
	if len(w.files) == 0 {
		return nil
	}
	last := w.files[len(w.files)-1]
	w.files = w.files[:len(w.files)-1]
	w.till.undo(last...)
	for _, v := range last {
		if v.Outcome != orderhub.OutcomeCreated {
			continue
		}
		left := slices.ContainsFunc(w.entries(v.Now.Customer), func(e *orderhub.BonusEntry) bool { return e.ID == v.Now.ID })
		if !left {
			gone = append(gone, v.Now)
		}
	}
	return gone
}

// picture is all that the store holds of the points of the world, with names
// in place of ids.
func (w *world) picture() string {
	w.Helper()
	numbers := map[orderhub.OrderID]string{}
	for _, o := range w.orders {
		numbers[o.ID] = o.Number
	}
	var text strings.Builder
	w.view(func(ctx context.Context, tx *store.Tx) error {
		text.Reset()
		for i, customer := range w.customers {
			rows, err := tx.Shop(w.shop.ID).BonusesOfCustomers(ctx, []orderhub.CustomerID{customer})
			if err != nil {
				return err
			}
			place, ids := map[orderhub.BonusID]int{}, []orderhub.BonusID{}
			for n, e := range rows {
				place[e.ID], ids = n, append(ids, e.ID)
				fmt.Fprintf(&text, "%d.%d %s %d %+d %s %q %s %s %s\n", i, n, numbers[e.Order], e.Cause, e.Points, e.State, e.Reason,
					clock(e.CreatedAt), clock(e.StateAt), clock(e.ExpiresAt))
			}
			all, err := tx.Shop(w.shop.ID).Allocations(ctx, ids)
			if err != nil {
				return err
			}
			var lines []string
			for _, a := range all {
				lines = append(lines, fmt.Sprintf("%03d %03d %d\n", place[a.Entry], place[a.Lot], a.Points))
			}
			slices.Sort(lines)
			text.WriteString(strings.Join(lines, ""))
		}
		return nil
	})
	return text.String()
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format("02T15:04:05.000000")
}

// wantWhole checks what must hold whatever was done: no customer has points and owes
// some, rows that count sum up to the balance when nothing has expired, and
// versions have no gap.
func (w *world) wantWhole(t *rapid.T, swept bool) {
	for i, customer := range w.customers {
		b, sum := w.balance(customer), w.counted(customer)
		if b.Active < 0 || b.Pending < 0 || b.Owed < 0 || b.Active > 0 && b.Owed > 0 || sum < b.Active || swept && sum != b.Active {
			t.Fatalf("customer %d has %+v, and rows that sum up to %d:\n%s", i, b, sum, w.picture())
		}
		w.view(func(ctx context.Context, tx *store.Tx) error {
			c, err := tx.Shop(w.shop.ID).Customer(ctx, customer)
			if err != nil {
				return err
			}
			rows, err := tx.Query(ctx, `select count(*), count(distinct version), coalesce(max(version), 0) from events where customer_id = $1 and kind like 'bonus.%'`, int64(customer))
			if err != nil {
				return err
			}
			defer rows.Close()
			var all, distinct, last int64
			rows.Next()
			if err := rows.Scan(&all, &distinct, &last); err != nil {
				return err
			}
			if all != distinct || all != last || all != c.Version {
				t.Fatalf("customer %d has version %d, and %d events of %d versions up to %d", i, c.Version, all, distinct, last)
			}
			return nil
		})
	}
}
