package store

import (
	"context"
	"fmt"
)

// soundness are queries that count what must not be; each reads on after the
// count.
var soundness = []struct{ says, query string }{
	{"orders have no event that tells of their beginning", `
		select count(*) from orders o
		where not exists (select 1 from events e where e.order_id = o.order_id and e.kind = 'order.placed')`},
	{"orders say they have lines and have none, or the other way round", partQuery("order_lines", Lines)},
	{"orders say they have payments and have none, or the other way round", partQuery("payments", Payments)},
	{"orders say they have shipments and have none, or the other way round", partQuery("shipments", Shipments)},
	{"orders say they have taxes and have none, or the other way round", partQuery("taxes", Taxes)},
	{"orders are linked to a customer of another shop", `
		select count(*) from orders o join customers c on c.customer_id = o.customer_id
		where c.shop_id <> o.shop_id`},
	{"events tell of orders that are not there", `
		select count(*) from events e
		where e.order_id is not null and not exists (select 1 from orders o where o.order_id = e.order_id)
			and not exists (select 1 from events v where v.order_id = e.order_id and v.kind = 'order.purged')`},
	{"identities mean a customer of another shop", `
		select count(*) from identities i join customers c on c.customer_id = i.customer_id
		where c.shop_id <> i.shop_id`},
	{"cards belong to a customer of another shop", `
		select count(*) from cards k join customers c on c.customer_id = k.customer_id
		where c.shop_id <> k.shop_id`},
	{"customers have less than no bonus points", `
		select count(*) from (select customer_id from bonus_entries
			where state in (1, 2, 3) group by customer_id having sum(points) < 0) found`},
	{"bonus entries tell of orders that are not there", `
		select count(*) from bonus_entries e
		where e.order_id is not null and not exists (select 1 from orders o where o.order_id = e.order_id)
			and not exists (select 1 from events v where v.order_id = e.order_id and v.kind = 'order.purged')`},
	{"bonus entries belong to a customer of another shop", `
		select count(*) from bonus_entries e join customers c on c.customer_id = e.customer_id
		where c.shop_id <> e.shop_id`},
	{"bonus points that came in do not agree with what was drawn on them", `
		select count(*) from bonus_entries e
		where e.points > 0 and case when e.state = 1 then ` + left + ` <= 0 when e.state in (2, 3) then ` + left + ` <> 0
			else exists (select 1 from bonus_draws d where d.lot_id = e.entry_id) end`},
	{"bonus points that went out do not agree with what they were drawn on", `
		select count(*) from bonus_entries e
		where e.points < 0 and cast(coalesce((select sum(d.points) from bonus_draws d where d.entry_id = e.entry_id), 0) as bigint)
			<> case when e.state in (1, 2, 3) then -e.points else 0 end`},
}

func partQuery(table string, part Parts) string {
	return fmt.Sprintf(`
		select count(*) from orders o
		where (o.parts / %d %% 2 = 1) <> exists (select 1 from %s p where p.order_id = o.order_id)`, part, table)
}

// Check looks for damage: the database's own files first, then what the
// program's writes can never leave behind. Every finding is a sentence; none
// means that the store is sound. It reads everything, which takes a while.
func (db *DB) Check(ctx context.Context) ([]string, error) {
	findings, err := db.engine.Check(ctx)
	if err != nil {
		return findings, fmt.Errorf("store: check: %w", err)
	}
	err = db.View(ctx, func(tx *Tx) error {
		for _, s := range soundness {
			var n int
			if _, err := queryRow(ctx, tx, "/* Check */"+s.query, nil, &n); err != nil {
				return fmt.Errorf("store: check: %w", err)
			}
			if n > 0 {
				findings = append(findings, fmt.Sprintf("%d %s", n, s.says))
			}
		}
		return nil
	})
	return findings, err
}

// Counts are how many of each thing the store holds, deleted orders apart.
type Counts struct {
	Shops, Orders, Customers, Events int
}

// Count counts; on a large store it takes a while.
func (db *DB) Count(ctx context.Context) (Counts, error) {
	var c Counts
	err := db.View(ctx, func(tx *Tx) error {
		_, err := queryRow(ctx, tx, `/* Count */
			select (select count(*) from shops),
			       (select count(*) from orders where deleted_at = 0),
			       (select count(*) from customers),
			       (select count(*) from events)`,
			nil, &c.Shops, &c.Orders, &c.Customers, &c.Events)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("store: count: %w", err)
	}
	return c, nil
}
