package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"orderhub"
)

// What is in this file does to many customers in few statements what
// customer.go does to one.

// CustomersBy finds whom identities of one kind mean. Values that mean nobody
// are left out.
func (tx *Tx) CustomersBy(ctx context.Context, shop orderhub.ShopID, kind orderhub.Identity, values []string) (map[string]orderhub.CustomerID, error) {
	found := make(map[string]orderhub.CustomerID)
	err := inChunks(values, func(chunk []any) error {
		return eachRow(ctx, tx, byValue(found), `/* CustomersBy */
			select value, customer_id from identities
			where shop_id = $1 and kind = $2 and value in (`+list(3, len(chunk))+`)`,
			append([]any{int64(shop), string(kind)}, chunk...)...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: customers by %s: %w", kind, err)
	}
	return found, nil
}

// HeldCustomersByIDs returns customers of a shop, by ID, and holds them until the
// transaction ends, in the sequence of the IDs, which must ascend. Those that
// are deleted or another shop's are left out.
func (tx *Tx) HeldCustomersByIDs(ctx context.Context, shop orderhub.ShopID, ids []orderhub.CustomerID) (map[orderhub.CustomerID]*orderhub.Customer, error) {
	held := make(map[orderhub.CustomerID]*orderhub.Customer, len(ids))
	err := inChunks(ids, func(chunk []any) error {
		some, err := tx.customers(ctx, `where +shop_id = $1 and deleted_at = 0 and customer_id in (`+
			list(2, len(chunk))+`) order by customer_id`+tx.hold, append([]any{int64(shop)}, chunk...)...)
		for _, c := range some {
			held[c.ID] = c
		}
		return err
	})
	return held, err
}

// CustomersInUse says which of some customers have orders, deleted ones too,
// cards, bonus points or acts.
func (tx *Tx) CustomersInUse(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID]bool, error) {
	used := make(map[orderhub.CustomerID]bool)
	err := inChunks(ids, func(chunk []any) error {
		in := ` customer_id in (` + list(1, len(chunk)) + `)`
		return eachRow(ctx, tx, among(used), `/* CustomersInUse */
			select customer_id from orders where`+in+`
			union select customer_id from cards where`+in+`
			union select customer_id from bonus_entries where`+in+`
			union select customer_id from events where kind = 'customer.acted' and`+in, chunk...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: customers in use: %w", err)
	}
	return used, nil
}

// RemoveCustomers removes customers for good, with their identities. Nothing
// else may refer to them; their events stay.
func (tx *Tx) RemoveCustomers(ctx context.Context, ids []orderhub.CustomerID) error {
	err := inChunks(ids, func(chunk []any) error {
		in := ` in (` + list(1, len(chunk)) + `)`
		for _, from := range []string{
			`identities where customer_id`, `possible_duplicates where customer_id`, `possible_duplicates where other_id`, `customers where customer_id`,
		} {
			if _, err := tx.Exec(ctx, `/* RemoveCustomers */ delete from `+from+in, chunk...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: remove customers: %w", err)
	}
	return nil
}

// GroupsByName finds groups of a shop's customers. Names that no group has are
// left out.
func (tx *Tx) GroupsByName(ctx context.Context, shop orderhub.ShopID, names []string) (map[string]orderhub.GroupID, error) {
	found := make(map[string]orderhub.GroupID)
	err := inChunks(names, func(chunk []any) error {
		byID := make(map[orderhub.GroupID]string)
		err := readNames(ctx, tx, `/* GroupsByName */
			select group_id, name from customer_groups where shop_id = $1 and name in (`+list(2, len(chunk))+`)`,
			append([]any{int64(shop)}, chunk...), byID)
		for id, name := range byID {
			found[name] = id
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: groups by name: %w", err)
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
	scan := func(r Rows) error {
		var id int64
		var w who
		if err := r.Scan(&id, &w.external, &w.email, &w.phone); err != nil {
			return err
		}
		byWho[w].ID = orderhub.CustomerID(id)
		return nil
	}
	return newCustomers.insert(ctx, tx, rows, scan)
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
	claims = inSequence(claims)
	rows := make([][]any, len(claims))
	for i, c := range claims {
		rows[i] = []any{int64(shop), string(c.Kind), c.Value, int64(c.Customer)}
	}
	return newIdentities.send(ctx, tx, rows, ErrOvertaken)
}

// ClaimForNew is ClaimIdentities for customers that have no identity yet, in
// less time: instead of every row that was stored, their number comes back.
func (tx *Tx) ClaimForNew(ctx context.Context, shop orderhub.ShopID, claims []Claim) error {
	rows := make([][]any, len(claims))
	for i, c := range inSequence(claims) {
		rows[i] = []any{int64(shop), string(c.Kind), c.Value, int64(c.Customer)}
	}
	if err := claimed.send(ctx, tx, rows, nil); err != nil {
		return err
	}
	wanted := make(map[orderhub.CustomerID]int, len(claims))
	for _, c := range claims {
		wanted[c.Customer]++
	}
	return inChunks(slices.Sorted(maps.Keys(wanted)), func(chunk []any) error {
		missing := int64(0)
		for _, id := range chunk {
			missing += int64(wanted[id.(orderhub.CustomerID)])
		}
		return tx.Send(ctx, func(r Rows) error {
			for r.Next() {
				var n int64
				if err := r.Scan(&n); err != nil {
					return err
				}
				missing -= n
			}
			if r.Err() == nil && missing != 0 {
				return ErrOvertaken
			}
			return r.Err()
		}, `/* ClaimForNew */ select count(*) from identities where customer_id in (`+list(1, len(chunk))+`)`, chunk...)
	})
}

var claimed = newInserter("ClaimForNew", "identities", []string{"shop_id", "kind", "value", "customer_id"},
	"on conflict (shop_id, kind, value) do nothing")

// inSequence sorts claims as everybody does.
func inSequence(claims []Claim) []Claim {
	return slices.SortedFunc(slices.Values(claims), func(a, b Claim) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
}

var newIdentities = newInserter("ClaimIdentities", "identities", []string{"shop_id", "kind", "value", "customer_id"},
	"on conflict (shop_id, kind, value) do nothing returning customer_id")
