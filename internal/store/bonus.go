package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"orderhub"
)

var bonusColumns = []string{
	"shop_id", "customer_id", "card_id", "order_id", "entry_key", "cause", "points", "state", "reason",
	"created_at", "state_at", "expires_at",
}

var (
	bonusSelect = "select entry_id, " + strings.Join(bonusColumns, ", ") + " from bonus_entries e "
	newBonus    = insertStatement("AddBonus", "bonus_entries", bonusColumns, 1) +
		" on conflict (shop_id, entry_key) where entry_key <> '' do nothing returning entry_id"
	newBonuses = newInserter("AddBonuses", "bonus_entries", bonusColumns, "")
	newDraws   = newInserter("Draw", "bonus_draws", []string{"lot_id", "entry_id", "points"}, "")
)

// AddBonus stores a new row of the ledger and sets its ID and times. It is
// ErrOvertaken when its key is in use, which the caller has looked for.
func (tx *Tx) AddBonus(ctx context.Context, e *orderhub.BonusEntry) error {
	added, err := queryRow(ctx, tx, newBonus, tx.bonusValues(e), (*int64)(&e.ID))
	if err != nil {
		return fmt.Errorf("store: add bonus: %w", err)
	}
	if !added {
		return ErrOvertaken
	}
	return nil
}

// AddBonuses stores many new rows that have no key and sets their times, not
// their IDs.
func (tx *Tx) AddBonuses(ctx context.Context, entries []*orderhub.BonusEntry) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = tx.bonusValues(e)
	}
	return newBonuses.insert(ctx, tx, rows, nil)
}

func (tx *Tx) bonusValues(e *orderhub.BonusEntry) []any {
	e.CreatedAt, e.StateAt = tx.now, tx.now
	return bonusRow(e)
}

func bonusRow(e *orderhub.BonusEntry) []any {
	return []any{int64(e.Shop), int64(e.Customer), orNull(e.Card), orNull(e.Order), e.Key,
		int64(e.Cause), e.Points, int64(e.State), e.Reason, micros(e.CreatedAt), micros(e.StateAt), micros(e.ExpiresAt)}
}

// SaveBonus stores the state of a row of the ledger and when it expires, and
// sets the time of the state. Nothing else of a row ever changes.
func (tx *Tx) SaveBonus(ctx context.Context, e *orderhub.BonusEntry) error {
	e.StateAt = tx.now
	_, err := tx.Exec(ctx, `/* SaveBonus */
		update bonus_entries set state = $2, state_at = $3, expires_at = $4 where entry_id = $1`,
		int64(e.ID), int64(e.State), micros(e.StateAt), micros(e.ExpiresAt))
	if err != nil {
		return fmt.Errorf("store: save bonus %d: %w", e.ID, err)
	}
	return nil
}

// BonusByKey finds a row of a shop's ledger by its sender's key; nil when
// there is none.
func (tx *Tx) BonusByKey(ctx context.Context, shop orderhub.ShopID, key string) (*orderhub.BonusEntry, error) {
	all, err := tx.bonuses(ctx, "BonusByKey", `where shop_id = $1 and entry_key = $2 and entry_key <> ''`, int64(shop), key)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// OrderBonuses lists the rows of the ledger that an order caused, the oldest
// first.
func (tx *Tx) OrderBonuses(ctx context.Context, id orderhub.OrderID) ([]*orderhub.BonusEntry, error) {
	return tx.bonuses(ctx, "OrderBonuses", `where order_id = $1 order by entry_id`, int64(id))
}

// PendingBonuses lists the rows of a customer that do not count yet, those
// that are owed too, the oldest first.
func (tx *Tx) PendingBonuses(ctx context.Context, id orderhub.CustomerID) ([]*orderhub.BonusEntry, error) {
	return tx.bonuses(ctx, "PendingBonuses", `where customer_id = $1 and state = 0 order by entry_id`, int64(id))
}

// Bonuses lists a customer's rows, the newest first, below an ID (0 for the
// first page), at most limit.
func (tx *Tx) Bonuses(ctx context.Context, shop orderhub.ShopID, id orderhub.CustomerID, below orderhub.BonusID, limit int) ([]*orderhub.BonusEntry, error) {
	if below == 0 {
		below = 1<<63 - 1
	}
	return tx.bonuses(ctx, "Bonuses", `where customer_id = $1 and entry_id < $2 and shop_id = $3 order by entry_id desc limit $4`,
		int64(id), int64(below), int64(shop), limit)
}

func (tx *Tx) bonuses(ctx context.Context, name, where string, args ...any) ([]*orderhub.BonusEntry, error) {
	rows, err := tx.Query(ctx, "/* "+name+" */ "+bonusSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: bonuses: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.BonusEntry
	for rows.Next() {
		e := new(orderhub.BonusEntry)
		if err := scanBonus(rows, e); err != nil {
			return nil, fmt.Errorf("store: bonuses: %w", err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

func scanBonus(rows Rows, e *orderhub.BonusEntry, more ...any) error {
	var card, order *int64
	var cause, state int
	var created, changed, expires int64
	err := rows.Scan(append([]any{(*int64)(&e.ID), (*int64)(&e.Shop), (*int64)(&e.Customer), &card, &order, &e.Key,
		&cause, &e.Points, &state, &e.Reason, &created, &changed, &expires}, more...)...)
	if card != nil {
		e.Card = orderhub.CardID(*card)
	}
	if order != nil {
		e.Order = orderhub.OrderID(*order)
	}
	e.Cause, e.State = orderhub.BonusCause(cause), orderhub.BonusState(state)
	e.CreatedAt, e.StateAt, e.ExpiresAt = instant(created), instant(changed), instant(expires)
	return err
}

// A Lot is a row of points that came in and of which some are left.
type Lot struct {
	*orderhub.BonusEntry
	Left int64
}

// Lots lists a customer's active points in the order in which they expire,
// those that are overdue first and those that never expire last.
func (tx *Tx) Lots(ctx context.Context, id orderhub.CustomerID) ([]Lot, error) {
	return tx.lots(ctx, "Lots", `customer_id = $1`, int64(id))
}

func (tx *Tx) lots(ctx context.Context, name, where string, args ...any) ([]Lot, error) {
	rows, err := tx.Query(ctx, `/* `+name+` */
		select entry_id, `+strings.Join(bonusColumns, ", ")+`, `+left+`
		from bonus_entries e where `+where+` and state = 1 order by expires_at, entry_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("store: lots: %w", err)
	}
	defer rows.Close()
	var lots, eternal []Lot
	for rows.Next() {
		l := Lot{BonusEntry: new(orderhub.BonusEntry)}
		if err := scanBonus(rows, l.BonusEntry, &l.Left); err != nil {
			return nil, fmt.Errorf("store: lots: %w", err)
		}
		if l.ExpiresAt.IsZero() {
			eternal = append(eternal, l)
		} else {
			lots = append(lots, l)
		}
	}
	return slices.Concat(lots, eternal), rows.Err()
}

// left is what of the row e of points that came in nobody has drawn.
const left = `e.points - cast(coalesce((select sum(d.points) from bonus_draws d where d.lot_id = e.entry_id), 0) as bigint)`

// A Draw says how many points that went out were taken from a lot.
type Draw struct {
	Lot    orderhub.BonusID
	Points int64
}

// Draw notes from which lots the points of a row that goes out are taken.
func (tx *Tx) Draw(ctx context.Context, id orderhub.BonusID, draws []Draw) error {
	rows := make([][]any, len(draws))
	for i, d := range draws {
		rows[i] = []any{int64(d.Lot), int64(id), d.Points}
	}
	return newDraws.insert(ctx, tx, rows, nil)
}

// Undraw gives the points of a row that went out back to where they were
// taken from, with the expiry that they had. Lots that were used up or written
// off are active again.
func (tx *Tx) Undraw(ctx context.Context, id orderhub.BonusID) error {
	_, err := tx.Exec(ctx, `/* Undraw */
		update bonus_entries set state = 1, state_at = $2
		where entry_id in (select lot_id from bonus_draws where entry_id = $1) and state in (2, 3)`, int64(id), micros(tx.now))
	if err == nil {
		_, err = tx.Exec(ctx, `/* Undraw */ delete from bonus_draws where entry_id = $1`, int64(id))
	}
	if err != nil {
		return fmt.Errorf("store: undraw bonus %d: %w", id, err)
	}
	return nil
}

// OverdueCustomers lists whose active points have expired at a time, as found
// in the first limit rows.
func (tx *Tx) OverdueCustomers(ctx context.Context, at time.Time, limit int) ([]orderhub.CustomerID, error) {
	rows, err := tx.Query(ctx, `/* OverdueCustomers */
		select customer_id from bonus_entries
		where state = 1 and expires_at > 0 and expires_at <= $1 order by expires_at, entry_id limit $2`, micros(at), limit)
	if err != nil {
		return nil, fmt.Errorf("store: overdue bonuses: %w", err)
	}
	defer rows.Close()
	var all []orderhub.CustomerID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("store: overdue bonuses: %w", err)
		}
		all = append(all, orderhub.CustomerID(id))
	}
	slices.Sort(all)
	return slices.Compact(all), rows.Err()
}

// HoldCustomers holds customers, deleted ones too, until the transaction ends.
// All who hold several do it by this method, in the order of their IDs, so
// that nobody waits for somebody who waits for him.
func (tx *Tx) HoldCustomers(ctx context.Context, ids []orderhub.CustomerID) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for chunk := range slices.Chunk(ids, inChunk) {
		args := make([]any, len(chunk))
		for i, id := range chunk {
			args[i] = int64(id)
		}
		rows, err := tx.Query(ctx, `/* HoldCustomers */
			select customer_id from customers where customer_id in (`+list(1, len(args))+`) order by customer_id`+tx.hold, args...)
		if err != nil {
			return fmt.Errorf("store: hold customers: %w", err)
		}
		for rows.Next() {
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return fmt.Errorf("store: hold customers: %w", err)
		}
	}
	return nil
}

// BonusBalances sums up the points of customers of a shop. Points that have
// expired are left out from that moment on, also before they are written off.
// Customers without any are not in the map.
func (tx *Tx) BonusBalances(ctx context.Context, shop orderhub.ShopID, ids []orderhub.CustomerID) (map[orderhub.CustomerID]orderhub.BonusBalance, error) {
	all := make(map[orderhub.CustomerID]orderhub.BonusBalance)
	for chunk := range slices.Chunk(ids, inChunk) {
		args := []any{int64(shop), micros(tx.now)}
		for _, id := range chunk {
			args = append(args, int64(id))
		}
		among := `customer_id in (` + list(3, len(chunk)) + `)`
		// What counts of lots that are still good, and of nothing else, is the
		// sum of all that counts: what went out of others went out whole.
		rows, err := tx.Query(ctx, `/* BonusBalances */
			select customer_id, state, points > 0, cast(sum(points) as bigint) from (
				select customer_id, state, `+left+` as points from bonus_entries e
				where `+among+` and shop_id = $1 and state = 1 and (expires_at = 0 or expires_at > $2)
				union all
				select customer_id, state, points from bonus_entries
				where `+among+` and shop_id = $1 and state = 0) found
			group by 1, 2, 3`, args...)
		if err != nil {
			return nil, fmt.Errorf("store: bonus balances: %w", err)
		}
		if err := addBalances(rows, all); err != nil {
			return nil, fmt.Errorf("store: bonus balances: %w", err)
		}
	}
	return all, nil
}

func addBalances(rows Rows, all map[orderhub.CustomerID]orderhub.BonusBalance) error {
	defer rows.Close()
	for rows.Next() {
		var id, points int64
		var state int
		var positive bool
		if err := rows.Scan(&id, &state, &positive, &points); err != nil {
			return err
		}
		b := all[orderhub.CustomerID(id)]
		switch {
		case orderhub.BonusState(state) == orderhub.BonusActive:
			b.Active += points
		case positive:
			b.Pending += points
		default:
			b.Owed -= points
		}
		all[orderhub.CustomerID(id)] = b
	}
	return rows.Err()
}
