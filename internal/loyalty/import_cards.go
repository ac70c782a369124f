package loyalty

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/store"
)

// A CardRecord is a card as a file tells of it. Its number says which card is
// meant; the type is named by its name, the owner by the first that is given of
// external id, e-mail address and phone number.
type CardRecord struct {
	orderhub.CardChange
	CreatedAt time.Time // of a card that is made; zero is now
}

// ImportCards judges cards, each by itself and against the store as it was
// before, and stores those that are not refused: a known number changes its
// card, an unknown one makes one. Types that nobody knows are made. When dry it
// only reads, and a type that would be made has the ID -1. No two of the cards
// may have a number or an external id in common.
//
// In history no date is made up: a card is activated and blocked when the
// record says so, and at no known time when it does not say.
func ImportCards(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []CardRecord, mode orderhub.Mode, dry bool) ([]orderhub.Verdict[orderhub.Card], error) {
	b := &cardBatch{shop: shop, all: all, mode: mode, owners: owners{shop: shop}, changedAt: tx.Now()}
	if orderhub.ActorOf(ctx).History {
		b.changedAt = time.Time{}
	}
	if err := b.lookUp(ctx, tx, dry); err != nil {
		return nil, err
	}
	verdicts := make([]orderhub.Verdict[orderhub.Card], len(all))
	for i := range all {
		verdicts[i] = b.judge(i)
	}
	if dry {
		return verdicts, nil
	}
	return verdicts, b.store(ctx, tx, verdicts)
}

// A cardBatch is many cards of a file and what the store knows of them.
type cardBatch struct {
	shop      *orderhub.Shop
	all       []CardRecord
	mode      orderhub.Mode
	changedAt time.Time // of a status for which no date is given

	known      map[string]*orderhub.Card // by number
	byExternal map[string]orderhub.CardID
	types      map[string]orderhub.CardTypeID
	owners     owners
	unmade     map[string]bool // types that nobody knows and that a card is to have
}

// toBeMade is the type of a card whose type is not made yet.
const toBeMade orderhub.CardTypeID = -1

func (b *cardBatch) lookUp(ctx context.Context, tx *store.Tx, dry bool) (err error) {
	numbers, externals, named := b.wanted()
	ids, err := tx.CardsBy(ctx, b.shop.ID, "number", numbers)
	if err != nil {
		return err
	}
	if b.byExternal, err = tx.CardsBy(ctx, b.shop.ID, "external_id", externals); err != nil {
		return err
	}
	if err := b.readKnown(ctx, tx, ids); err != nil {
		return err
	}
	b.types, b.unmade = make(map[string]orderhub.CardTypeID), make(map[string]bool)
	if named {
		types, err := tx.CardTypes(ctx, b.shop.ID)
		if err != nil {
			return err
		}
		for _, t := range types {
			b.types[t.Name] = t.ID
		}
	}
	return b.owners.lookUp(ctx, tx, !dry)
}

// wanted are the keys to look up, and whether any card names a type.
func (b *cardBatch) wanted() (numbers, externals []string, named bool) {
	for _, r := range b.all {
		if n := r.Number; n != nil && *n != "" && orderhub.Storable(*n) {
			numbers = append(numbers, *n)
		}
		if e := r.ExternalID; e != nil && *e != "" && orderhub.Storable(*e) {
			externals = append(externals, *e)
		}
		if r.Owner != nil {
			b.owners.want(*r.Owner)
		}
		named = named || r.Type != nil
	}
	return numbers, externals, named
}

func (b *cardBatch) readKnown(ctx context.Context, tx *store.Tx, byNumber map[string]orderhub.CardID) error {
	var ids []orderhub.CardID
	for _, id := range byNumber {
		ids = append(ids, id)
	}
	cards, err := tx.CardsByIDs(ctx, b.shop.ID, ids)
	if err != nil {
		return err
	}
	b.known = make(map[string]*orderhub.Card, len(byNumber))
	for number, id := range byNumber {
		c := cards[id]
		if c == nil || c.Number != number {
			return store.ErrOvertaken // it was deleted or renamed before we held it
		}
		b.known[number] = c
	}
	return nil
}

// judge says what a record does.
func (b *cardBatch) judge(i int) orderhub.Verdict[orderhub.Card] {
	r := &b.all[i]
	c := &orderhub.Card{Shop: b.shop.ID, Medium: orderhub.Plastic, Status: orderhub.CardNew, CreatedAt: r.CreatedAt}
	var old *orderhub.Card
	if r.Number != nil {
		old = b.known[*r.Number]
	}
	if old != nil {
		copied := *old
		c = &copied
	}
	var wrong, conflict orderhub.Faults
	r.Apply(c, b.changedAt)
	c.ActivatedAt, c.BlockedAt, c.CreatedAt = stored(c.ActivatedAt), stored(c.BlockedAt), stored(c.CreatedAt)
	wrong.Add(c.Validate())
	if y := r.CreatedAt.Year(); y < 1 || y > 9999 {
		wrong.Wrong("created_at", "is not a date of our calendar")
	}
	b.judgeType(r, c, &wrong)
	b.judgeKeys(old, c, &conflict)
	if r.Owner != nil {
		id, bad, unknown := b.owners.whose(*r.Owner)
		c.Customer = id
		wrong.Add(bad)
		conflict.Add(unknown)
	}
	if outcome, err := refusal(&wrong, &conflict); err != nil {
		return orderhub.Verdict[orderhub.Card]{Outcome: outcome, Err: err}
	}
	if r.Type != nil && c.Type == toBeMade {
		b.unmade[r.Type.Name] = true
	}
	v := orderhub.Verdict[orderhub.Card]{Outcome: orderhub.OutcomeUpdated, Old: old, Now: c}
	switch {
	case old == nil:
		v.Outcome = orderhub.OutcomeCreated
	case reflect.DeepEqual(old, c):
		v.Outcome = orderhub.OutcomeUnchanged
	}
	return v
}

// stored is a time as the store gives it back, so that what is imported again
// is the same.
func stored(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Microsecond)
	if t.UnixMicro() == 0 {
		t = t.Add(time.Microsecond)
	}
	return t
}

// refusal is what is wrong with a record, all of it: it is invalid when it is
// wrong by itself, whatever else it contradicts. Without a fault it is nil.
func refusal(wrong, conflict *orderhub.Faults) (orderhub.Outcome, error) {
	outcome := orderhub.OutcomeConflict
	if wrong.Err() != nil {
		outcome = orderhub.OutcomeInvalid
	}
	wrong.Add(conflict.Err())
	return outcome, wrong.Err()
}

func (b *cardBatch) judgeType(r *CardRecord, c *orderhub.Card, wrong *orderhub.Faults) {
	switch {
	case r.Type == nil:
	case r.Type.Name == "":
		c.Type = 0
	case utf8.RuneCountInString(r.Type.Name) > orderhub.MaxCardText || !orderhub.Storable(r.Type.Name):
		wrong.Wrong("type", fmt.Sprintf("must be text of at most %d characters", orderhub.MaxCardText))
	default:
		c.Type = toBeMade
		if id, made := b.types[r.Type.Name]; made {
			c.Type = id
		}
	}
}

func (b *cardBatch) judgeKeys(old, c *orderhub.Card, conflict *orderhub.Faults) {
	switch {
	case old == nil && !b.mode.New:
		conflict.Wrong("number", "is not the number of a card of this shop")
	case old != nil && !b.mode.Existing:
		conflict.Add(orderhub.Taken("number"))
	}
	if id := b.byExternal[c.ExternalID]; id != 0 && id != c.ID {
		conflict.Add(orderhub.Taken("external_id"))
	}
}

// store stores what is to be stored.
func (b *cardBatch) store(ctx context.Context, tx *store.Tx, verdicts []orderhub.Verdict[orderhub.Card]) error {
	if err := b.makeTypes(ctx, tx); err != nil {
		return err
	}
	var made, saved, claiming []*orderhub.Card
	var freed []orderhub.CardID
	for i, v := range verdicts {
		if v.Outcome.Refused() || v.Outcome == orderhub.OutcomeUnchanged {
			continue
		}
		if v.Now.Type == toBeMade {
			v.Now.Type = b.types[b.all[i].Type.Name]
		}
		switch {
		case v.Old == nil:
			made, claiming = append(made, v.Now), append(claiming, v.Now)
		default:
			v.Now.UpdatedAt = tx.Now()
			saved = append(saved, v.Now)
			if !slices.Equal(store.CardKeys(v.Old), store.CardKeys(v.Now)) {
				freed, claiming = append(freed, v.Now.ID), append(claiming, v.Now)
			}
		}
	}
	for _, step := range []func() error{
		func() error { return tx.CreateCards(ctx, made) },
		func() error { return tx.FreeCards(ctx, freed) },
		func() error { return tx.ClaimCards(ctx, claiming) },
		func() error { return tx.SaveCards(ctx, saved) },
		func() error { return tellCards(ctx, tx, verdicts) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *cardBatch) makeTypes(ctx context.Context, tx *store.Tx) error {
	names := make([]string, 0, len(b.unmade))
	for name := range b.unmade {
		names = append(names, name)
	}
	slices.Sort(names) // so that those who make the same wait for each other
	for _, name := range names {
		t := &orderhub.CardType{Shop: b.shop.ID, Name: name}
		if err := tx.MakeCardType(ctx, t); err != nil {
			return err
		}
		b.types[name] = t.ID
	}
	return nil
}

func tellCards(ctx context.Context, tx *store.Tx, verdicts []orderhub.Verdict[orderhub.Card]) error {
	var events []orderhub.Event
	for _, v := range verdicts {
		switch v.Outcome {
		case orderhub.OutcomeCreated:
			events = append(events, cardTidings(orderhub.CardIssued, nil, v.Now))
		case orderhub.OutcomeUpdated:
			events = append(events, cardTidings(orderhub.CardChanged, v.Old, v.Now))
		}
	}
	return tx.Record(ctx, events...)
}
