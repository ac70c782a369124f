package main

import (
	"context"
	"errors"
	"fmt"

	"orderhub/internal/store"
	"orderhub/internal/store/sqlite"
)

type migrateCommand struct {
	Place place `embed:""`
}

// Help is shown below the summary of the command.
func (migrateCommand) Help() string {
	return `The server does the same when it starts. This command is for those who want the
schema to change at a time of their own, before a new server takes over. A store
that is not there is made; a schema that is newer than this program is refused.
Orders of an older store are moved to a new form, about two minutes a million. It
can be interrupted, and goes on where it was. End older programs before.

    orderhub migrate --data /var/lib/orderhub`
}

// Run brings the schema up to date.
func (c *migrateCommand) Run(ctx context.Context, s streams) (err error) {
	db, err := c.Place.open(ctx, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	last := -1
	steps, err := db.MigrateReporting(ctx, func(p store.Progress) {
		if percent := p.Percent(); percent != last {
			last = percent
			fmt.Fprintf(s.err, "moving orders: %d %%\n", percent)
		}
	})
	for _, step := range steps {
		fmt.Fprintln(s.out, "took the step", step)
	}
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		fmt.Fprintln(s.out, "the schema is up to date")
	}
	return nil
}
