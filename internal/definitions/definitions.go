// Package definitions knows the names that a shop made for its own use: of
// attributes of its orders, lines and customers, and the ids of its consents.
// Plug-ins of vendors ask for them when their settings are made.
//
// A shop may define names. Others are seen: a consumer of the events collects the
// names from what was written, outside the transactions that are answered for.
package definitions

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/events"
	"orderhub/internal/store"
)

// A Keeper lists the definitions of all shops in a store.
type Keeper struct {
	DB *store.DB
}

// Consumer collects names from events. It takes its time: a list collects what is
// left before it looks.
func Consumer() *events.Consumer {
	return &events.Consumer{Name: "definitions", Wants: bringsNames, Batch: 50, Pause: time.Second, Prepare: prepare}
}

// most is how many batches a List collects: on a store that has just been
// filled a list may lag behind a little.
const most = 10

// List returns what a shop has defined or was seen with, of one kind, the
// oldest first. It collects what was written until now before it looks.
func (k *Keeper) List(ctx context.Context, shop *orderhub.Shop, kind orderhub.DefinitionKind) ([]orderhub.Definition, error) {
	if err := events.CatchUp(ctx, k.DB, Consumer(), most); err != nil {
		return nil, err
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

// bringsNames reports whether events of a kind may bring new names.
func bringsNames(k orderhub.EventKind) bool {
	switch k {
	case orderhub.OrderPlaced, orderhub.OrderChanged, orderhub.CustomerRegistered, orderhub.CustomerChanged:
		return true
	}
	return false
}

// prepare finds the names in what events are about.
func prepare(ctx context.Context, tx *store.Tx, all []orderhub.Event) (events.Handle, error) {
	orders, customers := make(map[orderhub.OrderID]bool), make(map[orderhub.CustomerID]bool)
	for _, e := range all {
		if e.Order != 0 {
			orders[e.Order] = true
		} else {
			customers[e.Customer] = true
		}
	}
	found, err := tx.NamesIn(ctx, slices.Sorted(maps.Keys(orders)), slices.Sorted(maps.Keys(customers)))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return func(ctx context.Context, tx *store.Tx) error { return collect(ctx, tx, found) }, nil
}

// collect stores those of the found names that are new.
func collect(ctx context.Context, tx *store.Tx, found []orderhub.Definition) (err error) {
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
