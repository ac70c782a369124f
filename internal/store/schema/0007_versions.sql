-- What one write path for all records needs: the clock of each shop, by which
-- every change has a time of its own, and the version of each record.

-- The last time that a change of the shop was given. A writer that takes a
-- time must know the schema by this number, or it is refused.
create table shop_clocks (
	shop_id       bigint  not null primary key {{references shops}},
	last_at       bigint  not null,
	schema_number integer not null
){{clustered}};
insert into shop_clocks (shop_id, last_at, schema_number) select shop_id, 0, 0 from shops;

-- Raised by one by each event of the record; 0 for records and events from
-- before, until the next change.
alter table orders    add column version bigint not null default 0;
alter table customers add column version bigint not null default 0;
alter table cards     add column version bigint not null default 0;
alter table products  add column version bigint not null default 0;
alter table events    add column version bigint not null default 0; -- of the event's subject

{{own_ids}}
