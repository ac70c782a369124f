package loyalty_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/loyalty"
)

// A point is one single bonus point, as the model keeps it in a bag.
type point struct {
	lot     int // which came in together, in the sequence in which they were promised
	order   orderhub.OrderID
	expires time.Time // zero: never
	gone    string    // why it cannot be spent; "" while it can
}

// A wallet is what the model remembers of one customer.
type wallet struct {
	points []*point
	debts  []debt
}

type debt struct {
	order  orderhub.OrderID
	points int
}

// A purchase is what the model remembers of an order.
type purchase struct {
	*orderhub.Order
	buyer   int
	granted int
	pending int
	lot     int // of what is pending
	spent   []*point
	again   int // to be spent when it is revived
	dead    bool
}

// A model is a shop in memory, and the real one beside it.
type model struct {
	*till
	customers []orderhub.CustomerID
	wallets   []*wallet
	orders    []*purchase
	lots      int
}

func (m *model) now() time.Time { return m.clock.Now() }

// free are the points that can be drawn on, in their sequence: the order's own
// first, expired or not.
func (m *model) free(w *wallet, own orderhub.OrderID) []*point {
	var all []*point
	for _, p := range w.points {
		mine := own != 0 && p.order == own
		if p.gone == "" && (mine || p.expires.IsZero() || p.expires.After(m.now())) {
			all = append(all, p)
		}
	}
	rank := func(p *point) int {
		switch {
		case own != 0 && p.order == own && !p.expires.IsZero():
			return 0
		case own != 0 && p.order == own:
			return 1
		case !p.expires.IsZero():
			return 2
		}
		return 3
	}
	slices.SortStableFunc(all, func(a, b *point) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.expires.Compare(b.expires), cmp.Compare(a.lot, b.lot))
	})
	return all
}

func (m *model) newLot() int { m.lots++; return m.lots }

func (m *model) come(w *wallet, n, lot int, order orderhub.OrderID) {
	var expires time.Time
	if days, err := strconv.Atoi(m.shop.Settings[loyalty.ExpireDays]); err == nil {
		expires = m.now().AddDate(0, 0, days)
	}
	for range n {
		w.points = append(w.points, &point{lot: lot, order: order, expires: expires})
	}
}

// take makes points go, or owes what is not there.
func (m *model) take(w *wallet, n int, order orderhub.OrderID) {
	all := m.free(w, order)
	for _, p := range all[:min(n, len(all))] {
		p.gone = "taken"
	}
	if n > len(all) {
		w.debts = append(w.debts, debt{order, n - len(all)})
	}
}

func (m *model) settle(w *wallet) {
	debts := w.debts
	w.debts = nil
	for _, d := range debts {
		m.take(w, d.points, d.order)
	}
}

// follow does what an order means for its buyer.
func (m *model) follow(o *purchase) {
	w := m.wallets[o.buyer]
	points, pending, active := 0, 0, 0
	for _, l := range o.Lines {
		points += int(l.Bonus)
	}
	dead := o.Stage == orderhub.StageCanceled || !o.DeletedAt.IsZero() || o.Fulfilment == orderhub.Returned
	switch {
	case dead:
	case o.Stage == orderhub.StageCompleted:
		active = points
	default:
		pending = points
	}
	changes := points > 0 || o.granted != 0 || o.pending != 0 || dead != o.dead
	m.respend(w, o, dead)
	if active == o.pending && o.pending > 0 && o.granted == 0 {
		m.come(w, active, o.lot, o.ID)
		o.granted, o.pending = active, 0
	}
	if pending != o.pending {
		o.pending, o.lot = pending, m.newLot()
	}
	m.grant(w, o, active)
	if changes {
		m.settle(w)
	}
}

// respend gives back what was spent on an order that ends, and spends it again.
func (m *model) respend(w *wallet, o *purchase, dead bool) {
	switch {
	case dead && !o.dead:
		for _, p := range o.spent {
			p.gone = ""
		}
		o.again, o.spent = o.again+len(o.spent), nil
	case !dead && o.dead && o.again > 0 && len(m.free(w, 0)) >= o.again:
		o.spent = m.free(w, 0)[:o.again]
		for _, p := range o.spent {
			p.gone = "spent"
		}
		o.again = 0
	}
	o.dead = dead
}

// grant brings what an order has given to what it shall have given.
func (m *model) grant(w *wallet, o *purchase, target int) {
	if o.granted == target {
		return
	}
	w.debts = slices.DeleteFunc(w.debts, func(d debt) bool {
		if d.order == o.ID {
			o.granted += d.points
		}
		return d.order == o.ID
	})
	n := o.granted - target
	o.granted = target
	if n <= 0 {
		m.come(w, -n, m.newLot(), o.ID)
		return
	}
	for _, p := range w.points {
		if p.order == o.ID && p.gone == "expired" {
			p.gone = ""
		}
	}
	// Rows that nobody has drawn on go first, as a whole.
	for _, p := range m.free(w, o.ID) {
		var whole []*point
		untouched := p.order == o.ID && p.gone == ""
		for _, q := range w.points {
			if q.lot == p.lot {
				whole = append(whole, q)
				untouched = untouched && q.gone == ""
			}
		}
		if untouched && len(whole) <= n {
			n -= len(whole)
			w.points = slices.DeleteFunc(w.points, func(q *point) bool { return q.lot == p.lot })
			for _, q := range whole {
				q.gone = "reversed"
			}
		}
	}
	m.take(w, n, o.ID)
}

func (m *model) pick(t *rapid.T) *purchase {
	if len(m.orders) == 0 {
		t.Skip("no orders")
	}
	return rapid.SampledFrom(m.orders).Draw(t, "order")
}

func (m *model) Place(t *rapid.T) {
	buyer := rapid.IntRange(0, len(m.customers)-1).Draw(t, "buyer")
	o := m.order(m.customers[buyer], rapid.SampledFrom([]string{"received", "closed"}).Draw(t, "status"),
		rapid.SliceOfN(rapid.Int64Range(0, 4), 0, 2).Draw(t, "points")...)
	m.place(o)
	p := &purchase{Order: o, buyer: buyer}
	m.orders = append(m.orders, p)
	m.follow(p)
}

func (m *model) Amend(t *rapid.T) {
	o := m.pick(t)
	m.amend(o.Order, func(o *orderhub.Order) {
		m.setStatus(o, rapid.SampledFrom([]string{o.Status, "received", "closed", "canceled"}).Draw(t, "status"))
		if rapid.Bool().Draw(t, "lines") {
			earns(o, rapid.SliceOfN(rapid.Int64Range(0, 5), 0, 2).Draw(t, "points")...)
		}
		if rapid.IntRange(0, 5).Draw(t, "deleted") == 0 {
			o.DeletedAt = m.now()
		} else {
			o.DeletedAt = time.Time{}
		}
		o.Fulfilment = rapid.SampledFrom([]orderhub.FulfilmentState{o.Fulfilment, orderhub.Unfulfilled, orderhub.Delivered, orderhub.Returned}).Draw(t, "goods")
	})
	m.follow(o)
}

func (m *model) Spend(t *rapid.T) {
	o, n := m.pick(t), rapid.IntRange(1, 6).Draw(t, "points")
	if o.dead || len(o.spent) > 0 || o.again > 0 {
		t.Skip("one spending an order")
	}
	w := m.wallets[o.buyer]
	err := m.spend(m.customers[o.buyer], o.Order, int64(n), "")
	if enough := len(m.free(w, 0)) >= n; enough != (err == nil) {
		t.Fatalf("spend %d of %d: %v", n, len(m.free(w, 0)), err)
	}
	if err == nil {
		o.spent = m.free(w, 0)[:n]
		for _, p := range o.spent {
			p.gone = "spent"
		}
	}
}

func (m *model) Book(t *rapid.T) {
	buyer, n := rapid.IntRange(0, len(m.customers)-1).Draw(t, "buyer"), rapid.IntRange(-6, 6).Draw(t, "points")
	w := m.wallets[buyer]
	_, err := m.s.Book(m.Context(), m.shop, loyalty.Booking{Customer: orderhub.CustomerRef{ID: m.customers[buyer]}, Points: int64(n), Reason: "by hand"})
	if allowed := n > 0 || n < 0 && len(m.free(w, 0)) >= -n; allowed != (err == nil) {
		t.Fatalf("book %d of %d: %v", n, len(m.free(w, 0)), err)
	}
	switch {
	case err != nil:
	case n > 0:
		m.come(w, n, m.newLot(), 0)
		m.settle(w)
	default:
		m.take(w, -n, 0)
	}
}

func (m *model) Expire(*rapid.T) {
	m.expire()
	for _, w := range m.wallets {
		for _, p := range w.points {
			if p.gone == "" && !p.expires.IsZero() && !p.expires.After(m.now()) {
				p.gone = "expired"
			}
		}
	}
}

func (m *model) Wait(t *rapid.T) {
	m.clock.Offset += time.Duration(rapid.IntRange(0, 4).Draw(t, "days")) * day
	m.shop.Settings[loyalty.ExpireDays] = rapid.SampledFrom([]string{"", "2", "5"}).Draw(t, "setting")
}

// Check compares all that a reader can see.
func (m *model) Check(t *rapid.T) {
	for i, w := range m.wallets {
		want := orderhub.BonusBalance{Active: int64(len(m.free(w, 0)))}
		for _, d := range w.debts {
			want.Owed += int64(d.points)
		}
		for _, o := range m.orders {
			if o.buyer == i {
				want.Pending += int64(o.pending)
			}
		}
		got := m.balance(m.customers[i])
		if got != want {
			t.Fatalf("customer %d has %+v, want %+v; the ledger:\n%s", i, got, want, m.print(m.customers[i]))
		}
		if counted := m.counted(m.customers[i]); counted < got.Active {
			t.Fatalf("customer %d has %d points, and rows that sum up to %d", i, got.Active, counted)
		}
	}
}

// Whatever is done in whatever sequence, the ledger is as a bag of single
// points: never below zero, and the sum of its rows once all that has expired
// is written off.
func TestLedgerIsAsABagOfPoints(t *testing.T) {
	each(t, func(l *till) {
		shops := 0
		rapid.Check(l.T, func(r *rapid.T) {
			if shops++; shops > 25 && strings.HasSuffix(l.Name(), "/postgres") {
				return // what it costs there is mostly the way
			}
			m := &model{till: newTill(l.T, l.db, l.clock, fmt.Sprint("shop-", shops))}
			for _, name := range []string{"x-1", "x-2"} {
				m.customers, m.wallets = append(m.customers, m.customer(name)), append(m.wallets, new(wallet))
			}
			r.Repeat(map[string]func(*rapid.T){"Place": m.Place, "Amend": m.Amend, "Amend again": m.Amend, "Spend": m.Spend,
				"Book": m.Book, "Expire": m.Expire, "Wait": m.Wait, "": m.Check})
			m.Expire(r)
			m.Check(r)
			for _, customer := range m.customers {
				if sum, active := m.counted(customer), m.balance(customer).Active; sum != active {
					r.Fatalf("the rows sum up to %d, the balance is %d:\n%s", sum, active, m.print(customer))
				}
			}
		})
		l.wantSound()
	})
}
