package customers_test

import (
	"fmt"
	"slices"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/carddb"
)

func (t *town) remove(ref orderhub.CustomerRef) {
	t.Helper()
	if err := t.service().Delete(t.Context(), t.shop, ref); err != nil {
		t.Fatalf("Delete(%s): %v", ref, err)
	}
}

func (t *town) wantUnknown(refs ...orderhub.CustomerRef) {
	t.Helper()
	for _, ref := range refs {
		_, err := t.service().Find(t.Context(), t.shop, ref, 1)
		t.wantFaults(err, orderhub.NotFound, "")
		_, _, err = t.service().Amend(t.Context(), t.shop, ref, nothing, onlyOld)
		t.wantFaults(err, orderhub.NotFound, "")
		t.wantFaults(t.service().Delete(t.Context(), t.shop, ref), orderhub.NotFound, "")
	}
}

func TestDeletedCustomerIsGoneForAll(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		c := t.register(olga())
		t.remove(by("o-1"))
		t.wantUnknown(by("o-1"), orderhub.CustomerRef{ID: c.ID})
		if page, err := t.service().List(t.Context(), t.shop, orderhub.CustomerFilter{Limit: 10, Total: true}, 1); err != nil || page.Total != 0 || len(page.Known) != 0 {
			t.Errorf("List = %+v, %v, want nobody", page, err)
		}
		t.wantEvents(orderhub.CustomerRegistered, orderhub.CustomerDeleted)
		if e := t.events()[1]; e.Customer != c.ID {
			t.Errorf("the event tells of customer %d, want %d", e.Customer, c.ID)
		}
	})
}

func TestDeletedCustomersIdentitiesAreFree(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		old := t.register(olga()).ID
		t.remove(by("o-1"))
		o := t.order("A-1", orderhub.Contact{Email: "OLGA@example.com"})
		if o.Customer == old || o.Customer == 0 {
			t.Errorf("a later order is of customer %d, want a new one, not %d", o.Customer, old)
		}
		fresh := olga()
		fresh.Email = ""
		t.register(fresh) // the phone and the external id are free, too
		if got := len(t.find(orderhub.CustomerRef{ID: o.Customer}).Orders); got != 1 {
			t.Errorf("the new customer has %d orders, want 1", got)
		}
		t.wantUnknown(orderhub.CustomerRef{ID: old})
	})
}

// Who was deleted is made anew by a PUT, under a new id of ours.
func TestDeletedCustomerIsMadeAnew(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		old := t.register(olga()).ID
		t.remove(by("o-1"))
		c, made, err := t.service().Amend(t.Context(), t.shop, by("o-1"), orderhub.CustomerChange{Name: new("Olga")}, both)
		if err != nil || !made || c.ID == old || len(c.Attributes) != 0 {
			t.Errorf("Amend = %+v, %v, %v, want a new customer without old attributes", c, made, err)
		}
	})
}

func TestDeletedCustomersCardsAreOfNobody(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		c := t.register(olga())
		card := &orderhub.Card{Shop: t.shop.ID, Number: "17", Medium: orderhub.Plastic, Status: orderhub.CardNew, Customer: c.ID}
		err := t.db.Update(t.Context(), func(tx *store.Tx) error {
			ids, err := tx.Shop(t.shop.ID).NextIDs(t.Context(), carddb.CardTable, 1)
			if err != nil {
				return err
			}
			card.ID = orderhub.CardID(ids[0])
			return tx.Shop(t.shop.ID).AddCards(t.Context(), []*orderhub.Card{card})
		})
		if err != nil {
			t.Fatal(err)
		}
		t.remove(by("o-1"))
		t.view(func(tx *store.Tx) error {
			left, err := tx.Shop(t.shop.ID).CardByRef(t.Context(), orderhub.CardRef{ID: card.ID})
			if err == nil && left.Customer != 0 {
				t.Errorf("the card is of customer %d, want nobody's", left.Customer)
			}
			return err
		})
		t.wantEvents(orderhub.CustomerRegistered, orderhub.CardChanged, orderhub.CustomerDeleted)
		want := []orderhub.Change{{Field: "card_id", To: fmt.Sprint(card.ID)}, {Field: "customer", From: fmt.Sprint(c.ID)}}
		if e := t.events()[1]; e.Customer != c.ID || !slices.Equal(e.Changes, want) {
			t.Errorf("the event tells %v of customer %d, want %v", e.Changes, e.Customer, want)
		}
	})
}
