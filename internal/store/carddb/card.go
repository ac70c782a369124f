package carddb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

var cardColumns = []string{
	"shop_id", "number", "external_id", "ean13", "barcode", "medium", "status", "type_id", "customer_id",
	"activated_at", "blocked_at", "created_at", "updated_at", "deleted_at", "version",
}

var (
	cardSelect = "select card_id, " + strings.Join(cardColumns, ", ") + " from cards c "
	newCards   = query.NewInserter("AddCards", "cards", append([]string{"card_id"}, cardColumns...), "")
	savedCards = query.NewUpdater("SaveCards", "cards", append([]string{"card_id"}, cardColumns...), query.ColumnTypes(cardValues(new(orderhub.Card))))
	newKeys    = query.NewInserter("AddCardKeys", "card_keys", []string{"shop_id", "kind", "value", "card_id"}, "")
)

// A CardKey is what only one card of a shop can have.
type CardKey struct {
	Kind  string // number or external_id
	Value string
}

// CardKeys are what only this card of its shop can have.
func CardKeys(c *orderhub.Card) []CardKey {
	keys := []CardKey{{"external_id", c.ExternalID}, {"number", c.Number}}
	return slices.DeleteFunc(keys, func(k CardKey) bool { return k.Value == "" })
}

// AddCards stores new cards as they are, with their IDs, which NextIDs has
// given, and their times. Their keys are added apart.
func (tx ShopCards) AddCards(ctx context.Context, all []*orderhub.Card) error {
	for _, c := range all {
		if err := tx.Owns(c.Shop); err != nil {
			return err
		}
	}
	return newCards.Send(ctx, tx, cardRows(all))
}

// SaveCards stores every field of cards as it is, their times too. Keys that
// changed are dropped and added apart.
func (tx ShopCards) SaveCards(ctx context.Context, all []*orderhub.Card) error {
	return savedCards.Update(ctx, tx.ShopTx, cardRows(all))
}

func cardRows(all []*orderhub.Card) [][]any {
	rows := make([][]any, len(all))
	for i, c := range all {
		rows[i] = append([]any{int64(c.ID)}, cardValues(c)...)
	}
	return rows
}

// AddCardKeys lets the keys of cards find them. The keys must be available.
func (tx ShopCards) AddCardKeys(ctx context.Context, all []*orderhub.Card) error {
	var rows [][]any
	for _, c := range all {
		if err := tx.Owns(c.Shop); err != nil {
			return err
		}
		for _, k := range CardKeys(c) {
			rows = append(rows, []any{int64(tx.ShopID), k.Kind, k.Value, int64(c.ID)})
		}
	}
	return newKeys.Insert(ctx, tx, rows, nil)
}

// DropCardKeys removes all keys of cards.
func (tx ShopCards) DropCardKeys(ctx context.Context, ids []orderhub.CardID) error {
	return tx.deleteByCard(ctx, "DropCardKeys", "card_keys", ids)
}

// RemoveCards removes cards for good, which have no keys and no rows of the
// ledger.
func (tx ShopCards) RemoveCards(ctx context.Context, ids []orderhub.CardID) error {
	return tx.deleteByCard(ctx, "RemoveCards", "cards", ids)
}

func (tx ShopCards) deleteByCard(ctx context.Context, name, table string, ids []orderhub.CardID) error {
	return query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		_, err := tx.Exec(ctx, `/* `+name+` */ delete from `+table+` where card_id `+in+` and +shop_id = $1`, args...)
		if err != nil {
			return fmt.Errorf("store: delete from %s: %w", table, err)
		}
		return nil
	})
}

// CardsBy finds which cards of a shop have keys of one kind. Values that no
// card has are left out.
func (tx ShopCards) CardsBy(ctx context.Context, kind string, values []string) (map[string]orderhub.CardID, error) {
	found := make(map[string]orderhub.CardID)
	err := query.EachChunk(tx, values, []any{int64(tx.ShopID), kind}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, query.ByValue(found), `/* CardsBy */
			select value, card_id from card_keys where shop_id = $1 and kind = $2 and value `+in, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: cards by %s: %w", kind, err)
	}
	return found, nil
}

// CardsByIDs returns those of the cards of a shop that are not deleted, by ID.
func (tx ShopCards) CardsByIDs(ctx context.Context, ids []orderhub.CardID) (map[orderhub.CardID]*orderhub.Card, error) {
	found := make(map[orderhub.CardID]*orderhub.Card, len(ids))
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readCards(ctx, tx, "CardsByIDs", `where card_id `+in+` and +shop_id = $1 and deleted_at = 0`, args...)
		for _, c := range some {
			found[c.ID] = c
		}
		return err
	})
	return found, err
}

// CardsByBarcodes lists the cards of a shop that are not deleted and have one
// of the barcodes, the oldest first.
func (tx ShopCards) CardsByBarcodes(ctx context.Context, barcodes []string) ([]*orderhub.Card, error) {
	var all []*orderhub.Card
	err := query.EachChunk(tx, barcodes, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readCards(ctx, tx, "CardsByBarcodes", `where shop_id = $1 and barcode `+in+` and deleted_at = 0
			order by card_id`, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

// CardsAfter lists a shop's cards that are not deleted in the sequence of
// their barcodes, those of one barcode by ID, behind a card (the zero one for
// the first page), at most limit.
func (tx ShopCards) CardsAfter(ctx context.Context, after orderhub.Card, limit int) ([]*orderhub.Card, error) {
	return readCards(ctx, tx, "CardsAfter", `where shop_id = $1 and deleted_at = 0 and (barcode, card_id) > ($2, $3)
		order by barcode, card_id limit $4`, int64(tx.ShopID), after.Barcode, int64(after.ID), limit)
}

// CardsWithPoints reports which of the cards have rows in the ledger.
func (tx ShopCards) CardsWithPoints(ctx context.Context, ids []orderhub.CardID) (map[orderhub.CardID]bool, error) {
	found := make(map[orderhub.CardID]bool)
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, query.Among(found), `/* CardsWithPoints */
			select distinct card_id from bonus_entries where card_id `+in+` and +shop_id = $1`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: cards with points: %w", err)
	}
	return found, nil
}

// CardByRef finds a card that is not deleted. Of several cards with one barcode
// it is the oldest. It is a NotFound error when the shop has no such card; a
// card of another shop is as unknown as one that never existed.
func (tx ShopCards) CardByRef(ctx context.Context, ref orderhub.CardRef) (*orderhub.Card, error) {
	byKey := `where shop_id = $1 and deleted_at = 0 and card_id =
		(select k.card_id from card_keys k where k.shop_id = $1 and k.kind = $2 and k.value = $3)`
	for _, by := range []struct {
		given bool
		where string
		args  []any
	}{
		{ref.ID != 0, `where shop_id = $1 and card_id = $2 and deleted_at = 0`, []any{int64(ref.ID)}},
		{query.Given(ref.Number), byKey, []any{"number", ref.Number}},
		{query.Given(ref.ExternalID), byKey, []any{"external_id", ref.ExternalID}},
		{query.Given(ref.Barcode), `where shop_id = $1 and barcode = $2 and deleted_at = 0`, []any{ref.Barcode}},
	} {
		if !by.given {
			continue
		}
		all, err := readCards(ctx, tx, "CardByRef", by.where+` order by card_id limit 1`, append([]any{int64(tx.ShopID)}, by.args...)...)
		if err != nil || len(all) > 0 {
			return firstCard(all), err
		}
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "no card %s", ref)
}

func firstCard(all []*orderhub.Card) *orderhub.Card {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// CardsOfCustomers lists the cards of customers of a shop, each customer's
// oldest first.
func (tx ShopCards) CardsOfCustomers(ctx context.Context, ids []orderhub.CustomerID) ([]*orderhub.Card, error) {
	var all []*orderhub.Card
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readCards(ctx, tx, "CardsOfCustomers", `where customer_id `+in+`
			and +shop_id = $1 and deleted_at = 0 order by customer_id, card_id`, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

func readCards(ctx context.Context, tx query.Runner, name, where string, args ...any) ([]*orderhub.Card, error) {
	var all []*orderhub.Card
	err := query.EachRow(ctx, tx, func(rows query.Rows) error {
		c, err := scanCard(rows)
		all = append(all, c)
		return err
	}, "/* "+name+" */ "+cardSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: cards: %w", err)
	}
	return all, nil
}

func cardValues(c *orderhub.Card) []any {
	return []any{int64(c.Shop), c.Number, c.ExternalID, c.EAN13, c.Barcode, string(c.Medium), string(c.Status),
		query.OrNull(c.Type), query.OrNull(c.Customer), form.Micros(c.ActivatedAt), form.Micros(c.BlockedAt),
		form.Micros(c.CreatedAt), form.Micros(c.UpdatedAt), form.Micros(c.DeletedAt), c.Version}
}

func scanCard(rows query.Rows) (*orderhub.Card, error) {
	c := new(orderhub.Card)
	var kind, customer *int64
	var activated, blocked, created, updated, deleted int64
	err := rows.Scan((*int64)(&c.ID), (*int64)(&c.Shop), &c.Number, &c.ExternalID, &c.EAN13, &c.Barcode,
		(*string)(&c.Medium), (*string)(&c.Status), &kind, &customer, &activated, &blocked, &created, &updated, &deleted, &c.Version)
	if kind != nil {
		c.Type = orderhub.CardTypeID(*kind)
	}
	if customer != nil {
		c.Customer = orderhub.CustomerID(*customer)
	}
	c.ActivatedAt, c.BlockedAt = form.Instant(activated), form.Instant(blocked)
	c.CreatedAt, c.UpdatedAt, c.DeletedAt = form.Instant(created), form.Instant(updated), form.Instant(deleted)
	return c, err
}

// MakeCardType finds a type of cards by its name, or makes it, under the shop's
// lock.
func (tx ShopCards) MakeCardType(ctx context.Context, t *orderhub.CardType) error {
	if err := tx.Owns(t.Shop); err != nil {
		return err
	}
	key := []any{int64(tx.ShopID), t.Name}
	found, err := query.Row(ctx, tx, `/* MakeCardType */
		select type_id from card_types where shop_id = $1 and name = $2`, key, (*int64)(&t.ID))
	if err == nil && !found {
		_, err = query.Row(ctx, tx, `/* MakeCardType */
			insert into card_types (shop_id, name, discount) values ($1, $2, $3) returning type_id`,
			append(key, int64(t.Discount)), (*int64)(&t.ID))
	}
	if err != nil {
		return fmt.Errorf("store: card type %s: %w", t.Name, err)
	}
	return nil
}

// CardTypes lists the types of a shop's cards by their IDs.
func (tx ShopCards) CardTypes(ctx context.Context) ([]*orderhub.CardType, error) {
	var all []*orderhub.CardType
	err := query.EachRow(ctx, tx, func(rows query.Rows) error {
		t := new(orderhub.CardType)
		all = append(all, t)
		return rows.Scan((*int64)(&t.ID), (*int64)(&t.Shop), &t.Name, (*int64)(&t.Discount))
	}, `/* CardTypes */
		select type_id, shop_id, name, discount from card_types where shop_id = $1 order by type_id`, int64(tx.ShopID))
	if err != nil {
		return nil, fmt.Errorf("store: card types: %w", err)
	}
	return all, nil
}

// CardTypeNames are the names of types of a shop's cards by their IDs.
func (tx ShopCards) CardTypeNames(ctx context.Context, ids []orderhub.CardTypeID) (map[orderhub.CardTypeID]string, error) {
	return query.NamesByID(ctx, tx, "/* CardTypeNames */ select type_id, name from card_types where shop_id = $1 and type_id ", tx.ShopID, ids)
}
