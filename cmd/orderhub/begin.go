package main

import (
	"context"
	"fmt"
	"strings"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/shops"
)

// begin makes what a first start needs, and the sample data when it is asked
// for, and returns what to tell the operator about it.
func (c *serveCommand) begin(ctx context.Context, all *shops.Service, orders *ordering.Service, address string) (string, error) {
	first, made, err := firstShop(ctx, all)
	if err != nil {
		return "", err
	}
	if !made && !c.Demo {
		return fmt.Sprintf("orderhub is listening on %s (orderhub key create --shop %s --name NAME%s makes a key)\n", address, first.Name, c.Place.flags()), nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "orderhub is listening on %s\n", address)
	if made {
		secret, err := all.CreateKey(ctx, first, &orderhub.Key{Name: "first"})
		if err != nil {
			return "", err
		}
		text.WriteString(welcome(address, secret, first, c.Place))
	}
	if c.Demo {
		told, err := c.addDemo(ctx, all, orders, address)
		if err != nil {
			return "", err
		}
		text.WriteString(told)
	}
	return text.String(), nil
}

// firstShop returns the oldest shop, after making one called main when there is
// none.
func firstShop(ctx context.Context, all *shops.Service) (first *orderhub.Shop, made bool, err error) {
	known, err := all.List(ctx)
	if err != nil {
		return nil, false, err
	}
	if len(known) > 0 {
		return known[0], false, nil
	}
	first, err = all.Create(ctx, "main", shops.Change{})
	if orderhub.KindOf(err) == orderhub.Duplicate {
		// Another server that started just now was faster.
		first, err = all.Find(ctx, "main")
		return first, false, err
	}
	return first, err == nil, err
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
