package ordering_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
)

// An exchangeModel keeps in the plainest way what readers have still to take.
type exchangeModel struct {
	*desk
	random  *rand.Rand
	readers map[string][]string // the statuses that each is offered, nil for all
	open    map[string]map[orderhub.OrderID]bool
	orders  map[orderhub.OrderID]modelOrder
}

// A modelOrder is what the test changes of an order.
type modelOrder struct {
	status, note string
	deleted      bool
}

var modelStatuses = []string{"received", "sending", "closed"}

// Readers mark, unmark, change, delete and restore orders at random, one and
// many at once, and so do others. Each reader is offered what the model has. So
// many are marked that the marks are compacted again and again.
func TestReadersAgreeWithAPlainMap(t *testing.T) {
	for seed := range 2 {
		each(t, func(t *desk) {
			m := &exchangeModel{
				desk: t, random: rand.New(rand.NewPCG(uint64(seed), 12)), readers: make(map[string][]string),
				open: make(map[string]map[orderhub.OrderID]bool), orders: make(map[orderhub.OrderID]modelOrder),
			}
			m.readers[orderhub.DefaultReader], m.open[orderhub.DefaultReader] = nil, make(map[orderhub.OrderID]bool)
			for i := range 30 {
				switch {
				case i%12 == 0:
					m.placeMany(i)
				case i%15 == 10:
					m.addReader(fmt.Sprint("reader-", i))
				default:
					m.change()
				}
				if i%6 == 5 {
					m.compare(fmt.Sprintf("seed %d, step %d", seed, i))
				}
			}
			m.wantFewMarks()
			t.wantSound()
		})
	}
}

func (m *exchangeModel) placeMany(step int) {
	var all []*orderhub.Order
	for i := range 600 {
		all = append(all, boots(fmt.Sprintf("A-%d-%d", step, i), func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }))
	}
	if err := m.s.PlaceAll(m.Context(), m.shop, all); err != nil {
		m.Fatal(err)
	}
	for _, o := range all {
		m.orders[o.ID] = modelOrder{status: "received"}
		for _, open := range m.open {
			open[o.ID] = true
		}
	}
}

// addReader adds a reader from now on or from the beginning, of all statuses or
// of some.
func (m *exchangeModel) addReader(name string) {
	r := &orderhub.ExchangeReader{Name: name}
	if m.random.IntN(2) == 0 {
		r.Statuses = modelStatuses[:1+m.random.IntN(2)]
	}
	beginning := m.random.IntN(2) == 0
	if err := m.s.CreateReader(m.Context(), m.shop, r, beginning); err != nil {
		m.Fatal(err)
	}
	m.readers[name], m.open[name] = r.Statuses, make(map[orderhub.OrderID]bool)
	for id := range m.orders {
		m.open[name][id] = beginning
	}
}

// change lets a reader, or a program that is none, change some orders in one
// request.
func (m *exchangeModel) change() {
	names := append(slices.Sorted(maps.Keys(m.readers)), "")
	reader, ctx := names[m.random.IntN(len(names))], m.Context()
	if reader != "" {
		ctx = m.as(reader)
	}
	ids := slices.Sorted(maps.Keys(m.orders))
	m.random.Shuffle(len(ids), func(a, b int) { ids[a], ids[b] = ids[b], ids[a] })
	many := []int{1, 8, 900}[m.random.IntN(3)]
	var all []ordering.Amendment
	for _, id := range ids[:min(len(ids), many)] {
		c := m.anyChange()
		m.apply(reader, id, c)
		all = append(all, ordering.Amendment{Ref: removed(id), Change: c})
	}
	if found, err := m.s.AmendAll(ctx, m.shop, all); err != nil || found != len(all) {
		m.Fatalf("%d of %d found, %v", found, len(all), err)
	}
}

func (m *exchangeModel) anyChange() (c orderhub.OrderChange) {
	switch m.random.IntN(14) {
	case 0:
		c.Export = open.Export
	case 1:
		c.Status = &modelStatuses[m.random.IntN(3)]
	case 2:
		c.Note = new(fmt.Sprint(m.random.IntN(3)))
	case 3:
		c.Delete = true
	case 4:
		c.Note, c.Export = new(fmt.Sprint(m.random.IntN(3))), take.Export
	case 5:
		c.Attributes = details(fmt.Sprintf(`{"n":%d}`, m.random.Int()))
	default:
		c.Export = take.Export
	}
	return c
}

// apply is what a change means for an order and for the readers.
func (m *exchangeModel) apply(by string, id orderhub.OrderID, c orderhub.OrderChange) {
	was := m.orders[id]
	o := was
	if c.Status != nil {
		o.status, o.deleted = *c.Status, false
	}
	if c.Note != nil {
		o.note = *c.Note
	}
	o.deleted = o.deleted || c.Delete
	if m.orders[id] = o; o != was {
		for name, open := range m.open {
			open[id] = name != by || m.offered(name, id, was)
		}
	}
	if c.Export != nil {
		if by == "" {
			by = orderhub.DefaultReader
		}
		m.open[by][id] = !c.Export.Taken
	}
}

// offered reports whether a reader is offered an order of a status.
func (m *exchangeModel) offered(reader string, id orderhub.OrderID, o modelOrder) bool {
	statuses := m.readers[reader]
	return m.open[reader][id] && (statuses == nil || slices.Contains(statuses, o.status))
}

func (m *exchangeModel) compare(when string) {
	m.Helper()
	for name := range m.readers {
		want := make(map[orderhub.OrderID]bool)
		for id, o := range m.orders {
			if m.offered(name, id, o) {
				want[id] = o.deleted
			}
		}
		got := make(map[orderhub.OrderID]bool)
		total, orders, err := m.s.Walk(m.Context(), m.shop, "", orderhub.OrderFilter{ToExport: true, Reader: name}, orderhub.MaxPull)
		if err != nil {
			m.Fatal(err)
		}
		for o, err := range orders {
			if err != nil {
				m.Fatal(err)
			}
			got[o.ID] = !o.DeletedAt.IsZero()
		}
		if diff := cmp.Diff(want, got); diff != "" || total != len(want) {
			m.Fatalf("%s: reader %s is offered %d orders (-want +got):\n%s", when, name, total, diff)
		}
	}
}

// wantFewMarks checks that marks are compacted: a reader has some thousands at
// most, however many orders there are.
func (m *exchangeModel) wantFewMarks() {
	m.Helper()
	most := 0
	for name := range m.readers {
		most = max(most, m.marks(name))
	}
	if most > 3_000 {
		m.Errorf("a reader has %d rows of marks, want at most 3,000", most)
	}
}

// marks counts the rows that are stored of a reader's marks.
func (t *desk) marks(reader string) (n int) {
	t.Helper()
	err := t.db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select count(*) from exchange_marks m join exchange_readers r on r.reader_id = m.reader_id
			where r.shop_id = $1 and r.name = $2`, int64(t.shop.ID), reader)
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return rows.Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
