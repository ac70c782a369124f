package ordering_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

// A desk is where the orders of one shop are taken, and the test that watches.
type desk struct {
	*testing.T
	db   *store.DB
	s    *ordering.Service
	shop *orderhub.Shop
}

// each runs a test on every database, at the desk of a fresh shop.
func each(t *testing.T, test func(t *desk)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newDesk(t, db, "main")) })
}

func newDesk(t *testing.T, db *store.DB, name string, changes ...func(*orderhub.Shop)) *desk {
	t.Helper()
	s := &orderhub.Shop{Name: name, Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail, Statuses: orderhub.DefaultStatuses()}
	for _, change := range changes {
		change(s)
	}
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), s) })
	if err != nil {
		t.Fatalf("create shop %s: %v", name, err)
	}
	return &desk{t, db, &ordering.Service{DB: db}, s}
}

// other goes to the desk of another shop of the same store.
func (t *desk) other(changes ...func(*orderhub.Shop)) *desk {
	t.Helper()
	return newDesk(t.T, t.db, "other", changes...)
}

// boots is a valid order of one line.
func boots(number string, changes ...func(*orderhub.Order)) *orderhub.Order {
	o := &orderhub.Order{
		Number:  number,
		Contact: orderhub.Contact{Name: "Анна де Вриз", Email: "anna@example.com", Phone: "+7 912 000-11-22", Address: "Тверь, Садовая 1"},
		Lines:   []orderhub.Line{{Product: "45", Name: "Boots", Quantity: orderhub.Piece, Price: amount("6800")}},
	}
	for _, change := range changes {
		change(o)
	}
	return o
}

func amount(text string) money.Amount {
	a, err := money.Parse(text)
	if err != nil {
		panic(err)
	}
	return a
}

// details are attributes written as JSON.
func details(object string) orderhub.Attributes {
	a, err := orderhub.ParseAttributes([]byte(object))
	if err != nil {
		panic(err)
	}
	return a
}

func number(text string) orderhub.OrderRef { return orderhub.OrderRef{Number: text} }

func (t *desk) place(o *orderhub.Order) *orderhub.Order {
	t.Helper()
	if err := t.s.Place(t.Context(), t.shop, o); err != nil {
		t.Fatalf("Place %s: %v", o.Number, err)
	}
	return o
}

var (
	onlyNew   = orderhub.Mode{New: true}
	onlyKnown = orderhub.Mode{Existing: true}
	either    = orderhub.Mode{New: true, Existing: true}
)

func (t *desk) amend(text string, c orderhub.OrderChange) *orderhub.Order {
	t.Helper()
	o, _, err := t.s.Amend(t.Context(), t.shop, number(text), c, either)
	if err != nil {
		t.Fatalf("Amend %s: %v", text, err)
	}
	return o
}

func (t *desk) find(text string) *orderhub.Order {
	t.Helper()
	o, err := t.s.Find(t.Context(), t.shop, number(text))
	if err != nil {
		t.Fatalf("Find %s: %v", text, err)
	}
	return o
}

func (t *desk) delete(text string) *orderhub.Order {
	t.Helper()
	o, err := t.s.Delete(t.Context(), t.shop, number(text))
	if err != nil {
		t.Fatalf("Delete %s: %v", text, err)
	}
	return o
}

func (t *desk) customer(id orderhub.CustomerID) *orderhub.Customer {
	t.Helper()
	var c *orderhub.Customer
	err := t.db.View(t.Context(), func(tx *store.Tx) (err error) {
		c, err = tx.Shop(t.shop.ID).Customer(t.Context(), id)
		return err
	})
	if err != nil {
		t.Fatalf("customer %d: %v", id, err)
	}
	return c
}

// events are what happened to an order, the oldest first.
func (t *desk) events(id orderhub.OrderID) []orderhub.Event {
	t.Helper()
	var all []orderhub.Event
	err := t.db.View(t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Shop(t.shop.ID).OrderEvents(t.Context(), id)
		return err
	})
	if err != nil {
		t.Fatalf("events of order %d: %v", id, err)
	}
	return all
}

func (t *desk) wantEvents(id orderhub.OrderID, want ...orderhub.EventKind) {
	t.Helper()
	var got []orderhub.EventKind
	for _, e := range t.events(id) {
		got = append(got, e.Kind)
	}
	if diff := cmp.Diff(want, got, alike...); diff != "" {
		t.Errorf("events of order %d (-want +got):\n%s", id, diff)
	}
}

func (t *desk) count() store.Counts {
	t.Helper()
	c, err := t.db.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// storesNothing checks that an act leaves no order, customer or event.
func (t *desk) storesNothing(act func()) {
	t.Helper()
	before := t.count()
	act()
	if after := t.count(); after != before {
		t.Errorf("the store holds %+v, want %+v as before", after, before)
	}
}

// wantKind checks what sort of error came, and of which field.
func (t *desk) wantKind(err error, kind orderhub.Kind, field string) {
	t.Helper()
	all := orderhub.All(err)
	if len(all) != 1 || all[0].Kind != kind || all[0].Field != field {
		t.Errorf("error %v, want one of kind %d of the field %q", err, kind, field)
	}
}

// wantSame compares orders as a reader sees them.
func (t *desk) wantSame(got, want *orderhub.Order) {
	t.Helper()
	if diff := cmp.Diff(want, got, alike...); diff != "" {
		t.Errorf("order %s (-want +got):\n%s", want.Number, diff)
	}
}

// alike compares what commands make of records, whatever number of events that
// took: versions, the highest number of a part and the microseconds by which
// changes of one moment follow each other are tested by themselves.
var alike = []cmp.Option{
	cmpopts.EquateEmpty(),
	cmpopts.EquateApproxTime(time.Millisecond),
	cmpopts.IgnoreFields(orderhub.Order{}, "Version", "LastPart", "ExchangeAt"),
	cmpopts.IgnoreFields(orderhub.Customer{}, "Version"),
	cmpopts.IgnoreFields(orderhub.Event{}, "Version", "CustomerMade"),
}

// wantSound lets the store look for damage.
func (t *desk) wantSound() {
	t.Helper()
	if findings, err := t.db.Check(context.WithoutCancel(t.Context())); err != nil || len(findings) > 0 {
		t.Errorf("the store is not sound: %q, %v", findings, err)
	}
}
