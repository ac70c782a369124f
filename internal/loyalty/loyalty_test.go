package loyalty_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// A till is where cards are shown and points are counted, in one shop, and the
// test that watches.
type till struct {
	*testing.T
	db    *store.DB
	s     *loyalty.Service
	shop  *orderhub.Shop
	clock *storetest.Clock
	names int
}

// each runs a test on every database, at the till of a fresh shop with a clock
// that can be moved.
func each(t *testing.T, test func(t *till)) {
	t.Helper()
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		test(newTill(t, db, clock, "main"))
	})
}

func newTill(t *testing.T, db *store.DB, clock *storetest.Clock, name string) *till {
	t.Helper()
	shop := &orderhub.Shop{Name: name, Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail,
		Statuses: orderhub.DefaultStatuses(), Settings: map[string]string{}}
	l := &till{T: t, db: db, s: &loyalty.Service{DB: db}, shop: shop, clock: clock}
	l.update(func(ctx context.Context, tx *store.Tx) error { return tx.CreateShop(ctx, shop) })
	return l
}

// other goes to the till of another shop of the same store.
func (t *till) other() *till { return newTill(t.T, t.db, t.clock, "other") }

func (t *till) update(fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := t.db.Update(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// events are all that happened so far. In PostgreSQL they can be read when no
// transaction of the server is older, also of another test.
func (t *till) events() []orderhub.Event {
	t.Helper()
	return storetest.Events(t, t.db)
}

func (t *till) view(fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := t.db.View(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// customer makes a customer, known by an external id.
func (t *till) customer(externalID string) orderhub.CustomerID {
	t.Helper()
	c := &orderhub.Customer{Shop: t.shop.ID, ExternalID: externalID}
	t.update(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Shop(t.shop.ID).CreateCustomers(ctx, []*orderhub.Customer{c}); err != nil {
			return err
		}
		return tx.Shop(t.shop.ID).ClaimIdentities(ctx, []orderdb.Claim{{Kind: orderhub.ByExternal, Value: externalID, Customer: c.ID}})
	})
	return c.ID
}

// order is an order whose lines earn points, not stored yet.
func (t *till) order(customer orderhub.CustomerID, status string, points ...int64) *orderhub.Order {
	t.names++
	o := &orderhub.Order{
		Shop: t.shop.ID, Number: fmt.Sprint("K-", t.names), PlacedAt: storetest.Noon, UpdatedAt: storetest.Noon,
		Currency: "RUB", Customer: customer,
	}
	t.setStatus(o, status)
	earns(o, points...)
	return o
}

func (t *till) setStatus(o *orderhub.Order, code string) {
	st, known := t.shop.Status(code)
	if !known {
		t.Fatalf("no status %s", code)
	}
	o.SetStatus(st, t.clock.Now())
}

func earns(o *orderhub.Order, points ...int64) {
	o.Lines = nil
	for _, p := range points {
		o.Lines = append(o.Lines, orderhub.Line{Name: "Kettle", Quantity: orderhub.Piece, Price: 100_000, Bonus: p})
	}
}

// store stores new orders.
func (t *till) store(orders ...*orderhub.Order) {
	t.Helper()
	t.update(func(ctx context.Context, tx *store.Tx) error {
		if err := storetest.CreateOrders(ctx, tx, nil, orders...); err != nil {
			return err
		}
		for _, o := range orders {
			if err := storetest.Record(ctx, tx, orderhub.Event{Shop: o.Shop, Kind: orderhub.OrderPlaced, Order: o.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

// unit is a request to the ledger, live or of the past.
func (t *till) unit(ctx context.Context, decide func(*loyalty.Ledger) error) *batch.Unit {
	u := batch.New(ctx, t.shop)
	u.Decide = func(b *batch.Batch) error { return decide(loyalty.In(b)) }
	return u
}

// do runs a request by itself.
func (t *till) do(ctx context.Context, decide func(*loyalty.Ledger) error) error {
	return batch.Do(ctx, t.db, t.unit(ctx, decide))
}

// place stores orders and lets the ledger follow, all in one request.
func (t *till) place(orders ...*orderhub.Order) {
	t.Helper()
	t.store(orders...)
	err := t.do(t.Context(), func(l *loyalty.Ledger) error {
		for _, o := range orders {
			if err := l.Follow(nil, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("place: %v", err)
	}
}

func (t *till) placed(customer orderhub.CustomerID, status string, points ...int64) *orderhub.Order {
	t.Helper()
	o := t.order(customer, status, points...)
	t.place(o)
	return o
}

// amend changes a stored order and lets the ledger follow.
func (t *till) amend(o *orderhub.Order, change func(*orderhub.Order)) {
	t.Helper()
	if err := t.amendIn(t.Context(), o, change); err != nil {
		t.Fatalf("amend: %v", err)
	}
}

// amendIn is amend, live or in the past. When the ledger refuses the change the
// order stays as it was.
func (t *till) amendIn(ctx context.Context, o *orderhub.Order, change func(*orderhub.Order)) error {
	t.Helper()
	before := snapshot(o)
	change(o)
	if err := t.do(ctx, func(l *loyalty.Ledger) error { return l.Follow(&before, o) }); err != nil {
		*o = before
		return err
	}
	t.update(func(ctx context.Context, tx *store.Tx) error { return storetest.SaveOrders(ctx, tx, nil, o) })
	return nil
}

func snapshot(o *orderhub.Order) orderhub.Order {
	s := *o
	s.Lines = slices.Clone(o.Lines)
	return s
}

func (t *till) set(o *orderhub.Order, status string) {
	t.Helper()
	t.amend(o, func(o *orderhub.Order) { t.setStatus(o, status) })
}

// spend lets so many points be spent on an order in all.
func (t *till) spend(o *orderhub.Order, total int64) error {
	return t.do(t.Context(), func(l *loyalty.Ledger) error { return l.Spend(o, total) })
}

func (t *till) mustSpend(o *orderhub.Order, total int64) {
	t.Helper()
	if err := t.spend(o, total); err != nil {
		t.Fatalf("spend %d: %v", total, err)
	}
}

func (t *till) book(customer orderhub.CustomerID, points int64) {
	t.Helper()
	b := loyalty.Booking{Customer: orderhub.CustomerRef{ID: customer}, Points: points, Reason: "by hand"}
	if _, err := t.s.Book(t.Context(), t.shop, b); err != nil {
		t.Fatalf("book %d: %v", points, err)
	}
}

func (t *till) balance(customer orderhub.CustomerID) orderhub.BonusBalance {
	t.Helper()
	all, err := t.s.Balance(t.Context(), t.shop, customer)
	if err != nil {
		t.Fatalf("balance: %v", err)
	}
	return all[customer]
}

// want compares the balance: active, pending, owed.
func (t *till) want(after string, customer orderhub.CustomerID, active, pending, owed int64) {
	t.Helper()
	if got, want := t.balance(customer), (orderhub.BonusBalance{Active: active, Pending: pending, Owed: owed}); got != want {
		t.Errorf("after %s: balance %+v, want %+v; the ledger:\n%s", after, got, want, t.print(customer))
	}
}

func (t *till) entries(customer orderhub.CustomerID) []*orderhub.BonusEntry {
	t.Helper()
	all, err := t.s.Entries(t.Context(), t.shop, customer, 0, 1000)
	if err != nil {
		t.Fatalf("entries: %v", err)
	}
	slices.Reverse(all)
	return all
}

// print shows a ledger as points and states, the oldest first.
func (t *till) print(customer orderhub.CustomerID) (text string) {
	t.Helper()
	for _, e := range t.entries(customer) {
		text += fmt.Sprintf("%+d %s\n", e.Points, e.State)
	}
	return text
}

// counted is the sum of the rows that count.
func (t *till) counted(customer orderhub.CustomerID) (points int64) {
	t.Helper()
	for _, e := range t.entries(customer) {
		if e.State.Counts() {
			points += e.Points
		}
	}
	return points
}

func (t *till) expire() {
	t.Helper()
	if err := t.s.Expire(t.Context()); err != nil {
		t.Fatalf("expire: %v", err)
	}
}

// wantFault checks that an error is one fault of a field.
func (t *till) wantFault(err error, kind orderhub.Kind, field string) {
	t.Helper()
	all := orderhub.All(err)
	if len(all) != 1 || all[0].Kind != kind || all[0].Field != field {
		t.Errorf("error %v, want one of kind %d of the field %q", err, kind, field)
	}
}

// wantSound lets the store look for damage.
func (t *till) wantSound() {
	t.Helper()
	if findings, err := t.db.Check(context.WithoutCancel(t.Context())); err != nil || len(findings) > 0 {
		t.Errorf("the store is not sound: %q, %v", findings, err)
	}
}
