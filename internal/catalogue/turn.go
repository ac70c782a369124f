package catalogue

import (
	"context"
	"errors"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A turn lets one refresh write. It has to be kept: a program that stands
// still for longer than turnTime loses it, and notices when it writes again.
type turn struct {
	s      *Service
	shop   orderhub.ShopID
	number int64
	kept   time.Time
}

const (
	turnTime = time.Minute
	turnPoll = 100 * time.Millisecond
)

var errOvertaken = orderhub.Errorf(orderhub.Conflict, "another refresh of this catalogue has begun, because this one stood still; it was given up")

// takeTurn waits until no other refresh of the shop runs.
func (s *Service) takeTurn(ctx context.Context, shop orderhub.ShopID) (*turn, error) {
	t := &turn{s: s, shop: shop}
	for {
		err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			t.kept = tx.Now()
			if t.number, err = tx.Shop(shop).TakeTurn(ctx, t.until(tx)); err != nil || t.number == 0 {
				return err
			}
			return tx.Shop(shop).ForgetFile(ctx) // from here on the catalogue is not what it says
		})
		if err != nil || t.number != 0 {
			return t, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(turnPoll):
		}
	}
}

func (t *turn) until(tx *store.Tx) time.Time { return tx.Now().Add(orElse(t.s.turnTime, turnTime)) }

// ageing says whether the turn should be kept even when nothing is written.
func (t *turn) ageing() bool { return t.s.DB.Now().Sub(t.kept) > orElse(t.s.turnTime, turnTime)/3 }

// keep goes on with the turn in the transaction that writes.
func (t *turn) keep(ctx context.Context, tx *store.Tx) error {
	ok, err := tx.Shop(t.shop).KeepTurn(ctx, t.number, t.until(tx))
	if err == nil && !ok {
		return errOvertaken
	}
	t.kept = tx.Now()
	return err
}

// end lets the next one begin. When the store cannot be asked, it begins when
// the turn has run out.
func (t *turn) end(ctx context.Context) {
	err := t.s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Shop(t.shop).KeepTurn(ctx, t.number, time.Time{})
		return err
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.s.log().Warn("the turn of a catalogue was not given back", "shop", t.shop, "error", err)
	}
}
