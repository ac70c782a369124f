-- What the shops sell, and where they tell of it.

-- Products by the ids of the shop, which lines of orders name, too.
create table products (
	product_id  {{identity}},
	shop_id     bigint  not null {{references shops}},
	external_id text    not null check (external_id <> ''), -- the offer id
	group_key   text    not null, -- variants share it; '' when there are none
	name        text    not null,
	brand       text    not null,
	vendor_code text    not null,
	url         text    not null,
	price       bigint  not null,
	old_price   bigint  not null,
	currency    text    not null,
	pictures    text    not null, -- JSON array of addresses
	categories  text    not null, -- JSON array of names, the widest first
	description text    not null,
	attributes  text    not null, -- JSON object
	available   boolean not null,
	fed         boolean not null, -- a feed brought it, and may leave it out again
	print       {{bytes}} not null, -- of all that a sender fills, to tell what has changed
	created_at  bigint  not null,
	updated_at  bigint  not null,
	unique (shop_id, external_id)
);
create index products_id      on products (shop_id, product_id);
create index products_updated on products (shop_id, updated_at, product_id);
create index products_group   on products (shop_id, group_key, product_id) where group_key <> '';
create index products_vendor  on products (shop_id, vendor_code, product_id) where vendor_code <> '';
create index products_gone    on products (shop_id, product_id) where not available;

-- Who may change the catalogue of a shop by a feed. Turns of one shop have
-- growing numbers; a program that has lost its turn notices before it writes.
create table catalogue_turns (
	shop_id    bigint not null primary key {{references shops}},
	turn       bigint not null,
	held_until bigint not null
);

-- Where the catalogue of a shop is found, and what the last look told.
create table feeds (
	shop_id       bigint  not null primary key {{references shops}},
	address       text    not null,
	every         bigint  not null, -- microseconds between two looks
	plain         boolean not null, -- the shop accepts http
	etag          text    not null, -- of the file that was taken last
	last_modified text    not null, -- the same, in the words of its server
	due_at        bigint  not null,
	looked_at     bigint  not null,
	taken_at      bigint  not null,
	failures      integer not null, -- looks in a row that failed
	failure       text    not null, -- why the last look failed
	report        text    not null  -- JSON: what the last file did
);
create index feeds_due on feeds (due_at, shop_id);
