package ordering

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// A set holds the orders of a batch: those that were read, as they are by now,
// and those that were made.
type set struct {
	b         *batch.Batch
	customers *customers.Set
	ledger    *loyalty.Ledger
	exchange  *exchange

	records  map[orderhub.OrderID]*record
	made     []*record                       // in the sequence of making
	byKey    map[orderKey][]orderhub.OrderID // as stored, the youngest first; no entry: not read
	renamed  map[orderKey][]orderhub.OrderID // orders that have got a key in this batch
	counters map[string]*counter
	events   map[orderhub.OrderID][]orderhub.Event // as stored

	wantIDs    []orderhub.OrderID
	wantKeys   map[orderdb.OrderKey][]string
	wantEvents []orderhub.OrderID
	wantLinked bool // the customers of orders, too

	ofCustomer map[orderhub.CustomerID][]orderhub.OrderID // as stored, at most maxRelinked; no entry: not read
	wantOf     []orderhub.CustomerID

	names     map[string]string // of products, by the id that the shop gave; "" when there is none; no entry: not read
	wantNames []string
}

// An orderKey is one way to name an order.
type orderKey struct {
	kind  orderdb.OrderKey
	value string
}

// A record is one order: as it is stored, and as it is by now.
type record struct {
	old  *orderhub.Order // nil for one that is made
	now  *orderhub.Order // nil when it was not there, or is gone for good
	last *orderhub.Order // before it went for good
}

// A counter is the last number of a kind that was made for the shop.
type counter struct{ read, stored, last int64 }

type setKey struct{}

// in is the batch's set of orders.
func in(b *batch.Batch) *set {
	return batch.Join(b, setKey{}, func(b *batch.Batch) *set {
		s := &set{
			b: b, customers: customers.In(b), ledger: loyalty.In(b), exchange: newExchange(b),
			records:  make(map[orderhub.OrderID]*record),
			byKey:    make(map[orderKey][]orderhub.OrderID),
			renamed:  make(map[orderKey][]orderhub.OrderID),
			counters: make(map[string]*counter),
			events:   make(map[orderhub.OrderID][]orderhub.Event),
			wantKeys: make(map[orderdb.OrderKey][]string), names: make(map[string]string),
			ofCustomer: make(map[orderhub.CustomerID][]orderhub.OrderID),
		}
		return s
	})
}

// ask asks for the orders that a reference may mean.
func (s *set) ask(ref orderhub.OrderRef) {
	s.askKey(orderdb.ByNumber, ref.Number)
	if ref.ID > 0 {
		s.wantIDs = append(s.wantIDs, ref.ID)
	}
	s.askKey(orderdb.ByCode, ref.Code)
	s.askKey(orderdb.ByPayment, ref.Payment)
}

func (s *set) askKey(kind orderdb.OrderKey, value string) {
	if value != "" && orderhub.Storable(value) {
		s.wantKeys[kind] = append(s.wantKeys[kind], value)
	}
}

// Read reads the keys and customers that were asked for, then the orders.
func (s *set) Read(ctx context.Context, tx *store.ShopTx) (bool, error) {
	read, err := s.readKeys(ctx, tx)
	if err != nil {
		return false, err
	}
	if len(s.wantOf) > 0 {
		read = true
		if err := s.readCustomers(ctx, tx); err != nil {
			return false, err
		}
	}
	ids := slices.DeleteFunc(s.wantIDs, func(id orderhub.OrderID) bool { return id <= 0 || s.records[id] != nil })
	s.wantIDs = nil
	if len(ids) > 0 {
		read = true
		if err := s.readOrders(ctx, tx, ids); err != nil {
			return false, err
		}
	}
	if marks, err := s.exchange.read(ctx, tx, ids); err != nil {
		return false, err
	} else if marks {
		read = true
	}
	if wanted := s.wantEvents; len(wanted) > 0 {
		read, s.wantEvents = true, nil
		found, err := tx.EventsOfOrders(ctx, wanted)
		if err != nil {
			return false, err
		}
		for _, id := range wanted {
			s.events[id] = found[id]
		}
	}
	if wanted := s.wantNames; len(wanted) > 0 {
		read, s.wantNames = true, nil
		if err := s.readNames(ctx, tx, wanted); err != nil {
			return false, err
		}
	}
	for name, c := range s.counters {
		if c.read != 0 {
			continue
		}
		read = true
		if c.stored, err = tx.Counter(ctx, name); err != nil {
			return false, err
		}
		c.read, c.last = 1, c.stored
	}
	return read, nil
}

func (s *set) readKeys(ctx context.Context, tx *store.ShopTx) (read bool, err error) {
	for kind, values := range s.wantKeys {
		values = slices.DeleteFunc(values, func(value string) bool {
			_, known := s.byKey[orderKey{kind, value}]
			return known
		})
		delete(s.wantKeys, kind)
		if len(values) == 0 {
			continue
		}
		slices.Sort(values)
		values = slices.Compact(values)
		found, err := tx.OrderIDsBy(ctx, kind, values)
		if err != nil {
			return false, err
		}
		read = true
		for _, value := range values {
			ids := found[value]
			s.byKey[orderKey{kind, value}] = ids
			if len(ids) > 0 { // of several orders the youngest is meant
				s.wantIDs = append(s.wantIDs, ids[0])
			}
		}
	}
	return read, nil
}

func (s *set) readNames(ctx context.Context, tx *store.ShopTx, products []string) error {
	slices.Sort(products)
	found, err := tx.ProductsByExternalID(ctx, slices.Compact(products))
	if err != nil {
		return err
	}
	for _, id := range products {
		s.names[id] = ""
	}
	for _, p := range found {
		s.names[p.ExternalID] = p.Name
	}
	return nil
}

func (s *set) readOrders(ctx context.Context, tx *store.ShopTx, ids []orderhub.OrderID) error {
	found, err := tx.OrdersByIDs(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		o := found[id]
		if o != nil {
			o.ResolvePaymentWord()
		}
		r := &record{old: o, now: o}
		s.records[id] = r
		if o != nil && s.wantLinked {
			s.customers.AskID(o.Customer)
		}
	}
	return nil
}

// get is an order by its ID, nil when there is none.
func (s *set) get(id orderhub.OrderID) (*record, error) {
	if id == 0 {
		return nil, nil
	}
	r := s.records[id]
	if r == nil {
		s.wantIDs = append(s.wantIDs, id)
		return nil, batch.ErrMore
	}
	if r.now == nil {
		return nil, nil
	}
	return r, nil
}

// find is the order that a reference means, nil when there is none.
func (s *set) find(ref orderhub.OrderRef) (*record, error) {
	for _, by := range []func() (*record, error){
		func() (*record, error) {
			return s.by(orderKey{orderdb.ByNumber, ref.Number}, false, func(o *orderhub.Order) bool { return o.Number == ref.Number })
		},
		func() (*record, error) {
			// Below 0 are new orders, which no caller can refer to by ID.
			r, err := s.get(max(0, ref.ID))
			if r != nil && !r.now.DeletedAt.IsZero() && !ref.Deleted {
				r = nil
			}
			return r, err
		},
		func() (*record, error) {
			return s.by(orderKey{orderdb.ByCode, ref.Code}, ref.Deleted, func(o *orderhub.Order) bool { return o.Code == ref.Code })
		},
		func() (*record, error) {
			return s.by(orderKey{orderdb.ByPayment, ref.Payment}, ref.Deleted, func(o *orderhub.Order) bool { return hasDocument(o, ref.Payment) })
		},
	} {
		if r, err := by(); r != nil || err != nil {
			return r, err
		}
	}
	return nil, nil
}

func hasDocument(o *orderhub.Order, number string) bool {
	return slices.ContainsFunc(o.Payments, func(p orderhub.Payment) bool { return p.Number == number })
}

// by is the youngest order that has a key by now, one that is not deleted
// before all others.
func (s *set) by(key orderKey, deleted bool, has func(*orderhub.Order) bool) (*record, error) {
	if key.value == "" || !orderhub.Storable(key.value) {
		return nil, nil
	}
	stored, read := s.byKey[key]
	if !read {
		s.wantKeys[key.kind] = append(s.wantKeys[key.kind], key.value)
		return nil, batch.ErrMore
	}
	var gone *record
	ids := stored
	if renamed := s.renamed[key]; len(renamed) > 0 {
		ids = slices.Concat(renamed, stored)
		slices.SortFunc(ids, younger)
	}
	for _, id := range ids {
		r, err := s.get(id)
		switch {
		case err != nil:
			return nil, err
		case r == nil || !has(r.now):
		case r.now.DeletedAt.IsZero():
			return r, nil
		case gone == nil && deleted:
			gone = r
		}
	}
	return gone, nil
}

// numberFree reports whether no order that is not deleted has a number.
func (s *set) numberFree(number string) (bool, error) {
	r, err := s.by(orderKey{orderdb.ByNumber, number}, false, func(o *orderhub.Order) bool { return o.Number == number })
	return r == nil, err
}

// replace makes another state of an order the present one.
func (s *set) replace(r *record, now *orderhub.Order) {
	old := r.now
	batch.Assign(s.b, &r.now, now)
	if now == nil {
		return
	}
	s.b.OrderIDs.Keep(&now.ID)
	s.customers.IDs.Keep(&now.Customer)
	if old == nil || old.Number != now.Number || !old.DeletedAt.Equal(now.DeletedAt) {
		s.rename(orderKey{orderdb.ByNumber, now.Number}, now.ID)
	}
	if now.Code != "" && (old == nil || old.Code != now.Code) {
		s.rename(orderKey{orderdb.ByCode, now.Code}, now.ID)
	}
	for _, p := range now.Payments {
		if p.Number != "" && (old == nil || !hasDocument(old, p.Number)) {
			s.rename(orderKey{orderdb.ByPayment, p.Number}, now.ID)
		}
	}
}

// rename notes that an order has got a key.
func (s *set) rename(key orderKey, id orderhub.OrderID) {
	batch.Put(s.b, s.renamed, key, append(slices.Clone(s.renamed[key]), id))
}

// younger sorts IDs by age, the youngest first: -2 was made after -1, and both
// after all that are stored.
func younger(a, b orderhub.OrderID) int {
	switch {
	case a < 0 && b < 0:
		return cmp.Compare(a, b)
	case a < 0:
		return -1
	case b < 0:
		return 1
	}
	return cmp.Compare(b, a)
}

// add puts a new order into the set and gives it its ID.
func (s *set) add(o *orderhub.Order) *record {
	o.ID = s.b.OrderIDs.New(s.b)
	r := new(record)
	batch.Put(s.b, s.records, o.ID, r)
	batch.Assign(s.b, &s.made, append(s.made, r))
	s.replace(r, o)
	return r
}

// next is the next number of a kind that is made for the shop.
func (s *set) next(kind string) (int64, error) {
	c := s.counters[kind]
	if c == nil || c.read == 0 {
		s.counters[kind] = new(counter)
		return 0, batch.ErrMore
	}
	batch.Assign(s.b, &c.last, c.last+1)
	return c.last, nil
}

// nextNumber is the shop's next order number that is free.
func (s *set) nextNumber() (string, error) {
	for {
		n, err := s.next("order")
		if err != nil {
			return "", err
		}
		number := fmt.Sprintf("%s%010d", s.b.Shop().NumberPrefix, n)
		if free, err := s.numberFree(number); free || err != nil {
			return number, err
		}
	}
}

// numberPayments gives payment documents without a number the next ones.
func (s *set) numberPayments(o *orderhub.Order) error {
	for i := range o.Payments {
		if o.Payments[i].Number != "" {
			continue
		}
		n, err := s.next("payment")
		if err != nil {
			return err
		}
		o.Payments[i].Number = fmt.Sprintf("PH%013d", n)
	}
	return nil
}
