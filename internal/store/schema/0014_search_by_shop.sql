-- The search index begins with the shop: a search looks at the orders of its
-- own shop alone. It is made anew from the events, while the program runs.

drop table order_search;
{{search_by_shop}}
update readers set txid = 0, event_id = 0 where name = 'search';
