-- Discount cards and the ledger of bonus points.

-- Kinds of cards of a shop.
create table card_types (
	type_id  {{identity}},
	shop_id  bigint not null {{references shops}},
	name     text   not null,
	discount bigint not null, -- per cent, as an amount
	unique (shop_id, name)
);

create table cards (
	card_id      {{identity}},
	shop_id      bigint not null {{references shops}},
	number       text   not null,
	external_id  text   not null,
	ean13        text   not null,
	barcode      text   not null,
	medium       text   not null check (medium in ('PLASTIC', 'MAGNET', 'APP')),
	status       text   not null check (status in ('NEW', 'ACTIVE', 'BLOCKED')),
	type_id      bigint {{references card_types}}, -- null when of none
	customer_id  bigint {{references customers}},  -- null while nobody owns it
	activated_at bigint not null,
	blocked_at   bigint not null,
	created_at   bigint not null,
	updated_at   bigint not null,
	deleted_at   bigint not null
);
create index cards_barcode  on cards (shop_id, barcode, card_id) where deleted_at = 0;
create index cards_customer on cards (customer_id, card_id) where customer_id is not null;

-- Which card is meant by a number or an external id. The first card to carry
-- one owns it, until it gives it up or is deleted.
create table card_keys (
	shop_id bigint not null {{references shops}},
	kind    text   not null check (kind in ('number', 'external_id')),
	value   text   not null,
	card_id bigint not null {{references cards}},
	primary key (shop_id, kind, value)
){{clustered}};
create index card_keys_card on card_keys (card_id);

-- The ledger: what came in and went out. The rows of the states 1, 2 and 3
-- are the balance; rows are never rewritten but for the state and its dates.
create table bonus_entries (
	entry_id    {{identity}},
	shop_id     bigint   not null {{references shops}},
	customer_id bigint   not null {{references customers}},
	card_id     bigint   {{references cards}}, -- null when the points belong to no card
	order_id    bigint, -- null when no order caused it
	entry_key   text     not null, -- the sender's, '' when there is none
	cause       smallint not null check (cause between 0 and 3), -- 0 earned, 1 used, 2 booked, 3 overdue
	points      bigint   not null check (points <> 0),
	state       smallint not null check (state between 0 and 4), -- 0 pending, 1 active, 2 spent, 3 expired, 4 reversed
	reason      text     not null,
	created_at  bigint   not null,
	state_at    bigint   not null,
	expires_at  bigint   not null
);
create unique index bonus_entries_key on bonus_entries (shop_id, entry_key) where entry_key <> '';
create index bonus_entries_customer on bonus_entries (customer_id, entry_id);
create index bonus_entries_order    on bonus_entries (order_id, entry_id) where order_id is not null;
create index bonus_entries_active   on bonus_entries (customer_id, expires_at, entry_id) where state = 1;
create index bonus_entries_pending  on bonus_entries (customer_id, entry_id) where state = 0;
create index bonus_entries_due      on bonus_entries (expires_at, entry_id) where state = 1 and expires_at > 0;

-- Of which points that came in those were that went out. What went out and
-- was given back draws on nothing any more.
create table bonus_draws (
	lot_id   bigint not null {{references bonus_entries}}, -- came in
	entry_id bigint not null {{references bonus_entries}}, -- went out
	points   bigint not null check (points > 0),
	primary key (lot_id, entry_id)
){{clustered}};
create index bonus_draws_entry on bonus_draws (entry_id);
