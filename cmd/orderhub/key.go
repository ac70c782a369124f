package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

type keyCreate struct {
	Shop     string   `required:"" placeholder:"SHOP" help:"Name of the shop that the key opens."`
	Name     string   `required:"" placeholder:"NAME" help:"Whose key it is, such as website or 1c; it is shown in logs and in the history of orders."`
	Dialects []string `placeholder:"LIST" help:"Open these only, divided by commas: aplaut, usam, ecdp, virtpos. Without it the key opens all."`
	ReadOnly bool     `help:"Let the key read and change nothing."`
	Reader   string   `placeholder:"READER" help:"Reader of the exchange as which the key acts: accounting unless said; see orderhub reader create."`
	Expires  period   `placeholder:"TIME" help:"Let the key end by itself after that time, such as 90d or 12h."`
	Place    place    `embed:""`
}

// Help is shown below the summary of the command.
func (keyCreate) Help() string {
	return `The secret is all that the command prints. It cannot be shown again: the store
keeps only a hash of it.

    key=$(orderhub key create --shop main --name website --expires 90d)`
}

// Run makes the key.
func (c *keyCreate) Run(ctx context.Context, s streams) error {
	if c.Expires < 0 {
		return orderhub.Wrong("--expires", "must lie ahead; give a time such as 90d")
	}
	return c.Place.use(ctx, func(db *store.DB) error {
		key := &orderhub.Key{Name: c.Name, Dialects: c.Dialects, ReadOnly: c.ReadOnly, Reader: c.Reader}
		if c.Expires != 0 {
			key.ExpiresAt = db.Now().Add(time.Duration(c.Expires))
		}
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		secret, err := shopsOf(db).CreateKey(byCommand(ctx), shop, key)
		if orderhub.KindOf(err) == orderhub.Duplicate {
			return orderhub.Errorf(orderhub.Duplicate, "the shop %s has a key %s already; give another name, or end that one with orderhub key revoke", c.Shop, c.Name)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, secret)
		return err
	})
}

func findShop(ctx context.Context, db *store.DB, name string) (*orderhub.Shop, error) {
	return shopsOf(db).Find(ctx, name)
}

type keyRevoke struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Name  string `required:"" placeholder:"NAME" help:"Name of the key."`
	Place place  `embed:""`
}

// Help is shown below the summary of the command.
func (keyRevoke) Help() string {
	return `A key that is ended opens nothing any more, within a second also on servers that
run. Its name is free again; what was done with it stays in the history.

    orderhub key revoke --shop main --name website`
}

// Run ends the key.
func (c *keyRevoke) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		if err := shopsOf(db).RevokeKey(byCommand(ctx), shop, c.Name); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "ended the key %s of the shop %s\n", c.Name, c.Shop)
		return nil
	})
}

type keyList struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	JSON  bool   `name:"json" help:"Print JSON."`
	Place place  `embed:""`
}

// Help is shown below the summary of the command.
func (keyList) Help() string {
	return `Keys are told apart by the first characters of their secrets. Those that were
ended are listed too. When a key was last used is written down once a minute.

    orderhub key list --shop main`
}

// Run lists the keys.
func (c *keyList) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, c.Shop)
		if err != nil {
			return err
		}
		keys, err := shopsOf(db).Keys(ctx, shop)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, keysAsJSON(keys))
		}
		t := table{{"NAME", "SECRET", "DIALECTS", "MAY", "READER", "MADE", "EXPIRES", "LAST USED", "ENDED"}}
		for _, k := range keys {
			dialects, may := "all", "read and write"
			if len(k.Dialects) > 0 {
				dialects = strings.Join(k.Dialects, ",")
			}
			if k.ReadOnly {
				may = "read"
			}
			t = append(t, []string{k.Name, k.Hint + "…", dialects, may, k.Reader, minute(k.CreatedAt), minute(k.ExpiresAt), minute(k.UsedAt), minute(k.RevokedAt)})
		}
		return t.print(s.out)
	})
}

// listedKey is a key as JSON shows it.
type listedKey struct {
	Name      string    `json:"name"`
	Hint      string    `json:"hint"`
	Dialects  []string  `json:"dialects"` // empty for all
	ReadOnly  bool      `json:"read_only"`
	Reader    string    `json:"reader"` // of the exchange
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	UsedAt    time.Time `json:"last_used_at,omitzero"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

func keysAsJSON(keys []*orderhub.Key) []listedKey {
	all := make([]listedKey, len(keys))
	for i, k := range keys {
		all[i] = listedKey{k.Name, k.Hint, k.Dialects, k.ReadOnly, k.Reader, k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt}
	}
	return all
}
