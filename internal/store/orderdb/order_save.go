package orderdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"orderhub"
	"orderhub/internal/store/query"
)

// InsertOrders stores new orders that have their IDs already, and numbers
// their parts. The transaction holds the lock of their shop and has looked for
// their numbers: a taken one fails the transaction. Nothing is waited for.
func (tx ShopOrders) InsertOrders(ctx context.Context, all []*orderhub.Order, keys []Keys) error {
	rows := make([][]any, len(all))
	for i, o := range all {
		if err := tx.Owns(o.Shop); err != nil {
			return err
		}
		o.LastPart = o.NumberParts(o.LastPart)
		rows[i] = append([]any{int64(o.ID)}, orderValues(o, keys[i], o.LastPart)...)
	}
	if err := newOrders.Send(ctx, tx, rows); err != nil {
		return err
	}
	return AddPaymentNumbers(ctx, tx, all)
}

var newOrders = query.NewInserter("InsertOrders", "orders", append([]string{"order_id"}, orderColumns...), "")

// An OrderSave is an order to be stored over what is stored of it.
type OrderSave struct {
	Old  *orderhub.Order // what is stored
	New  *orderhub.Order
	Keys Keys
}

// ChangeOrders stores changed orders, and numbers their new parts. Indexes of
// fields in which old and new agree are not written.
func (tx ShopOrders) ChangeOrders(ctx context.Context, saves []OrderSave) error {
	groups := make(map[indexed][][]any)
	var renumbered []*orderhub.Order
	for _, s := range saves {
		if err := tx.Owns(s.New.Shop); err != nil {
			return err
		}
		s.New.LastPart = s.New.NumberParts(max(s.Old.LastPart, s.New.LastPart)) // a number that a part once had is never used again
		values := orderValues(s.New, s.Keys, s.New.LastPart)
		moved := s.moved()
		groups[moved] = append(groups[moved], moved.row(int64(s.New.ID), values))
		if s.paymentsMoved() {
			renumbered = append(renumbered, s.New)
		}
	}
	for moved, rows := range groups {
		if err := moved.updater().Update(ctx, tx.ShopTx, rows); err != nil {
			return err
		}
	}
	return tx.replacePaymentNumbers(ctx, renumbered)
}

// indexed is a set of those columns of orders by which indexes are entered or
// limited: an update that sets one writes the index anew, even when the value
// stays. The other columns are always set.
type indexed uint16

// indexedColumns are the members of the set, in the sequence of its bits.
var indexedColumns = []string{"shop_id", "number", "code", "placed_at", "deleted_at", "status", "customer_id", "email_key", "phone_key", "account", "exchange_at"}

// moved says which indexed columns an order leaves otherwise than it found
// them.
func (s *OrderSave) moved() indexed {
	o, n := s.Old, s.New
	var set indexed
	for i, differs := range []bool{
		false, o.Number != n.Number, o.Code != n.Code, !o.PlacedAt.Equal(n.PlacedAt), !o.DeletedAt.Equal(n.DeletedAt),
		o.Status != n.Status, o.Customer != n.Customer,
		o.Contact.Email != n.Contact.Email, o.Contact.Phone != n.Contact.Phone, o.Account != n.Account, !o.ExchangeAt.Equal(n.ExchangeAt),
	} {
		if differs {
			set |= 1 << i
		}
	}
	return set
}

// columns are those that an update sets, by their places in orderColumns.
func (moved indexed) columns() []int {
	var all []int
	for place, name := range orderColumns {
		set := true
		for bit, c := range indexedColumns {
			set = set && (c != name || moved&(1<<bit) != 0)
		}
		if set {
			all = append(all, place)
		}
	}
	return all
}

// row picks the values of the columns.
func (moved indexed) row(id int64, values []any) []any {
	row := make([]any, 1, len(values)+1)
	row[0] = id
	for _, place := range moved.columns() {
		row = append(row, values[place])
	}
	return row
}

var orderUpdaters sync.Map // of an indexed, *query.Updater

// query.Updater updates orders of which these columns have moved.
func (moved indexed) updater() *query.Updater {
	if u, made := orderUpdaters.Load(moved); made {
		return u.(*query.Updater)
	}
	types := query.ColumnTypes(orderValues(new(orderhub.Order), Keys{}, 0))
	columns, kinds := []string{"order_id"}, types[:1:1]
	for _, place := range moved.columns() {
		columns, kinds = append(columns, orderColumns[place]), append(kinds, types[place+1])
	}
	u := query.NewUpdater("ChangeOrders", "orders", columns, kinds)
	kept, _ := orderUpdaters.LoadOrStore(moved, &u)
	return kept.(*query.Updater)
}

// PurgeOrders takes orders out of the store for good. Their events stay: they
// tell that the orders were there.
func (tx ShopOrders) PurgeOrders(ctx context.Context, ids []orderhub.OrderID) error {
	own, err := tx.OrdersByIDs(ctx, ids)
	if err != nil {
		return err
	}
	ids = slices.Sorted(maps.Keys(own))
	entries := make([]IndexEntry, len(ids))
	for i, id := range ids {
		entries[i] = IndexEntry{Shop: tx.ShopID, Order: id}
	}
	if err := unindexOrders(ctx, &tx.ShopTx.Tx, entries); err != nil {
		return err
	}
	err = query.EachChunk(tx, query.IDs(ids), nil, func(in string, args []any) error {
		for _, table := range []string{"exchange_marks", "order_payments", "orders"} {
			if err := tx.Send(ctx, nil, `/* PurgeOrders */ delete from `+table+` where order_id `+in, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: purge orders: %w", err)
	}
	return nil
}
