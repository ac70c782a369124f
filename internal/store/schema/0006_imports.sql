-- Files of shops on their way into the store.

-- Acts that only bring along what happened elsewhere: nothing follows from them.
alter table events add column history boolean not null default false; -- nothing follows from it

create table imports (
	import_id  {{identity}},
	shop_id    bigint  not null {{references shops}},
	kind       text    not null, -- customers, orders, statuses, cards, bonuses or products
	state      text    not null, -- ready, rehearsing, rehearsed, running, done, cancelled, failed, undoing or undone
	file_name  text    not null, -- as its sender called it
	file_size  bigint  not null,
	file_print text    not null, -- SHA-256 in hex
	file_form  text    not null, -- what was recognised, for people
	file_place text    not null, -- which folder of a program keeps it, and by what name; '' when it is gone
	header     text    not null, -- JSON array: the names of its columns
	plan       text    not null, -- JSON: how it is read
	door       text    not null, -- who asked for it
	key_name   text    not null,
	rows_seen  bigint  not null, -- in the present state
	part_done  integer not null, -- of the present state, in thousandths
	rehearsal  text    not null, -- JSON: tally of the whole file
	result     text    not null, -- JSON: tally of what was run
	undone     text    not null, -- JSON: tally of what was taken back
	failure    text    not null,
	holder     text    not null, -- who works on it
	held_until bigint  not null, -- when its program counts as dead
	created_at bigint  not null,
	started_at bigint  not null,
	ended_at   bigint  not null,
	undo_until bigint  not null
);
create index imports_shop on imports (shop_id, import_id);
create index imports_busy on imports (held_until) where state in ('rehearsing', 'running', 'undoing');
create index imports_undo on imports (undo_until) where undo_until > 0;
create index imports_idle on imports (created_at) where state in ('ready', 'rehearsed');

-- What one transaction of an import did. The rows of a phase are its place in
-- the file: whoever goes on with it counts them.
create table import_steps (
	step_id   {{identity}},
	import_id bigint   not null {{references imports}},
	phase     smallint not null check (phase between 0 and 1), -- 0 the rehearsal, 1 the run
	step      integer  not null, -- 1, 2, 3 … in the sequence of the file
	records   bigint   not null, -- of the file, that were done with this step
	rows_done bigint   not null, -- rows that these were
	findings  text     not null, -- JSON array: rows that were refused, with the reasons, and examples of changes
	changes   text     not null, -- JSON array: what was made and changed, to take it back; '' when that is over
	unique (import_id, phase, step)
);

-- How a shop's files are read, by names that people gave.
create table import_plans (
	shop_id    bigint not null {{references shops}},
	kind       text   not null,
	name       text   not null,
	plan       text   not null, -- JSON
	updated_at bigint not null,
	primary key (shop_id, kind, name)
){{clustered}};

-- What taking back asks: whether anybody uses a customer, and whether points
-- belong to a card.
create index events_acted on events (customer_id) where kind = 'customer.acted' and customer_id is not null;
create index possible_duplicates_other on possible_duplicates (other_id);
create index bonus_entries_card on bonus_entries (card_id) where card_id is not null;
