package ordering

import (
	"context"
	"reflect"
	"slices"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// A reversal is one order that is to be as it was.
type reversal = orderhub.Reversal[orderhub.Order]

// Revert takes back what made or changed orders, and says of each whether it
// is as it was before. One that was made goes for good, with its lines and
// documents; its events stay. One that was changed gets back all that it had,
// its numbers of lines and when it was changed last, too. An order stays as it
// is, and is told as false, when it was changed since, when the accounting
// system has taken it or asked for it since, or when points were earned or
// spent on it. What is as it was already is reverted. Where an order comes several
// times, the youngest change must come first. Revert joins the caller's
// transaction.
func Revert(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.Order]) ([]bool, error) {
	done := make([]bool, len(all))
	left := make([]int, len(all))
	for i := range left {
		left[i] = i
	}
	for len(left) > 0 {
		r := &reversals{shop: shop, done: done, of: make(map[orderhub.OrderID]int)}
		var again []int
		for _, i := range left {
			id := orderhub.OrderID(all[i].ID)
			if _, twice := r.of[id]; twice {
				again = append(again, i)
				continue
			}
			r.of[id] = i
			r.ids = append(r.ids, id)
		}
		if err := r.revert(ctx, tx, all); err != nil {
			return nil, err
		}
		left = again
	}
	return done, nil
}

// reversals are orders, each of them once, on their way back.
type reversals struct {
	shop *orderhub.Shop
	ids  []orderhub.OrderID
	of   map[orderhub.OrderID]int // the reversal of each
	done []bool

	gone   []orderhub.OrderID
	back   saved
	steps  []loyalty.Step
	events []orderhub.Event
}

func (r *reversals) revert(ctx context.Context, tx *store.Tx, all []reversal) error {
	held, err := tx.OrdersByIDs(ctx, r.shop.ID, r.ids)
	if err != nil {
		return err
	}
	told, err := tx.EventsOfOrders(ctx, r.ids)
	if err != nil {
		return err
	}
	pointed, err := tx.OrdersWithBonuses(ctx, r.ids)
	if err != nil {
		return err
	}
	owners, err := r.owners(ctx, tx, all)
	if err != nil {
		return err
	}
	slices.Sort(r.ids)
	for _, id := range r.ids {
		i := r.of[id]
		now, old := held[id], all[i].Old
		if old != nil {
			was := *old
			if owners[was.Customer] == nil {
				was.Customer = 0
			}
			old = &was
		}
		switch {
		case now == nil:
			r.done[i] = old == nil
		case old != nil && now.UpdatedAt.Equal(old.UpdatedAt) && same(now, old):
			r.done[i] = true
		case !now.UpdatedAt.Equal(all[i].Stamp) || used(told[id], all[i]) || old == nil && pointed[id]:
		case old == nil:
			r.done[i] = true
			r.gone = append(r.gone, id)
			r.events = append(r.events, orderhub.Event{Shop: r.shop.ID, Kind: orderhub.OrderPurged, Order: id, Customer: now.Customer})
		default:
			r.done[i] = true
			r.restore(now, old, pointed[id])
		}
	}
	return r.store(ctx, tx)
}

// owners are the customers to whom orders go back: those that are still there.
func (r *reversals) owners(ctx context.Context, tx *store.Tx, all []reversal) (map[orderhub.CustomerID]*orderhub.Customer, error) {
	var ids []orderhub.CustomerID
	for _, id := range r.ids {
		if old := all[r.of[id]].Old; old != nil && old.Customer != 0 {
			ids = append(ids, old.Customer)
		}
	}
	slices.Sort(ids)
	return tx.CustomersByIDs(ctx, r.shop.ID, slices.Compact(ids))
}

// restore lets an order be as it was. Points follow where it has moved any.
func (r *reversals) restore(now, o *orderhub.Order, pointed bool) {
	o.ID, o.Shop = now.ID, now.Shop
	parts := store.Parts(0)
	for part, same := range map[store.Parts]bool{
		store.Lines:     reflect.DeepEqual(now.Lines, o.Lines),
		store.Payments:  reflect.DeepEqual(now.Payments, o.Payments),
		store.Shipments: reflect.DeepEqual(now.Shipments, o.Shipments),
		store.Taxes:     reflect.DeepEqual(now.Taxes, o.Taxes),
	} {
		if !same {
			parts |= part
		}
	}
	r.back.add(r.shop, o, parts)
	if pointed {
		r.steps = append(r.steps, loyalty.Step{Before: now, Now: o})
	}
	r.events = append(r.events, changedEvent(now, o))
}

func (r *reversals) store(ctx context.Context, tx *store.Tx) error {
	if err := tx.PurgeOrders(ctx, r.gone); err != nil {
		return err
	}
	if err := tx.SaveOrders(ctx, r.back.orders, r.back.contacts, r.back.parts); err != nil {
		return err
	}
	if err := tx.Record(ctx, r.events...); err != nil {
		return err
	}
	// What the change did to points is undone with it, though the undoing may
	// be history to all others.
	actor := orderhub.ActorOf(ctx)
	actor.History = false
	return loyalty.FollowAll(orderhub.WithActor(ctx, actor), tx, r.shop, r.steps)
}

// used says whether something happened to an order, since it was made or
// changed, that leaves no trace in when it was changed: somebody took it,
// asked for it, or moved points.
func used(events []orderhub.Event, back reversal) bool {
	since := 0
	for i, e := range events {
		if back.Old != nil && e.At.Equal(back.Stamp) {
			since = i + 1 // the act itself, and what followed from it
		}
	}
	if back.Old != nil && since == 0 {
		since = len(events) // it cannot be found; the stamp has to do
	}
	return slices.ContainsFunc(events[since:], func(e orderhub.Event) bool {
		switch e.Kind {
		case orderhub.OrderPlaced, orderhub.OrderChanged, orderhub.OrderDeleted, orderhub.OrderRestored:
			return false
		}
		return true
	})
}
