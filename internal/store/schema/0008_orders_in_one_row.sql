-- An order in one row: its lines and documents are no rows of their own any
-- more but part of its body. The rows are moved by the step that follows, which
-- can be interrupted. What they are found by goes first: nothing is looked for
-- meanwhile, and without it they are deleted faster.

{{drop_references}}
drop index orders_number;
drop index orders_code;
drop index orders_placed;
drop index orders_updated;
drop index orders_status;
drop index orders_customer;
drop index orders_email;
drop index orders_phone;
drop index orders_id;
drop index orders_deleted;
drop index orders_to_export;
drop index orders_status_id;
drop index orders_payment;
drop index orders_account;
drop index order_lines_product;
drop index order_lines_sku;
drop index payments_number;
{{events_by_id}}
drop table exports;

-- One row for each order. What lists filter, sort and count by are columns;
-- the rest is the body.
create table orders_moved (
	order_id     {{identity}},
	shop_id      bigint   not null {{references shops}},
	number       text     not null check (number <> ''),
	code         text     not null,
	placed_at    bigint   not null,
	created_at   bigint   not null,
	updated_at   bigint   not null,
	deleted_at   bigint   not null,
	status       text     not null,
	stage        smallint not null check (stage between 0 and 3),
	status_at    bigint   not null,
	status_moves integer  not null, -- how often the status was set to another one
	payment      smallint not null check (payment between 0 and 3),
	paid_at      bigint   not null,
	paid_word    smallint not null default 0,  -- what a word or a stage said of the payment
	paid_sum     bigint   not null default -1, -- the total that the word covered; -1 is the total of then
	fulfilment   smallint not null check (fulfilment between 0 and 5),
	customer_id  bigint   {{references customers}}, -- null when none is linked
	email_key    text     not null, -- in the form in which addresses are compared
	phone_key    text     not null,
	currency     text     not null,
	total        bigint   not null,
	total_given  boolean  not null,
	source       text     not null,
	account      text     not null, -- of the shop, to be paid
	exchange_at  bigint   not null, -- of the last change that the exchange shows, unique in the shop; below 0: see docs/adr/0017
	last_part    integer  not null, -- the highest number a line or document ever had
	parts        smallint not null, -- which lists are not empty: 1 lines, 2 payments, 4 shipments, 8 taxes
	version      bigint   not null, -- raised by one by each event of the order; 0 is unknown
	body         text     not null  -- JSON: contact, note, coupon, reason, attributes, extras, lines and documents
);

-- Readers of the exchange. All orders whose exchange_at is not above low are
-- taken, the others are not; marks are the exceptions. What was taken before
-- readers had names is below 0.
create table exchange_readers (
	reader_id  {{identity}},
	shop_id    bigint not null {{references shops}},
	name       text   not null check (name <> ''),
	statuses   text   not null, -- comma list of those that are offered, '' is all
	low        bigint not null,
	created_at bigint not null,
	unique (shop_id, name)
);
insert into exchange_readers (shop_id, name, statuses, low, created_at) select shop_id, 'accounting', '', 0, created_at from shops;

create table exchange_marks (
	reader_id   bigint  not null {{references exchange_readers}},
	order_id    bigint  not null {{references orders_moved}},
	exchange_at bigint  not null, -- of the order when it was marked: a taken row counts while it is the order's
	taken       boolean not null,
	primary key (reader_id, order_id)
){{clustered}};
create index exchange_marks_order on exchange_marks (order_id);

-- Orders by the numbers of their payment documents.
create table order_payments (
	shop_id  bigint not null {{references shops}},
	number   text   not null,
	order_id bigint not null {{references orders_moved}},
	primary key (shop_id, number, order_id)
){{clustered}};
create index order_payments_order on order_payments (order_id);

-- Orders by the ids and article numbers of their products. It is made from the
-- events, like the search index, and can be made anew from the orders. Products
-- of lines that an order has lost stay until the order is deleted.
create table order_products (
	shop_id  bigint not null,
	key      text   not null, -- a product id or an article number
	order_id bigint not null,
	primary key (shop_id, key, order_id)
){{clustered}};

-- How far a step that moves rows has come. The row goes when it is taken.
create table schema_progress (
	step     integer not null primary key,
	position bigint  not null, -- the last id that was moved
	goal     bigint  not null  -- the highest id there is to move
);
