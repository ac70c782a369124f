package orderdb

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/store/query"
)

// OrderByRef finds an order by its number, or else by its ID, its code or the
// number of a payment document. Of several orders of one code or document it is
// the youngest that is not deleted. A deleted order is found only when the
// reference says so and no other has the same key, and never by its number,
// which is free again. It is for a View, or for an Update under the lock of the
// shop: without it the order may be renamed between two statements.
//
// It is a NotFound error when the shop has no such order; a foreign order is
// exactly as unknown as one that never was.
func (tx ShopOrders) OrderByRef(ctx context.Context, ref orderhub.OrderRef) (*orderhub.Order, error) {
	for _, find := range []func() (*orderhub.Order, error){
		func() (*orderhub.Order, error) { return tx.orderBy(ctx, ByNumber, ref.Number, false) },
		func() (*orderhub.Order, error) { return tx.orderByID(ctx, ref.ID, ref.Deleted) },
		func() (*orderhub.Order, error) { return tx.orderBy(ctx, ByCode, ref.Code, ref.Deleted) },
		func() (*orderhub.Order, error) { return tx.orderBy(ctx, ByPayment, ref.Payment, ref.Deleted) },
	} {
		if o, err := find(); o != nil || err != nil {
			return o, err
		}
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "no order %s", ref)
}

// orderBy is the order that a key means, nil for none.
func (tx ShopOrders) orderBy(ctx context.Context, key OrderKey, value string, deleted bool) (*orderhub.Order, error) {
	if !query.Given(value) {
		return nil, nil
	}
	found, err := tx.OrderIDsBy(ctx, key, []string{value})
	ids := found[value]
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	id, err := tx.firstLive(ctx, ids)
	if err != nil {
		return nil, err
	}
	return tx.orderByID(ctx, id, deleted)
}

// firstLive is the first of some orders that is not deleted, or else the first.
func (tx ShopOrders) firstLive(ctx context.Context, ids []orderhub.OrderID) (orderhub.OrderID, error) {
	if len(ids) == 1 {
		return ids[0], nil
	}
	live, err := liveOrders(ctx, tx, ids)
	if i := slices.IndexFunc(ids, func(id orderhub.OrderID) bool { return live[id] }); i > 0 {
		return ids[i], err
	}
	return ids[0], err
}

// orderByID is an order of a shop, nil for none; a deleted one counts only when
// it is asked for.
func (tx ShopOrders) orderByID(ctx context.Context, id orderhub.OrderID, deleted bool) (*orderhub.Order, error) {
	if id == 0 {
		return nil, nil
	}
	found, err := tx.OrdersByIDs(ctx, []orderhub.OrderID{id})
	if o := found[id]; o != nil && (deleted || o.DeletedAt.IsZero()) {
		return o, err
	}
	return nil, err
}

// OrdersByIDs returns orders of a shop, deleted ones too, by ID. In an Update
// they are held until the transaction ends, in the sequence of the IDs, so that
// transactions cannot deadlock.
func (tx ShopOrders) OrdersByIDs(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID]*orderhub.Order, error) {
	found := make(map[orderhub.OrderID]*orderhub.Order, len(ids))
	all := slices.Compact(slices.Sorted(slices.Values(query.IDs(ids))))
	err := query.EachChunk(tx, all, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readOrders(ctx, tx, "OrdersByIDs", `where +shop_id = $1 and order_id `+in+` order by order_id`+tx.Hold, args...)
		for _, o := range some {
			found[o.ID] = o
		}
		return err
	})
	return found, err
}

// LiveOrders says which of the given orders, of any shop, are there and not
// deleted.
func (tx AllOrders) LiveOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID]bool, error) {
	return liveOrders(ctx, tx, ids)
}

func liveOrders(ctx context.Context, tx query.Runner, ids []orderhub.OrderID) (map[orderhub.OrderID]bool, error) {
	live := make(map[orderhub.OrderID]bool)
	err := query.EachChunk(tx, query.IDs(ids), nil, func(in string, args []any) error {
		return query.EachRow(ctx, tx, query.Among(live), `/* LiveOrders */ select order_id from orders where deleted_at = 0 and order_id `+in, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: live orders: %w", err)
	}
	return live, nil
}
