package dialecttest

import (
	"testing"

	"orderhub"
	"orderhub/internal/definitions"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// Define gives a shop, by its name, a definition of its own.
func (h *Hub) Define(t testing.TB, shop string, kind orderhub.DefinitionKind, name, label string) {
	t.Helper()
	err := h.DB.Update(t.Context(), func(tx *store.Tx) error {
		s, err := tx.ShopByName(t.Context(), shop)
		if err != nil {
			return err
		}
		return definitions.Define(t.Context(), tx, s, kind, name, label)
	})
	if err != nil {
		t.Fatalf("define %s: %v", name, err)
	}
}

// Events are what happened in the hub, the oldest first.
func (h *Hub) Events(t testing.TB) []orderhub.Event {
	t.Helper()
	return storetest.Events(t, h.DB)
}

// History is what happened to an order of the shop main, the oldest first.
func (h *Hub) History(t testing.TB, number string) []orderhub.Event {
	t.Helper()
	o, err := h.Orders.Find(t.Context(), h.Main, orderhub.OrderRef{Number: number})
	if err != nil {
		t.Fatalf("history of %s: %v", number, err)
	}
	var all []orderhub.Event
	err = h.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Shop(o.Shop).OrderEvents(t.Context(), o.ID)
		return err
	})
	if err != nil {
		t.Fatalf("history of %s: %v", number, err)
	}
	return all
}
