package customers_test

import (
	"testing"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/sample"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// What an order says wrongly of its buyer stays on the order: a customer that
// carried it could never be changed again.
func TestCustomerOfAnOrderHoldsOnlyWhatRecognises(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		shop := sample.Shop()
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.CreateShop(ctx, shop) }); err != nil {
			t.Fatal(err)
		}
		id, err := resolve(ctx, db, shop, customers.ContactDetails{Email: "none", Phone: "+48 600 123 456"})
		if err != nil {
			t.Fatal(err)
		}
		name := "Ola Wrona"
		c, made, err := (&customers.Service{DB: db}).Amend(ctx, shop, orderhub.CustomerRef{ID: id},
			orderhub.CustomerChange{Name: &name}, orderhub.Mode{Existing: true})
		if err != nil || made || c.Email != "" || c.Phone == "" {
			t.Errorf("Amend = %+v, %v, %v; want the customer, without an e-mail address", c, made, err)
		}
	})
}
