package loyalty

import (
	"context"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/carddb"
)

// A BonusRecord is one booking of a file. The customer is named by the first
// that is given of external id, e-mail address and phone number.
type BonusRecord struct {
	Customer  orderhub.CustomerRef
	Card      string // its number; "" for none
	Points    int64  // below zero is a write-off
	Key       string // required: a record with a known key is booked already
	Reason    string
	CreatedAt time.Time  // zero is now
	ExpiresAt *time.Time // a pointer to the zero time is never; nil is by the shop's setting, counted from CreatedAt
}

// A BonusVerdict is what became of a booking.
type BonusVerdict struct {
	orderhub.Verdict[orderhub.BonusEntry]

	// Moved are the other rows of the ledger that the booking made or changed:
	// points that it used up, and what was owed and is paid.
	Moved []orderhub.Verdict[orderhub.BonusEntry]
}

// ImportBonuses judges bookings in their sequence and stores those that are not
// refused. Each is a booking as Book makes it: the rows before it count, points
// that come in pay what the customer owes, and a write-off of more than there
// are is refused. A row with a time of its own draws on what had not expired
// then. No two of the bookings may have a key in common.
//
// With a rehearsal nothing is stored, and what the bookings would have done is
// remembered there for those that come after.
func ImportBonuses(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []BonusRecord, mode orderhub.Mode, dry *BonusRehearsal) ([]BonusVerdict, error) {
	m := &bonusImport{all: all, mode: mode, dry: dry}
	u := batch.New(ctx, shop)
	u.Ask, u.Decide = m.ask, m.decide
	if err := batch.Step(ctx, tx, dry != nil, u); err != nil {
		return nil, err
	}
	if dry != nil {
		dry.keep(m.ledger.wallets)
	}
	return m.verdicts, nil
}

// A bonusImport is many bookings of a file.
type bonusImport struct {
	all      []BonusRecord
	mode     orderhub.Mode
	dry      *BonusRehearsal
	verdicts []BonusVerdict

	ledger *Ledger
	owners owners
}

func (m *bonusImport) ask(b *batch.Batch) {
	m.ledger = In(b)
	m.ledger.rehearsed = m.dry
	m.owners = owners{b.Shop(), m.ledger.customers}
	for _, r := range m.all {
		m.owners.ask(r.Customer)
		m.ledger.askKey(r.Key)
		m.ledger.cards.AskRef(orderhub.CardRef{Number: r.Card})
	}
}

func (m *bonusImport) decide(b *batch.Batch) error {
	m.verdicts = make([]BonusVerdict, len(m.all))
	if err := m.openAll(); err != nil {
		return err
	}
	return batch.Each(len(m.all), func(i int) (err error) {
		m.verdicts[i], err = m.judge(b, &m.all[i])
		return err
	})
}

// openAll opens the wallets of all customers that the bookings name, so that
// they are read together.
func (m *bonusImport) openAll() error {
	var ids []orderhub.CustomerID
	err := batch.Each(len(m.all), func(i int) error {
		id, err := m.owners.find(m.all[i].Customer, new(orderhub.Faults), new(orderhub.Faults))
		if id != 0 {
			ids = append(ids, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	return m.ledger.openAll(ids)
}

// judge finds out what a booking does, and does it.
func (m *bonusImport) judge(b *batch.Batch, r *BonusRecord) (BonusVerdict, error) {
	e := orderhub.BonusEntry{Key: r.Key, Cause: orderhub.BonusAdjusted, Points: r.Points, Reason: r.Reason, CreatedAt: b.At}
	if !r.CreatedAt.IsZero() {
		e.CreatedAt = storable(r.CreatedAt)
	}
	var wrong, conflict orderhub.Faults
	wrong.Add(e.Validate())
	if err := m.find(r, &e, &wrong, &conflict); err != nil {
		return BonusVerdict{}, err
	}
	date(b.Shop(), r, &e, &wrong)
	if outcome, err := refusal(&wrong, &conflict); err != nil {
		return refusedBonus(outcome, err), nil
	}
	known, err := m.ledger.rowOf(r.Key)
	switch {
	case err != nil:
		return BonusVerdict{}, err
	case known != nil:
		return m.again(known, r, &e), nil
	case !m.mode.New:
		return refusedBonus(orderhub.OutcomeConflict, orderhub.Wrong("key", "is not the key of an entry of this shop")), nil
	}
	return m.book(b, e)
}

// book makes the row of a booking.
func (m *bonusImport) book(b *batch.Batch, e orderhub.BonusEntry) (BonusVerdict, error) {
	at := e.CreatedAt
	if at.After(b.At) {
		at = b.At
	}
	var trace []traced
	m.ledger.trace = &trace
	r, err := m.ledger.adjust(e, at)
	m.ledger.trace = nil
	if len(orderhub.All(err)) > 0 {
		return refusedBonus(orderhub.OutcomeConflict, err), nil
	}
	if err != nil {
		return BonusVerdict{}, err
	}
	v := BonusVerdict{Verdict: orderhub.Verdict[orderhub.BonusEntry]{Outcome: orderhub.OutcomeCreated, Now: &r.BonusEntry}}
	for _, t := range trace {
		outcome := orderhub.OutcomeUpdated
		if t.old == nil {
			outcome = orderhub.OutcomeCreated
		}
		if t.row != r {
			v.Moved = append(v.Moved, orderhub.Verdict[orderhub.BonusEntry]{Outcome: outcome, Old: t.old, Now: &t.row.BonusEntry})
		}
	}
	return v, nil
}

func refusedBonus(outcome orderhub.Outcome, err error) BonusVerdict {
	return BonusVerdict{Verdict: orderhub.Verdict[orderhub.BonusEntry]{Outcome: outcome, Err: err}}
}

// find finds whose points these are, and of which card.
func (m *bonusImport) find(r *BonusRecord, e *orderhub.BonusEntry, wrong, conflict *orderhub.Faults) (err error) {
	if r.Key == "" {
		wrong.Add(orderhub.Absent("key"))
	}
	if r.Customer == (orderhub.CustomerRef{}) {
		wrong.Add(orderhub.Absent("customer"))
	}
	if e.Customer, err = m.owners.find(r.Customer, wrong, conflict); err != nil || r.Card == "" {
		return err
	}
	var card *orderhub.Card
	if orderhub.Storable(r.Card) {
		if card, err = m.ledger.cards.by(carddb.CardKey{Kind: "number", Value: r.Card}); err != nil {
			return err
		}
	}
	if card == nil {
		conflict.Wrong("card", "is not a card of this shop")
		return nil
	}
	e.Card = card.ID
	return nil
}

// date sets when the points of a booking expire.
func date(shop *orderhub.Shop, r *BonusRecord, e *orderhub.BonusEntry, wrong *orderhub.Faults) {
	if y := e.CreatedAt.Year(); y < 1 || y > 9999 {
		wrong.Wrong("created_at", "is not a date of our calendar")
	}
	switch {
	case r.ExpiresAt != nil && r.Points < 0 && !r.ExpiresAt.IsZero():
		wrong.Wrong("expires_at", "is for points that come in")
	case r.ExpiresAt != nil && (r.ExpiresAt.Year() < 1 || r.ExpiresAt.Year() > 9999):
		wrong.Wrong("expires_at", "is not a date of our calendar")
	case r.Points < 0:
	case r.ExpiresAt == nil:
		e.ExpiresAt = expiry(shop, e.CreatedAt)
	case !r.ExpiresAt.IsZero():
		e.ExpiresAt = storable(*r.ExpiresAt)
	}
}

// again compares a booking with the row that has its key. Its card and its
// expiry are compared when the record has them.
func (m *bonusImport) again(known *row, r *BonusRecord, e *orderhub.BonusEntry) BonusVerdict {
	differs := known.Customer != e.Customer || known.Points != e.Points || r.Card != "" && known.Card != e.Card ||
		r.ExpiresAt != nil && !known.ExpiresAt.Equal(e.ExpiresAt)
	if differs || !m.mode.Existing {
		return refusedBonus(orderhub.OutcomeConflict, orderhub.Taken("key"))
	}
	entry := known.BonusEntry
	return BonusVerdict{Verdict: orderhub.Verdict[orderhub.BonusEntry]{Outcome: orderhub.OutcomeUnchanged, Old: &entry, Now: &entry}}
}
