-- The reader of the exchange as which the holder of a key acts.

alter table keys add column reader text not null default 'accounting';
