-- What the exchange with accounting systems needs: which orders they have
-- taken, and the numbers of orders and payment documents that we make.

alter table orders add column account      text    not null default '';    -- of the shop, to be paid
alter table orders add column status_moves integer not null default 0;     -- how often the status was set to another one
alter table orders add column exported     boolean not null default false; -- no reader has still to take it

create index orders_id        on orders (shop_id, order_id) where deleted_at = 0;
create index orders_deleted   on orders (shop_id, order_id) where deleted_at <> 0;
create index orders_to_export on orders (shop_id, order_id) where not exported and deleted_at = 0;
create index orders_status_id on orders (shop_id, status, order_id) where deleted_at = 0;
create index orders_payment   on orders (shop_id, payment, order_id) where deleted_at = 0;
create index orders_account   on orders (shop_id, account, order_id) where account <> '' and deleted_at = 0;

-- Who has taken which order, one row for each reader. An order whose status
-- was set since, which has more moves, is to be taken again.
create table exports (
	order_id     bigint  not null {{references orders}},
	reader       text    not null,
	status_moves integer not null, -- of the order as the reader took it
	taken_at     bigint  not null,
	primary key (order_id, reader)
){{clustered}};

-- The last number that was made of each kind.
create table counters (
	shop_id bigint not null {{references shops}},
	name    text   not null,
	value   bigint not null,
	primary key (shop_id, name)
){{clustered}};
