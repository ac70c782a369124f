package loyalty

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/batch"
)

// A wallet is what one customer has to spend, and owes.
type wallet struct {
	lots  []*row // points that came in and of which some are left, in the order of inSequence
	debts []*row // points that are owed, the oldest first
}

// inSequence orders lots as they are drawn on: those first that expire first,
// those last that never do, older ones before younger ones.
func inSequence(a, b *row) int {
	return cmp.Or(cmp.Compare(expiryOf(a), expiryOf(b)), cmp.Compare(ageOf(a), ageOf(b)))
}

func expiryOf(r *row) int64 {
	if r.ExpiresAt.IsZero() {
		return math.MaxInt64
	}
	return r.ExpiresAt.UnixMicro()
}

// ageOf orders rows by their ids; new ones, whose ids are negative and
// descending, come last.
func ageOf(r *row) int64 {
	if r.ID < 0 {
		return math.MaxInt64/2 - int64(r.ID)
	}
	return int64(r.ID)
}

// enlist puts a row into the lists of its wallet that it belongs to, and out of
// the others.
func (l *Ledger) enlist(r *row) {
	w := l.wallets[r.Customer]
	if w == nil {
		return // it is listed when the wallet is read
	}
	l.list(&w.lots, r, r.Points > 0 && r.State == orderhub.BonusActive && r.left > 0, inSequence)
	l.list(&w.debts, r, r.Points < 0 && r.State == orderhub.BonusPending, func(a, b *row) int { return cmp.Compare(ageOf(a), ageOf(b)) })
}

func (l *Ledger) list(all *[]*row, r *row, member bool, sequence func(a, b *row) int) {
	at := slices.Index(*all, r)
	switch {
	case member && at < 0:
		i, _ := slices.BinarySearchFunc(*all, r, sequence)
		batch.Assign(l.b, all, slices.Concat((*all)[:i], []*row{r}, (*all)[i:]))
	case !member && at >= 0:
		batch.Assign(l.b, all, slices.Concat((*all)[:at], (*all)[at+1:]))
	}
}

// spendable are the lots that can be drawn on at a time, in their sequence: of
// points that an order itself has earned, expired or not, first, then of others
// that have not expired. An own of 0 is no order.
func (w *wallet) spendable(at time.Time, own orderhub.OrderID) []*row {
	var first, rest []*row
	for _, r := range w.lots {
		switch {
		case own != 0 && r.Order == own:
			first = append(first, r)
		case r.ExpiresAt.IsZero() || r.ExpiresAt.After(at):
			rest = append(rest, r)
		}
	}
	return slices.Concat(first, rest)
}

func sum(lots []*row) (points int64) {
	for _, r := range lots {
		points += r.left
	}
	return points
}

// allocate takes the points of a row that goes out from lots, in their
// sequence. They must hold enough.
func (l *Ledger) allocate(r *row, lots []*row) error {
	rest := -r.Points
	var all []allocation
	for _, lot := range lots {
		if n := min(rest, lot.left); n > 0 {
			rest -= n
			all = append(all, allocation{lot, n})
		}
	}
	if rest > 0 {
		return fmt.Errorf("loyalty: %d points of entry %d have no lot", rest, r.ID)
	}
	l.setAllocations(r, all)
	return nil
}

// setAllocations takes the points of a row that goes out from lots. One that is
// used up takes the state that says so.
func (l *Ledger) setAllocations(r *row, all []allocation) {
	state := orderhub.BonusSpent
	if r.State == orderhub.BonusExpired {
		state = orderhub.BonusExpired
	}
	for _, a := range all {
		batch.Assign(l.b, &a.lot.left, a.lot.left-a.points)
		if a.lot.left == 0 {
			l.become(a.lot, state, r.StateAt)
		}
	}
	batch.Assign(l.b, &r.allocations, all)
}

// release returns the points of a row to the lots that they were taken from,
// with the expiry that they had. Lots that were used up are active again.
func (l *Ledger) release(r *row, at time.Time) {
	for _, a := range r.allocations {
		batch.Assign(l.b, &a.lot.left, a.lot.left+a.points)
		if a.lot.State != orderhub.BonusActive {
			l.become(a.lot, orderhub.BonusActive, at)
		}
	}
	batch.Assign(l.b, &r.allocations, nil)
}

// writeOff makes a row of points that go out, all of them, or is an Invalid
// error of the field when fewer can be spent at a time.
func (l *Ledger) writeOff(w *wallet, e orderhub.BonusEntry, at time.Time, field string) (*row, error) {
	lots := w.spendable(at, 0)
	if there := sum(lots); there < -e.Points {
		return nil, tooFew(field, -e.Points, there)
	}
	return l.takeOut(e, orderhub.BonusSpent, lots)
}

// takeOut makes a row of points that go out of lots which hold enough.
func (l *Ledger) takeOut(e orderhub.BonusEntry, state orderhub.BonusState, lots []*row) (*row, error) {
	e.State = state
	r, err := l.add(e)
	if err != nil {
		return nil, err
	}
	return r, l.allocate(r, lots)
}

func tooFew(field string, wanted, there int64) error {
	return orderhub.Wrong(field, fmt.Sprintf("are %d, and the customer has only %d to spend", wanted, there))
}

// takeBack takes out points that an order had earned: from what is left of
// them, then from others. What is not there is owed.
func (l *Ledger) takeBack(w *wallet, e orderhub.BonusEntry, points int64) error {
	lots := w.spendable(l.b.At, e.Order)
	taken := min(points, sum(lots))
	if taken > 0 {
		e.Points = -taken
		if _, err := l.takeOut(e, orderhub.BonusSpent, lots); err != nil {
			return err
		}
	}
	if taken == points {
		return nil
	}
	e.Points, e.State = taken-points, orderhub.BonusPending
	_, err := l.add(e)
	return err
}

// settle takes what a customer owes from the points that are there.
func (l *Ledger) settle(w *wallet) error {
	for _, debt := range w.debts {
		if len(w.spendable(l.b.At, debt.Order)) == 0 {
			continue
		}
		if err := l.setState(debt, orderhub.BonusReversed); err != nil {
			return err
		}
		if err := l.takeBack(w, afresh(debt), -debt.Points); err != nil {
			return err
		}
	}
	return nil
}

// afresh is a row to be made in place of another.
func afresh(r *row) orderhub.BonusEntry {
	return orderhub.BonusEntry{Customer: r.Customer, Card: r.Card, Order: r.Order, Cause: orderhub.BonusEarned, Reason: r.Reason}
}
