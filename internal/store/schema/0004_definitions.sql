-- Names of attributes and ids of consents that a shop has defined, or that its
-- orders and customers were seen with. They are collected from the events,
-- outside the transactions that bring them.
create table definitions (
	definition_id {{identity}},
	shop_id       bigint  not null {{references shops}},
	kind          text    not null check (kind in ('consent', 'customer', 'product', 'order')),
	name          text    not null, -- of a consent its id
	label         text    not null, -- what people call it; '' is as the name
	given         boolean not null, -- the shop has defined it; else it was only seen
	made_at       bigint  not null,
	unique (shop_id, kind, name)
);
