package ordering_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// moved runs a test on every database, at a desk whose clock the test moves.
func moved(t *testing.T, test func(t *desk, clock *storetest.Clock)) {
	t.Helper()
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) { test(newDesk(t, db, "main"), clock) })
}

var (
	take = orderhub.OrderChange{Export: &orderhub.Export{Taken: true}}
	open = orderhub.OrderChange{Export: &orderhub.Export{Taken: false}}
)

// takeAt is the mark of one who has read the order at a time.
func takeAt(at time.Time) orderhub.OrderChange {
	return orderhub.OrderChange{Export: &orderhub.Export{Taken: true, At: at}}
}

func setTo(status string) orderhub.OrderChange { return orderhub.OrderChange{Status: &status} }

// toExport are the numbers of the orders that are still to be taken.
func (t *desk) toExport() string {
	t.Helper()
	page, err := t.s.List(t.Context(), t.shop, orderhub.OrderFilter{ToExport: true, Limit: orderhub.MaxLimit, Sort: []orderhub.Sort{{Field: orderhub.SortID}}})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list(page.Orders), " ")
}

func (t *desk) isToExport(id orderhub.OrderID) bool {
	t.Helper()
	page, err := t.s.List(t.Context(), t.shop, orderhub.OrderFilter{ToExport: true, Among: []orderhub.OrderID{id}, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Orders) == 1
}

// amendAll changes orders that are all there, each by its number.
func (t *desk) amendAll(c orderhub.OrderChange, numbers ...string) {
	t.Helper()
	var all []ordering.Amendment
	for _, n := range numbers {
		all = append(all, ordering.Amendment{Ref: orderhub.OrderRef{ID: t.find(n).ID}, Change: c})
	}
	if found, err := t.s.AmendAll(t.Context(), t.shop, all); err != nil || found != len(numbers) {
		t.Fatalf("AmendAll found %d of %d, %v", found, len(numbers), err)
	}
}

// taken reports whether the reader accounting has taken an order as it is.
func (t *desk) taken(id orderhub.OrderID) bool {
	t.Helper()
	return t.markOf(id, orderhub.DefaultReader).Taken
}

// markOf is a reader's mark of an order.
func (t *desk) markOf(id orderhub.OrderID, reader string) orderhub.ExchangeMark {
	t.Helper()
	marks, err := t.s.Marks(t.Context(), t.shop, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range marks {
		if m.Reader == reader {
			return m
		}
	}
	t.Fatalf("no reader %s", reader)
	return orderhub.ExchangeMark{}
}

// as is a request of the key of a reader.
func (t *desk) as(reader string) context.Context {
	return orderhub.WithActor(t.Context(), orderhub.Actor{Door: "usam", Key: "key of " + reader, Reader: reader})
}

// The life of a mark. Each step is done to one order by Amend and to another
// by AmendAll, and every minute one. Steps are those of others unless the reader
// does them.
func TestMark(t *testing.T) {
	type step struct {
		name   string
		change orderhub.OrderChange
		own    bool
		taken  bool
	}
	minute := func(n int) time.Time { return storetest.Noon.Add(time.Duration(n)*time.Minute + time.Second) }
	with := func(c orderhub.OrderChange, export orderhub.OrderChange) orderhub.OrderChange {
		c.Export = export.Export
		return c
	}
	note := func(text string) orderhub.OrderChange { return orderhub.OrderChange{Note: &text} }
	extra := orderhub.OrderChange{Extras: orderhub.Extras{"aplaut": details(`{"x":1}`)}}
	tests := map[string][]step{
		"changed by others": {
			{"a note", note("a"), false, false}, {"taken", take, false, true}, {"its own status", setTo("received"), false, true},
			{"another dialect's extra", extra, false, true}, {"an attribute", orderhub.OrderChange{Attributes: details(`{"x":1}`)}, false, true},
			{"another note", note("b"), false, false}, {"the note as it was", note("a"), false, false}, {"taken", take, false, true},
			{"another status", setTo("sending"), false, false}, {"back", setTo("received"), false, false}, {"taken again", take, false, true},
			{"deleted", orderhub.OrderChange{Delete: true}, false, false}, {"taken as deleted", take, false, true},
			{"restored", setTo("received"), false, false},
		},
		"changed by the reader": {
			{"a code", orderhub.OrderChange{Code: new("1")}, true, false}, {"taken", take, true, true}, {"another code", orderhub.OrderChange{Code: new("2")}, true, true},
			{"a status", setTo("sending"), true, true}, {"another status, by others", setTo("closed"), false, false}, {"a note", note("a"), true, false},
			{"taken", take, true, true}, {"deleted", orderhub.OrderChange{Delete: true}, true, true}, {"restored", setTo("received"), true, true},
			{"opened", open, true, false}, {"a status", setTo("closed"), true, false},
		},
		"opened again":               {{"taken", take, false, true}, {"opened", open, false, false}, {"opened twice", open, false, false}, {"taken", take, false, true}},
		"opened before it was taken": {{"opened", open, false, false}},
		"taken in the new status": {
			{"both", with(setTo("closed"), take), false, true}, {"another", setTo("sending"), false, false}, {"both", with(setTo("closed"), take), false, true},
			{"both, from taken to taken", with(setTo("sending"), take), false, true}, {"opened with a status", with(setTo("closed"), open), false, false},
		},
		"read before the status was set": {
			{"set at 1", setTo("sending"), false, false}, {"read before", takeAt(minute(0)), false, false}, {"read then", takeAt(minute(1)), false, true},
			{"set at 4", setTo("closed"), false, false}, {"read at 3", takeAt(minute(3)), false, false}, {"read at 5", takeAt(minute(5)), false, true},
		},
		"set with a mark as read before": {{"both, read before", with(setTo("closed"), takeAt(minute(0))), true, true}, {"both, read long before", with(setTo("sending"), takeAt(minute(-3))), true, true}},
		"a mark that comes too late takes none away": {
			{"taken", take, false, true}, {"taken, as read long ago", takeAt(minute(-5)), false, true},
		},
	}
	for name, steps := range tests {
		moved(t, func(t *desk, clock *storetest.Clock) {
			one, all := t.place(boots(name+", one")), t.place(boots(name+", of many"))
			for i, step := range steps {
				clock.Offset = time.Duration(i+1) * time.Minute
				ctx := t.Context()
				if step.own {
					ctx = t.as(orderhub.DefaultReader)
				}
				before, _, err := t.s.Amend(t.Context(), t.shop, removed(one.ID), orderhub.OrderChange{}, onlyKnown)
				if err != nil {
					t.Fatal(err)
				}
				after, _, err := t.s.Amend(ctx, t.shop, removed(one.ID), step.change, onlyKnown)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := t.s.AmendAll(ctx, t.shop, []ordering.Amendment{{Ref: removed(all.ID), Change: step.change}}); err != nil {
					t.Fatal(err)
				}
				for _, id := range []orderhub.OrderID{one.ID, all.ID} {
					if taken, listed := t.taken(id), t.isToExport(id); taken != step.taken || listed == step.taken {
						t.Errorf("%s, order %d, step %d (%s): taken %v, listed %v, want taken %v", name, id, i+1, step.name, taken, listed, step.taken)
					}
				}
				mark := step.change
				mark.Export = nil
				if reflect.ValueOf(mark).IsZero() && (!after.UpdatedAt.Equal(before.UpdatedAt) || after.Version != before.Version) {
					t.Errorf("%s, step %d (%s): a mark changed the order: version %d of %v", name, i+1, step.name, after.Version, after.UpdatedAt)
				}
			}
			t.wantSound()
		})
	}
}

// What tells of a mark is what changed it.
func TestMarkIsAnEventOnce(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("A-1"))
		want := []orderhub.EventKind{orderhub.OrderPlaced}
		for i, step := range []struct {
			change   orderhub.OrderChange
			from, to string // of the mark; "" when it has no event
			changed  bool
			taken    bool
		}{
			{open, "", "", false, false},
			{take, "false", "true", false, true},
			{take, "", "", false, true},
			{open, "true", "false", false, false},
			{open, "", "", false, false},
			{take, "false", "true", false, true},
			{setTo("sending"), "", "", true, false}, // which says it all
			{orderhub.OrderChange{Status: new("closed"), Export: take.Export}, "false", "true", true, true},
			{orderhub.OrderChange{Status: new("sending"), Export: take.Export}, "false", "true", true, true},
			{orderhub.OrderChange{Status: new("closed"), Export: open.Export}, "", "", true, false},
		} {
			t.amend("A-1", step.change)
			if step.changed {
				want = append(want, orderhub.OrderChanged)
			}
			if step.to != "" {
				want = append(want, orderhub.OrderExported)
			}
			t.wantEvents(o.ID, want...)
			all := t.events(o.ID)
			last := all[len(all)-1]
			if diff := cmp.Diff([]orderhub.Change{{Field: "exported.accounting", From: step.from, To: step.to}}, last.Changes); step.to != "" && diff != "" {
				t.Errorf("step %d tells (-want +got):\n%s", i+1, diff)
			}
			if m := t.markOf(o.ID, orderhub.DefaultReader); m.Taken != step.taken {
				t.Errorf("step %d: taken %v, want %v", i+1, m.Taken, step.taken)
			} else if step.to != "" && (m.At.IsZero() || !m.At.Equal(last.At)) {
				t.Errorf("step %d: marked at %v, want %v", i+1, m.At, last.At)
			}
		}
	})
}

// A status takes the mark away through whatever door it comes.
func TestStatusOfAnyDoorTakesTheMarkAway(t *testing.T) {
	whole := func(number string, status string) ordering.Entry {
		return ordering.Entry{Order: boots(number, func(o *orderhub.Order) { o.Status = status })}
	}
	staged := whole("A-1", "")
	staged.Stage = new(orderhub.StageCompleted)
	acts := map[string]func(t *desk) error{
		"a partial change": func(t *desk) error {
			_, _, err := t.s.Amend(t.Context(), t.shop, number("A-1"), setTo("closed"), either)
			return err
		},
		"a whole order": func(t *desk) error {
			return t.s.PutAll(t.Context(), t.shop, []ordering.Entry{whole("A-1", "closed")}, either)
		},
		"a stage of a whole order": func(t *desk) error { return t.s.PutAll(t.Context(), t.shop, []ordering.Entry{staged}, either) },
		"a stage": func(t *desk) error {
			_, err := t.s.Advance(t.Context(), t.shop, number("A-1"), orderhub.StageCompleted, nil)
			return err
		},
	}
	for name, act := range acts {
		each(t, func(t *desk) {
			t.place(boots("A-1"))
			t.amendAll(take, "A-1")
			if got := t.toExport(); got != "" {
				t.Fatalf("%s: to export is %q though it was taken", name, got)
			}
			if err := act(t); err != nil {
				t.Fatal(err)
			}
			if o := t.find("A-1"); o.Status != "closed" || o.Moves != 1 || t.toExport() != "A-1" {
				t.Errorf("%s: status %s, %d moves, to export %q; want it closed and to be taken", name, o.Status, o.Moves, t.toExport())
			}
		})
	}
}

// A change that comes after a mark has the later time, whatever the clock says.
func TestChangeOfAnOlderClockIsOffered(t *testing.T) {
	moved(t, func(t *desk, clock *storetest.Clock) {
		t.place(boots("A-1"))
		clock.Offset = time.Hour
		t.amend("A-1", take)
		t.amend("A-1", setTo("sending")) // of the same instant
		if got := t.toExport(); got != "A-1" {
			t.Errorf("to export is %q, want A-1: the status came after the mark", got)
		}
		clock.Offset = 30 * time.Minute // a clock may go back
		t.amend("A-1", take)
		t.amend("A-1", setTo("closed"))
		if got := t.toExport(); got != "A-1" {
			t.Errorf("to export is %q, want A-1: the status came after the mark, by an older clock", got)
		}
	})
}

func TestAmendAllPassesOverWhatIsNotThere(t *testing.T) {
	each(t, func(t *desk) {
		there := t.other()
		foreign := there.place(boots("B-1", func(o *orderhub.Order) { o.Code = "УТ-9" }))
		for _, n := range []string{"A-1", "A-2", "A-3", "A-4"} {
			t.place(boots(n, func(o *orderhub.Order) { o.Code = "УТ-" + n[:1] }))
		}
		gone := t.delete("A-4")
		all := []ordering.Amendment{
			{Ref: orderhub.OrderRef{ID: foreign.ID}, Change: take},
			{Ref: orderhub.OrderRef{Code: "УТ-9"}, Change: take},
			{Ref: orderhub.OrderRef{ID: gone.ID}, Change: setTo("no such status")}, // which is not looked at
			{Ref: orderhub.OrderRef{ID: 1 << 60}, Change: take},
			{Ref: orderhub.OrderRef{}, Change: take},
			{Ref: orderhub.OrderRef{Code: "УТ-A"}, Change: take}, // A-3 is the youngest of three
			{Ref: orderhub.OrderRef{ID: t.find("A-1").ID}, Change: take},
			{Ref: orderhub.OrderRef{ID: t.find("A-1").ID}, Change: orderhub.OrderChange{Note: new("first"), Code: new("УТ-1")}},
			{Ref: orderhub.OrderRef{ID: t.find("A-1").ID}, Change: orderhub.OrderChange{Note: new("second")}},
		}
		found, err := t.s.AmendAll(t.Context(), t.shop, all)
		if err != nil || found != 4 {
			t.Errorf("found %d, %v, want 4", found, err)
		}
		if got := t.toExport(); got != "A-1 A-2 A-4" { // A-1 was changed after its mark, A-4 is offered as deleted
			t.Errorf("to export is %q, want A-1 A-2 A-4", got)
		}
		o := t.find("A-1")
		if o.Note != "second" || o.Code != "УТ-1" {
			t.Errorf("what is changed twice has note %q, code %q; want all of both", o.Note, o.Code)
		}
		t.wantEvents(o.ID, orderhub.OrderPlaced, orderhub.OrderExported, orderhub.OrderChanged, orderhub.OrderChanged)
		if got := there.toExport(); got != "B-1" {
			t.Errorf("another shop's list is %q, want B-1", got)
		}
		if found, err := t.s.AmendAll(t.Context(), t.shop, nil); found != 0 || err != nil {
			t.Errorf("no amendments find %d, %v", found, err)
		}
		_, err = t.s.AmendAll(t.Context(), t.shop, make([]ordering.Amendment, ordering.MaxAmendments+1))
		t.wantKind(err, orderhub.Invalid, "orders")
		t.wantSound()
	})
}

func TestAmendAllIsAllOrNothing(t *testing.T) {
	each(t, func(t *desk) {
		c := t.place(boots("A-1")).Customer
		t.place(boots("A-2"))
		t.place(boots("A-3"))
		to := func(n string, c orderhub.OrderChange) ordering.Amendment {
			return ordering.Amendment{Ref: orderhub.OrderRef{ID: t.find(n).ID}, Change: c}
		}
		mine := &orderhub.CustomerRef{ID: c}
		wrong := func(_, o *orderhub.Order) error { return orderhub.Wrong("payments[0].sum", "is not a sum") }
		for name, tt := range map[string]struct {
			all    []ordering.Amendment
			fields []string
		}{
			"several faults": {[]ordering.Amendment{
				to("A-1", orderhub.OrderChange{Note: new("fine")}),
				to("A-2", orderhub.OrderChange{Status: new("?"), Note: new("\x00"), Edit: wrong}),
				{Ref: orderhub.OrderRef{ID: 1 << 60}, Change: setTo("?")},
				to("A-3", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{{Name: "Nothing"}})}),
				to("A-1", setTo("")),
			}, []string{"orders[1].payments[0].sum", "orders[1].status", "orders[1].note", "orders[3].lines[0].quantity", "orders[4].status"}},
			"each once": {[]ordering.Amendment{to("A-1", orderhub.OrderChange{Note: new("\x00"), Edit: pay(orderhub.PaymentPaid, "5")})},
				[]string{"orders[0].note"}},
			"points that are not there": {[]ordering.Amendment{
				to("A-1", take), to("A-3", orderhub.OrderChange{Buyer: mine, Spend: new(int64(5))}), to("A-2", orderhub.OrderChange{Buyer: mine, Spend: new(int64(7))}),
			}, []string{"orders[1].bonuses", "orders[2].bonuses"}},
			"fewer points than none": {[]ordering.Amendment{to("A-1", orderhub.OrderChange{Spend: new(int64(-5))}), to("A-1", orderhub.OrderChange{Spend: new(int64(5))})},
				[]string{"orders[0].bonuses", "orders[1].bonuses"}},
		} {
			t.storesNothing(func() {
				found, err := t.s.AmendAll(t.Context(), t.shop, tt.all)
				var fields []string
				for _, e := range orderhub.All(err) {
					fields = append(fields, e.Field)
				}
				if diff := cmp.Diff(tt.fields, fields, alike...); diff != "" || found != 0 {
					t.Errorf("%s: found %d, faults of fields (-want +got):\n%s", name, found, diff)
				}
			})
			if o := t.find("A-1"); o.Note != "" || t.toExport() != "A-1 A-2 A-3" {
				t.Errorf("%s: note %q, to export %q, want nothing changed", name, o.Note, t.toExport())
			}
		}
	})
}

// pay adds a payment document.
func pay(status orderhub.PaymentStatus, sum string) func(old, o *orderhub.Order) error {
	return func(_, o *orderhub.Order) error {
		o.Payments = append(o.Payments, orderhub.Payment{Status: status, Sum: amount(sum)})
		return nil
	}
}

// amendments are changes of one order, one after the other.
func amendments(id orderhub.OrderID, changes ...orderhub.OrderChange) []ordering.Amendment {
	var all []ordering.Amendment
	for _, c := range changes {
		all = append(all, ordering.Amendment{Ref: orderhub.OrderRef{ID: id}, Change: c})
	}
	return all
}
