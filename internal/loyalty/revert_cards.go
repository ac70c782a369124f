package loyalty

import (
	"context"
	"errors"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// RevertCards undoes what an import did to cards: those that were made go for
// good, the others get every field and key of their former state again, with
// their next version. It reports which are as they were. A card that was
// changed since stays as it is, and so does one that points belong to, one
// whose former owner is gone and one whose former keys another card has. Where a
// card comes several times, the youngest change must come first.
func RevertCards(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.Reversal[orderhub.Card]) ([]bool, error) {
	done := make([]bool, len(all))
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) {
		for _, r := range all {
			CardsIn(b).askUndo(r)
		}
	}
	u.Decide = func(b *batch.Batch) error { return CardsIn(b).undo().BackAll(all, done) }
	return done, batch.In(ctx, tx, u)
}

// askUndo has what an undo of a card needs read.
func (s *Cards) askUndo(r orderhub.Reversal[orderhub.Card]) {
	s.askID(orderhub.CardID(r.ID))
	if r.Old == nil {
		s.askPoints(orderhub.CardID(r.ID))
		return
	}
	s.AskRef(orderhub.CardRef{Number: r.Old.Number, ExternalID: r.Old.ExternalID})
	s.customers.AskID(r.Old.Customer)
}

func (s *Cards) undo() batch.Undo[orderhub.Card] {
	return batch.Undo[orderhub.Card]{
		Now: func(id int64) (*orderhub.Card, error) {
			c, err := s.get(orderhub.CardID(id))
			if orderhub.KindOf(err) == orderhub.NotFound {
				return nil, nil
			}
			return c, err
		},
		Written: func(now *orderhub.Card, r orderhub.Reversal[orderhub.Card]) bool {
			if r.Content == "" { // an import from before versions
				return now.UpdatedAt.Equal(r.Stamp)
			}
			return r.Version == now.Version || r.Content == CardContent(now)
		},
		Same: func(a, b *orderhub.Card) bool {
			x, y := *a, *b
			x.ID, x.Shop, x.UpdatedAt, x.Version = y.ID, y.Shop, y.UpdatedAt, y.Version
			return x == y
		},
		Used: s.usedSince,
		Remove: func(now *orderhub.Card) error {
			gone := new(*now)
			s.record(orderhub.CardDeleted, gone, gone)
			s.put(now.ID, nil)
			return nil
		},
		Restore: func(now, old *orderhub.Card) error {
			c := new(*old)
			c.ID, c.Shop, c.Version = now.ID, now.Shop, now.Version
			s.record(orderhub.CardChanged, now, c)
			return nil
		},
	}
}

// usedSince reports whether a card that was made has points, or the former
// owner or keys of one that was changed are not available.
func (s *Cards) usedSince(now *orderhub.Card, r orderhub.Reversal[orderhub.Card]) (bool, error) {
	if r.Old == nil {
		points, read := s.points[now.ID]
		if !read {
			s.askPoints(now.ID)
			return false, batch.ErrMore
		}
		return points, nil
	}
	var f orderhub.Faults
	if err := s.checkKeys(now, r.Old, &f); err != nil || f.Err() != nil {
		return true, err
	}
	if r.Old.Customer == 0 {
		return false, nil
	}
	_, err := s.customers.Get(r.Old.Customer)
	if err != nil && !errors.Is(err, batch.ErrMore) && orderhub.KindOf(err) == orderhub.NotFound {
		return true, nil
	}
	return false, err
}
