package search_test

import (
	"fmt"
	"testing"

	"orderhub"
	"orderhub/internal/events"
	"orderhub/internal/search"
	"orderhub/internal/store"
)

func TestWholeWordsAreFoundBeforeTheIndexKnows(t *testing.T) {
	each(t, func(t *shelf) {
		t.put(alena())
		for _, text := range []string{"order-number-1386", "УТ-00042", "alena.luczak@EXAMPLE.com", "8 912 345-67-89"} {
			t.want(text, "order-number-1386")
		}
		for _, text := range []string{"SKU-BOOT-45", "ART/777.1", "9"} {
			t.want(text)
		}
		t.want("алена")
		t.want("1386")
		t.catchUp()
		t.want("алена", "order-number-1386")
		t.want("1386", "order-number-1386")
		for _, text := range []string{"SKU-BOOT-45", "ART/777.1", "9"} {
			t.want(text, "order-number-1386")
		}
	})
}

func TestIndexFollowsChanges(t *testing.T) {
	each(t, func(t *shelf) {
		o := t.put(alena())
		t.catchUp()
		o.Contact.Name, o.Contact.Phone, o.Lines[0].Name, o.Code = "Борис", "+7 999 000-11-22", "Валенки", "УТ-99"
		t.change(o, orderhub.OrderChanged)
		// What the index still says is looked at again.
		for _, text := range []string{"алена", "сапоги", "3456789", "8 912 345 67 89", "00042"} {
			t.want(text)
		}
		t.want("79990001122", "order-number-1386")
		t.catchUp()
		for _, text := range []string{"борис", "валенки", "9990001", "ут-9", "борис тверь boot"} {
			t.want(text, "order-number-1386")
		}
		for _, text := range []string{"алена", "сапоги", "3456789"} {
			t.want(text)
		}
		o.Lines[1].Product = "7" // of the former product the index still knows
		t.change(o, orderhub.OrderChanged)
		t.catchUp()
		t.want("7", "order-number-1386")
		t.want("9")
		t.wantIndexed("борис", o.ID)
		t.wantIndexed("алена")
	})
}

func TestIndexForgetsDeletedOrders(t *testing.T) {
	each(t, func(t *shelf) {
		gone := t.put(alena())
		t.catchUp()
		t.delete(gone)
		for _, text := range []string{"алена", "order-number-1386", "SKU-BOOT-45", "8 912 345 67 89"} {
			t.want(text)
		}
		again := t.put(alena()) // its number is free
		t.catchUp()
		t.wantIndexed("алена", again.ID)
		if got := t.page("алена", orderhub.OrderFilter{}, 0, 10).Orders; len(got) != 1 || got[0].ID != again.ID {
			t.Errorf("found %v, want order %d", got, again.ID)
		}
		t.delete(again)
		brief := t.put(&orderhub.Order{Number: "B-1"})
		t.delete(brief) // before the index ever knew it
		t.catchUp()
		t.wantIndexed("алена")
		t.wantIndexed("b-1")
	})
}

// wantIndexed looks at the index itself.
func (t *shelf) wantIndexed(word string, want ...orderhub.OrderID) {
	t.Helper()
	err := t.db.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Shop(t.shop.ID).SearchIndex(t.Context(), []string{word}, 1<<62, 100)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the index knows %q in the orders %v, want %v", word, got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is indexed was read before; the order may be gone when it is stored.
func TestOrderThatGoesMeanwhileIsNotIndexed(t *testing.T) {
	each(t, func(t *shelf) {
		o := t.put(alena())
		var handle events.Handle
		t.view(func(tx *store.Tx) (err error) {
			handle, err = search.Consumer().Prepare(t.Context(), tx, []orderhub.Event{{Shop: t.shop.ID, Kind: orderhub.OrderPlaced, Order: o.ID}})
			return err
		})
		t.delete(o)
		t.update(func(tx *store.Tx) error { return handle(t.Context(), tx) })
		t.wantIndexed("алена")
	})
}

// A change that shows nowhere in the text of an order is not indexed again.
func TestOnlyChangesOfTheTextAreIndexed(t *testing.T) {
	wants := search.Consumer().Wants
	for _, k := range []orderhub.EventKind{orderhub.OrderPlaced, orderhub.OrderChanged, orderhub.OrderDeleted, orderhub.OrderRestored, orderhub.OrderPurged} {
		if !wants(k) {
			t.Errorf("%s is passed over", k)
		}
	}
	for _, k := range []orderhub.EventKind{orderhub.OrderExported, orderhub.OrderRelinked, orderhub.CustomerChanged, orderhub.ProductChanged} {
		if wants(k) {
			t.Errorf("%s is indexed", k)
		}
	}
}
