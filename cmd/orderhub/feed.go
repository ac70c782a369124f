package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"orderhub"
	"orderhub/internal/catalogue"
	"orderhub/internal/store"
)

type feedSet struct {
	Address string `arg:"" help:"Where the shop's YML file is, such as https://shop.example/export.yml."`
	Shop    string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Every   period `placeholder:"TIME" default:"6h" help:"How often to look there, such as 30m or 1d; ${default} when nothing is said."`
	HTTP    bool   `name:"http" help:"Accept an address without TLS, which anybody on the way can read and change."`
	Place   place  `embed:""`
}

// Help is shown below the summary of the command.
func (feedSet) Help() string {
	return `A running server looks within a minute, and then as often as it was told. Products
that the file leaves out become unavailable. A file that is broken changes
nothing; orderhub feed show tells why. Addresses of inner networks are refused.

    orderhub feed set https://shop.example/export.yml --shop main --every 6h`
}

// Run keeps the address.
func (c *feedSet) Run(ctx context.Context, s streams) error {
	return withCatalogue(ctx, c.Place, c.Shop, func(products *catalogue.Service, shop *orderhub.Shop) error {
		if _, err := products.SetFeed(ctx, shop, c.Address, time.Duration(c.Every), c.HTTP); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "the catalogue of the shop %s is looked at from now on\n", c.Shop)
		return nil
	})
}

type feedTake struct {
	File  string `arg:"" help:"A YML file, UTF-8 or windows-1251."`
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	JSON  bool   `name:"json" help:"Print the report for programs."`
	Place place  `embed:""`
}

// Help is shown below the summary of the command.
func (feedTake) Help() string {
	return `The file is the whole catalogue: products that it leaves out become unavailable.
It is read to its end first; one that is broken changes nothing. Offers that
cannot be used are listed with their line and the reason, and the others are
taken.

    orderhub feed take export.yml --shop main`
}

// Run takes the file in and prints what came of it.
func (c *feedTake) Run(ctx context.Context, s streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	return withCatalogue(ctx, c.Place, c.Shop, func(products *catalogue.Service, shop *orderhub.Shop) error {
		report, err := products.Refresh(ctx, shop, file)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, report)
		}
		fmt.Fprintln(s.out, summary(report))
		return offerFaults(report).print(s.out)
	})
}

type feedShow struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Place place  `embed:""`
}

// Run tells how the last look went.
func (c *feedShow) Run(ctx context.Context, s streams) error {
	return withCatalogue(ctx, c.Place, c.Shop, func(products *catalogue.Service, shop *orderhub.Shop) error {
		d, err := products.Feed(ctx, shop)
		if orderhub.KindOf(err) == orderhub.NotFound {
			return orderhub.Errorf(orderhub.NotFound, "the shop %s has no feed; orderhub feed set gives it one", c.Shop)
		}
		if err != nil {
			return err
		}
		err = table{
			{"ADDRESS", "EVERY", "LAST LOOK", "LAST TAKEN", "NEXT LOOK"},
			{d.Address, d.Every.String(), minute(d.LookedAt), minute(d.TakenAt), minute(d.DueAt)},
		}.print(s.out)
		if err != nil || d.LookedAt.IsZero() {
			return err
		}
		if d.Failure != "" {
			fmt.Fprintf(s.out, "the last look failed: %s\n", d.Failure)
		}
		fmt.Fprintln(s.out, summary(d.Report))
		return offerFaults(d.Report).print(s.out)
	})
}

type feedRemove struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Place place  `embed:""`
}

// Run ends the looks.
func (c *feedRemove) Run(ctx context.Context, s streams) error {
	return withCatalogue(ctx, c.Place, c.Shop, func(products *catalogue.Service, shop *orderhub.Shop) error {
		if err := products.RemoveFeed(ctx, shop); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "the feed of the shop %s is looked at no more; its products stay\n", c.Shop)
		return nil
	})
}

// withCatalogue opens the store and finds the shop.
func withCatalogue(ctx context.Context, p place, name string, do func(*catalogue.Service, *orderhub.Shop) error) error {
	return p.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, name)
		if err != nil {
			return err
		}
		return do(&catalogue.Service{DB: db}, shop)
	})
}

// summary is a report in one line.
func summary(r orderhub.FeedReport) string {
	return fmt.Sprintf("%d offers: %d new, %d changed, %d as they were, %d passed over; %d products are not available any more",
		r.Offers, r.Created, r.Changed, r.Unchanged, r.Bad, r.Unavailable)
}

// offerFaults lists what was wrong with single offers.
func offerFaults(r orderhub.FeedReport) table {
	if len(r.Faults) == 0 {
		return nil
	}
	t := table{{"LINE", "OFFER", "REASON"}}
	for _, f := range r.Faults {
		reason := f.Reason
		if f.Kept {
			reason += " (the product was taken without it)"
		}
		t = append(t, []string{fmt.Sprint(f.Line), f.Offer, reason})
	}
	if r.More > 0 {
		t = append(t, []string{"", "", fmt.Sprintf("and %d more", r.More)})
	}
	return t
}
