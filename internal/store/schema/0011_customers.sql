-- What customers need on the one write path: addresses that get no mail,
-- whatever becomes of the customers who have them, and merged customers.

-- Why an address gets no mail from campaigns. Rows are only ever added: the
-- last one of an address that was lifted (reason 0) ends what is above it.
create table suppressions (
	suppression_id {{identity}},
	shop_id  bigint   not null {{references shops}},
	kind     text     not null check (kind in ('email')),
	value    text     not null, -- in the form in which addresses are compared
	reason   smallint not null check (reason between 0 and 3), -- 0 lifted, 1 unsubscribed, 2 complained, 3 bounced
	at       bigint   not null,
	door     text     not null,
	key_name text     not null,
	user_name text     not null, -- who has lifted it
	note      text     not null  -- why it was lifted
);
create index suppressions_value on suppressions (shop_id, kind, value, suppression_id);

-- The customer that a deleted one was merged into, 0 for none.
alter table customers add column merged_into bigint not null default 0;

{{own_group_ids}}
