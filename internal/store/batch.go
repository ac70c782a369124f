package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"orderhub"
)

// What is in this file does to many rows in few statements what its siblings
// do to one: on a database across a network the number of statements is what
// costs, and on any database they are faster.

// inChunk is how many values an in-condition of ours holds at most.
const inChunk = 250

// NumbersTaken says which of the numbers orders of the shop have already.
func (tx *Tx) NumbersTaken(ctx context.Context, shop orderhub.ShopID, numbers []string) (map[string]bool, error) {
	ids, err := tx.idsBy(ctx, shop, "number", numbers)
	taken := make(map[string]bool, len(ids))
	for number := range ids {
		taken[number] = true
	}
	return taken, err
}

// idsBy are the youngest orders of a shop that are not deleted and have these
// values in a column, number or code.
func (tx *Tx) idsBy(ctx context.Context, shop orderhub.ShopID, column string, values []string) (map[string]int64, error) {
	ids := make(map[string]int64, len(values))
	err := inChunks(values, func(chunk []any) error {
		rows, err := tx.Query(ctx, `/* idsBy */
			select `+column+`, max(order_id) from orders
			where shop_id = $1 and `+column+` <> '' and deleted_at = 0 and `+column+` in (`+list(2, len(chunk))+`) group by `+column,
			append([]any{int64(shop)}, chunk...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var value string
			var id int64
			if err := rows.Scan(&value, &id); err != nil {
				return err
			}
			ids[value] = id
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("store: orders by %s: %w", column, err)
	}
	return ids, nil
}

// CustomersBy finds whom identities of one kind mean. Values that mean nobody
// are left out.
func (tx *Tx) CustomersBy(ctx context.Context, shop orderhub.ShopID, kind orderhub.Identity, values []string) (map[string]orderhub.CustomerID, error) {
	found := make(map[string]orderhub.CustomerID)
	err := inChunks(values, func(chunk []any) error {
		rows, err := tx.Query(ctx, `/* CustomersBy */
			select value, customer_id from identities
			where shop_id = $1 and kind = $2 and value in (`+list(3, len(chunk))+`)`,
			append([]any{int64(shop), string(kind)}, chunk...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var value string
			var id int64
			if err := rows.Scan(&value, &id); err != nil {
				return err
			}
			found[value] = orderhub.CustomerID(id)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("store: customers by %s: %w", kind, err)
	}
	return found, nil
}

func inChunks[V any](values []V, query func(chunk []any) error) error {
	for len(values) > 0 {
		n := min(len(values), inChunk)
		chunk := make([]any, n)
		for i, v := range values[:n] {
			chunk[i] = v
		}
		if err := query(chunk); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// CreateCustomers stores new customers and sets their IDs and times. No two
// of them may have the same external id, e-mail address and phone number.
func (tx *Tx) CreateCustomers(ctx context.Context, all []*orderhub.Customer) error {
	type who struct{ external, email, phone string }
	byWho := make(map[who]*orderhub.Customer, len(all))
	rows := make([][]any, len(all))
	for i, c := range all {
		c.CreatedAt, c.UpdatedAt = tx.now, tx.now
		if c.RegisteredAt.IsZero() {
			c.RegisteredAt = tx.now
		}
		byWho[who{c.ExternalID, c.Email, c.Phone}] = c
		rows[i] = append(append([]any{int64(c.Shop)}, customerValues(c)...), 0)
	}
	// Databases may return rows in any sequence, so each tells whose it is.
	return newCustomers.insert(ctx, tx, rows, func(r Rows) error {
		var id int64
		var w who
		if err := r.Scan(&id, &w.external, &w.email, &w.phone); err != nil {
			return err
		}
		byWho[w].ID = orderhub.CustomerID(id)
		return nil
	})
}

var newCustomers = newInserter("CreateCustomers", "customers", customerInsert, "returning customer_id, external_id, email, phone")

// A Claim is an identity that shall mean a customer.
type Claim struct {
	Kind     orderhub.Identity
	Value    string
	Customer orderhub.CustomerID
}

// ClaimIdentities lets identities mean customers from now on; the transaction
// is ErrOvertaken when one of them means another one, also when that one's
// transaction commits only while this one waits. Everybody claims in the same
// sequence, so that those who claim the same wait for each other instead of
// all waiting for ever.
func (tx *Tx) ClaimIdentities(ctx context.Context, shop orderhub.ShopID, claims []Claim) error {
	claims = slices.SortedFunc(slices.Values(claims), func(a, b Claim) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	rows := make([][]any, len(claims))
	for i, c := range claims {
		rows[i] = []any{int64(shop), string(c.Kind), c.Value, int64(c.Customer)}
	}
	return newIdentities.send(ctx, tx, rows, ErrOvertaken)
}

var newIdentities = newInserter("ClaimIdentities", "identities", []string{"shop_id", "kind", "value", "customer_id"},
	"on conflict (shop_id, kind, value) do nothing returning customer_id")

// CreateOrders stores new orders of one shop with all their parts and sets
// their IDs and the numbers of their parts. Their numbers must differ. It is
// ErrOvertaken when one of them is taken, which the caller has looked for.
func (tx *Tx) CreateOrders(ctx context.Context, all []*orderhub.Order, keys []Keys) error {
	stored, err := tx.createOrders(ctx, all, keys)
	if err == nil && !stored {
		return ErrOvertaken
	}
	return err
}

// createOrders is CreateOrders that reports false when a number is taken.
func (tx *Tx) createOrders(ctx context.Context, all []*orderhub.Order, keys []Keys) (bool, error) {
	byNumber := make(map[string]*orderhub.Order, len(all))
	rows := make([][]any, len(all))
	for i, o := range all {
		o.CreatedAt = tx.now
		byNumber[o.Number] = o
		rows[i] = orderValues(o, keys[i], o.NumberParts(0))
	}
	stored := 0
	err := newOrders.insert(ctx, tx, rows, func(r Rows) error {
		var id int64
		var number string
		if err := r.Scan(&id, &number); err != nil {
			return err
		}
		byNumber[number].ID = orderhub.OrderID(id)
		stored++
		return nil
	})
	if err != nil || stored < len(all) {
		return false, err
	}
	return true, tx.insertParts(ctx, all, Lines|Payments|Shipments|Taxes)
}

var newOrders = newInserter("CreateOrders", "orders", orderColumns,
	"on conflict (shop_id, number) where deleted_at = 0 do nothing returning order_id, number")
