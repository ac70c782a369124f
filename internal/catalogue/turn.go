package catalogue

import (
	"context"
	"errors"
	"time"

	"orderhub"
	"orderhub/internal/batch"
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
			if err := tx.Shop(shop).Lock(ctx); err != nil { // so that no batch loses the turn while it runs
				return err
			}
			t.kept = tx.Now()
			if t.number, err = tx.Shop(shop).TakeTurn(ctx, t.until(tx.Now())); err != nil || t.number == 0 {
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

func (t *turn) until(now time.Time) time.Time { return now.Add(orElse(t.s.turnTime, turnTime)) }

// ageing says whether the turn should be kept even when nothing is written.
func (t *turn) ageing() bool { return t.s.DB.Now().Sub(t.kept) > orElse(t.s.turnTime, turnTime)/3 }

// unit is a unit of the refresh that has the turn: what do does is saved in the
// transaction that extends the turn, or not at all. It is a large one, which runs
// alone, in the queue of the shop: requests that arrive while it runs are done
// before the next one. So a refresh of any length delays an order by one batch.
func (t *turn) unit(ctx context.Context, shop *orderhub.Shop, ask func(*Set), do func(*Set) error) *batch.Unit {
	u := batch.New(ctx, shop)
	u.Large = true
	u.Ask = func(b *batch.Batch) {
		turnsIn(b).wanted = true
		ask(In(b))
	}
	u.Decide = func(b *batch.Batch) error {
		if err := turnsIn(b).keep(t.number, t.until(b.At)); err != nil {
			return err
		}
		t.kept = b.At
		return do(In(b))
	}
	return u
}

// turns are the turns of a batch: those of its shop.
type turns struct {
	b            *batch.Batch
	wanted, read bool
	last         int64 // the number of the shop's last turn
	until        time.Time
}

type turnsKey struct{}

func turnsIn(b *batch.Batch) *turns {
	return batch.Join(b, turnsKey{}, func(b *batch.Batch) *turns { return &turns{b: b} })
}

// keep extends a turn, unless another refresh has begun one since.
func (s *turns) keep(number int64, until time.Time) error {
	switch {
	case !s.read:
		s.wanted = true
		return batch.ErrMore
	case s.last != number:
		return errOvertaken
	}
	batch.Assign(s.b, &s.until, until)
	return nil
}

// Read reads the number of the last turn.
func (s *turns) Read(ctx context.Context, tx *store.ShopTx) (bool, error) {
	if !s.wanted {
		return false, nil
	}
	var err error
	s.last, err = tx.LastTurn(ctx)
	s.wanted, s.read = false, true
	return true, err
}

// Number has nothing to number.
func (s *turns) Number(context.Context, *store.ShopTx) error { return nil }

// Save keeps the turn.
func (s *turns) Save(ctx context.Context, tx *store.ShopTx) error {
	if s.until.IsZero() {
		return nil
	}
	ok, err := tx.KeepTurn(ctx, s.last, s.until)
	if err == nil && !ok {
		return errOvertaken
	}
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
