package main

import (
	"context"
	"errors"
	"fmt"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
	"orderhub/internal/shops"
	"orderhub/internal/store"
)

const (
	demoShop   = "demo"
	demoOrders = 200
)

// addDemo makes the sample shop with its orders, unless it is there already,
// and returns what to tell the operator about it.
func (c *serveCommand) addDemo(ctx context.Context, all *shops.Service, orders *ordering.Service, address string) (string, error) {
	ctx = orderhub.WithActor(ctx, orderhub.Actor{Door: "demo"})
	shop, err := all.CreateSample(ctx, demoShop)
	if orderhub.KindOf(err) == orderhub.Duplicate {
		return c.oldDemo(ctx, all)
	}
	if err != nil {
		return "", err
	}
	for o := range sample.Orders(1, demoOrders, all.DB.Now()) {
		if err := orders.Place(ctx, shop, o); err != nil {
			return "", fmt.Errorf("sample order %s: %w", o.Number, err)
		}
	}
	secret, err := all.CreateKey(ctx, shop, &orderhub.Key{Name: "first"})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`
The shop demo holds %[4]d sample orders. This is a key to it, which is shown only now:

  %[2]s

To list the newest of them, paste this:

  curl '%[1]s/v4/orders?sort=created_at:desc&per_page=5' -H 'Authorization: Token token="%[2]s"'

To remove the shop and all that is in it: orderhub demo remove%[3]s
`, address, secret, c.Place.flags(), demoOrders), nil
}

// oldDemo tells of a shop that has the name already.
func (c *serveCommand) oldDemo(ctx context.Context, all *shops.Service) (string, error) {
	shop, err := all.Find(ctx, demoShop)
	if err != nil {
		return "", err
	}
	if !shops.IsSample(shop) {
		return "\nThere is a shop demo that was not made by serve --demo; no sample orders are added.\n", nil
	}
	return fmt.Sprintf(`
The shop demo is there already. For a key to it: orderhub key create --shop demo --name NAME%[1]s
To begin anew, remove it first: orderhub demo remove%[1]s
`, c.Place.flags()), nil
}

type demoRemove struct {
	Place place `embed:""`
}

// Help is shown below the summary of the command.
func (demoRemove) Help() string {
	return `The shop demo goes for good, with its orders, customers, keys and history. A shop
of that name that serve --demo has not made is left alone.

    orderhub demo remove`
}

// Run removes the sample shop.
func (c *demoRemove) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		err := shopsOf(db).RemoveSample(byCommand(ctx), demoShop)
		if orderhub.KindOf(err) == orderhub.Conflict {
			return errors.New("the shop demo was not made by serve --demo; it is left alone")
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, "removed the shop demo and all that was in it")
		return err
	})
}
