package orderdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

const customerColumns = `customer_id, shop_id, external_id, email, phone,
	name, first_name, middle_name, last_name, gender, birth_year, birth_month, birth_day, group_id,
	unsubscribed, complained, bounced, consents, attributes, extras,
	registered_at, created_at, updated_at, version`

// Customer finds a customer of a shop and, in an Update, holds it until the
// transaction ends. It is a NotFound error when the shop has no such customer.
func (tx ShopOrders) Customer(ctx context.Context, id orderhub.CustomerID) (*orderhub.Customer, error) {
	all, err := readCustomers(ctx, tx, `where customer_id = $1 and shop_id = $2 and deleted_at = 0`+tx.Hold, id, tx.ShopID)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, orderhub.Errorf(orderhub.NotFound, "no customer with id %d", id)
	}
	return all[0], nil
}

// CustomerByRef finds a customer of a shop and, in an Update, holds it until
// the transaction ends. The reference's e-mail address and phone number must be
// in the form in which they are compared. It is a NotFound error when the shop
// has no such customer; a foreign one is exactly as unknown as one that never
// was.
func (tx ShopOrders) CustomerByRef(ctx context.Context, ref orderhub.CustomerRef) (*orderhub.Customer, error) {
	for _, by := range []struct {
		kind  orderhub.Identity // "" is our own id
		value string
	}{{orderhub.ByExternal, ref.ExternalID}, {"", ""}, {orderhub.ByEmail, ref.Email}, {orderhub.ByPhone, ref.Phone}} {
		id := ref.ID
		if by.kind != "" {
			if by.value == "" || !orderhub.Storable(by.value) {
				continue
			}
			var err error
			if id, err = tx.CustomerBy(ctx, by.kind, by.value); err != nil {
				return nil, err
			}
		}
		if id == 0 {
			continue
		}
		c, err := tx.Customer(ctx, id)
		if orderhub.KindOf(err) == orderhub.NotFound && by.kind == "" {
			c, err = tx.mergedCustomer(ctx, id)
		}
		if orderhub.KindOf(err) != orderhub.NotFound {
			return c, err
		}
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "no customer %s", ref)
}

// mergedCustomer finds the customer that another one was merged into.
func (tx ShopOrders) mergedCustomer(ctx context.Context, id orderhub.CustomerID) (*orderhub.Customer, error) {
	into, err := tx.MergedInto(ctx, []orderhub.CustomerID{id})
	if err != nil {
		return nil, err
	}
	return tx.Customer(ctx, into[id])
}

// MergedInto finds the customers that others were merged into, at last. Those
// that were not merged are left out.
func (tx ShopOrders) MergedInto(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID]orderhub.CustomerID, error) {
	next := make(map[orderhub.CustomerID]orderhub.CustomerID)
	for some := ids; len(some) > 0; {
		var found []orderhub.CustomerID
		err := query.EachChunk(tx, query.IDs(some), []any{int64(tx.ShopID)}, func(in string, args []any) error {
			return query.EachRow(ctx, tx, func(r query.Rows) error {
				var id, into orderhub.CustomerID
				if err := r.Scan((*int64)(&id), (*int64)(&into)); err != nil {
					return err
				}
				next[id] = into
				found = append(found, into)
				return nil
			}, `/* MergedInto */
				select customer_id, merged_into from customers
				where +shop_id = $1 and merged_into <> 0 and customer_id `+in, args...)
		})
		if err != nil {
			return nil, fmt.Errorf("store: merged customers: %w", err)
		}
		some = found
	}
	into := make(map[orderhub.CustomerID]orderhub.CustomerID)
	for _, id := range ids {
		last := id
		for next[last] != 0 {
			last = next[last]
		}
		if last != id {
			into[id] = last
		}
	}
	return into, nil
}

// IdentitiesOf are all identities by which customers of a shop are found.
func (tx ShopOrders) IdentitiesOf(ctx context.Context, ids []orderhub.CustomerID) ([]Claim, error) {
	var all []Claim
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(r query.Rows) error {
			var c Claim
			err := r.Scan((*string)(&c.Kind), &c.Value, (*int64)(&c.Customer))
			all = append(all, c)
			return err
		}, `/* IdentitiesOf */
			select kind, value, customer_id from identities
			where +shop_id = $1 and customer_id `+in+` order by kind, value`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: identities: %w", err)
	}
	return all, nil
}

// CustomersOf returns the customers linked to orders, each once.
func (tx ShopOrders) CustomersOf(ctx context.Context, orders []*orderhub.Order) ([]*orderhub.Customer, error) {
	seen := make(map[orderhub.CustomerID]bool)
	var ids []int64
	for _, o := range orders {
		if o.Customer != 0 && !seen[o.Customer] {
			seen[o.Customer] = true
			ids = append(ids, int64(o.Customer))
		}
	}
	slices.Sort(ids)
	var all []*orderhub.Customer
	err := query.EachChunk(tx, ids, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readCustomers(ctx, tx, `where customer_id `+in+` and +shop_id = $1 order by customer_id`, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

func readCustomers(ctx context.Context, tx query.Runner, where string, args ...any) ([]*orderhub.Customer, error) {
	rows, err := tx.Query(ctx, `/* customers */ select `+customerColumns+` from customers c `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: customers: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Customer
	for rows.Next() {
		c, err := scanCustomer(rows)
		if err != nil {
			return nil, fmt.Errorf("store: customers: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// scanCustomer scans the columns of a customer and what the query has after
// them.
func scanCustomer(rows query.Rows, more ...any) (*orderhub.Customer, error) {
	c := new(orderhub.Customer)
	var gender int
	var group *int64
	var consents, attributes, extras []byte
	var registered, created, updated int64
	err := rows.Scan(append([]any{
		(*int64)(&c.ID), (*int64)(&c.Shop), &c.ExternalID, &c.Email, &c.Phone,
		&c.Name, &c.FirstName, &c.MiddleName, &c.LastName, &gender,
		&c.Birthday.Year, &c.Birthday.Month, &c.Birthday.Day, &group,
		&c.Unsubscribed, &c.Complained, &c.Bounced, &consents, &attributes, &extras,
		&registered, &created, &updated, &c.Version,
	}, more...)...)
	if err != nil {
		return nil, err
	}
	c.Gender = orderhub.Gender(gender)
	if group != nil {
		c.Group = orderhub.GroupID(*group)
	}
	c.RegisteredAt, c.CreatedAt, c.UpdatedAt = form.Instant(registered), form.Instant(created), form.Instant(updated)
	if err := json.Unmarshal(consents, &c.Consents); err != nil {
		return nil, err
	}
	if len(c.Consents) == 0 {
		c.Consents = nil // none is nil, as it was when it was stored
	}
	if c.Attributes, err = orderhub.ParseAttributes(attributes); err != nil {
		return nil, err
	}
	c.Extras, err = orderhub.ParseExtras(extras)
	return c, err
}

// CustomerBy finds the customer that an identity means, 0 for none. The value must be in
// the form in which identities are compared.
func (tx ShopOrders) CustomerBy(ctx context.Context, kind orderhub.Identity, value string) (orderhub.CustomerID, error) {
	var id int64
	_, err := query.Row(ctx, tx, `/* CustomerBy */
		select customer_id from identities where shop_id = $1 and kind = $2 and value = $3`,
		[]any{tx.ShopID, string(kind), value}, &id)
	if err != nil {
		return 0, fmt.Errorf("store: customer by %s: %w", kind, err)
	}
	return orderhub.CustomerID(id), nil
}

// CustomersBy finds the customers that identities of one kind mean: their ids,
// by the values that mean one, and those of the customers that are not deleted.
func (tx ShopOrders) CustomersBy(ctx context.Context, kind orderhub.Identity, values []string) (
	owners map[string]orderhub.CustomerID, live map[orderhub.CustomerID]*orderhub.Customer, err error,
) {
	owners, live = make(map[string]orderhub.CustomerID), make(map[orderhub.CustomerID]*orderhub.Customer)
	read := func(rows query.Rows) error {
		var value string
		var deleted int64
		c, err := scanCustomer(rows, &value, &deleted)
		if err != nil {
			return err
		}
		if owners[value] = c.ID; deleted == 0 {
			live[c.ID] = c
		}
		return nil
	}
	err = query.EachChunk(tx, values, []any{int64(tx.ShopID), string(kind)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, read, `/* CustomersBy */
			select `+customerColumns+`, value, deleted_at
			from (select value, customer_id as owner from identities where shop_id = $1 and kind = $2 and value `+in+`) i
			join customers on customer_id = owner`, args...)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("store: customers by %s: %w", kind, err)
	}
	return owners, live, nil
}

// CustomersByIDs returns customers of a shop, by ID; those that are deleted or
// another shop's are left out.
func (tx ShopOrders) CustomersByIDs(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID]*orderhub.Customer, error) {
	found := make(map[orderhub.CustomerID]*orderhub.Customer, len(ids))
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readCustomers(ctx, tx, `where +shop_id = $1 and deleted_at = 0 and customer_id `+in, args...)
		for _, c := range some {
			found[c.ID] = c
		}
		return err
	})
	return found, err
}

// CustomersInUse says which of some customers have orders, deleted ones too,
// cards, bonus points or acts.
func (tx ShopOrders) CustomersInUse(ctx context.Context, ids []orderhub.CustomerID) (map[orderhub.CustomerID]bool, error) {
	used := make(map[orderhub.CustomerID]bool)
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		in += ` and +shop_id = $1`
		return query.EachRow(ctx, tx, query.Among(used), `/* CustomersInUse */
			select customer_id from orders where customer_id `+in+`
			union select customer_id from cards where customer_id `+in+`
			union select customer_id from bonus_entries where customer_id `+in+`
			union select customer_id from events where kind = 'customer.acted' and customer_id `+in, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: customers in use: %w", err)
	}
	return used, nil
}
