package definitions_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/definitions"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A shelf is a store with a shop and what keeps its names.
type shelf struct {
	*testing.T
	db   *store.DB
	shop *orderhub.Shop
	keep *definitions.Keeper
}

func each(t *testing.T, test func(t *shelf)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &shelf{t, db, sample.Shop(), &definitions.Keeper{DB: db}}
		s.update(func(ctx context.Context, tx *store.Tx) error { return tx.CreateShop(ctx, s.shop) })
		test(s)
	})
}

func (t *shelf) update(fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := t.db.Update(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// put stores an order with attributes and tells of it.
func (t *shelf) put(number string, kind orderhub.EventKind, names ...string) {
	t.Helper()
	o := sample.Order(func(o *orderhub.Order) {
		o.Shop, o.Number, o.Customer, o.Attributes = t.shop.ID, number, 0, attributes(names...)
		o.Lines[0].Attributes = attributes("colour")
	})
	t.update(func(ctx context.Context, tx *store.Tx) error {
		if err := storetest.CreateOrders(ctx, tx, nil, o); err != nil {
			return err
		}
		return storetest.Record(ctx, tx, orderhub.Event{Shop: t.shop.ID, Kind: kind, Order: o.ID})
	})
}

func attributes(names ...string) (a orderhub.Attributes) {
	for _, name := range names {
		a.SetText(name, "x")
	}
	return a
}

// want checks what is listed, as soon as the transactions of other tests on the
// server let the events settle.
func (t *shelf) want(kind orderhub.DefinitionKind, want ...string) {
	t.Helper()
	var got []string
	for range 600 {
		got = nil
		for _, d := range t.list(kind) {
			got = append(got, d.Name)
		}
		if len(got) >= len(want) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", kind, got, want)
	}
}

func (t *shelf) list(kind orderhub.DefinitionKind) []orderhub.Definition {
	t.Helper()
	all, err := t.keep.List(t.Context(), t.shop, kind)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNamesAreSeenOnce(t *testing.T) {
	each(t, func(t *shelf) {
		t.want(orderhub.OrderDefinition)
		for i := range 20 { // several batches
			t.put(fmt.Sprint(i), orderhub.OrderPlaced, "gift", "delivery")
		}
		t.put("changed", orderhub.OrderChanged, "note")
		t.put("gone", orderhub.OrderDeleted, "never seen")
		c := &orderhub.Customer{Shop: t.shop.ID, Attributes: attributes("size"), Consents: []orderhub.Consent{{ID: "3"}, {ID: "4"}}}
		t.update(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Shop(t.shop.ID).CreateCustomers(ctx, []*orderhub.Customer{c}); err != nil {
				return err
			}
			return storetest.Record(ctx, tx, orderhub.Event{Shop: t.shop.ID, Kind: orderhub.CustomerRegistered, Customer: c.ID})
		})
		t.want(orderhub.OrderDefinition, "gift", "delivery", "note")
		t.want(orderhub.ProductDefinition, "colour")
		t.want(orderhub.CustomerDefinition, "size")
		t.want(orderhub.ConsentDefinition, "3", "4")
	})
}

// unread says whether fewer definitions than there can be are listed.
func (t *shelf) unread() bool {
	return len(t.list(orderhub.OrderDefinition)) < orderhub.MaxDefinitions
}

// Events that have no names, such as those of a feed, do not keep a list from
// what comes behind them.
func TestEventsWithoutNamesArePassedOver(t *testing.T) {
	each(t, func(t *shelf) {
		t.update(func(ctx context.Context, tx *store.Tx) error {
			events := make([]orderhub.Event, 4_000)
			for i := range events {
				events[i] = orderhub.Event{Shop: t.shop.ID, At: tx.Now(), Kind: orderhub.ProductCreated, Product: orderhub.ProductID(i + 1), Version: 1}
			}
			return tx.Shop(t.shop.ID).SaveEvents(ctx, events)
		})
		for i := range 10 {
			t.put(fmt.Sprint(i), orderhub.OrderPlaced, fmt.Sprint("name-", i))
		}
		if got := t.list(orderhub.OrderDefinition); !strings.HasSuffix(t.Name(), "/postgres") && len(got) != 10 {
			t.Errorf("one list shows %d names, want 10", len(got)) // on a shared server other tests hold readers up
		}
		var want []string
		for i := range 10 {
			want = append(want, fmt.Sprint("name-", i))
		}
		t.want(orderhub.OrderDefinition, want...)
	})
}

// However many names are sent, a shop has a bounded number of definitions.
func TestNamesAreBounded(t *testing.T) {
	each(t, func(t *shelf) {
		for o := range 3 {
			var names []string
			for i := range 500 {
				names = append(names, fmt.Sprint("name ", o, " ", i))
			}
			t.put(fmt.Sprint(o), orderhub.OrderPlaced, names...)
		}
		for try := 0; try < 600 && t.unread(); try++ {
			t.list(orderhub.OrderDefinition)
			time.Sleep(50 * time.Millisecond)
		}
		if n := len(t.list(orderhub.OrderDefinition)); n != orderhub.MaxDefinitions {
			t.Errorf("%d definitions, want %d", n, orderhub.MaxDefinitions)
		}
	})
}
