package orderdb

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/store/query"
)

// An IndexEntry is what an order can be found by beside its own columns.
type IndexEntry struct {
	Shop  orderhub.ShopID
	Order orderhub.OrderID
	Text  string   // folded, to be found by its parts
	Keys  []string // to be found as a whole; see ProductKeys
}

// ProductKeys are the ids and article numbers of an order's products, sorted,
// each once.
func ProductKeys(o *orderhub.Order) []string {
	var all []string
	for i := range o.Lines {
		for _, key := range []string{o.Lines[i].Product, o.Lines[i].SKU} {
			if key != "" {
				all = append(all, key)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// IndexOrders puts orders into the search index, in place of what was there of
// them, and into the index of products. That keeps the products of lines that
// the orders have lost, until the orders are taken out: see SearchProducts.
func (tx AllOrders) IndexOrders(ctx context.Context, entries []IndexEntry) error {
	texts := make([][]any, len(entries))
	for i, e := range entries {
		texts[i] = tx.Words.SearchRow(int64(e.Shop), int64(e.Order), e.Text)
	}
	if err := deleteSearchTexts(ctx, tx.Tx, entries); err != nil {
		return fmt.Errorf("store: index orders: %w", err)
	}
	if err := tx.Words.SearchTexts.Send(ctx, tx, texts); err != nil {
		return err
	}
	return AddProductKeys(ctx, tx, entries)
}

// AddProductKeys puts orders into the index of products.
func AddProductKeys(ctx context.Context, tx query.Runner, entries []IndexEntry) error {
	var rows [][]any
	for _, e := range entries {
		for _, key := range e.Keys {
			rows = append(rows, []any{int64(e.Shop), key, int64(e.Order)})
		}
	}
	return newProductKeys.Send(ctx, tx, rows)
}

func deleteSearchTexts(ctx context.Context, tx *query.Tx, of []IndexEntry) error {
	keys := make([]int64, len(of))
	for i, e := range of {
		keys[i] = tx.Words.SearchKey(int64(e.Shop), int64(e.Order))
	}
	return query.EachChunk(tx, keys, nil, func(in string, args []any) error {
		return tx.Send(ctx, nil, `/* deleteSearchTexts */ delete from order_search where `+tx.Words.SearchColumns[0]+` `+in, args...)
	})
}

var newProductKeys = query.NewInserter("IndexProducts", "order_products", []string{"shop_id", "key", "order_id"},
	"on conflict (shop_id, key, order_id) do nothing")

// UnindexOrders takes orders out of both indexes; of the entries only the shop
// and the order count.
func (tx AllOrders) UnindexOrders(ctx context.Context, of []IndexEntry) error {
	return unindexOrders(ctx, tx.Tx, of)
}

func unindexOrders(ctx context.Context, tx *query.Tx, of []IndexEntry) error {
	ids := make([]int64, len(of))
	for i, e := range of {
		ids[i] = int64(e.Order)
	}
	err := query.EachChunk(tx, ids, nil, func(in string, args []any) error {
		some, err := readOrders(ctx, tx, "UnindexOrders", `where order_id `+in, args...)
		if err != nil {
			return err
		}
		for _, o := range some {
			if err := forgetProducts(ctx, tx, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = deleteSearchTexts(ctx, tx, of)
	}
	if err != nil {
		return fmt.Errorf("store: unindex orders: %w", err)
	}
	return nil
}

// forgetProducts takes an order out of the index of products.
func forgetProducts(ctx context.Context, tx query.Runner, o *orderhub.Order) error {
	return query.EachChunk(tx, ProductKeys(o), []any{int64(o.Shop), int64(o.ID)}, func(in string, args []any) error {
		return tx.Send(ctx, nil, `/* forgetProducts */ delete from order_products where shop_id = $1 and order_id = $2 and key `+in, args...)
	})
}

// OrdersToIndex returns those of the given orders, of any shop, that are not
// deleted.
func (tx AllOrders) OrdersToIndex(ctx context.Context, ids []orderhub.OrderID) ([]*orderhub.Order, error) {
	var all []*orderhub.Order
	err := query.EachChunk(tx, query.IDs(ids), nil, func(in string, args []any) error {
		some, err := readOrders(ctx, tx, "OrdersToIndex", `where order_id `+in+` and deleted_at = 0`, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

// SearchIndex returns orders of the shop below an ID whose search text may
// hold a folded text of three letters or more, the highest first, at most
// limit. Some may not hold it: the caller looks.
func (tx ShopOrders) SearchIndex(ctx context.Context, parts []string, below orderhub.OrderID, limit int) ([]orderhub.OrderID, error) {
	return foundIDs(ctx, tx, tx.Words.Match, int64(tx.ShopID), tx.Words.Pattern(parts), int64(below), limit)
}

// An Exact is what a search text means when it is a whole word: what is "" is
// not looked for.
type Exact struct {
	Text  string // a number or a code, to the letter
	Email string // in the form in which addresses are compared
	Phone string // in the form in which phones are compared
}

// SearchExact returns a shop's orders below an ID that carry exactly this
// number, code, e-mail address or phone, the highest first, at most limit; when
// they are fewer, there are no more. Deleted orders are not among them. It
// reads the orders themselves, so it finds an order from its commit on.
func (tx ShopOrders) SearchExact(ctx context.Context, e Exact, below orderhub.OrderID, limit int) ([]orderhub.OrderID, error) {
	return foundIDs(ctx, tx, `/* SearchExact */
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
		) found order by order_id desc limit $6`,
		int64(tx.ShopID), e.Text, e.Email, e.Phone, int64(below), limit)
}

// SearchProducts returns a shop's orders below an ID that have a product of
// this id or article number, to the letter, as SearchExact does. An order that
// had one once may be among them: the caller looks.
func (tx ShopOrders) SearchProducts(ctx context.Context, key string, below orderhub.OrderID, limit int) ([]orderhub.OrderID, error) {
	return foundIDs(ctx, tx, `/* SearchProducts */
		select order_id from order_products p
		where shop_id = $1 and key = $2 and order_id < $3 and exists (
			select 1 from orders o where o.order_id = p.order_id and o.deleted_at = 0)
		order by order_id desc limit $4`, int64(tx.ShopID), key, int64(below), limit)
}

func foundIDs(ctx context.Context, tx query.Runner, query string, args ...any) ([]orderhub.OrderID, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("store: orders: %w", err)
	}
	defer rows.Close()
	var ids []orderhub.OrderID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("store: orders: %w", err)
		}
		ids = append(ids, orderhub.OrderID(id))
	}
	return ids, rows.Err()
}
