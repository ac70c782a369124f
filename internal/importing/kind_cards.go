package importing

import (
	"context"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// thingCard is what changes to cards are kept under.
const thingCard = "card"

// revertCards undoes what an import did to cards. Types that it made stay.
var revertCards = reverting(loyalty.RevertCards, loyalty.DecodeCard)

// A cardsKind reads discount cards, one a row.
type cardsKind struct {
	shop *orderhub.Shop
}

func newCards(shop *orderhub.Shop) *cardsKind { return &cardsKind{shop} }

func (k *cardsKind) fields() []Field { return cardFields }

// customerColumns name the customer of a card or of points: by the first that
// a row gives.
var customerColumns = []Field{
	{Name: "customer", Own: true, About: "external id of the customer",
		Names: []string{"customer_id", "customer_external_id", "client_id", "crm_id", "клиент", "код клиента", "id клиента", "владелец", "klient", "id klienta"}},
	{Name: "customer_email", Own: true, About: "e-mail address of the customer, where there is no external id",
		Names: []string{"email", "e-mail", "почта", "эл. почта", "электронная почта", "adres e-mail"}},
	{Name: "customer_phone", Own: true, About: "phone number of the customer, where there is neither",
		Names: []string{"phone", "телефон", "номер телефона", "мобильный телефон", "telefon", "numer telefonu"}},
}

var cardFields = append([]Field{
	{Name: "number", Required: true, Own: true, About: "number of the card",
		Names: []string{"card", "card_number", "uid", "номер", "номер карты", "карта", "numer", "numer karty"}},
	{Name: "external_id", Own: true, About: "the card's id in the shop's own system",
		Names: []string{"id", "guid", "внешний id", "код", "kod"}},
	{Name: "type", Own: true, About: "name of the type of card, made when there is none of this name",
		Names: []string{"card_type", "тип", "тип карты", "вид карты", "typ", "typ karty"}},
	{Name: "status", Own: true, About: "NEW, ACTIVE or BLOCKED", Names: []string{"state", "статус", "состояние", "stan"}, Words: map[string]string{
		"new": "NEW", "новая": "NEW", "не активна": "NEW", "неактивна": "NEW", "nowa": "NEW",
		"active": "ACTIVE", "активна": "ACTIVE", "активная": "ACTIVE", "действует": "ACTIVE", "aktywna": "ACTIVE",
		"blocked": "BLOCKED", "заблокирована": "BLOCKED", "заблокированная": "BLOCKED", "блокирована": "BLOCKED", "zablokowana": "BLOCKED",
	}},
	{Name: "medium", Own: true, About: "PLASTIC, MAGNET or APP", Names: []string{"носитель", "вид носителя", "nośnik"}, Words: map[string]string{
		"plastic": "PLASTIC", "пластик": "PLASTIC", "пластиковая": "PLASTIC", "plastik": "PLASTIC", "plastikowa": "PLASTIC",
		"magnet": "MAGNET", "magnetic": "MAGNET", "магнитная": "MAGNET", "магнитная полоса": "MAGNET", "magnetyczna": "MAGNET",
		"app": "APP", "приложение": "APP", "электронная": "APP", "aplikacja": "APP",
	}},
	{Name: "ean13", Own: true, About: "EAN-13 of the card, made of the number when there is none", Names: []string{"ean", "ean-13"}},
	{Name: "barcode", Own: true, About: "bar code as printed on the card", Names: []string{"штрихкод", "штрих-код", "kod kreskowy"}},
	{Name: "activated_at", Own: true, About: "when it was handed out or began to work",
		Names: []string{"дата активации", "активирована", "дата выдачи", "data aktywacji"}},
	{Name: "blocked_at", Own: true, About: "when it was blocked", Names: []string{"дата блокировки", "data blokady"}},
	{Name: "created_at", Own: true, About: "when the card was made; of a known one it stays",
		Names: []string{"дата создания", "создана", "data utworzenia"}},
}, customerColumns...)

// joins is "": every row is a card.
func (k *cardsKind) joins() string { return "" }

func (k *cardsKind) read(r *record) {
	row := r.rows[0]
	c := loyalty.CardRecord{CardChange: orderhub.CardChange{
		Number: row.text("number"), ExternalID: row.text("external_id"), EAN13: row.text("ean13"), Barcode: row.text("barcode"),
		ActivatedAt: row.moment("activated_at"), BlockedAt: row.moment("blocked_at"),
		Owner: ownerOf(row),
	}}
	if at := row.moment("created_at"); at != nil {
		c.CreatedAt = *at
	}
	if name := row.text("type"); name != nil {
		c.Type = &orderhub.CardTypeRef{Name: *name}
	}
	// A card has a status and a medium: an empty cell cannot clear them.
	if word := row.word("status"); word != nil && *word != "" {
		c.Status = new(orderhub.CardStatus(*word))
	}
	if word := row.word("medium"); word != nil && *word != "" {
		c.Medium = new(orderhub.Medium(*word))
	}
	r.value = c
	switch {
	case c.Number != nil && *c.Number != "":
		r.keys = append(r.keys, key{"number", *c.Number})
	case !row.faulty("number"):
		row.fault("number", "can't be blank")
	}
	if c.ExternalID != nil && *c.ExternalID != "" {
		r.keys = append(r.keys, key{"external_id", *c.ExternalID})
	}
}

// ownerOf is the customer that a row names; nil when it names none.
func ownerOf(r *row) *orderhub.CustomerRef {
	external, email, phone := r.text("customer"), r.text("customer_email"), r.text("customer_phone")
	if external == nil && email == nil && phone == nil {
		return nil
	}
	return &orderhub.CustomerRef{ExternalID: textOf(external), Email: textOf(email), Phone: textOf(phone)}
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (k *cardsKind) take(ctx context.Context, tx *store.Tx, records []*record, dry bool) ([]taken, error) {
	if len(records) == 0 {
		return nil, nil
	}
	cards := make([]loyalty.CardRecord, len(records))
	for i, r := range records {
		cards[i] = r.value.(loyalty.CardRecord)
	}
	verdicts, err := loyalty.ImportCards(ctx, tx, k.shop, cards, records[0].rows[0].in.plan.Mode(), dry)
	if err != nil {
		return nil, err
	}
	names, err := k.typeNames(ctx, tx, verdicts, dry)
	if err != nil {
		return nil, err
	}
	all := make([]taken, len(records))
	for i, v := range verdicts {
		all[i] = taken{outcome: v.Outcome, err: v.Err}
		if v.Outcome != orderhub.OutcomeCreated && v.Outcome != orderhub.OutcomeUpdated {
			continue
		}
		if !dry {
			all[i].changes = []change{cardChange(v)}
		}
		if v.Old != nil {
			all[i].freed = freedByCard(v.Old, v.Now)
			all[i].diff = func() []orderhub.Change { return cardDiff(cards[i], v.Old, v.Now, names) }
		}
	}
	return all, nil
}

// cardChange is what an undo needs to know of a card that was made or changed.
func cardChange(v orderhub.Verdict[orderhub.Card]) change {
	c := change{Thing: thingCard, ID: int64(v.Now.ID), Stamp: v.Now.UpdatedAt.UnixMicro(),
		Version: v.Now.Version, Content: loyalty.CardContent(v.Now)}
	if v.Old != nil {
		c.Old = loyalty.EncodeCard(v.Old)
	}
	return c
}

// freedByCard are the keys that a card has given up.
func freedByCard(old, now *orderhub.Card) []key {
	if old.ExternalID == now.ExternalID || old.ExternalID == "" {
		return nil
	}
	return []key{{"external_id", old.ExternalID}}
}

// typeNames are the names of the types that a rehearsal shows.
func (k *cardsKind) typeNames(ctx context.Context, tx *store.Tx, all []orderhub.Verdict[orderhub.Card], dry bool) (map[orderhub.CardTypeID]string, error) {
	var ids []orderhub.CardTypeID
	for _, v := range all {
		if dry && v.Outcome == orderhub.OutcomeUpdated && v.Old.Type != v.Now.Type {
			ids = append(ids, v.Old.Type, v.Now.Type)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return tx.Shop(k.shop.ID).CardTypeNames(ctx, ids)
}

// cardDiff lists what an update changes, types by their names.
func cardDiff(c loyalty.CardRecord, old, now *orderhub.Card, names map[orderhub.CardTypeID]string) []orderhub.Change {
	changes := orderhub.CardChanges(old, now)[1:] // the first only says which card it is
	for i := range changes {
		if changes[i].Field == "type" && c.Type != nil {
			changes[i].From, changes[i].To = names[old.Type], c.Type.Name
		}
	}
	return changes
}
