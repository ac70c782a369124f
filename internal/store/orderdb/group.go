package orderdb

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/store/query"
)

// Groups lists the groups of a shop's customers by their IDs.
func (tx ShopOrders) Groups(ctx context.Context) ([]*orderhub.Group, error) {
	rows, err := tx.Query(ctx, `/* Groups */
		select group_id, shop_id, name from customer_groups where shop_id = $1 order by group_id`, int64(tx.ShopID))
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
func (tx ShopOrders) CreateGroups(ctx context.Context, all []*orderhub.Group) error {
	rows := make([][]any, len(all))
	for i, g := range all {
		if err := tx.Owns(g.Shop); err != nil {
			return err
		}
		rows[i] = []any{int64(g.ID), int64(tx.ShopID), g.Name}
	}
	return newGroups.Insert(ctx, tx, rows, nil)
}

var newGroups = query.NewInserter("CreateGroups", "customer_groups", []string{"group_id", "shop_id", "name"}, "")

// GroupNames are the names of groups of a shop by their IDs.
func (tx ShopOrders) GroupNames(ctx context.Context, ids []orderhub.GroupID) (map[orderhub.GroupID]string, error) {
	return query.NamesByID(ctx, tx, "/* GroupNames */ select group_id, name from customer_groups where shop_id = $1 and group_id ", tx.ShopID, ids)
}
