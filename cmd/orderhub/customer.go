package main

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
)

type customerDuplicates struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Skip  int    `placeholder:"N" help:"Leave out the first N pairs."`
	JSON  bool   `name:"json" help:"Print JSON."`
	Place place  `embed:""`
}

// Help is shown below the summary of the command.
func (customerDuplicates) Help() string {
	return `Two customers may be one person when something that came in fits both: the e-mail
address of one and the phone number of the other. At most 250 pairs are listed,
the newest first.

    orderhub customer duplicates --shop main
    orderhub customer merge --shop main --keep 17 --remove 42`
}

// Run lists the pairs.
func (c *customerDuplicates) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		pairs, more, err := (&customers.Service{DB: db}).Duplicates(ctx, shop, c.Skip)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, pairsAsJSON(pairs))
		}
		t := table{{"ID", "EXTERNAL ID", "NAME", "E-MAIL", "PHONE"}}
		for _, p := range pairs {
			for _, k := range p {
				t = append(t, []string{fmt.Sprint(int64(k.ID)), k.ExternalID, k.Name, k.Email, k.Phone})
			}
		}
		if err := t.print(s.out); err != nil || !more {
			return err
		}
		_, err = fmt.Fprintf(s.out, "there are more; --skip %d lists the next\n", c.Skip+len(pairs))
		return err
	})
}

// listedCustomer is a customer as JSON shows it.
type listedCustomer struct {
	ID         int64  `json:"id"`
	ExternalID string `json:"external_id"`
	Name       string `json:"name"`
	Email      string `json:"email"`
	Phone      string `json:"phone"`
}

func customerAsJSON(k *orderhub.Customer) listedCustomer {
	return listedCustomer{int64(k.ID), k.ExternalID, k.Name, k.Email, k.Phone}
}

func pairsAsJSON(pairs []customers.Pair) [][2]listedCustomer {
	all := make([][2]listedCustomer, len(pairs))
	for i, p := range pairs {
		all[i] = [2]listedCustomer{customerAsJSON(p[0]), customerAsJSON(p[1])}
	}
	return all
}

type customerMerge struct {
	Shop   string              `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Keep   orderhub.CustomerID `required:"" placeholder:"ID" help:"The customer that stays."`
	Remove orderhub.CustomerID `required:"" placeholder:"ID" help:"The customer that becomes part of the other."`
	JSON   bool                `name:"json" help:"Print JSON."`
	Place  place               `embed:""`
}

// Help is shown below the summary of the command.
func (customerMerge) Help() string {
	return `The customer that stays gets what it lacks of the other, and its cards, bonus
points and orders. Whoever asks for the other finds the one that stays. This
cannot be undone.

    orderhub customer merge --shop main --keep 17 --remove 42`
}

// Run merges the customers.
func (c *customerMerge) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		kept, err := (&ordering.Service{DB: db}).MergeCustomers(ctx, shop, c.Keep, c.Remove)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, customerAsJSON(kept))
		}
		_, err = fmt.Fprintf(s.out, "customer %d is part of customer %d now\n", c.Remove, kept.ID)
		return err
	})
}
