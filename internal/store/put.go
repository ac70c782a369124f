package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"orderhub"
)

// OrdersByNumbers returns those orders of a shop that have one of the numbers
// and are not deleted, by number, and holds them until the transaction ends.
// Everybody holds many orders in one sequence, that of their IDs, so that
// those who want the same wait for each other instead of all waiting for ever.
// It is ErrOvertaken when one of them was deleted meanwhile.
func (tx *Tx) OrdersByNumbers(ctx context.Context, shop orderhub.ShopID, numbers []string) (map[string]*orderhub.Order, error) {
	byNumber, err := tx.idsBy(ctx, shop, "number", numbers)
	if err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Values(byNumber))
	found := make(map[string]*orderhub.Order, len(ids))
	for chunk := range slices.Chunk(ids, inChunk) {
		held, err := tx.orders(ctx, "OrdersByNumbers",
			`where order_id in (`+list(1, len(chunk))+`) and deleted_at = 0 order by order_id`+tx.hold, anys(chunk)...)
		if err != nil {
			return nil, err
		}
		for _, o := range held {
			found[o.Number] = o
		}
	}
	if len(found) < len(ids) {
		return nil, ErrOvertaken
	}
	return found, nil
}

// SaveOrders is SaveOrder for many orders, in few statements. Changed names
// the parts of each order to write anew; the others must be as they were read.
func (tx *Tx) SaveOrders(ctx context.Context, all []*orderhub.Order, keys []Keys, changed []Parts) error {
	last, err := tx.lastParts(ctx, all)
	if err != nil {
		return err
	}
	rows := make([][]any, len(all))
	for i, o := range all {
		rows[i] = append([]any{int64(o.ID)}, orderValues(o, keys[i], o.NumberParts(last[o.ID]))...)
	}
	if err := savedOrders.update(ctx, tx, rows); err != nil {
		return err
	}
	for _, p := range partTables {
		var anew []*orderhub.Order
		for i, o := range all {
			if changed[i]&p.part != 0 {
				anew = append(anew, o)
			}
		}
		if err := tx.replaceParts(ctx, p, anew); err != nil {
			return err
		}
	}
	return nil
}

// replaceParts writes one list of many orders anew.
func (tx *Tx) replaceParts(ctx context.Context, p partTable, orders []*orderhub.Order) error {
	for chunk := range slices.Chunk(orderIDs(orders), inChunk) {
		_, err := tx.Exec(ctx, `/* SaveOrders */
			delete from `+p.table+` where order_id in (`+list(1, len(chunk))+`)`, anys(chunk)...)
		if err != nil {
			return fmt.Errorf("store: save orders: %w", err)
		}
	}
	return tx.insertParts(ctx, orders, p.part)
}

// lastParts are the highest numbers that parts of each order ever had.
func (tx *Tx) lastParts(ctx context.Context, all []*orderhub.Order) (map[orderhub.OrderID]int, error) {
	last := make(map[orderhub.OrderID]int, len(all))
	read := func(chunk []int64) error {
		return eachRow(ctx, tx, func(rows Rows) error {
			var id int64
			var n int
			if err := rows.Scan(&id, &n); err != nil {
				return err
			}
			last[orderhub.OrderID(id)] = n
			return nil
		}, `/* SaveOrders */
			select order_id, last_part from orders where order_id in (`+list(1, len(chunk))+`)`, anys(chunk)...)
	}
	for chunk := range slices.Chunk(orderIDs(all), inChunk) {
		if err := read(chunk); err != nil {
			return nil, fmt.Errorf("store: save orders: %w", err)
		}
	}
	return last, nil
}

func orderIDs(orders []*orderhub.Order) []int64 {
	ids := make([]int64, len(orders))
	for i, o := range orders {
		ids[i] = int64(o.ID)
	}
	return ids
}

func anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

// An updater changes many rows in few statements.
type updater struct {
	table string
	texts
}

// newUpdater makes an updater of a table whose key is the first column. Types
// are those of the columns: a list of plain values has none of its own.
func newUpdater(name, table string, columns, types []string) updater {
	return updater{table, newTexts(func(rows int) string {
		return updateAllStatement(name, table, columns, types, rows)
	})}
}

func updateAllStatement(name, table string, columns, types []string, rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "/* %s */ update %s set ", name, table)
	for i, c := range columns[1:] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s = v.column%d", c, i+2)
	}
	b.WriteString(" from (values ")
	p := 0
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for i := range columns {
			if i > 0 {
				b.WriteString(", ")
			}
			p++
			fmt.Fprintf(&b, "cast($%d as %s)", p, types[i])
		}
		b.WriteByte(')')
	}
	fmt.Fprintf(&b, ") v where %s.%s = v.column1", table, columns[0])
	return b.String()
}

// update changes rows, each of which begins with its key.
func (u updater) update(ctx context.Context, c Conn, rows [][]any) error {
	return u.each(rows, func(statement string, args []any, _ int, _ bool) error {
		if _, err := c.Exec(ctx, statement, args...); err != nil {
			return fmt.Errorf("store: update %s: %w", u.table, err)
		}
		return nil
	})
}

// savedOrders writes all columns of orders.
var savedOrders = newUpdater("SaveOrders", "orders", append([]string{"order_id"}, orderColumns...), orderTypes())

// orderTypes are the types in which the values of an order travel; the
// database fits numbers to the width of their columns.
func orderTypes() []string {
	types := []string{"bigint"}
	for _, v := range orderValues(new(orderhub.Order), Keys{}, 0) {
		switch v.(type) {
		case string:
			types = append(types, "text")
		case bool:
			types = append(types, "boolean")
		default:
			types = append(types, "bigint")
		}
	}
	return types
}

// CustomersByIDs returns customers of a shop, by ID; those that are deleted or
// another shop's are left out. Nothing is held.
func (tx *Tx) CustomersByIDs(ctx context.Context, shop orderhub.ShopID, ids []orderhub.CustomerID) (map[orderhub.CustomerID]*orderhub.Customer, error) {
	found := make(map[orderhub.CustomerID]*orderhub.Customer, len(ids))
	for chunk := range slices.Chunk(ids, inChunk) {
		args := []any{int64(shop)}
		for _, id := range chunk {
			args = append(args, int64(id))
		}
		some, err := tx.customers(ctx, `where +shop_id = $1 and deleted_at = 0 and customer_id in (`+list(2, len(chunk))+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, c := range some {
			found[c.ID] = c
		}
	}
	return found, nil
}
