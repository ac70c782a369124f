package store_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

// Sales count what was completed, in the asked currency, of the shop's orders
// that are not deleted, less what came back (T16); and they stop where money
// stops.
func TestSalesAreTheCompletedOrders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		a := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		b := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		theirs := newCustomer(t, db, &orderhub.Customer{Shop: other.ID})
		n := 0
		sell := func(c *orderhub.Customer, total money.Amount, change func(o *orderhub.Order)) {
			n++
			o := plainOrder(c.Shop, fmt.Sprint(n))
			o.Customer, o.Total, o.Stage = c.ID, total, orderhub.StageCompleted
			change(o)
			create(t, db, o)
		}
		as := func(*orderhub.Order) {}
		sell(a, 3_351_500, as)
		sell(a, 10_001, as) // in the places of the currency
		sell(a, 3_000_000, func(o *orderhub.Order) {
			o.Lines = []orderhub.Line{{Quantity: 3_000, Returned: 1_000, Amount: 3_000_000}}
		})
		sell(a, 40_000, func(o *orderhub.Order) {
			o.Payments = []orderhub.Payment{{Status: orderhub.PaymentPaid, Sum: 40_000}, {Status: orderhub.PaymentRefunded, Sum: 30_000}}
		})
		sell(a, 7_000, func(o *orderhub.Order) { o.Fulfilment = orderhub.Returned })
		sell(a, 5, func(o *orderhub.Order) { o.Stage = orderhub.StagePaid })
		sell(a, 5, func(o *orderhub.Order) { o.Currency = "PLN" })
		sell(a, 5, func(o *orderhub.Order) { o.DeletedAt = day(2) })
		sell(b, math.MaxInt64, as)
		sell(b, math.MaxInt64, as)
		sell(theirs, 7, as)
		sales := func(ids ...orderhub.CustomerID) (all map[orderhub.CustomerID]money.Amount) {
			view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				all, err = tx.Shop(shop.ID).Sales(ctx, "RUB", ids)
				return err
			})
			return all
		}
		got := sales(a.ID, b.ID, theirs.ID)
		if len(got) != 2 || got[a.ID] != 3_361_500+2_000_000+10_000 || got[b.ID] < math.MaxInt64-10_000 {
			t.Errorf("Sales = %v, want 537.15 of %d and the end of the range of %d", got, a.ID, b.ID)
		}
		if got := sales(); len(got) != 0 {
			t.Errorf("Sales of nobody = %v", got)
		}
	})
}
