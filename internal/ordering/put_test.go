package ordering_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

var (
	add          = orderhub.Mode{New: true}
	addOrReplace = orderhub.Mode{New: true, Existing: true}
	replace      = orderhub.Mode{Existing: true}
)

// whole is an order as its sender knows it whole.
func whole(number string, change ...func(*ordering.Entry)) ordering.Entry {
	e := ordering.Entry{Order: &orderhub.Order{
		Number: number, PlacedAt: storetest.Noon, Contact: orderhub.Contact{Email: number + "@example.com"},
		Lines: []orderhub.Line{{Product: "1", Name: "Lamp", Price: 100_000, Quantity: orderhub.Piece}},
	}}
	for _, c := range change {
		c(&e)
	}
	return e
}

func at(stage orderhub.Stage) func(*ordering.Entry) {
	return func(e *ordering.Entry) { e.Stage = &stage }
}

func (d *desk) put(mode orderhub.Mode, entries ...ordering.Entry) error {
	return d.s.PutAll(d.Context(), d.shop, entries, mode)
}

func (d *desk) found(number string) *orderhub.Order {
	d.Helper()
	o, err := d.s.Find(d.Context(), d.shop, orderhub.OrderRef{Number: number})
	if err != nil {
		d.Fatal(err)
	}
	return o
}

// A replaced order keeps who it is and what only others can say; all else is
// as it was sent last.
func TestReplacedOrderLosesWhatIsNotSentAgain(t *testing.T) {
	each(t, func(d *desk) {
		full := sample.Order(func(o *orderhub.Order) {
			o.Number, o.Extras = "A", orderhub.Extras{"ecdp": {{Name: "websiteId", Value: []byte("2")}}, "usam": {{Name: "x", Value: []byte("1")}}}
			o.Lines = []orderhub.Line{{Product: "9", Name: "Chair", Price: 50_000, Quantity: 2 * orderhub.Piece}, {Product: "8", Name: "Table", Price: 90_000, Quantity: orderhub.Piece}}
			o.Attributes = orderhub.Attributes{{Name: "gift", Value: []byte("true")}}
		})
		if err := d.s.Place(d.Context(), d.shop, full); err != nil {
			d.Fatal(err)
		}
		before := d.found("A")
		e := whole("A", func(e *ordering.Entry) { e.Order.Extras = orderhub.Extras{"ecdp": {}} })
		if err := d.put(replace, e); err != nil {
			d.Fatal(err)
		}
		now := d.found("A")
		want := *before
		want.PlacedAt, want.UpdatedAt, want.Lines, want.Attributes, want.Total, want.TotalGiven, want.Customer = now.PlacedAt, now.UpdatedAt, now.Lines, nil, now.Total, false, now.Customer
		want.Contact.Name, want.Contact.Email, want.Contact.Phone = "", "A@example.com", "" // the name was another buyer's
		want.Extras = orderhub.Extras{"usam": before.Extras["usam"]}
		want.Currency = d.shop.Currency
		if diff := cmp.Diff(&want, now, alike...); diff != "" {
			d.Errorf("order A (-want +got):\n%s", diff)
		}
		if len(now.Lines) != 1 || now.Lines[0].Product != "1" || now.Lines[0].No <= before.Lines[1].No {
			d.Errorf("lines = %+v, want the one that was sent, with a number that was never used", now.Lines)
		}
		if now.Customer == before.Customer {
			d.Errorf("the order is still linked to customer %d, but another has bought it", now.Customer)
		}
		if err := d.put(addOrReplace, whole("A", func(e *ordering.Entry) { e.Order.Extras = orderhub.Extras{"ecdp": {}} })); err != nil {
			d.Fatal(err)
		}
		d.wantEvents(now.ID, orderhub.OrderPlaced, orderhub.OrderChanged) // the same again is told as nothing
	})
}

// Every step from stage to stage, as an entry and as a call of its own, and
// what it does to the payment state.
func TestStages(t *testing.T) {
	each(t, func(d *desk) {
		stages := []orderhub.Stage{orderhub.StagePlaced, orderhub.StagePaid, orderhub.StageCompleted, orderhub.StageCanceled}
		for _, from := range stages {
			for _, to := range stages {
				for _, way := range []string{"put", "advance"} {
					number := fmt.Sprint(from, "-", to, " ", way)
					if err := d.put(add, whole(number, at(from))); err != nil {
						d.Fatal(err)
					}
					var err error
					if way == "put" {
						err = d.put(replace, whole(number, at(to)))
					} else {
						_, err = d.s.Advance(d.Context(), d.shop, orderhub.OrderRef{Number: number}, to, nil)
					}
					o := d.found(number)
					pays := func(s orderhub.Stage) bool { return s == orderhub.StagePaid || s == orderhub.StageCompleted }
					paid := pays(to) || pays(from) && to == orderhub.StageCanceled
					if err != nil || o.Stage != to || o.Status != orderhub.StatusOf(to) || (o.Payment == orderhub.Paid) != paid || o.PaidAt.IsZero() == paid {
						d.Errorf("%s: %v, %s, payment %s at %v, %v; want paid %v", number, o.Stage, o.Status, o.Payment, o.PaidAt, err, paid)
					}
				}
			}
		}
		// Without a stage, nothing moves.
		if err := d.put(replace, whole("paid-completed put")); err != nil || d.found("paid-completed put").Stage != orderhub.StageCompleted {
			d.Errorf("no stage: %v, %v", d.found("paid-completed put").Stage, err)
		}
		// An order that is at the stage keeps its own status.
		if err := d.s.Place(d.Context(), d.shop, sample.Order(func(o *orderhub.Order) { o.Number, o.Status = "own", "sending" })); err != nil {
			d.Fatal(err)
		}
		if err := d.put(replace, whole("own", at(orderhub.StagePlaced))); err != nil || d.found("own").Status != "sending" {
			d.Errorf("the status is %s, %v, want sending", d.found("own").Status, err)
		}
	})
}

func TestPutAllSaysAllThatIsWrong(t *testing.T) {
	each(t, func(d *desk) {
		if err := d.put(add, whole("there")); err != nil {
			d.Fatal(err)
		}
		free := func(e *ordering.Entry) { e.Order.Lines[0].Quantity = 0 }
		for _, tt := range []struct {
			mode    orderhub.Mode
			entries []ordering.Entry
			want    []string
		}{
			{add, []ordering.Entry{whole("there"), whole("new"), whole("there2")}, []string{"orders[0].number is already taken"}},
			{replace, []ordering.Entry{whole("x"), whole("there"), whole("y")}, []string{"orders[0].number is unknown", "orders[2].number is unknown"}},
			{addOrReplace, []ordering.Entry{whole("x"), whole("there"), whole("x"), whole("", free)}, []string{
				"orders[2].number is already taken", "orders[3].number can't be blank", "orders[3].lines[0].quantity must be more than zero"}},
		} {
			before, _ := d.s.DB.Count(d.Context())
			var got []string
			for _, e := range orderhub.All(d.put(tt.mode, tt.entries...)) {
				got = append(got, e.Error())
			}
			if diff := cmp.Diff(tt.want, got, alike...); diff != "" {
				d.Errorf("faults (-want +got):\n%s", diff)
			}
			if after, err := d.s.DB.Count(d.Context()); err != nil || after != before {
				d.Errorf("stored = %+v, %v, want %+v as before", after, err, before)
			}
		}
	})
}

// The buyer is found by the id in the shop's own system, and what it agreed to
// is kept.
func TestBuyerByExternalIDAndItsConsents(t *testing.T) {
	each(t, func(d *desk) {
		known := func(state orderhub.ConsentState) func(*ordering.Entry) {
			return func(e *ordering.Entry) {
				e.Order.Buyer.ExternalID = "K-1"
				e.Consents = []orderhub.Consent{{ID: "3", State: state}}
			}
		}
		if err := d.put(add, whole("A", known(orderhub.Given)), whole("B", known(orderhub.Refused)), whole("C")); err != nil {
			d.Fatal(err)
		}
		_, a, err := d.s.FindWithCustomer(d.Context(), d.shop, orderhub.OrderRef{Number: "A"})
		if err != nil || a.ExternalID != "K-1" || a.Email != "A@example.com" || !slices.Equal(a.Consents, []orderhub.Consent{{ID: "3", State: orderhub.Refused}}) {
			d.Errorf("the customer of A is %+v, %v", a, err)
		}
		if b := d.found("B"); b.Customer == 0 || b.Customer == d.found("C").Customer {
			d.Errorf("B is of customer %d, C of %d", b.Customer, d.found("C").Customer)
		}
	})
}

// Batches with the same orders in other sequences wait for each other, but
// never in a circle: of new orders of new customers, of new orders of customers
// who are known, and of orders that are there.
func TestBatchesNeverWaitInACircle(t *testing.T) {
	each(t, func(d *desk) {
		random := rand.New(rand.NewPCG(1, 2))
		for _, round := range []string{"A", "B", "B"} {
			var batches [][]ordering.Entry
			for range 8 {
				var batch []ordering.Entry
				for _, i := range random.Perm(200) {
					batch = append(batch, whole(fmt.Sprint(round, i), func(e *ordering.Entry) {
						e.Order.Contact.Email = fmt.Sprintf("c%d@example.com", i)
						e.Order.Note = fmt.Sprint("note ", len(batches), " ", len(batch))
						e.Order.Total, e.Order.TotalGiven = money.Amount(len(batches)*1_000+len(batch)+1), true
						e.Consents = []orderhub.Consent{{ID: "1", State: orderhub.ConsentState(len(batches) % 2)}}
					}))
				}
				batches = append(batches, batch)
			}
			var all sync.WaitGroup
			for _, batch := range batches {
				all.Go(func() {
					if err := d.put(addOrReplace, batch...); err != nil {
						d.Error(err)
					}
				})
			}
			all.Wait()
		}
		if n, err := d.db.Count(d.Context()); err != nil || n.Orders != 400 || n.Customers != 200 {
			d.Errorf("stored = %+v, %v; want 400 orders of 200 customers", n, err)
		}
		if n := storetest.Deadlocks(d.T, d.db); n != 0 {
			d.Errorf("the database had to break %d circles", n)
		}
	})
}
