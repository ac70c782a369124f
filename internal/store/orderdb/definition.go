package orderdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// Definitions lists what a shop has defined or was seen with, of one kind, the
// oldest first.
func (tx ShopOrders) Definitions(ctx context.Context, kind orderhub.DefinitionKind) ([]orderhub.Definition, error) {
	rows, err := tx.Query(ctx, `/* Definitions */
		select definition_id, name, label, given, made_at from definitions
		where shop_id = $1 and kind = $2`, int64(tx.ShopID), string(kind))
	if err != nil {
		return nil, fmt.Errorf("store: definitions: %w", err)
	}
	defer rows.Close()
	var all []orderhub.Definition
	for rows.Next() {
		d := orderhub.Definition{Shop: tx.ShopID, Kind: kind}
		var at int64
		if err := rows.Scan(&d.ID, &d.Name, &d.Label, &d.Given, &at); err != nil {
			return nil, fmt.Errorf("store: definitions: %w", err)
		}
		d.At = form.Instant(at)
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b orderhub.Definition) int { return int(a.ID - b.ID) })
	return all, rows.Err()
}

// AddDefinitions stores definitions whose names are new in their shop; others
// stay as they are.
func (tx AllOrders) AddDefinitions(ctx context.Context, all []orderhub.Definition) error {
	rows := make([][]any, len(all))
	for i, d := range all {
		rows[i] = []any{int64(d.Shop), string(d.Kind), d.Name, d.Label, d.Given, form.Micros(tx.Now())}
	}
	return newDefinitions.Insert(ctx, tx, rows, nil)
}

var newDefinitions = query.NewInserter("AddDefinitions", "definitions",
	[]string{"shop_id", "kind", "name", "label", "given", "made_at"}, "on conflict (shop_id, kind, name) do nothing")

// Define stores a definition that the shop gives, also in the place of one
// that was only seen.
func (tx ShopOrders) Define(ctx context.Context, d orderhub.Definition) error {
	if err := tx.Owns(d.Shop); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* Define */
		insert into definitions (shop_id, kind, name, label, given, made_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (shop_id, kind, name) do update set label = excluded.label, given = excluded.given`,
		int64(tx.ShopID), string(d.Kind), d.Name, d.Label, true, form.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("store: define %s: %w", d.Name, err)
	}
	return nil
}

// Undefine takes a definition out of the list. A name that is seen again comes
// back.
func (tx ShopOrders) Undefine(ctx context.Context, kind orderhub.DefinitionKind, name string) error {
	_, err := tx.Exec(ctx, `/* Undefine */ delete from definitions where shop_id = $1 and kind = $2 and name = $3`,
		int64(tx.ShopID), string(kind), name)
	if err != nil {
		return fmt.Errorf("store: undefine %s: %w", name, err)
	}
	return nil
}

// NamesIn lists the names that orders, their lines and customers of any shop
// carry, each once for each shop and kind, in no certain order.
func (tx AllOrders) NamesIn(ctx context.Context, orders []orderhub.OrderID, customers []orderhub.CustomerID) ([]orderhub.Definition, error) {
	n := foundNames{seen: make(map[orderhub.Definition]bool)}
	err := query.EachChunk(tx, query.IDs(orders), nil, func(in string, args []any) error {
		some, err := readOrders(ctx, tx, "NamesIn", `where order_id `+in, args...)
		for _, o := range some {
			n.of(o)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = query.EachChunk(tx, query.IDs(customers), nil, func(in string, args []any) error {
		return n.read(ctx, tx, orderhub.CustomerDefinition, `/* NamesIn */
			select shop_id, attributes, consents from customers
			where customer_id `+in+` and (attributes <> '{}' or consents <> '[]')`, args)
	})
	return n.all, err
}

// foundNames are what was found so far.
type foundNames struct {
	all  []orderhub.Definition
	seen map[orderhub.Definition]bool
}

func (n *foundNames) add(d orderhub.Definition) {
	if !n.seen[d] {
		n.seen[d] = true
		n.all = append(n.all, d)
	}
}

// of adds the names of an order and its lines.
func (n *foundNames) of(o *orderhub.Order) {
	for _, x := range o.Attributes {
		n.add(orderhub.Definition{Shop: o.Shop, Kind: orderhub.OrderDefinition, Name: x.Name})
	}
	for i := range o.Lines {
		for _, x := range o.Lines[i].Attributes {
			n.add(orderhub.Definition{Shop: o.Shop, Kind: orderhub.ProductDefinition, Name: x.Name})
		}
	}
}

func (n *foundNames) read(ctx context.Context, tx query.Runner, kind orderhub.DefinitionKind, query string, args []any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("store: names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var shop int64
		var attributes, consents []byte
		if err := rows.Scan(&shop, &attributes, &consents); err != nil {
			return fmt.Errorf("store: names: %w", err)
		}
		a, err := orderhub.ParseAttributes(attributes)
		if err != nil {
			return err
		}
		for _, x := range a {
			n.add(orderhub.Definition{Shop: orderhub.ShopID(shop), Kind: kind, Name: x.Name})
		}
		var agreed []orderhub.Consent
		if err := json.Unmarshal(consents, &agreed); err != nil {
			return err
		}
		for _, c := range agreed {
			n.add(orderhub.Definition{Shop: orderhub.ShopID(shop), Kind: orderhub.ConsentDefinition, Name: c.ID})
		}
	}
	return rows.Err()
}
