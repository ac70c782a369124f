package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"orderhub"
)

// CardsBy finds which cards of a shop keys of one kind mean. Values that mean
// none are left out.
func (tx *Tx) CardsBy(ctx context.Context, shop orderhub.ShopID, kind string, values []string) (map[string]orderhub.CardID, error) {
	found := make(map[string]orderhub.CardID)
	err := inChunks(values, func(chunk []any) error {
		return eachRow(ctx, tx, byValue(found), `/* CardsBy */
			select value, card_id from card_keys where shop_id = $1 and kind = $2 and value in (`+list(3, len(chunk))+`)`,
			append([]any{int64(shop), kind}, chunk...)...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: cards by %s: %w", kind, err)
	}
	return found, nil
}

// CardsByIDs returns those of the cards of a shop that are not deleted, by ID,
// and holds them in an Update until the transaction ends. Everybody holds many
// cards in the sequence of their IDs.
func (tx *Tx) CardsByIDs(ctx context.Context, shop orderhub.ShopID, ids []orderhub.CardID) (map[orderhub.CardID]*orderhub.Card, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	found := make(map[orderhub.CardID]*orderhub.Card, len(ids))
	for chunk := range slices.Chunk(ids, inChunk) {
		some, err := tx.cards(ctx, "CardsByIDs", `where card_id in (`+list(2, len(chunk))+`)
			and +shop_id = $1 and deleted_at = 0 order by card_id`+tx.hold, append([]any{int64(shop)}, idArgs(chunk)...)...)
		if err != nil {
			return nil, err
		}
		for _, c := range some {
			found[c.ID] = c
		}
	}
	return found, nil
}

func idArgs[ID ~int64](ids []ID) []any {
	all := make([]any, len(ids))
	for i, id := range ids {
		all[i] = int64(id)
	}
	return all
}

// CreateCards stores new cards of one shop and sets their IDs and times; one
// that says when it was made keeps that. Their numbers must differ. Their keys
// are claimed apart, with ClaimCards.
func (tx *Tx) CreateCards(ctx context.Context, all []*orderhub.Card) error {
	byNumber := make(map[string]*orderhub.Card, len(all))
	rows := make([][]any, len(all))
	for i, c := range all {
		if c.CreatedAt.IsZero() {
			c.CreatedAt = tx.now
		}
		c.UpdatedAt = tx.now
		byNumber[c.Number] = c
		rows[i] = cardValues(c)
	}
	return newCards.insert(ctx, tx, rows, func(r Rows) error {
		var id int64
		var number string
		if err := r.Scan(&id, &number); err != nil {
			return err
		}
		byNumber[number].ID = orderhub.CardID(id)
		return nil
	})
}

// SaveCards stores every field of cards as it is, UpdatedAt too: the caller
// says when they were changed. Their keys are claimed apart.
func (tx *Tx) SaveCards(ctx context.Context, all []*orderhub.Card) error {
	rows := make([][]any, len(all))
	for i, c := range all {
		rows[i] = append([]any{int64(c.ID)}, cardValues(c)...)
	}
	return savedCards.update(ctx, tx, rows)
}

var (
	newCards   = newInserter("CreateCards", "cards", cardColumns, "returning card_id, number")
	savedCards = newUpdater("SaveCards", "cards", append([]string{"card_id"}, cardColumns...), cardTypes())
)

// cardTypes are the types in which the values of a card travel.
func cardTypes() []string {
	types := []string{"bigint"}
	for _, v := range cardValues(new(orderhub.Card)) {
		if _, text := v.(string); text {
			types = append(types, "text")
		} else {
			types = append(types, "bigint")
		}
	}
	return types
}

// ClaimCards is ClaimCardKeys for all keys of many cards of one shop.
func (tx *Tx) ClaimCards(ctx context.Context, all []*orderhub.Card) error {
	var rows [][]any
	for _, c := range all {
		for _, k := range CardKeys(c) {
			rows = append(rows, []any{int64(c.Shop), k.Kind, k.Value, int64(c.ID)})
		}
	}
	slices.SortFunc(rows, func(a, b []any) int {
		return cmp.Or(cmp.Compare(a[1].(string), b[1].(string)), cmp.Compare(a[2].(string), b[2].(string)))
	})
	return newKeys.send(ctx, tx, rows, ErrOvertaken)
}

// FreeCards lets all keys of cards mean no card again.
func (tx *Tx) FreeCards(ctx context.Context, ids []orderhub.CardID) error {
	return tx.deleteByCard(ctx, "FreeCards", "card_keys", ids)
}

// RemoveCards removes cards for good, without keys and without rows of the
// ledger that belong to them.
func (tx *Tx) RemoveCards(ctx context.Context, ids []orderhub.CardID) error {
	return tx.deleteByCard(ctx, "RemoveCards", "cards", ids)
}

func (tx *Tx) deleteByCard(ctx context.Context, name, table string, ids []orderhub.CardID) error {
	for chunk := range slices.Chunk(ids, inChunk) {
		_, err := tx.Exec(ctx, `/* `+name+` */ delete from `+table+` where card_id in (`+list(1, len(chunk))+`)`, idArgs(chunk)...)
		if err != nil {
			return fmt.Errorf("store: delete from %s: %w", table, err)
		}
	}
	return nil
}

// CardsWithPoints says which of the cards have rows in the ledger.
func (tx *Tx) CardsWithPoints(ctx context.Context, ids []orderhub.CardID) (map[orderhub.CardID]bool, error) {
	found := make(map[orderhub.CardID]bool)
	err := inChunks(idArgs(ids), func(chunk []any) error {
		return eachRow(ctx, tx, among(found), `/* CardsWithPoints */
			select distinct card_id from bonus_entries where card_id in (`+list(1, len(chunk))+`)`, chunk...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: cards with points: %w", err)
	}
	return found, nil
}
