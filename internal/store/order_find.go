package store

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
)

// OrderByRef finds an order by its number, or else by its ID, its code or the
// number of a payment document. Of several orders of one code or document it is
// the youngest that is not deleted. A deleted order is found only when the
// reference says so and no other has the same key, and never by its number,
// which is free again. In an Update the order is held until the transaction
// ends.
//
// It is a NotFound error when the shop has no such order; a foreign order is
// exactly as unknown as one that never was. It is ErrOvertaken when the order
// was changed meanwhile so that it is meant no more, which cannot happen under
// the shop's lock.
func (tx *ShopTx) OrderByRef(ctx context.Context, ref orderhub.OrderRef) (*orderhub.Order, error) {
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
func (tx *ShopTx) orderBy(ctx context.Context, key OrderKey, value string, deleted bool) (*orderhub.Order, error) {
	if !named(value) {
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
	o, err := tx.orderByID(ctx, id, deleted)
	switch {
	case err != nil:
		return nil, err
	case key == ByNumber && (o == nil || o.Number != value), key == ByCode && o != nil && o.Code != value:
		return nil, ErrOvertaken
	}
	return o, nil
}

// firstLive is the first of some orders that is not deleted, or else the first.
func (tx *ShopTx) firstLive(ctx context.Context, ids []orderhub.OrderID) (orderhub.OrderID, error) {
	if len(ids) == 1 {
		return ids[0], nil
	}
	live, err := tx.liveOrders(ctx, ids)
	if i := slices.IndexFunc(ids, func(id orderhub.OrderID) bool { return live[id] }); i > 0 {
		return ids[i], err
	}
	return ids[0], err
}

// orderByID is an order of a shop, nil for none; a deleted one counts only when
// it is asked for.
func (tx *ShopTx) orderByID(ctx context.Context, id orderhub.OrderID, deleted bool) (*orderhub.Order, error) {
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
func (tx *ShopTx) OrdersByIDs(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID]*orderhub.Order, error) {
	found := make(map[orderhub.OrderID]*orderhub.Order, len(ids))
	all := slices.Compact(slices.Sorted(slices.Values(int64s(ids))))
	err := eachChunk(tx, all, []any{int64(tx.shop)}, func(in string, args []any) error {
		some, err := tx.orders(ctx, "OrdersByIDs", `where +shop_id = $1 and order_id `+in+` order by order_id`+tx.hold, args...)
		for _, o := range some {
			found[o.ID] = o
		}
		return err
	})
	return found, err
}

// LiveOrders says which of the given orders, of any shop, are there and not
// deleted.
func (tx *Tx) LiveOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID]bool, error) {
	return tx.liveOrders(ctx, ids)
}

func (tx *transaction) liveOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID]bool, error) {
	live := make(map[orderhub.OrderID]bool)
	err := eachChunk(tx, int64s(ids), nil, func(in string, args []any) error {
		return eachRow(ctx, tx, among(live), `/* LiveOrders */ select order_id from orders where deleted_at = 0 and order_id `+in, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: live orders: %w", err)
	}
	return live, nil
}

// named says whether a text can be the key of a row.
func named(text string) bool { return text != "" && orderhub.Storable(text) }
