package loyalty

import (
	"cmp"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
)

// Follow makes the ledger agree with an order that changed from before to now,
// or was placed just now, without a before. The points of its lines are pending
// while it is open, active when it closes completed, and reversed when it is
// canceled, deleted, returned or refunded, together with what was spent on it.
// An order that is revived earns again, and what was spent on it is spent again
// if the points are there. Points that come back keep the term that they had.
//
// When the order has another customer, its points move with it: the former one
// gets back what was spent on it and gives back what it earned. The new one
// spends as much; too few points are an Invalid error of the field bonuses.
//
// In a unit that records the past no points come in: an order that was never
// promised any earns none, whatever happens to it there. What the ledger holds
// for an order agrees with it all the same. Of an order that was closed in the
// past, later live changes earn what they add and no more.
//
// It needs no rows unless the change concerns points, another customer, or the
// end or revival of the order.
func (l *Ledger) Follow(before, now *orderhub.Order) error {
	return l.follow(before, now, !l.b.Backfill())
}

// FollowUndo is Follow for an order that an undo gives its old content back.
// What the change that is undone did to its points is undone with it, as a live
// change, and an order of which the ledger holds nothing stays without points.
func (l *Ledger) FollowUndo(before, now *orderhub.Order) error {
	used, err := l.Used(now.ID)
	if err != nil || !used {
		return err
	}
	return l.follow(before, now, true)
}

func (l *Ledger) follow(before, now *orderhub.Order, live bool) error {
	f := &following{Ledger: l, order: now, live: live,
		was: entitlementOf(l.b.Shop(), before), is: entitlementOf(l.b.Shop(), now)}
	if before != nil && before.Customer != now.Customer {
		f.moved, f.from = true, before.Customer
	}
	switch {
	case f.was == f.is && !f.moved:
		return nil
	case before == nil && (!live || f.is.customer == 0):
		return nil
	case before == nil && f.is.pending > 0:
		return f.promise(f.is.customer, f.is.pending)
	}
	rows, err := l.orderRows(now.ID)
	if err != nil || len(rows) == 0 && (!live || f.is.customer == 0) {
		return err
	}
	all := involved(rows, now.Customer)
	if err := l.openAll(all); err != nil {
		return err
	}
	f.aim(rows)
	// The former customer comes first: what was spent is known then.
	slices.SortStableFunc(all, func(a, b orderhub.CustomerID) int {
		return cmp.Compare(f.rank(a), f.rank(b))
	})
	for _, customer := range all {
		if err := f.agree(customer); err != nil {
			return err
		}
	}
	return nil
}

// A following brings the ledger to what an order says.
type following struct {
	*Ledger
	order   *orderhub.Order
	was, is entitlement
	live    bool
	moved   bool                // from another customer, or none
	from    orderhub.CustomerID // that customer

	target entitlement // what the ledger is to hold
	spent  int64       // by the former customer, to be spent by the present one
}

func (f *following) rank(customer orderhub.CustomerID) int {
	if f.moved && customer == f.from {
		return 0
	}
	return 1
}

// aim computes the target. The ledger may hold less than the order is entitled
// to, because a part of that is from the past: a live change of a closed order
// does not make it good, and a change in the past adds nothing at all.
func (f *following) aim(rows []*row) {
	f.target = f.is
	held := granted(rows)
	for _, r := range promised(rows) {
		held += r.Points
	}
	switch {
	case !f.live:
		f.target.pending, f.target.active = min(f.is.pending, max(held, 0)), min(f.is.active, max(held, 0))
	case f.was.active > 0 && f.is.active > 0:
		f.target.active = max(0, f.is.active-max(0, f.was.active-held))
	}
}

// agree brings what the order has moved in one wallet to the target.
func (f *following) agree(customer orderhub.CustomerID) error {
	w, err := f.wallet(customer)
	if err != nil {
		return err
	}
	pending, active := f.target.pending, f.target.active
	if customer != f.is.customer {
		pending, active = 0, 0
	}
	for _, step := range []func() error{
		func() error { return f.agreeSpent(w, customer) },
		func() error { return f.agreePending(customer, pending, active) },
		func() error { return f.agreeActive(w, customer, active) },
		func() error { return f.settle(w) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf are the rows of the order on one customer's ledger.
func (f *following) rowsOf(customer orderhub.CustomerID) []*row {
	rows, _ := f.orderRows(f.order.ID) // they were read
	return slices.DeleteFunc(rows, func(r *row) bool { return r.Customer != customer })
}

// agreeSpent gives back what was spent on an order that is void, or another
// customer's by now, and spends it again on one that is revived.
func (f *following) agreeSpent(w *wallet, customer orderhub.CustomerID) error {
	left := f.moved && customer == f.from
	for _, r := range f.rowsOf(customer) {
		if r.Cause != orderhub.BonusUsed {
			continue
		}
		if r.State == orderhub.BonusSpent && (left || f.is.void) {
			f.spent -= r.Points
			if err := f.setState(r, orderhub.BonusReversed); err != nil {
				return err
			}
		}
		if r.State != orderhub.BonusReversed || !r.ExpiresAt.IsZero() {
			continue
		}
		if left {
			f.giveUp(r)
		} else if f.was.void && !f.is.void {
			if err := f.respend(w, r); err != nil {
				return err
			}
		}
	}
	if f.spent == 0 || !f.moved || f.is.void || customer != f.order.Customer {
		return nil
	}
	_, err := f.spend(w, rowOf(f.order, customer), f.spent, 0)
	return err
}

// respend spends points again on a revived order. When they are not there any
// more they stay with the customer: reviving an order must not fail for that.
func (l *Ledger) respend(w *wallet, r *row) error {
	lots := w.spendable(l.b.At, 0)
	if sum(lots) < -r.Points {
		l.giveUp(r)
		return nil
	}
	if err := l.setState(r, orderhub.BonusSpent); err != nil {
		return err
	}
	return l.allocate(r, lots)
}

// giveUp notes that reversed points are not spent again when the order is
// revived.
func (l *Ledger) giveUp(r *row) {
	l.touch(r)
	batch.Assign(l.b, &r.ExpiresAt, r.StateAt)
}

// agreePending replaces the points that are to come, or makes them active.
func (f *following) agreePending(customer orderhub.CustomerID, pending, active int64) error {
	rows := f.rowsOf(customer)
	waiting := promised(rows)
	points := int64(0)
	for _, r := range waiting {
		points += r.Points
	}
	if points == pending {
		return nil
	}
	state := orderhub.BonusReversed
	if points == active && granted(rows) == 0 && len(returnable(rows)) == 0 {
		state = orderhub.BonusActive
	}
	for _, r := range waiting {
		f.touch(r)
		if state == orderhub.BonusActive {
			batch.Assign(f.b, &r.ExpiresAt, expiry(f.b.Shop(), f.b.At))
		}
		if err := f.setState(r, state); err != nil {
			return err
		}
	}
	if pending == 0 {
		return nil
	}
	return f.promise(customer, pending)
}

// promise makes a row of points that are to come.
func (f *following) promise(customer orderhub.CustomerID, points int64) error {
	e := rowOf(f.order, customer)
	e.Points, e.State = points, orderhub.BonusPending
	_, err := f.add(e)
	return err
}

// agreeActive gives what the order has earned beyond what it gave already, or
// takes back what it gave too much.
func (f *following) agreeActive(w *wallet, customer orderhub.CustomerID, earned int64) error {
	if granted(f.rowsOf(customer)) == earned {
		return nil
	}
	for _, r := range f.rowsOf(customer) {
		if r.Cause == orderhub.BonusEarned && r.State == orderhub.BonusPending && r.Points < 0 {
			// It is not owed any more, or is owed anew below.
			if err := f.setState(r, orderhub.BonusReversed); err != nil {
				return err
			}
		}
	}
	switch points := granted(f.rowsOf(customer)) - earned; {
	case points < 0:
		return f.give(w, customer, -points)
	case points > 0:
		return f.withdraw(w, customer, points)
	}
	return nil
}

// give gives points: first those that were taken back before, the last first,
// which keep the term that they had; the rest are new.
func (f *following) give(w *wallet, customer orderhub.CustomerID, points int64) error {
	for _, r := range returnable(f.rowsOf(customer)) {
		if points <= 0 {
			break
		}
		state := orderhub.BonusActive
		if r.Points < 0 {
			state = orderhub.BonusReversed
		}
		points -= max(r.Points, -r.Points)
		if err := f.setState(r, state); err != nil {
			return err
		}
	}
	switch {
	case points < 0:
		return f.withdraw(w, customer, -points)
	case points == 0:
		return nil
	}
	e := rowOf(f.order, customer)
	e.Points, e.State, e.ExpiresAt = points, orderhub.BonusActive, expiry(f.b.Shop(), f.b.At)
	_, err := f.add(e)
	return err
}

// withdraw takes points back that the order gave. What has expired of them is
// taken as if it had not; rows of which nothing was used are reversed.
func (f *following) withdraw(w *wallet, customer orderhub.CustomerID, points int64) error {
	for _, r := range f.rowsOf(customer) {
		if r.Cause == orderhub.BonusLapsed && r.State == orderhub.BonusExpired {
			if err := f.setState(r, orderhub.BonusReversed); err != nil {
				return err
			}
		}
	}
	for _, r := range w.spendable(f.b.At, f.order.ID) {
		if r.Order == f.order.ID && r.Cause == orderhub.BonusEarned && r.left == r.Points && r.Points <= points {
			points -= r.Points
			if err := f.setState(r, orderhub.BonusReversed); err != nil {
				return err
			}
		}
	}
	if points == 0 {
		return nil
	}
	return f.takeBack(w, rowOf(f.order, customer), points)
}

// rowOf is a row of the ledger that an order causes.
func rowOf(o *orderhub.Order, customer orderhub.CustomerID) orderhub.BonusEntry {
	return orderhub.BonusEntry{Customer: customer, Order: o.ID, Cause: orderhub.BonusEarned, Reason: "order " + o.Number}
}

// granted is what rows of an order have given, what is owed taken off.
func granted(rows []*row) (points int64) {
	for _, r := range rows {
		if r.Cause == orderhub.BonusEarned && (r.State.Counts() || r.State == orderhub.BonusPending && r.Points < 0) {
			points += r.Points
		}
	}
	return points
}

// promised are the rows of points that are to come.
func promised(rows []*row) (some []*row) {
	for _, r := range rows {
		if r.Cause == orderhub.BonusEarned && r.State == orderhub.BonusPending && r.Points > 0 {
			some = append(some, r)
		}
	}
	return some
}

// returnable are the rows by which an order took points back, the last first:
// rows that went out, and points that were reversed whole. Reversed points
// without an expiry are left out: nothing tells whether they were ever active.
func returnable(rows []*row) (some []*row) {
	for _, r := range rows {
		out := r.Points < 0 && r.State == orderhub.BonusSpent
		back := r.Points > 0 && r.State == orderhub.BonusReversed && !r.ExpiresAt.IsZero()
		if r.Cause == orderhub.BonusEarned && (out || back) {
			some = append(some, r)
		}
	}
	slices.SortStableFunc(some, func(a, b *row) int { return b.StateAt.Compare(a.StateAt) })
	return some
}
