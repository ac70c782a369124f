package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"orderhub"
	"orderhub/internal/exporting"
)

type exportOrders struct {
	By          string     `placeholder:"line|order|payment" default:"line" help:"What a row is; ${default} when nothing is said."`
	Status      []string   `placeholder:"CODE" help:"Only orders in this status; may be given several times."`
	Except      []string   `placeholder:"CODE" help:"No orders in this status; may be given several times."`
	Payment     []string   `placeholder:"STATE" help:"Only orders that are unpaid, partly_paid, paid or refunded; may be given several times."`
	Account     []string   `sep:"none" placeholder:"ACCOUNT" help:"Only orders to be paid to this account; may be given several times."`
	PlacedFrom  string     `placeholder:"TIME" help:"Only orders placed then or later."`
	PlacedTo    string     `placeholder:"TIME" help:"Only orders placed until then."`
	UpdatedFrom string     `placeholder:"TIME" help:"Only orders that were changed then or later."`
	UpdatedTo   string     `placeholder:"TIME" help:"Only orders that were changed until then."`
	Customer    string     `placeholder:"WHO" help:"Only orders of this customer: an external id, an e-mail address or a phone number."`
	ToExport    bool       `help:"Only what the accounting system has still to take; it stays so."`
	Deleted     bool       `help:"Only orders that are deleted, instead of only those that are not."`
	Search      string     `placeholder:"TEXT" help:"Only orders that carry every word of this text, the newest first."`
	File        exportFile `embed:""`
}

// Help is shown below the summary of the command.
func (exportOrders) Help() string {
	return `By line is the form that orderhub import orders takes again: a row a line of an
order, the oldest order first; what belongs to the order as a whole, such as its
total, stands in its first row. By order leaves the lines out, by payment lists
payment documents. ` + timesHelp + `

    orderhub export orders --shop main --placed-from 2026-01-01 --output orders.csv`
}

// Run writes the file.
func (c *exportOrders) Run(ctx context.Context, s streams) error {
	return c.File.write(ctx, s, "orders", func(ctx context.Context, e *exporting.Service, shop *orderhub.Shop, w io.Writer, o exporting.Options, p exporting.Progress) error {
		q, err := c.query(ctx, e, shop)
		if err != nil {
			return err
		}
		return e.WriteOrders(ctx, shop, w, o, q, p)
	})
}

// query reads what the flags say, or says all that is wrong with them.
func (c *exportOrders) query(ctx context.Context, e *exporting.Service, shop *orderhub.Shop) (q exporting.OrderQuery, err error) {
	var faults orderhub.Faults
	q = exporting.OrderQuery{Form: exporting.OrderForm(c.By), Text: c.Search, Filter: orderhub.OrderFilter{
		Statuses: c.Status, Except: c.Except, Accounts: c.Account, ToExport: c.ToExport, Deleted: c.Deleted,
		Placed:  timeBounds(shop, "--placed", c.PlacedFrom, c.PlacedTo, &faults),
		Updated: timeBounds(shop, "--updated", c.UpdatedFrom, c.UpdatedTo, &faults),
	}}
	if !slices.Contains([]exporting.OrderForm{exporting.ByLine, exporting.ByOrder, exporting.ByPayment}, q.Form) {
		faults.Wrong("--by", "must be line, order or payment")
	}
	for _, code := range slices.Concat(c.Status, c.Except) {
		if _, ok := shop.Status(code); !ok {
			faults.Wrong("--status", fmt.Sprintf("%s is not a status of the shop", code))
		}
	}
	for _, word := range c.Payment {
		state, ok := orderhub.ParsePaymentState(word)
		if !ok {
			faults.Wrong("--payment", "must be unpaid, partly_paid, paid or refunded")
		}
		q.Filter.Payments = append(q.Filter.Payments, state)
	}
	if c.Customer != "" {
		known, err := e.Customers.Find(ctx, shop, orderhub.CustomerRef{ExternalID: c.Customer, Email: c.Customer, Phone: c.Customer}, 0)
		if err != nil {
			faults.Add(err)
		} else {
			q.Filter.Customer = known.ID
		}
	}
	return q, faults.Err()
}
