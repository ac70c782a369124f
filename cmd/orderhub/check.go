package main

import (
	"context"
	"fmt"

	"orderhub/internal/store"
)

type checkCommand struct {
	JSON  bool  `name:"json" help:"Print JSON."`
	Place place `embed:""`
}

// Help is shown below the summary of the command.
func (checkCommand) Help() string {
	return `It reads all there is, the files of the database first, and says what it holds
and whether it is sound. Findings are printed one a line; then the exit code is 1.

    orderhub check --data /var/lib/orderhub`
}

// checked is what check found, as JSON shows it.
type checked struct {
	Sound     bool     `json:"sound"`
	Shops     int      `json:"shops"`
	Orders    int      `json:"orders"`
	Customers int      `json:"customers"`
	Events    int      `json:"events"`
	Findings  []string `json:"findings"`
}

// Run looks for damage.
func (c *checkCommand) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		findings, err := db.Check(ctx)
		if err != nil {
			return err
		}
		n, err := db.Count(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(s.out, checked{len(findings) == 0, n.Shops, n.Orders, n.Customers, n.Events, findings})
		} else {
			err = printFindings(s, n, findings)
		}
		if err == nil && len(findings) > 0 {
			err = fmt.Errorf("the store is not sound; findings: %d", len(findings))
		}
		return err
	})
}

func printFindings(s streams, n store.Counts, findings []string) error {
	fmt.Fprintf(s.out, "shops %d, orders %d, customers %d, events %d\n", n.Shops, n.Orders, n.Customers, n.Events)
	if len(findings) == 0 {
		findings = []string{"sound"}
	}
	for _, text := range findings {
		if _, err := fmt.Fprintln(s.out, text); err != nil {
			return err
		}
	}
	return nil
}
