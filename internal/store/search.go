package store

import (
	"context"
	"fmt"

	"orderhub"
)

// IndexOrder puts an order's search text, folded, into the index, in place of
// what was there.
func (tx *Tx) IndexOrder(ctx context.Context, id orderhub.OrderID, text string) error {
	if _, err := tx.Exec(ctx, tx.words.Index, int64(id), text); err != nil {
		return fmt.Errorf("store: index order %d: %w", id, err)
	}
	return nil
}

// UnindexOrder takes an order out of the index.
func (tx *Tx) UnindexOrder(ctx context.Context, id orderhub.OrderID) error {
	if _, err := tx.Exec(ctx, tx.words.Unindex+` = $1`, int64(id)); err != nil {
		return fmt.Errorf("store: unindex order %d: %w", id, err)
	}
	return nil
}

// OrdersToIndex returns those of the given orders, of any shop, that are not
// deleted.
func (tx *Tx) OrdersToIndex(ctx context.Context, ids []orderhub.OrderID) ([]*orderhub.Order, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = int64(id)
	}
	return tx.orders(ctx, "OrdersToIndex", `where order_id in (`+list(1, len(ids))+`) and deleted_at = 0`, args...)
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
// not among them. It reads the orders themselves, so it finds an order from
// its commit on.
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
			select order_id from (select distinct order_id from order_lines l
				where product = $2 and product <> '' and order_id < $5 and exists (
					select 1 from orders o where o.order_id = l.order_id and o.shop_id = $1 and o.deleted_at = 0)
				order by order_id desc limit $6) e
			union
			select order_id from (select distinct order_id from order_lines l
				where sku = $2 and sku <> '' and order_id < $5 and exists (
					select 1 from orders o where o.order_id = l.order_id and o.shop_id = $1 and o.deleted_at = 0)
				order by order_id desc limit $6) f
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
