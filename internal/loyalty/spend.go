package loyalty

import (
	"fmt"
	"slices"

	"orderhub"
)

// Spend lets a customer pay with points for an order: total is what is written
// off for the order in all. The same total again changes nothing, a larger one
// spends the difference, a smaller one gives it back with the term that the
// points had. A unit that records the past spends nothing.
//
// What cannot be spent is an Invalid error of the field bonuses: more points
// than the customer has, points on an order that is void or has no customer,
// and any when every card of the customer is blocked. Who has no card can spend.
func (l *Ledger) Spend(o *orderhub.Order, total int64) error {
	switch {
	case l.b.Backfill():
		return nil
	case total < 0:
		return orderhub.Wrong("bonuses", "must not be less than 0")
	case total > orderhub.MaxPoints:
		return orderhub.Wrong("bonuses", fmt.Sprintf("must be at most %d", orderhub.MaxPoints))
	case total > 0 && o.Customer == 0:
		return orderhub.Wrong("bonuses", "can be spent by a customer only; the order has none")
	case total > 0 && void(o):
		return orderhub.Wrong("bonuses", "cannot be spent on an order that is canceled, deleted, returned or refunded")
	case o.Customer == 0:
		return nil
	}
	rows, err := l.orderRows(o.ID)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r *row) bool {
		return r.Customer != o.Customer || r.Cause != orderhub.BonusUsed || r.State != orderhub.BonusSpent
	})
	spent := int64(0)
	for _, r := range rows {
		spent -= r.Points
	}
	if spent == total {
		return nil
	}
	w, err := l.wallet(o.Customer)
	if err != nil {
		return err
	}
	if spent > total {
		return l.giveBack(w, rows, spent-total)
	}
	_, err = l.spend(w, rowOf(o, o.Customer), total-spent, spent)
	return err
}

// spend makes a row of points that a customer spends on an order, beside those
// that were spent on it before.
func (l *Ledger) spend(w *wallet, e orderhub.BonusEntry, points, before int64) (*row, error) {
	cards, err := l.cards.of(e.Customer)
	if err != nil {
		return nil, err
	}
	if len(cards) > 0 && !slices.ContainsFunc(cards, func(c *orderhub.Card) bool { return c.Status != orderhub.CardBlocked }) {
		return nil, orderhub.Wrong("bonuses", "cannot be spent: the customer's cards are blocked")
	}
	lots := w.spendable(l.b.At, 0)
	if there := sum(lots); there < points {
		return nil, tooFew("bonuses", before+points, before+there)
	}
	e.Cause, e.Points, e.Reason = orderhub.BonusUsed, -points, ""
	return l.takeOut(e, orderhub.BonusSpent, lots)
}

// giveBack gives points back that rows have spent, the youngest first. Of a row
// that is given back in part, those points stay spent that expire first.
func (l *Ledger) giveBack(w *wallet, rows []*row, points int64) error {
	for _, r := range slices.Backward(rows) {
		if points == 0 {
			break
		}
		n := min(points, -r.Points)
		points -= n
		parts := slices.Clone(r.allocations)
		if err := l.setState(r, orderhub.BonusReversed); err != nil {
			return err
		}
		l.giveUp(r)
		if err := l.keepSpent(r, -r.Points-n, parts); err != nil {
			return err
		}
	}
	return l.settle(w)
}

// keepSpent spends again, in a new row, some of the points of a row that were
// just given back: those that expire first of the parts that it had.
func (l *Ledger) keepSpent(r *row, points int64, parts []allocation) error {
	if points == 0 {
		return nil
	}
	e := afresh(r)
	e.Cause, e.Points, e.State = orderhub.BonusUsed, -points, orderhub.BonusSpent
	kept, err := l.add(e)
	if err != nil {
		return err
	}
	slices.SortFunc(parts, func(a, b allocation) int { return inSequence(a.lot, b.lot) })
	var all []allocation
	for _, part := range parts {
		if n := min(points, part.points); n > 0 {
			points -= n
			all = append(all, allocation{part.lot, n})
		}
	}
	l.setAllocations(kept, all)
	return nil
}
