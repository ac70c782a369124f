package loyalty

import (
	"context"
	"maps"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A BonusRecord is one booking as a file tells of it. The customer is named by
// the first that is given of external id, e-mail address and phone number.
type BonusRecord struct {
	Customer  orderhub.CustomerRef
	Card      string // its number; "" for none
	Points    int64  // below zero is a write-off
	Key       string // must be given: what has a known key is booked already
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
	b := &bonusBatch{shop: shop, all: all, mode: mode, owners: owners{shop: shop}, now: tx.Now(), dry: dry}
	if err := b.lookUp(ctx, tx); err != nil {
		return nil, err
	}
	verdicts := make([]BonusVerdict, len(all))
	for i := range all {
		verdicts[i] = b.judge(i)
	}
	if dry != nil {
		dry.keep(b.purses)
		return verdicts, nil
	}
	return verdicts, b.store(ctx, tx)
}

// A BonusRehearsal remembers what the bookings of a file would leave to each
// customer, for as long as the file is rehearsed. The zero value is ready.
type BonusRehearsal struct {
	purses map[orderhub.CustomerID]*purse
	before map[orderhub.CustomerID]*purse // those that the last call has changed; nil for one that was not known
}

// keep remembers what a call leaves.
func (r *BonusRehearsal) keep(purses map[orderhub.CustomerID]*purse) {
	if r.purses == nil {
		r.purses = make(map[orderhub.CustomerID]*purse)
	}
	r.before = make(map[orderhub.CustomerID]*purse, len(purses))
	for id, p := range purses {
		p.forget()
		r.before[id], r.purses[id] = r.purses[id], p
	}
}

// Again forgets what the last call of ImportBonuses has left, whose bookings
// are to come again.
func (r *BonusRehearsal) Again() {
	for id, p := range r.before {
		if p == nil {
			delete(r.purses, id)
		} else {
			r.purses[id] = p
		}
	}
	r.before = nil
}

// A bonusBatch is many bookings of a file and what the store knows of them.
type bonusBatch struct {
	shop *orderhub.Shop
	all  []BonusRecord
	mode orderhub.Mode
	now  time.Time
	dry  *BonusRehearsal

	owners owners
	cards  map[string]orderhub.CardID
	booked map[string]*orderhub.BonusEntry // by key
	purses map[orderhub.CustomerID]*purse

	made   []*orderhub.BonusEntry // of records
	paid   []*orderhub.BonusEntry // made because something was owed
	saved  []*orderhub.BonusEntry // that were there before
	draws  []bonusDraw
	events []orderhub.Event
}

type bonusDraw struct {
	lot, entry *orderhub.BonusEntry
	points     int64
}

func (b *bonusBatch) lookUp(ctx context.Context, tx *store.Tx) (err error) {
	var keys, cards []string
	for _, r := range b.all {
		b.owners.want(r.Customer)
		if r.Key != "" && orderhub.Storable(r.Key) {
			keys = append(keys, r.Key)
		}
		if r.Card != "" && orderhub.Storable(r.Card) {
			cards = append(cards, r.Card)
		}
	}
	if err = b.owners.lookUp(ctx, tx, b.dry == nil); err != nil {
		return err
	}
	if b.cards, err = tx.CardsBy(ctx, b.shop.ID, "number", cards); err != nil {
		return err
	}
	if b.booked, err = tx.BonusesByKeys(ctx, b.shop.ID, keys); err != nil {
		return err
	}
	return b.open(ctx, tx)
}

// open gets the purses of all concerned, who are held unless this is a
// rehearsal: then it goes on with what the rows before these would have left.
func (b *bonusBatch) open(ctx context.Context, tx *store.Tx) error {
	var all, ids []orderhub.CustomerID
	for _, some := range b.owners.found {
		all = slices.AppendSeq(all, maps.Values(some))
	}
	slices.Sort(all)
	b.purses = make(map[orderhub.CustomerID]*purse, len(all))
	for _, id := range slices.Compact(all) {
		if b.dry != nil && b.dry.purses[id] != nil {
			b.purses[id] = b.dry.purses[id].clone()
		} else {
			ids = append(ids, id)
		}
	}
	lots, err := tx.LotsOf(ctx, ids)
	if err != nil {
		return err
	}
	owed, err := tx.DebtsOf(ctx, ids)
	for _, id := range ids {
		b.purses[id] = newPurse(lots[id], owed[id])
	}
	return err
}

// judge says what a booking does, and does it in memory.
func (b *bonusBatch) judge(i int) BonusVerdict {
	r := &b.all[i]
	e := &orderhub.BonusEntry{
		Shop: b.shop.ID, Key: r.Key, Cause: orderhub.BonusBooked, Points: r.Points, Reason: r.Reason,
		CreatedAt: stored(r.CreatedAt), StateAt: b.now,
	}
	if r.CreatedAt.IsZero() {
		e.CreatedAt = b.now
	}
	var wrong, conflict orderhub.Faults
	wrong.Add(e.Validate())
	b.find(r, e, &wrong, &conflict)
	b.date(r, e, &wrong)
	if outcome, err := refusal(&wrong, &conflict); err != nil {
		return refusedBonus(outcome, err)
	}
	if known := b.booked[r.Key]; known != nil {
		return b.again(known, r, e)
	}
	if !b.mode.New {
		return refusedBonus(orderhub.OutcomeConflict, orderhub.Wrong("key", "is not the key of an entry of this shop"))
	}
	moved, err := b.book(e)
	if err != nil {
		return refusedBonus(orderhub.OutcomeConflict, err)
	}
	return BonusVerdict{orderhub.Verdict[orderhub.BonusEntry]{Outcome: orderhub.OutcomeCreated, Now: e}, moved}
}

func refusedBonus(outcome orderhub.Outcome, err error) BonusVerdict {
	return BonusVerdict{Verdict: orderhub.Verdict[orderhub.BonusEntry]{Outcome: outcome, Err: err}}
}

// find finds whose points these are, and of which card.
func (b *bonusBatch) find(r *BonusRecord, e *orderhub.BonusEntry, wrong, conflict *orderhub.Faults) {
	if r.Key == "" {
		wrong.Add(orderhub.Absent("key"))
	}
	if r.Customer == (orderhub.CustomerRef{}) {
		wrong.Add(orderhub.Absent("customer"))
	}
	id, bad, unknown := b.owners.whose(r.Customer)
	wrong.Add(bad)
	conflict.Add(unknown)
	e.Customer, e.Card = id, b.cards[r.Card]
	if r.Card != "" && e.Card == 0 {
		conflict.Wrong("card", "is not a card of this shop")
	}
}

// date says when the points of a booking expire.
func (b *bonusBatch) date(r *BonusRecord, e *orderhub.BonusEntry, wrong *orderhub.Faults) {
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
		e.ExpiresAt = expiry(b.shop, e.CreatedAt)
	case !r.ExpiresAt.IsZero():
		e.ExpiresAt = stored(*r.ExpiresAt)
	}
}

// again compares a booking with the row that has its key. Its card and its
// expiry are compared when it tells of them.
func (b *bonusBatch) again(known *orderhub.BonusEntry, r *BonusRecord, e *orderhub.BonusEntry) BonusVerdict {
	differs := known.Customer != e.Customer || known.Points != e.Points || r.Card != "" && known.Card != e.Card ||
		r.ExpiresAt != nil && !known.ExpiresAt.Equal(e.ExpiresAt)
	if differs || !b.mode.Existing {
		return refusedBonus(orderhub.OutcomeConflict, orderhub.Taken("key"))
	}
	return BonusVerdict{Verdict: orderhub.Verdict[orderhub.BonusEntry]{Outcome: orderhub.OutcomeUnchanged, Old: known, Now: known}}
}

// book does in memory what Book does in the store, and returns the other rows
// that it made or changed.
func (b *bonusBatch) book(e *orderhub.BonusEntry) ([]orderhub.Verdict[orderhub.BonusEntry], error) {
	p := b.purses[e.Customer]
	if e.Points > 0 {
		e.State = orderhub.BonusActive
		p.add(lot{e.ExpiresAt, e.Points, 0, e})
		b.tell(e)
		b.made = append(b.made, e)
		return b.settle(p), nil
	}
	at := e.CreatedAt
	if at.After(b.now) {
		at = b.now
	}
	if there := p.there(at, 0); there < -e.Points {
		return nil, tooFew("points", -e.Points, there)
	}
	e.State = orderhub.BonusSpent
	b.tell(e)
	b.made = append(b.made, e)
	return b.drawn(e, p.draw(-e.Points, at, 0)), nil
}

func (b *bonusBatch) tell(e *orderhub.BonusEntry) {
	if b.dry == nil {
		b.events = append(b.events, tidings(e))
	}
}

// drawn notes what a row has drawn, and returns the lots that it used up.
func (b *bonusBatch) drawn(e *orderhub.BonusEntry, all []drawn) (moved []orderhub.Verdict[orderhub.BonusEntry]) {
	if b.dry != nil {
		return nil
	}
	for _, d := range all {
		b.draws = append(b.draws, bonusDraw{d.lot, e, d.points})
		if d.last {
			moved = append(moved, b.turn(d.lot, orderhub.BonusSpent)...)
		}
	}
	return moved
}

// turn brings a row to another state. One that this batch has made is stored in
// its last state at once.
func (b *bonusBatch) turn(e *orderhub.BonusEntry, state orderhub.BonusState) []orderhub.Verdict[orderhub.BonusEntry] {
	old := *e
	e.State, e.StateAt = state, b.now
	if e.ID == 0 {
		return nil
	}
	b.saved = append(b.saved, e)
	return []orderhub.Verdict[orderhub.BonusEntry]{{Outcome: orderhub.OutcomeUpdated, Old: &old, Now: e}}
}

// settle takes what is owed from what has come in.
func (b *bonusBatch) settle(p *purse) (moved []orderhub.Verdict[orderhub.BonusEntry]) {
	p.settle(b.now, func(d debt, taken []drawn, left int64) *orderhub.BonusEntry {
		if b.dry != nil {
			return nil
		}
		moved = append(moved, b.turn(d.entry, orderhub.BonusReversed)...)
		b.tell(d.entry)
		t := b.pay(d.entry, left-d.points, orderhub.BonusSpent)
		moved = append(moved, orderhub.Verdict[orderhub.BonusEntry]{Outcome: orderhub.OutcomeCreated, Now: t})
		moved = append(moved, b.drawn(t, taken)...)
		if left == 0 {
			return nil
		}
		o := b.pay(d.entry, -left, orderhub.BonusPending)
		moved = append(moved, orderhub.Verdict[orderhub.BonusEntry]{Outcome: orderhub.OutcomeCreated, Now: o})
		return o
	})
	return moved
}

// pay makes a row of the part of a debt that is taken, or owed further.
func (b *bonusBatch) pay(debt *orderhub.BonusEntry, points int64, state orderhub.BonusState) *orderhub.BonusEntry {
	e := *debt
	e.ID, e.Cause, e.Points, e.State, e.CreatedAt, e.StateAt = 0, orderhub.BonusEarned, points, state, b.now, b.now
	b.paid = append(b.paid, &e)
	b.tell(&e)
	return &e
}

// store stores what was done in memory.
func (b *bonusBatch) store(ctx context.Context, tx *store.Tx) error {
	if err := tx.AddKeyedBonuses(ctx, b.made); err != nil {
		return err
	}
	for _, e := range b.paid {
		if err := tx.AddBonus(ctx, e); err != nil {
			return err
		}
	}
	if err := tx.SaveBonuses(ctx, b.saved); err != nil {
		return err
	}
	draws := make([]store.Drawing, len(b.draws))
	for i, d := range b.draws {
		draws[i] = store.Drawing{Draw: store.Draw{Lot: d.lot.ID, Points: d.points}, Entry: d.entry.ID}
	}
	if err := tx.DrawAll(ctx, draws); err != nil {
		return err
	}
	return tx.Record(ctx, b.events...)
}
