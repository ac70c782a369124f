package store

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
)

// An IndexEntry is what an order can be found by beside its own columns.
type IndexEntry struct {
	Shop  orderhub.ShopID
	Order orderhub.OrderID
	Text  string   // folded, to be found by its parts
	Keys  []string // product ids and article numbers, to be found as a whole
}

// IndexOrders puts orders into the search index and the index of products, in
// place of what was there of them.
func (tx *Tx) IndexOrders(ctx context.Context, entries []IndexEntry) error {
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = int64(e.Order)
	}
	known, err := tx.productKeys(ctx, ids)
	if err != nil {
		return err
	}
	var gone []int64
	var rows [][]any
	for _, e := range entries {
		if err := tx.Send(ctx, nil, tx.words.Index, int64(e.Order), e.Text); err != nil {
			return fmt.Errorf("store: index order %d: %w", e.Order, err)
		}
		keys := slices.Compact(slices.Sorted(slices.Values(e.Keys)))
		if slices.Equal(keys, known[int64(e.Order)]) {
			continue
		}
		if len(known[int64(e.Order)]) > 0 {
			gone = append(gone, int64(e.Order))
		}
		for _, key := range keys {
			rows = append(rows, []any{int64(e.Shop), key, int64(e.Order)})
		}
	}
	if err := tx.forgetProducts(ctx, gone); err != nil {
		return err
	}
	return newProductKeys.send(ctx, tx, rows, nil)
}

var newProductKeys = newInserter("IndexOrders", "order_products", []string{"shop_id", "key", "order_id"}, "")

// productKeys are the keys of orders in the index of products, sorted.
func (tx *Tx) productKeys(ctx context.Context, ids []int64) (map[int64][]string, error) {
	known := make(map[int64][]string)
	err := eachChunk(tx, ids, nil, func(in string, args []any) error {
		return eachRow(ctx, tx, func(r Rows) error {
			var id int64
			var key string
			err := r.Scan(&id, &key)
			known[id] = append(known[id], key)
			return err
		}, `/* productKeys */ select order_id, key from order_products where order_id `+in, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: products of orders: %w", err)
	}
	for _, keys := range known {
		slices.Sort(keys) // as Go does: databases may sort as people do
	}
	return known, nil
}

func (tx *Tx) forgetProducts(ctx context.Context, ids []int64) error {
	err := eachChunk(tx, ids, nil, func(in string, args []any) error {
		return tx.Send(ctx, nil, `/* forgetProducts */ delete from order_products where order_id `+in, args...)
	})
	if err != nil {
		return fmt.Errorf("store: products of orders: %w", err)
	}
	return nil
}

// UnindexOrders takes orders out of both indexes.
func (tx *Tx) UnindexOrders(ctx context.Context, ids []orderhub.OrderID) error {
	err := eachChunk(tx, int64s(ids), nil, func(in string, args []any) error {
		return tx.Send(ctx, nil, tx.words.Unindex+" "+in, args...)
	})
	if err != nil {
		return fmt.Errorf("store: unindex orders: %w", err)
	}
	return tx.forgetProducts(ctx, int64s(ids))
}

// OrdersToIndex returns those of the given orders, of any shop, that are not
// deleted.
func (tx *Tx) OrdersToIndex(ctx context.Context, ids []orderhub.OrderID) ([]*orderhub.Order, error) {
	var all []*orderhub.Order
	err := eachChunk(tx, int64s(ids), nil, func(in string, args []any) error {
		some, err := tx.orders(ctx, "OrdersToIndex", `where order_id `+in+` and deleted_at = 0`, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

// SearchIndex returns orders of any shop below an ID whose search text may
// hold a folded text of three letters or more, the highest first, at most
// limit. Some may not hold it: the caller looks.
func (tx *Tx) SearchIndex(ctx context.Context, parts []string, below orderhub.OrderID, limit int) ([]orderhub.OrderID, error) {
	return tx.orderIDs(ctx, tx.words.Match, tx.words.Pattern(parts), int64(below), limit)
}

// An Exact is what a search text means when it is a whole word: what is "" is
// not looked for.
type Exact struct {
	Text  string // a number, a code, a product or an article, to the letter
	Email string // in the form in which addresses are compared
	Phone string // in the form in which phones are compared
}

// SearchExact returns a shop's orders below an ID that carry exactly this
// number, code, e-mail address, phone, product or article, the highest first,
// at most limit; when they are fewer, there are no more. Deleted orders are
// not among them. Products and articles are found as the index of products
// knows them, the rest from the commit on.
func (tx *Tx) SearchExact(ctx context.Context, shop orderhub.ShopID, e Exact, below orderhub.OrderID, limit int) ([]orderhub.OrderID, error) {
	return tx.orderIDs(ctx, `/* SearchExact */
		select order_id from (
			select order_id from (select order_id from orders
				where shop_id = $1 and number = $2 and deleted_at = 0 and order_id < $5) a
			union
			select order_id from (select order_id from orders
				where shop_id = $1 and code = $2 and code <> '' and deleted_at = 0 and order_id < $5
				order by order_id desc limit $6) b
			union
			select order_id from (select order_id from orders
				where shop_id = $1 and email_key = $3 and email_key <> '' and deleted_at = 0 and order_id < $5
				order by order_id desc limit $6) c
			union
			select order_id from (select order_id from orders
				where shop_id = $1 and phone_key = $4 and phone_key <> '' and deleted_at = 0 and order_id < $5
				order by order_id desc limit $6) d
			union
			select order_id from (select order_id from order_products p
				where shop_id = $1 and key = $2 and order_id < $5 and exists (
					select 1 from orders o where o.order_id = p.order_id and o.deleted_at = 0)
				order by order_id desc limit $6) e
		) found order by order_id desc limit $6`,
		int64(shop), e.Text, e.Email, e.Phone, int64(below), limit)
}

func (tx *Tx) orderIDs(ctx context.Context, query string, args ...any) ([]orderhub.OrderID, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("store: search: %w", err)
	}
	defer rows.Close()
	var ids []orderhub.OrderID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("store: search: %w", err)
		}
		ids = append(ids, orderhub.OrderID(id))
	}
	return ids, rows.Err()
}
