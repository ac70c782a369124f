package store

import (
	"context"
	"fmt"

	"orderhub"
)

// Groups lists the groups of a shop's customers by their IDs.
func (tx *ShopTx) Groups(ctx context.Context) ([]*orderhub.Group, error) {
	rows, err := tx.Query(ctx, `/* Groups */
		select group_id, shop_id, name from customer_groups where shop_id = $1 order by group_id`, int64(tx.shop))
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
func (tx *ShopTx) CreateGroups(ctx context.Context, all []*orderhub.Group) error {
	rows := make([][]any, len(all))
	for i, g := range all {
		if err := tx.owns(g.Shop); err != nil {
			return err
		}
		rows[i] = []any{int64(g.ID), int64(tx.shop), g.Name}
	}
	return newGroups.insert(ctx, tx, rows, nil)
}

var newGroups = newInserter("CreateGroups", "customer_groups", []string{"group_id", "shop_id", "name"}, "")

// GroupNames are the names of groups of a shop by their IDs.
func (tx *ShopTx) GroupNames(ctx context.Context, ids []orderhub.GroupID) (map[orderhub.GroupID]string, error) {
	return namesByID(ctx, tx, "/* GroupNames */ select group_id, name from customer_groups where shop_id = $1 and group_id ", tx.shop, ids)
}

// CardTypeNames are the names of types of a shop's cards by their IDs.
func (tx *ShopTx) CardTypeNames(ctx context.Context, ids []orderhub.CardTypeID) (map[orderhub.CardTypeID]string, error) {
	return namesByID(ctx, tx, "/* CardTypeNames */ select type_id, name from card_types where shop_id = $1 and type_id ", tx.shop, ids)
}

// namesByID reads what a query, which ends with the column of IDs, finds.
func namesByID[ID ~int64](ctx context.Context, tx runner, query string, shop orderhub.ShopID, ids []ID) (map[ID]string, error) {
	found := make(map[ID]string)
	err := eachChunk(tx, int64s(ids), []any{int64(shop)}, func(in string, args []any) error {
		return readNames(ctx, tx, query+in, args, found)
	})
	if err != nil {
		return nil, fmt.Errorf("store: names: %w", err)
	}
	return found, nil
}

func readNames[ID ~int64](ctx context.Context, tx runner, query string, args []any, into map[ID]string) error {
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
