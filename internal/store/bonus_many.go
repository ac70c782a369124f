package store

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
)

// BonusesByKeys finds rows of a shop's ledger by their senders' keys.
func (tx *Tx) BonusesByKeys(ctx context.Context, shop orderhub.ShopID, keys []string) (map[string]*orderhub.BonusEntry, error) {
	found := make(map[string]*orderhub.BonusEntry)
	err := inChunks(keys, func(chunk []any) error {
		some, err := tx.bonuses(ctx, "BonusesByKeys", `where shop_id = $1 and entry_key <> '' and entry_key in (`+list(2, len(chunk))+`)`,
			append([]any{int64(shop)}, chunk...)...)
		for _, e := range some {
			found[e.Key] = e
		}
		return err
	})
	return found, err
}

// BonusesByIDs returns rows of a shop's ledger by their IDs.
func (tx *Tx) BonusesByIDs(ctx context.Context, shop orderhub.ShopID, ids []orderhub.BonusID) (map[orderhub.BonusID]*orderhub.BonusEntry, error) {
	found := make(map[orderhub.BonusID]*orderhub.BonusEntry)
	for chunk := range slices.Chunk(ids, inChunk) {
		some, err := tx.bonuses(ctx, "BonusesByIDs", `where entry_id in (`+list(2, len(chunk))+`) and +shop_id = $1`,
			append([]any{int64(shop)}, idArgs(chunk)...)...)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			found[e.ID] = e
		}
	}
	return found, nil
}

// LotsOf is Lots for many customers.
func (tx *Tx) LotsOf(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID][]Lot, error) {
	found := make(map[orderhub.CustomerID][]Lot)
	for chunk := range slices.Chunk(ids, inChunk) {
		lots, err := tx.lots(ctx, "LotsOf", `customer_id in (`+list(1, len(chunk))+`)`, idArgs(chunk)...)
		if err != nil {
			return nil, err
		}
		for _, l := range lots {
			found[l.Customer] = append(found[l.Customer], l)
		}
	}
	return found, nil
}

// DebtsOf lists what customers owe, each customer's oldest first.
func (tx *Tx) DebtsOf(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID][]*orderhub.BonusEntry, error) {
	found := make(map[orderhub.CustomerID][]*orderhub.BonusEntry)
	for chunk := range slices.Chunk(ids, inChunk) {
		some, err := tx.bonuses(ctx, "DebtsOf", `where customer_id in (`+list(1, len(chunk))+`)
			and state = 0 and points < 0 order by entry_id`, idArgs(chunk)...)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			found[e.Customer] = append(found[e.Customer], e)
		}
	}
	return found, nil
}

// AddKeyedBonuses stores many new rows of one shop's ledger, each with a key,
// and sets their IDs. Their times are the caller's. It is ErrOvertaken when a
// key is in use, which the caller has looked for.
func (tx *Tx) AddKeyedBonuses(ctx context.Context, entries []*orderhub.BonusEntry) error {
	byKey := make(map[string]*orderhub.BonusEntry, len(entries))
	rows := make([][]any, len(entries))
	for i, e := range entries {
		byKey[e.Key] = e
		rows[i] = bonusRow(e)
	}
	added := 0
	err := keyedBonuses.insert(ctx, tx, rows, func(r Rows) error {
		var id int64
		var key string
		if err := r.Scan(&id, &key); err != nil {
			return err
		}
		byKey[key].ID = orderhub.BonusID(id)
		added++
		return nil
	})
	if err == nil && added < len(entries) {
		return ErrOvertaken
	}
	return err
}

var keyedBonuses = newInserter("AddKeyedBonuses", "bonus_entries", bonusColumns,
	"on conflict (shop_id, entry_key) where entry_key <> '' do nothing returning entry_id, entry_key")

// SaveBonuses stores the states of rows of the ledger, when they took them and
// when they expire, as the rows say.
func (tx *Tx) SaveBonuses(ctx context.Context, entries []*orderhub.BonusEntry) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{int64(e.ID), int64(e.State), micros(e.StateAt), micros(e.ExpiresAt)}
	}
	return savedBonuses.update(ctx, tx, rows)
}

var savedBonuses = newUpdater("SaveBonuses", "bonus_entries", []string{"entry_id", "state", "state_at", "expires_at"},
	[]string{"bigint", "smallint", "bigint", "bigint"})

// A Drawing is a Draw and the row that went out.
type Drawing struct {
	Draw
	Entry orderhub.BonusID
}

// DrawAll is Draw for many rows.
func (tx *Tx) DrawAll(ctx context.Context, all []Drawing) error {
	rows := make([][]any, len(all))
	for i, d := range all {
		rows[i] = []any{int64(d.Lot), int64(d.Entry), d.Points}
	}
	return newDraws.insert(ctx, tx, rows, nil)
}

// Drawings lists what was drawn by and on rows of the ledger.
func (tx *Tx) Drawings(ctx context.Context, ids []orderhub.BonusID) ([]Drawing, error) {
	seen := make(map[[2]orderhub.BonusID]bool)
	var all []Drawing
	read := func(chunk []any) error {
		among := `in (` + list(1, len(chunk)) + `)`
		return eachRow(ctx, tx, func(rows Rows) error {
			var d Drawing
			if err := rows.Scan((*int64)(&d.Lot), (*int64)(&d.Entry), &d.Points); err != nil {
				return err
			}
			if pair := [2]orderhub.BonusID{d.Lot, d.Entry}; !seen[pair] {
				seen[pair], all = true, append(all, d)
			}
			return nil
		}, `/* Drawings */
			select lot_id, entry_id, points from bonus_draws where lot_id `+among+`
			union select lot_id, entry_id, points from bonus_draws where entry_id `+among, chunk...)
	}
	if err := inChunks(idArgs(ids), read); err != nil {
		return nil, fmt.Errorf("store: drawings: %w", err)
	}
	return all, nil
}

// RemoveBonuses removes rows of the ledger for good, with what they have drawn.
// Nothing may be drawn on them by others.
func (tx *Tx) RemoveBonuses(ctx context.Context, ids []orderhub.BonusID) error {
	for _, table := range []string{"bonus_draws", "bonus_entries"} {
		for chunk := range slices.Chunk(ids, inChunk) {
			_, err := tx.Exec(ctx, `/* RemoveBonuses */ delete from `+table+` where entry_id in (`+list(1, len(chunk))+`)`, idArgs(chunk)...)
			if err != nil {
				return fmt.Errorf("store: remove from %s: %w", table, err)
			}
		}
	}
	return nil
}
