package postgres

import (
	"strings"

	"orderhub/internal/store"
)

var words = store.Words{
	Schema: map[string]string{
		"identity":  "bigint generated always as identity primary key",
		"bytes":     "bytea",
		"clustered": "",
		"txid":      "(pg_current_xact_id()::text::bigint)",
		"search": `create extension if not exists pg_trgm;
			create table order_search (order_id bigint not null primary key, text text not null);
			create index order_search_text on order_search using gin (text gin_trgm_ops);`,
	},
	// Not "for update", for which rows that refer to this one would wait, too.
	Hold: ` for no key update`,
	Skip: ` for update skip locked`,
	// Numbers are handed out before transactions commit, so an event may
	// appear below one that was read long ago. Events of transactions older
	// than the oldest that runs are complete, and none can join them.
	Settled: ` and txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint`,
	Lock:    `select pg_advisory_xact_lock(7240119)`,
	Index: `/* IndexOrder */
		insert into order_search (order_id, text) values ($1, $2)
		on conflict (order_id) do update set text = excluded.text`,
	Unindex: `/* UnindexOrder */ delete from order_search where order_id`,
	Match: `/* SearchIndex */
		select order_id from order_search
		where text like all (string_to_array($1, chr(1))) and order_id < $2
		order by order_id desc limit $3`,
	Pattern: patterns,
}

// patterns asks for orders that hold all parts; wildcards in them are plain
// text. The text is folded already, so like is right in any language. The sign
// that separates the patterns stands for any sign where people wrote it.
func patterns(parts []string) string {
	plain := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, "\x01", `_`)
	all := make([]string, len(parts))
	for i, part := range parts {
		all[i] = "%" + plain.Replace(part) + "%"
	}
	return strings.Join(all, "\x01")
}
