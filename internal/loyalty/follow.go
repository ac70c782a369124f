package loyalty

import (
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// A claim is what an order says about points.
type claim struct {
	customer orderhub.CustomerID
	pending  int64 // to come
	active   int64 // earned
	dead     bool  // canceled, deleted or returned: it earns nothing, and nothing is spent on it
}

// claimOf is what an order earns. Points come when its status closes and means
// that it was completed. Nobody earns the points of an order without a
// customer. A nil order claims nothing.
func claimOf(shop *orderhub.Shop, o *orderhub.Order) claim {
	if o == nil {
		return claim{}
	}
	c := claim{dead: !o.DeletedAt.IsZero() || o.Stage == orderhub.StageCanceled || o.Fulfilment == orderhub.Returned}
	points := int64(0)
	for _, l := range o.Lines {
		points += l.Bonus
	}
	if c.dead || points == 0 || o.Customer == 0 {
		return c
	}
	c.customer = o.Customer
	if st, known := shop.Status(o.Status); o.Stage == orderhub.StageCompleted && (!known || st.Closed) {
		c.active = points
	} else {
		c.pending = points
	}
	return c
}

// Follow makes the ledger agree with an order that changed from before to now:
// the bonuses of its lines are pending while it is open, active when it closes
// completed, and reversed when it is canceled, deleted or returned, together
// with what was spent on it. An order that comes back to life earns again, and
// what was spent on it is spent again if the points are there.
//
// Follow joins the transaction that changes the order and holds it. It asks
// the database nothing unless the change concerns points, or ends or revives
// the order. Nothing follows from history.
func Follow(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, before, now *orderhub.Order) error {
	return FollowAll(ctx, tx, shop, []Step{{before, now}})
}

// FollowNew is Follow for orders that were placed just now.
func FollowNew(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, orders ...*orderhub.Order) error {
	steps := make([]Step, len(orders))
	for i, o := range orders {
		steps[i].Now = o
	}
	return FollowAll(ctx, tx, shop, steps)
}

// A Step is an order before and after a change; before it was placed there is
// none.
type Step struct{ Before, Now *orderhub.Order }

// FollowAll is Follow for many orders, each of them once, in few statements.
// All their customers are held in one sequence, so that nobody waits for
// somebody who waits for him.
func FollowAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, steps []Step) error {
	if orderhub.ActorOf(ctx).History {
		return nil
	}
	var promised []*orderhub.BonusEntry
	var moves []move
	var concerned []orderhub.CustomerID
	for _, step := range steps {
		m := move{Step: step, was: claimOf(shop, step.Before), is: claimOf(shop, step.Now)}
		switch {
		case m.was == m.is || step.Before == nil && m.is.customer == 0:
		case step.Before == nil && m.is.pending > 0:
			e := rowOf(step.Now, m.is.customer)
			e.Points, e.State = m.is.pending, orderhub.BonusPending
			promised = append(promised, &e)
		default:
			some, err := m.concerned(ctx, tx)
			if err != nil {
				return err
			}
			moves, concerned = append(moves, m), append(concerned, some...)
		}
	}
	if len(promised) > 0 {
		if err := tx.AddBonuses(ctx, promised); err != nil {
			return err
		}
		if err := tell(ctx, tx, promised...); err != nil {
			return err
		}
	}
	if len(concerned) == 0 {
		return nil
	}
	if err := tx.HoldCustomers(ctx, concerned); err != nil {
		return err
	}
	for _, m := range moves {
		if err := m.do(ctx, tx, shop); err != nil {
			return err
		}
	}
	return nil
}

// A move is a change of an order that concerns points.
type move struct {
	Step
	was, is claim
}

// rows are those of the ledger that the order caused.
func (m move) rows(ctx context.Context, tx *store.Tx) ([]*orderhub.BonusEntry, error) {
	if m.Before == nil {
		return nil, nil
	}
	return tx.OrderBonuses(ctx, m.Now.ID)
}

// concerned are the customers whose points the change may move.
func (m move) concerned(ctx context.Context, tx *store.Tx) ([]orderhub.CustomerID, error) {
	rows, err := m.rows(ctx, tx)
	var all []orderhub.CustomerID
	if m.is.customer != 0 {
		all = append(all, m.is.customer)
	}
	for _, e := range rows {
		all = append(all, e.Customer)
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

// do moves the points of all concerned, who are held.
func (m move) do(ctx context.Context, tx *store.Tx, shop *orderhub.Shop) error {
	rows, err := m.rows(ctx, tx) // read anew: who holds the customer and not the order may have changed them
	if err != nil {
		return err
	}
	accounts := make(map[orderhub.CustomerID]*account)
	open := func(customer orderhub.CustomerID) *account {
		if accounts[customer] == nil {
			accounts[customer] = &account{tx: tx, shop: shop, order: m.Now, customer: customer}
		}
		return accounts[customer]
	}
	if m.is.customer != 0 {
		open(m.is.customer)
	}
	for _, e := range rows {
		a := open(e.Customer)
		a.rows = append(a.rows, e)
	}
	for _, customer := range slices.Sorted(maps.Keys(accounts)) {
		target := m.is
		if customer != m.is.customer {
			target.pending, target.active = 0, 0
		}
		if err := accounts[customer].agree(ctx, m.was, target); err != nil {
			return err
		}
	}
	return nil
}

// rowOf is a row of the ledger that an order causes.
func rowOf(o *orderhub.Order, customer orderhub.CustomerID) orderhub.BonusEntry {
	return orderhub.BonusEntry{Shop: o.Shop, Customer: customer, Order: o.ID, Cause: orderhub.BonusEarned, Reason: "order " + o.Number}
}

// An account is what one order has moved on the points of one customer, who is
// held.
type account struct {
	tx       *store.Tx
	shop     *orderhub.Shop
	order    *orderhub.Order
	customer orderhub.CustomerID
	rows     []*orderhub.BonusEntry // of this order and customer
}

// agree brings the account to what the order claims.
func (a *account) agree(ctx context.Context, was, is claim) error {
	for _, step := range []func() error{
		func() error { return a.agreeSpent(ctx, was.dead, is.dead) },
		func() error { return a.agreePending(ctx, is) },
		func() error { return a.agreeActive(ctx, is.active) },
		func() error { return settle(ctx, a.tx, a.customer) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// those are the account's rows of a cause in a state.
func (a *account) those(cause orderhub.BonusCause, state orderhub.BonusState) []*orderhub.BonusEntry {
	var some []*orderhub.BonusEntry
	for _, e := range a.rows {
		if e.Cause == cause && e.State == state {
			some = append(some, e)
		}
	}
	return some
}

// agreeSpent gives back what was spent on an order that ends, and spends it
// again on one that is revived, as far as the points are there.
func (a *account) agreeSpent(ctx context.Context, wasDead, isDead bool) error {
	if wasDead == isDead {
		return nil
	}
	if isDead {
		for _, e := range a.those(orderhub.BonusUsed, orderhub.BonusSpent) {
			if err := turn(ctx, a.tx, e, orderhub.BonusReversed); err != nil {
				return err
			}
		}
		return nil
	}
	for _, e := range a.those(orderhub.BonusUsed, orderhub.BonusReversed) {
		lots, err := good(ctx, a.tx, a.customer, 0)
		if err != nil {
			return err
		}
		if sum(lots) < -e.Points {
			continue
		}
		if err := turn(ctx, a.tx, e, orderhub.BonusSpent); err != nil {
			return err
		}
		if err := draw(ctx, a.tx, e, lots); err != nil {
			return err
		}
	}
	return nil
}

// agreePending replaces the points that are to come, or makes them active.
func (a *account) agreePending(ctx context.Context, is claim) error {
	var rows []*orderhub.BonusEntry
	points := int64(0)
	for _, e := range a.those(orderhub.BonusEarned, orderhub.BonusPending) {
		if e.Points > 0 {
			rows, points = append(rows, e), points+e.Points
		}
	}
	state := orderhub.BonusReversed
	switch {
	case points == is.pending:
		return nil
	case points == is.active && a.granted() == 0:
		state = orderhub.BonusActive
	}
	for _, e := range rows {
		if state == orderhub.BonusActive {
			e.ExpiresAt = expiry(a.shop, a.tx.Now())
		}
		if err := turn(ctx, a.tx, e, state); err != nil {
			return err
		}
	}
	if is.pending == 0 {
		return nil
	}
	e := rowOf(a.order, a.customer)
	e.Points, e.State = is.pending, orderhub.BonusPending
	return add(ctx, a.tx, &e)
}

// granted is what the order has given so far, what is owed taken off.
func (a *account) granted() (points int64) {
	for _, e := range a.rows {
		if e.Cause == orderhub.BonusEarned && (e.State.Counts() || e.State == orderhub.BonusPending && e.Points < 0) {
			points += e.Points
		}
	}
	return points
}

// agreeActive gives what the order has earned beyond what it gave already, or
// takes back what it gave too much.
func (a *account) agreeActive(ctx context.Context, earned int64) error {
	if a.granted() == earned {
		return nil
	}
	for _, e := range a.those(orderhub.BonusEarned, orderhub.BonusPending) {
		if e.Points < 0 { // it is owed no more, or owed anew below
			if err := turn(ctx, a.tx, e, orderhub.BonusReversed); err != nil {
				return err
			}
		}
	}
	switch points := a.granted() - earned; {
	case points < 0:
		e := rowOf(a.order, a.customer)
		e.Points = -points
		return give(ctx, a.tx, a.shop, &e)
	case points > 0:
		return a.takeBack(ctx, points)
	}
	return nil
}

// takeBack takes points back that the order gave. What has expired of them is
// taken as if it had not; rows that nobody has drawn on are reversed.
func (a *account) takeBack(ctx context.Context, points int64) error {
	for _, e := range a.those(orderhub.BonusOverdue, orderhub.BonusExpired) {
		if e.Points < 0 {
			if err := turn(ctx, a.tx, e, orderhub.BonusReversed); err != nil {
				return err
			}
		}
	}
	lots, err := good(ctx, a.tx, a.customer, a.order.ID)
	if err != nil {
		return err
	}
	for _, l := range lots {
		if l.Order == a.order.ID && l.Cause == orderhub.BonusEarned && l.Left == l.Points && l.Points <= points {
			points -= l.Points
			if err := turn(ctx, a.tx, l.BonusEntry, orderhub.BonusReversed); err != nil {
				return err
			}
		}
	}
	if points == 0 {
		return nil
	}
	return takeBack(ctx, a.tx, rowOf(a.order, a.customer), points)
}
