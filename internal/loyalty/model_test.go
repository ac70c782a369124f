package loyalty_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/batch/batchtest"
	"orderhub/internal/loyalty"
)

// A purchase is what the model remembers of an order.
type purchase struct {
	orderhub.Order
	buyer   int // -1 for none
	former  *purchase
	known   bool // the ledger has rows of it
	granted int64
	pending int64
	spent   []int64 // the rows, the oldest first
	again   []int64 // rows to be spent again when it is revived
}

func (p *purchase) clone() *purchase {
	c := *p
	c.spent, c.again = slices.Clone(p.spent), slices.Clone(p.again)
	return &c
}

func total(all []int64) (sum int64) {
	for _, n := range all {
		sum += n
	}
	return sum
}

// earns is what the model says that an order earns, and whether it is void.
func (p *purchase) earns() (pending, active int64, void bool) {
	void = p.Stage == orderhub.StageCanceled || !p.DeletedAt.IsZero() || p.Fulfilment == orderhub.Returned || p.Payment == orderhub.Refunded
	if void || p.buyer < 0 {
		return 0, 0, void
	}
	for _, l := range p.Lines {
		if kept := l.Quantity - l.Returned; kept > 0 {
			pending += l.Bonus * int64(kept/1000)
		}
	}
	if p.Stage == orderhub.StageCompleted {
		return 0, pending, false
	}
	return pending, 0, false
}

// A model is what the ledgers of a shop must come to when no points expire: the
// balance of a customer is a sum, and what is below zero is owed.
type model struct {
	adjusted [3]int64
	orders   []*purchase
}

// net is the sum of all that a customer has and owes.
func (m *model) net(customer int) int64 {
	sum := m.adjusted[customer]
	for _, p := range m.orders {
		if p.buyer == customer {
			sum += p.granted - total(p.spent)
		}
	}
	return sum
}

// follow is Ledger.Follow in the model. It reports false when the change is
// refused; nothing is changed then.
func (m *model) follow(i int, now *purchase, live bool) bool {
	was, first := m.orders[i], m.orders[i] == nil
	pending, active, void := now.earns()
	var pendingBefore, activeBefore int64
	voidBefore, moved := false, false
	if !first {
		pendingBefore, activeBefore, voidBefore = was.earns()
		moved = was.buyer != now.buyer
	}
	same := pending == pendingBefore && active == activeBefore && void == voidBefore && !moved
	if same || first && !live || !now.known && (!live || pending+active == 0) {
		m.orders[i] = now
		return true
	}
	held := now.granted + now.pending
	switch {
	case !live:
		pending, active = min(pending, max(held, 0)), min(active, max(held, 0))
	case activeBefore > 0 && active > 0:
		active = max(0, active-max(0, activeBefore-held))
	}
	now.known = now.known || pending+active > 0 // rows are written for points only
	bill := now.spent
	if void || moved {
		now.spent = nil
	}
	m.orders[i] = now
	gains := active
	now.granted = 0
	switch {
	case void && !moved:
		now.again = append(now.again, bill...)
	case moved:
		now.again = nil
		if total(bill) > 0 && !void && now.buyer >= 0 {
			if m.net(now.buyer) < total(bill) {
				m.orders[i] = was
				return false
			}
			now.spent = []int64{total(bill)}
		}
	case voidBefore && !void:
		if now.buyer >= 0 {
			for _, n := range now.again {
				if m.net(now.buyer) >= n {
					now.spent = append(now.spent, n)
				}
			}
		}
		now.again = nil
	}
	now.granted, now.pending = gains, pending
	return true
}

// spend is Ledger.Spend in the model.
func (m *model) spend(i int, want int64) bool {
	p := m.orders[i]
	if _, _, void := p.earns(); want > 0 && (void || p.buyer < 0) {
		return false
	}
	has := total(p.spent)
	if p.buyer >= 0 && want > has && m.net(p.buyer) < want-has {
		return false
	}
	p.former = nil
	if p.buyer < 0 || want == has {
		return true
	}
	p.known = true
	if want > has {
		p.spent = append(p.spent, want-has)
		return true
	}
	for less := has - want; less > 0; {
		last := &p.spent[len(p.spent)-1]
		n := min(less, *last)
		if less, *last = less-n, *last-n; *last == 0 {
			p.spent = p.spent[:len(p.spent)-1]
		}
	}
	return true
}

// A game does the same in three worlds, each in its way, and in the model.
type game struct {
	t      *rapid.T
	worlds []*world
	model  *model // nil while points expire
	files  int
	wanted []bool // whether commands were refused, as the model has it
}

func (g *game) each(do func(w *world)) {
	for _, w := range g.worlds {
		do(w)
	}
}

func (g *game) expect(done bool) { g.wanted = append(g.wanted, done) }

// random draws a change of an order.
func (g *game) random() (change func(*orderhub.Order), buyer func(old int) int) {
	buyer = func(old int) int { return old }
	shop := g.worlds[0].till
	switch what := rapid.SampledFrom([]string{"status", "status", "lines", "returned", "goods", "payment", "deleted", "buyer", "note", "both"}).Draw(g.t, "what"); what {
	case "status", "both":
		status := rapid.SampledFrom([]string{"received", "closed", "closed", "canceled"}).Draw(g.t, "status")
		lines := g.lines()
		change = func(o *orderhub.Order) {
			if shop.setStatus(o, status); what == "both" {
				o.Lines = slices.Clone(lines)
			}
		}
	case "lines":
		lines := g.lines()
		change = func(o *orderhub.Order) { o.Lines = slices.Clone(lines) }
	case "returned":
		n := orderhub.Quantity(rapid.IntRange(0, 3_000).Draw(g.t, "returned"))
		change = func(o *orderhub.Order) {
			for i := range o.Lines {
				o.Lines[i].Returned = min(n, o.Lines[i].Quantity)
			}
		}
	case "goods":
		f := rapid.SampledFrom([]orderhub.FulfilmentState{orderhub.Delivered, orderhub.Returned}).Draw(g.t, "goods")
		change = func(o *orderhub.Order) { o.Fulfilment = f }
	case "payment":
		p := rapid.SampledFrom([]orderhub.PaymentState{orderhub.Paid, orderhub.Refunded}).Draw(g.t, "payment")
		change = func(o *orderhub.Order) { o.Payment = p }
	case "deleted":
		change = func(o *orderhub.Order) {
			if o.DeletedAt.IsZero() {
				o.DeletedAt = time.Unix(1, 0)
			} else {
				o.DeletedAt = time.Time{}
			}
		}
	case "buyer":
		to := rapid.IntRange(-1, 2).Draw(g.t, "buyer")
		change, buyer = func(*orderhub.Order) {}, func(int) int { return to }
	default:
		change = func(o *orderhub.Order) { o.Note += "!" }
	}
	return change, buyer
}

func (g *game) lines() (all []orderhub.Line) {
	for range rapid.IntRange(0, 2).Draw(g.t, "lines") {
		all = append(all, orderhub.Line{Name: "Kettle", Bonus: rapid.Int64Range(0, 6).Draw(g.t, "bonus"),
			Quantity: orderhub.Quantity(rapid.SampledFrom([]int{1_000, 2_000, 2_500}).Draw(g.t, "quantity"))})
	}
	return all
}

// step does one command.
func (g *game) step() {
	past := rapid.IntRange(0, 3).Draw(g.t, "past") == 0
	orders := len(g.worlds[0].orders)
	command := rapid.SampledFrom([]string{"place", "change", "change", "change", "pay", "undo", "spend", "spend", "book", "file", "undo file"}).Draw(g.t, "command")
	switch {
	case orders == 0:
		command = "place"
	case orders == 4 && command == "place":
		command = "change" // much happens to few orders
	}
	switch command {
	case "place":
		g.place(past)
	case "book":
		customer, points := rapid.IntRange(0, 2).Draw(g.t, "customer"), rapid.Int64Range(-8, 8).Draw(g.t, "points")
		g.each(func(w *world) { w.book(customer, points) })
		if g.model != nil {
			g.expect(g.model.book(customer, points))
		}
	case "file":
		g.file()
	case "undo file":
		g.undoFile()
	default:
		g.change(command, rapid.IntRange(0, orders-1).Draw(g.t, "order"), past)
	}
}

func (g *game) place(past bool) {
	buyer := rapid.SampledFrom([]int{0, 0, 0, 1, 2, -1}).Draw(g.t, "buyer")
	o := orderhub.Order{Number: fmt.Sprint("K-", len(g.worlds[0].orders)+1), Currency: "RUB", Lines: g.lines()}
	g.worlds[0].setStatus(&o, rapid.SampledFrom([]string{"received", "closed", "canceled"}).Draw(g.t, "status"))
	g.each(func(w *world) {
		copied := o
		copied.Lines = slices.Clone(o.Lines)
		w.place(copied, buyer, past)
	})
	if g.model != nil {
		g.model.orders = append(g.model.orders, nil)
		g.expect(g.model.follow(len(g.model.orders)-1, &purchase{Order: o, buyer: buyer}, !past))
	}
}

// change does a command to an order.
func (g *game) change(command string, i int, past bool) {
	switch command {
	case "spend":
		n := rapid.Int64Range(0, 9).Draw(g.t, "total")
		g.each(func(w *world) { w.spend(i, n) })
		if g.model != nil {
			g.expect(g.model.spend(i, n))
		}
	case "undo":
		g.each(func(w *world) { w.undo(i) })
		if g.model != nil {
			g.expect(g.model.undo(i))
		}
	default:
		change, buyer := g.random()
		total := int64(-1) // nothing is said of spending
		if command == "pay" {
			total = rapid.Int64Range(0, 9).Draw(g.t, "total")
		}
		g.each(func(w *world) {
			w.change(i, func(o *orderhub.Order) {
				change(o)
				o.Customer = w.whose(buyer(slices.Index(w.customers, o.Customer)))
			}, past, total)
		})
		if g.model != nil {
			g.expect(g.model.change(i, change, buyer, past, total))
		}
	}
}

func (m *model) book(customer int, points int64) bool {
	if points == 0 || points < 0 && m.net(customer) < -points {
		return false
	}
	m.adjusted[customer] += points
	return true
}

// change is a change of an order and, unless the total is below zero, what is
// spent on it: both or neither.
func (m *model) change(i int, change func(*orderhub.Order), buyer func(int) int, past bool, total int64) bool {
	old := m.orders[i].clone()
	now := old.clone()
	now.Lines = slices.Clone(old.Lines)
	change(&now.Order)
	now.buyer, now.former = buyer(now.buyer), nil
	done := m.follow(i, now, !past) && (past || total < 0 || m.spend(i, total))
	if !done {
		m.orders[i] = old
	} else if past {
		now.former = old
	}
	return done
}

func (m *model) undo(i int) bool {
	p := m.orders[i]
	if p.former == nil {
		return true
	}
	now := p.clone()
	now.Order, now.buyer, now.former = p.former.Order, p.former.buyer, nil
	if !p.known {
		m.orders[i] = now
		return true
	}
	return m.follow(i, now, true)
}

func (g *game) file() {
	var points []int64
	var whose []int
	for range rapid.IntRange(1, 3).Draw(g.t, "rows") {
		points, whose = append(points, rapid.Int64Range(-6, 6).Draw(g.t, "points")), append(whose, rapid.IntRange(0, 2).Draw(g.t, "customer"))
	}
	g.files++
	g.each(func(w *world) {
		var records []loyalty.BonusRecord
		for n := range points {
			records = append(records, loyalty.BonusRecord{Customer: known(fmt.Sprint("x-", whose[n]+1)), Points: points[n],
				Key: fmt.Sprint("f-", g.files, "-", n)})
		}
		w.file(records...)
	})
	if g.model != nil {
		for n := range points {
			g.expect(g.model.book(whose[n], points[n]))
		}
	}
}

func (g *game) undoFile() {
	for i, w := range g.worlds {
		for _, e := range w.undoFile() {
			if customer := slices.Index(w.customers, e.Customer); i == 0 && g.model != nil {
				g.model.adjusted[customer] -= e.Points
			}
		}
	}
}

// check compares the worlds with each other, and with the model.
func (g *game) check(swept bool) {
	g.each(func(w *world) { w.flush() })
	first := g.worlds[0]
	for _, w := range g.worlds[1:] {
		if diff := cmp.Diff(first.errs, w.errs); diff != "" {
			g.t.Fatalf("commands end otherwise (-%s +%s):\n%s", first.way.Name, w.way.Name, diff)
		}
		if diff := cmp.Diff(strings.Split(first.picture(), "\n"), strings.Split(w.picture(), "\n")); diff != "" {
			g.t.Fatalf("the stores differ (-%s +%s):\n%s", first.way.Name, w.way.Name, diff)
		}
	}
	g.each(func(w *world) { w.wantWhole(g.t, swept) })
	if g.model == nil {
		return
	}
	for i, done := range g.wanted {
		if refused := first.errs[i]; (refused == "") != done {
			g.t.Fatalf("command %d of %d: %q, the model has it done: %v", i+1, len(g.wanted), refused, done)
		}
	}
	for i, customer := range first.customers {
		net := g.model.net(i)
		want := orderhub.BonusBalance{Active: max(net, 0), Owed: max(-net, 0)}
		for _, p := range g.model.orders {
			if p.buyer == i {
				want.Pending += p.pending
			}
		}
		if got := first.balance(customer); got != want {
			g.t.Fatalf("customer %d has %+v, want %+v:\n%s", i, got, want, first.picture())
		}
	}
}

// enough reports whether more than enough random games have been played on the
// database: each is some hundred transactions.
func (t *till) enough(games int) bool {
	if strings.HasSuffix(t.Name(), "/postgres") {
		return games > 15
	}
	return games > 70
}

// play runs random games on every database.
func play(t *testing.T, expiring bool) {
	each(t, func(l *till) {
		n := 0
		rapid.Check(l.T, func(r *rapid.T) {
			if n++; l.enough(n) {
				return
			}
			g := &game{t: r, model: new(model)}
			if expiring {
				g.model = nil
			}
			for i, way := range batchtest.Ways {
				g.worlds = append(g.worlds, newWorld(newTill(l.T, l.db, l.clock, fmt.Sprint("shop-", n, "-", i)), way))
			}
			for range rapid.IntRange(2, 5).Draw(r, "rounds") {
				for range rapid.IntRange(6, 14).Draw(r, "steps") {
					g.step()
				}
				g.check(false)
				g.pass(expiring)
			}
			if err := l.s.Expire(l.Context()); err != nil {
				r.Fatal(err)
			}
			g.check(true)
		})
		l.wantSound()
	})
}

// pass lets time pass, and points expire if they do.
func (g *game) pass(expiring bool) {
	days := time.Duration(rapid.IntRange(0, 4).Draw(g.t, "days"))
	setting := rapid.SampledFrom([]string{"", "2", "5"}).Draw(g.t, "setting")
	g.worlds[0].clock.Offset += days*day + time.Minute
	if !expiring {
		return
	}
	g.each(func(w *world) { w.shop.Settings[loyalty.ExpireDays.Name] = setting })
	if rapid.Bool().Draw(g.t, "sweep") {
		if err := g.worlds[0].s.Expire(g.worlds[0].Context()); err != nil {
			g.t.Fatal(err)
		}
	}
}

// Whatever is done in whatever sequence and way, the balance is the sum of what
// orders have earned, less what was spent on them, and of what was booked.
func TestLedgerIsASum(t *testing.T) { play(t, false) }

// While points expire, too, requests that are merged or one batch end as those
// that come one by one, and the ledger adds up.
func TestMergedRequestsEndAsOneByOne(t *testing.T) { play(t, true) }
