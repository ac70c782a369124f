package store

import (
	"context"
	"fmt"

	"orderhub/internal/store/carddb"
	"orderhub/internal/store/query"
)

// soundness are queries that count what must not be; each reads on after the
// count.
var soundness = []struct{ says, query string }{
	{"orders have no event that tells of their beginning", `
		select count(*) from orders o
		where not exists (select 1 from events e where e.order_id = o.order_id and e.kind = 'order.placed')`},
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
		where e.points > 0 and case when e.state = 1 then ` + carddb.Left + ` <= 0 when e.state in (2, 3) then ` + carddb.Left + ` <> 0
			else exists (select 1 from bonus_draws d where d.lot_id = e.entry_id) end`},
	{"bonus points that went out do not agree with what they were drawn on", `
		select count(*) from bonus_entries e
		where e.points < 0 and cast(coalesce((select sum(d.points) from bonus_draws d where d.entry_id = e.entry_id), 0) as bigint)
			<> case when e.state in (1, 2, 3) then -e.points else 0 end`},
}

// refers are the columns that hold the id of another table's row, which no
// database of ours checks: see the package. A test compares them with the
// schema files.
var refers = []struct{ table, column, to, key string }{
	{"shop_clocks", "shop_id", "shops", "shop_id"},
	{"shop_settings", "shop_id", "shops", "shop_id"},
	{"statuses", "shop_id", "shops", "shop_id"},
	{"keys", "shop_id", "shops", "shop_id"},
	{"suppressions", "shop_id", "shops", "shop_id"},
	{"customer_groups", "shop_id", "shops", "shop_id"},
	{"customers", "shop_id", "shops", "shop_id"},
	{"customers", "group_id", "customer_groups", "group_id"},
	{"identities", "shop_id", "shops", "shop_id"},
	{"identities", "customer_id", "customers", "customer_id"},
	{"possible_duplicates", "shop_id", "shops", "shop_id"},
	{"possible_duplicates", "customer_id", "customers", "customer_id"},
	{"possible_duplicates", "other_id", "customers", "customer_id"},
	{"orders", "shop_id", "shops", "shop_id"},
	{"orders", "customer_id", "customers", "customer_id"},
	{"order_payments", "shop_id", "shops", "shop_id"},
	{"order_payments", "order_id", "orders", "order_id"},
	{"exchange_readers", "shop_id", "shops", "shop_id"},
	{"exchange_marks", "reader_id", "exchange_readers", "reader_id"},
	{"exchange_marks", "order_id", "orders", "order_id"},
	{"counters", "shop_id", "shops", "shop_id"},
	{"events", "shop_id", "shops", "shop_id"},
	{"answers", "shop_id", "shops", "shop_id"},
	{"card_types", "shop_id", "shops", "shop_id"},
	{"cards", "shop_id", "shops", "shop_id"},
	{"cards", "type_id", "card_types", "type_id"},
	{"cards", "customer_id", "customers", "customer_id"},
	{"card_keys", "shop_id", "shops", "shop_id"},
	{"card_keys", "card_id", "cards", "card_id"},
	{"bonus_entries", "shop_id", "shops", "shop_id"},
	{"bonus_entries", "customer_id", "customers", "customer_id"},
	{"bonus_entries", "card_id", "cards", "card_id"},
	{"bonus_draws", "lot_id", "bonus_entries", "entry_id"},
	{"bonus_draws", "entry_id", "bonus_entries", "entry_id"},
	{"definitions", "shop_id", "shops", "shop_id"},
	{"products", "shop_id", "shops", "shop_id"},
	{"catalogue_turns", "shop_id", "shops", "shop_id"},
	{"feeds", "shop_id", "shops", "shop_id"},
	{"imports", "shop_id", "shops", "shop_id"},
	{"import_steps", "import_id", "imports", "import_id"},
	{"import_plans", "shop_id", "shops", "shop_id"},
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
		count := func(says, statement string) error {
			var n int
			if _, err := query.Row(ctx, tx, "/* Check */"+statement, nil, &n); err != nil {
				return fmt.Errorf("store: check: %w", err)
			}
			if n > 0 {
				findings = append(findings, fmt.Sprintf("%d %s", n, says))
			}
			return nil
		}
		for _, s := range soundness {
			if err := count(s.says, s.query); err != nil {
				return err
			}
		}
		for _, r := range refers {
			err := count(fmt.Sprintf("rows of %s name one of %s that is not there, by %s", r.table, r.to, r.column), fmt.Sprintf(`
				select count(*) from %s t where t.%s is not null and not exists (select 1 from %s p where p.%s = t.%[2]s)`,
				r.table, r.column, r.to, r.key))
			if err != nil {
				return err
			}
		}
		bodies, err := tx.CheckBodies(ctx)
		findings = append(findings, bodies...)
		return err
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
		_, err := query.Row(ctx, tx, `/* Count */
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
