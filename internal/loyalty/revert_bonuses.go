package loyalty

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// RevertBonuses brings rows of ledgers back to what they were: those that were
// made go for good, the others get their former state again, with its time. It
// reports which are as they were.
//
// A row whose state has changed since stays as it is. Points that came in stay
// when others draw on them; those that went out when a row that they were
// drawn on has changed since. Rows that a debt was paid with go together or
// not at all.
func RevertBonuses(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.BonusEntry]) ([]bool, error) {
	r := &bonusReversal{shop: shop, byID: make(map[orderhub.BonusID]orderhub.Reversal[orderhub.BonusEntry], len(all))}
	for _, x := range all {
		r.byID[orderhub.BonusID(x.ID)] = x
	}
	if err := r.lookUp(ctx, tx); err != nil {
		return nil, err
	}
	r.judge()
	r.restore(tx)
	done := make([]bool, len(all))
	for i, x := range all {
		id := orderhub.BonusID(x.ID)
		done[i] = r.rows[id] == nil || r.done[id]
	}
	return done, r.store(ctx, tx)
}

// A bonusReversal is many rows of ledgers on their way back.
type bonusReversal struct {
	shop *orderhub.Shop
	byID map[orderhub.BonusID]orderhub.Reversal[orderhub.BonusEntry]

	rows  map[orderhub.BonusID]*orderhub.BonusEntry // also those that rows of byID have drawn on
	draws []store.Drawing                           // by and on rows of byID
	left  map[orderhub.BonusID]int64                // what the draws leave of rows of byID that came in

	done    map[orderhub.BonusID]bool
	removed []orderhub.BonusID
	saved   []*orderhub.BonusEntry
	owing   []orderhub.CustomerID // who owe again
	events  []orderhub.Event
}

func (r *bonusReversal) lookUp(ctx context.Context, tx *store.Tx) (err error) {
	ids := slices.Sorted(maps.Keys(r.byID))
	if r.rows, err = tx.BonusesByIDs(ctx, r.shop.ID, ids); err != nil {
		return err
	}
	var customers []orderhub.CustomerID
	for _, e := range r.rows {
		customers = append(customers, e.Customer)
	}
	if err := tx.HoldCustomers(ctx, customers); err != nil {
		return err
	}
	if r.draws, err = tx.Drawings(ctx, ids); err != nil {
		return err
	}
	for _, d := range r.draws {
		ids = append(ids, d.Lot)
	}
	slices.Sort(ids)
	r.rows, err = tx.BonusesByIDs(ctx, r.shop.ID, slices.Compact(ids)) // as they are, their customers being held
	return err
}

// judge finds out which rows can be as they were: first what went out, then
// what it was drawn on.
func (r *bonusReversal) judge() {
	r.done = make(map[orderhub.BonusID]bool, len(r.byID))
	drawnBy := make(map[orderhub.BonusID][]orderhub.BonusID) // the lots of each row that went out
	for _, d := range r.draws {
		drawnBy[d.Entry] = append(drawnBy[d.Entry], d.Lot)
	}
	kept := make(map[settlement]bool)
	for id := range r.byID {
		e := r.rows[id]
		if e == nil || e.Points > 0 {
			continue
		}
		r.done[id] = r.untouched(e) && !slices.ContainsFunc(drawnBy[id], func(lot orderhub.BonusID) bool { return r.touchedLot(lot, e) })
		if !r.done[id] {
			kept[settlementOf(e)] = true
		}
	}
	for id := range r.done {
		if s := settlementOf(r.rows[id]); s.order != 0 && kept[s] {
			r.done[id] = false
		}
	}
	r.judgeLots()
}

// A settlement is what a customer owed for an order: the rows of it belong
// together.
type settlement struct {
	customer orderhub.CustomerID
	order    orderhub.OrderID
}

func settlementOf(e *orderhub.BonusEntry) settlement {
	if e.Order == 0 {
		return settlement{}
	}
	return settlement{e.Customer, e.Order}
}

// untouched says whether a row is as it was left, or as it was before that.
func (r *bonusReversal) untouched(e *orderhub.BonusEntry) bool {
	x := r.byID[e.ID]
	return e.StateAt.Equal(x.Stamp) || r.restored(e)
}

// restored says whether a row is as it was before already.
func (r *bonusReversal) restored(e *orderhub.BonusEntry) bool {
	old := r.byID[e.ID].Old
	return old != nil && e.State == old.State && e.StateAt.Equal(old.StateAt)
}

// touchedLot says whether a lot has changed since a row was drawn on it.
func (r *bonusReversal) touchedLot(id orderhub.BonusID, by *orderhub.BonusEntry) bool {
	lot := r.rows[id]
	if x, ours := r.byID[id]; ours && lot.StateAt.Equal(x.Stamp) {
		return false
	}
	return lot.StateAt.After(by.StateAt)
}

func (r *bonusReversal) judgeLots() {
	r.left = make(map[orderhub.BonusID]int64)
	for id, e := range r.rows {
		if e.Points > 0 {
			r.left[id] = e.Points
		}
	}
	for _, d := range r.draws {
		if !r.goes(d.Entry) {
			r.left[d.Lot] -= d.Points
		}
	}
	for id, x := range r.byID {
		e := r.rows[id]
		switch {
		case e == nil || e.Points < 0:
		case x.Old == nil:
			r.done[id] = r.untouched(e) && r.left[id] == e.Points
		default:
			r.done[id] = r.untouched(e) && (x.Old.State == orderhub.BonusActive) == (r.left[id] > 0)
		}
	}
}

// goes says whether a row is removed.
func (r *bonusReversal) goes(id orderhub.BonusID) bool { return r.done[id] && r.byID[id].Old == nil }

// restore says what is to be stored. A lot that gets points back of a row that
// goes, and is not restored itself, is active again from now on.
func (r *bonusReversal) restore(tx *store.Tx) {
	given := make(map[orderhub.BonusID]bool)
	for _, d := range r.draws {
		given[d.Lot] = given[d.Lot] || r.goes(d.Entry)
	}
	for _, id := range slices.SortedFunc(maps.Keys(r.rows), func(a, b orderhub.BonusID) int { return cmp.Compare(b, a) }) {
		e, x := r.rows[id], r.byID[id]
		switch {
		case r.goes(id):
			r.removed = append(r.removed, id)
			told := *e
			told.State = orderhub.BonusReversed
			r.events = append(r.events, tidings(&told))
		case r.done[id] && r.restored(e):
		case r.done[id]:
			e.State, e.StateAt, e.ExpiresAt = x.Old.State, x.Old.StateAt, x.Old.ExpiresAt
			r.saved = append(r.saved, e)
			if e.Points < 0 {
				r.owing = append(r.owing, e.Customer)
				r.events = append(r.events, tidings(e))
			}
		case given[id] && (e.State == orderhub.BonusSpent || e.State == orderhub.BonusExpired):
			e.State, e.StateAt = orderhub.BonusActive, tx.Now()
			r.saved = append(r.saved, e)
		}
	}
}

func (r *bonusReversal) store(ctx context.Context, tx *store.Tx) error {
	if err := tx.RemoveBonuses(ctx, r.removed); err != nil {
		return err
	}
	if err := tx.SaveBonuses(ctx, r.saved); err != nil {
		return err
	}
	if err := tx.Record(ctx, r.events...); err != nil {
		return err
	}
	slices.Sort(r.owing)
	for _, customer := range slices.Compact(r.owing) {
		if err := settle(ctx, tx, customer); err != nil {
			return err
		}
	}
	return nil
}
