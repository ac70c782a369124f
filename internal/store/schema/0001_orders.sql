-- What every shop keeps: its settings, keys, customers, orders and what
-- happened to them. Times are microseconds since 1970 in UTC, 0 is "never";
-- amounts are ten-thousandths of the currency's unit, quantities thousandths;
-- JSON is kept as text and read by the program only.

create table shops (
	shop_id       {{identity}},
	name          text   not null unique,
	zone          text   not null,
	currency      text   not null,
	identify      text   not null check (identify in ('email', 'phone', 'crm-id')),
	number_prefix text   not null,
	created_at    bigint not null
);

create table shop_settings (
	shop_id bigint not null {{references shops}},
	name    text   not null,
	value   text   not null,
	primary key (shop_id, name)
){{clustered}};

create table statuses (
	shop_id  bigint   not null {{references shops}},
	position smallint not null,
	code     text     not null,
	name     text     not null,
	stage    smallint not null check (stage between 0 and 3),
	closed   boolean  not null,
	primary key (shop_id, code)
){{clustered}};

create table keys (
	key_id       {{identity}},
	shop_id      bigint  not null {{references shops}},
	name         text    not null,
	hash         {{bytes}} not null unique, -- SHA-256 of the secret
	hint         text    not null,          -- the first characters of the secret, to tell keys apart
	dialects     text    not null,          -- comma list, '' is all
	read_only    boolean not null,
	created_at   bigint  not null,
	expires_at   bigint  not null,
	revoked_at   bigint  not null,
	last_used_at bigint  not null
);
create unique index keys_name on keys (shop_id, name) where revoked_at = 0;

create table customer_groups (
	group_id {{identity}},
	shop_id  bigint not null {{references shops}},
	name     text   not null,
	unique (shop_id, name)
);

create table customers (
	customer_id   {{identity}},
	shop_id       bigint   not null {{references shops}},
	external_id   text     not null,
	email         text     not null,
	phone         text     not null,
	name          text     not null,
	first_name    text     not null,
	middle_name   text     not null,
	last_name     text     not null,
	gender        smallint not null check (gender between 0 and 2),
	birth_year    smallint not null,
	birth_month   smallint not null,
	birth_day     smallint not null,
	group_id      bigint   {{references customer_groups}}, -- null when in none
	unsubscribed  boolean  not null,
	complained    boolean  not null,
	bounced       boolean  not null,
	consents      text     not null, -- JSON array
	attributes    text     not null, -- JSON object
	extras        text     not null, -- JSON object: dialect -> object
	registered_at bigint   not null,
	created_at    bigint   not null,
	updated_at    bigint   not null,
	deleted_at    bigint   not null
);
create index customers_registered   on customers (shop_id, registered_at, customer_id) where deleted_at = 0;
create index customers_updated      on customers (shop_id, updated_at, customer_id) where deleted_at = 0;
create index customers_unsubscribed on customers (shop_id, registered_at, customer_id) where unsubscribed and deleted_at = 0;

-- Who is meant by an external id, an e-mail address or a phone number, in the
-- form in which they are compared. The first customer to carry one owns it.
create table identities (
	shop_id     bigint not null {{references shops}},
	kind        text   not null check (kind in ('email', 'phone', 'crm-id')),
	value       text   not null,
	customer_id bigint not null {{references customers}},
	primary key (shop_id, kind, value)
){{clustered}};
create index identities_customer on identities (customer_id);

-- Pairs that may be one person. They are listed, never merged by themselves.
create table possible_duplicates (
	customer_id bigint not null {{references customers}}, -- the lower id
	other_id    bigint not null {{references customers}},
	shop_id     bigint not null {{references shops}},
	found_at    bigint not null,
	primary key (customer_id, other_id)
){{clustered}};
create index possible_duplicates_shop on possible_duplicates (shop_id, found_at);

create table orders (
	order_id        {{identity}},
	shop_id         bigint   not null {{references shops}},
	number          text     not null check (number <> ''),
	code            text     not null,
	placed_at       bigint   not null,
	created_at      bigint   not null,
	updated_at      bigint   not null,
	deleted_at      bigint   not null,
	status          text     not null,
	stage           smallint not null check (stage between 0 and 3),
	status_at       bigint   not null,
	payment         smallint not null check (payment between 0 and 3),
	paid_at         bigint   not null,
	fulfilment      smallint not null check (fulfilment between 0 and 4),
	customer_id     bigint   {{references customers}}, -- null when none is linked
	contact_name    text     not null,
	contact_email   text     not null,
	contact_phone   text     not null,
	contact_address text     not null,
	email_key       text     not null, -- in the form in which addresses are compared
	phone_key       text     not null,
	currency        text     not null,
	total           bigint   not null,
	total_given     boolean  not null,
	note            text     not null,
	source          text     not null,
	coupon          text     not null,
	cancel_reason   text     not null,
	attributes      text     not null, -- JSON object
	extras          text     not null, -- JSON object: dialect -> object
	last_part       integer  not null, -- the highest number a line or document ever had
	parts           smallint not null  -- which tables below hold rows: 1 lines, 2 payments, 4 shipments, 8 taxes
);
create unique index orders_number on orders (shop_id, number) where deleted_at = 0;
create index orders_code     on orders (shop_id, code, order_id) where code <> '';
create index orders_placed   on orders (shop_id, placed_at, order_id) where deleted_at = 0;
create index orders_updated  on orders (shop_id, updated_at, order_id) where deleted_at = 0;
create index orders_status   on orders (shop_id, status, placed_at, order_id) where deleted_at = 0;
create index orders_customer on orders (customer_id, placed_at, order_id) where customer_id is not null;
create index orders_email    on orders (shop_id, email_key, order_id) where email_key <> '';
create index orders_phone    on orders (shop_id, phone_key, order_id) where phone_key <> '';

create table order_lines (
	order_id   bigint  not null {{references orders}},
	no         integer not null,
	product    text    not null,
	sku        text    not null,
	name       text    not null,
	unit       text    not null,
	quantity   bigint  not null check (quantity > 0),
	returned   bigint  not null,
	base_price bigint  not null,
	price      bigint  not null,
	discount   bigint  not null,
	amount     bigint  not null,
	bonus      bigint  not null,
	image      text    not null,
	attributes text    not null, -- JSON object
	extras     text    not null, -- JSON object: dialect -> object
	primary key (order_id, no)
){{clustered}};
create index order_lines_product on order_lines (product, order_id) where product <> '';
create index order_lines_sku     on order_lines (sku, order_id) where sku <> '';

create table payments (
	order_id    bigint   not null {{references orders}},
	no          integer  not null,
	number      text     not null,
	status      smallint not null check (status between 1 and 8),
	sum         bigint   not null,
	method      text     not null,
	method_name text     not null,
	reference   text     not null,
	note        text     not null,
	created_at  bigint   not null,
	paid_at     bigint   not null,
	extras      text     not null,
	primary key (order_id, no)
){{clustered}};
create index payments_number on payments (number) where number <> '';

create table shipments (
	order_id     bigint  not null {{references orders}},
	no           integer not null,
	number       text    not null,
	status       text    not null,
	method       text    not null,
	method_name  text    not null,
	price        bigint  not null,
	included     boolean not null,
	track        text    not null,
	pickup       text    not null,
	pickup_name  text    not null,
	address      text    not null,
	note         text    not null,
	created_at   bigint  not null,
	delivered_at bigint  not null,
	extras       text    not null,
	primary key (order_id, no)
){{clustered}};

create table taxes (
	order_id bigint  not null {{references orders}},
	no       integer not null,
	name     text    not null,
	rate     bigint  not null,
	amount   bigint  not null,
	in_price boolean not null,
	extras   text    not null,
	primary key (order_id, no)
){{clustered}};

-- What happened, written in the transaction that made it happen. Where event
-- numbers are handed out before their transactions commit, txid tells which
-- events are settled; elsewhere it is 0.
create table events (
	event_id    {{identity}},
	txid        bigint not null default {{txid}},
	shop_id     bigint not null {{references shops}},
	at          bigint not null,
	kind        text   not null,
	order_id    bigint, -- null when it concerns no order
	customer_id bigint, -- null when it concerns no customer
	door        text   not null,
	key_name    text   not null,
	changes     text   not null -- JSON array of [field, from, to]
);
create index events_settled on events (txid, event_id);
create index events_order   on events (order_id, event_id) where order_id is not null;

-- How far each reader of the events has come.
create table readers (
	name     text   not null primary key,
	txid     bigint not null,
	event_id bigint not null
){{clustered}};

-- What requests were answered with that their senders marked with a key.
create table answers (
	shop_id      bigint   not null {{references shops}},
	request_key  text     not null,
	print        {{bytes}} not null, -- SHA-256 of the request
	given_at     bigint   not null,
	status       smallint not null,
	content_type text     not null,
	location     text     not null,
	body         {{bytes}} not null,
	primary key (shop_id, request_key)
){{clustered}};
create index answers_given on answers (given_at);

{{search}}
