package store

import (
	"context"
	"fmt"

	"orderhub"
)

// MakeGroup finds a group of customers by its name, or makes it; when two make
// it at once, both get the one.
func (tx *Tx) MakeGroup(ctx context.Context, g *orderhub.Group) error {
	id, err := tx.makeNamed(ctx, `/* MakeGroup */
		insert into customer_groups (shop_id, name) values ($1, $2)
		on conflict (shop_id, name) do nothing returning group_id`,
		`/* MakeGroup */ select group_id from customer_groups where shop_id = $1 and name = $2`, g.Shop, g.Name)
	if err != nil {
		return fmt.Errorf("store: group %s: %w", g.Name, err)
	}
	g.ID = orderhub.GroupID(id)
	return nil
}

// Groups lists the groups of a shop's customers by their IDs.
func (tx *Tx) Groups(ctx context.Context, shop orderhub.ShopID) ([]*orderhub.Group, error) {
	rows, err := tx.Query(ctx, `/* Groups */
		select group_id, shop_id, name from customer_groups where shop_id = $1 order by group_id`, int64(shop))
	if err != nil {
		return nil, fmt.Errorf("store: groups: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Group
	for rows.Next() {
		g := new(orderhub.Group)
		if err := rows.Scan((*int64)(&g.ID), (*int64)(&g.Shop), &g.Name); err != nil {
			return nil, fmt.Errorf("store: groups: %w", err)
		}
		all = append(all, g)
	}
	return all, rows.Err()
}

// CreateGroups stores new groups, whose IDs are set.
func (tx *Tx) CreateGroups(ctx context.Context, all []*orderhub.Group) error {
	rows := make([][]any, len(all))
	for i, g := range all {
		rows[i] = []any{int64(g.ID), int64(g.Shop), g.Name}
	}
	return newGroups.insert(ctx, tx, rows, nil)
}

var newGroups = newInserter("CreateGroups", "customer_groups", []string{"group_id", "shop_id", "name"}, "")

// makeNamed finds what a shop has under a name, or inserts it. Whom another
// transaction comes before waits for its commit, and then finds what it made.
func (tx *Tx) makeNamed(ctx context.Context, insert, find string, shop orderhub.ShopID, name string, more ...any) (int64, error) {
	var id int64
	key := []any{int64(shop), name}
	found, err := queryRow(ctx, tx, find, key, &id)
	if found || err != nil {
		return id, err
	}
	made, err := queryRow(ctx, tx, insert, append(key, more...), &id)
	if err == nil && !made {
		return 0, ErrOvertaken
	}
	return id, err
}

// GroupNames are the names of groups of a shop by their IDs.
func (tx *Tx) GroupNames(ctx context.Context, shop orderhub.ShopID, ids []orderhub.GroupID) (map[orderhub.GroupID]string, error) {
	return namesByID(ctx, tx, "/* GroupNames */ select group_id, name from customer_groups where shop_id = $1 and group_id ", shop, ids)
}

// CardTypeNames are the names of types of a shop's cards by their IDs.
func (tx *Tx) CardTypeNames(ctx context.Context, shop orderhub.ShopID, ids []orderhub.CardTypeID) (map[orderhub.CardTypeID]string, error) {
	return namesByID(ctx, tx, "/* CardTypeNames */ select type_id, name from card_types where shop_id = $1 and type_id ", shop, ids)
}

// namesByID reads what a query, which ends with the column of IDs, finds.
func namesByID[ID ~int64](ctx context.Context, tx *Tx, query string, shop orderhub.ShopID, ids []ID) (map[ID]string, error) {
	found := make(map[ID]string)
	err := eachChunk(tx, int64s(ids), []any{int64(shop)}, func(in string, args []any) error {
		return readNames(ctx, tx, query+in, args, found)
	})
	if err != nil {
		return nil, fmt.Errorf("store: names: %w", err)
	}
	return found, nil
}

func readNames[ID ~int64](ctx context.Context, tx *Tx, query string, args []any, into map[ID]string) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		into[ID(id)] = name
	}
	return rows.Err()
}
