package loyalty

import (
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A purse is what one customer has to spend, and owes, in memory. It follows
// the rules of the ledger row by row, so that many rows of one customer can be
// judged before any is stored.
type purse struct {
	lots  []lot // in the order in which they expire, those that never do last
	debts []debt
}

// A lot is points that came in and of which some are left.
type lot struct {
	expires time.Time // zero: never
	left    int64
	order   orderhub.OrderID
	entry   *orderhub.BonusEntry // nil in a rehearsal, which need not know
}

// A debt is what an order that was returned has given, and the customer spent.
type debt struct {
	points int64 // above zero
	order  orderhub.OrderID
	entry  *orderhub.BonusEntry // nil in a rehearsal
}

// newPurse makes a purse of rows of the store.
func newPurse(lots []store.Lot, owed []*orderhub.BonusEntry) *purse {
	p := new(purse)
	for _, l := range lots {
		p.lots = append(p.lots, lot{l.ExpiresAt, l.Left, l.Order, l.BonusEntry})
	}
	for _, e := range owed {
		p.debts = append(p.debts, debt{-e.Points, e.Order, e})
	}
	return p
}

func (p *purse) clone() *purse { return &purse{slices.Clone(p.lots), slices.Clone(p.debts)} }

// forget drops the rows, of which a rehearsal would keep those of a whole file.
func (p *purse) forget() {
	for i := range p.lots {
		p.lots[i].entry = nil
	}
	for i := range p.debts {
		p.debts[i].entry = nil
	}
}

// good says whether a lot can be drawn on at a time. What an order itself has
// earned it may draw on though it has expired.
func (l *lot) good(at time.Time, own orderhub.OrderID) bool {
	return l.expires.IsZero() || l.expires.After(at) || own != 0 && l.order == own
}

// there is how many points can be drawn at a time.
func (p *purse) there(at time.Time, own orderhub.OrderID) (points int64) {
	for i := range p.lots {
		if p.lots[i].good(at, own) {
			points += p.lots[i].left
		}
	}
	return points
}

// A drawn is points that were taken from a lot.
type drawn struct {
	lot    *orderhub.BonusEntry
	points int64
	last   bool // the lot is used up
}

// draw takes points that are there: from lots of the order itself first, then
// from that first which expires first.
func (p *purse) draw(points int64, at time.Time, own orderhub.OrderID) (all []drawn) {
	for _, first := range []bool{true, false} {
		for i := range p.lots {
			l := &p.lots[i]
			n := min(points, l.left)
			if first != (own != 0 && l.order == own) || !l.good(at, own) || n == 0 {
				continue
			}
			points, l.left = points-n, l.left-n
			all = append(all, drawn{l.entry, n, l.left == 0})
		}
	}
	p.lots = slices.DeleteFunc(p.lots, func(l lot) bool { return l.left == 0 })
	return all
}

// add puts points in, behind those that expire as early.
func (p *purse) add(l lot) {
	i := len(p.lots)
	if !l.expires.IsZero() {
		i = 0
		for i < len(p.lots) && !p.lots[i].expires.IsZero() && !p.lots[i].expires.After(l.expires) {
			i++
		}
	}
	p.lots = slices.Insert(p.lots, i, l)
}

// settle takes what is owed from the points that are there now. Told is called
// for each debt of which something was taken; what is left of it, and the row
// that told returns for that, are owed from then on.
func (p *purse) settle(now time.Time, told func(d debt, taken []drawn, left int64) *orderhub.BonusEntry) {
	debts := p.debts
	p.debts = nil
	for _, d := range debts {
		n := min(d.points, p.there(now, d.order))
		if n > 0 {
			left := d.points - n
			d = debt{left, d.order, told(d, p.draw(n, now, d.order), left)}
		}
		if d.points > 0 {
			p.debts = append(p.debts, d)
		}
	}
}
