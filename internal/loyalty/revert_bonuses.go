package loyalty

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// RevertBonuses undoes what an import did to rows of the ledger: those that
// were made go for good, the others get their former state again, with its
// time. It reports which are as they were.
//
// A row whose state has changed since stays as it is. Points that came in stay
// when others are allocated to them; those that went out when a lot that they
// were taken from has changed since. Rows that a debt was paid with go together
// or not at all.
func RevertBonuses(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.BonusEntry]) ([]bool, error) {
	r := &bonusReversal{byID: make(map[orderhub.BonusID]orderhub.Reversal[orderhub.BonusEntry], len(all))}
	for _, x := range all {
		r.byID[orderhub.BonusID(x.ID)] = x
	}
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		for id := range r.byID {
			In(b).wanted.rows[id] = true
		}
	}
	u.Decide = r.decide
	if err := batch.In(ctx, tx, u); err != nil {
		return nil, err
	}
	done := make([]bool, len(all))
	for i, x := range all {
		id := orderhub.BonusID(x.ID)
		done[i] = r.ledger.rows[id] == nil || r.done[id]
	}
	return done, nil
}

// A bonusReversal is many rows of the ledger to be undone.
type bonusReversal struct {
	byID   map[orderhub.BonusID]orderhub.Reversal[orderhub.BonusEntry]
	ledger *Ledger
	done   map[orderhub.BonusID]bool
}

func (r *bonusReversal) decide(b *batch.Batch) error {
	r.ledger, r.done = In(b), make(map[orderhub.BonusID]bool, len(r.byID))
	r.judge()
	r.judgeLots()
	return r.restore()
}

// row is a row that the import made or changed; nil when it is gone.
func (r *bonusReversal) row(id orderhub.BonusID) *row { return r.ledger.rows[id] }

// judge finds out which rows of points that went out can be as they were.
func (r *bonusReversal) judge() {
	kept := make(map[settlement]bool)
	for id := range r.byID {
		e := r.row(id)
		if e == nil || e.Points > 0 {
			continue
		}
		r.done[id] = r.untouched(e) && !slices.ContainsFunc(e.allocations, func(a allocation) bool { return r.touchedLot(a.lot, e) })
		if !r.done[id] {
			kept[settlementOf(e)] = true
		}
	}
	for id := range r.done {
		if s := settlementOf(r.row(id)); s.order != 0 && kept[s] {
			r.done[id] = false
		}
	}
}

// A settlement is what a customer owed for an order: the rows of it belong
// together.
type settlement struct {
	customer orderhub.CustomerID
	order    orderhub.OrderID
}

func settlementOf(e *row) settlement { return settlement{e.Customer, e.Order} }

// untouched reports whether a row is as the import left it, or as it was before.
func (r *bonusReversal) untouched(e *row) bool {
	return e.StateAt.Equal(r.byID[e.ID].Stamp) || r.restored(e)
}

// restored reports whether a row is as it was before already.
func (r *bonusReversal) restored(e *row) bool {
	old := r.byID[e.ID].Old
	return old != nil && e.State == old.State && e.StateAt.Equal(old.StateAt)
}

// touchedLot reports whether a lot has changed since a row was taken from it.
func (r *bonusReversal) touchedLot(lot, by *row) bool {
	if x, ours := r.byID[lot.ID]; ours && lot.StateAt.Equal(x.Stamp) {
		return false
	}
	return lot.StateAt.After(by.StateAt)
}

// judgeLots finds out which rows of points that came in can be as they were,
// when those that went out and can be are.
func (r *bonusReversal) judgeLots() {
	left := make(map[orderhub.BonusID]int64)
	for _, e := range r.ledger.rows {
		if e.Points > 0 {
			left[e.ID] += e.Points
		}
		if r.goes(e.ID) {
			continue
		}
		for _, a := range e.allocations {
			left[a.lot.ID] -= a.points
		}
	}
	for id, x := range r.byID {
		e := r.row(id)
		switch {
		case e == nil || e.Points < 0:
		case x.Old == nil:
			r.done[id] = r.untouched(e) && left[id] == e.Points
		default:
			r.done[id] = r.untouched(e) && (x.Old.State == orderhub.BonusActive) == (left[id] > 0)
		}
	}
}

// goes reports whether a row is removed.
func (r *bonusReversal) goes(id orderhub.BonusID) bool { return r.done[id] && r.byID[id].Old == nil }

// restore undoes what can be undone, the youngest row first. Customers who owe,
// again or still, pay from what they have then.
func (r *bonusReversal) restore() error {
	customers := make(map[orderhub.CustomerID]bool)
	sequence := slices.SortedFunc(maps.Keys(r.byID), func(a, b orderhub.BonusID) int { return cmp.Compare(b, a) })
	for _, id := range sequence {
		if !r.goes(id) {
			continue
		}
		customers[r.row(id).Customer] = true
		if err := r.ledger.remove(r.row(id)); err != nil {
			return err
		}
	}
	for _, id := range sequence {
		e := r.row(id)
		if !r.done[id] || r.goes(id) || r.restored(e) {
			continue
		}
		customers[e.Customer] = true
		if err := r.ledger.putBack(e, *r.byID[id].Old); err != nil {
			return err
		}
	}
	for _, customer := range slices.Sorted(maps.Keys(customers)) {
		w, err := r.ledger.wallet(customer)
		if err == nil {
			err = r.ledger.settle(w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// putBack gives a row its old state again, with the time of that. A lot follows
// its allocations; only a row that went out has an event of its own.
func (l *Ledger) putBack(r *row, old orderhub.BonusEntry) error {
	l.become(r, old.State, old.StateAt)
	batch.Assign(l.b, &r.ExpiresAt, old.ExpiresAt)
	l.enlist(r)
	if r.Points > 0 {
		return nil
	}
	_, err := l.record(r)
	return err
}
