package loyalty

import (
	"context"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/carddb"
)

// A CardRecord is a card of a file. Its number says which card is meant; the
// type is named by its name, the owner by the first that is given of external
// id, e-mail address and phone number.
type CardRecord struct {
	orderhub.CardChange
	CreatedAt time.Time // of a card that is made; zero is now
}

// ImportCards judges cards, each by itself, and stores those that are not
// refused: a known number changes its card, an unknown one makes one. Types
// that are unknown are made. In a dry run nothing is stored; new cards and types
// have negative IDs there. No two of the cards may have a number or an external
// id in common, and a key that one of them gives up is taken for the others:
// what is stored must not depend on their sequence.
//
// In records of the past no date is made up: a card is activated and blocked
// when the record says so, and at no known time when it does not say.
func ImportCards(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []CardRecord, mode orderhub.Mode, dry bool) ([]orderhub.Verdict[orderhub.Card], error) {
	m := &cardImport{all: all, mode: mode}
	u := batch.New(ctx, shop)
	u.Ask, u.Decide = m.ask, m.decide
	if err := batch.Step(ctx, tx, dry, u); err != nil {
		return nil, err
	}
	return m.verdicts, nil
}

// A cardImport is many cards of a file.
type cardImport struct {
	all      []CardRecord
	mode     orderhub.Mode
	verdicts []orderhub.Verdict[orderhub.Card]

	cards  *Cards
	owners owners
	given  map[carddb.CardKey]bool // keys that cards have given up
}

func (m *cardImport) ask(b *batch.Batch) {
	m.cards = CardsIn(b)
	m.owners = owners{b.Shop(), m.cards.customers}
	for i := range m.all {
		m.cards.askChange(&m.all[i].CardChange)
		if owner := m.all[i].Owner; owner != nil {
			m.owners.ask(*owner)
		}
	}
}

func (m *cardImport) decide(b *batch.Batch) error {
	m.verdicts, m.given = make([]orderhub.Verdict[orderhub.Card], len(m.all)), make(map[carddb.CardKey]bool)
	return batch.Each(len(m.all), func(i int) (err error) {
		m.verdicts[i], err = m.judge(b, &m.all[i])
		return err
	})
}

// judge finds out what a record does, and does it.
func (m *cardImport) judge(b *batch.Batch, r *CardRecord) (v orderhub.Verdict[orderhub.Card], err error) {
	var old *orderhub.Card
	if r.Number != nil && *r.Number != "" && orderhub.Storable(*r.Number) {
		if old, err = m.cards.by(carddb.CardKey{Kind: "number", Value: *r.Number}); err != nil {
			return v, err
		}
	}
	var wrong, conflict orderhub.Faults
	now, newType, err := m.change(b, r, old, &wrong, &conflict)
	if err != nil {
		return v, err
	}
	if outcome, err := refusal(&wrong, &conflict); err != nil {
		return orderhub.Verdict[orderhub.Card]{Outcome: outcome, Err: err}, nil
	}
	if newType != "" {
		now.Type = m.cards.makeType(newType)
	}
	v = orderhub.Verdict[orderhub.Card]{Outcome: orderhub.OutcomeUpdated, Old: old, Now: m.cards.keep(old, now)}
	switch {
	case old == nil:
		v.Outcome = orderhub.OutcomeCreated
	case v.Now == old:
		v.Outcome = orderhub.OutcomeUnchanged
	default:
		for _, k := range carddb.CardKeys(old) {
			if !slices.Contains(carddb.CardKeys(now), k) {
				m.given[k] = true
			}
		}
	}
	return v, nil
}

// change is what a record makes of a card, and the name of a type that is to be
// made for it. It notes all that is wrong with the record by itself and all that
// contradicts what is stored.
func (m *cardImport) change(b *batch.Batch, r *CardRecord, old *orderhub.Card, wrong, conflict *orderhub.Faults) (now *orderhub.Card, newType string, err error) {
	command := cardCommand{CardChange: r.CardChange, createdAt: r.CreatedAt, undated: b.Backfill()}
	var kind, owner orderhub.Faults
	if r.Type != nil && !goodTypeName(r.Type.Name) {
		kind.Wrong("type", badTypeName)
	} else if newType, err = m.cards.resolveType(r.Type, &command, &kind); err != nil {
		return nil, "", err
	}
	if y := r.CreatedAt.Year(); y < 1 || y > 9999 {
		command.createdAt = time.Time{}
	}
	var unknown orderhub.Faults
	if r.Owner != nil {
		id, err := m.owners.find(*r.Owner, &owner, &unknown)
		if err != nil {
			return nil, "", err
		}
		command.owner = &id
	}
	now, fault := changeCard(old, command, b.Shop(), b.At)
	wrong.Add(fault)
	if command.createdAt != r.CreatedAt {
		wrong.Wrong("created_at", "is not a date of our calendar")
	}
	wrong.Add(kind.Err())
	wrong.Add(owner.Err())
	switch {
	case old == nil && !m.mode.New:
		conflict.Wrong("number", "is not the number of a card of this shop")
	case old != nil && !m.mode.Existing:
		conflict.Add(orderhub.Taken("number"))
	}
	err = m.checkKeys(old, now, conflict)
	conflict.Add(unknown.Err())
	return now, newType, err
}

// checkKeys notes an external id that another card has, or had before this
// import.
func (m *cardImport) checkKeys(old, now *orderhub.Card, conflict *orderhub.Faults) error {
	external := carddb.CardKey{Kind: "external_id", Value: now.ExternalID}
	if m.given[external] {
		conflict.Add(orderhub.Taken("external_id"))
		return nil
	}
	return m.cards.checkKeys(old, now, conflict)
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
