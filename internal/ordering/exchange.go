package ordering

import (
	"cmp"
	"context"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// exchange holds what readers of the exchange have taken of the orders of a
// batch. See docs/adr/0017-readers-of-the-exchange.md.
type exchange struct {
	b       *batch.Batch
	readers map[string]*orderdb.ExchangeReader // by name; nil: there is none; no entry: not read
	stored  map[markKey]*orderdb.ExchangeMark  // nil: there is none; no entry: not read
	now     map[markKey]*orderdb.ExchangeMark  // those that have changed; nil: there is none any more

	wantReaders []string
	wantMarks   []orderhub.OrderID // of all readers
}

// A markKey is one order as one reader sees it. The order may be a new one.
type markKey struct {
	reader orderhub.ReaderID
	order  orderhub.OrderID
}

func newExchange(b *batch.Batch) *exchange {
	return &exchange{
		b: b, readers: make(map[string]*orderdb.ExchangeReader),
		stored: make(map[markKey]*orderdb.ExchangeMark), now: make(map[markKey]*orderdb.ExchangeMark),
	}
}

// askFor asks for the reader of the present unit, when its command needs one.
func (x *exchange) askFor(c *Command) {
	if reader := x.b.Actor().Reader; reader != "" || c.Change.Export != nil || c.Whole != nil && c.Whole.Exported {
		x.wantReaders = append(x.wantReaders, cmp.Or(reader, orderhub.DefaultReader))
	}
}

// read reads the readers that were asked for, and what they have marked of the
// orders that were read.
func (x *exchange) read(ctx context.Context, tx *store.ShopTx, orders []orderhub.OrderID) (bool, error) {
	if len(x.wantReaders) > 0 {
		x.wantReaders = nil
		all, err := tx.ExchangeReaders(ctx)
		if err != nil {
			return false, err
		}
		for _, r := range all {
			x.readers[r.Name] = r
		}
	}
	orders, x.wantMarks = slices.Concat(orders, x.wantMarks), nil
	if len(x.readers) == 0 || len(orders) == 0 {
		return false, nil
	}
	var ids []orderhub.ReaderID
	for _, r := range x.readers {
		ids = append(ids, r.ID)
		for _, o := range orders {
			x.stored[markKey{r.ID, o}] = nil
		}
	}
	slices.Sort(ids)
	found, err := tx.ExchangeMarks(ctx, ids, orders)
	for i := range found {
		x.stored[markKey{found[i].Reader, found[i].Order}] = &found[i]
	}
	return true, err
}

// reader is a reader of the shop, nil when there is none of the name.
func (x *exchange) reader(name string) (*orderdb.ExchangeReader, error) {
	if len(x.readers) == 0 { // every shop has one
		x.wantReaders = append(x.wantReaders, name)
		return nil, batch.ErrMore
	}
	return x.readers[name], nil
}

// mark is what a reader has marked of an order, nil for nothing.
func (x *exchange) mark(key markKey) (*orderdb.ExchangeMark, error) {
	if m, changed := x.now[key]; changed {
		return m, nil
	}
	m, read := x.stored[key]
	if !read && key.order > 0 {
		x.wantMarks = append(x.wantMarks, key.order)
		return nil, batch.ErrMore
	}
	return m, nil
}

// set marks an order as taken at its time, or as open. A mark that the reader
// does not need, as all up to there is taken, goes.
func (x *exchange) set(r *orderdb.ExchangeReader, id orderhub.OrderID, exchangeAt time.Time, taken bool) {
	key := markKey{r.ID, id}
	if taken && r.Passed(exchangeAt) {
		batch.Put(x.b, x.now, key, nil)
		return
	}
	m := &orderdb.ExchangeMark{Shop: r.Shop, Reader: r.ID, Order: id, ExchangeAt: exchangeAt, Taken: taken}
	x.b.OrderIDs.Keep(&m.Order)
	batch.Put(x.b, x.now, key, m)
}

// save stores the marks that have changed, of orders that are still there.
func (x *exchange) save(ctx context.Context, tx *store.ShopTx, records map[orderhub.OrderID]*record) error {
	var marks []orderdb.ExchangeMark
	gone := make(map[orderhub.ReaderID][]orderhub.OrderID)
	marking := make(map[orderhub.ReaderID]bool)
	for key, m := range x.now {
		switch {
		case records[key.order].now == nil: // purged, with its marks
		case m != nil:
			marks = append(marks, *m)
			marking[key.reader] = marking[key.reader] || m.Taken
		case x.stored[key] != nil:
			gone[key.reader] = append(gone[key.reader], key.order)
		}
	}
	if err := tx.SaveExchangeMarks(ctx, marks); err != nil {
		return err
	}
	for reader, orders := range gone {
		if err := tx.RemoveExchangeMarks(ctx, reader, orders); err != nil {
			return err
		}
	}
	for _, r := range x.readers {
		if !marking[r.ID] {
			continue
		}
		if err := tx.CompactExchange(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// showChange gives a changed order, before it takes the place of the one in its
// record, its time of the exchange. Readers are offered the order again when
// they see that it has changed (rule T35), but for the reader that has changed
// it itself and had taken it as it was. History is not offered.
func (s *set) showChange(r *record, now *orderhub.Order) error {
	old := r.now
	now.ExchangeAt = old.ExchangeAt
	if s.b.Backfill() || !shownByExchange(old, now) {
		return nil
	}
	now.ExchangeAt = now.UpdatedAt
	name := s.b.Actor().Reader
	if name == "" {
		return nil
	}
	reader, err := s.exchange.reader(name)
	if reader == nil {
		return err
	}
	m, err := s.exchange.mark(markKey{reader.ID, old.ID})
	if err == nil && reader.Taken(m, old) {
		s.exchange.set(reader, now.ID, now.ExchangeAt, true)
	}
	return err
}

// setMark sets the mark of the caller's reader, if there is one to set. It holds
// only if the reader has seen the order as it was before the present command,
// which had that time of the exchange. The event has no new version: it concerns
// the reader.
func (s *set) setMark(r *record, e *orderhub.Export, seen time.Time) error {
	if e == nil || !e.Holds(seen) {
		return nil
	}
	name := cmp.Or(s.b.Actor().Reader, orderhub.DefaultReader)
	reader, err := s.exchange.reader(name)
	if err != nil {
		return err
	}
	if reader == nil {
		return orderhub.Errorf(orderhub.NotFound, "no reader %s of the exchange", name)
	}
	o := r.now
	m, err := s.exchange.mark(markKey{reader.ID, o.ID})
	if err != nil || reader.Taken(m, o) == e.Taken {
		return err
	}
	s.exchange.set(reader, o.ID, o.ExchangeAt, e.Taken)
	event := &batch.Event{Event: orderhub.Event{Kind: orderhub.OrderExported, Order: o.ID, Customer: o.Customer, Version: o.Version,
		Changes: []orderhub.Change{orderhub.MarkChange(name, e.Taken)}}}
	s.b.OrderIDs.Keep(&event.Order)
	s.customers.IDs.Keep(&event.Customer)
	s.b.Record(event)
	return nil
}

// shownExtras is the dialect that speaks the exchange: of extras it shows its own.
const shownExtras = "usam"

// shownByExchange reports whether the exchange shows two states of an order
// differently: status, deletion, payment, contact, lines, documents, sums and
// texts. It does not show attributes, extras of other dialects, points and
// fulfilment.
func shownByExchange(old, now *orderhub.Order) bool { return !same(asShown(old), asShown(now)) }

// asShown is an order without what the exchange does not show.
func asShown(o *orderhub.Order) *orderhub.Order {
	x := snapshot(o)
	x.CreatedAt, x.StatusAt, x.Moves, x.Stage, x.Fulfilment = time.Time{}, time.Time{}, 0, 0, 0
	x.PaidWord, x.PaidSum, x.TotalGiven = 0, 0, false
	x.Attributes, x.Extras = nil, ownExtras(x.Extras)
	for i := range x.Lines {
		l := &x.Lines[i]
		l.Bonus, l.Returned, l.Image, l.Attributes, l.Extras = 0, 0, "", nil, ownExtras(l.Extras)
	}
	for i := range x.Payments {
		x.Payments[i].Extras = ownExtras(x.Payments[i].Extras)
	}
	for i := range x.Shipments {
		x.Shipments[i].Extras = ownExtras(x.Shipments[i].Extras)
	}
	for i := range x.Taxes {
		x.Taxes[i].Extras = ownExtras(x.Taxes[i].Extras)
	}
	return x
}

// ownExtras are those of the exchange's dialect, nil when there are none.
func ownExtras(e orderhub.Extras) orderhub.Extras {
	if len(e[shownExtras]) == 0 {
		return nil
	}
	return orderhub.Extras{shownExtras: e[shownExtras]}
}
