-- One statement a transaction.
--
-- The indexes of orders; docs/schema.md says which list needs which. What a
-- program does not find here was interrupted, and is made when it goes on.

create unique index if not exists orders_number on orders (shop_id, number) where deleted_at = 0;
create index if not exists orders_code      on orders (shop_id, code, order_id) where code <> '';
create index if not exists orders_placed    on orders (shop_id, placed_at, order_id) where deleted_at = 0;
create index if not exists orders_updated   on orders (shop_id, updated_at, order_id) where deleted_at = 0;
create index if not exists orders_id        on orders (shop_id, order_id) where deleted_at = 0;
create index if not exists orders_deleted   on orders (shop_id, order_id) where deleted_at <> 0;
create index if not exists orders_status    on orders (shop_id, status, placed_at, order_id) where deleted_at = 0;
create index if not exists orders_customer  on orders (customer_id, placed_at, order_id) where customer_id is not null;
create index if not exists orders_account   on orders (shop_id, account, order_id) where account <> '' and deleted_at = 0;
create index if not exists orders_exchange  on orders (shop_id, exchange_at, order_id);
create index if not exists orders_email     on orders (shop_id, email_key, order_id) where email_key <> '';
create index if not exists orders_phone     on orders (shop_id, phone_key, order_id) where phone_key <> '';
