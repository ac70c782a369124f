package loyalty_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// Many who bring in the same at once bring it in once, and nobody who spends
// meanwhile is lost.
func TestImportsAtOnceStoreOnce(t *testing.T) {
	storetest.Each(t, func(tt *testing.T, db *store.DB) {
		t := newTill(tt, db, new(storetest.Clock), "main")
		var customers []orderhub.CustomerID
		for i := range 6 {
			customers = append(customers, t.customer(fmt.Sprint("x-", i)))
		}
		for round := range rounds {
			var cards []loyalty.CardRecord
			var bonuses []loyalty.BonusRecord
			for i := range customers {
				number, external := fmt.Sprint(round, "-", i), fmt.Sprint("e-", round, "-", i)
				cards = append(cards, loyalty.CardRecord{CardChange: orderhub.CardChange{Number: &number, ExternalID: &external,
					Type: &orderhub.CardTypeRef{Name: fmt.Sprint("Gold ", round)}, Owner: &orderhub.CustomerRef{ExternalID: fmt.Sprint("x-", i)}}})
				bonuses = append(bonuses, loyalty.BonusRecord{Customer: known(fmt.Sprint("x-", i)), Points: 10, Key: "in " + number},
					loyalty.BonusRecord{Customer: known(fmt.Sprint("x-", i)), Points: -4, Key: "out " + number})
			}
			var paid []*orderhub.Order
			for i := range 20 {
				paid = append(paid, t.placed(customers[i%6], "received"))
			}
			var issued, booked atomic.Int64
			n := atOnce(t, orderhub.Invalid, func(i int) error {
				cards, bonuses := slices.Clone(cards), slices.Clone(bonuses)
				if i%2 == 0 {
					slices.Reverse(cards)
				}
				switch i % 4 {
				case 0, 1:
					return t.db.Update(t.Context(), func(tx *store.Tx) error {
						got, err := loyalty.ImportCards(t.Context(), tx, t.shop, cards, either, false)
						if err == nil && got[0].Outcome == orderhub.OutcomeCreated {
							issued.Add(1)
						}
						return err
					})
				case 2:
					return t.spend(paid[i], 1)
				}
				return t.db.Update(t.Context(), func(tx *store.Tx) error {
					got, err := loyalty.ImportBonuses(history(t.Context()), tx, t.shop, bonuses, either, nil)
					if err == nil && got[0].Outcome == orderhub.OutcomeCreated {
						booked.Add(1)
					}
					return err
				})
			})
			if n < 15 {
				t.Errorf("%d went well, want all but those who found nothing to spend", n)
			}
			if issued.Load() == 0 || booked.Load() == 0 {
				t.Error("nobody brought anything in")
			}
		}
		for i, customer := range customers {
			spent := int64(0)
			for _, e := range t.entries(customer) {
				if e.Cause == orderhub.BonusUsed {
					spent++
				}
			}
			if got, want := t.balance(customer).Active, int64(rounds*6)-spent; got != want {
				t.Errorf("customer %d has %d, want %d", i, got, want)
			}
			if of, err := t.s.CardsOf(t.Context(), t.shop, customer); err != nil || len(of[customer]) != rounds {
				t.Errorf("customer %d has %d cards, %v, want %d", i, len(of[customer]), err, rounds)
			}
		}
		t.wantSound()
		if n := storetest.Deadlocks(tt, db); n > 0 {
			t.Errorf("%d circles of those who wait for each other", n)
		}
	})
}
