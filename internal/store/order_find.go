package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"orderhub"
)

// OrderOptions say what a look-up of orders reads.
type OrderOptions struct {
	// Heads reads of each order only its number, code, customer, version and
	// deletion, when and how often its status was set, and when the exchange
	// last saw it change: such an order must not be saved.
	Heads bool
	// Deleted finds deleted orders, too, but by number: that is free again.
	Deleted bool
}

// OrdersFound are the orders that references mean, and what else has the same
// code or payment number.
type OrdersFound struct {
	ByID     map[orderhub.OrderID]*orderhub.Order
	Numbers  map[string]orderhub.OrderID   // of orders that are not deleted
	Codes    map[string][]orderhub.OrderID // all that have the code: those that are not deleted first, the youngest first
	Payments map[string][]orderhub.OrderID // all that have the payment document, as in Codes
}

// Orders finds the orders of a shop that references mean: by number, ID, code
// and payment number. Of several orders of one code or payment number only the
// one that is meant is read, the youngest; the IDs of the others are returned.
// In an Update what is read is held until the transaction ends, in the sequence
// of the IDs, so that transactions cannot deadlock. It is ErrOvertaken when an
// order was changed meanwhile so that it is meant no more, which cannot happen
// under the shop's lock.
func (tx *Tx) Orders(ctx context.Context, shop orderhub.ShopID, refs []orderhub.OrderRef, o OrderOptions) (*OrdersFound, error) {
	f := &OrdersFound{
		ByID: make(map[orderhub.OrderID]*orderhub.Order), Numbers: make(map[string]orderhub.OrderID),
		Codes: make(map[string][]orderhub.OrderID), Payments: make(map[string][]orderhub.OrderID),
	}
	ids, err := f.lookUp(ctx, tx, shop, refs, o)
	if err != nil {
		return nil, err
	}
	read := tx.orders
	if o.Heads {
		read = tx.heads
	}
	live := " and deleted_at = 0"
	if o.Deleted {
		live = ""
	}
	err = eachChunk(tx, ids, []any{int64(shop)}, func(in string, args []any) error {
		some, err := read(ctx, "Orders", `where +shop_id = $1 and order_id `+in+live+` order by order_id`+tx.hold, args...)
		for _, order := range some {
			f.ByID[order.ID] = order
		}
		return err
	})
	if err == nil && f.outdated() {
		err = ErrOvertaken
	}
	return f, err
}

// lookUp finds the IDs that are meant, ascending.
func (f *OrdersFound) lookUp(ctx context.Context, tx *Tx, shop orderhub.ShopID, refs []orderhub.OrderRef, o OrderOptions) ([]int64, error) {
	var numbers, codes, payments []string
	wanted := make(map[int64]bool, len(refs))
	for _, r := range refs {
		if named(r.Number) {
			numbers = append(numbers, r.Number)
		}
		if named(r.Code) {
			codes = append(codes, r.Code)
		}
		if named(r.Payment) {
			payments = append(payments, r.Payment)
		}
		if r.ID != 0 {
			wanted[int64(r.ID)] = true
		}
	}
	err := f.each(ctx, tx, shop, numbers, byNumber, func(number string, id int64, _ bool) {
		f.Numbers[number] = orderhub.OrderID(id)
		wanted[id] = true
	})
	for _, by := range []struct {
		values []string
		query  string
		found  map[string][]orderhub.OrderID
	}{{codes, byCode, f.Codes}, {payments, byPayment, f.Payments}} {
		if err != nil {
			return nil, err
		}
		err = f.each(ctx, tx, shop, by.values, by.query, func(value string, id int64, deleted bool) {
			if deleted && !o.Deleted {
				return
			}
			if len(by.found[value]) == 0 {
				wanted[id] = true
			}
			by.found[value] = append(by.found[value], orderhub.OrderID(id))
		})
	}
	return slices.Sorted(maps.Keys(wanted)), err
}

// The queries for IDs by something else; each goes on with a condition on the
// value, which is the first column.
const (
	byNumber  = `select number, order_id, false from orders where shop_id = $1 and deleted_at = 0 and number `
	byCode    = `select code, order_id, deleted_at <> 0 from orders where shop_id = $1 and code <> '' and code `
	byPayment = `select p.number, o.order_id, o.deleted_at <> 0 from order_payments p join orders o on o.order_id = p.order_id where p.shop_id = $1 and p.number `
)

func (f *OrdersFound) each(ctx context.Context, tx *Tx, shop orderhub.ShopID, values []string, query string, found func(value string, id int64, deleted bool)) error {
	// Each value once: those that differ in a chunk must not be found twice.
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	return eachChunk(tx, values, []any{int64(shop)}, func(in string, args []any) error {
		err := eachRow(ctx, tx, func(rows Rows) error {
			var value string
			var id int64
			var deleted bool
			if err := rows.Scan(&value, &id, &deleted); err != nil {
				return err
			}
			found(value, id, deleted)
			return nil
		}, `/* Orders */ `+query+in+` order by 3, 2 desc`, args...)
		if err != nil {
			return fmt.Errorf("store: find orders: %w", err)
		}
		return nil
	})
}

// outdated says whether an order that was found by something does not carry
// it any more.
func (f *OrdersFound) outdated() bool {
	for number, id := range f.Numbers {
		if o := f.ByID[id]; o == nil || o.Number != number || !o.DeletedAt.IsZero() {
			return true
		}
	}
	for code, ids := range f.Codes {
		if o := f.ByID[ids[0]]; o == nil || o.Code != code {
			return true
		}
	}
	return false
}

// Order is the order that a reference means, nil when there is none. A
// reference finds deleted orders as far as it and the look-up say so.
func (f *OrdersFound) Order(r orderhub.OrderRef) *orderhub.Order {
	for _, id := range []orderhub.OrderID{f.Numbers[r.Number], r.ID, youngest(f.Codes[r.Code]), youngest(f.Payments[r.Payment])} {
		if o := f.ByID[id]; o != nil && (r.Deleted || o.DeletedAt.IsZero()) {
			return o
		}
	}
	return nil
}

func youngest(ids []orderhub.OrderID) orderhub.OrderID {
	if len(ids) == 0 {
		return 0
	}
	return ids[0]
}

// OrderByRef finds an order, a deleted one only when the reference says so
// and there is no other, and, in an Update, holds it until the transaction ends. It is a
// NotFound error when the shop has no such order; a foreign order is exactly
// as unknown as one that never was.
func (tx *Tx) OrderByRef(ctx context.Context, shop orderhub.ShopID, ref orderhub.OrderRef) (*orderhub.Order, error) {
	f, err := tx.Orders(ctx, shop, []orderhub.OrderRef{ref}, OrderOptions{Deleted: ref.Deleted})
	if err != nil {
		return nil, err
	}
	if o := f.Order(ref); o != nil {
		return o, nil
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "no order %s", ref)
}

// OrdersByIDs returns orders of a shop, deleted ones too, by ID. See Orders.
func (tx *Tx) OrdersByIDs(ctx context.Context, shop orderhub.ShopID, ids []orderhub.OrderID) (map[orderhub.OrderID]*orderhub.Order, error) {
	refs := make([]orderhub.OrderRef, len(ids))
	for i, id := range ids {
		refs[i].ID = id
	}
	f, err := tx.Orders(ctx, shop, refs, OrderOptions{Deleted: true})
	if err != nil {
		return nil, err
	}
	return f.ByID, nil
}

// LiveOrders says which of the given orders, of any shop, are there and not
// deleted.
func (tx *Tx) LiveOrders(ctx context.Context, ids []orderhub.OrderID) (map[orderhub.OrderID]bool, error) {
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
