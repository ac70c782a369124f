package carddb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

var bonusColumns = []string{
	"shop_id", "customer_id", "card_id", "order_id", "entry_key", "cause", "points", "state", "reason",
	"created_at", "state_at", "expires_at",
}

var (
	bonusSelect    = "select entry_id, " + strings.Join(bonusColumns, ", ") + " from bonus_entries e "
	newBonuses     = query.NewInserter("AddBonuses", "bonus_entries", append([]string{"entry_id"}, bonusColumns...), "")
	newAllocations = query.NewInserter("AddAllocations", "bonus_draws", []string{"lot_id", "entry_id", "points"}, "")
	savedBonuses   = query.NewUpdater("SaveBonuses", "bonus_entries", []string{"entry_id", "state", "state_at", "expires_at"},
		[]string{"bigint", "smallint", "bigint", "bigint"})
)

// AddBonuses stores new rows of the ledger as they are, with their IDs, which
// NextIDs has given, and their times.
func (tx ShopCards) AddBonuses(ctx context.Context, entries []*orderhub.BonusEntry) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		if err := tx.Owns(e.Shop); err != nil {
			return err
		}
		rows[i] = []any{int64(e.ID), int64(tx.ShopID), int64(e.Customer), query.OrNull(e.Card), query.OrNull(e.Order), e.Key,
			int64(e.Cause), e.Points, int64(e.State), e.Reason, form.Micros(e.CreatedAt), form.Micros(e.StateAt), form.Micros(e.ExpiresAt)}
	}
	return newBonuses.Insert(ctx, tx, rows, nil)
}

// SaveBonuses stores the states of rows of the ledger, when they took them and
// when they expire, as the rows say. Nothing else of a row ever changes.
func (tx ShopCards) SaveBonuses(ctx context.Context, entries []*orderhub.BonusEntry) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{int64(e.ID), int64(e.State), form.Micros(e.StateAt), form.Micros(e.ExpiresAt)}
	}
	return savedBonuses.Update(ctx, tx.ShopTx, rows)
}

// RemoveBonuses removes rows of the ledger for good. They may have no
// allocations, and others none on them.
func (tx ShopCards) RemoveBonuses(ctx context.Context, ids []orderhub.BonusID) error {
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return tx.Send(ctx, nil, `/* RemoveBonuses */ delete from bonus_entries where entry_id `+in+` and +shop_id = $1`, args...)
	})
	if err != nil {
		return fmt.Errorf("store: remove bonuses: %w", err)
	}
	return nil
}

// BonusesByKeys finds rows of a shop's ledger by their senders' keys.
func (tx ShopCards) BonusesByKeys(ctx context.Context, keys []string) (map[string]*orderhub.BonusEntry, error) {
	found := make(map[string]*orderhub.BonusEntry)
	err := query.EachChunk(tx, keys, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readBonuses(ctx, tx, "BonusesByKeys", `where shop_id = $1 and entry_key <> '' and entry_key `+in, args...)
		for _, e := range some {
			found[e.Key] = e
		}
		return err
	})
	return found, err
}

// BonusesByIDs returns rows of a shop's ledger by their IDs.
func (tx ShopCards) BonusesByIDs(ctx context.Context, ids []orderhub.BonusID) (map[orderhub.BonusID]*orderhub.BonusEntry, error) {
	found := make(map[orderhub.BonusID]*orderhub.BonusEntry)
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readBonuses(ctx, tx, "BonusesByIDs", `where entry_id `+in+` and +shop_id = $1`, args...)
		for _, e := range some {
			found[e.ID] = e
		}
		return err
	})
	return found, err
}

// BonusesOfOrders lists the rows of a shop's ledger that orders caused, each
// order's oldest first.
func (tx ShopCards) BonusesOfOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID][]*orderhub.BonusEntry, error) {
	found := make(map[orderhub.OrderID][]*orderhub.BonusEntry)
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readBonuses(ctx, tx, "BonusesOfOrders", `where order_id `+in+` and +shop_id = $1 order by entry_id`, args...)
		for _, e := range some {
			found[e.Order] = append(found[e.Order], e)
		}
		return err
	})
	return found, err
}

// Bonuses lists a customer's rows, the newest first, below an ID (0 for the
// first page), at most limit.
func (tx ShopCards) Bonuses(ctx context.Context, id orderhub.CustomerID, below orderhub.BonusID, limit int) ([]*orderhub.BonusEntry, error) {
	if below == 0 {
		below = 1<<63 - 1
	}
	return readBonuses(ctx, tx, "Bonuses", `where customer_id = $1 and entry_id < $2 and shop_id = $3 order by entry_id desc limit $4`,
		int64(id), int64(below), int64(tx.ShopID), limit)
}

// BonusesOfCustomers lists all rows of the ledgers of customers of a shop,
// each customer's oldest first.
func (tx ShopCards) BonusesOfCustomers(ctx context.Context, ids []orderhub.CustomerID) ([]*orderhub.BonusEntry, error) {
	var all []*orderhub.BonusEntry
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readBonuses(ctx, tx, "BonusesOfCustomers", `where customer_id `+in+`
			and shop_id = $1 order by customer_id, entry_id`, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

func readBonuses(ctx context.Context, tx query.Runner, name, where string, args ...any) ([]*orderhub.BonusEntry, error) {
	var all []*orderhub.BonusEntry
	err := query.EachRow(ctx, tx, func(rows query.Rows) error {
		e := new(orderhub.BonusEntry)
		all = append(all, e)
		return scanBonus(rows, e)
	}, "/* "+name+" */ "+bonusSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: bonuses: %w", err)
	}
	return all, nil
}

func scanBonus(rows query.Rows, e *orderhub.BonusEntry, more ...any) error {
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
	e.CreatedAt, e.StateAt, e.ExpiresAt = form.Instant(created), form.Instant(changed), form.Instant(expires)
	return err
}

// A Lot is a row of points that came in and of which some are left.
type Lot struct {
	*orderhub.BonusEntry
	Left int64
}

// Lots lists active points of customers of a shop: each customer's in the
// order in which they expire, expired ones first and those that never expire
// last.
func (tx ShopCards) Lots(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID][]Lot, error) {
	found := make(map[orderhub.CustomerID][]Lot)
	eternal := make(map[orderhub.CustomerID][]Lot)
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(rows query.Rows) error {
			l := Lot{BonusEntry: new(orderhub.BonusEntry)}
			err := scanBonus(rows, l.BonusEntry, &l.Left)
			if l.ExpiresAt.IsZero() {
				eternal[l.Customer] = append(eternal[l.Customer], l)
			} else {
				found[l.Customer] = append(found[l.Customer], l)
			}
			return err
		}, `/* Lots */
			select entry_id, `+strings.Join(bonusColumns, ", ")+`, `+Left+`
			from bonus_entries e where customer_id `+in+` and +shop_id = $1 and state = 1
			order by expires_at, entry_id`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: lots: %w", err)
	}
	for id, lots := range eternal {
		found[id] = slices.Concat(found[id], lots)
	}
	return found, nil
}

// Left is what of the row e of points that came in is not allocated.
const Left = `e.points - cast(coalesce((select sum(d.points) from bonus_draws d where d.lot_id = e.entry_id), 0) as bigint)`

// Debts lists what customers of a shop owe, each customer's oldest first.
func (tx ShopCards) Debts(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID][]*orderhub.BonusEntry, error) {
	found := make(map[orderhub.CustomerID][]*orderhub.BonusEntry)
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readBonuses(ctx, tx, "Debts", `where customer_id `+in+` and +shop_id = $1
			and state = 0 and points < 0 order by entry_id`, args...)
		for _, e := range some {
			found[e.Customer] = append(found[e.Customer], e)
		}
		return err
	})
	return found, err
}

// An Allocation says how many points of a row that went out were taken from a
// lot.
type Allocation struct {
	Shop       orderhub.ShopID // of both rows
	Lot, Entry orderhub.BonusID
	Points     int64
}

// AddAllocations stores from which lots points that went out were taken.
func (tx ShopCards) AddAllocations(ctx context.Context, all []Allocation) error {
	rows := make([][]any, len(all))
	for i, a := range all {
		if err := tx.Owns(a.Shop); err != nil {
			return err
		}
		rows[i] = []any{int64(a.Lot), int64(a.Entry), a.Points}
	}
	return newAllocations.Insert(ctx, tx, rows, nil)
}

// DropAllocations removes all allocations of rows that went out.
func (tx ShopCards) DropAllocations(ctx context.Context, entries []orderhub.BonusID) error {
	err := query.EachChunk(tx, query.IDs(entries), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return tx.Send(ctx, nil, `/* DropAllocations */ delete from bonus_draws where entry_id `+in+` and `+drawInShop, args...)
	})
	if err != nil {
		return fmt.Errorf("store: drop allocations: %w", err)
	}
	return nil
}

// drawInShop is the condition that an allocation is of the shop $1.
const drawInShop = `exists (select 1 from bonus_entries e where e.entry_id = bonus_draws.entry_id and e.shop_id = $1)`

// Allocations lists those of rows that went out, and those on rows that came in.
func (tx ShopCards) Allocations(ctx context.Context, ids []orderhub.BonusID) ([]Allocation, error) {
	seen := make(map[[2]orderhub.BonusID]bool)
	var all []Allocation
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(rows query.Rows) error {
			a := Allocation{Shop: tx.ShopID}
			err := rows.Scan((*int64)(&a.Lot), (*int64)(&a.Entry), &a.Points)
			if pair := [2]orderhub.BonusID{a.Lot, a.Entry}; !seen[pair] {
				seen[pair], all = true, append(all, a)
			}
			return err
		}, `/* Allocations */
			select lot_id, entry_id, points from bonus_draws where lot_id `+in+` and `+drawInShop+`
			union select lot_id, entry_id, points from bonus_draws where entry_id `+in+` and `+drawInShop, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: allocations: %w", err)
	}
	return all, nil
}

// ExpiredCustomers lists customers whose active points have expired at a time,
// by shop, as found in the first limit rows.
func (tx AllCards) ExpiredCustomers(ctx context.Context, at time.Time, limit int) (map[orderhub.ShopID][]orderhub.CustomerID, error) {
	found := make(map[orderhub.ShopID][]orderhub.CustomerID)
	err := query.EachRow(ctx, tx, func(rows query.Rows) error {
		var shop, id int64
		err := rows.Scan(&shop, &id)
		found[orderhub.ShopID(shop)] = append(found[orderhub.ShopID(shop)], orderhub.CustomerID(id))
		return err
	}, `/* ExpiredCustomers */
		select shop_id, customer_id from bonus_entries
		where state = 1 and expires_at > 0 and expires_at <= $1 order by expires_at, entry_id limit $2`, form.Micros(at), limit)
	if err != nil {
		return nil, fmt.Errorf("store: expired bonuses: %w", err)
	}
	return found, nil
}

// BonusBalances sums up the points of customers of a shop. Points that have
// expired are left out from that moment on, also before they are written off.
// Customers without any are not in the map.
func (tx ShopCards) BonusBalances(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID]orderhub.BonusBalance, error) {
	all := make(map[orderhub.CustomerID]orderhub.BonusBalance)
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID), form.Micros(tx.Now())}, func(in string, args []any) error {
		// What is left of lots that have not expired is the sum of all that
		// counts: what went out of others went out whole.
		return query.EachRow(ctx, tx, func(rows query.Rows) error { return addBalance(rows, all) }, `/* BonusBalances */
			select customer_id, state, points > 0, cast(sum(points) as bigint) from (
				select customer_id, state, `+Left+` as points from bonus_entries e
				where customer_id `+in+` and shop_id = $1 and state = 1 and (expires_at = 0 or expires_at > $2)
				union all
				select customer_id, state, points from bonus_entries
				where customer_id `+in+` and shop_id = $1 and state = 0) found
			group by 1, 2, 3`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: bonus balances: %w", err)
	}
	return all, nil
}

func addBalance(rows query.Rows, all map[orderhub.CustomerID]orderhub.BonusBalance) error {
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
	return nil
}
