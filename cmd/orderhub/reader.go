package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
)

type readerCreate struct {
	Shop          string   `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Name          string   `required:"" placeholder:"NAME" help:"Name of the reader, such as warehouse."`
	Statuses      []string `placeholder:"LIST" help:"Offer orders of these statuses only, divided by commas. Without it all are offered."`
	FromBeginning bool     `help:"Offer all orders that the shop has, and not only those that change from now on."`
	JSON          bool     `name:"json" help:"Print JSON."`
	Place         place    `embed:""`
}

// Help is shown below the summary of the command.
func (readerCreate) Help() string {
	return `A reader is a system that pulls orders by the exchange, such as an accounting
system or a warehouse. What one reader has taken is still offered to the others.
Every shop has the reader accounting. A key acts as one reader.

    orderhub reader create --shop main --name warehouse --statuses accepted_payment,canceled
    orderhub key create --shop main --name wms --reader warehouse`
}

// Run creates the reader.
func (c *readerCreate) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		r := &orderhub.ExchangeReader{Name: c.Name, Statuses: c.Statuses}
		err = (&ordering.Service{DB: db}).CreateReader(ctx, shop, r, c.FromBeginning)
		if orderhub.KindOf(err) == orderhub.Duplicate {
			return orderhub.Errorf(orderhub.Duplicate, "the shop %s has a reader %s already; give another name", c.Shop, c.Name)
		}
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, readersAsJSON([]*orderhub.ExchangeReader{r})[0])
		}
		_, err = fmt.Fprintf(s.out, "created the reader %s of the shop %s\n", c.Name, c.Shop)
		return err
	})
}

type readerList struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	JSON  bool   `name:"json" help:"Print JSON."`
	Place place  `embed:""`
}

// Help is shown below the summary of the command.
func (readerList) Help() string {
	return `    orderhub reader list --shop main`
}

// Run lists the readers.
func (c *readerList) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		readers, err := (&ordering.Service{DB: db}).Readers(ctx, shop)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, readersAsJSON(readers))
		}
		t := table{{"NAME", "STATUSES", "MADE"}}
		for _, r := range readers {
			statuses := "all"
			if len(r.Statuses) > 0 {
				statuses = strings.Join(r.Statuses, ",")
			}
			t = append(t, []string{r.Name, statuses, minute(r.CreatedAt)})
		}
		return t.print(s.out)
	})
}

// listedReader is a reader as JSON shows it.
type listedReader struct {
	Name      string    `json:"name"`
	Statuses  []string  `json:"statuses"` // empty for all
	CreatedAt time.Time `json:"created_at"`
}

func readersAsJSON(readers []*orderhub.ExchangeReader) []listedReader {
	all := make([]listedReader, len(readers))
	for i, r := range readers {
		all[i] = listedReader{r.Name, r.Statuses, r.CreatedAt}
	}
	return all
}

type readerDelete struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Name  string `required:"" placeholder:"NAME" help:"Name of the reader."`
	JSON  bool   `name:"json" help:"Print JSON."`
	Place place  `embed:""`
}

// Help is shown below the summary of the command.
func (readerDelete) Help() string {
	return `A reader that keys act as cannot be deleted; revoke these keys first. The orders
stay as they are.

    orderhub reader delete --shop main --name warehouse`
}

// Run deletes the reader.
func (c *readerDelete) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		if err := (&ordering.Service{DB: db}).DeleteReader(ctx, shop, c.Name); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, map[string]string{"deleted": c.Name})
		}
		_, err = fmt.Fprintf(s.out, "deleted the reader %s of the shop %s\n", c.Name, c.Shop)
		return err
	})
}
