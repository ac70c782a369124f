// Package definitions knows the names that a shop made for its own use: of
// attributes of its orders, lines and customers, and the ids of its consents.
// Plug-ins of vendors ask for them when their settings are made.
//
// A shop may define names. Others are seen: a Keeper reads the events and
// collects the names from what was written, outside the transactions that are
// answered for. After a crash it goes on where it was.
package definitions

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// reader is the name under which the events' position is saved.
const reader = "definitions"

// A Keeper keeps the definitions of all shops in a store. Several programs may
// run one each: they take turns.
type Keeper struct {
	DB    *store.DB
	Log   *slog.Logger
	Batch int           // events a transaction; 0 is 250, few enough not to be felt by other writers
	Pause time.Duration // rest between batches while orders pour in; 0 is 200 ms
	Poll  time.Duration // how often to look for events; 0 is 2 s
}

// Run collects names until ctx ends. A failure is logged and tried again.
func (k *Keeper) Run(ctx context.Context) {
	pause, poll := orElse(k.Pause, 200*time.Millisecond), orElse(k.Poll, 2*time.Second)
	for ctx.Err() == nil {
		n, err := k.Step(ctx)
		if err != nil && ctx.Err() == nil {
			k.Log.Error("definitions", "error", err)
		}
		rest := poll
		if err == nil && n > 0 {
			rest = pause
		}
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// most is how many batches a List waits for: on a store that has just been
// filled a list may lag behind a little.
const most = 20

// List returns what a shop has defined or was seen with, of one kind, the
// oldest first. It collects what was written until now before it looks.
func (k *Keeper) List(ctx context.Context, shop *orderhub.Shop, kind orderhub.DefinitionKind) ([]orderhub.Definition, error) {
	for range most {
		if n, err := k.Step(ctx); err != nil {
			return nil, err
		} else if n == 0 {
			break
		}
	}
	var all []orderhub.Definition
	err := k.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Shop(shop.ID).Definitions(ctx, kind)
		return err
	})
	return all, err
}

// Define adds a definition that the shop gives, also in the place of one that
// was only seen. It joins the caller's transaction.
func Define(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, kind orderhub.DefinitionKind, name, label string) error {
	d := orderhub.Definition{Shop: shop.ID, Kind: kind, Name: name, Label: label}
	if err := d.Validate(); err != nil {
		return err
	}
	known, err := namesOf(ctx, tx, shop.ID, kind)
	if err != nil {
		return err
	}
	if !known[name] && len(known) >= orderhub.MaxDefinitions {
		return orderhub.Wrong("name", fmt.Sprintf("is one too many; a shop can have %d of a kind", orderhub.MaxDefinitions))
	}
	return tx.Shop(d.Shop).Define(ctx, d)
}

// Step takes one batch of events and returns how many it took: 0 when nothing
// is left, or when another program is at work. The names and the position
// change in one transaction.
func (k *Keeper) Step(ctx context.Context) (int, error) {
	unread := false
	err := k.DB.View(ctx, func(tx *store.Tx) (err error) {
		unread, err = tx.Unread(ctx, reader)
		return err
	})
	if err != nil || !unread {
		return 0, err
	}
	taken := 0
	err = k.DB.Update(ctx, func(tx *store.Tx) error {
		most := orElse(k.Batch, 250)
		n, err := readEvents(ctx, tx, most)
		if err == nil && n.events >= most && n.size() == 0 {
			var more news
			if more, err = readEvents(ctx, tx, passed); more.size() <= most {
				n = more
			}
		}
		if taken = n.events; err != nil || taken == 0 {
			return err
		}
		if err := collect(ctx, tx, n); err != nil {
			return err
		}
		return tx.SavePosition(ctx, reader, n.after)
	})
	return taken, err
}

// passed is how many events a batch passes over that have no names, such as
// those of a feed, which are one for each product.
const passed = 1_000

// news are the records whose names events have made or changed.
type news struct {
	events    int
	after     store.Position
	orders    []orderhub.OrderID
	customers []orderhub.CustomerID
}

func (n *news) size() int { return len(n.orders) + len(n.customers) }

// readEvents reads the next events, at most a number of them.
func readEvents(ctx context.Context, tx *store.Tx, most int) (n news, err error) {
	events, after, err := tx.ReadEvents(ctx, reader, most)
	n.events, n.after = len(events), after
	seenOrders, seenCustomers := make(map[orderhub.OrderID]bool), make(map[orderhub.CustomerID]bool)
	for _, e := range events {
		switch e.Kind {
		case orderhub.OrderPlaced, orderhub.OrderChanged:
			if !seenOrders[e.Order] {
				seenOrders[e.Order] = true
				n.orders = append(n.orders, e.Order)
			}
		case orderhub.CustomerRegistered, orderhub.CustomerChanged:
			if !seenCustomers[e.Customer] {
				seenCustomers[e.Customer] = true
				n.customers = append(n.customers, e.Customer)
			}
		}
	}
	return n, err
}

// collect stores the names that are new in records.
func collect(ctx context.Context, tx *store.Tx, n news) error {
	found, err := tx.NamesIn(ctx, n.orders, n.customers)
	if err != nil {
		return err
	}
	type list struct {
		shop orderhub.ShopID
		kind orderhub.DefinitionKind
	}
	known := make(map[list]map[string]bool)
	var fresh []orderhub.Definition
	for _, d := range found {
		l := list{d.Shop, d.Kind}
		if known[l] == nil {
			if known[l], err = namesOf(ctx, tx, d.Shop, d.Kind); err != nil {
				return err
			}
		}
		if d.Validate() != nil || known[l][d.Name] || len(known[l]) >= orderhub.MaxDefinitions {
			continue
		}
		known[l][d.Name] = true
		fresh = append(fresh, d)
	}
	return tx.AddDefinitions(ctx, fresh)
}

func namesOf(ctx context.Context, tx *store.Tx, shop orderhub.ShopID, kind orderhub.DefinitionKind) (map[string]bool, error) {
	all, err := tx.Shop(shop).Definitions(ctx, kind)
	names := make(map[string]bool, len(all))
	for _, d := range all {
		names[d.Name] = true
	}
	return names, err
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
