package importing

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// thingBonus is what changes to ledgers are kept under.
const thingBonus = "bonus"

// revertBonuses undoes what an import did to ledgers.
var revertBonuses = reverting(loyalty.RevertBonuses, loyalty.DecodeEntry)

// A bonusesKind reads bookings of bonus points, one a row.
type bonusesKind struct {
	shop  *orderhub.Shop
	print string // of the file

	// rehearsal is what the rows of a rehearsal would have left to their
	// customers, so that a write-off finds the points of a row that came many
	// batches before. A rehearsal always begins with the first row, with a kind
	// of its own. A run needs no such memory, not even one that goes on in the
	// middle of its file: what the rows before have left is in the store, each
	// batch with its step, and each batch begins with what is there.
	rehearsal loyalty.BonusRehearsal
	seen      int // the line of the last row that was rehearsed
}

// newBonuses makes the kind for one file, which its print tells from others.
func newBonuses(shop *orderhub.Shop, print string) *bonusesKind {
	return &bonusesKind{shop: shop, print: print}
}

func (k *bonusesKind) fields() []Field { return bonusFields }

var bonusFields = append([]Field{
	{Name: "points", Required: true, Own: true, About: "points that come in, below zero those that go out",
		Names: []string{"bonus", "bonuses", "amount", "баллы", "бонусы", "количество", "сумма", "punkty", "liczba punktów"}},
	{Name: "reason", Own: true, About: "why", Names: []string{"comment", "причина", "комментарий", "основание", "powód", "komentarz"}},
	{Name: "key", Own: true, About: "what tells this entry from all others: one that is there is not booked again; without it the row of the file does",
		Names: []string{"guid", "номер операции", "klucz"}},
	{Name: "card", Own: true, About: "number of the card that the points belong to",
		Names: []string{"card_number", "номер карты", "карта", "numer karty", "karta"}},
	{Name: "expires_at", Own: true, About: "until when the points can be spent, of a day alone its first moment; empty is for ever, and without the column it goes by the shop's setting",
		Names: []string{"expires", "valid_until", "дата сгорания", "сгорают", "действуют до", "data wygaśnięcia", "ważne do"}},
	{Name: "created_at", Own: true, About: "when it was booked; a write-off draws on what had not expired then",
		Names: []string{"date", "дата", "дата начисления", "дата операции", "data", "data operacji"}},
}, customerColumns...)

// joins is "": every row is a booking.
func (k *bonusesKind) joins() string { return "" }

func (k *bonusesKind) read(r *record) {
	row := r.rows[0]
	b := loyalty.BonusRecord{
		Key: textOf(row.text("key")), Reason: textOf(row.text("reason")), Card: textOf(row.text("card")),
	}
	if points := row.whole("points"); points != nil {
		b.Points = *points
	} else if !row.faulty("points") {
		row.fault("points", "can't be blank")
	}
	if owner := ownerOf(row); owner != nil && *owner != (orderhub.CustomerRef{}) {
		b.Customer = *owner
	} else if !row.faulty("customer") {
		row.fault("customer", "can't be blank")
	}
	if at := row.moment("created_at"); at != nil {
		b.CreatedAt = *at
	}
	if row.has("expires_at") {
		if b.ExpiresAt = row.moment("expires_at"); b.ExpiresAt == nil {
			b.ExpiresAt = new(time.Time)
		}
	}
	if b.Key == "" {
		b.Key = k.key(row)
	}
	r.value = b
	r.keys = append(r.keys, key{"key", b.Key})
}

// key is the key of a row that has none: the same row of the same file has the
// same.
func (k *bonusesKind) key(r *row) string {
	sheet := sha256.Sum256([]byte(k.print + "\x00" + r.in.plan.Sheet))
	return fmt.Sprintf("import:%x:%d", sheet[:16], r.line)
}

func (k *bonusesKind) take(ctx context.Context, tx *store.Tx, records []*record, dry bool) ([]taken, error) {
	if len(records) == 0 {
		return nil, nil
	}
	bookings := make([]loyalty.BonusRecord, len(records))
	for i, r := range records {
		bookings[i] = r.value.(loyalty.BonusRecord)
	}
	verdicts, err := loyalty.ImportBonuses(ctx, tx, k.shop, bookings, records[0].rows[0].in.plan.Mode(), k.memory(records, dry))
	if err != nil {
		return nil, err
	}
	all := make([]taken, len(records))
	for i, v := range verdicts {
		all[i] = taken{outcome: v.Outcome, err: v.Err}
		if v.Outcome != orderhub.OutcomeCreated || dry {
			continue
		}
		for _, m := range append(v.Moved, v.Verdict) {
			all[i].changes = append(all[i].changes, entryChange(m))
		}
	}
	return all, nil
}

// entryChange is what an undo needs to know of a row that was made or changed.
func entryChange(v orderhub.Verdict[orderhub.BonusEntry]) change {
	c := change{Thing: thingBonus, ID: int64(v.Now.ID), Stamp: v.Now.StateAt.UnixMicro()}
	if v.Old != nil {
		c.Old = loyalty.EncodeEntry(v.Old)
	}
	return c
}

// memory is what a rehearsal remembers; nil for a run. A transaction may run
// again, with the rows that were rehearsed last.
func (k *bonusesKind) memory(records []*record, dry bool) *loyalty.BonusRehearsal {
	if !dry {
		return nil
	}
	if records[0].rows[0].line <= k.seen {
		k.rehearsal.Again()
	}
	k.seen = records[len(records)-1].rows[0].line
	return &k.rehearsal
}
