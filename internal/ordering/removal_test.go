package ordering_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// removed means an order, also when it is deleted.
func removed(id orderhub.OrderID) orderhub.OrderRef {
	return orderhub.OrderRef{ID: id, Deleted: true}
}

func TestChangeDeletes(t *testing.T) {
	moved(t, func(t *desk, clock *storetest.Clock) {
		for _, n := range []string{"A-1", "A-2"} {
			t.place(boots(n))
		}
		first, second := t.find("A-1"), t.find("A-2")
		clock.Offset = time.Hour
		o := t.amend("A-1", orderhub.OrderChange{Delete: true, Note: new("gone")})
		t.amendAll(orderhub.OrderChange{Delete: true, Status: new("canceled")}, "A-2")
		if at := storetest.Noon.Add(time.Hour); !o.DeletedAt.Equal(at) || !o.UpdatedAt.Equal(at) || o.Note != "gone" {
			t.Errorf("deleted at %v, changed at %v, note %q", o.DeletedAt, o.UpdatedAt, o.Note)
		}
		t.wantList()
		t.wantHits("anna@example.com")
		t.wantEvents(first.ID, orderhub.OrderPlaced, orderhub.OrderDeleted)
		t.wantEvents(second.ID, orderhub.OrderPlaced, orderhub.OrderDeleted)
		clock.Offset = 2 * time.Hour
		for _, change := range []orderhub.OrderChange{{Delete: true}, {}} { // it is already
			t.storesNothing(func() {
				again, _, err := t.s.Amend(t.Context(), t.shop, removed(first.ID), change, onlyKnown)
				if err != nil || !again.DeletedAt.Equal(o.DeletedAt) {
					t.Errorf("deleted at %v, %v, want %v as before", again.DeletedAt, err, o.DeletedAt)
				}
			})
		}
		t.place(boots("A-1")) // the number is free
		t.wantSound()
	})
}

func TestStatusRestores(t *testing.T) {
	moved(t, func(t *desk, clock *storetest.Clock) {
		placed := t.place(boots("A-1", func(o *orderhub.Order) { o.Lines[0].Bonus = 7 }))
		t.amendAll(take, "A-1")
		t.delete("A-1")
		clock.Offset = time.Hour
		// What sets no status leaves it deleted.
		o, _, err := t.s.Amend(t.Context(), t.shop, removed(placed.ID), orderhub.OrderChange{Note: new("gone"), Export: take.Export}, onlyKnown)
		if err != nil || o.DeletedAt.IsZero() {
			t.Fatalf("deleted at %v, %v, want it deleted still", o.DeletedAt, err)
		}
		if _, _, err = t.s.Amend(t.Context(), t.shop, removed(placed.ID), setTo("no such"), onlyKnown); orderhub.KindOf(err) != orderhub.Invalid {
			t.Errorf("an unknown status: %v", err)
		}
		want := t.restored(placed.ID, "received") // its own status does, too
		if !want.DeletedAt.IsZero() || want.Moves != 0 || t.taken(placed.ID) {
			t.Errorf("deleted at %v, %d moves, taken %v, want it as it was and offered again", want.DeletedAt, want.Moves, t.taken(placed.ID))
		}
		t.wantSame(t.find("A-1"), want)
		t.wantHits("anna@example.com", "A-1")
		t.delete("A-1")
		if t.restored(placed.ID, "sending"); t.toExport() != "A-1" {
			t.Errorf("to export %q, want it to be taken", t.toExport())
		}
		t.wantOrderEvents(placed.ID, orderhub.OrderPlaced, orderhub.OrderExported, orderhub.OrderDeleted, orderhub.OrderChanged, orderhub.OrderExported,
			orderhub.OrderRestored, orderhub.OrderDeleted, orderhub.OrderRestored)
		t.wantSound()
	})
}

func (t *desk) restored(id orderhub.OrderID, status string) *orderhub.Order {
	t.Helper()
	o, _, err := t.s.Amend(t.Context(), t.shop, removed(id), setTo(status), onlyKnown)
	if err != nil {
		t.Fatalf("restore %d: %v", id, err)
	}
	return o
}

// wantOrderEvents is wantEvents without what tells of points.
func (t *desk) wantOrderEvents(id orderhub.OrderID, want ...orderhub.EventKind) {
	t.Helper()
	var got []orderhub.EventKind
	for _, e := range t.events(id) {
		if e.Kind[:6] == "order." {
			got = append(got, e.Kind)
		}
	}
	if diff := cmp.Diff(want, got, alike...); diff != "" {
		t.Errorf("events of order %d (-want +got):\n%s", id, diff)
	}
}

func TestTakenNumberIsNotRestored(t *testing.T) {
	each(t, func(t *desk) {
		gone := t.place(boots("A-1"))
		t.delete("A-1")
		t.place(boots("A-1"))
		t.other().place(boots("A-1"))
		t.storesNothing(func() {
			_, _, err := t.s.Amend(t.Context(), t.shop, removed(gone.ID), setTo("sending"), onlyKnown)
			t.wantKind(err, orderhub.Duplicate, "number")
		})
		t.delete("A-1")
		t.restored(gone.ID, "sending")
		t.wantList("A-1")
		t.wantSound()
	})
}

// Of those who restore an order and those who place one of its number, one
// wins, and the others learn that the number is taken.
func TestRaceForTheNumberOfADeletedOrder(t *testing.T) {
	each(t, func(t *desk) {
		for round := range 10 {
			text := fmt.Sprint("A-", round)
			var gone []orderhub.OrderID
			for range 2 {
				gone = append(gone, t.place(boots(text)).ID)
				t.delete(text)
			}
			winners := 0
			for _, err := range together(9, func(i int) error {
				if i%3 < len(gone) {
					_, _, err := t.s.Amend(t.Context(), t.shop, removed(gone[i%3]), setTo("sending"), onlyKnown)
					return err
				}
				return t.s.Place(t.Context(), t.shop, boots(text))
			}) {
				if err == nil {
					winners++
				} else {
					t.wantKind(err, orderhub.Duplicate, "number")
				}
			}
			if winners != 1 && winners != 3 { // three restored the same order
				t.Errorf("%d won, want one order", winners)
			}
		}
		if c := t.count(); c.Orders != 10 {
			t.Errorf("%d orders, want 10", c.Orders)
		}
		t.wantSound()
	})
}

// The changes of one call follow each other as those of several calls do: what
// one has deleted, the next does not find.
func TestOrderThatOneChangeOfACallDeletes(t *testing.T) {
	each(t, func(t *desk) {
		t.place(boots("A-1"))
		t.amendAll(orderhub.OrderChange{Delete: true}, "A-1")
		t.place(boots("A-2"))
		all := amendments(t.find("A-2").ID, orderhub.OrderChange{Delete: true}, setTo("sending"))
		if found, err := t.s.AmendAll(t.Context(), t.shop, all); found != 1 || err != nil {
			t.Errorf("found %d, %v, want 1", found, err)
		}
		if _, err := t.s.Find(t.Context(), t.shop, number("A-2")); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("the order is there: %v", err)
		}
		t.wantSound()
	})
}

func TestPurge(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("A-1", func(o *orderhub.Order) { o.Lines[0].Bonus = 7 }))
		stays := t.place(boots("A-2"))
		t.amendAll(orderhub.OrderChange{Export: take.Export, Code: new("УТ-1"), Edit: pay(orderhub.PaymentPaid, "6800"), Status: new("closed")}, "A-1", "A-2")
		foreign := t.other().place(boots("A-1"))
		unknown := map[string]orderhub.OrderRef{"live": {ID: o.ID}, "live by number": number("A-1"), "foreign": {ID: foreign.ID}, "unknown": {ID: 1 << 60}, "none": {}}
		for name, ref := range unknown {
			t.storesNothing(func() {
				if err := t.s.Purge(t.Context(), t.shop, ref); orderhub.KindOf(err) != orderhub.NotFound {
					t.Errorf("%s: %v, want that there is none", name, err)
				}
			})
		}
		t.delete("A-1")
		t.catchUp()
		actor := orderhub.Actor{Door: "usam", Key: "1C"}
		if err := t.s.Purge(orderhub.WithActor(t.Context(), actor), t.shop, orderhub.OrderRef{ID: o.ID}); err != nil {
			t.Fatal(err)
		}
		for _, ref := range []orderhub.OrderRef{{ID: o.ID}, {Code: "УТ-1"}, {Payment: "PH0000000000001"}} {
			ref.Deleted = true
			got, err := t.s.Find(t.Context(), t.shop, ref)
			if want := map[bool]orderhub.OrderID{true: stays.ID}[ref.Code != ""]; err == nil && got.ID != want {
				t.Errorf("%+v finds order %d, want none of what was purged", ref, got.ID)
			}
		}
		if err := t.s.Purge(t.Context(), t.shop, orderhub.OrderRef{ID: o.ID}); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("purged twice: %v", err)
		}
		all := t.events(o.ID)
		last := all[len(all)-1]
		want := orderhub.Event{ID: last.ID, Shop: t.shop.ID, At: storetest.Noon, Kind: orderhub.OrderPurged, Order: o.ID, Customer: o.Customer, Actor: actor}
		if diff := cmp.Diff(want, last, alike...); diff != "" {
			t.Errorf("the last event (-want +got):\n%s", diff)
		}
		t.wantBonuses(o.ID, 1)
		t.wantHits("A-1")
		t.wantHits("anna@example.com", "A-2")
		t.wantSound()
		t.place(boots("A-1"))
		t.wantHits("anna", "A-1", "A-2")
		t.wantSound()
	})
}

func (t *desk) wantBonuses(id orderhub.OrderID, want int) {
	t.Helper()
	err := t.db.View(t.Context(), func(tx *store.Tx) error {
		found, err := tx.Shop(t.shop.ID).BonusesOfOrders(t.Context(), []orderhub.OrderID{id})
		if rows := found[id]; len(rows) != want {
			t.Errorf("%d rows of the ledger tell of order %d, want %d", len(rows), id, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOrderIsPurgedOnce(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("A-1"))
		t.delete("A-1")
		purged, restored := 0, 0
		for i, err := range together(12, func(i int) error {
			if i%4 == 0 {
				_, _, err := t.s.Amend(t.Context(), t.shop, removed(o.ID), setTo("sending"), onlyKnown)
				return err
			}
			return t.s.Purge(t.Context(), t.shop, orderhub.OrderRef{ID: o.ID})
		}) {
			switch {
			case err != nil:
				t.wantKind(err, orderhub.NotFound, "")
			case i%4 == 0:
				restored++
			default:
				purged++
			}
		}
		if live := t.count().Orders; purged+live != 1 || restored == 0 == (live == 1) {
			t.Errorf("purged %d times, restored %d times, %d orders: want one or the other", purged, restored, live)
		}
		t.wantSound()
	})
}
