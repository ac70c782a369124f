package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"orderhub"
)

var cardColumns = []string{
	"shop_id", "number", "external_id", "ean13", "barcode", "medium", "status", "type_id", "customer_id",
	"activated_at", "blocked_at", "created_at", "updated_at", "deleted_at", "version",
}

var (
	cardSelect = "select card_id, " + strings.Join(cardColumns, ", ") + " from cards c "
	cardInsert = insertStatement("CreateCard", "cards", cardColumns, 1) + " returning card_id"
	cardUpdate = updateStatement("SaveCard", "cards", cardColumns, "card_id")
	newKeys    = newInserter("ClaimCardKeys", "card_keys", []string{"shop_id", "kind", "value", "card_id"},
		"on conflict (shop_id, kind, value) do nothing returning card_id")
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

// CreateCard stores a new card and sets its ID and times. Its keys are claimed
// apart, with ClaimCardKeys.
func (tx *Tx) CreateCard(ctx context.Context, c *orderhub.Card) error {
	c.CreatedAt, c.UpdatedAt = tx.now, tx.now
	if _, err := queryRow(ctx, tx, cardInsert, cardValues(c), (*int64)(&c.ID)); err != nil {
		return fmt.Errorf("store: create card %s: %w", c.Number, err)
	}
	return nil
}

// SaveCard stores the changed fields of a card and sets UpdatedAt.
func (tx *Tx) SaveCard(ctx context.Context, c *orderhub.Card) error {
	c.UpdatedAt = tx.now
	if _, err := tx.Exec(ctx, cardUpdate, append([]any{int64(c.ID)}, cardValues(c)...)...); err != nil {
		return fmt.Errorf("store: save card %s: %w", c.Number, err)
	}
	return nil
}

// ClaimCardKeys lets keys mean a card from now on; it is ErrOvertaken when one
// of them means another one, also when that one's transaction commits only
// while this one waits. Everybody claims in the same sequence.
func (tx *Tx) ClaimCardKeys(ctx context.Context, c *orderhub.Card, keys []CardKey) error {
	slices.SortFunc(keys, func(a, b CardKey) int { return cmp.Compare(a.Kind, b.Kind) })
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{int64(c.Shop), k.Kind, k.Value, int64(c.ID)}
	}
	won := 0
	err := newKeys.insert(ctx, tx, rows, func(Rows) error { won++; return nil })
	if err == nil && won < len(keys) {
		return ErrOvertaken
	}
	return err
}

// FreeCardKey lets a key mean no card again, if it means this one.
func (tx *Tx) FreeCardKey(ctx context.Context, c *orderhub.Card, k CardKey) error {
	_, err := tx.Exec(ctx, `/* FreeCardKey */
		delete from card_keys where shop_id = $1 and kind = $2 and value = $3 and card_id = $4`,
		int64(c.Shop), k.Kind, k.Value, int64(c.ID))
	if err != nil {
		return fmt.Errorf("store: free card %s: %w", k.Kind, err)
	}
	return nil
}

// CardBy finds which card of a shop a key means, 0 for none.
func (tx *Tx) CardBy(ctx context.Context, shop orderhub.ShopID, k CardKey) (orderhub.CardID, error) {
	var id int64
	_, err := queryRow(ctx, tx, `/* CardBy */
		select card_id from card_keys where shop_id = $1 and kind = $2 and value = $3`,
		[]any{int64(shop), k.Kind, k.Value}, &id)
	if err != nil {
		return 0, fmt.Errorf("store: card by %s: %w", k.Kind, err)
	}
	return orderhub.CardID(id), nil
}

// CardByRef finds a card that is not deleted and, in an Update, holds it until
// the transaction ends. Of several cards with one barcode it is the oldest. It
// is a NotFound error when the shop has no such card; a foreign one is exactly
// as unknown as one that never was.
func (tx *Tx) CardByRef(ctx context.Context, shop orderhub.ShopID, ref orderhub.CardRef) (*orderhub.Card, error) {
	byKey := `where shop_id = $1 and deleted_at = 0 and card_id =
		(select k.card_id from card_keys k where k.shop_id = $1 and k.kind = $2 and k.value = $3)`
	for _, by := range []struct {
		given bool
		where string
		args  []any
	}{
		{ref.ID != 0, `where shop_id = $1 and card_id = $2 and deleted_at = 0`, []any{int64(ref.ID)}},
		{given(ref.Number), byKey, []any{"number", ref.Number}},
		{given(ref.ExternalID), byKey, []any{"external_id", ref.ExternalID}},
		{given(ref.Barcode), `where shop_id = $1 and barcode = $2 and deleted_at = 0`, []any{ref.Barcode}},
	} {
		if !by.given {
			continue
		}
		all, err := tx.cards(ctx, "CardByRef", by.where+` order by card_id limit 1`+tx.hold, append([]any{int64(shop)}, by.args...)...)
		if err != nil || len(all) > 0 {
			return firstCard(all), err
		}
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "no card %s", ref)
}

func given(text string) bool { return text != "" && orderhub.Storable(text) }

func firstCard(all []*orderhub.Card) *orderhub.Card {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// CardsOfCustomers lists the cards of customers of a shop, each customer's
// oldest first.
func (tx *Tx) CardsOfCustomers(ctx context.Context, shop orderhub.ShopID, ids []orderhub.CustomerID) ([]*orderhub.Card, error) {
	var all []*orderhub.Card
	for chunk := range slices.Chunk(ids, inChunk) {
		args := []any{int64(shop)}
		for _, id := range chunk {
			args = append(args, int64(id))
		}
		some, err := tx.cards(ctx, "CardsOfCustomers", `where customer_id in (`+list(2, len(chunk))+`)
			and +shop_id = $1 and deleted_at = 0 order by customer_id, card_id`, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (tx *Tx) cards(ctx context.Context, name, where string, args ...any) ([]*orderhub.Card, error) {
	rows, err := tx.Query(ctx, "/* "+name+" */ "+cardSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: cards: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Card
	for rows.Next() {
		c, err := scanCard(rows)
		if err != nil {
			return nil, fmt.Errorf("store: cards: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func cardValues(c *orderhub.Card) []any {
	return []any{int64(c.Shop), c.Number, c.ExternalID, c.EAN13, c.Barcode, string(c.Medium), string(c.Status),
		orNull(c.Type), orNull(c.Customer), micros(c.ActivatedAt), micros(c.BlockedAt),
		micros(c.CreatedAt), micros(c.UpdatedAt), micros(c.DeletedAt), c.Version}
}

func scanCard(rows Rows) (*orderhub.Card, error) {
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
	c.ActivatedAt, c.BlockedAt = instant(activated), instant(blocked)
	c.CreatedAt, c.UpdatedAt, c.DeletedAt = instant(created), instant(updated), instant(deleted)
	return c, err
}

// MakeCardType finds a type of cards by its name, or makes it; when two make
// it at once, both get the one.
func (tx *Tx) MakeCardType(ctx context.Context, t *orderhub.CardType) error {
	id, err := tx.makeNamed(ctx, `/* MakeCardType */
		insert into card_types (shop_id, name, discount) values ($1, $2, $3)
		on conflict (shop_id, name) do nothing returning type_id`,
		`/* MakeCardType */ select type_id from card_types where shop_id = $1 and name = $2`,
		t.Shop, t.Name, int64(t.Discount))
	if err != nil {
		return fmt.Errorf("store: card type %s: %w", t.Name, err)
	}
	t.ID = orderhub.CardTypeID(id)
	return nil
}

// CardTypes lists the types of a shop's cards by their IDs.
func (tx *Tx) CardTypes(ctx context.Context, shop orderhub.ShopID) ([]*orderhub.CardType, error) {
	rows, err := tx.Query(ctx, `/* CardTypes */
		select type_id, shop_id, name, discount from card_types where shop_id = $1 order by type_id`, int64(shop))
	if err != nil {
		return nil, fmt.Errorf("store: card types: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.CardType
	for rows.Next() {
		t := new(orderhub.CardType)
		if err := rows.Scan((*int64)(&t.ID), (*int64)(&t.Shop), &t.Name, (*int64)(&t.Discount)); err != nil {
			return nil, fmt.Errorf("store: card types: %w", err)
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// HasCardType says whether a shop has a type of cards.
func (tx *Tx) HasCardType(ctx context.Context, shop orderhub.ShopID, id orderhub.CardTypeID) (bool, error) {
	var found int64
	has, err := queryRow(ctx, tx, `/* HasCardType */
		select type_id from card_types where type_id = $2 and shop_id = $1`, []any{int64(shop), int64(id)}, &found)
	if err != nil {
		return false, fmt.Errorf("store: card type %d: %w", id, err)
	}
	return has, nil
}
