package ordering_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// eachTicking runs a test on every database, with a clock that goes on by a
// millisecond whenever somebody looks at it.
func eachTicking(t *testing.T, test func(t *desk)) {
	t.Helper()
	storetest.EachWith(t, func() func() time.Time {
		var looks atomic.Int64
		return func() time.Time { return storetest.Noon.Add(time.Duration(looks.Add(1)) * time.Millisecond) }
	}, func(t *testing.T, db *store.DB) { test(newDesk(t, db, "main")) })
}

// pulled is what accounting systems got to see, by order: how often its status
// had been set.
type pulled struct {
	sync.Mutex
	moves map[orderhub.OrderID]int
}

func (p *pulled) see(o *orderhub.Order) {
	p.Lock()
	defer p.Unlock()
	if last, seen := p.moves[o.ID]; !seen || o.Moves > last {
		p.moves[o.ID] = o.Moves
	}
}

// exchange takes one page of what is to be taken and marks it, as a system
// does that knows when it asked, and allows a transaction a while.
func (t *desk) exchange(ctx context.Context, p *pulled, allow time.Duration) (int, error) {
	at := t.db.Now().Add(-allow)
	page, err := t.s.List(ctx, t.shop, orderhub.OrderFilter{ToExport: true, Limit: 50, Sort: []orderhub.Sort{{Field: orderhub.SortID}}})
	if err != nil {
		return 0, err
	}
	var marks []ordering.Amendment
	for _, o := range page.Orders {
		p.see(o)
		marks = append(marks, ordering.Amendment{Ref: orderhub.OrderRef{ID: o.ID}, Change: takeAt(at)})
	}
	found, err := t.s.AmendAll(ctx, t.shop, marks)
	if err == nil && found != len(marks) {
		err = fmt.Errorf("%d of %d marks found their order", found, len(marks))
	}
	return found, err
}

// Two accounting systems pull and mark at once while orders come in and
// statuses change: none is lost.
func TestTwoWorkersPullAndMark(t *testing.T) {
	const before, placed, changed = 120, 60, 150
	eachTicking(t, func(t *desk) {
		plain := func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }
		var ids []orderhub.OrderID
		for i := range before {
			ids = append(ids, t.place(boots(fmt.Sprint("A-", i), plain)).ID)
		}
		p := &pulled{moves: make(map[orderhub.OrderID]int)}
		var busy atomic.Int32
		busy.Store(2)
		for i, err := range together(4, func(i int) error {
			switch i {
			case 0:
				defer busy.Add(-1)
				for n := range placed {
					if err := t.s.Place(t.Context(), t.shop, boots(fmt.Sprint("B-", n), plain)); err != nil {
						return err
					}
				}
				return nil
			case 1:
				defer busy.Add(-1)
				for n := range changed {
					ref := orderhub.OrderRef{ID: ids[n*7%len(ids)]}
					status := []string{"sending", "courier", "closed"}[n%3]
					if _, _, err := t.s.Amend(t.Context(), t.shop, ref, setTo(status), onlyKnown); err != nil {
						return err
					}
				}
				return nil
			default:
				for busy.Load() > 0 {
					if _, err := t.exchange(t.Context(), p, 300*time.Millisecond); err != nil {
						return err
					}
				}
				return nil
			}
		}) {
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		for n := -1; n != 0; { // what is left, now that it is quiet
			var err error
			if n, err = t.exchange(t.Context(), p, 0); err != nil {
				t.Fatal(err)
			}
		}
		t.wantAllPulled(p, before+placed)
	})
}

// wantAllPulled checks that each order is marked, was seen in the status that
// it has, and tells of as many marks as there were.
func (t *desk) wantAllPulled(p *pulled, n int) {
	t.Helper()
	page, err := t.s.List(t.Context(), t.shop, orderhub.OrderFilter{Limit: orderhub.MaxLimit})
	if err != nil || len(page.Orders) != n || t.toExport() != "" {
		t.Fatalf("%d orders, still to export %q, %v, want %d", len(page.Orders), t.toExport(), err, n)
	}
	for _, o := range page.Orders {
		if moves, seen := p.moves[o.ID]; !seen || moves != o.Moves {
			t.Errorf("order %s was pulled after %d moves (%v), it has made %d", o.Number, moves, seen, o.Moves)
		}
		marks, marked := 0, false
		for _, e := range t.events(o.ID) {
			for _, c := range e.Changes {
				switch {
				case e.Kind == orderhub.OrderExported && c.To == "true" && !marked:
					marked = true
					marks++
				case e.Kind == orderhub.OrderExported:
					t.Errorf("order %s tells of the mark %v when it is %v", o.Number, c, marked)
				case c.Field == "status":
					marked = false
				}
			}
		}
		if !marked || marks > o.Moves+1 {
			t.Errorf("order %s tells of %d marks, the last holds: %v; it has made %d moves", o.Number, marks, marked, o.Moves)
		}
	}
	t.wantSound()
}

// Two calls that meet in other sequences wait for each other and both get
// through, whatever they change.
func TestCallsInOtherSequencesGetThrough(t *testing.T) {
	each(t, func(t *desk) {
		var codes, ids []ordering.Amendment
		for i := range 40 {
			o := t.place(boots(fmt.Sprint("A-", i), func(o *orderhub.Order) {
				o.Code = fmt.Sprint("C-", i)
				o.Contact = orderhub.Contact{Email: fmt.Sprintf("p-%d@example.com", i*11%40)}
				o.Lines[0].Bonus = 3
			}))
			change := orderhub.OrderChange{Export: take.Export}
			switch i % 4 {
			case 1:
				change.Status = new("closed")
			case 2:
				change.Edit = pay(orderhub.PaymentPaid, "10")
			case 3:
				change.Buyer = &orderhub.CustomerRef{ExternalID: fmt.Sprint("x-", i%5)}
			}
			ids = append(ids, ordering.Amendment{Ref: orderhub.OrderRef{ID: o.ID}, Change: change})
			codes = append(codes, ordering.Amendment{Ref: orderhub.OrderRef{Code: o.Code}, Change: change})
		}
		slices.Reverse(codes)
		for i, err := range together(8, func(i int) error {
			found, err := t.s.AmendAll(t.Context(), t.shop, [][]ordering.Amendment{ids, codes}[i%2])
			if err == nil && found != 40 {
				err = fmt.Errorf("%d of 40 found", found)
			}
			return err
		}) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		if got := t.toExport(); got != "" {
			t.Errorf("to export is %q, want all taken", got)
		}
		t.wantSound()
	})
}

// Two changes of one call spend what both ask for, and calls that ask at once
// spend no more than there is.
func TestPointsOfManyChangesAreSpentOnce(t *testing.T) {
	each(t, func(t *desk) {
		first := t.place(boots("A-1", func(o *orderhub.Order) { o.Lines[0].Bonus, o.Status = 100, "closed" }))
		buyer := &orderhub.CustomerRef{ID: first.Customer}
		spend := func(points int64) orderhub.OrderChange { return orderhub.OrderChange{Buyer: buyer, Spend: &points} }
		spent := 0
		for _, err := range together(6, func(i int) error {
			o := boots(fmt.Sprint("B-", i))
			if err := t.s.Place(t.Context(), t.shop, o); err != nil {
				return err
			}
			_, err := t.s.AmendAll(t.Context(), t.shop, amendments(o.ID, spend(30), spend(60))) // 60 in all
			return err
		}) {
			if err == nil {
				spent++
				continue
			}
			t.wantKind(err, orderhub.Invalid, "orders[1].bonuses")
		}
		if spent != 1 {
			t.Errorf("%d calls spent 60 of 100 points, want 1", spent)
		}
		t.wantSound()
	})
}
