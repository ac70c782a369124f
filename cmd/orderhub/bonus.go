package main

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

type bonusAdd struct {
	Shop     string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Customer int64  `required:"" placeholder:"ID" help:"The customer, by orderhub's own number."`
	Points   int64  `required:"" placeholder:"N" help:"How many points come in; with --points=-N so many are written off."`
	Reason   string `required:"" placeholder:"TEXT" help:"Why, for the ledger."`
	Key      string `placeholder:"KEY" help:"A name for this entry: a command that is repeated with it adds nothing more."`
	Place    place  `embed:""`
}

// Help is shown below the summary of the command.
func (bonusAdd) Help() string {
	return `Points that come in can be spent at once, and expire as the shop's setting
loyalty.expire_days says. No more can be written off than there are.

    orderhub bonus add --shop main --customer 17 --points 100 --reason birthday`
}

// Run writes the entry and prints what the customer has then.
func (c *bonusAdd) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		cards := &loyalty.Service{DB: db}
		id := orderhub.CustomerID(c.Customer)
		_, err = cards.Book(ctx, shop, loyalty.Booking{
			Customer: orderhub.CustomerRef{ID: id}, Points: c.Points, Key: c.Key, Reason: c.Reason,
		})
		if err != nil {
			return err
		}
		all, err := cards.Balance(ctx, shop, id)
		if err != nil {
			return err
		}
		b := all[id]
		fmt.Fprintf(s.out, "customer %d has %d points, %d are to come, %d are owed\n", id, b.Active, b.Pending, b.Owed)
		return nil
	})
}
