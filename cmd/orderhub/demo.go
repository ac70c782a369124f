package main

import (
	"context"
	"errors"
	"fmt"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
	"orderhub/internal/store"
)

const (
	demoShop   = "demo"
	demoOrders = 200
	// demoMark is the setting by which the sample shop is known: somebody's
	// real shop may be called demo as well, and must never be removed.
	demoMark = "orderhub.sample"
)

// addDemo makes the sample shop with its orders, unless it is there already,
// and returns what to tell the operator about it.
func (c *serveCommand) addDemo(ctx context.Context, db *store.DB, gate *access.Gate, orders *ordering.Service, address string) (string, error) {
	shop := newShop(demoShop)
	shop.Settings = map[string]string{demoMark: "true"}
	err := db.Update(ctx, func(tx *store.Tx) error { return tx.CreateShop(ctx, shop) })
	if orderhub.KindOf(err) == orderhub.Duplicate {
		return c.oldDemo(ctx, db)
	}
	if err != nil {
		return "", err
	}
	placing := orderhub.WithActor(ctx, orderhub.Actor{Door: "demo"})
	for o := range sample.Orders(1, demoOrders, db.Now()) {
		if err := orders.Place(placing, shop, o); err != nil {
			return "", fmt.Errorf("sample order %s: %w", o.Number, err)
		}
	}
	secret, err := gate.Issue(ctx, shop, &orderhub.Key{Name: "first"})
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
func (c *serveCommand) oldDemo(ctx context.Context, db *store.DB) (string, error) {
	shop, err := findShop(ctx, db, demoShop)
	if err != nil {
		return "", err
	}
	if shop.Settings[demoMark] == "" {
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
		err := db.Update(ctx, func(tx *store.Tx) error {
			shop, err := tx.ShopByName(ctx, demoShop)
			if err != nil {
				return err
			}
			if shop.Settings[demoMark] == "" {
				return errors.New("the shop demo was not made by serve --demo; it is left alone")
			}
			return tx.RemoveShop(ctx, shop.ID)
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, "removed the shop demo and all that was in it")
		return err
	})
}
