package main

import (
	"context"
	"fmt"
	"strings"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
)

// begin makes what a first start needs, and the sample data when it is asked
// for, and returns what to tell the operator about it.
func (c *serveCommand) begin(ctx context.Context, db *store.DB, gate *access.Gate, orders *ordering.Service, address string) (string, error) {
	shops, made, err := firstShop(ctx, db)
	if err != nil {
		return "", err
	}
	first := shops[0].Name
	if !made && !c.Demo {
		return fmt.Sprintf("orderhub is listening on %s (orderhub key create --shop %s --name NAME%s makes a key)\n", address, first, c.Place.flags()), nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "orderhub is listening on %s\n", address)
	if made {
		secret, err := gate.Issue(ctx, shops[0], &orderhub.Key{Name: "first"})
		if err != nil {
			return "", err
		}
		text.WriteString(welcome(address, secret, shops[0], c.Place))
	}
	if c.Demo {
		told, err := c.addDemo(ctx, db, gate, orders, address)
		if err != nil {
			return "", err
		}
		text.WriteString(told)
	}
	return text.String(), nil
}

// firstShop returns all shops, after making one called main when there is
// none.
func firstShop(ctx context.Context, db *store.DB) (shops []*orderhub.Shop, made bool, err error) {
	err = db.Update(ctx, func(tx *store.Tx) error {
		made = false
		if shops, err = tx.Shops(ctx); err != nil || len(shops) > 0 {
			return err
		}
		shop := newShop("main")
		if err := tx.CreateShop(ctx, shop); err != nil {
			return err
		}
		shops, made = []*orderhub.Shop{shop}, true
		return nil
	})
	if orderhub.KindOf(err) == orderhub.Duplicate {
		// Another server that started just now was faster. Its shop is there
		// to be seen.
		err = db.View(ctx, func(tx *store.Tx) error {
			shops, err = tx.Shops(ctx)
			return err
		})
	}
	return shops, made, err
}

// welcome tells the operator of a new store what can be done with it.
func welcome(address, secret string, shop *orderhub.Shop, at place) string {
	return fmt.Sprintf(`
This is the first start. There is now a shop called %[3]s, which is paid in %[4]s
and lives in %[5]s (orderhub shop set changes that), and a key to it,
which is shown only now:

  %[2]s

To place a first order through the Aplaut Platform API v4, paste this:

  curl -X POST '%[1]s/v4/orders' \
    -H 'Authorization: Token token="%[2]s"' \
    -H 'Content-Type: application/vnd.api+json' \
    -d '{"data": {"type": "orders", "attributes": {
      "number": "first-1",
      "consumer_name": "Vera Lugovaya",
      "consumer_email": "vera.lugovaya@example.com",
      "order_lines": [{"product_id": "T-101", "name": "Black tea, 100 g", "price": "390.50", "quantity": 2}],
      "details": {"payment_status": "not-paid"}}}}'

To read it back:

  curl '%[1]s/v4/orders/first-1' -H 'Authorization: Token token="%[2]s"'

More keys are made with: orderhub key create --shop %[3]s --name NAME%[6]s
`, address, secret, shop.Name, shop.Currency, shop.Zone, at.flags())
}
