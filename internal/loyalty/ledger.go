package loyalty

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// ExpireDays is the shop's setting of how many days active points live, from 1
// to 36500; without it they live for ever.
const ExpireDays = "loyalty.expire_days"

// CheckExpireDays says what is wrong with a value of the setting ExpireDays.
func CheckExpireDays(value string) error {
	if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 36_500 || strconv.Itoa(n) != value {
		return orderhub.Wrong(ExpireDays, "must be a number of days from 1 to 36500")
	}
	return nil
}

// expiry is when points that become active at a time expire.
func expiry(shop *orderhub.Shop, at time.Time) time.Time {
	value := shop.Settings[ExpireDays]
	if CheckExpireDays(value) != nil {
		return time.Time{}
	}
	days, _ := strconv.Atoi(value)
	return at.AddDate(0, 0, days)
}

// give stores a row of points that come in and are active from now on.
func give(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, e *orderhub.BonusEntry) error {
	e.State, e.ExpiresAt = orderhub.BonusActive, expiry(shop, tx.Now())
	return add(ctx, tx, e)
}

// add stores a row and tells of it.
func add(ctx context.Context, tx *store.Tx, e *orderhub.BonusEntry) error {
	if err := tx.AddBonus(ctx, e); err != nil {
		return err
	}
	return tell(ctx, tx, e)
}

// turn brings a row to another state and tells of it. Points that went out and
// are reversed flow back to where they came from.
func turn(ctx context.Context, tx *store.Tx, e *orderhub.BonusEntry, state orderhub.BonusState) error {
	if state == orderhub.BonusReversed && e.State.Counts() && e.Points < 0 {
		if err := tx.Undraw(ctx, e.ID); err != nil {
			return err
		}
	}
	e.State = state
	if err := tx.SaveBonus(ctx, e); err != nil {
		return err
	}
	return tell(ctx, tx, e)
}

var kinds = map[orderhub.BonusState]orderhub.EventKind{
	orderhub.BonusPending:  orderhub.PointsPending,
	orderhub.BonusActive:   orderhub.PointsActive,
	orderhub.BonusSpent:    orderhub.PointsSpent,
	orderhub.BonusExpired:  orderhub.PointsExpired,
	orderhub.BonusReversed: orderhub.PointsReversed,
}

func tell(ctx context.Context, tx *store.Tx, entries ...*orderhub.BonusEntry) error {
	events := make([]orderhub.Event, len(entries))
	for i, e := range entries {
		events[i] = tidings(e)
	}
	return tx.Record(ctx, events...)
}

// tidings tell of the state that a row has taken.
func tidings(e *orderhub.BonusEntry) orderhub.Event {
	return orderhub.Event{Shop: e.Shop, Kind: kinds[e.State], Order: e.Order, Customer: e.Customer, Changes: e.Changes()}
}

// good are the points that can be drawn on now: those that have not expired,
// before them those that the order itself has earned, expired or not.
func good(ctx context.Context, tx *store.Tx, customer orderhub.CustomerID, own orderhub.OrderID) ([]store.Lot, error) {
	lots, err := tx.Lots(ctx, customer)
	if err != nil {
		return nil, err
	}
	var first, rest []store.Lot
	for _, l := range lots {
		switch {
		case own != 0 && l.Order == own:
			first = append(first, l)
		case l.ExpiresAt.IsZero() || l.ExpiresAt.After(tx.Now()):
			rest = append(rest, l)
		}
	}
	return slices.Concat(first, rest), nil
}

func sum(lots []store.Lot) (points int64) {
	for _, l := range lots {
		points += l.Left
	}
	return points
}

// draw takes the points of a row that goes out, which is stored already, from
// lots that hold enough.
func draw(ctx context.Context, tx *store.Tx, e *orderhub.BonusEntry, lots []store.Lot) error {
	rest := -e.Points
	var draws []store.Draw
	for _, l := range lots {
		n := min(rest, l.Left)
		if n == 0 {
			continue
		}
		draws = append(draws, store.Draw{Lot: l.ID, Points: n})
		rest -= n
		if n < l.Left {
			continue
		}
		l.State = orderhub.BonusSpent // used up
		if e.State == orderhub.BonusExpired {
			l.State = orderhub.BonusExpired
		}
		if err := tx.SaveBonus(ctx, l.BonusEntry); err != nil {
			return err
		}
	}
	if rest > 0 {
		return fmt.Errorf("loyalty: %d points of entry %d have nothing to be drawn on", rest, e.ID)
	}
	return tx.Draw(ctx, e.ID, draws)
}

// writeOff stores a row of points that go out, all of them, or is an Invalid
// error of the field when there are fewer. The customer is held.
func writeOff(ctx context.Context, tx *store.Tx, e *orderhub.BonusEntry, field string) error {
	lots, err := good(ctx, tx, e.Customer, 0)
	if err != nil {
		return err
	}
	if there := sum(lots); there < -e.Points {
		return tooFew(field, -e.Points, there)
	}
	e.State = orderhub.BonusSpent
	if err := add(ctx, tx, e); err != nil {
		return err
	}
	return draw(ctx, tx, e, lots)
}

func tooFew(field string, wanted, there int64) error {
	return orderhub.Wrong(field, fmt.Sprintf("are %d, and the customer has only %d to spend", wanted, there))
}

// takeBack writes off points that an order had earned: from what is left of
// them, then from others, and what is not there is owed.
func takeBack(ctx context.Context, tx *store.Tx, e orderhub.BonusEntry, points int64) error {
	lots, err := good(ctx, tx, e.Customer, e.Order)
	if err != nil {
		return err
	}
	e.Cause, e.ID = orderhub.BonusEarned, 0
	taken, owed := e, e
	taken.Points, taken.State = -min(points, sum(lots)), orderhub.BonusSpent
	owed.Points, owed.State = -points-taken.Points, orderhub.BonusPending
	if taken.Points < 0 {
		if err := add(ctx, tx, &taken); err != nil {
			return err
		}
		if err := draw(ctx, tx, &taken, lots); err != nil {
			return err
		}
	}
	if owed.Points < 0 {
		return add(ctx, tx, &owed)
	}
	return nil
}

// settle takes what a customer owes from the points that are there.
func settle(ctx context.Context, tx *store.Tx, customer orderhub.CustomerID) error {
	pending, err := tx.PendingBonuses(ctx, customer)
	if err != nil {
		return err
	}
	for _, debt := range pending {
		if debt.Points > 0 {
			continue
		}
		lots, err := good(ctx, tx, customer, debt.Order)
		if err != nil {
			return err
		}
		if len(lots) == 0 {
			continue
		}
		if err := turn(ctx, tx, debt, orderhub.BonusReversed); err != nil {
			return err
		}
		if err := takeBack(ctx, tx, *debt, -debt.Points); err != nil {
			return err
		}
	}
	return nil
}
