package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"orderhub"
	"orderhub/internal/catalogue"
	"orderhub/internal/customers"
	"orderhub/internal/definitions"
	"orderhub/internal/exporting"
	"orderhub/internal/loyalty"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
)

// exportCommands are the sorts of things that a shop has.
type exportCommands struct {
	Customers exportCustomers `cmd:"" help:"Write the customers of a shop into a file."`
	Orders    exportOrders    `cmd:"" help:"Write the orders of a shop into a file."`
	Cards     exportCards     `cmd:"" help:"Write the discount cards of a shop into a file."`
	Bonuses   exportBonuses   `cmd:"" help:"Write the ledgers of bonus points of a shop into a file."`
	Products  exportProducts  `cmd:"" help:"Write the catalogue of a shop into a file."`
}

// exportFile says where an export goes and what it is like. All exports have
// these flags.
type exportFile struct {
	Shop      string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Output    string `short:"o" placeholder:"FILE" help:"Write into this file, which is there only once it is whole; else to the standard output."`
	Force     bool   `help:"Overwrite the file when it is there."`
	Format    string `placeholder:"csv|xlsx" help:"What to write; else as the name of the file ends, or CSV."`
	Separator string `placeholder:"SIGN" help:"What separates the cells of CSV: a comma, unless it is ; or | or tab."`
	Mark      bool   `help:"Begin CSV with a byte order mark, by which Excel knows UTF-8."`
	Place     place  `embed:""`
}

// An exporter writes one export.
type exporter func(ctx context.Context, s *exporting.Service, shop *orderhub.Shop, w io.Writer, o exporting.Options, p exporting.Progress) error

// options reads what the flags say.
func (f exportFile) options(s streams) (o exporting.Options, err error) {
	o.Mark, o.Count = f.Mark, isTerminal(s.err)
	switch f.Format {
	case "csv", "xlsx":
		o.Format = exporting.Format(f.Format)
	case "":
		o.Format = exporting.CSV
		if strings.EqualFold(filepath.Ext(f.Output), ".xlsx") {
			o.Format = exporting.XLSX
		}
	default:
		return o, orderhub.Wrong("--format", "must be csv or xlsx")
	}
	switch f.Separator {
	case "tab", `\t`:
		o.Separator = '\t'
	case ",", ";", "|", "\t":
		o.Separator = f.Separator[0]
	case "":
	default:
		return o, orderhub.Wrong("--separator", "must be one of , ; | and tab")
	}
	if o.Format == exporting.XLSX && (o.Mark || o.Separator != 0) {
		return o, orderhub.Wrong("--format", "xlsx has no separator and no mark")
	}
	if o.Format == exporting.XLSX && f.Output == "" && isTerminal(s.out) {
		return o, orderhub.Wrong("--output", "must name a file: a workbook is nothing to read on a terminal")
	}
	return o, nil
}

// write writes an export to where it is wanted, and tells how much it was.
func (f exportFile) write(ctx context.Context, s streams, what string, do exporter) error {
	o, err := f.options(s)
	if err != nil {
		return err
	}
	return f.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, f.Shop)
		if err != nil {
			return err
		}
		shown, written := newBar(s.err, "exporting"), 0
		run := func(w io.Writer) error {
			defer shown.Clear()
			return do(ctx, exportService(db), shop, w, o, func(done, total int) {
				written = done
				shown.show("exporting", part(done, total), int64(done), what)
			})
		}
		if f.Output == "" {
			return run(s.out)
		}
		if err := writeWhole(f.Output, f.Force, run); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "wrote %s: %d\n", what, written)
		return err
	})
}

// part is how much of something is done, from 0 to 1; 0 while the total is not
// known.
func part(done, total int) float64 {
	if total == 0 {
		return 0
	}
	return min(1, float64(done)/float64(total)) // more may have come meanwhile
}

// exportService is made of the services that exports need.
func exportService(db *store.DB) *exporting.Service {
	return &exporting.Service{
		Customers:   &customers.Service{DB: db},
		Orders:      &ordering.Service{DB: db},
		Loyalty:     &loyalty.Service{DB: db},
		Products:    &catalogue.Service{DB: db},
		Definitions: &definitions.Keeper{DB: db},
	}
}

type exportCustomers struct {
	Unsubscribed   bool       `xor:"subscription" help:"Only those who want no mail."`
	Subscribed     bool       `xor:"subscription" help:"Only those who have not said so."`
	WithPhone      bool       `help:"Only those who have a phone number."`
	RegisteredFrom string     `placeholder:"TIME" help:"Only those who were registered then or later."`
	RegisteredTo   string     `placeholder:"TIME" help:"Only those who were registered until then."`
	UpdatedFrom    string     `placeholder:"TIME" help:"Only those that were changed then or later."`
	UpdatedTo      string     `placeholder:"TIME" help:"Only those that were changed until then."`
	File           exportFile `embed:""`
}

// Help is shown below the summary of the command.
func (exportCustomers) Help() string {
	return `A row a customer, the oldest first. orderhub import customers takes the file
again. ` + timesHelp + `

    orderhub export customers --shop main --output customers.xlsx`
}

// Run writes the file.
func (c *exportCustomers) Run(ctx context.Context, s streams) error {
	return c.File.write(ctx, s, "customers", func(ctx context.Context, e *exporting.Service, shop *orderhub.Shop, w io.Writer, o exporting.Options, p exporting.Progress) error {
		var faults orderhub.Faults
		f := orderhub.CustomerFilter{
			WithPhone:  c.WithPhone,
			Registered: timeBounds(shop, "--registered", c.RegisteredFrom, c.RegisteredTo, &faults),
			Updated:    timeBounds(shop, "--updated", c.UpdatedFrom, c.UpdatedTo, &faults),
		}
		if c.Unsubscribed || c.Subscribed {
			f.Unsubscribed = &c.Unsubscribed
		}
		if err := faults.Err(); err != nil {
			return err
		}
		return e.WriteCustomers(ctx, shop, w, o, f, p)
	})
}

type exportCards struct {
	File exportFile `embed:""`
}

// Help is shown below the summary of the command.
func (exportCards) Help() string {
	return `A row a card that is not deleted, in the sequence of their barcodes.

    orderhub export cards --shop main --output cards.csv`
}

// Run writes the file.
func (c *exportCards) Run(ctx context.Context, s streams) error {
	return c.File.write(ctx, s, "cards", func(ctx context.Context, e *exporting.Service, shop *orderhub.Shop, w io.Writer, o exporting.Options, p exporting.Progress) error {
		return e.WriteCards(ctx, shop, w, o, p)
	})
}

type exportBonuses struct {
	All  bool       `help:"All entries, those too that do not count and those by which points expired."`
	File exportFile `embed:""`
}

// Help is shown below the summary of the command.
func (exportBonuses) Help() string {
	return `A row an entry that counts, customer by customer, each one's oldest first. What
expired is left out, since it expires as well where the file is imported.

    orderhub export bonuses --shop main --output bonuses.csv`
}

// Run writes the file.
func (c *exportBonuses) Run(ctx context.Context, s streams) error {
	return c.File.write(ctx, s, "bonuses", func(ctx context.Context, e *exporting.Service, shop *orderhub.Shop, w io.Writer, o exporting.Options, p exporting.Progress) error {
		return e.WriteBonuses(ctx, shop, w, o, c.All, p)
	})
}

type exportProducts struct {
	Available   bool       `xor:"availability" help:"Only those that can be bought."`
	Unavailable bool       `xor:"availability" help:"Only those that cannot be bought."`
	Group       string     `placeholder:"GROUP" help:"Only the variants of this group."`
	VendorCode  string     `placeholder:"CODE" help:"Only those with this article number of their maker."`
	UpdatedFrom string     `placeholder:"TIME" help:"Only those that were changed then or later."`
	UpdatedTo   string     `placeholder:"TIME" help:"Only those that were changed until then."`
	File        exportFile `embed:""`
}

// Help is shown below the summary of the command.
func (exportProducts) Help() string {
	return `A row a product, the oldest first. ` + timesHelp + `

    orderhub export products --shop main --available --output products.csv`
}

// Run writes the file.
func (c *exportProducts) Run(ctx context.Context, s streams) error {
	return c.File.write(ctx, s, "products", func(ctx context.Context, e *exporting.Service, shop *orderhub.Shop, w io.Writer, o exporting.Options, p exporting.Progress) error {
		var faults orderhub.Faults
		f := orderhub.ProductFilter{
			Group: c.Group, VendorCode: c.VendorCode,
			Updated: timeBounds(shop, "--updated", c.UpdatedFrom, c.UpdatedTo, &faults),
		}
		if c.Available || c.Unavailable {
			f.Available = &c.Available
		}
		if err := faults.Err(); err != nil {
			return err
		}
		return e.WriteProducts(ctx, shop, w, o, f, p)
	})
}
