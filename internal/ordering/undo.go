package ordering

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// Revert takes back what an import did to orders, and reports of each whether it
// is as it was before (see batch.Undo). One that was made goes for good; its
// events stay. One that was changed gets back all that it had, with its next
// version. An order stays as it is when it was changed since, when the
// accounting system has taken it or asked for it since, or when points were
// earned or spent on it. Revert is a batch in the caller's transaction.
func Revert(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.Order]) ([]bool, error) {
	done := make([]bool, len(all))
	units := make([]*batch.Unit, len(all))
	for i, r := range all {
		u := batch.New(ctx, shop)
		u.Ask = func(b *batch.Batch) {
			in(b).ask(orderhub.OrderRef{ID: orderhub.OrderID(r.ID)})
			in(b).askEvents(orderhub.OrderID(r.ID))
			if r.Old != nil {
				in(b).customers.AskID(r.Old.Customer)
			}
		}
		u.Decide = func(b *batch.Batch) (err error) {
			if r.Old, err = in(b).relinked(r.Old); err == nil {
				done[i], err = in(b).undo().Back(r)
			}
			return err
		}
		units[i] = u
	}
	if err := batch.In(ctx, tx, units...); err != nil {
		return nil, err
	}
	for i, u := range units {
		if err := u.Err(); err != nil && len(orderhub.All(err)) == 0 {
			return nil, err
		} else if err != nil {
			done[i] = false // what it was contradicts what is stored now
		}
	}
	return done, nil
}

// undo says how orders are taken back.
func (s *set) undo() batch.Undo[orderhub.Order] {
	return batch.Undo[orderhub.Order]{
		Now: func(id int64) (*orderhub.Order, error) {
			r, err := s.get(orderhub.OrderID(id))
			if r == nil {
				return nil, err
			}
			if _, read := s.events[r.now.ID]; !read {
				s.askEvents(r.now.ID)
				return nil, batch.ErrMore
			}
			return r.now, nil
		},
		Written: func(now *orderhub.Order, r orderhub.Reversal[orderhub.Order]) bool {
			if r.Version == 0 {
				return now.UpdatedAt.Equal(r.Stamp)
			}
			return now.Version-s.relinks(now.ID, r.Version) == r.Version || r.Content != "" && r.Content == Content(now)
		},
		Same:    same,
		Used:    s.used,
		Remove:  s.undoNew,
		Restore: s.restore,
	}
}

// Content tells the content of an order from any other: what is stored of it,
// versions and the times of changes apart.
func Content(o *orderhub.Order) string {
	x := *snapshot(o)
	x.Version, x.LastPart, x.UpdatedAt, x.ExchangeAt, x.Exported = 0, 0, time.Time{}, time.Time{}, false
	sum := sha256.Sum256(orderdb.OrderContent(&x))
	return hex.EncodeToString(sum[:16])
}

// used reports whether something happened to an order, since it was made or
// changed, that its version does not show: a reader took it or asked for it, or
// points were moved.
func (s *set) used(now *orderhub.Order, r orderhub.Reversal[orderhub.Order]) (bool, error) {
	if r.Old == nil {
		if pointed, err := s.ledger.Used(now.ID); pointed || err != nil {
			return pointed, err
		}
	}
	return slices.ContainsFunc(s.events[now.ID], func(e orderhub.Event) bool {
		switch e.Kind {
		case orderhub.OrderPlaced, orderhub.OrderChanged, orderhub.OrderRelinked, orderhub.OrderDeleted, orderhub.OrderRestored, orderhub.CustomerRegistered:
			return false
		}
		return r.Old == nil || e.At.After(r.Stamp)
	}), nil
}

// relinks is how many of the changes of an order after a version only say that
// its customer is gone: they do not keep it from being undone.
func (s *set) relinks(id orderhub.OrderID, version int64) (n int64) {
	for _, e := range s.events[id] {
		if e.Kind == orderhub.OrderRelinked && e.Version > version {
			n++
		}
	}
	return n
}

// askEvents asks for what happened to an order.
func (s *set) askEvents(id orderhub.OrderID) { s.wantEvents = append(s.wantEvents, id) }

// undoNew removes an order that an import made.
func (s *set) undoNew(now *orderhub.Order) error {
	_, err := s.remove(s.records[now.ID])
	return err
}

// relinked is a former state of an order with the customer that it can have now:
// none when the customer is gone.
func (s *set) relinked(old *orderhub.Order) (*orderhub.Order, error) {
	if old == nil || old.Customer == 0 {
		return old, nil
	}
	switch _, err := s.customers.Get(old.Customer); {
	case err == nil:
		return old, nil
	case orderhub.KindOf(err) != orderhub.NotFound:
		return nil, err
	}
	o := snapshot(old)
	o.Customer = 0
	return o, nil
}

// restore lets an order be as it was. Its points follow.
func (s *set) restore(now, old *orderhub.Order) error {
	o := snapshot(old)
	o.ID, o.Shop, o.LastPart = now.ID, now.Shop, max(now.LastPart, old.LastPart)
	if o.DeletedAt.IsZero() && (o.Number != now.Number || !now.DeletedAt.IsZero()) {
		if free, err := s.numberFree(o.Number); err != nil || !free {
			return cmp.Or(err, orderhub.Taken("number"))
		}
	}
	o.Version = now.Version + 1
	o.UpdatedAt = s.record(kindOf(now, o), now, o, false)
	if !o.ExchangeAt.Equal(now.ExchangeAt) { // otherwise readers were not shown what is undone
		if err := s.showChange(s.records[now.ID], o); err != nil {
			return err
		}
	}
	s.replace(s.records[now.ID], o)
	return s.ledger.FollowUndo(now, o)
}
