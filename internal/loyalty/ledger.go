package loyalty

import (
	"maps"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
)

// A Ledger holds the bonus points of a batch: rows of the ledger, and wallets
// made of them. All that moves points does it here, in memory.
//
// A method that needs rows which have not been read returns batch.ErrMore,
// which a Decide function returns as it is. The Ask methods have rows read
// early, those of all units together.
type Ledger struct {
	b         *batch.Batch
	ids       batch.IDs[orderhub.BonusID]
	customers *customers.Set
	cards     *Cards
	wanted    wantedRows
	rehearsed *BonusRehearsal // wallets that a rehearsal goes on with

	// What was read, as the units decided so far have left it.
	rows    map[orderhub.BonusID]*row
	ofOrder map[orderhub.OrderID][]*row // stored rows that orders caused
	byKey   map[string]*row             // nil where no row has the key
	wallets map[orderhub.CustomerID]*wallet

	// What the units have decided.
	made    []*row
	madeOf  map[orderhub.OrderID][]*row
	changed []*row
	removed []*row

	trace *[]traced // of one booking of a file
}

// A row is one row of the ledger in a batch.
type row struct {
	orderhub.BonusEntry

	left        int64        // of points that came in: what is not allocated
	allocations []allocation // of points that went out: where they were taken from
	stored      []allocation // as they were before the batch
	made        bool         // in the batch
	changed     bool         // by the batch
}

// An allocation is points of a row that went out, taken from a lot.
type allocation struct {
	lot    *row
	points int64
}

type ledgerKey struct{}

// In returns the ledger of a batch.
func In(b *batch.Batch) *Ledger {
	return batch.Join(b, ledgerKey{}, func(b *batch.Batch) *Ledger {
		return &Ledger{
			b: b, customers: customers.In(b), cards: CardsIn(b), wanted: newWantedRows(),
			rows:    make(map[orderhub.BonusID]*row),
			ofOrder: make(map[orderhub.OrderID][]*row),
			byKey:   make(map[string]*row),
			wallets: make(map[orderhub.CustomerID]*wallet),
			madeOf:  make(map[orderhub.OrderID][]*row),
		}
	})
}

// Used reports whether points were earned by an order or spent on it.
func (l *Ledger) Used(order orderhub.OrderID) (bool, error) {
	rows, err := l.orderRows(order)
	return len(rows) > 0, err
}

// orderRows are the rows that an order caused, the oldest first.
func (l *Ledger) orderRows(id orderhub.OrderID) ([]*row, error) {
	if _, read := l.ofOrder[id]; !read && id > 0 {
		l.AskOrder(id)
		return nil, batch.ErrMore
	}
	return slices.Concat(l.ofOrder[id], l.madeOf[id]), nil
}

// wallet is that of a customer.
func (l *Ledger) wallet(id orderhub.CustomerID) (*wallet, error) {
	if w := l.wallets[id]; w != nil {
		return w, nil
	}
	if w := l.rehearsed.open(l, id); w != nil {
		return w, nil
	}
	if id > 0 {
		l.askWallet(id)
		return nil, batch.ErrMore
	}
	l.wallets[id] = new(wallet) // of a customer who is new
	return l.wallets[id], nil
}

// openAll opens the wallets of customers.
func (l *Ledger) openAll(ids []orderhub.CustomerID) (err error) {
	for _, id := range ids {
		if _, e := l.wallet(id); e != nil {
			err = e
		}
	}
	return err
}

var kinds = map[orderhub.BonusState]orderhub.EventKind{
	orderhub.BonusPending:  orderhub.PointsPending,
	orderhub.BonusActive:   orderhub.PointsActive,
	orderhub.BonusSpent:    orderhub.PointsSpent,
	orderhub.BonusExpired:  orderhub.PointsExpired,
	orderhub.BonusReversed: orderhub.PointsReversed,
}

// record adds the event of the state that a row has taken, and returns its
// time. The event raises the version of the customer; one of a customer who was
// deleted has none.
func (l *Ledger) record(r *row) (time.Time, error) {
	version, err := l.customers.Touch(r.Customer)
	if err != nil && orderhub.KindOf(err) != orderhub.NotFound {
		return time.Time{}, err
	}
	e := &batch.Event{Event: orderhub.Event{Kind: kinds[r.State], Order: r.Order, Customer: r.Customer, Version: version, Changes: r.Changes()}}
	l.customers.IDs.Keep(&e.Customer)
	l.b.OrderIDs.Keep(&e.Order)
	return l.b.Record(e), nil
}

// add makes a row. It was created now unless it says otherwise.
func (l *Ledger) add(e orderhub.BonusEntry) (*row, error) {
	r := &row{BonusEntry: e, made: true}
	r.ID, r.Shop = l.ids.New(l.b), l.b.Shop().ID
	at, err := l.record(r)
	if err != nil {
		return nil, err
	}
	if r.StateAt = at; r.CreatedAt.IsZero() {
		r.CreatedAt = at
	}
	if r.State == orderhub.BonusActive {
		r.left = r.Points
	}
	l.ids.Keep(&r.ID)
	l.b.OrderIDs.Keep(&r.Order)
	l.customers.IDs.Keep(&r.Customer)
	l.cards.IDs.Keep(&r.Card)
	l.note(r, nil)
	batch.Assign(l.b, &l.made, append(l.made, r))
	if r.Order != 0 {
		batch.Put(l.b, l.madeOf, r.Order, append(slices.Clip(l.madeOf[r.Order]), r))
	}
	if r.Key != "" {
		batch.Put(l.b, l.byKey, r.Key, r)
	}
	l.enlist(r)
	return r, nil
}

// touch notes that a row is about to change.
func (l *Ledger) touch(r *row) {
	if r.made {
		return
	}
	l.note(r, new(r.BonusEntry))
	if !r.changed {
		batch.Assign(l.b, &r.changed, true)
		batch.Assign(l.b, &l.changed, append(l.changed, r))
	}
}

// become lets a row take a state without an event of its own: lots follow the
// rows that are allocated to them.
func (l *Ledger) become(r *row, state orderhub.BonusState, at time.Time) {
	l.touch(r)
	batch.Assign(l.b, &r.State, state)
	batch.Assign(l.b, &r.StateAt, at)
	l.enlist(r)
}

// setState lets a row take another state, with an event. Points that went out
// and are reversed return to the lots that they were taken from; points that
// come in are all there again.
func (l *Ledger) setState(r *row, state orderhub.BonusState) error {
	l.touch(r)
	out := r.Points < 0 && r.State.Counts() && state == orderhub.BonusReversed
	batch.Assign(l.b, &r.State, state)
	at, err := l.record(r)
	if err != nil {
		return err
	}
	switch {
	case out:
		l.release(r, at)
	case r.Points > 0 && state == orderhub.BonusActive:
		batch.Assign(l.b, &r.left, r.Points)
	case r.Points > 0:
		batch.Assign(l.b, &r.left, 0)
	}
	batch.Assign(l.b, &r.StateAt, at)
	l.enlist(r)
	return nil
}

// remove takes a row out of the ledger for good, with an event that it does not
// count any more. Nothing may be allocated to it.
func (l *Ledger) remove(r *row) error {
	if err := l.setState(r, orderhub.BonusReversed); err != nil {
		return err
	}
	batch.Assign(l.b, &l.removed, append(l.removed, r))
	return nil
}

// A traced row was made or changed by one booking of a file.
type traced struct {
	row *row
	old *orderhub.BonusEntry // before it; nil for a new one
}

// note adds a row to the trace, if there is one.
func (l *Ledger) note(r *row, old *orderhub.BonusEntry) {
	if l.trace == nil || slices.ContainsFunc(*l.trace, func(t traced) bool { return t.row == r }) {
		return
	}
	*l.trace = append(*l.trace, traced{r, old})
}

// involved are the customers of rows and one more, 0 for none, in ascending
// sequence.
func involved(rows []*row, more orderhub.CustomerID) []orderhub.CustomerID {
	all := make(map[orderhub.CustomerID]bool)
	if more != 0 {
		all[more] = true
	}
	for _, r := range rows {
		all[r.Customer] = true
	}
	return slices.Sorted(maps.Keys(all))
}
